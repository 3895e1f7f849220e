import { clock, type Busy, type Clock } from './protocol.ts'

/** Milliseconds between two looks at the calls that are executing. */
const glance = 10

/** A worker as the watchdog sees it. */
export interface Watched {
  clock: Clock
  /** Ends it, because its call `id` has had its time. */
  overrun(id: number, ms: number): void
}

/**
 * Ends calls that have had their time. It shares no thread with the scheduler, nor with what it watches, so that a
 * busy one cannot keep it from looking.
 *
 * @param busy how many calls are with the workers; while there are none it sleeps
 */
export async function watch(watched: Iterable<Watched>, busy: Busy): Promise<never> {
  for (;;) {
    const sleep = Atomics.waitAsync(busy, 0, 0)
    if (sleep.async) await sleep.value
    for (const worker of watched) look(worker)
    await new Promise(resolve => setTimeout(resolve, glance))
  }
}

function look({ clock: times, overrun }: Watched): void {
  const id = Atomics.load(times, clock.call)
  if (id <= 0n) return
  const elapsed = process.hrtime.bigint() - Atomics.load(times, clock.began)
  // The numbers are those of this call where it is still the one that executes.
  if (elapsed < Atomics.load(times, clock.limit)) return
  if (Atomics.compareExchange(times, clock.call, id, -id) === id) overrun(Number(id), Number(elapsed) / 1e6)
}
