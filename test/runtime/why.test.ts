import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block } from '../../dag/cid.ts'
import { failureType } from '../../dag/failure.ts'
import type { Task } from '../../dag/graph.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { listInPieces } from '../../dag/lists.ts'
import type { Type } from '../../dag/types.ts'
import { loadFromList } from '../../runtime/blocks.ts'
import { differences } from '../../runtime/difference.ts'
import type { Executor, RunOptions, RunOutcome, Store } from '../../runtime/interface.ts'
import { SEMANTICS } from '../../runtime/receipt.ts'
import { run } from '../../runtime/run.ts'
import { memoryStore, openStore } from '../../runtime/store/open.ts'
import { Inquiry, type Reason, type TaskRecord } from '../../runtime/why.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { arithmetic } from './harness/arithmetic.ts'
import {
  attempt,
  awaited,
  body,
  call,
  core,
  each,
  jobOf,
  list,
  listOf,
  putFile,
  query,
  s32,
  value,
  type Given,
} from './harness/jobs.ts'
import { Receiver } from './harness/receiver.ts'

let executor: Executor
let component: Uint8Array
beforeAll(async () => {
  executor = createLocalExecutor({ workers: 1 })
  component = await arithmetic()
})
afterAll(() => executor.close())

interface Scene {
  store: Store
  math: CID
  go: (result: Given, options?: Partial<RunOptions>, type?: Type, commands?: Task[]) => Promise<string>
  /** Why the tasks of a run, the newest by default, that call a function, ran or not. */
  why: (func: string, run?: string) => Promise<Reason[]>
}

async function scene(store: Store = memoryStore()): Promise<Scene> {
  const math = await putFile(store, component)
  return {
    store,
    math,
    async go(result, options = {}, type = s32, commands = []) {
      const job = await jobOf(store, result, type, {}, commands)
      const outcome: RunOutcome = await run(job, new Map(), { store, executor, ...options })
      return outcome.summary!.run
    },
    async why(func, of) {
      const runs = await store.runs()
      const inquiry = new Inquiry(store, runs)
      const reasons: Reason[] = []
      for (const record of await inquiry.tasks(of ?? runs[0]!.run)) {
        const instruction = await inquiry.instruction(record.ran)
        if (instruction?.input.func === func || instruction?.op === func) reasons.push(await inquiry.why(record))
      }
      return reasons
    },
  }
}

describe('a task that was remembered', () => {
  test('was executed by another run, or earlier in the same', async () => {
    const { math, go, why } = await scene()
    const first = await go(call(math, 'half', [8]))
    await go(call(math, 'add', [call(math, 'half', [8]), 1]))
    expect(await why('half')).toEqual([{ kind: 'remembered', by: first }])
    // 6/2 and 7/2 are 3, so that the second sum is that of the first.
    const sums = [6, 7].map(n => call(math, 'add', [call(math, 'half', [n]), 5]))
    const same = await go(list(...sums.map(awaited)), {}, listOf(s32))
    expect((await why('add', same)).filter(({ kind }) => kind === 'remembered')).toEqual([
      { kind: 'remembered', by: same },
    ])
  })

  test('is so though it has been computed anew since', async () => {
    const { math, go, why } = await scene()
    const first = await go(call(math, 'half', [8]))
    const second = await go(call(math, 'half', [8]))
    await go(call(math, 'half', [8]), { memo: false })
    expect(await why('half', second)).toEqual([{ kind: 'remembered', by: first }])
  })

  test('has failed where what is remembered was too much for it', async () => {
    const { math, go, why } = await scene()
    await go(call(math, 'pages', [20], { memory: 4 << 20 }))
    await go(call(math, 'pages', [20], { memory: 1 << 20 }))
    expect(await why('pages')).toEqual([{ kind: 'limit' }])
  })
})

describe('a task that was executed', () => {
  test('was the first call of its function', async () => {
    const { math, go, why } = await scene()
    await go(call(math, 'half', [8]))
    await go(call(math, 'add', [8, 1]))
    expect(await why('add')).toEqual([{ kind: 'first' }])
  })

  test('had failed before', async () => {
    const { math, go, why } = await scene()
    const before = await go(call(math, 'refuse', [8]))
    await go(call(math, 'refuse', [8]))
    expect(await why('refuse')).toMatchObject([{ kind: 'failed', before: { run: before }, failure: 'trap' }])
  })

  test('had been computed before, and was computed again because it was told to', async () => {
    const { math, go, why } = await scene()
    const before = await go(call(math, 'half', [8]))
    await go(call(math, 'half', [8]), { memo: false })
    expect(await why('half')).toMatchObject([{ kind: 'again', before: { run: before } }])
  })

  test('had been computed by an older version of what instructions mean', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ipvm-why-'))
    const opened = openStore(dir)
    if (!opened.ok) throw new Error(opened.error.message)
    const { math, go, why } = await scene(opened.value)
    const before = await go(call(math, 'half', [8]))
    const db = new DatabaseSync(join(dir, 'store.db'))
    db.exec('UPDATE memo SET semantics = semantics - 1')
    db.close()
    await go(call(math, 'half', [8]))
    expect(await why('half')).toMatchObject([{ kind: 'semantics', before: { run: before }, version: SEMANTICS - 1 }])
    await opened.value.close()
    rmSync(dir, { recursive: true })
  })

  test('is an effect', async () => {
    const { go, why } = await scene()
    const sent = query('send/a', [1])
    await go(sent, { effects: new Receiver().effects }, s32, [sent])
    expect(await why('send/a')).toEqual([{ kind: 'effect' }])
  })
})

describe('a key that differs', () => {
  const changed = async (reasons: Promise<Reason[]>) => {
    const [reason, ...others] = await reasons
    expect(others).toEqual([])
    if (reason?.kind !== 'changed') throw new Error(`it is ${reason?.kind}`)
    return reason
  }

  test('in a literal, by the name of the parameter', async () => {
    const { math, go, why } = await scene()
    const before = await go(call(math, 'add', [8, 1]))
    await go(call(math, 'add', [8, 2]))
    expect(await changed(why('add'))).toMatchObject({
      before: { run: before },
      changes: [
        { field: 'argument', index: 1, name: 'b', differences: [{ path: '', before: 1, after: 2 }], sources: [] },
      ],
    })
  })

  test('within an argument, by the path, also where it stands in a block', async () => {
    const { math, go, why } = await scene()
    const numbers = (...items: number[]): Given => value(items)
    await go(call(math, 'sum', [numbers(1, 2, 3)]))
    await go(call(math, 'sum', [numbers(1, 5, 3, 4)]))
    expect((await changed(why('sum'))).changes).toMatchObject([
      {
        name: 'numbers',
        differences: [
          { path: '[1]', before: 2, after: 5 },
          { path: '.length', before: 3, after: 4 },
        ],
      },
    ])
    const many = Array.from({ length: 1000 }, (_, n) => n)
    await go(call(math, 'sum', [value(block(many).cid)]), {}, s32)
    const other = await scene()
    for (const items of [many, many.with(700, 1)]) {
      const made = block(items)
      await other.store.blocks.put(made.cid, made.bytes)
      await other.go(call(other.math, 'sum', [value(made.cid)]))
    }
    expect((await changed(other.why('sum'))).changes).toMatchObject([
      { differences: [{ path: '[700]', before: 700, after: 1 }] },
    ])
  })

  test('in the component', async () => {
    const { store, math, go, why } = await scene()
    const other = await putFile(store, await arithmetic(1))
    await go(call(math, 'half', [8]))
    await go(call(other, 'half', [8]))
    expect((await changed(why('half'))).changes).toEqual([
      { field: 'component', before: `ipfs://${math}`, after: `ipfs://${other}` },
    ])
  })

  test('in what other tasks have come to, which differ themselves, up to the literal', async () => {
    const { math, go, why } = await scene()
    const job = (n: number): Task => {
      const pair = call(math, 'both', [call(math, 'half', [n]), 4])
      return call(math, 'add', [core('core/field', [pair, value('left')]), 1])
    }
    await go(job(8))
    await go(job(10))
    const half = {
      op: 'wasm/run',
      changes: [{ name: 'a', differences: [{ before: 8, after: 10 }], sources: [] }],
    }
    const both = {
      op: 'wasm/run',
      changes: [{ name: 'left', differences: [{ before: 4, after: 5 }], sources: [half] }],
    }
    expect((await changed(why('add'))).changes).toMatchObject([
      { name: 'a', differences: [{ before: 4, after: 5 }], sources: [both] },
    ])
  })

  test('tells once of what many take', async () => {
    const { math, go, why } = await scene()
    const job = (n: number): Task => {
      const half = call(math, 'half', [n])
      return call(math, 'sum', [list(awaited(call(math, 'add', [half, 1])), awaited(call(math, 'add', [half, 2])))])
    }
    await go(job(8))
    await go(job(10))
    expect((await changed(why('sum'))).changes).toMatchObject([
      {
        sources: [
          { changes: [{ name: 'a', sources: [{ changes: [{ name: 'a', differences: [{ before: 8 }] }] }] }] },
          { changes: [{ name: 'a', sources: [{ changes: [], again: true }] }] },
        ],
      },
    ])
  })

  test('from that of the nearest task: most equal arguments, and the newest of several', async () => {
    const { math, go, why } = await scene()
    await go(call(math, 'add', [1, 2]))
    const nearest = await go(call(math, 'add', [1, 7]))
    const newest = await go(call(math, 'add', [5, 6]))
    await go(call(math, 'add', [1, 9]))
    expect(await changed(why('add'))).toMatchObject({ before: { run: nearest } })
    await go(call(math, 'add', [50, 60]))
    const [last] = await why('add')
    expect(last).not.toMatchObject({ before: { run: newest } })
  })

  test('of several that are as near, from one that has become another since', async () => {
    const { math, go, why } = await scene()
    const sums = (...seconds: number[]): Given => list(...seconds.map(b => awaited(call(math, 'add', [1, b]))))
    await go(sums(2, 3, 4), {}, listOf(s32))
    await go(sums(2, 9, 4), {}, listOf(s32))
    const reasons = await why('add')
    expect(reasons.filter(({ kind }) => kind !== 'remembered')).toMatchObject([
      { changes: [{ name: 'b', differences: [{ before: 3, after: 9 }] }] },
    ])
  })

  test('also in a body, where no other task is named', async () => {
    const { math, go, why } = await scene()
    const job = (...items: number[]): Task =>
      each(
        value(items),
        body(1, (_, x) => call(math, 'half', [x])),
      )
    await go(job(2, 4), {}, listOf(s32))
    await go(job(2, 6), {}, listOf(s32))
    const reasons = await why('half')
    expect(reasons).toMatchObject([
      { kind: 'remembered' },
      { kind: 'changed', changes: [{ name: 'a', differences: [{ after: 6 }] }] },
    ])
  })

  test('where receipts or instructions are gone, as much as is left', async () => {
    const { store, math, go, why } = await scene()
    const before = await go(call(math, 'half', [call(math, 'half', [8])]))
    const [task] = await store.tasks(before)
    await store.blocks.delete(task!.receipt)
    await go(call(math, 'half', [call(math, 'half', [12])]))
    expect((await why('half')).map(({ kind }) => kind)).toEqual(['changed', 'changed'])
    for await (const { cid } of store.blocks.getAll()) if (!cid.equals(math)) await store.blocks.delete(cid)
    expect(await why('half')).toEqual([])
  })

  test('by what tells how alike they are in the source, before all else', async () => {
    const { store, math, go } = await scene()
    await go(list(awaited(call(math, 'add', [1, 2])), awaited(call(math, 'half', [30]))), {}, listOf(s32))
    const now = await go(call(math, 'add', [1, 3]))
    const inquiry = new Inquiry(store, await store.runs())
    const [record] = await inquiry.tasks(now)
    const isHalf = (other: TaskRecord): boolean => other.out[0] === 'ok' && other.out[1] === 15
    const reason = await inquiry.why(record!, async () => async (_, other) => (isHalf(other) ? 1 : 0))
    expect(reason).toMatchObject({
      kind: 'changed',
      changes: [
        { field: 'function', before: 'half', after: 'add' },
        { differences: [{ before: 30, after: 1 }] },
        { index: 1, differences: [{ path: '', after: 3 }] },
      ],
    })
  })
})

test('what was caught is no reason', async () => {
  const { math, go, why } = await scene()
  const tried = attempt(body(0, () => call(math, 'refuse', [1])))
  await go(tried, {}, { kind: 'result', ok: s32, error: failureType })
  expect(await why('refuse')).toEqual([{ kind: 'first' }])
})

describe('differences of placed values', () => {
  const none = loadFromList([])

  test.each<[string, Ipld, Ipld, unknown[]]>([
    ['equal', { a: [1, null] }, { a: [1, null] }, []],
    ['atoms', 1, 'x', [{ path: '', before: 1, after: 'x' }]],
    ['a field', { a: 1, b: { c: 2 } }, { a: 1, b: { c: 3 } }, [{ path: '.b.c', before: 2, after: 3 }]],
    [
      'fields that only one has',
      { a: 1, toString: 2 },
      { b: 1 },
      [
        { path: '.a', before: 1 },
        { path: '.toString', before: 2 },
        { path: '.b', after: 1 },
      ],
    ],
    ['of different kinds', [1], { a: 1 }, [{ path: '', before: [1], after: { a: 1 } }]],
    ['no more than five', [1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5].map((before, i) => ({ path: `[${i}]`, before, after: 0 }))], // prettier-ignore
    [
      'links to what is not there',
      block(1).cid,
      block(2).cid,
      [{ path: '', before: block(1).cid, after: block(2).cid }],
    ],
  ])('%s', async (_, before, after, expected) => {
    expect(await differences(before, after, none)).toEqual(expected)
  })

  test('in blocks, and in lists in pieces', async () => {
    const numbers = Array.from({ length: 100_000 }, (_, n) => n)
    const [old, now] = [numbers, numbers.with(77_777, 0)].map(items => listInPieces(items))
    const [before, after] = [old!, now!].map(({ value }) => block({ list: value }))
    const load = loadFromList([before!, after!, ...old!.blocks, ...now!.blocks])
    expect(await differences(before!.cid, after!.cid, load)).toEqual([
      { path: '.list[77777]', before: 77_777, after: 0 },
    ])
  })

  test('files are told by their links', async () => {
    const [before, after] = [Uint8Array.of(1), Uint8Array.of(2)]
    expect(await differences(before, after, none)).toEqual([{ path: '', before, after }])
  })

  test('of what nests without end are told as a whole at some depth', async () => {
    const blocks = []
    let [before, after] = [block([1]), block([2])]
    for (let depth = 0; depth < 500; depth++) {
      blocks.push(before, after)
      ;[before, after] = [block([before.cid]), block([after.cid])]
    }
    const [found] = await differences(before.cid, after.cid, loadFromList([...blocks, before, after]))
    expect(found!.path.length).toBeLessThan(500)
  })
})
