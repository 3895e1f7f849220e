import type { MessagePort } from 'node:worker_threads'
import type { Value } from '../../dag/value.ts'
import type { Failure } from '../interface.ts'
import type { Usage } from './budget.ts'
import type { LogEntry } from './log.ts'

/** One call, from the pool to a worker. */
export interface Request {
  id: number
  /** Its place among the calls that the worker has ({@link Claims}). */
  place: number
  /** The component's CID as text. */
  component: string
  /** The component's bytes, once for each worker and component; shared where the worker is a thread. */
  bytes?: SharedArrayBuffer | Uint8Array
  func: string
  args: Value[]
  limits: Usage
  /** Limit in milliseconds, counted from the moment in which the worker begins to execute. */
  time: number
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

/** Why a worker is no more: a call had its time, or something else. */
export type Loss = { kind: 'overrun'; id: number; ms: number } | { kind: 'lost'; message: string }

/**
 * What the watchdog reads while a worker is busy: the id of the call that is executing (0 where there is none: what is
 * compiled or waits does not count), when it began and how long it may take, in nanoseconds of `process.hrtime`. The
 * watchdog negates the id of a call that it ends, so that it cannot end by itself as well.
 */
export type Clock = BigInt64Array<SharedArrayBuffer>

export const clock = { call: 0, began: 1, limit: 2 } as const

export function newClock(): Clock {
  return new BigInt64Array(new SharedArrayBuffer(8 * 3))
}

/**
 * Which of the calls that were sent to a worker it may still begin: the id of each stands at its place. Whoever replaces
 * it by 0 has the call: the worker, to execute it, or the pool, to give it to another.
 */
export type Claims = Int32Array<SharedArrayBuffer>

/** No more calls are with a worker at a time. */
export const places = 64

export function newClaims(places: number): Claims {
  return new Int32Array(new SharedArrayBuffer(4 * places))
}

/** @returns whether the call was still to be had */
export function claim(claims: Claims, { id, place }: Pick<Request, 'id' | 'place'>): boolean {
  return Atomics.compareExchange(claims, place, id, 0) === id
}

/** Makes calls ones that are to be had. */
export function offer(claims: Claims, requests: readonly Request[]): void {
  for (const { id, place } of requests) Atomics.store(claims, place, id)
}

/** How many calls are with the workers, for the watchdog, which sleeps while there are none. */
export type Busy = Int32Array<SharedArrayBuffer>

export function addBusy(busy: Busy, calls: number): void {
  if (Atomics.add(busy, 0, calls) === 0) Atomics.notify(busy, 0)
}

/** What a worker is made of. */
export interface WorkerOptions {
  url: string
  /** Bytes of components that it may keep compiled. */
  cache: number
  /** Megabytes of its JavaScript heap. */
  heap: number
}

/** What a worker is started with. */
export interface WorkerData {
  port: MessagePort
  clock: Clock
  claims: Claims
  cache: number
}

/** To the keeper of worker threads (`keeper.ts`), by the number of a seat. */
export type Order =
  | { kind: 'open'; seat: number; options: WorkerOptions; port: MessagePort; clock: Clock; claims: Claims }
  | { kind: 'end'; seat: number }

/** From the keeper of worker threads. */
export type Notice = { seat: number; loss: Loss }

/** To a process that keeps one worker, and from it. */
export type ProcessOrder = { kind: 'open'; options: WorkerOptions } | { kind: 'calls'; requests: Request[] }
export type ProcessNotice = { kind: 'replies'; responses: Response[] } | { kind: 'loss'; loss: Loss }
