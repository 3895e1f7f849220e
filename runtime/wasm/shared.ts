/**
 * What the watchdog reads while a worker is busy. `call` is the id of the call that is executing, 0 where there is none:
 * what is compiled or waits does not count. The watchdog negates the id of a call that it ends, so that it cannot end by
 * itself as well. `at` is the call that the worker is at, executing or not, 0 where it waits for some.
 */
export interface Clock {
  words: Int32Array<SharedArrayBuffer>
  /** Milliseconds that the call may take that is executing. */
  limit: Float64Array<SharedArrayBuffer>
}

export const clock = { call: 0, at: 1 } as const

export function newClock(): Clock {
  const buffer = new SharedArrayBuffer(16)
  return { words: new Int32Array(buffer, 0, 2), limit: new Float64Array(buffer, 8, 1) }
}

/**
 * Which of the calls that were sent to a worker it may still begin: the id of each stands at its place. Whoever replaces
 * it by 0 has the call: the worker, to execute it, or the pool, to give it to another.
 */
export type Claims = Int32Array<SharedArrayBuffer>

/** No more calls are with a worker at a time. */
export const places = 512

/** Ids have 31 bits. */
const serials = 2 ** 30 / places

/** Ids are positive, other ones for each call that a worker has had of late, and tell their place. */
export function idOf(serial: number, place: number): number {
  return ((serial % serials) + 1) * places + place
}

export function placeOf(id: number): number {
  return id % places
}

export function newClaims(): Claims {
  return new Int32Array(new SharedArrayBuffer(4 * places))
}

/** @returns whether the call was still to be had */
export function claim(claims: Claims, id: number): boolean {
  return Atomics.compareExchange(claims, placeOf(id), id, 0) === id
}

/** Makes calls ones that are to be had; the message with which they go tells when. */
export function offer(claims: Claims, ids: readonly number[]): void {
  for (const id of ids) claims[placeOf(id)] = id
}

/** How much there is to watch, for the watchdog, which sleeps while there is nothing. */
export type Busy = Int32Array<SharedArrayBuffer>

export function newBusy(): Busy {
  return new Int32Array(new SharedArrayBuffer(4))
}

export function addBusy(busy: Busy, more: number): void {
  if (Atomics.add(busy, 0, more) === 0) Atomics.notify(busy, 0)
}
