import type { CID } from 'multiformats/cid'
import type { Block } from '../../dag/ipld.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import type { RunError } from '../../runtime/interface.ts'
import { putAll } from '../../runtime/blocks.ts'
import { verifyInvocation } from '../../runtime/ucan/chain.ts'
import { Register } from '../../runtime/ucan/register.ts'
import { grantOf, readRequest, signRequest } from '../../runtime/ucan/request.ts'
import { readToken, type Delegation, type Invocation, type Token } from '../../runtime/ucan/token.ts'
import { wrongUsage } from '../diagnostics.ts'
import type { StoreDoor } from '../host.ts'
import type { Reply } from '../output.ts'
import { refused } from '../refusal.ts'
import { signerNamed, storeDid } from './keys.ts'
import { judgeBy } from './rights.ts'
import { proofsAmong, readProofs } from './tokens.ts'

export interface AskOptions {
  /** The key of whoever asks. */
  as?: string
  /** Files with delegations. */
  proof?: string[]
}

/** Who asks for a run, by an invocation that stands in the store. */
export interface Asking {
  /** For the record of the run. */
  grant: string
  /** Uses the invocation up. */
  admit: () => Promise<RunError | undefined>
}

/** An invocation that somebody has signed elsewhere, and what it names. */
export interface Asked {
  invocation: Invocation
  delegations: Delegation[]
  job: CID
}

/** Signs an invocation of a job with the key of `--as`, or takes the one that was given. */
export async function askFor(
  store: StoreDoor,
  job: CID,
  { as, proof = [] }: AskOptions,
  asked: Asked | undefined,
): Promise<Result<Asking, Reply>> {
  if (asked) return ok(await keep(store, asked.invocation, asked.delegations))
  if (as === undefined) return fail(wrongUsage('`--proof` goes with `--as KEY`, the key that it is for.'))
  const signer = signerNamed(as, store)
  if (!signer.ok) return signer
  const delegations = readProofs(proof)
  if (!delegations.ok) return delegations
  const proofs = delegations.value.map(({ cid }) => cid)
  const now = Math.floor(Date.now() / 1000)
  const { bytes } = signRequest({ job, proofs, to: storeDid(store), exp: null, now }, signer.value)
  const token = readToken(bytes)
  if (!token.ok || token.value.kind !== 'invocation') throw new Error('what was signed cannot be read')
  return ok(await keep(store, token.value, delegations.value))
}

/** Puts what asks for a run into the store, where it is found when the run goes on. */
async function keep(store: StoreDoor, invocation: Invocation, delegations: Delegation[]): Promise<Asking> {
  await putAll(store.open().blocks, [invocation, ...delegations].map(blockOf))
  const { iss, nonce, cid } = invocation
  const admit = async (): Promise<RunError | undefined> => {
    await store.open().sync()
    if (new Register(store.folder).spend(iss, nonce)) return undefined
    return { code: 'replayed', message: `the nonce of the invocation ${cid} was used before` }
  }
  return { grant: grantOf(cid), admit }
}

function blockOf({ cid, bytes }: Token): Block {
  return { cid, bytes }
}

/** The invocation among the tokens of a file, verified: it has to be meant for this store, and all that it names be there. */
export function readAsked(file: string, tokens: readonly Token[], store: StoreDoor): Result<Asked, Reply> {
  const refuse = (refusal: Parameters<typeof refused>[0]): Result<never, Reply> =>
    fail(refused(refusal, `\`${file}\``, file))
  const asking = tokens.filter(token => token.kind === 'invocation')
  const [invocation] = asking
  if (!invocation)
    return refuse({ reason: 'InvalidClaim', message: 'it holds no invocation, so that it asks for nothing' })
  if (asking.length > 1) return refuse({ reason: 'Malformed', message: 'it holds more than one invocation' })
  const proofs = tokens.map(({ bytes }) => bytes)
  const judging = judgeBy(store.folder)()
  const verified = verifyInvocation(invocation.bytes, { proofs, ...judging, audience: storeDid(store) })
  if (!verified.ok) return refuse(verified.error)
  const request = readRequest(invocation)
  if (!request.ok) return refuse(request.error)
  const delegations = proofsAmong(tokens, request.value)
  if (!delegations.ok) return refuse(delegations.error)
  return ok({ invocation, delegations: delegations.value, job: request.value.job })
}
