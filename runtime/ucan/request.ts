import { randomBytes } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../../dag/cid.ts'
import type { Block } from '../../dag/ipld.ts'
import { ok, type Result } from '../../dag/result.ts'
import type { Signer } from '../did.ts'
import { refuse, type Refusal } from './refusal.ts'
import { maxProofs, readToken, signInvocation, type Invocation } from './token.ts'

/** The command that asks for a job to be run, in the name of whoever asks. */
export const RUN = '/ipvm/run'

/** What somebody wants to be run. */
export interface RunRequest {
  job: CID
  /** Delegations by which its effects may be performed. */
  proofs: CID[]
}

/**
 * The signed invocation of a run: `args` are `{ job, proofs }`, CIDs as text, since there are readers of tokens that take no
 * links there. Its subject is who asks, since the run is theirs; whose rights its effects use is what the delegations say.
 *
 * @param to who is to run it
 * @param exp seconds since 1970
 */
export function signRequest(
  { job, proofs, to, exp, now }: RunRequest & { to: string; exp: number | null; now: number },
  signer: Signer,
): Block {
  const args = { job: job.toString(), proofs: proofs.map(String) }
  return signInvocation({ sub: signer.did, aud: to, cmd: RUN, args, prf: [], nonce: newNonce(), exp, iat: now }, signer)
}

/** 12 random bytes, as the specification recommends for Ed25519. */
export function newNonce(): Uint8Array {
  return new Uint8Array(randomBytes(12))
}

/** What an invocation wants to be run; refused where it wants something else. */
export function readRequest({ cmd, args }: Invocation): Result<RunRequest, Refusal> {
  if (cmd !== RUN) return refuse('InvalidCommand', `it asks for \`${cmd}\`, and only \`${RUN}\` is known here`)
  const { job, proofs, ...others } = args
  const wrong = refuse('Malformed', 'its `args` are not `{ job, proofs }`, a CID and a list of CIDs as text')
  if (!Array.isArray(proofs) || Object.keys(others).length > 0) return wrong
  if (proofs.length > maxProofs) return refuse('Malformed', `it names more than ${maxProofs} proofs`)
  const read = [job, ...proofs].flatMap(text => {
    const cid = typeof text === 'string' ? parseCid(text) : undefined
    return cid?.ok ? [cid.value] : []
  })
  const [wanted, ...named] = read
  return wanted && named.length === proofs.length ? ok({ job: wanted, proofs: named }) : wrong
}

/** What stands among the grants of a run for the invocation that asks for it: `ucan:` and its CID. */
const PREFIX = 'ucan:'

export function grantOf(invocation: CID): string {
  return `${PREFIX}${invocation}`
}

/** The invocation that a grant of a run stands for; undefined where it is one that `--allow` takes. */
export function invocationOf(grant: string): CID | undefined {
  const cid = grant.startsWith(PREFIX) ? parseCid(grant.slice(PREFIX.length)) : undefined
  return cid?.ok ? cid.value : undefined
}

/** What an invocation that asks for a run names: its job and its delegations. Nothing where it is something else. */
export function namedBy(bytes: Uint8Array): CID[] {
  const token = readToken(bytes)
  const request = token.ok && token.value.kind === 'invocation' ? readRequest(token.value) : undefined
  return request?.ok ? [request.value.job, ...request.value.proofs] : []
}
