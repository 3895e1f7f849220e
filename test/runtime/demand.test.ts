import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { levels, reference, simulate, type Level, type Step } from './harness/dynamic.ts'

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

  test('stops demanding what only a failed instance needed, though others may come to need it', () => {
    const call = (inputs: number[], outcome: 'ok' | 'fails' = 'ok'): Step => ({ kind: 'call', inputs, outcome })
    const body = (params: number, tasks: Step[], value: number[]): Level => ({ params, tasks, value, commands: [] })
    // Task 1 waits for 0 and is taken by both operations; of the second the branch is picked that does not need it.
    const failing = body(1, [call([], 'fails'), call([~0])], [0, 1])
    const job = body(
      0,
      [
        call([]),
        call([0]),
        { kind: 'catch', inputs: [], captures: [1], bodies: [failing, body(2, [], [])], count: 0 },
        { kind: 'branch', inputs: [2], captures: [1], bodies: [body(1, [], [~0]), body(1, [], [])], count: 1 },
      ],
      [3],
    )
    // Of the two that can start the one that fails ends first, and then the other one.
    let ended = 0
    const { calls } = simulate(job, 2, open => (ended++ < 2 ? open - 1 : 0))
    expect(calls.sort()).toEqual(['job/0', 'job/2.0/0'])
  })
})
