import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Task } from '../../dag/graph.ts'
import type { Type } from '../../dag/types.ts'
import { givenEffects } from '../../runtime/given.ts'
import type { Executor, RunEvent, RunOptions, RunOutcome, Store } from '../../runtime/interface.ts'
import { run } from '../../runtime/run.ts'
import { collectGarbage } from '../../runtime/store/garbage.ts'
import { StoreError } from '../../runtime/store/errors.ts'
import { openStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { awaited, body, call, each, jobOf, list, listOf, putFile, query, recover, s32, value } from './harness/jobs.ts'

let executor: Executor
let component: Uint8Array
let root: string
beforeAll(async () => {
  executor = createLocalExecutor({ workers: 2 })
  component = await arithmetic()
  root = mkdtempSync(join(tmpdir(), 'ipvm-whole-'))
})
afterAll(async () => {
  await executor.close()
  rmSync(root, { recursive: true, force: true })
})

let folders = 0
function folder(): string {
  return join(root, String(folders++))
}

function opened(dir: string): Store {
  const store = openStore(dir)
  if (!store.ok) throw new Error(store.error.message)
  return store.value
}

interface Came {
  outcome: RunOutcome
  /** Whether it was known as a whole. */
  known: boolean
  counts: number[]
}

async function go(store: Store, job: CID, options: Partial<RunOptions> = {}): Promise<Came> {
  const events: RunEvent[] = []
  const outcome = await run(job, new Map(), { store, executor, onEvent: event => events.push(event), ...options })
  const { tasks, ran, hits } = outcome.summary ?? { tasks: 0, ran: 0, hits: 0 }
  return { outcome, known: events.some(({ kind }) => kind === 'remembered'), counts: [tasks, ran, hits] }
}

/** `half(2) + half(4) + half(4)`: four tasks, of which two are the same. */
const sum = (math: CID): Task => call(math, 'sum', [list(...[2, 4, 4].map(n => awaited(call(math, 'half', [n]))))])

test('a job that was run before is known as a whole: what it came to, its counts and its tasks', async () => {
  const store = opened(folder())
  const math = await putFile(store, component)
  const numbers = list(...[1, 2, 2].map(value))
  const loop = each(
    numbers,
    body(1, (_, n) => call(math, 'add', [n, 1])),
  )
  for (const [job, tasks] of [
    [await jobOf(store, sum(math)), 3],
    [await jobOf(store, loop, listOf(s32)), 3],
  ] as const) {
    const first = await go(store, job)
    const second = await go(store, job)
    expect([first.known, second.known]).toEqual([false, true])
    expect(second.counts).toEqual([tasks, 0, tasks])
    if (!first.outcome.ok || !second.outcome.ok) throw new Error('it failed')
    expect(second.outcome.result).toEqual(first.outcome.result)
    expect(second.outcome.type).toEqual(first.outcome.type)
    const [before, after] = [first, second].map(({ outcome }) => outcome.summary!.run)
    expect(after).not.toBe(before)
    expect(await store.find(after!)).toMatchObject({ state: 'done', job })
    expect(await store.resultOf(after!)).toEqual(first.outcome.result)
    const recorded = await store.tasks(before!)
    expect(await store.tasks(after!)).toEqual(recorded.map(task => ({ ...task, hit: true })))
    expect((await go(store, job)).known).toBe(true)
  }
  await store.close()
})

test('it is known to other processes, and again after it was executed anew', async () => {
  const dir = folder()
  const store = opened(dir)
  const job = await jobOf(store, sum(await putFile(store, component)))
  await go(store, job)
  await store.close()
  const other = opened(dir)
  expect((await go(other, job)).known).toBe(true)
  expect(await go(other, job, { memo: false })).toMatchObject({ known: false, counts: [3, 3, 0] })
  expect((await go(other, job)).known).toBe(true)
  await other.close()
})

test('what is asked for is done: executing anew, comparing, refusing, stopping, recording grants', async () => {
  const store = opened(folder())
  const job = await jobOf(store, sum(await putFile(store, component)))
  await go(store, job)
  expect(await go(store, job, { memo: false })).toMatchObject({ known: false, counts: [3, 3, 0] })
  const checked = await go(store, job, { check: 2 })
  expect(checked).toMatchObject({ known: false, counts: [3, 0, 3], outcome: { summary: { checked: 2 } } })
  expect(await go(store, job, { signal: AbortSignal.abort() })).toMatchObject({
    known: false,
    outcome: { stopped: true },
  })
  const runs = (await store.runs()).length
  const barred = { code: 'replayed', message: 'it was followed before' } as const
  expect(await go(store, job, { admit: async () => barred })).toMatchObject({
    known: false,
    outcome: { error: barred },
  })
  expect((await store.runs()).length).toBe(runs)
  const granted = await go(store, job, { grants: ['ucan=x'] })
  expect(granted.known).toBe(true)
  expect(await store.find(granted.outcome.summary!.run)).toMatchObject({ grants: ['ucan=x'] })
  await store.close()
})

test('a job with an effect is not known as a whole, nor one that has caught a failure', async () => {
  const store = opened(folder())
  const math = await putFile(store, component)
  const text: Type = { kind: 'string' }
  const catching = (failing: Task): Task =>
    recover(
      body(0, () => failing),
      body(1, () => value('caught')),
    )
  const effects = givenEffects([{ op: 'ask/name', args: [undefined], value: 'name' }])
  for (const [result, kind] of [
    [query('ask/name', [value('x')]), 'name'],
    [catching(call(math, 'refuse', [1])), 'caught'],
    [catching(call(math, 'pages', [64], { memory: 1 << 20 })), 'caught'],
  ] as const) {
    const job = await jobOf(store, result, text)
    for (let turn = 0; turn < 2; turn++)
      expect(await go(store, job, { effects })).toMatchObject({
        known: false,
        counts: [1, 1, 0],
        outcome: { ok: true, result: kind },
      })
  }
  await store.close()
})

test.each([
  ['was changed', 'UPDATE memo SET entry = CAST(substr(entry, 1, length(entry) - 8) || zeroblob(8) AS BLOB)', 3],
  ['is of other semantics', 'UPDATE memo SET semantics = semantics - 1', 3],
  [
    'is that of another job',
    `CREATE TEMP TABLE before AS SELECT ran, entry FROM memo WHERE ran IN (SELECT job FROM runs);
     UPDATE memo SET entry = (SELECT entry FROM before WHERE before.ran <> memo.ran) WHERE ran IN (SELECT job FROM runs)`,
    0,
  ],
  ['is of a run that is gone', 'DELETE FROM runs', 0],
  ['is of a run of another job', 'UPDATE runs SET job = (SELECT job FROM runs ORDER BY id DESC LIMIT 1)', 0],
  ['is of a run that has not ended', `UPDATE runs SET state = 'running'`, 0],
  ['is of a run whose record is damaged', `UPDATE tasks SET entries = x'00'`, 0],
])('what is known of a job does not count where it %s, and is found out again', async (_, sql, ran) => {
  const dir = folder()
  const store = opened(dir)
  const math = await putFile(store, component)
  const job = await jobOf(store, sum(math))
  const { outcome } = await go(store, job)
  await go(store, await jobOf(store, call(math, 'add', [sum(math), 1])))
  await store.close()
  const db = new DatabaseSync(join(dir, 'store.db'))
  db.exec(sql)
  db.close()
  const again = opened(dir)
  const came = await go(again, job)
  expect(came).toMatchObject({ known: false, counts: [3, ran, 3 - ran], outcome: { ok: true } })
  expect((came.outcome as { result: unknown }).result).toEqual((outcome as { result: unknown }).result)
  expect((await go(again, job)).known).toBe(true)
  await again.close()
})

test('where it cannot be written nothing of the run is there, and what cannot be remembered is told before the end', async () => {
  const dir = folder()
  const store = opened(dir)
  const job = await jobOf(store, sum(await putFile(store, component)))
  const full = new StoreError({ code: 'full', message: 'the disk is full' })
  const memo = { ...store.memo, putJob: () => Promise.reject(full) }
  const { outcome } = await go({ ...store, memo }, job)
  expect(outcome).toMatchObject({ error: { code: 'full' } })
  expect(await store.find(outcome.summary!.run)).toMatchObject({ state: 'running' })
  expect((await go(store, job)).counts).toEqual([3, 0, 3])
  await store.close()
  const db = new DatabaseSync(join(dir, 'store.db'))
  db.exec(`CREATE TRIGGER no BEFORE UPDATE ON runs WHEN new.state = 'done' BEGIN SELECT RAISE(ABORT, 'no room'); END`)
  db.close()
  const again = opened(dir)
  const runs = await again.runs()
  await expect(go(again, job)).rejects.toThrow('no room')
  expect(await again.runs()).toEqual(runs)
  await again.close()
})

test('it is forgotten with its runs, and kept with one of them', async () => {
  const dir = folder()
  const collect = async (keep: number): Promise<void> => {
    const collected = await collectGarbage(dir, { keep })
    if (!collected.ok) throw new Error(collected.error.message)
  }
  const store = opened(dir)
  const job = await jobOf(store, sum(await putFile(store, component)))
  await go(store, job)
  await go(store, job)
  await store.close()
  await collect(1)
  // The newest run is kept with all that its tasks came to, and not the one that had found it out.
  const second = opened(dir)
  expect(await go(second, job)).toMatchObject({ known: false, counts: [3, 0, 3] })
  expect((await go(second, job)).known).toBe(true)
  await second.close()
  await collect(0)
  const third = opened(dir)
  expect(await third.memo.getJob(job)).toBeUndefined()
  await third.close()
})
