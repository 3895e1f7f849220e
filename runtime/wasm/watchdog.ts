import { type Busy, clock, type Clock } from './shared.ts'

/** Milliseconds between two looks at the calls that are executing. */
const glance = 10

/** A worker as the watchdog sees it. */
export interface Watched {
  clock: Clock
  /** The call that was executing at the last look, and when it was first seen. */
  seen: { id: number; since: number }
  /** Ends it, because its call `id` has had its time. */
  overrun(id: number, ms: number): void
}

/**
 * Ends calls that have had their time, by its own clock: from the first look at which they were executing. It shares no
 * thread with the scheduler, nor with what it watches, so that a busy one cannot keep it from looking.
 *
 * @param busy how much there is to watch; while there is nothing it sleeps
 */
export async function watch(watched: Iterable<Watched>, busy: Busy): Promise<never> {
  for (;;) {
    const sleep = Atomics.waitAsync(busy, 0, 0)
    if (sleep.async) await sleep.value
    for (const worker of watched) look(worker)
    await new Promise(resolve => setTimeout(resolve, glance))
  }
}

function look(worker: Watched): void {
  const { words, limit } = worker.clock
  const id = Atomics.load(words, clock.call)
  const now = performance.now()
  if (id !== worker.seen.id) worker.seen = { id, since: now }
  const elapsed = now - worker.seen.since
  // The limit is that of this call where it is still the one that executes.
  if (id <= 0 || elapsed < limit[0]!) return
  if (Atomics.compareExchange(words, clock.call, id, -id) === id) worker.overrun(id, elapsed)
}
