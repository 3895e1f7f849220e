import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CID } from 'multiformats/cid'
import type { Body, Operand, Task } from '../../dag/graph.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { ok } from '../../dag/result.ts'
import type { Type } from '../../dag/types.ts'
import { givenEffects } from '../../runtime/given.ts'
import type {
  Effects,
  EffectOutcome,
  Executor,
  RunEvent,
  RunOptions,
  RunOutcome,
  Store,
} from '../../runtime/interface.ts'
import { run } from '../../runtime/run.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { failure } from '../../runtime/wasm/failure.ts'
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
  perform,
  putFile,
  query,
  recover,
  s32,
  shortly,
  value,
  type Given,
} from './harness/jobs.ts'

let executor: Executor
let component: Uint8Array
beforeAll(async () => {
  executor = createLocalExecutor({ workers: 2 })
  component = await arithmetic()
})
afterAll(() => executor.close())

/** A world of numbers that are kept under numbers, and what was done to it. */
interface World extends Effects {
  lines: string[]
  cells: Map<Ipld, Ipld>
}

function createWorld(answer: (line: string, times: number) => EffectOutcome | undefined = () => undefined): World {
  const lines: string[] = []
  const cells = new Map<Ipld, Ipld>()
  const done = (content: Ipld): EffectOutcome => ({ kind: 'ok', value: content, blocks: [] })
  return {
    lines,
    cells,
    operation: () => ok({ recovery: 'irrevocable', secret: false }),
    missing: async () => undefined,
    async perform({ rsc, op, args, sent }) {
      const line = `${op}(${args.join()})`
      lines.push(line)
      // Whoever comes later may overtake.
      await new Promise(resolve => setTimeout(resolve, lines.length % 3))
      await sent()
      const own = answer(line, lines.filter(one => one === line).length)
      if (own) return own
      if (rsc === 'kv:' && op === 'kv/put') {
        cells.set(args[0]!, args[1]!)
        return done(null)
      }
      return op === 'kv/get'
        ? done(cells.get(args[0]!) ?? -1)
        : { kind: 'refused', message: `\`${line}\` is not allowed` }
    },
  }
}

const get = (key: Given, after: Given[] = []): Task => query('kv/get', [key], after)
const put = (key: Given, content: Given, after: Given[] = [], within?: Body): Task =>
  perform(query('kv/put', [key, content], after), within)

interface Place {
  store: Store
  math: CID
  world: World
  go: (result: Given, type?: Type, commands?: Task[], options?: Partial<RunOptions>) => Promise<RunOutcome>
}

async function fresh(answer?: Parameters<typeof createWorld>[0]): Promise<Place> {
  const store = memoryStore()
  const math = await putFile(store, component)
  const world = createWorld(answer)
  return {
    store,
    math,
    world,
    async go(result, type = s32, commands = [], options = {}) {
      const job = await jobOf(store, result, type, {}, commands)
      return run(job, new Map(), { store, executor, effects: world, ...options })
    },
  }
}

describe('queries', () => {
  test('that ask the same are performed once a run, and again in the next', async () => {
    const { world, math, go } = await fresh()
    world.cells.set(2, 40)
    const sum = call(math, 'sum', [list(awaited(get(2)), awaited(get(call(math, 'half', [4]))), awaited(get(3)))])
    expect(shortly(await go(sum))).toEqual({ result: 79, tasks: 5, ran: 4, hits: 1, failed: 0 })
    expect(world.lines.sort()).toEqual(['kv/get(2)', 'kv/get(3)'])
    expect(shortly(await go(sum))).toMatchObject({ ran: 2, hits: 3 })
    expect(world.lines.length).toBe(4)
  })

  test('in a map are shared by the instances that ask the same', async () => {
    const { world, go } = await fresh()
    world.cells.set(1, 7)
    const made = each(
      value([1, 2, 1, 1, 2]),
      body(1, (_, x) => get(x)),
    )
    expect(shortly(await go(made, listOf(s32)))).toMatchObject({ result: [7, -1, 7, 7, -1], ran: 2, hits: 3 })
    expect(world.lines.sort()).toEqual(['kv/get(1)', 'kv/get(2)'])
  })

  test('before and after a command are two, and so are those after two commands with equal results', async () => {
    const { world, go } = await fresh()
    const first = put(1, 10)
    const second = put(1, 20, [get(1, [first])])
    // Each `put` gives null.
    const reads = list(...[get(1), get(1, [first]), get(1, [second])].map(awaited))
    const outcome = await go(reads, listOf(s32), [first, second])
    expect(outcome).toMatchObject({ ok: true })
    if (outcome.ok) expect((outcome.result as Ipld[]).slice(1)).toEqual([10, 20])
    expect(world.lines.filter(line => line === 'kv/get(1)').length).toBe(3)
  })

  test('after a command of their own instance are performed by each', async () => {
    const { world, go } = await fresh()
    const made = fold(
      value([10, 20]),
      0,
      body(2, (own, _, x) => get(1, [put(1, x, [], own)])),
    )
    expect(shortly(await go(made, s32, [made]))).toMatchObject({ result: 20 })
    expect(world.lines).toEqual(['kv/put(1,10)', 'kv/get(1)', 'kv/put(1,20)', 'kv/get(1)'])
  })

  test('after the same command are one, wherever their arguments came from', async () => {
    const { world, math, go } = await fresh()
    const done = put(1, 7)
    const reads = list(...[get(1, [done]), get(call(math, 'half', [2]), [done])].map(awaited))
    expect(shortly(await go(reads, listOf(s32), [done]))).toMatchObject({ result: [7, 7], hits: 1 })
    expect(world.lines).toEqual(['kv/put(1,7)', 'kv/get(1)'])
  })

  test('nobody needs are not performed', async () => {
    const { world, math, go } = await fresh()
    const made = branch(call(math, 'half', [0]), [body(0, () => get(1)), body(0, () => get(2))])
    expect(shortly(await go(made))).toMatchObject({ result: -1 })
    expect(world.lines).toEqual(['kv/get(1)'])
  })
})

describe('commands', () => {
  test('are performed once each, in the order that `after` and their arguments ask for', async () => {
    const { world, math, go } = await fresh()
    const first = put(1, call(math, 'half', [10]))
    const second = put(1, 6, [first])
    const read = get(1, [second])
    const third = put(2, read)
    expect(shortly(await go(read, s32, [first, second, third]))).toMatchObject({ result: 6, failed: 0 })
    expect(world.lines).toEqual(['kv/put(1,5)', 'kv/put(1,6)', 'kv/get(1)', 'kv/put(2,6)'])
  })

  test('that are equal are all performed', async () => {
    const { world, go } = await fresh()
    const same = [put(1, 1), put(1, 1), put(1, 1)]
    expect(shortly(await go(7, s32, same))).toEqual({ result: 7, tasks: 3, ran: 3, hits: 0, failed: 0 })
    expect(world.lines.length).toBe(3)
  })

  test('in bodies are performed by each instance, though its value does not need them', async () => {
    const { world, go } = await fresh()
    const made = each(
      value([4, 5, 4]),
      body(1, (own, x) => {
        put(x, 0, [], own)
        put(x, 0, [], own)
        return x
      }),
    )
    expect(shortly(await go(made, listOf(s32), [made]))).toMatchObject({ result: [4, 5, 4], tasks: 6, ran: 6 })
    expect(world.lines.sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'kv/put(4,0)'),
      ...Array.from({ length: 2 }, () => 'kv/put(5,0)'),
    ])
  })

  test('of a branch that is not taken are not performed, and a branch that performs is run for that alone', async () => {
    const { world, math, go } = await fresh()
    const way = (n: number): Body =>
      body(0, own => {
        put(n, 0, [], own)
        return value(null)
      })
    const made = branch(call(math, 'half', [2]), [way(1), way(2)])
    expect(shortly(await go(5, s32, [made]))).toMatchObject({ result: 5 })
    expect(world.lines).toEqual(['kv/put(2,0)'])
  })

  test('in a fold are performed one step after the other', async () => {
    const { world, go } = await fresh()
    const made = fold(
      value([1, 2, 3]),
      0,
      body(2, (own, state, x) => {
        const done = put(state, x, [], own)
        return core('core/add', [get(state, [done]), state, value('s32')])
      }),
    )
    expect(shortly(await go(made, s32, [made]))).toMatchObject({ result: 6 })
    expect(world.lines).toEqual(['kv/put(0,1)', 'kv/get(0)', 'kv/put(1,2)', 'kv/get(1)', 'kv/put(3,3)', 'kv/get(3)'])
  })

  test('that need what has failed are not performed', async () => {
    const { world, math, go } = await fresh()
    const failing = call(math, 'refuse', [1])
    const outcome = await go(7, s32, [put(1, failing), put(2, 2, [failing])])
    expect(shortly(outcome)).toMatchObject({ failure: 'trap', failed: 1 })
    expect(world.lines).toEqual([])
  })
})

describe('what an effect comes to', () => {
  const broken = (line: string): EffectOutcome | undefined =>
    line === 'kv/get(13)' ? { kind: 'failed', failure: failure('effect', 'no network') } : undefined

  test('may be a failure, which the job can catch', async () => {
    const { go } = await fresh(broken)
    const careful = recover(
      body(0, () => get(13)),
      body(1, (_, error) => core('core/field', [error, value('kind')])),
    )
    expect(await go(careful, { kind: 'string' })).toMatchObject({ ok: true, result: 'effect' })
    expect(shortly(await go(get(13)))).toEqual({
      failure: 'effect',
      func: 'kv/get',
      tasks: 1,
      ran: 1,
      hits: 0,
      failed: 1,
    })
  })

  test('that is refused ends the run, and nothing catches it', async () => {
    const { go } = await fresh()
    const made = recover(
      body(0, () => query('fs/read', [1])),
      body(1, () => 5),
    )
    for (const task of [made, attempt(body(0, () => made))]) {
      const outcome = await go(task)
      expect(shortly(outcome)).toMatchObject({ error: { code: 'effects', message: '`fs/read(1)` is not allowed' } })
    }
  })

  test('that is refused and that nobody sees does not end it', async () => {
    const { math, go } = await fresh()
    // What fails first, in the order of arguments, is what is caught.
    const both = call(math, 'add', [call(math, 'refuse', [1]), query('fs/read', [1])])
    expect(
      shortly(
        await go(
          recover(
            body(0, () => both),
            body(1, () => 5),
          ),
        ),
      ),
    ).toMatchObject({ result: 5, failed: 0 })
  })

  test('is tried again where it may differ: a query, as often as its limits say', async () => {
    const later = (line: string, times: number): EffectOutcome | undefined =>
      times <= 2 ? { kind: 'failed', failure: failure('effect', line) } : undefined
    for (const [retry, comes] of [
      [1, { failure: 'effect' }],
      [2, { result: -1 }],
    ] as const) {
      const { world, go } = await fresh(later)
      expect(shortly(await go(query('kv/get', [1], [], { retry })))).toMatchObject(comes)
      expect(world.lines.length).toBe(retry + 1)
    }
    const { world, go } = await fresh(later)
    expect(shortly(await go(7, s32, [query('kv/put', [1, 1], [], { retry: 5 })]))).toMatchObject({ failure: 'effect' })
    expect(world.lines.length).toBe(1)
  })

  test('is awaited as long as its limits say, which may be longer than a timer of Node can be', async () => {
    const { world, go } = await fresh()
    const slow: Effects = {
      ...world,
      async perform(...asked) {
        await new Promise(resolve => setTimeout(resolve, 20))
        return world.perform(...asked)
      },
    }
    const patient = query('kv/get', [1], [], { time: 2 ** 32 })
    expect(shortly(await go(patient, s32, [], { effects: slow }))).toMatchObject({ result: -1 })
  })

  test('is told with its operation', async () => {
    const { go } = await fresh()
    const events: RunEvent[] = []
    await go(get(1), s32, [], { onEvent: event => events.push(event) })
    expect(events).toMatchObject([
      { kind: 'planned', tasks: 1 },
      { kind: 'started', func: 'kv/get' },
      { kind: 'finished', hit: false, failed: false },
    ])
  })
})

describe('a job with effects', () => {
  test('is refused where none are allowed, by their names, before anything starts', async () => {
    const { store, world } = await fresh()
    const done = put(1, 1)
    const job = await jobOf(store, get(2, [done]), s32, {}, [done])
    const outcome = await run(job, new Map(), { store, executor })
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'effects', message: expect.stringMatching(/kv.get, kv.put/) },
    })
    expect(outcome).not.toHaveProperty('summary')
    expect(world.lines).toEqual([])
    expect(await store.runs()).toEqual([])
  })
})

describe('what is given', () => {
  const world = (...entries: Parameters<typeof givenEffects>[0]): Effects => givenEffects(entries)

  test('answers by operation and arguments, the first that fits', async () => {
    const { go } = await fresh()
    const effects = world(
      { op: 'kv/get', args: [1], value: 10 },
      { op: 'kv/get', args: [undefined], value: 20 },
      { op: 'kv/get', args: [3], value: 30 },
    )
    const reads: Operand = list(...[get(1), get(3), get(value('any'))].map(awaited))
    expect(shortly(await go(reads, listOf(s32), [], { effects }))).toMatchObject({ result: [10, 20, 20] })
  })

  test('takes no text for a sign that any argument will do', async () => {
    const { go } = await fresh()
    const effects = world({ op: 'kv/get', args: ['any'], value: 10 })
    expect(shortly(await go(get(value('any')), s32, [], { effects }))).toMatchObject({ result: 10 })
    expect(shortly(await go(get(1), s32, [], { effects }))).toMatchObject({ error: { code: 'effects' } })
  })

  test('says what is not given', async () => {
    const { go } = await fresh()
    const outcome = await go(get(list(value('a'), value(2))), s32, [], { effects: world() })
    expect(shortly(outcome)).toMatchObject({
      error: { code: 'effects', message: expect.stringContaining('kv.get(["a",2])') },
    })
  })
})

test('an effect that is not given is shown as it would be written', async () => {
  const args = ['out/a.bin', new Uint8Array([0x61, 0x22, 0x00, 0xff])]
  const call = { rsc: 'file:', op: 'fs/write', args, load: async () => undefined, key: '', sent: async () => undefined }
  expect(await givenEffects([]).perform(call, new AbortController().signal)).toEqual({
    kind: 'refused',
    message:
      '`fs.write("out/a.bin", b"a\\x22\\x00\\xff")` is an effect. The test gives nothing for it: write `given … => value`.',
  })
})
