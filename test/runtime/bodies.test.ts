import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Body, Operand, Task } from '../../dag/graph.ts'
import { failureMessages, failureType } from '../../dag/failure.ts'
import { place } from '../../dag/place.ts'
import { bytes as bytesType, type Type } from '../../dag/types.ts'
import { toIpld, type Value } from '../../dag/value.ts'
import type { Executor, RunEvent, RunOptions, RunOutcome, Store, WasmCall } from '../../runtime/interface.ts'
import { readResult } from '../../runtime/result.ts'
import { run } from '../../runtime/run.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { arithmetic } from './harness/arithmetic.ts'
import {
  attempt,
  awaited,
  body,
  branch,
  call,
  core,
  each,
  fold,
  jobOf,
  list,
  listOf,
  map,
  operation,
  putFile,
  recover,
  reduce,
  s32,
  shortly,
  value,
} from './harness/jobs.ts'

const text: Type = { kind: 'string' }
const numbers = (...items: number[]): Operand => value(items)
const texts = (count: number): Operand => value(Array.from({ length: count }, (_, n) => String(n)))
const joined = (...parts: (Operand | string)[]): Task =>
  core(
    'core/text',
    parts.map(part => (typeof part === 'string' ? value(part) : part)),
  )

let executor: Executor
let component: Uint8Array
beforeAll(async () => {
  executor = createLocalExecutor({ workers: 2 })
  component = await arithmetic()
})
afterAll(() => executor.close())

interface Place {
  store: Store
  math: CID
  /** The calls that were executed, as `half(8)`, in the order in which they were given to the executor. */
  executed: string[]
  go: (result: Task | Operand, type?: Type, options?: Partial<RunOptions>) => Promise<RunOutcome>
  /** The whole value of what a job comes to. */
  valueOf: (result: Task | Operand, type?: Type) => Promise<Value>
}

async function fresh(): Promise<Place> {
  const store = memoryStore()
  const math = await putFile(store, component)
  const executed: string[] = []
  const counting: Executor = {
    width: executor.width,
    call(wanted: WasmCall, signal) {
      executed.push(`${wanted.func}(${wanted.args.join()})`)
      return executor.call(wanted, signal)
    },
    close: () => Promise.resolve(),
  }
  const go: Place['go'] = async (result, type = s32, options = {}) =>
    run(await jobOf(store, result, type), new Map(), { store, executor: counting, ...options })
  return {
    store,
    math,
    executed,
    go,
    async valueOf(result, type = s32) {
      const outcome = await go(result, type)
      if (!outcome.ok) throw new Error(JSON.stringify(shortly(outcome)))
      const read = await readResult(store.blocks, type, outcome.result)
      if (!read.ok) throw new Error(read.error.message)
      return read.value
    },
  }
}

/** `n` of a function that fails. */
const refuse = (math: CID, n: number): Task => call(math, 'refuse', [n])

describe('demand', () => {
  test('of two branches the one that is picked is computed', async () => {
    for (const picked of [true, false]) {
      const { math, executed, valueOf } = await fresh()
      const selector = core('core/less', [call(math, 'half', [picked ? 2 : 20]), 5, value('s32')])
      const way = (n: number): Body => body(0, () => call(math, 'add', [n, 0]))
      expect(await valueOf(branch(selector, [way(100), way(200)]))).toBe(picked ? 100 : 200)
      expect(executed).toEqual([picked ? 'half(2)' : 'half(20)', picked ? 'add(100,0)' : 'add(200,0)'])
    }
  })

  test('what only another branch takes from around it is not computed', async () => {
    const { math, executed, valueOf } = await fresh()
    const shared = call(math, 'half', [8])
    const never = call(math, 'add', [shared, 1])
    const both = body(0, () => call(math, 'add', [shared, never]))
    const one = body(0, () => call(math, 'add', [shared, 70]))
    expect(await valueOf(branch(call(math, 'half', [2]), [both, one]))).toBe(74)
    expect(executed.sort()).toEqual(['add(4,70)', 'half(2)', 'half(8)'])
  })

  test('an empty list demands nothing of its body, whatever the body takes', async () => {
    const { math, executed, valueOf } = await fresh()
    const failing = refuse(math, 1)
    const none = core('core/range', [call(math, 'half', [0]), 0, value('s32')])
    const made = each(
      none,
      body(1, (_, x) => call(math, 'add', [x, failing])),
    )
    expect(await valueOf(made, listOf(s32))).toEqual([])
    const summed = fold(
      none,
      call(math, 'half', [6]),
      body(2, (_, state, x) => call(math, 'sum', [list(state, x, awaited(failing))])),
    )
    expect(await valueOf(summed)).toBe(3)
    expect(executed).not.toContain('refuse(1)')
  })

  test('what a body computes and its value does not need is not computed', async () => {
    const { math, executed, valueOf } = await fresh()
    const index = call(math, 'half', [2])
    const made = each(
      numbers(4, 6),
      body(1, (_, x) => branch(index, [body(0, () => refuse(math, 1)), body(0, () => call(math, 'half', [x]))])),
    )
    expect(await valueOf(made, listOf(s32))).toEqual([2, 3])
    expect(executed.sort()).toEqual(['half(2)', 'half(4)', 'half(6)'])
  })

  test('a selector that picks no branch is a failure of kind value', async () => {
    const { math, go } = await fresh()
    const ways = [body(0, () => call(math, 'half', [2])), body(0, () => call(math, 'half', [4]))]
    for (const selector of [call(math, 'half', [4]), call(math, 'half', [-2])])
      expect(shortly(await go(branch(selector, ways)))).toMatchObject({ failure: 'value' })
    expect(shortly(await go(branch(core('core/text', []), ways)))).toMatchObject({ failure: 'value' })
  })
})

describe('map', () => {
  test('keeps the order, hands in the index, and takes what stands around it', async () => {
    const { math, valueOf } = await fresh()
    const offset = call(math, 'half', [200])
    const made = each(
      numbers(7, 5, 9),
      body(2, (_, x, i) => call(math, 'sum', [list(x, core2(i), awaited(offset))])),
    )
    expect(await valueOf(made, listOf(s32))).toEqual([107, 106, 111])
    function core2(index: Operand): Operand {
      return awaited(core('core/as', [index, value('u64'), value('s32')]))
    }
  })

  test('of 10,000 elements computes equal ones once, and none that was computed outside of bodies', async () => {
    const { math, executed, go, store } = await fresh()
    await go(call(math, 'half', [6]))
    executed.length = 0
    const range = core('core/range', [call(math, 'half', [1]), 10_000, value('s32')])
    const made = each(
      range,
      body(1, (_, x) => call(math, 'half', [core('core/remainder', [x, 10, value('s32')])])),
    )
    const outcome = await go(made, listOf(s32))
    // One for the range, ten for the elements, of which one is remembered and one is that of the range.
    expect(executed.length).toBe(1 + 10 - 2)
    expect(new Set(executed).size).toBe(executed.length)
    expect(shortly(outcome)).toMatchObject({ tasks: 10_001, ran: 9, hits: 9_992, failed: 0 })
    if (!outcome.ok) throw new Error('it failed')
    const expected = Array.from({ length: 10_000 }, (_, n) => Math.trunc((n % 10) / 2))
    expect(await readResult(store.blocks, listOf(s32), outcome.result)).toEqual({ ok: true, value: expected })
  })

  test('stands as the literal does, whatever the elements are', async () => {
    const cases: [Type, Value[]][] = [
      [{ kind: 'u8' }, [1, 2, 255]],
      [{ kind: 'u8' }, Array.from({ length: 3000 }, (_, n) => n % 256)],
      [{ kind: 'u8' }, []],
      [s32, Array.from({ length: 60_000 }, (_, n) => 1_000_000 + n)],
      [text, ['a', 'x'.repeat(2000), '']],
      [listOf(s32), [[1], [], Array.from({ length: 900 }, (_, n) => n)]],
      [{ kind: 'option', some: { kind: 'unit' } }, [null, { some: null }]],
      [{ kind: 'ipld' }, [{ 'await/ok': 1 }, [1], 'x']],
    ]
    for (const [element, items] of cases) {
      const { store, go } = await fresh()
      const type = listOf(element)
      const form = toIpld(type, element.kind === 'u8' ? Uint8Array.from(items as number[]) : items)
      const literal = await place(type, form)
      if (!literal.ok) throw new Error(literal.error.message)
      for (const { cid, bytes } of literal.value.blocks) await store.blocks.put(cid, bytes)
      // The body says no more than what it was given.
      const outcome = await go(
        each(
          value(literal.value.value),
          body(1, (_, x) => x),
          element,
          element,
        ),
        type,
      )
      expect(outcome).toMatchObject({ ok: true })
      if (outcome.ok) expect(outcome.result).toEqual(literal.value.value)
    }
  })

  test('in map in map', async () => {
    const { math, valueOf } = await fresh()
    const cube = each(
      numbers(1, 2),
      body(1, (_, x) =>
        each(
          numbers(10, 20, 30),
          body(1, (_, y) =>
            each(
              numbers(100),
              body(1, (_, z) => call(math, 'sum', [list(x, y, z)])),
            ),
          ),
          listOf(s32),
        ),
      ),
      listOf(listOf(s32)),
    )
    expect(await valueOf(cube, listOf(listOf(listOf(s32))))).toEqual([
      [[111], [121], [131]],
      [[112], [122], [132]],
    ])
  })

  test('of a list of bytes takes them one by one, from a file too', async () => {
    const { math, valueOf } = await fresh()
    const sum = (data: Operand | Task): Task =>
      call(math, 'sum', [
        each(
          data,
          body(1, (_, x) => core('core/as', [x, value('u8'), value('s32')])),
          s32,
          { kind: 'u8' },
        ),
      ])
    expect(await valueOf(sum(value(Uint8Array.of(1, 2, 3))))).toBe(6)
    expect(await valueOf(sum(call(math, 'blob', [4000, 3])))).toBe(12_000)
    const again = each(
      call(math, 'blob', [5000, 9]),
      body(1, (_, x) => x),
      { kind: 'u8' },
      { kind: 'u8' },
    )
    expect(await valueOf(again, bytesType)).toEqual(new Uint8Array(5000).fill(9))
  })
})

describe('reduce and fold', () => {
  const pair = (): Body => body(2, (_, a, b) => joined('(', a, ' ', b, ')'))

  test('reduce goes by pairs, level by level, and carries an odd one over', async () => {
    const { valueOf } = await fresh()
    const shapes = []
    for (let count = 1; count <= 9; count++) shapes.push(await valueOf(reduce(texts(count), pair(), text), text))
    expect(shapes).toEqual([
      '0',
      '(0 1)',
      '((0 1) 2)',
      '((0 1) (2 3))',
      '(((0 1) (2 3)) 4)',
      '(((0 1) (2 3)) (4 5))',
      '(((0 1) (2 3)) ((4 5) 6))',
      '(((0 1) (2 3)) ((4 5) (6 7)))',
      '((((0 1) (2 3)) ((4 5) (6 7))) 8)',
    ])
  })

  test('an empty reduce fails with unwrap', async () => {
    const { go } = await fresh()
    expect(shortly(await go(reduce(texts(0), pair(), text), text))).toMatchObject({ failure: 'unwrap' })
  })

  test('fold goes from the first to the last', async () => {
    const { valueOf } = await fresh()
    const state = (count: number): Promise<Value> => valueOf(fold(texts(count), value('i'), pair(), text), text)
    expect(await Promise.all([0, 1, 4].map(state))).toEqual(['i', '(i 0)', '((((i 0) 1) 2) 3)'])
  })

  test('each step of a fold begins when the one before it is there', async () => {
    const { math, executed, valueOf } = await fresh()
    const made = fold(
      numbers(1, 2, 3),
      call(math, 'half', [20]),
      body(2, (_, state, x) => call(math, 'add', [state, x])),
    )
    expect(await valueOf(made)).toBe(16)
    expect(executed).toEqual(['half(20)', 'add(10,1)', 'add(11,2)', 'add(13,3)'])
  })

  test('of many: a sum of 10,000 by pairs and of 2,000 one after the other', async () => {
    const { math, valueOf } = await fresh()
    const range = (count: number): Task => core('core/range', [call(math, 'half', [0]), count, value('s32')])
    const plus = (): Body => body(2, (_, a, b) => core('core/add', [a, b, value('s32')]))
    expect(await valueOf(reduce(range(10_000), plus()))).toBe(49_995_000)
    expect(await valueOf(fold(range(2000), 0, plus()))).toBe(1_999_000)
  })
})

describe('failures', () => {
  const kind = (failure: Operand): Task => core('core/field', [failure, value('kind')])

  /** What a task comes to under `try`. */
  const tried = (task: (own: Body) => Task): Task => attempt(body(0, own => task(own)))
  const outcomeType = (ok: Type): Type => ({ kind: 'result', ok, error: failureType })

  test('of every kind that calls and core operations have become values', async () => {
    const { math, valueOf } = await fresh()
    const forms: [keyof typeof failureMessages, Task, Value][] = [
      ['trap', call(math, 'refuse', [1]), null],
      ['time', call(math, 'spin', [1], { time: 60 }), null],
      ['memory', call(math, 'pages', [100], { memory: 1 << 20 }), null],
      ['value', call(math, 'half', [value('two')]), null],
      ['value', core('core/index', [list(awaited(call(math, 'half', [2]))), 5]), null],
      [
        'unwrap',
        core('core/unwrap', [core('core/unwrap', [map({ ok: value(null) }), value('result')]), value('option')]),
        null,
      ],
      [
        'unwrap',
        core('core/unwrap', [map({ error: list(value('no'), awaited(call(math, 'half', [6]))) }), value('result')]),
        ['no', 3],
      ],
      [
        'unwrap',
        reduce(
          core('core/range', [call(math, 'half', [0]), 0, value('s32')]),
          body(2, (_, a) => a),
        ),
        null,
      ],
    ]
    for (const [kind, task, data] of forms)
      expect(
        await valueOf(
          tried(() => task),
          outcomeType(s32),
        ),
      ).toEqual({
        error: { kind, message: failureMessages[kind], data },
      })
    expect(
      await valueOf(
        tried(() => call(math, 'half', [8])),
        outcomeType(s32),
      ),
    ).toEqual({ ok: 4 })
  })

  test('are caught, with the alternative computed only then', async () => {
    const { math, executed, go } = await fresh()
    const careful = (n: Task): Task =>
      recover(
        body(0, () => call(math, 'add', [n, 1])),
        body(1, (_, failure) => joined('it was ', kindText(failure))),
      )
    const kindText = (failure: Operand): Operand => awaited(kind(failure))
    expect(await go(careful(refuse(math, 1)), text)).toMatchObject({ ok: true, result: 'it was trap' })
    expect(executed).toEqual(['refuse(1)'])
    expect(await go(careful(call(math, 'half', [4])), s32)).toMatchObject({ ok: true, result: 3 })
  })

  test('a run whose failures are caught is done and has none', async () => {
    const { math, go } = await fresh()
    const made = each(
      numbers(0, 1, 2),
      body(1, (_, x) =>
        recover(
          body(0, () => call(math, 'refuse', [x])),
          body(1, () => x),
        ),
      ),
    )
    expect(shortly(await go(made, listOf(s32)))).toEqual({ result: [0, 1, 2], tasks: 3, ran: 3, hits: 0, failed: 0 })
  })

  test('partial failure of a map is data', async () => {
    const { math, valueOf } = await fresh()
    const made = each(
      numbers(0, 7, 1),
      body(1, (_, at) =>
        attempt(body(0, () => core('core/index', [list(awaited(call(math, 'half', [2])), value(5)), at]))),
      ),
      outcomeType(s32),
    )
    const error = { kind: 'value', message: failureMessages.value, data: null }
    expect(await valueOf(made, listOf(outcomeType(s32)))).toEqual([{ ok: 1 }, { error }, { ok: 5 }])
  })

  test('are those of the first input that fails, whatever the time that each takes', async () => {
    const { math, go } = await fresh()
    // The first two elements are slow, the second and the last one fail, the last one at once.
    const made = each(
      numbers(0, 1, 2, 3),
      body(1, (_, x) => {
        const slow = attempt(body(0, () => call(math, 'spin', [x], { time: 80 })))
        const late = awaited(core('core/case', [slow, value('variant'), value(['error'])]))
        const fails = (n: number): Body => body(0, () => core('core/index', [list(late, value(1), value(2)), n]))
        return branch(x, [
          fails(1),
          fails(10),
          body(0, () => x),
          body(0, () => core('core/index', [list(x, value(1)), 30])),
        ])
      }),
    )
    for (let i = 0; i < 2; i++) {
      const outcome = await go(made, listOf(s32), { memo: false })
      expect(outcome).toMatchObject({ failure: { kind: 'value', detail: expect.stringContaining('index 10 ') } })
    }
  })

  test('of what is captured is that of each instance that needs it', async () => {
    const { math, executed, valueOf } = await fresh()
    const failing = refuse(math, 1)
    const made = each(
      numbers(0, 1, 0),
      body(1, (_, x) =>
        branch(x, [
          body(0, () => x),
          body(0, () =>
            recover(
              body(0, () => failing),
              body(1, () => 9),
            ),
          ),
        ]),
      ),
    )
    expect(await valueOf(made, listOf(s32))).toEqual([0, 9, 0])
    expect(executed).toEqual(['refuse(1)'])
  })

  test('a failure within a catch of its own goes to the one around it', async () => {
    const { math, valueOf } = await fresh()
    const inner = recover(
      body(0, () => refuse(math, 1)),
      body(1, (_, failure) => core('core/index', [list(failure, awaited(call(math, 'half', [2]))), 7])),
    )
    const outer = recover(
      body(0, () => inner),
      body(1, (_, failure) => kind(failure)),
    )
    expect(await valueOf(outer, text)).toBe('value')
  })

  test('that nothing catches name the task of the body', async () => {
    const { math, store, go } = await fresh()
    const events: RunEvent[] = []
    const outcome = await go(
      each(
        numbers(1),
        body(1, (_, x) => call(math, 'refuse', [x])),
      ),
      listOf(s32),
      { onEvent: event => events.push(event) },
    )
    expect(shortly(outcome)).toEqual({ failure: 'trap', func: 'refuse', tasks: 1, ran: 1, hits: 0, failed: 1 })
    expect(events.map(event => (event.kind === 'planned' ? event.tasks : event.kind))).toEqual([
      0,
      'started',
      'finished',
    ])
    if ('failure' in outcome) expect(await store.blocks.has(outcome.task)).toBe(true)
  })
})

test('bodies nest a thousand deep, and take what stands around all of them', async () => {
  const { math, valueOf } = await fresh()
  const selector = call(math, 'half', [0])
  const around = call(math, 'half', [14])
  const made = each(
    numbers(1, 2),
    body(1, (_, x) => {
      let inner: Operand | Task = call(math, 'add', [x, around])
      for (let depth = 1; depth < 1000; depth++) {
        const deeper = inner
        inner = branch(selector, [body(0, () => deeper)])
      }
      return inner
    }),
  )
  expect(await valueOf(made, listOf(s32))).toEqual([8, 9])
})

test('a result that is no list of bytes where the job says that it is one is a failure', async () => {
  const { go } = await fresh()
  for (const element of [300, -1, 'x']) {
    const made = each(
      value([element]),
      body(1, (_, x) => x),
      { kind: 'u8' },
    )
    expect(shortly(await go(made, bytesType))).toMatchObject({ failure: 'value' })
  }
})

test('a job that expands beyond measure ends with an error that nothing catches', async () => {
  const { math, go } = await fresh()
  const long = (x: Operand): Operand => {
    let last = x
    for (let n = 0; n < 40; n++) last = awaited(core('core/add', [last, n, value('u8')]))
    return last
  }
  const made = each(
    call(math, 'blob', [1_000_000, 0]),
    body(1, (_, x) => long(x)),
    { kind: 'u8' },
    { kind: 'u8' },
  )
  const caught = recover(
    body(0, () => made),
    body(1, () => value(new Uint8Array())),
  )
  expect(shortly(await go(caught, bytesType))).toMatchObject({
    error: { code: 'size', message: expect.stringContaining('expands to more than') },
  })
})

test('the record of a run has each call of a body once, as it was when it was computed', async () => {
  const { math, go, store } = await fresh()
  const made = each(
    numbers(4, 6, 4, 4),
    body(1, (_, x) => call(math, 'half', [x])),
  )
  const outcome = await go(made, listOf(s32))
  expect(shortly(outcome)).toMatchObject({ ran: 2, hits: 2 })
  if (!outcome.ok) throw new Error('it failed')
  const rows = await store.tasks(outcome.summary.run)
  expect(rows.map(({ hit }) => hit)).toEqual([false, false])
  // Under the names of the same calls outside of bodies.
  const written = await go(list(...[4, 6].map(n => awaited(call(math, 'half', [n])))), listOf(s32))
  if (!written.ok) throw new Error('it failed')
  const names = async (run: string): Promise<string[]> => (await store.tasks(run)).map(({ task }) => `${task}`).sort()
  expect(await names(outcome.summary.run)).toEqual(await names(written.summary.run))
})

test('a job with bodies and the same job written out come to the same, by the same calls', async () => {
  const element = fc.integer({ min: -20, max: 20 })
  await fc.assert(
    fc.asyncProperty(fc.array(element, { minLength: 1, maxLength: 6 }), element, async (items, offset) => {
      const { math, valueOf, executed } = await fresh()
      const shift = call(math, 'half', [offset * 2])
      const one = (x: Operand): Task => call(math, 'add', [call(math, 'half', [x]), shift])
      const shifted = each(
        numbers(...items),
        body(1, (_, x) => one(x)),
      )
      const total = reduce(
        shifted,
        body(2, (_, a, b) => call(math, 'add', [a, b])),
      )
      const whole = await valueOf(total)

      executed.length = 0
      let row: (Task | Operand)[] = items.map(x => one(value(x)))
      while (row.length > 1)
        row = row.flatMap((left, at) =>
          at % 2 === 1 ? [] : [at + 1 < row.length ? call(math, 'add', [left, row[at + 1]!]) : left],
        )
      expect(await valueOf(row[0]!)).toBe(whole)
      expect(executed).toEqual([])
    }),
    { numRuns: 20 },
  )
})

test('a run that is stopped in a map starts no more of it; the next run goes on', async () => {
  const { math, go } = await fresh()
  const control = new AbortController()
  const made = each(
    numbers(...Array.from({ length: 200 }, (_, n) => n)),
    body(1, (_, x) => call(math, 'half', [x])),
  )
  let finished = 0
  const outcome = await go(made, listOf(s32), {
    signal: control.signal,
    onEvent: event => {
      if (event.kind === 'finished' && ++finished === 20) control.abort()
    },
  })
  expect(outcome).toMatchObject({ stopped: true })
  const { ran } = (outcome as { summary: { ran: number } }).summary
  expect(ran).toBeLessThan(200)
  expect(shortly(await go(made, listOf(s32)))).toMatchObject({ tasks: 200, hits: ran, ran: 200 - ran })
})

test('the operation is checked when it is loaded, not when it runs', async () => {
  const { math, go } = await fresh()
  const wrong = operation('core/map', [numbers(1), value('s32')], [body(1, (_, x) => call(math, 'half', [x]))])
  expect(shortly(await go(wrong))).toMatchObject({ code: 'job', message: expect.stringContaining('core/map') })
})

describe('what stands below a failure of resources that is caught', () => {
  const unlucky: [string, (math: CID) => Task][] = [
    ['time', math => call(math, 'spin', [1], { time: 60 })],
    ['memory', math => call(math, 'pages', [100], { memory: 1 << 20 })],
  ]
  /** 8 where it fails. */
  const caught = (failing: Task): Task =>
    recover(
      body(0, () => failing),
      body(1, () => value(8)),
    )

  test.each(unlucky)('(%s) is remembered in the run alone', async (_, failing) => {
    const { math, go, executed } = await fresh()
    const eight = caught(failing(math))
    // What is computed of it, in bodies as well, and what is computed of that.
    const half = call(math, 'half', [eight])
    const again = each(
      list(awaited(eight), value(8)),
      body(1, (_, x) => call(math, 'add', [x, 1])),
    )
    const aside = call(math, 'add', [100, 1])
    const job = list(awaited(call(math, 'add', [half, 7])), awaited(call(math, 'sum', [again])), awaited(aside))
    const first = await go(job, listOf(s32))
    expect(first).toMatchObject({ result: [11, 18, 101], summary: { hits: 1 } })
    executed.length = 0
    expect(await go(job, listOf(s32))).toMatchObject({ result: [11, 18, 101], summary: { hits: 2 } })
    expect(executed.slice(1).sort()).toEqual(['add(4,7)', 'add(8,1)', 'half(8)', 'sum(9,9)'])
    // The same of other origin is remembered as ever, and then found from there too.
    await go(call(math, 'half', [8]))
    executed.length = 0
    expect(await go(half)).toMatchObject({ result: 4, summary: { hits: 1 } })
    expect(executed).toHaveLength(1)
  })

  test('so is what follows from another failure because of it', async () => {
    const { math, go, executed } = await fresh()
    const other = caught(call(math, 'refuse', [caught(unlucky[1]![1](math))]))
    for (let i = 0; i < 2; i++) {
      executed.length = 0
      await go(call(math, 'half', [other]))
      expect(executed.at(-1)).toBe('half(8)')
    }
  })

  test('what stands below any other failure is remembered as ever', async () => {
    const { math, go } = await fresh()
    const half = call(math, 'half', [caught(call(math, 'refuse', [1]))])
    await go(half)
    expect(await go(half)).toMatchObject({ result: 4, summary: { ran: 1, hits: 1 } })
  })

  test('what was computed beside it is remembered as ever', async () => {
    const { math, go } = await fresh()
    const half = call(math, 'half', [8])
    const tried = attempt(body(0, () => call(math, 'add', [half, unlucky[1]![1](math)])))
    await go(tried, { kind: 'result', ok: s32, error: failureType })
    expect(await go(half)).toMatchObject({ result: 4, summary: { ran: 0, hits: 1 } })
  })
})
