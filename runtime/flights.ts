import type { CID } from 'multiformats/cid'
import { keyOfCid } from '../dag/links.ts'
import type { Clock } from './clock.ts'
import type { Remembering } from './aside.ts'
import type { Remembered } from './interface.ts'

/** Computations that are under way in this process, by what they compute; those of other stores are others. */
const byStore = new WeakMap<Remembering, Map<string, Promise<Remembered | undefined>>>()

export type Joined =
  /** Somebody has computed it: in this process, just now, or whenever the memo heard of it. */
  | { known: Remembered }
  /** It is ours to compute: `land` must be called in any case, without anything where there is no success. */
  | { land: (success?: Remembered) => void }

/** Milliseconds between two looks at what another process computes. */
const POLL = 50

/**
 * Finds a success that is remembered or under way, or takes the computation on, so that what two tasks or two runs
 * need is computed once. A computation that came to nothing is tried again by whoever waits for it. What another process
 * has a lease on is waited for.
 *
 * @param stop ends the waiting for others, not their computation
 */
export async function join(store: Remembering, ran: CID, clock: Clock, stop: AbortSignal): Promise<Joined> {
  let flights = byStore.get(store)
  if (!flights) byStore.set(store, (flights = new Map()))
  const key = keyOfCid(ran)
  for (;;) {
    stop.throwIfAborted()
    const flight = flights.get(key)
    const known = await (flight ? untilStopped(flight, stop) : store.memo.get(ran))
    if (known) return { known }
    // Nothing is awaited between this look and the entry.
    if (flights.has(key)) continue
    const land = takeOff(flights, key)
    if (!store.leases.elsewhere(ran)) return { land }
    const success = await elsewhere(store, ran, clock, stop).finally(() => land())
    if (success) return { known: success }
  }
}

/** What another process comes to; undefined where it comes to nothing. */
async function elsewhere(
  { memo, leases }: Remembering,
  ran: CID,
  clock: Clock,
  stop: AbortSignal,
): Promise<Remembered | undefined> {
  do await clock.sleep(POLL, stop)
  while (leases.elsewhere(ran))
  return memo.get(ran)
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
