import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { levels, reference, simulate } from './harness/dynamic.ts'

const windows = fc.integer({ min: 1, max: 6 })
const choices = fc.infiniteStream(fc.nat())

describe('a job with bodies', () => {
  test('comes to what the language says, in any order of completion, each task being computed at most once', () => {
    fc.assert(
      fc.property(levels(true), windows, choices, (job, window, picks) => {
        const expected = reference(job)
        const { outcome, calls, left } = simulate(
          job,
          window,
          open => picks.next().value % open,
          () => picks.next().value % 7 === 0,
        )
        expect(outcome).toEqual(expected.outcome)
        expect(new Set(calls).size).toBe(calls.length)
        expect(left).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test('computes what is demanded and nothing else where nothing fails', () => {
    fc.assert(
      fc.property(levels(false), windows, choices, (job, window, picks) => {
        const { calls } = simulate(job, window, open => picks.next().value % open)
        expect(calls.sort()).toEqual([...reference(job).calls].sort())
      }),
      { numRuns: 1000 },
    )
  })
})
