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
 * Which calls a worker may still begin: at each place stands the id of the call that was taken there last. Whoever puts
 * the id of a later one there has that call: the worker, to execute it, or the pool, to give it to another. So a call can
 * be taken back before the worker has even read of it.
 */
export type Claims = Int32Array<SharedArrayBuffer>

/** No more calls are with a worker at a time. */
export const places = 512

/** Ids have 31 bits, and tell their place. */
const turns = 2 ** 31 / places

/**
 * @param before id of the call that was at this place before, or 0
 * @returns a positive one
 */
export function nextId(before: number, place: number): number {
  const turn = Math.floor(before / places) + 1
  return (turn < turns ? turn : 1) * places + place
}

export function placeOf(id: number): number {
  return id % places
}

export function newClaims(): Claims {
  return new Int32Array(new SharedArrayBuffer(4 * places))
}

/** @returns whether the call was still to be had */
export function claim(claims: Claims, id: number): boolean {
  const place = placeOf(id)
  let last = claims[place]!
  while (isLater(id, last)) {
    const found = Atomics.compareExchange(claims, place, last, id)
    if (found === last) return true
    last = found
  }
  return false
}

/** Ids of a place go round: of two the later one is less than half of the way ahead. */
function isLater(id: number, than: number): boolean {
  return (id - than) << 1 > 0
}

/** How much there is to watch, for the watchdog, which sleeps while there is nothing. */
export type Busy = Int32Array<SharedArrayBuffer>

export function newBusy(): Busy {
  return new Int32Array(new SharedArrayBuffer(4))
}

export function addBusy(busy: Busy, more: number): void {
  if (Atomics.add(busy, 0, more) === 0) Atomics.notify(busy, 0)
}
