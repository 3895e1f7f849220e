import type { CID } from 'multiformats/cid'
import type { Block } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { coversCommand } from '../../runtime/ucan/command.ts'
import { signRequest } from '../../runtime/ucan/request.ts'
import { commandOf } from '../../runtime/ucan/rights.ts'
import { wrongUsage } from '../diagnostics.ts'
import type { StoreDoor } from '../host.ts'
import type { Reply } from '../output.ts'
import { didNamed, signerNamed, storeDid } from './keys.ts'
import { readProofs } from './tokens.ts'
import { readWhen } from './when.ts'

/** Options of `build --target ucan`. */
export interface RequestOptions {
  as?: string
  proof?: string[]
  to?: string
  expires?: string
}

export interface SignedRequest {
  invocation: Block
  delegations: Block[]
  iss: string
  aud: string
  /** The commands that the job requires, as `/http/get`. */
  capabilities: string[]
  /** Those of them that no delegation is for. */
  uncovered: string[]
}

/**
 * The signed invocation of a job, with its delegations.
 *
 * @param uses the operations of the job, as `http/get`
 */
export function requestFor(
  job: CID,
  uses: readonly string[],
  { as, proof = [], to, expires = '24h' }: RequestOptions,
  store: StoreDoor,
): Result<SignedRequest, Reply> {
  if (as === undefined) return fail(wrongUsage('Who asks for the run? `--as KEY` says it.'))
  const signer = signerNamed(as, store)
  if (!signer.ok) return signer
  const delegations = readProofs(proof)
  if (!delegations.ok) return delegations
  const aud = to === undefined ? ok(storeDid(store)) : didNamed(to, store)
  if (!aud.ok) return aud
  const exp = readWhen(expires, '--expires')
  if (!exp.ok) return exp
  const proofs = delegations.value.map(({ cid }) => cid)
  const now = Math.floor(Date.now() / 1000)
  const capabilities = uses.map(commandOf)
  const isCovered = (cmd: string): boolean => delegations.value.some(one => coversCommand(one.cmd, cmd))
  const request = { job, proofs, to: aud.value, exp: exp.value, now }
  return ok({
    invocation: signRequest(request, signer.value),
    delegations: delegations.value.map(({ cid, bytes }) => ({ cid, bytes })),
    ...{ iss: signer.value.did, aud: aud.value },
    ...{ capabilities, uncovered: capabilities.filter(cmd => !isCovered(cmd)) },
  })
}
