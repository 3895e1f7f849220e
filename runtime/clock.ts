import { setTimeout as wait } from 'node:timers/promises'

/** Time as a run sees it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** @throws the signal's reason as soon as it aborts */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Longer waits than this overflow Node's timers, which then do not wait at all. */
const longest = 2 ** 31 - 1

export const systemClock: Clock = {
  now: Date.now,
  async sleep(ms, signal) {
    for (let left = ms; ; left -= longest) {
      try {
        await wait(Math.min(left, longest), undefined, signal && { signal })
      } catch (error) {
        // Node has an error of its own for it.
        throw signal?.aborted ? signal.reason : error
      }
      if (left <= longest) return
    }
  },
}

/** Milliseconds before the first retry, and the most before any. */
const first = 100
const most = 10_000

/**
 * How long to wait before a retry: twice as long each time, up to ten seconds, of which the second half is left to chance,
 * so that those who have failed together do not come back together.
 *
 * @param retry counts from 1
 * @param random gives numbers from 0 up to 1
 * @returns milliseconds
 */
export function backoff(retry: number, random: () => number): number {
  const whole = Math.min(most, first * 2 ** (retry - 1))
  return whole * (0.5 + random() / 2)
}
