import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReadySet } from '../../runtime/ready.ts'
import type { Template } from '../../runtime/nodes.ts'
import { createSchedule, step, type Commands, type Schedule, type ScheduleEvent } from '../../runtime/schedule.ts'

function graphOf(rows: number[][], roots: number[], weight?: number[]): Template {
  const all = [...rows, roots]
  const inputStart = new Uint32Array(all.length + 1)
  all.forEach((row, task) => (inputStart[task + 1] = inputStart[task]! + row.length))
  return {
    params: 0,
    size: rows.length,
    inputStart,
    inputs: Int32Array.from(all.flat()),
    captures: new Map(),
    ...(weight && { weight: Uint8Array.from(weight) }),
  }
}

/** Steps, and ends the job's end as soon as it is started: it is no task of the job. */
function advance(schedule: Schedule<unknown>, events: ScheduleEvent[]): Commands {
  const commands = step(schedule, events)
  if (!commands.start.includes(schedule.root)) return commands
  expect(commands.start).toEqual([schedule.root])
  const last = step(schedule, [{ kind: 'done', task: schedule.root }])
  return { start: [], release: [...commands.release, ...last.release], ...(last.end && { end: last.end }) }
}

const planned = (graph: Template, window: number): Schedule<unknown> =>
  createSchedule<unknown>(graph, window, undefined)

/** A job as the runtime gets it: inputs stand before what awaits them. */
const jobs = fc.array(fc.array(fc.nat({ max: 1000 }), { maxLength: 4 }), { minLength: 1, maxLength: 40 }).map(shape => {
  const rows = shape.map((row, task) => (task === 0 ? [] : [...new Set(row.map(at => at % task))]))
  // Nothing in a job is without use.
  const used = new Set(rows.flat())
  return { rows, roots: [...rows.keys()].filter(task => !used.has(task)) }
})

interface Trace {
  started: number[]
  released: number[]
  end: unknown
}

/** Runs a job to its end; `pick` says which of the tasks under way ends next. */
function simulate(
  graph: Template,
  window: number,
  options: { pick?: (open: number[]) => number; fails?: Set<number>; watch?: (open: number[], done: number[]) => void },
): Trace {
  const { pick = () => 0, fails = new Set() } = options
  const schedule = planned(graph, window)
  const trace: Trace = { started: [], released: [], end: undefined }
  const open: number[] = []
  const done: number[] = []
  let events: ScheduleEvent[] = []
  for (;;) {
    const commands = advance(schedule, events)
    trace.started.push(...commands.start)
    trace.released.push(...commands.release)
    open.push(...commands.start)
    options.watch?.(open, done)
    if (commands.end) {
      expect(open).toEqual([])
      expect(advance(schedule, [])).toEqual({ start: [], release: [] })
      return { ...trace, end: commands.end }
    }
    expect(open.length).toBeGreaterThan(0)
    const [task] = open.splice(pick(open) % open.length, 1)
    done.push(task!)
    events = [{ kind: fails.has(task!) ? 'failed' : 'done', task: task! }]
  }
}

describe('a job that succeeds', () => {
  test('every task starts exactly once, never before its inputs, and never more than the window', () => {
    fc.assert(
      fc.property(
        jobs,
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.nat()),
        ({ rows, roots }, window, choices) => {
          const trace = simulate(graphOf(rows, roots), window, {
            pick: () => choices.next().value as number,
            watch: (open, done) => {
              expect(open.length).toBeLessThanOrEqual(window)
              for (const task of open) for (const input of rows[task]!) expect(done).toContain(input)
            },
          })
          expect([...trace.started].sort((a, b) => a - b)).toEqual(rows.map((_, task) => task))
          expect(trace.end).toEqual({ state: 'done' })
        },
      ),
    )
  })

  test('a slot never stays empty while a task is ready', () => {
    fc.assert(
      fc.property(
        jobs,
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.nat()),
        ({ rows, roots }, window, choices) => {
          simulate(graphOf(rows, roots), window, {
            pick: () => choices.next().value as number,
            watch: (open, done) => {
              const ready = rows.filter(
                (row, task) => !done.includes(task) && !open.includes(task) && row.every(input => done.includes(input)),
              )
              if (open.length < window) expect(ready).toEqual([])
            },
          })
        },
      ),
    )
  })

  test('a result is released once, after its last use, and what the end needs at the end', () => {
    fc.assert(
      fc.property(
        jobs,
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.nat()),
        ({ rows, roots }, window, choices) => {
          const schedule = planned(graphOf(rows, roots), window)
          const pending = new Map(rows.map((_, task) => [task, new Set<number>()]))
          ;[...rows, roots].forEach((row, task) => row.forEach(input => pending.get(input)!.add(task)))
          const open: number[] = []
          const released = new Set<number>()
          let events: ScheduleEvent[] = []
          for (;;) {
            const commands = advance(schedule, events)
            if (commands.end) for (const root of roots) pending.get(root)!.delete(rows.length)
            for (const task of commands.release) {
              expect(released.has(task)).toBe(false)
              expect([...pending.get(task)!]).toEqual([])
              released.add(task)
            }
            if (commands.end) break
            open.push(...commands.start)
            const [task] = open.splice((choices.next().value as number) % open.length, 1)
            for (const input of rows[task!]!) pending.get(input)!.delete(task!)
            events = [{ kind: 'done', task: task! }]
          }
          expect(released.size).toBe(rows.length)
        },
      ),
    )
  })
})

describe('order', () => {
  test('the longest path goes first, equal ones in task order', () => {
    // 0 and 1 stand alone, 2 → 3 → 4 is the long way; 5 awaits all.
    const rows = [[], [], [], [2], [3], [0, 1, 4]]
    expect(simulate(graphOf(rows, [5]), 1, {}).started).toEqual([2, 3, 0, 1, 4, 5])
  })

  test('a path leads through what an operation captures', () => {
    // 0 stands alone, 1 is captured by 2, which is the beginning of the long way.
    const graph = graphOf([[], [], [], [2], [0, 1, 3]], [4])
    graph.captures.set(2, Int32Array.of(1))
    expect(simulate(graph, 1, {}).started).toEqual([1, 2, 0, 3, 4])
  })

  test('a task without weight does not make a path longer', () => {
    const rows = [[], [0], [], [2], [1, 3]]
    expect(simulate(graphOf(rows, [4], [1, 0, 1, 1, 1]), 1, {}).started).toEqual([2, 0, 3, 1, 4])
  })
})

describe('a job that fails', () => {
  test('the failure that is reported is the one that a single worker would have met', () => {
    fc.assert(
      fc.property(
        jobs,
        fc.integer({ min: 1, max: 6 }),
        fc.uniqueArray(fc.nat({ max: 39 }), { minLength: 1 }),
        fc.infiniteStream(fc.nat()),
        ({ rows, roots }, window, failing, choices) => {
          const fails = new Set(failing)
          const alone = simulate(graphOf(rows, roots), 1, { fails })
          const many = simulate(graphOf(rows, roots), window, { fails, pick: () => choices.next().value as number })
          expect(many.end).toEqual(alone.end)
          if (rows.some((_, task) => fails.has(task))) expect(many.end).toMatchObject({ state: 'failed' })
        },
      ),
    )
  })

  test('nothing behind it starts, and what is under way is awaited', () => {
    const schedule = planned(graphOf([[], [], [], [], [0, 1, 2, 3]], [4]), 2)
    expect(advance(schedule, []).start).toEqual([0, 1])
    expect(advance(schedule, [{ kind: 'failed', task: 0 }])).toEqual({ start: [], release: [] })
    expect(advance(schedule, [{ kind: 'done', task: 1 }]).end).toEqual({ state: 'failed', task: 0 })
  })

  test('what stands behind it does not start while what stands before it is awaited', () => {
    const rows = [[], [], [], [2], [0, 1, 3]]
    const schedule = planned(graphOf(rows, [4], [5, 5, 1, 1, 1]), 2)
    expect(advance(schedule, []).start).toEqual([0, 1])
    expect(advance(schedule, [{ kind: 'failed', task: 1 }])).toEqual({ start: [], release: [] })
    expect(advance(schedule, [{ kind: 'done', task: 0 }]).end).toEqual({ state: 'failed', task: 1 })
  })

  test('what stands between it and one before it that fails later does not start either', () => {
    const rows = [[], [], [], [2], [], [0, 1, 3, 4]]
    const schedule = planned(graphOf(rows, [5]), 4)
    expect(advance(schedule, []).start.sort()).toEqual([0, 1, 2, 4])
    expect(advance(schedule, [{ kind: 'failed', task: 4 }])).toEqual({ start: [], release: [] })
    expect(advance(schedule, [{ kind: 'failed', task: 1 }])).toEqual({ start: [], release: [] })
    expect(advance(schedule, [{ kind: 'done', task: 2 }]).start).toEqual([])
    expect(advance(schedule, [{ kind: 'done', task: 0 }]).end).toEqual({ state: 'failed', task: 1 })
  })

  test('what stands behind it runs where something else needs it', () => {
    // The first failure among the inputs of 3 is decided late; 4 needs task 2 as well.
    const rows = [[], [], [], [0, 1, 2], [2], [4, 3]]
    const schedule = planned(graphOf(rows, [5], [9, 9, 1, 1, 1, 1]), 2)
    expect(advance(schedule, []).start).toEqual([0, 1])
    expect(advance(schedule, [{ kind: 'failed', task: 1 }]).start).toEqual([2])
    expect(advance(schedule, [{ kind: 'done', task: 2 }]).start).toEqual([4])
    expect(advance(schedule, [{ kind: 'done', task: 4 }]).start).toEqual([])
    expect(advance(schedule, [{ kind: 'done', task: 0 }]).end).toEqual({ state: 'failed', task: 1 })
  })

  test('what stands before it still runs', () => {
    // 0 → 1 → 2 is the long way, 3 fails while 0 is under way.
    const schedule = planned(graphOf([[], [0], [1], [], [2, 3]], [4]), 2)
    expect(advance(schedule, []).start).toEqual([0, 3])
    expect(advance(schedule, [{ kind: 'failed', task: 3 }]).start).toEqual([])
    expect(advance(schedule, [{ kind: 'done', task: 0 }]).start).toEqual([1])
    expect(advance(schedule, [{ kind: 'failed', task: 1 }]).end).toEqual({ state: 'failed', task: 1 })
  })
})

describe('a job that is stopped', () => {
  test('starts nothing more and ends when what is under way has ended', () => {
    const schedule = planned(graphOf([[], [], [0, 1]], [2]), 1)
    expect(advance(schedule, []).start).toEqual([0])
    expect(advance(schedule, [{ kind: 'stop' }])).toEqual({ start: [], release: [] })
    expect(advance(schedule, [{ kind: 'done', task: 0 }]).end).toEqual({ state: 'stopped' })
  })

  test('that had nothing left to start is done', () => {
    const schedule = planned(graphOf([[]], [0]), 1)
    advance(schedule, [])
    advance(schedule, [{ kind: 'stop' }])
    expect(advance(schedule, [{ kind: 'done', task: 0 }]).end).toEqual({ state: 'done' })
  })

  test('a dropped task is ready again', () => {
    const running = planned(graphOf([[]], [0]), 1)
    advance(running, [])
    expect(advance(running, [{ kind: 'dropped', task: 0 }]).start).toEqual([0])
    const stopping = planned(graphOf([[]], [0]), 1)
    advance(stopping, [])
    expect(advance(stopping, [{ kind: 'stop' }, { kind: 'dropped', task: 0 }]).end).toEqual({ state: 'stopped' })
  })
})

test('an empty job is done at once', () => {
  expect(advance(planned(graphOf([], []), 1), []).end).toEqual({ state: 'done' })
})

test('the ready set behaves as a sorted set', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 2999 }))), operations => {
      const set = new ReadySet(3000)
      const model = new Set<number>()
      for (const [add, member] of operations) {
        if (add) {
          set.add(member)
          model.add(member)
        } else {
          set.delete(member)
          model.delete(member)
        }
        expect(set.first()).toBe(model.size === 0 ? -1 : Math.min(...model))
      }
    }),
  )
})

test('a chain of 200,000 tasks needs no stack', () => {
  const rows = Array.from({ length: 200_000 }, (_, task) => (task === 0 ? [] : [task - 1]))
  const schedule = planned(graphOf(rows, [rows.length - 1]), 4)
  let commands = advance(schedule, [])
  let steps = 0
  while (!commands.end) {
    commands = advance(
      schedule,
      commands.start.map(task => ({ kind: 'done', task })),
    )
    steps++
  }
  expect(steps).toBe(rows.length)
  expect(commands.end).toEqual({ state: 'done' })
})
