import type { CID } from 'multiformats/cid'
import type { Executor, Leases } from './interface.ts'

/** Milliseconds that a call has to run before others are told, between two looks, and after which they are told again. */
const LONG = 50
const LOOK = 25
const AGAIN = 1000

/** Another process has a lease on what was to be computed. */
export class Elsewhere extends Error {
  override readonly name = 'Elsewhere'
}

/**
 * Has a call executed. One that takes longer than 50 ms gets a lease, so that other processes on the same store wait for
 * what it comes to; short ones cost nothing but a look now and then. The lease is the store's to give back.
 *
 * @throws Elsewhere where another process was first; the call is given up
 */
export async function underLease<T>(
  ran: CID,
  leases: Leases,
  { executor, signal }: { executor: Executor; signal: AbortSignal },
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lookout = lookoutOf(executor)
  const end = new AbortController()
  const halt = (): void => end.abort(signal.reason)
  signal.addEventListener('abort', halt)
  if (signal.aborted) halt()
  let first = true
  const call: Call = {
    next: LONG,
    tell() {
      // Whoever has run for long goes on, also where the lease was lost meanwhile.
      if (!leases.take(ran) && first) end.abort(new Elsewhere())
      first = false
      call.next += AGAIN
    },
  }
  lookout.add(call)
  try {
    return await body(end.signal)
  } finally {
    lookout.remove(call)
    signal.removeEventListener('abort', halt)
  }
}

/** A call that was given to an executor. */
export interface Call {
  /** When it was first seen to run. */
  since?: number
  /** After so many milliseconds it is told. */
  next: number
  tell: () => void
}

const lookouts = new WeakMap<Executor, Lookout>()

function lookoutOf(executor: Executor): Lookout {
  let lookout = lookouts.get(executor)
  if (!lookout) lookouts.set(executor, (lookout = new Lookout(executor.width)))
  return lookout
}

/**
 * Looks for calls that run for long, with one timer for all. An executor takes calls in their order, so that of those it
 * has the oldest run, as many as it can run at a time.
 */
export class Lookout {
  readonly #width: number
  /** The oldest first. */
  readonly #calls = new Set<Call>()
  #timer: NodeJS.Timeout | undefined

  constructor(width: number) {
    this.#width = width
  }

  add(call: Call): void {
    this.#calls.add(call)
    this.#timer ??= setInterval(() => this.#look(), LOOK).unref()
  }

  remove(call: Call): void {
    this.#calls.delete(call)
  }

  #look(): void {
    const now = performance.now()
    let left = this.#width
    for (const call of this.#calls) {
      if (left-- === 0) return
      call.since ??= now
      if (now - call.since >= call.next) call.tell()
    }
    if (this.#calls.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
