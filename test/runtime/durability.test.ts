import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Task } from '../../dag/graph.ts'
import { bytes as bytesType } from '../../dag/types.ts'
import { putAll } from '../../runtime/blocks.ts'
import type { Executor, Store } from '../../runtime/interface.ts'
import { readResult } from '../../runtime/result.ts'
import { run } from '../../runtime/run.ts'
import { openStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { importFile } from '../../dag/unixfs.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { call, core, jobOf, list, awaited, putFile, shortly } from './harness/jobs.ts'

const root = mkdtempSync(join(tmpdir(), 'ipvm-run-'))
const script = join(import.meta.dirname, 'harness/run-job.ts')
let executor: Executor
let component: Uint8Array
let folders = 0
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
}

async function fresh(): Promise<Place> {
  const dir = join(root, String(folders++))
  const store = openStore(dir)
  if (!store.ok) throw new Error(store.error.message)
  return { dir, store: store.value, math: await putFile(store.value, component) }
}

/** A job of `count` different tasks, one after the other: its result is the sum of the numbers below `count`. */
function chain(math: CID, count: number): Task {
  let last = call(math, 'add', [0, 0])
  for (let n = 1; n < count; n++) last = call(math, 'add', [last, n])
  return last
}

const go = (store: Store, job: CID) => run(job, new Map(), { store, executor })

describe('processes', { timeout: 30_000 }, () => {
  test('one that is killed in the middle of a run leaves a store in which the job can be run', async () => {
    const { dir, store, math } = await fresh()
    const job = await jobOf(store, chain(math, 500))
    const child = spawn(process.execPath, [script, dir, job.toString()], { stdio: 'ignore' })
    const gone = new Promise(resolve => child.once('exit', (_, signal) => resolve(signal)))
    for (;;) {
      const [record] = await store.runs()
      if (record && (await store.tasks(record.run)).length > 0) break
      await wait(5)
    }
    child.kill('SIGKILL')
    expect(await gone).toBe('SIGKILL')

    expect(await store.runs()).toMatchObject([{ state: 'running' }])
    const outcome = await go(store, job)
    expect(shortly(outcome)).toMatchObject({ result: 124750, tasks: 500, failed: 0 })
    if (!outcome.ok) throw new Error('it failed')
    expect(outcome.summary.hits).toBeGreaterThan(0)
    expect(outcome.summary.ran).toBeGreaterThan(0)
    expect(outcome.summary.ran + outcome.summary.hits).toBe(500)
    await store.close()
  })

  test('several run the same job on one store at the same time', async () => {
    const { dir, store, math } = await fresh()
    const job = await jobOf(store, chain(math, 200))
    const outputs = await Promise.all(
      [1, 2].map(() => promisify(execFile)(process.execPath, [script, dir, job.toString()])),
    )
    for (const { stdout, stderr } of outputs) {
      expect(JSON.parse(stdout)).toMatchObject({ result: 19900, tasks: 200, failed: 0 })
      expect(stderr).toBe('')
    }
    expect(shortly(await go(store, job))).toMatchObject({ ran: 0, hits: 200 })
    await store.close()
  })
})

describe('a block that is damaged or missing', () => {
  /** Flips a bit of a block on disk. */
  function damage(dir: string, cid: CID): void {
    const db = new DatabaseSync(join(dir, 'store.db'))
    const bytes = db.prepare('SELECT bytes FROM blocks WHERE cid = ?').get(cid.bytes)!['bytes'] as Uint8Array
    db.prepare('UPDATE blocks SET bytes = ? WHERE cid = ?').run(bytes.with(0, bytes[0]! ^ 1), cid.bytes)
    db.close()
  }

  test('before the run: nothing starts, and putting it again repairs it', async () => {
    const { dir, store, math } = await fresh()
    const job = await jobOf(store, call(math, 'half', [2]))
    const { blocks } = await importFile(component)
    for (const cid of [job, math]) {
      damage(dir, cid)
      const outcome = await go(store, job)
      expect(outcome).toMatchObject({
        ok: false,
        error: { code: 'damaged', message: expect.stringContaining(`${cid}`) },
      })
      expect(outcome).not.toHaveProperty('summary')
      await jobOf(store, call(math, 'half', [2]))
      await putAll(store.blocks, blocks)
    }
    expect(shortly(await go(store, job))).toMatchObject({ result: 1 })
    await store.close()
  })

  test('in the middle of the run: it ends with what is wrong, and the store stays usable', async () => {
    const { dir, store, math } = await fresh()
    const blob = call(math, 'blob', [5000, 1])
    expect(shortly(await go(store, await jobOf(store, blob, bytesType)))).toMatchObject({ ran: 1 })
    const { cid } = await importFile(new Uint8Array(5000).fill(1))
    const job = await jobOf(store, call(math, 'length', [blob]), { kind: 'u32' })
    damage(dir, cid)
    expect(shortly(await go(store, job))).toMatchObject({ error: { code: 'damaged' }, hits: 1 })
    await store.blocks.delete(cid)
    expect(shortly(await go(store, job))).toMatchObject({ error: { code: 'missing' } })
    // Computing it again brings it back.
    expect(shortly(await run(job, new Map(), { store, executor, memo: false }))).toMatchObject({ result: 5000, ran: 2 })
    expect(shortly(await go(store, job))).toMatchObject({ result: 5000, hits: 2 })
    await store.close()
  })

  test('in what is left of the result is said when it is read', async () => {
    const { dir, store, math } = await fresh()
    const outcome = await go(store, await jobOf(store, call(math, 'blob', [5000, 2]), bytesType))
    if (!outcome.ok) throw new Error('it failed')
    damage(dir, outcome.result as CID)
    expect(await readResult(store.blocks, bytesType, outcome.result)).toMatchObject({
      ok: false,
      error: { code: 'damaged' },
    })
    await store.close()
  })

  test('that a core operation needs', async () => {
    const { store, math } = await fresh()
    const { blocks } = await importFile(new Uint8Array(300_000))
    const nowhere = blocks.at(-1)!.cid
    const items = list({ kind: 'value', value: nowhere }, awaited(call(math, 'half', [2])))
    const job = await jobOf(store, core('core/index', [core('core/index', [items, 0]), 0]), { kind: 'u8' })
    expect(shortly(await go(store, job))).toMatchObject({ error: { code: 'missing' } })
    await store.close()
  })
})

test('a key that cannot be used ends the run with what is wrong', async () => {
  const { dir, store, math } = await fresh()
  writeFileSync(join(dir, 'key'), 'not a key')
  const job = await jobOf(store, chain(math, 100))
  expect(shortly(await go(store, job))).toMatchObject({ error: { code: 'key' } })
  await expect(store.close()).rejects.toMatchObject({ code: 'key' })
  rmSync(join(dir, 'key'))

  const again = openStore(dir)
  if (!again.ok) throw new Error(again.error.message)
  expect(shortly(await go(again.value, job))).toMatchObject({ result: 4950, ran: 100 })
  await again.value.close()
})
