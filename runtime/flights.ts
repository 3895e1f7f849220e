import type { CID } from 'multiformats/cid'
import { keyOfCid } from '../dag/links.ts'
import type { Receipt, Store } from './interface.ts'

/** Computations that are under way in this process, by what they compute; those of other stores are others. */
const byStore = new WeakMap<Store, Map<string, Promise<Receipt | undefined>>>()

export type Joined =
  /** Somebody has computed it: in this process, just now, or whenever the memo heard of it. */
  | { receipt: Receipt }
  /** It is ours to compute: `land` must be called in any case, without a receipt where there is no success. */
  | { land: (receipt?: Receipt) => void }

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
    const receipt = await (flight ? untilStopped(flight, stop) : store.memo.get(ran))
    if (receipt) return { receipt }
    // Nothing is awaited between this look and the entry.
    if (!flights.has(key)) return { land: takeOff(flights, key) }
  }
}

function takeOff(flights: Map<string, Promise<Receipt | undefined>>, key: string): (receipt?: Receipt) => void {
  const { promise, resolve } = Promise.withResolvers<Receipt | undefined>()
  flights.set(key, promise)
  return receipt => {
    flights.delete(key)
    resolve(receipt)
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
