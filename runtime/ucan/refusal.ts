import { fail, type Result } from '../../dag/result.ts'

/** Why a token, or a chain of them, is refused; where the specification's own vectors have a name for it, that one. */
export type Reason =
  /** It is no token, or a field of it is missing, unknown or of another form. */
  | 'Malformed'
  /** Its issuer has not signed it, or has no key by which that could be told. */
  | 'InvalidSignature'
  /** It claims what no proof can show: there is none, or the first one is about nobody. */
  | 'InvalidClaim'
  /** A proof that it names is not at hand. */
  | 'UnavailableProof'
  | 'Expired'
  | 'TooEarly'
  /** It is meant for somebody else than the one who uses it. */
  | 'InvalidAudience'
  /** It is about something else than what it is used for. */
  | 'InvalidSubject'
  /** Its command does not cover what it is used for. */
  | 'InvalidCommand'
  /** A policy does not hold. */
  | 'MatchError'
  | 'Revoked'
  /** It was used before. */
  | 'Replayed'
  /** Whoever it comes from in the end may grant nothing here. */
  | 'Untrusted'

export interface Refusal {
  reason: Reason
  /** A sentence without its end. */
  message: string
}

export function refuse(reason: Reason, message: string): Result<never, Refusal> {
  return fail({ reason, message })
}
