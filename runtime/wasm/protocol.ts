import type { Value } from '../../dag/value.ts'
import type { Failure } from '../interface.ts'
import type { Usage } from './budget.ts'
import type { LogEntry } from './log.ts'

/** One call, from the pool to a worker. */
export interface Request {
  id: number
  /** The component's CID as text. */
  component: string
  /** The component's bytes, once for each worker and component; shared by all workers. */
  bytes?: SharedArrayBuffer
  func: string
  args: Value[]
  limits: Usage
}

/** What came of a call, from a worker to the pool. */
export interface Response {
  id: number
  reply: Reply
  /** Core instances that this worker has made so far. */
  instances: number
}

export type Reply =
  | ({ kind: 'ok'; value: Value; ms: number; log: LogEntry[] } & Usage)
  | ({ kind: 'failed'; failure: Failure; ms: number; log: LogEntry[] } & Usage)
  /** The worker does not hold this component (any longer); it wants the bytes. */
  | { kind: 'missing' }
  /** The machine had no more to give: the call may be tried on a fresh worker. */
  | { kind: 'exhausted'; message: string }
  /** A bug of ours. */
  | { kind: 'bug'; error: unknown }

/**
 * Two numbers that the pool's watchdog reads while the worker is busy: the id of the call that is executing (0 where
 * there is none: what is compiled or waits does not count), and when it began, in nanoseconds of `process.hrtime`.
 */
export type Clock = BigInt64Array<SharedArrayBuffer>

export const clock = { call: 0, began: 1 } as const

export function newClock(): Clock {
  return new BigInt64Array(new SharedArrayBuffer(16))
}

/** What a worker is started with. */
export interface WorkerData {
  clock: Clock
  /** Bytes of components that it may keep compiled. */
  cache: number
}
