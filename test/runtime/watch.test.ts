import { MemoryBlockstore } from 'blockstore-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CID } from 'multiformats/cid'
import { block } from '../../dag/cid.ts'
import { putAll } from '../../runtime/blocks.ts'
import { collect } from '../../runtime/store/blocks.ts'
import type { Executor, Store } from '../../runtime/interface.ts'
import { readResult } from '../../runtime/result.ts'
import { run } from '../../runtime/run.ts'
import { memoryStore } from '../../runtime/store/open.ts'
import { watch, withBlocks, type WatchedEvent } from '../../runtime/watch.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { call, jobOf, listOf, putFile, query, s32 } from './harness/jobs.ts'
import { Receiver } from './harness/receiver.ts'

let executor: Executor
beforeAll(() => (executor = createLocalExecutor({ workers: 1 })))
afterAll(() => executor.close())

async function sum(store: Store): Promise<CID> {
  const math = await putFile(store, await arithmetic())
  return jobOf(store, call(math, 'add', [call(math, 'half', [40]), 22]))
}

test('a run can be followed from event to event, to what it has come to', async () => {
  const store = memoryStore()
  const seen: WatchedEvent[] = []
  for await (const event of watch(await sum(store), new Map(), { store, executor })) seen.push(event)
  expect(seen.map(event => ('func' in event ? `${event.kind} ${event.func}` : event.kind))).toEqual([
    ...['planned', 'started half', 'finished half', 'started add', 'finished add', 'ended'],
  ])
  expect(seen.at(-1)).toMatchObject({ kind: 'ended', outcome: { ok: true, result: 42 } })
})

test('whoever looks away stops it', async () => {
  const store = memoryStore()
  const receiver = new Receiver()
  const first = query('send/a', [1])
  const second = query('send/b', [first])
  const job = await jobOf(store, second, undefined, {}, [first, second])
  for await (const event of watch(job, new Map(), { store, executor, effects: receiver.effects }))
    if (event.kind === 'finished') break
  expect(receiver.lines).toEqual(['send/a(1)'])
  expect(await store.runs()).toMatchObject([{ state: 'stopped' }])
})

test('blocks may be kept anywhere, and what comes from there is verified', async () => {
  const blocks = new MemoryBlockstore()
  const store = withBlocks(memoryStore(), blocks)
  const job = await sum(store)
  expect(await run(job, new Map(), { store, executor })).toMatchObject({ ok: true, result: 42 })
  expect(await run(job, new Map(), { store, executor })).toMatchObject({ ok: true, summary: { ran: 0, hits: 2 } })
  for await (const { cid, bytes } of blocks.getAll()) {
    const whole = Uint8Array.from(await collect(bytes))
    const lying = withBlocks(memoryStore(), new MemoryBlockstore())
    for await (const other of blocks.getAll()) {
      const content = await collect(other.bytes)
      await putAll(lying.blocks, [{ cid: other.cid, bytes: content }])
    }
    whole[whole.length - 1]! ^= 1
    await lying.blocks.put(cid, whole)
    const outcome = await run(job, new Map(), { store: lying, executor, memo: false })
    // Of blocks that the run itself has written there is nothing to be read.
    if (!outcome.ok) expect(outcome).toMatchObject({ error: { message: expect.stringContaining('is damaged') } })
    else expect(outcome).toMatchObject({ result: 42 })
  }
})

test('where they cannot be read or written, the run says so', async () => {
  const kept = new MemoryBlockstore()
  const job = await sum(withBlocks(memoryStore(), kept))
  class Broken extends MemoryBlockstore {
    override *get(): Generator<Uint8Array> {
      throw new Error('the bucket is gone')
    }
  }
  class Full extends MemoryBlockstore {
    override get = kept.get.bind(kept)
    override put(): never {
      throw new Error('the bucket is full')
    }
  }
  const broken = withBlocks(memoryStore(), new Broken())
  const error = { code: 'path', message: expect.stringContaining('the bucket is gone') }
  expect(await run(job, new Map(), { store: broken, executor })).toEqual({ ok: false, error })
  expect(await readResult(broken.blocks, listOf(s32), job)).toMatchObject({ ok: false, error })
  await expect(broken.blocks.has(job)).resolves.toBe(false)
  const full = withBlocks(memoryStore(), new Full())
  expect(await run(job, new Map(), { store: full, executor, jobBlocks: [block(1)] })).toMatchObject({
    ok: false,
    error: { code: 'path', message: expect.stringContaining('the bucket is full') },
  })
  expect(await run(block('absent').cid, new Map(), { store: full, executor })).toMatchObject({
    error: { code: 'missing' },
  })
})
