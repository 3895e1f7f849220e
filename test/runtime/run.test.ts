import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Task } from '../../dag/graph.ts'
import { bytes as bytesType } from '../../dag/types.ts'
import { place } from '../../dag/place.ts'
import { putAll } from '../../runtime/blocks.ts'
import { systemClock, type Clock } from '../../runtime/clock.ts'
import type {
  Executor,
  Receipt,
  RunEvent,
  RunOptions,
  RunOutcome,
  Store,
  WasmOutcome,
} from '../../runtime/interface.ts'
import { verifyReceipt } from '../../runtime/receipt.ts'
import { readResult } from '../../runtime/result.ts'
import { run } from '../../runtime/run.ts'
import { collect } from '../../runtime/store/blocks.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { failure } from '../../runtime/wasm/failure.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { awaited, call, core, jobOf, list, map, param, putFile, s32, shortly, value } from './harness/jobs.ts'

let executor: Executor
let component: Uint8Array
beforeAll(async () => {
  executor = createLocalExecutor({ workers: 2 })
  component = await arithmetic()
})
afterAll(() => executor.close())

async function fresh(): Promise<{ store: Store; math: CID; go: (job: CID, options?: Partial<RunOptions>) => Go }> {
  const store = memoryStore()
  const math = await putFile(store, component)
  return { store, math, go: (job, options) => run(job, new Map(), { store, executor, ...options }) }
}
type Go = ReturnType<typeof run>

async function receiptsOf(store: Store, outcome: RunOutcome): Promise<Receipt[]> {
  if (!('summary' in outcome) || !outcome.summary) throw new Error('it did not run')
  const made: Receipt[] = []
  for (const { receipt } of await store.tasks(outcome.summary.run)) {
    const signed = verifyReceipt(await collect(store.blocks.get(receipt)))
    if (signed.ok) made.push(signed.value)
  }
  return made
}

describe('a job that succeeds', () => {
  test('gives its result; a second time nothing is executed', async () => {
    const { store, math, go } = await fresh()
    const job = await jobOf(store, call(math, 'add', [call(math, 'add', [1, 2]), call(math, 'half', [10])]))
    expect(shortly(await go(job))).toEqual({ result: 8, tasks: 3, ran: 3, hits: 0, failed: 0 })
    expect(shortly(await go(job))).toEqual({ result: 8, tasks: 3, ran: 0, hits: 3, failed: 0 })
    expect(shortly(await go(job, { memo: false }))).toEqual({ result: 8, tasks: 3, ran: 3, hits: 0, failed: 0 })
  })

  test('without tasks is its literal', async () => {
    const { store, go } = await fresh()
    expect(shortly(await go(await jobOf(store, 7)))).toEqual({ result: 7, tasks: 0, ran: 0, hits: 0, failed: 0 })
  })

  test('computes core operations inline: they are no Wasm tasks and have no receipts', async () => {
    const { store, math, go } = await fresh()
    const pair = call(math, 'both', [3, 4])
    const left = core('core/field', [pair, value('left')])
    const right = core('core/field', [pair, value('right')])
    const outcome = await go(await jobOf(store, call(math, 'add', [left, right])))
    expect(shortly(outcome)).toEqual({ result: 7, tasks: 2, ran: 2, hits: 0, failed: 0 })
    if (outcome.ok) expect((await store.tasks(outcome.summary.run)).length).toBe(2)
  })

  test('may have promises at any depth of arguments and result', async () => {
    const { store, math, go } = await fresh()
    const sum = call(math, 'sum', [list(value(1), awaited(call(math, 'half', [4])), value(3))])
    const result = map({ sum: awaited(sum), all: list(awaited(call(math, 'add', [1, 1])), value(5)) })
    const type = {
      kind: 'record' as const,
      fields: [
        { name: 'sum', type: s32 },
        { name: 'all', type: { kind: 'list' as const, element: s32 } },
      ],
    }
    expect(await go(await jobOf(store, result, type))).toMatchObject({ ok: true, result: { sum: 6, all: [2, 5] } })
  })

  test('passes large values by link and reads them back whole', async () => {
    const { store, math, go } = await fresh()
    const blob = call(math, 'blob', [600_000, 7])
    const outcome = await go(await jobOf(store, blob, bytesType))
    if (!outcome.ok) throw new Error('it failed')
    expect(await readResult(store.blocks, bytesType, outcome.result)).toEqual({
      ok: true,
      value: new Uint8Array(600_000).fill(7),
    })
    expect(shortly(await go(await jobOf(store, call(math, 'length', [blob]), { kind: 'u32' })))).toMatchObject({
      result: 600_000,
      ran: 1,
      hits: 1,
    })
  })

  test('comes to what its arithmetic says, whatever its shape and the order of its tasks', async () => {
    const { store, math, go } = await fresh()
    const shapes = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: -9, max: 9 })), {
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(shapes, async shape => {
        const tasks: Task[] = []
        const expected: number[] = []
        for (const [a, b, n] of shape) {
          const first = tasks.length === 0 ? undefined : a % tasks.length
          const second = tasks.length === 0 || b % 3 === 0 ? undefined : b % tasks.length
          tasks.push(
            call(math, 'add', [first === undefined ? n : tasks[first]!, second === undefined ? n : tasks[second]!]),
          )
          expected.push(
            ((first === undefined ? n : expected[first]!) + (second === undefined ? n : expected[second]!)) | 0,
          )
        }
        expect(await go(await jobOf(store, tasks.at(-1)!))).toMatchObject({ ok: true, result: expected.at(-1) })
      }),
      { numRuns: 30 },
    )
  })

  test('tells what goes on, under the names of the job as it was given', async () => {
    const { store, math } = await fresh()
    const job = await jobOf(store, call(math, 'add', [param('n'), 1]), s32, { n: { type: s32 } })
    const events: RunEvent[] = []
    const outcome = await run(job, new Map([['n', 4]]), { store, executor, onEvent: event => events.push(event) })
    expect(shortly(outcome)).toMatchObject({ result: 5 })
    expect(events.map(({ kind }) => kind)).toEqual(['planned', 'started', 'finished'])
    const [, started] = events
    if (started?.kind !== 'started') throw new Error('not started')
    expect(started.func).toBe('add')
    expect(started.origin.equals(started.task)).toBe(false)
    expect(await store.blocks.has(started.origin)).toBe(true)
    if (outcome.ok) expect((await store.tasks(outcome.summary.run))[0]!.task.equals(started.task)).toBe(true)
  })
})

describe('memory', () => {
  test('f(1) and f(g()) with g() = 1 share what is remembered', async () => {
    const { store, math, go } = await fresh()
    await go(await jobOf(store, call(math, 'add', [1, 5])))
    const indirect = await go(await jobOf(store, call(math, 'add', [call(math, 'half', [2]), 5])))
    expect(shortly(indirect)).toEqual({ result: 6, tasks: 2, ran: 1, hits: 1, failed: 0 })
  })

  test('a large composite with a promise in it shares with the literal that it comes to', async () => {
    const { store, math, go } = await fresh()
    const numbers = Array.from({ length: 1000 }, (_, n) => value(n))
    await go(await jobOf(store, call(math, 'sum', [list(...numbers)])))
    const computed = numbers.with(500, awaited(call(math, 'half', [1000])))
    const outcome = await go(await jobOf(store, call(math, 'sum', [list(...computed)])))
    expect(shortly(outcome)).toEqual({ result: 499_500, tasks: 2, ran: 1, hits: 1, failed: 0 })
  })

  test('an input that is computed otherwise to the same makes all below it hits', async () => {
    const { store, math, go } = await fresh()
    const other = await putFile(store, await arithmetic(1))
    const job = (first: Task) => {
      const composite = list(awaited(first), value(10), awaited(call(math, 'half', [first])))
      return jobOf(store, call(math, 'add', [call(math, 'sum', [composite]), 1]))
    }
    expect(shortly(await go(await job(call(math, 'half', [8]))))).toMatchObject({ result: 17, ran: 4 })
    // Recomputed by another component, to the same 4.
    expect(shortly(await go(await job(call(other, 'half', [8]))))).toMatchObject({ result: 17, ran: 1, hits: 3 })
    // The same by another computation.
    expect(shortly(await go(await job(call(math, 'half', [9]))))).toMatchObject({ result: 17, ran: 1, hits: 3 })
  })

  test('equal tasks in different places are computed once', async () => {
    const { store, math, go } = await fresh()
    const halves = [8, 9, 8, 9].map(n => call(math, 'half', [n]))
    // 8/2 and 9/2 are both 4, so the four tasks above them are one computation.
    const sums = halves.map(half => call(math, 'add', [half, 1]))
    const outcome = await go(await jobOf(store, call(math, 'sum', [list(...sums.map(awaited))])))
    expect(shortly(outcome)).toEqual({ result: 20, tasks: 5, ran: 4, hits: 1, failed: 0 })
  })

  test('two runs at once compute what they share once', async () => {
    const { store, math, go } = await fresh()
    const job = await jobOf(store, call(math, 'add', [call(math, 'half', [30]), 2]))
    const outcomes = await Promise.all([go(job), go(job), go(job)])
    const counts = outcomes.map(outcome => (outcome.ok ? outcome.summary : undefined))
    expect(outcomes.map(outcome => outcome.ok && outcome.result)).toEqual([17, 17, 17])
    expect(counts.reduce((sum, summary) => sum + summary!.ran, 0)).toBe(2)
    expect(counts.reduce((sum, summary) => sum + summary!.hits, 0)).toBe(4)
  })

  test('a hit that used more memory than the task may have is the failure that execution gives', async () => {
    const { store, math, go } = await fresh()
    const job = (memory: number) => jobOf(store, call(math, 'pages', [20], { memory }))
    expect(shortly(await go(await job(4 << 20)))).toMatchObject({ result: 21, ran: 1 })
    const small = await job(1 << 20)
    const hit = await go(small)
    const executed = await go(small, { memo: false })
    expect(shortly(hit)).toEqual({ failure: 'memory', func: 'pages', tasks: 1, ran: 0, hits: 1, failed: 1 })
    expect(shortly(executed)).toEqual({ failure: 'memory', func: 'pages', tasks: 1, ran: 1, hits: 0, failed: 1 })
    expect('failure' in hit && hit.failure.message).toBe('failure' in executed && executed.failure.message)
  })

  test('so is one that used more gas, to the unit; one that used more of both is executed', async () => {
    const { store, math, go } = await fresh()
    const job = (own: { gas?: number; memory?: number }) => jobOf(store, call(math, 'pages', [20], own))
    const first = await go(await job({}))
    const { gas } = (await receiptsOf(store, first))[0]!.meta
    expect(first).toMatchObject({ ok: true, summary: { gas } })
    const enough = await go(await job({ gas }))
    expect(shortly(enough)).toMatchObject({ result: 21, hits: 1 })
    // What is remembered costs nothing again.
    expect(enough).toMatchObject({ summary: { gas: 0 } })
    const less = await job({ gas: gas - 1 })
    const hit = await go(less)
    expect(shortly(hit)).toEqual({ failure: 'gas', func: 'pages', tasks: 1, ran: 0, hits: 1, failed: 1 })
    expect('failure' in hit && hit.failure.detail).toBe(
      `${gas} units were needed when it was computed, the limit is ${gas - 1}`,
    )
    const executed = await go(less, { memo: false })
    expect(shortly(executed)).toMatchObject({ failure: 'gas', ran: 1 })
    // An instance and its first page; then growing meets the limit of memory before that of gas.
    const neither = await job({ gas: gas - 1, memory: 1 << 20 })
    const [warm, cold] = [await go(neither), await go(neither, { memo: false })]
    expect(shortly(warm)).toEqual(shortly(cold))
    expect(shortly(warm)).toMatchObject({ ran: 1, hits: 0 })
  })

  test('failures are not remembered', async () => {
    const { store, math, go } = await fresh()
    for (const [func, own, kind] of [
      ['spin', { time: 60 }, 'time'],
      ['pages', { memory: 1 << 20 }, 'memory'],
      ['refuse', {}, 'trap'],
    ] as const) {
      const job = await jobOf(store, call(math, func, [100], own))
      for (let i = 0; i < 2; i++) expect(shortly(await go(job))).toMatchObject({ failure: kind, ran: 1, hits: 0 })
    }
  })

  test('a limit is no part of what is remembered', async () => {
    const { store, math, go } = await fresh()
    await go(await jobOf(store, call(math, 'half', [6], { time: 1000 })))
    expect(shortly(await go(await jobOf(store, call(math, 'half', [6], { time: 2000 }))))).toMatchObject({ hits: 1 })
  })
})

describe('receipts', () => {
  test('of a run lead from each task to what it came to', async () => {
    const { store, math, go } = await fresh()
    const good = call(math, 'half', [2])
    const bad = call(math, 'refuse', [good])
    const outcome = await go(await jobOf(store, bad))
    if (!('summary' in outcome) || !outcome.summary) throw new Error('it did not run')
    const outs: unknown[] = []
    for (const { receipt, hit } of await store.tasks(outcome.summary.run)) {
      const signed = verifyReceipt(await collect(store.blocks.get(receipt)))
      if (!signed.ok) throw new Error(signed.error.message)
      expect(hit).toBe(false)
      expect(await store.blocks.has(signed.value.ran)).toBe(true)
      outs.push(signed.value.out)
    }
    expect(outs).toHaveLength(2)
    expect(outs).toContainEqual(['ok', 1])
    expect(outs).toContainEqual(['error', { kind: 'trap', message: 'the component trapped', detail: 'unreachable' }])
    expect(await store.runs()).toMatchObject([{ run: outcome.summary.run, state: 'failed' }])
  })
})

describe('attempts', () => {
  /** The real executor, and what it was asked; `bend` changes what a call came to, by how often it was made. */
  function watched(bend: (outcome: WasmOutcome, times: number) => WasmOutcome = outcome => outcome) {
    const calls: string[] = []
    const made: Executor = {
      width: executor.width,
      async call(wanted, signal) {
        const line = `${wanted.func}(${wanted.args.join()})`
        calls.push(line)
        return bend(await executor.call(wanted, signal), calls.filter(one => one === line).length)
      },
      close: () => Promise.resolve(),
    }
    return { calls, executor: made }
  }
  const attemptsOf = async (store: Store, outcome: RunOutcome): Promise<(string | null)[][]> =>
    (await receiptsOf(store, outcome)).map(({ meta }) => meta.attempts.map(({ kind }) => kind))

  test('that came to nothing for want of time are repeated as often as the limits say', async () => {
    const { store, math, go } = await fresh()
    const { calls, executor } = watched()
    const outcome = await go(await jobOf(store, call(math, 'spin', [1], { time: 40, retry: 2 })), { executor })
    expect(shortly(outcome)).toEqual({ failure: 'time', func: 'spin', tasks: 1, ran: 1, hits: 0, failed: 1 })
    expect(calls.length).toBe(3)
    expect(await attemptsOf(store, outcome)).toEqual([['time', 'time', 'time']])
  })

  test('end with the first that succeeds', async () => {
    const { store, math, go } = await fresh()
    const lost = (outcome: WasmOutcome, times: number): WasmOutcome =>
      times < 3 ? { ok: false, failure: failure('crash'), ms: 10_000, memory: 0, gas: 0 } : outcome
    const { calls, executor } = watched(lost)
    const outcome = await go(await jobOf(store, call(math, 'half', [8], { retry: 5 })), { executor })
    expect(shortly(outcome)).toMatchObject({ result: 4 })
    expect(calls.length).toBe(3)
    expect(await attemptsOf(store, outcome)).toEqual([['crash', 'crash', null]])
    const [receipt] = await receiptsOf(store, outcome)
    const { ms, attempts } = receipt!.meta
    expect(attempts.map(attempt => attempt.ms)).toEqual([10_000, 10_000, expect.closeTo(ms - 20_000)])
  })

  test('list the workers that were lost on them, which take no retry', async () => {
    const { store, math, go } = await fresh()
    const unlucky = (outcome: WasmOutcome, times: number): WasmOutcome =>
      times === 1
        ? { ok: false, failure: failure('crash'), ms: 2, memory: 0, gas: 0, lost: 2 }
        : { ...outcome, lost: 1 }
    const { executor } = watched(unlucky)
    const slept: number[] = []
    const clock: Clock = { now: () => 0, sleep: async ms => void slept.push(ms) }
    const job = await jobOf(store, call(math, 'half', [8], { retry: 1 }))
    const outcome = await go(job, { executor, clock, random: () => 1 })
    expect(shortly(outcome)).toMatchObject({ result: 4 })
    expect(await attemptsOf(store, outcome)).toEqual([['crash', 'crash', 'crash', 'crash', null]])
    expect(slept).toEqual([100])
  })

  test('wait for longer each time, as the clock and chance that are given say', async () => {
    const { store, math, go } = await fresh()
    const lost = (outcome: WasmOutcome, times: number): WasmOutcome =>
      times < 5 ? { ok: false, failure: failure('crash'), ms: 1, memory: 0, gas: 0 } : outcome
    const { executor } = watched(lost)
    const slept: number[] = []
    const clock: Clock = { now: () => 0, sleep: async ms => void slept.push(ms) }
    let chance = 0
    const job = await jobOf(store, call(math, 'half', [8], { retry: 5 }))
    const outcome = await go(job, { executor, clock, random: () => (chance += 0.25) - 0.25 })
    expect(shortly(outcome)).toMatchObject({ result: 4 })
    expect(slept).toEqual([50, 125, 300, 700])
  })

  test('end where the run is stopped while one waits', async () => {
    const { store, math, go } = await fresh()
    const lost = (): WasmOutcome => ({ ok: false, failure: failure('crash'), ms: 1, memory: 0, gas: 0 })
    const { calls, executor } = watched(lost)
    const stop = new AbortController()
    const clock: Clock = {
      now: () => 0,
      sleep(ms, signal) {
        stop.abort()
        return systemClock.sleep(ms * 1e6, signal)
      },
    }
    const job = await jobOf(store, call(math, 'half', [8], { retry: 5 }))
    expect(shortly(await go(job, { executor, clock, signal: stop.signal }))).toMatchObject({ stopped: true })
    expect(calls.length).toBe(1)
  })

  test('in which a worker gave what the function does not give come to its loss', async () => {
    const { store, math, go } = await fresh()
    const { executor } = watched(outcome => ({ ...outcome, value: ['a', 'list'] }) as WasmOutcome)
    const outcome = await go(await jobOf(store, call(math, 'half', [8])), { executor })
    expect(outcome).toMatchObject({
      failure: { kind: 'crash', detail: 'the worker gave what the function does not give' },
    })
  })

  test('of what always fails alike are not repeated', async () => {
    const { store, math, go } = await fresh()
    const { calls, executor } = watched()
    const job = await jobOf(store, call(math, 'refuse', [1], { retry: 2 }))
    expect(shortly(await go(job, { executor }))).toMatchObject({ failure: 'trap' })
    expect(calls.length).toBe(1)
  })

  test('are compared where the limits ask for it; equal ones count once', async () => {
    const { store, math, go } = await fresh()
    const { calls, executor } = watched()
    for (const [task, comes] of [
      [call(math, 'half', [8], { check: 2 }), { result: 4, ran: 1, hits: 0 }],
      [call(math, 'refuse', [1], { check: 2 }), { failure: 'trap', ran: 1 }],
    ] as const) {
      calls.length = 0
      expect(shortly(await go(await jobOf(store, task), { executor }))).toMatchObject(comes)
      expect(calls.length).toBe(3)
    }
    calls.length = 0
    expect(shortly(await go(await jobOf(store, call(math, 'half', [8], { check: 2 })), { executor }))).toMatchObject({
      hits: 1,
    })
    expect(calls).toEqual([])
  })

  test('that differ end the run with the task and both results, and nothing is remembered', async () => {
    const { store, math, go } = await fresh()
    for (const [bend, said] of [
      [
        (outcome: WasmOutcome, times: number) => (times === 2 && outcome.ok ? { ...outcome, value: 5 } : outcome),
        '4, then 5',
      ],
      [
        (outcome: WasmOutcome, times: number): WasmOutcome =>
          times === 2 ? { ok: false, failure: failure('trap'), ms: 1, memory: 0, gas: 0 } : outcome,
        '4, then a failure: trap',
      ],
    ] as const) {
      const task = call(math, 'half', [8], { check: 1 })
      const job = await jobOf(store, task)
      const outcome = await go(job, { executor: watched(bend).executor })
      expect(shortly(outcome)).toMatchObject({
        error: { code: 'nondeterminism', message: expect.stringMatching(new RegExp(`\\(\`half\`\\).*${said}`)) },
      })
      expect(await store.runs()).toMatchObject([{ state: 'failed' }, ...(said.includes('trap') ? [{}] : [])])
    }
    expect(shortly(await go(await jobOf(store, call(math, 'half', [8]))))).toMatchObject({ result: 4, hits: 0 })
  })
})

describe('results that are remembered', () => {
  /** The real executor from the second run on, and what it was asked; `bend` changes what a call comes to. */
  async function remembered(count: number, bend: (outcome: WasmOutcome) => WasmOutcome = outcome => outcome) {
    const { store, math, go } = await fresh()
    const job = await jobOf(
      store,
      list(...Array.from({ length: count }, (_, n) => awaited(call(math, 'half', [2 * n])))),
      {
        kind: 'list',
        element: s32,
      },
    )
    await go(job)
    const calls: number[] = []
    const watched: Executor = {
      width: executor.width,
      async call(wanted, signal) {
        calls.push(wanted.args[0] as number)
        return bend(await executor.call(wanted, signal))
      },
      close: () => Promise.resolve(),
    }
    return { calls, again: (options: Partial<RunOptions>) => go(job, { executor: watched, ...options }) }
  }

  test('are computed again and compared, as many as is asked for', async () => {
    const { calls, again } = await remembered(20)
    for (const [check, comes] of [
      [0, 0],
      [3, 3],
      [50, 20],
    ] as const) {
      calls.length = 0
      expect(await again({ check })).toMatchObject({ ok: true, summary: { ran: 0, hits: 20, checked: comes } })
      expect(new Set(calls).size).toBe(comes)
      expect(calls.length).toBe(comes)
    }
    expect(await again({})).not.toHaveProperty('summary.checked')
  })

  test('are chosen by chance, each as likely as any other', async () => {
    const { calls, again } = await remembered(10)
    const times = new Array<number>(10).fill(0)
    let seed = 1
    // Park and Miller's, so that every run of the test sees the same.
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647
    for (let round = 0; round < 200; round++) {
      calls.length = 0
      await again({ check: 2, random })
      for (const at of calls) times[at / 2]!++
    }
    for (const count of times) expect(count).toBeGreaterThan(20)
    for (const count of times) expect(count).toBeLessThan(60)
  })

  test('that come to something else end the run with the task and both results', async () => {
    for (const [bend, said] of [
      [(outcome: WasmOutcome) => (outcome.ok ? { ...outcome, value: 99 } : outcome), 'it gave 3, then 99'],
      [
        (): WasmOutcome => ({ ok: false, failure: failure('trap'), ms: 1, memory: 0, gas: 0 }),
        'it gave 3, then a failure: trap',
      ],
    ] as const) {
      const { again } = await remembered(4, outcome => (outcome.ok && outcome.value !== 3 ? outcome : bend(outcome)))
      expect(shortly(await again({ check: 4 }))).toMatchObject({
        error: { code: 'nondeterminism', message: expect.stringMatching(new RegExp(`\\(\`half\`\\).*${said}`)) },
      })
    }
  })

  test('say nothing where computing them takes too long now', async () => {
    const { again } = await remembered(1, () => ({ ok: false, failure: failure('time'), ms: 1, memory: 0, gas: 0 }))
    expect(await again({ check: 1 })).toMatchObject({ ok: true, summary: { checked: 1 } })
  })

  test('are no longer looked at when the run is stopped', async () => {
    const stop = new AbortController()
    const { again } = await remembered(4, outcome => (stop.abort(), outcome))
    expect(shortly(await again({ check: 4, signal: stop.signal }))).toMatchObject({ stopped: true })
  })
})

describe('a job that fails', () => {
  test('names the task, its function and the kind, and leaves a store that works', async () => {
    const { store, math, go } = await fresh()
    const outcome = await go(await jobOf(store, call(math, 'add', [call(math, 'refuse', [1]), 1])))
    expect(shortly(outcome)).toEqual({ failure: 'trap', func: 'refuse', tasks: 2, ran: 1, hits: 0, failed: 1 })
    expect(shortly(await go(await jobOf(store, call(math, 'half', [2]))))).toMatchObject({ result: 1 })
  })

  test('reports the same failure whatever the timing', async () => {
    const { store, math, go } = await fresh()
    // The slow one stands first; the others fail long before it.
    const slow = call(math, 'spin', [1], { time: 80 })
    const quick = call(math, 'refuse', [call(math, 'half', [2])])
    const job = await jobOf(store, call(math, 'add', [call(math, 'half', [call(math, 'half', [slow])]), quick]))
    for (let i = 0; i < 3; i++) expect(shortly(await go(job))).toMatchObject({ failure: 'time', func: 'spin' })
  })

  test('a core operation that fails is a failure without a function', async () => {
    const { store, math, go } = await fresh()
    const job = await jobOf(store, core('core/index', [list(awaited(call(math, 'half', [2]))), 5]))
    expect(shortly(await go(job))).toMatchObject({ failure: 'value', func: undefined, ran: 1, failed: 1 })
  })

  test('an argument of another type is a failure of kind value', async () => {
    const { store, math, go } = await fresh()
    const outcome = await go(await jobOf(store, call(math, 'half', [value('two')])))
    expect(shortly(outcome)).toEqual({ failure: 'value', func: 'half', tasks: 1, ran: 0, hits: 0, failed: 1 })
    if ('failure' in outcome) expect(outcome.failure.detail).toBe('args[0]: an integer was expected, this is "two"')
  })

  test('so is one that a receipt brings, of whatever task', async () => {
    const { store, math, go } = await fresh()
    const inner = call(math, 'half', [4])
    expect(shortly(await go(await jobOf(store, inner)))).toMatchObject({ result: 2 })
    const { memo } = store
    store.memo = {
      ...memo,
      get: async ran => {
        const known = await memo.get(ran)
        return known && { ...known, value: 2 ** 40 }
      },
    }
    const outcome = await go(await jobOf(store, call(math, 'half', [inner])))
    expect(shortly(outcome)).toMatchObject({ failure: 'value', func: 'half', ran: 0, hits: 1 })
    if ('failure' in outcome) expect(outcome.failure.detail).toBe('args[0]: 1099511627776 does not fit s32')
  })
})

describe('stopping', () => {
  test('ends what is under way and starts nothing more; the next run goes on', async () => {
    const { store, math, go } = await fresh()
    const done = call(math, 'half', [4])
    const job = await jobOf(store, call(math, 'add', [done, call(math, 'spin', [done], { time: 60_000 })]))
    const control = new AbortController()
    const outcome = await go(job, {
      signal: control.signal,
      onEvent: event => {
        if (event.kind === 'started' && event.func === 'spin') setTimeout(() => control.abort(), 20)
      },
    })
    expect(shortly(outcome)).toEqual({ stopped: true, tasks: 3, ran: 1, hits: 0, failed: 0 })
    expect(await store.runs()).toMatchObject([{ state: 'stopped' }])
    expect(shortly(await go(await jobOf(store, call(math, 'half', [4]))))).toMatchObject({ hits: 1 })
  })

  test('before it began starts nothing', async () => {
    const { store, math, go } = await fresh()
    const outcome = await go(await jobOf(store, call(math, 'half', [4])), { signal: AbortSignal.abort() })
    expect(shortly(outcome)).toMatchObject({ stopped: true, ran: 0 })
  })

  test('does not wait for what another run computes', async () => {
    const { store, math, go } = await fresh()
    const job = await jobOf(store, call(math, 'spin', [1], { time: 300 }))
    const first = go(job)
    await wait(30)
    const control = new AbortController()
    const second = go(job, { signal: control.signal })
    await wait(10)
    control.abort()
    const winner = await Promise.race([first.then(() => 'first'), second.then(() => 'second')])
    expect(winner).toBe('second')
    expect(shortly(await second)).toMatchObject({ stopped: true, ran: 0 })
    expect(shortly(await first)).toMatchObject({ failure: 'time' })
  })
})

describe('arguments', () => {
  test('are bound: the same as a job that was written with them', async () => {
    const { store, math, go } = await fresh()
    const template = await jobOf(store, call(math, 'add', [param('a'), param('b')]), s32, {
      a: { type: s32 },
      b: { type: s32, default: 10 },
    })
    const outcome = await run(template, new Map([['a', 5]]), { store, executor })
    expect(shortly(outcome)).toMatchObject({ result: 15, ran: 1 })
    const literal = await jobOf(store, call(math, 'add', [5, 10]))
    if (outcome.ok) expect(outcome.summary.job.equals(literal)).toBe(true)
    expect(shortly(await go(literal))).toMatchObject({ result: 15, hits: 1 })
  })

  test('that are large are passed by link', async () => {
    const { store, math } = await fresh()
    const job = await jobOf(
      store,
      call(math, 'length', [param('data')]),
      { kind: 'u32' },
      { data: { type: bytesType } },
    )
    const placed = await place(bytesType, new Uint8Array(5000))
    if (!placed.ok) throw new Error(placed.error.message)
    await putAll(store.blocks, placed.value.blocks)
    expect(shortly(await run(job, new Map([['data', placed.value.value]]), { store, executor }))).toMatchObject({
      result: 5000,
    })
  })

  test('that are missing, unknown or of another type are said before anything starts', async () => {
    const { store, math } = await fresh()
    const job = await jobOf(store, call(math, 'half', [param('n')]), s32, { n: { type: s32 } })
    const tried = async (args: [string, string | number][]) =>
      shortly(await run(job, new Map(args), { store, executor }))
    expect(await tried([])).toMatchObject({ code: 'argument', message: expect.stringContaining('n') })
    expect(
      await tried([
        ['n', 1],
        ['m', 2],
      ]),
    ).toMatchObject({ code: 'argument', message: expect.stringContaining('`m`') })
    expect(await tried([['n', 'one']])).toMatchObject({ code: 'argument', message: expect.stringContaining('`n`') })
    expect(await store.runs()).toEqual([])
  })
})
