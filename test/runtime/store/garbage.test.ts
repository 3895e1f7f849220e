import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block } from '../../../dag/cid.ts'
import { ok } from '../../../dag/result.ts'
import { bytes as bytesType, type Type } from '../../../dag/types.ts'
import { putAll } from '../../../runtime/blocks.ts'
import type { Effects, Executor, RunState, Store } from '../../../runtime/interface.ts'
import { createEffects } from '../../../runtime/effects/host.ts'
import { createQueue } from '../../../runtime/effects/queue.ts'
import { readHistory } from '../../../runtime/journal/journal.ts'
import { readResult } from '../../../runtime/result.ts'
import { resume, run } from '../../../runtime/run.ts'
import { settleCommand } from '../../../runtime/settle.ts'
import { collectGarbage, type Collected, type GarbageOptions } from '../../../runtime/store/garbage.ts'
import { openFolder, openStore } from '../../../runtime/store/open.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { arithmetic } from '../harness/arithmetic.ts'
import {
  awaited,
  call,
  jobOf,
  list,
  listOf,
  param,
  putFile,
  query,
  s32,
  shortly,
  value,
  type Given,
} from '../harness/jobs.ts'
import { Receiver } from '../harness/receiver.ts'

const root = mkdtempSync(join(tmpdir(), 'ipvm-garbage-'))
let folders = 0
let executor: Executor
let component: Uint8Array
beforeAll(async () => {
  executor = createLocalExecutor({ workers: 1 })
  component = await arithmetic()
})
afterAll(async () => {
  await executor.close()
  rmSync(root, { recursive: true })
})

interface Place {
  dir: string
  store: Store
  math: CID
  go: (result: Given, type?: Type) => Promise<{ job: CID; run: string; said: unknown }>
}

async function place(dir = join(root, String(folders++))): Promise<Place> {
  const opened = openStore(dir)
  if (!opened.ok) throw new Error(opened.error.message)
  const store = opened.value
  return {
    dir,
    store,
    math: await putFile(store, component),
    async go(result, type = s32) {
      const job = await jobOf(store, result, type)
      const outcome = await run(job, new Map(), { store, executor })
      return { job, run: outcome.summary!.run, said: shortly(outcome) }
    },
  }
}

async function collected(dir: string, options: GarbageOptions = {}): Promise<Collected> {
  const result = await collectGarbage(dir, options)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

async function blocksOf(store: Store): Promise<Set<string>> {
  const all = new Set<string>()
  for await (const { cid } of store.blocks.getAll()) all.add(cid.toString())
  return all
}

/** A receiver that never answers a command, a query that gives a link, and the queue. */
function effectsOf(store: Store, link: CID): { effects: Effects } {
  const queue = createEffects({ providers: [createQueue(store.blocks)], grants: ['job.enqueue'] })
  if (!queue.ok) throw new Error(queue.error)
  const { effects } = new Receiver({ 'send/a(1)': { lost: 1 } })
  const of = (op: string): Effects => (op === 'job/enqueue' ? queue.value : effects)
  return {
    effects: {
      operation: (rsc, op) => of(op).operation(rsc, op),
      missing: call => of(call.op).missing(call),
      perform: async (call, signal) =>
        call.op === 'ask/link' ? { kind: 'ok', value: link, blocks: [] } : of(call.op).perform(call, signal),
      child: call => of(call.op).child?.(call),
    },
  }
}

describe('what is removed', () => {
  test('is what no run refers to, where no run is to go', async () => {
    const { dir, store, math, go } = await place()
    const { run: first } = await go(call(math, 'blob', [5000, 1]), bytesType)
    const kept = await blocksOf(store)
    const stray = Array.from({ length: 100 }, (_, n) => block({ n, stray: true }))
    await putAll(store.blocks, stray)
    await store.close()
    const bytes = stray.reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(await collected(dir)).toMatchObject({ runs: [], blocks: 100, bytes, forgotten: 0 })
    const again = await place(dir)
    expect(await blocksOf(again.store)).toEqual(kept)
    expect(await again.store.runs()).toMatchObject([{ run: first }])
    expect((await again.go(call(math, 'blob', [5000, 1]), bytesType)).said).toMatchObject({ hits: 1 })
    await again.store.close()
  })

  test('are runs that have ended but for the newest, and what only they have', async () => {
    const { dir, store, math, go } = await place()
    const runs: string[] = []
    for (const byte of [1, 2, 3]) {
      const half = call(math, 'half', [2 * byte])
      runs.unshift((await go(call(math, 'blob', [call(math, 'add', [half, 200_000]), byte]), bytesType)).run)
    }
    await store.close()
    const { runs: gone, forgotten, file } = await collected(dir, { keep: 1 })
    expect(gone).toEqual(runs.slice(1))
    // Of each the calls, and what the job came to.
    expect(forgotten).toBe(8)
    expect(file.before - file.after).toBeGreaterThan(2 * 200_000)

    const again = await place(dir)
    expect((await again.store.runs()).map(({ run }) => run)).toEqual([runs[0]])
    expect(await again.store.tasks(runs[1]!)).toEqual([])
    const newest = call(math, 'blob', [call(math, 'add', [call(math, 'half', [6]), 200_000]), 3])
    const job = await jobOf(again.store, newest, bytesType)
    const outcome = await run(job, new Map(), { store: again.store, executor })
    expect(outcome).toMatchObject({ ok: true, summary: { hits: 3, ran: 0 } })
    if (outcome.ok)
      expect(await readResult(again.store.blocks, bytesType, outcome.result)).toEqual({
        ok: true,
        value: new Uint8Array(200_003).fill(3),
      })
    // What is gone is computed again.
    expect((await again.go(call(math, 'half', [2]))).said).toMatchObject({ ran: 1 })
    await again.store.close()
  })

  test('are runs by their age; with a number too, only those that neither keeps', async () => {
    const { dir, store, math, go } = await place()
    const runs: string[] = []
    for (const n of [0, 1, 2, 3]) runs.unshift((await go(call(math, 'half', [n]))).run)
    const db = new DatabaseSync(join(dir, 'store.db'))
    runs.forEach((run, at) => db.prepare('UPDATE runs SET started = ? WHERE run = ?').run(1000 - at, run))
    db.close()
    await store.close()
    const dry = async (options: GarbageOptions): Promise<string[]> =>
      (await collected(dir, { ...options, dry: true })).runs
    expect(await dry({ since: 999 })).toEqual(runs.slice(2))
    expect(await dry({ since: 999, keep: 3 })).toEqual(runs.slice(3))
    expect(await dry({ since: 998, keep: 1 })).toEqual(runs.slice(3))
    expect(await dry({ since: 2000 })).toEqual(runs)
    expect(await dry({ keep: 0 })).toEqual(runs)
    expect(await dry({})).toEqual([])
  })

  test('is told without removing anything', async () => {
    const { dir, store, math, go } = await place()
    for (const n of [1, 2]) await go(call(math, 'half', [n]))
    const before = await blocksOf(store)
    await store.close()
    const told = await collected(dir, { keep: 1, dry: true })
    const again = await place(dir)
    expect(await blocksOf(again.store)).toEqual(before)
    expect(await again.store.runs()).toHaveLength(2)
    // Whoever only looks needs nobody to go.
    expect(await collected(dir, { keep: 1, dry: true })).toMatchObject({ runs: told.runs })
    await again.store.close()
    const { file: _, ...same } = told
    expect(await collected(dir, { keep: 1 })).toMatchObject(same)
  })

  test('is no run that has not ended, nor what it has', async () => {
    const states: RunState[] = ['running', 'stopped', 'unknown', 'waiting']
    for (const state of states) {
      const { dir, store, math, go } = await place()
      const { run: id } = await go(call(math, 'blob', [5000, 1]), bytesType)
      await store.end(id, state)
      const before = await blocksOf(store)
      await store.close()
      expect(await collected(dir, { keep: 0, since: Date.now() + 1000 })).toMatchObject({ runs: [], blocks: 0 })
      const again = await place(dir)
      expect(await blocksOf(again.store)).toEqual(before)
      await again.store.close()
    }
  })

  test('is no job that is pinned, with its components and files', async () => {
    const { dir, store, math, go } = await place()
    const { job } = await go(call(math, 'half', [8]))
    await store.pin(job, true)
    await store.pin(job, true)
    expect((await store.pins()).map(String)).toEqual([job.toString()])
    const beside = block({ debug: 1 })
    await store.blocks.put(beside.cid, beside.bytes)
    await store.close()
    const { kept } = await collected(dir, { keep: 0, beside: one => (one.equals(job) ? beside.cid : undefined) })
    expect(kept.map(String)).toEqual([job.toString()])
    const again = openStore(dir)
    if (!again.ok) throw new Error(again.error.message)
    expect(await again.value.blocks.has(beside.cid)).toBe(true)
    expect(shortly(await run(job, new Map(), { store: again.value, executor }))).toMatchObject({ result: 4, ran: 1 })
    await again.value.pin(job, false)
    await again.value.close()
    await collected(dir, { keep: 0 })
    const empty = openStore(dir)
    if (!empty.ok) throw new Error(empty.error.message)
    expect(await blocksOf(empty.value)).toEqual(new Set())
    await empty.value.close()
  })

  test('is nothing that the journal of a run refers to that goes on', async () => {
    const { dir, store, math } = await place()
    const kept = block({ found: 'in the store alone' })
    await store.blocks.put(kept.cid, kept.bytes)
    const template = await jobOf(store, call(math, 'add', [param('a'), 1]), s32, { a: { type: s32 } })
    const order = block({ job: template, args: { a: 41 } })
    await store.blocks.put(order.cid, order.bytes)
    const means = effectsOf(store, kept.cid)
    const asked = query('ask/link', [])
    const enqueued = query('job/enqueue', [value(order.cid)])
    enqueued.rsc = 'ipvm:'
    const sent = query('send/a', [1], [asked, enqueued])
    const id = await jobOf(store, awaited(sent), s32, {}, [enqueued, sent])
    const outcome = await run(id, new Map(), { store, executor, ...means })
    expect(outcome).toMatchObject({ unknown: [{ op: 'send/a' }] })
    const { run: parent } = outcome.summary!
    const [deed] = [...readHistory(store.disk, parent)!.commands.values()].filter(({ child }) => child)
    const { run: child, job } = deed!.child!
    await store.close()
    expect(
      (await collected(dir, { keep: 0, clean: jobs => expect(jobs.map(String)).toContain(`${job}`) })).runs,
    ).toEqual([])
    const again = await place(dir)
    expect(await again.store.blocks.has(kept.cid)).toBe(true)
    expect(await again.store.blocks.has(job)).toBe(true)
    // What a power cut takes from the store stands in the journal.
    await again.store.blocks.delete(job)
    const options = { store: again.store, executor, ...effectsOf(again.store, kept.cid) }
    const as = { value: 1, blocks: [] }
    await settleCommand(parent, async ([only]) => ok({ key: only!.key, as }), options)
    expect(await resume(parent, options)).toMatchObject({ ok: true, result: 1 })
    expect(await resume(child, options)).toMatchObject({ ok: true, result: 42 })
    await again.store.close()
  })

  test('is no run that one would put into the queue again that goes on', async () => {
    const { dir, store, math, go } = await place()
    const { job, run: parent } = await go(call(math, 'half', [8]))
    const child = '0123456789ab'
    await store.adopt([{ run: child, job, state: 'done', started: 1, parent, grants: [] }])
    await store.end(parent, 'stopped')
    await store.close()
    expect((await collected(dir, { keep: 0 })).runs).toEqual([])
    const again = await place(dir)
    await again.store.end(parent, 'done', 4)
    await again.store.close()
    expect((await collected(dir, { keep: 0 })).runs.sort()).toEqual([child, parent].sort())
  })

  test('is followed by cleaning up beside the store, before others can use it', async () => {
    const { dir, store } = await place()
    await store.close()
    const open = (): unknown => openFolder(dir, { alone: false, patience: 0 })
    const said: unknown[] = []
    await collected(dir, { dry: true, clean: () => said.push('dry') })
    await collected(dir, { clean: () => said.push(open()) })
    expect(said).toMatchObject([{ ok: false, error: { code: 'busy' } }])
  })

  test('are the journals of runs that go, so that they do not come back', async () => {
    const { dir, store } = await place()
    const sent = query('send/a', [1])
    const job = await jobOf(store, sent, s32, {}, [sent])
    await run(job, new Map(), { store, executor, effects: new Receiver().effects })
    expect(store.disk.list()).toHaveLength(1)
    await store.close()
    expect((await collected(dir, { keep: 0 })).runs).toHaveLength(1)
    const again = await place(dir)
    expect(again.store.disk.list()).toEqual([])
    expect(await again.store.runs()).toEqual([])
    await again.store.close()
  })

  test('is what is damaged, like all else, and nothing is stopped by it', async () => {
    const { dir, store, math, go } = await place()
    const { run: id } = await go(call(math, 'blob', [5000, 1]), bytesType)
    await go(call(math, 'half', [2]))
    await store.close()
    const db = new DatabaseSync(join(dir, 'store.db'))
    db.exec(
      `UPDATE blocks SET bytes = x'ff' WHERE rowid % 2 = 0; UPDATE memo SET entry = x'00' WHERE ran < x'0171122080'`,
    )
    db.close()
    const { runs } = await collected(dir, { keep: 1 })
    expect(runs).toEqual([id])
    const again = await place(dir)
    expect((await again.go(call(math, 'half', [2]))).said).toMatchObject({ result: 1 })
    await again.store.close()
  })
})

describe('others that use the store', { timeout: 120_000 }, () => {
  test('a process that runs a job loses nothing: it is waited for, and then left alone', async () => {
    const { dir, store, math } = await place()
    const numbers = Array.from({ length: 20 }, (_, n) =>
      awaited(call(math, 'count', [60_000_000 + n], { time: 60_000 })),
    )
    const job = await jobOf(store, call(math, 'sum', [list(...numbers)]))
    await store.close()
    const child = spawn(process.execPath, [join(import.meta.dirname, '../harness/run-job.ts'), dir, job.toString()])
    const output: Buffer[] = []
    child.stdout.on('data', data => output.push(data))
    const end = new Promise(resolve => child.on('close', resolve))
    for (;;) {
      const other = openStore(dir)
      if (!other.ok) throw new Error(other.error.message)
      const [record] = await other.value.runs()
      await other.value.close()
      if (record) break
      await wait(5)
    }
    let busy = 0
    for (;;) {
      const result = await collectGarbage(dir, { keep: 0, patience: 20 })
      if (result.ok) break
      expect(result.error).toEqual({ code: 'busy', message: `the store ${dir} is in use by another process` })
      busy++
    }
    expect(busy).toBeGreaterThan(0)
    expect(await end).toBe(0)
    expect(JSON.parse(Buffer.concat(output).toString())).toMatchObject({ tasks: 21, ran: 21, failed: 0 })
  })

  test('nobody can open a store while it is cleaned up, and afterwards everybody can', async () => {
    const { dir, store } = await place()
    await store.close()
    const alone = openFolder(dir, { alone: true })
    if (!alone.ok) throw new Error(alone.error.message)
    for (const other of [true, false])
      expect(openFolder(dir, { alone: other, patience: 20 })).toMatchObject({ ok: false, error: { code: 'busy' } })
    await alone.value.store.close()
    const [one, two] = [openStore(dir), openStore(dir)]
    for (const opened of [one, two]) {
      if (!opened.ok) throw new Error(opened.error.message)
      await opened.value.close()
    }
  })

  test('a process that is killed while it cleans up leaves all or nothing, and a store that works', async () => {
    const { dir, store, math, go } = await place()
    const job = (from: number) =>
      list(...Array.from({ length: 60 }, (_, n) => awaited(call(math, 'half', [from + 2 * n]))))
    for (let n = 0; n < 8; n++) await go(job(n * 1000), listOf(s32))
    const stray = Array.from({ length: 5000 }, (_, n) => block({ n, stray: 'x'.repeat(500) }))
    await putAll(store.blocks, stray)
    const all = (await store.runs()).map(({ run }) => run)
    await store.close()
    let delay = 0
    let done = false
    while (!done) {
      const child = fork(join(import.meta.dirname, '../harness/collect.ts'), [dir, '1'], { stdio: 'ignore' })
      const gone = new Promise(resolve => child.once('exit', resolve))
      child.on('message', message => {
        if (message === 'begins') setTimeout(() => child.kill('SIGKILL'), delay)
        else done = message === 'done'
      })
      await gone
      delay += 7
      const db = new DatabaseSync(join(dir, 'store.db'))
      expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
      const count = (sql: string): number => db.prepare(`SELECT count(*) AS n FROM ${sql}`).get()!['n'] as number
      const [runs, tasks, blocks, memo] = ['runs', '(SELECT DISTINCT run FROM tasks)', 'blocks', 'memo'].map(count)
      db.close()
      expect([all.length, 1]).toContain(runs)
      expect(tasks).toBe(runs)
      if (runs === 1) expect({ memo, few: blocks! < 400 }).toEqual({ memo: 61, few: true })
      else expect(blocks).toBeGreaterThan(5000)
    }
    const again = await place(dir)
    expect((await again.go(job(7000), listOf(s32))).said).toMatchObject({ ran: 0, hits: 60 })
    await again.store.close()
  })
})
