import { describe, expect, test } from 'vitest'
import { backoff, systemClock } from '../../runtime/clock.ts'

describe('the wait before a retry', () => {
  test('doubles up to ten seconds, and chance shortens it by half at the most', () => {
    expect([1, 2, 3, 4, 7, 8, 9, 1000].map(retry => backoff(retry, () => 1))).toEqual([
      100, 200, 400, 800, 6400, 10_000, 10_000, 10_000,
    ])
    expect([1, 2, 1000].map(retry => backoff(retry, () => 0))).toEqual([50, 100, 5000])
    expect(backoff(3, () => 0.5)).toBe(300)
  })
})

describe('the clock of the system', () => {
  test('tells the time of day', () => {
    const [before, now, after] = [Date.now(), systemClock.now(), Date.now()]
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(after)
  })

  test('ends a sleep with the reason of the signal, also one that has been given before', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const asleep = systemClock.sleep(1e9, stop.signal)
    stop.abort(reason)
    await expect(asleep).rejects.toBe(reason)
    await expect(systemClock.sleep(1e9, stop.signal)).rejects.toBe(reason)
  })

  test('sleeps longer than a timer of Node can count', async () => {
    const stop = new AbortController()
    const long = systemClock.sleep(2 ** 31, stop.signal).then(() => 'woke up')
    const short = systemClock.sleep(20).then(() => 'asleep')
    expect(await Promise.race([long, short])).toBe('asleep')
    stop.abort(new Error('enough'))
    await expect(long).rejects.toThrow('enough')
  })
})
