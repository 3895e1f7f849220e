import { failureMessages, type FailureKind } from '../../dag/failure.ts'
import type { Failure } from '../interface.ts'

/** A failure with its fixed text. However long the names in `detail` are, which may be a guest's, it is not. */
export function failure(kind: FailureKind, detail?: string): Failure {
  const message = failureMessages[kind]
  if (detail === undefined) return { kind, message }
  const cut = detail.length > maxDetail ? `${detail.slice(0, maxDetail - 101)}…${detail.slice(-100)}` : detail
  return { kind, message, detail: cut }
}

const maxDetail = 500

/**
 * Ends the task that is running. Thrown through the frames of the guest, which cannot catch it: exception handling
 * is not among the features that are allowed (`opcodes.ts`).
 */
export class Ended extends Error {
  readonly kind: FailureKind
  readonly detail: string
  constructor(kind: FailureKind, detail: string) {
    const plain = withoutControls(detail)
    super(`${kind}: ${plain}`)
    this.name = 'Ended'
    this.kind = kind
    this.detail = plain
  }
}

/** A text with names that a guest chose, as it may stand in a terminal: nothing in it moves, colours or turns. */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
}

/** The detail of a failure of kind `memory`, in bytes. */
export function shortage(needed: number, limit: number): string {
  return `${needed} bytes were needed, the limit is ${limit}`
}

/** A trap that the canonical ABI asks for. */
export function trap(detail: string): never {
  throw new Ended('trap', detail)
}

/** The engine's words for a trap, and the core specification's. */
const traps: readonly (readonly [engine: string, normal: string])[] = [
  ['unreachable', 'unreachable'],
  ['memory access out of bounds', 'out of bounds memory access'],
  ['divide by zero', 'integer divide by zero'],
  ['remainder by zero', 'integer divide by zero'],
  ['divide result unrepresentable', 'integer overflow'],
  ['float unrepresentable in integer range', 'invalid conversion to integer'],
  ['table index is out of bounds', 'out of bounds table access'],
  ['table access out of bounds', 'out of bounds table access'],
  ['table out of bounds', 'out of bounds table access'],
  ['array element access out of bounds', 'out of bounds table access'],
  ['element segment out of bounds', 'out of bounds table access'],
  ['data segment', 'out of bounds memory access'],
  ['null function or function signature mismatch', 'indirect call to a null or mismatched function'],
  ['indirect call signature mismatch', 'indirect call to a null or mismatched function'],
]

/**
 * The failure that an error from running a guest stands for, `undefined` where it is no doing of the guest but a bug
 * of ours or a fault of the machine.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Ended) return failure(error.kind, error.detail)
  if (error instanceof WebAssembly.RuntimeError) {
    const known = traps.find(([engine]) => error.message.includes(engine))
    return failure('trap', known ? known[1] : error.message)
  }
  return undefined
}
