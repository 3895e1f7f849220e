import type { CID } from 'multiformats/cid'
import { cidOf } from '../../dag/cid.ts'
import type { IpldMap } from '../../dag/ipld.ts'
import { toDagJson } from '../../dag/json.ts'
import { ok, type Result } from '../../dag/result.ts'
import { coversCommand } from './command.ts'
import { failing } from './policy.ts'
import { refuse, type Refusal } from './refusal.ts'
import { readToken, type Delegation, type Invocation, type Token } from './token.ts'

/** By what a token is judged. */
export interface Judging {
  /** Seconds since 1970. */
  now: number
  /** Whether a token was taken back, by its CID. */
  revoked?: (cid: CID) => boolean
}

export interface VerifyOptions extends Judging {
  /** The bytes of delegations that an invocation may name; others are not looked at. */
  proofs: readonly Uint8Array[]
  /** Who is asked: the invocation has to be meant for this DID. Without it it may be meant for anybody. */
  audience?: string
}

/** An invocation that may be followed, and the delegations that prove it, the subject's own first. */
export interface Verified {
  invocation: Invocation
  chain: Delegation[]
}

/**
 * Verifies an invocation of UCAN 1.0 with its proofs: signatures, times, and that the delegations lead from its subject to
 * its issuer, each to the issuer of the next one, about one subject, with commands and policies that cover what is asked.
 */
export function verifyInvocation(bytes: Uint8Array, options: VerifyOptions): Result<Verified, Refusal> {
  const token = readToken(bytes)
  if (!token.ok) return token
  if (token.value.kind !== 'invocation')
    return refuse('Malformed', 'it is a delegation, which asks for nothing by itself')
  const invocation = token.value
  const timely = checkToken(invocation, options)
  if (!timely.ok) return timely
  const wanted = invocation.aud ?? invocation.sub
  if (options.audience !== undefined && wanted !== options.audience)
    return refuse('InvalidAudience', `it is meant for ${wanted}, and this is ${options.audience}`)
  const chain = proofsOf(invocation, options.proofs)
  if (!chain.ok) return chain
  const proven = checkChain(chain.value, invocation, options)
  return proven.ok ? ok({ invocation, chain: chain.value }) : proven
}

/** The delegations that an invocation names, in its order. */
function proofsOf(invocation: Invocation, proofs: readonly Uint8Array[]): Result<Delegation[], Refusal> {
  if (invocation.prf.length === 0) return ok([])
  const read = proofs.map(bytes => readToken(bytes))
  const chain: Delegation[] = []
  for (const cid of invocation.prf) {
    const found = read.find(token => token.ok && token.value.cid.equals(cid))
    if (!found?.ok) {
      const refused = read.find((token, i) => !token.ok && cidOf(proofs[i]!, 'dag-cbor').equals(cid))
      return refused && !refused.ok
        ? refuse(refused.error.reason, `of the delegation ${cid}, ${refused.error.message}`)
        : refuse('UnavailableProof', `the delegation ${cid} that it names is not at hand`)
    }
    if (found.value.kind !== 'delegation') return refuse('InvalidClaim', `its proof ${cid} is no delegation`)
    chain.push(found.value)
  }
  return ok(chain)
}

/** What is asked, and by whom. */
export interface Asked {
  iss: string
  sub: string
  cmd: string
  args: IpldMap
}

/**
 * Whether delegations prove that somebody may do what is asked: from the subject itself, each to the issuer of the next
 * one, the last one to whoever asks. Without any only the subject may.
 */
export function checkChain(chain: readonly Delegation[], asked: Asked, judging: Judging): Result<void, Refusal> {
  const { iss, sub, cmd, args } = asked
  const [root] = chain
  if (!root) {
    if (iss === sub) return ok(undefined)
    return refuse('InvalidClaim', `it names no proof, and ${iss} is not its subject, ${sub}`)
  }
  for (const one of chain) {
    const fit = checkToken(one, judging)
    if (!fit.ok) return refuse(fit.error.reason, `of the delegation ${one.cid}, ${fit.error.message}`)
  }
  if (root.sub === null)
    return refuse('InvalidClaim', `the delegation ${root.cid} is the first one, and is about no subject`)
  for (const [at, { cid, aud, sub: about, cmd: granted, pol, policy }] of chain.entries()) {
    const next = chain[at + 1]
    const receiver = next?.iss ?? iss
    if (aud !== receiver)
      return refuse('InvalidAudience', `the delegation ${cid} is for ${aud}, and ${receiver} uses it`)
    if (about !== null && about !== sub)
      return refuse('InvalidSubject', `the delegation ${cid} is about ${about}, and not about ${sub}`)
    const used = next?.cmd ?? cmd
    if (!coversCommand(granted, used))
      return refuse('InvalidCommand', `the delegation ${cid} is for \`${granted}\`, which does not cover \`${used}\``)
    const failed = failing(pol, args)
    if (failed !== undefined)
      return refuse('MatchError', `the delegation ${cid} demands ${toDagJson(policy[failed]!)}, which does not hold`)
  }
  if (root.iss !== sub)
    return refuse('InvalidSubject', `the delegation ${root.cid} is the first one, and not by its subject, ${sub}`)
  return ok(undefined)
}

/** Whether a token may be used now. Its end and its beginning belong to its time. */
export function checkToken({ nbf, exp, cid }: Token, { now, revoked }: Judging): Result<void, Refusal> {
  if (exp !== null && now > exp) return refuse('Expired', `it has expired: ${showTime(exp)}`)
  if (nbf !== undefined && now < nbf) return refuse('TooEarly', `it may not be used yet: ${showTime(nbf)}`)
  return revoked?.(cid) === true ? refuse('Revoked', 'it was revoked') : ok(undefined)
}

/** A time of a token for people; one that no calendar has as its number. */
export function showTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `${seconds} s after 1970` : date.toISOString().replace('.000Z', 'Z')
}
