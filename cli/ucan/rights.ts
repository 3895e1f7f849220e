import type { CID } from 'multiformats/cid'
import type { Load } from '../../dag/load.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { Register } from '../../runtime/ucan/register.ts'
import type { Refusal } from '../../runtime/ucan/refusal.ts'
import { readRequest } from '../../runtime/ucan/request.ts'
import { Rights } from '../../runtime/ucan/rights.ts'
import { readToken, type Delegation, type Invocation, type Token } from '../../runtime/ucan/token.ts'
import type { Judging } from '../../runtime/ucan/chain.ts'

/** How tokens are judged here and now, by the revocations of a store. */
export function judgeBy(folder: string): () => Judging {
  const register = new Register(folder)
  return () => ({ now: Math.floor(Date.now() / 1000), revoked: register.revoked() })
}

export interface Granted {
  rights: Rights
  invocation: Invocation
  delegations: Delegation[]
}

/**
 * What a run may do by the invocation that asked for it: it and its delegations are read from the store, and verified as if
 * they had just come.
 *
 * @param authorities who may grant what is done here, by DID
 */
export async function rightsBy(
  invocation: CID,
  load: Load,
  authorities: readonly string[],
  judge: () => Judging,
): Promise<Result<Granted, Refusal>> {
  const asking = await tokenIn(invocation, load)
  if (!asking.ok) return asking
  const token = asking.value
  if (token.kind !== 'invocation') return fail({ reason: 'Malformed', message: 'it is no invocation' })
  const request = readRequest(token)
  if (!request.ok) return request
  const delegations: Delegation[] = []
  for (const proof of request.value.proofs) {
    const found = await tokenIn(proof, load)
    if (!found.ok) return found
    if (found.value.kind !== 'delegation')
      return fail({ reason: 'InvalidClaim', message: `its proof ${proof} is no delegation` })
    delegations.push(found.value)
  }
  const rights = new Rights({ holder: token.iss, delegations, authorities, token, judge })
  return ok({ rights, invocation: token, delegations })
}

async function tokenIn(cid: CID, load: Load): Promise<Result<Token, Refusal>> {
  const bytes = await load(cid)
  return bytes ? readToken(bytes) : fail({ reason: 'UnavailableProof', message: `${cid} is not in the store` })
}
