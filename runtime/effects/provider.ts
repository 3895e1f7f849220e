import type { FailureKind } from '../../dag/failure.ts'
import type { IpldMap } from '../../dag/ipld.ts'
import type { Type } from '../../dag/types.ts'
import type { Value } from '../../dag/value.ts'
import type { Recovery } from '../interface.ts'
import type { Enqueued } from '../journal/records.ts'
import type { Demand } from '../ucan/policy.ts'

/**
 * What stands behind one effect of the language: its operations, what kind each is, what it takes and gives, and what
 * must be granted for it (docs/effects.md). One file each; a user's own stands in a module with the same shape.
 */
export interface Provider {
  /** Of its operations' names: `http`. */
  name: string
  /** The scheme under which files declare it, with the colon: `https:`. */
  scheme: string
  operations: Readonly<Record<string, Operation>>
}

export type Operation = Question | Deed

interface Common {
  /** Types of all arguments, in order, those with defaults too. Secrets reach only what is `secret` here. */
  params: readonly Type[]
  result: Type
  /** What a grant is about; absent where the operation is granted as a whole. */
  policy?: Policy
  /** What policies of delegations see of its arguments (docs/ucan.md); without it they see `subject` alone. */
  fields?: Fields
  perform(request: Request): Promise<Answer>
}

export interface Question extends Common {
  /** A note is a command that tells the world nothing that matters: it waits for no barrier and is not journalled. */
  kind: 'query' | 'note'
}

export interface Deed extends Common {
  kind: 'command'
  /** What becomes of it when nobody knows whether it has happened. */
  recovery: Recovery
  /** It awaits `sent` itself; otherwise it is taken to be sent as soon as it is performed. */
  announces?: boolean
  /** The run that the command with this key has put into the queue. */
  child?(key: string): Enqueued | undefined
  /** Of recovery `probe`: whether an earlier request with this key has happened, and what it came to. */
  probe?(request: Request): Promise<Answer | { kind: 'absent' }>
}

/** Which arguments a grant is about, and which rules cover them. */
export interface Policy {
  /** Positions of the arguments that decide; none of them may be a secret. */
  about: readonly number[]
  /**
   * What is asked for by the arguments of {@link Policy.about}, as `--allow` takes it behind the `=`: `example.com:443`,
   * `out/a.txt`. An error says what is wrong with an argument.
   */
  subject(args: readonly Value[]): { subject: string } | { error: string }
  /** Whether a rule, such as `*.example.com` or `out`, covers the subject; undefined is the operation granted as a whole. */
  covers(rule: string | undefined, subject: string): boolean
  /** What is wrong with a rule. Without this every text is one. */
  wrong?(rule: string): string | undefined
}

/** The arguments by name, as policies of delegations see them. None of them may be a secret. */
export interface Fields {
  /** Positions of the arguments that are seen. */
  about: readonly number[]
  /** The names and values, of the arguments of {@link Fields.about}. What a grant names stands beside them, as `subject`. */
  of(args: readonly Value[]): IpldMap
  /**
   * Whether a policy that demands this names what it is about itself, as a rule of a grant does, and not as a part of a
   * whole. To name the `subject` always does.
   */
  names?(demand: Demand): boolean
}

/** One performance of an operation. */
export interface Request {
  /** Fit the operation's types. */
  args: readonly Value[]
  /** Names a command among all there ever were, the same whenever it is sent again: 64 hexadecimal digits. */
  key: string
  /** The rules by which the operation is granted with these arguments. */
  rules: readonly (string | undefined)[]
  /** The rules by which it is granted with other arguments, for what turns out on the way: redirects, links. */
  rulesOf(args: readonly Value[]): readonly (string | undefined)[]
  /** Aborts at the end of the time that the task may take, or when the run is stopped where that is harmless. */
  signal: AbortSignal
  /**
   * To be awaited right before the first byte is handed over by which a command may happen, by operations that say that
   * they announce it. What fails before it is sure not to have happened, what is lost after it has an unknown outcome. It
   * rejects where the command must not be sent: the run is stopped, or its time is over. `perform` rejects with it then.
   */
  sent(): Promise<void>
}

export type Answer =
  /** `again`: the value says that nothing has happened, and the next attempt may come to something else. */
  | { kind: 'ok'; value: Value; again?: boolean }
  /** It is known that it has not happened, or what the receiver has said instead. `detail` is for people. */
  | { kind: 'failed'; failure: Extract<FailureKind, 'effect' | 'refused' | 'time' | 'value'>; detail: string }
  /** It may have happened or not; of a query that it may be asked again. What `perform` throws is the same. */
  | { kind: 'lost'; detail: string }
