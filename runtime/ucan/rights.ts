import type { IpldMap } from '../../dag/ipld.ts'
import { DECLASSIFY, operationName } from '../../dag/job.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { checkChain, checkToken, type Judging } from './chain.ts'
import { coversCommand } from './command.ts'
import type { Reason, Refusal } from './refusal.ts'
import type { Delegation, Token } from './token.ts'

/** Delegations of one chain, chains that are kept, and steps of looking for them. */
const maxLength = 16
const maxChains = 64
const maxSteps = 10_000

export interface RightsOptions {
  /** Who asks. */
  holder: string
  delegations: readonly Delegation[]
  /** Who may grant what is done here, by DID. */
  authorities: readonly string[]
  /** What asks: it has to be valid as long as anything is done by it. */
  token?: Token
  judge: () => Judging
}

/** Delegations that lead from an authority to the holder, the authority's own first. */
export interface Chain {
  subject: string
  delegations: readonly Delegation[]
}

/** What somebody may do by delegations. They are judged anew whenever it is asked: what has expired counts no more. */
export class Rights {
  readonly holder: string
  readonly chains: readonly Chain[]
  readonly #authorities: readonly string[]
  readonly #token: Token | undefined
  readonly #judge: () => Judging

  constructor({ holder, delegations, authorities, token, judge }: RightsOptions) {
    this.holder = holder
    this.chains = findChains(holder, delegations, authorities)
    this.#authorities = authorities
    this.#token = token
    this.#judge = judge
  }

  /**
   * The chains by which something may be done: all their commands cover it, and all their policies hold.
   *
   * @param args absent where they are not known yet: then policies are not looked at
   */
  allowing(cmd: string, args: IpldMap | undefined): Result<Chain[], Refusal> {
    const judging = this.#judge()
    const asks = this.#token && checkToken(this.#token, judging)
    if (asks && !asks.ok) return fail({ ...asks.error, message: `of the invocation, ${asks.error.message}` })
    let nearest: Refusal | undefined
    const allowing: Chain[] = []
    for (const chain of this.chains) {
      const { subject: sub, delegations } = chain
      const known = args ? delegations : delegations.map(one => ({ ...one, pol: [] }))
      const may = checkChain(known, { iss: this.holder, sub, cmd, args: args ?? {} }, judging)
      if (may.ok) allowing.push(chain)
      else if (!nearest || tells(may.error.reason) > tells(nearest.reason)) nearest = may.error
    }
    return allowing.length > 0 ? ok(allowing) : fail(nearest ?? this.#none())
  }

  /** Why a delegation is of no use to the holder; undefined where it is a part of a chain and its time is now. */
  useless(delegation: Delegation, all: readonly Delegation[]): Refusal | undefined {
    const fit = checkToken(delegation, this.#judge())
    if (!fit.ok) return fit.error
    if (this.chains.some(({ delegations }) => delegations.includes(delegation))) return undefined
    const { aud, iss, sub, cmd } = delegation
    if (!leads(delegation, this.holder, all))
      return { reason: 'InvalidAudience', message: `it is for ${aud}, and who asks is ${this.holder}` }
    if (iss === sub && !this.#authorities.includes(sub))
      return { reason: 'Untrusted', message: `it comes from ${sub}, who may grant nothing here` }
    const before = all.filter(one => one.aud === iss)
    if (iss !== sub && before.length === 0)
      return {
        reason: 'UnavailableProof',
        message: `it is by ${iss}, who is not its subject, and no delegation to ${iss} is at hand`,
      }
    if (
      before.some(one => one.sub === null || sub === null || one.sub === sub) &&
      !before.some(one => coversCommand(one.cmd, cmd))
    )
      return { reason: 'InvalidCommand', message: `it is for \`${cmd}\`, which no delegation to ${iss} covers` }
    return { reason: 'Untrusted', message: `no chain of delegations leads to it from who may grant something here` }
  }

  #none(): Refusal {
    return {
      reason: 'Untrusted',
      message: `nobody who may grant something here has delegated anything to ${this.holder}`,
    }
  }
}

/** The command of an operation, `http/get`, as delegations name it: `/http/get`. Giving secrets away has one of its own. */
export function commandOf(op: string): string {
  return `/${op === DECLASSIFY ? operationName(op) : op}`.toLowerCase()
}

/** Of several reasons the one that tells more: the nearer a chain came to allow it, the higher. */
function tells(reason: Reason): number {
  const order: Reason[] = ['InvalidCommand', 'TooEarly', 'Expired', 'Revoked', 'MatchError']
  return order.indexOf(reason)
}

/** All chains that lead to the holder, the shortest first as far as they are found. Commands are not compared. */
function findChains(holder: string, all: readonly Delegation[], authorities: readonly string[]): Chain[] {
  const found: Chain[] = authorities.includes(holder) ? [{ subject: holder, delegations: [] }] : []
  let steps = 0
  /** @param tail what is found so far, that of the holder last; all of it is about `subject`, null where it may be any */
  const walk = (receiver: string, subject: string | null, tail: readonly Delegation[]): void => {
    for (const one of all) {
      if (steps++ > maxSteps || found.length === maxChains) return
      if (one.aud !== receiver || tail.includes(one)) continue
      if (subject !== null && one.sub !== null && one.sub !== subject) continue
      const about = subject ?? one.sub
      const chain = [one, ...tail]
      if (one.sub !== null && one.iss === one.sub && authorities.includes(one.sub))
        found.push({ subject: one.sub, delegations: chain })
      if (chain.length < maxLength) walk(one.iss, about, chain)
    }
  }
  walk(holder, null, [])
  return found
}

/** Whether a delegation leads to somebody, by way of others. */
function leads(delegation: Delegation, holder: string, all: readonly Delegation[]): boolean {
  const reached = new Set([delegation.aud])
  for (let size = 0; size !== reached.size;) {
    size = reached.size
    for (const { iss, aud } of all) if (reached.has(iss)) reached.add(aud)
  }
  return reached.has(holder)
}
