import type { CID } from 'multiformats/cid'
import { keyOfCid } from '../dag/links.ts'
import type { Remembered, Store } from './interface.ts'

/** Computations that are under way in this process, by what they compute; those of other stores are others. */
const byStore = new WeakMap<Store, Map<string, Promise<Remembered | undefined>>>()

export type Joined =
  /** Somebody has computed it: in this process, just now, or whenever the memo heard of it. */
  | { known: Remembered }
  /** It is ours to compute: `land` must be called in any case, without anything where there is no success. */
  | { land: (success?: Remembered) => void }

/**
 * Finds a success that is remembered or under way, or takes the computation on, so that what two tasks or two runs
 * need is computed once. A computation that came to nothing is tried again by whoever waits for it.
 *
 * @param stop ends the waiting for others, not their computation
 */
export async function join(store: Store, ran: CID, stop: AbortSignal): Promise<Joined> {
  let flights = byStore.get(store)
  if (!flights) byStore.set(store, (flights = new Map()))
  const key = keyOfCid(ran)
  for (;;) {
    stop.throwIfAborted()
    const flight = flights.get(key)
    const known = await (flight ? untilStopped(flight, stop) : store.memo.get(ran))
    if (known) return { known }
    // Nothing is awaited between this look and the entry.
    if (!flights.has(key)) return { land: takeOff(flights, key) }
  }
}

function takeOff(flights: Map<string, Promise<Remembered | undefined>>, key: string): (success?: Remembered) => void {
  const { promise, resolve } = Promise.withResolvers<Remembered | undefined>()
  flights.set(key, promise)
  return success => {
    flights.delete(key)
    resolve(success)
  }
}

async function untilStopped<T>(promise: Promise<T>, stop: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(stop.reason)
  stop.addEventListener('abort', abort)
  try {
    return await Promise.race([promise, stopped])
  } finally {
    stop.removeEventListener('abort', abort)
  }
}
