import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { block } from '../../dag/cid.ts'
import type { Executor, Store, WasmOutcome } from '../../runtime/interface.ts'
import { Lookout } from '../../runtime/lease.ts'
import { run } from '../../runtime/run.ts'
import { LEASE } from '../../runtime/store/leases.ts'
import { memoryStore, openStore } from '../../runtime/store/open.ts'
import { failure } from '../../runtime/wasm/failure.ts'
import { arithmetic } from './harness/arithmetic.ts'
import { call, jobOf, putFile, shortly } from './harness/jobs.ts'

const root = mkdtempSync(join(tmpdir(), 'ipvm-lease-'))
let folders = 0
afterAll(() => rmSync(root, { recursive: true }))

const folder = (): string => join(root, String(folders++))
function opened(dir: string): Store {
  const store = openStore(dir)
  if (!store.ok) throw new Error(store.error.message)
  return store.value
}

/** Rows that are there now, looked at from outside. */
function leasesIn(dir: string): { holder: string; until: number }[] {
  const db = new DatabaseSync(join(dir, 'store.db'))
  const rows = db.prepare('SELECT holder, until FROM leases').all()
  db.close()
  return rows as { holder: string; until: number }[]
}

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look()
    if (found) return found
    await wait(5)
  }
}

describe('two processes on one store', { timeout: 120_000 }, () => {
  const script = join(import.meta.dirname, 'harness/run-job.ts')
  let component: Uint8Array
  beforeAll(async () => {
    component = await arithmetic()
  })

  /** A store with a job of one task, which counts so far that a process can be met in the middle of it. */
  async function slow(): Promise<{ dir: string; start: () => { child: ChildProcess; end: Promise<any> } }> {
    const dir = folder()
    const store = opened(dir)
    const job = await jobOf(store, call(await putFile(store, component), 'count', [800_000_000], { time: 100_000 }))
    await store.close()
    const start = () => {
      const child = spawn(process.execPath, [script, dir, job.toString()], { stdio: ['ignore', 'pipe', 'inherit'] })
      const output: Buffer[] = []
      child.stdout.on('data', data => output.push(data))
      const end = new Promise(resolve =>
        child.on('close', code => resolve(code === 0 ? JSON.parse(Buffer.concat(output).toString()) : undefined)),
      )
      return { child, end }
    }
    return { dir, start }
  }

  test('compute what takes long once, also where they begin together', async () => {
    const { dir, start } = await slow()
    const outcomes = await Promise.all([start().end, start().end, start().end])
    expect(outcomes.map(({ result }) => result)).toEqual([800_000_000, 800_000_000, 800_000_000])
    expect(outcomes.reduce((sum, { ran }) => sum + ran, 0)).toBe(1)
    expect(outcomes.reduce((sum, { hits }) => sum + hits, 0)).toBe(2)
    // It is given back with the memory of it.
    expect(leasesIn(dir)).toEqual([])
  })

  test('go on where the one that computes is killed', async () => {
    const { dir, start } = await slow()
    const first = start()
    await until(() => leasesIn(dir).length > 0)
    const second = start()
    await wait(200)
    first.child.kill('SIGKILL')
    expect(await first.end).toBeUndefined()
    expect(await second.end).toMatchObject({ result: 800_000_000, ran: 1, hits: 0 })
  })
})

describe('a lease', () => {
  const ran = block({ n: 1 }).cid

  test('is seen by others until it is given back, and taken by one alone', async () => {
    const dir = folder()
    const [ours, theirs] = [opened(dir), opened(dir)]
    expect(ours.leases.take(ran)).toBe(true)
    expect([ours.leases.elsewhere(ran), theirs.leases.elsewhere(ran)]).toEqual([false, true])
    expect(theirs.leases.take(ran)).toBe(false)
    expect(ours.leases.take(ran)).toBe(true)
    // What was not taken is not given back.
    theirs.leases.drop(ran)
    expect(leasesIn(dir)).toHaveLength(1)
    ours.leases.drop(ran)
    expect(leasesIn(dir)).toEqual([])
    await wait(0)
    expect(theirs.leases.elsewhere(ran)).toBe(false)
    for (const store of [ours, theirs]) await store.close()
  })

  test('is given back when the success is remembered, not before', async () => {
    const dir = folder()
    const [ours, theirs] = [opened(dir), opened(dir)]
    ours.leases.take(ran)
    const meta = { ms: 1, memory: 1, gas: 1, attempts: [], host: 'test' }
    await ours.memo.put('r', { ran, out: ['ok', 1], meta })
    expect(theirs.leases.elsewhere(ran)).toBe(true)
    expect(await theirs.memo.get(ran)).toBeUndefined()
    await ours.flush()
    await wait(0)
    expect(theirs.leases.elsewhere(ran)).toBe(false)
    expect(await theirs.memo.get(ran)).toMatchObject({ value: 1 })
    for (const store of [ours, theirs]) await store.close()
  })

  test('ends by itself, also where a clock was set back', async () => {
    const dir = folder()
    const [ours, theirs] = [opened(dir), opened(dir)]
    for (const left of [0, -1, LEASE + 1000, 1e12]) {
      expect(ours.leases.take(ran)).toBe(true)
      const db = new DatabaseSync(join(dir, 'store.db'))
      db.prepare('UPDATE leases SET until = ?').run(Date.now() + left)
      db.close()
      await wait(0)
      expect(theirs.leases.elsewhere(ran)).toBe(false)
      expect(theirs.leases.take(ran)).toBe(true)
      theirs.leases.drop(ran)
      expect(leasesIn(dir)).toEqual([])
      await wait(0)
    }
    for (const store of [ours, theirs]) await store.close()
  })
})

describe('a run', () => {
  let math: CID
  let store: Store
  let taken: number
  let asked: number
  beforeEach(async () => {
    store = memoryStore()
    math = await putFile(store, await arithmetic())
    const { leases } = store
    taken = asked = 0
    store.leases = {
      elsewhere: ran => (asked++, leases.elsewhere(ran)),
      take: ran => (taken++, leases.take(ran)),
      drop: leases.drop,
    }
  })
  const done: WasmOutcome = { ok: true, value: 1, ms: 1, memory: 1, gas: 1 }
  /** Answers each call after so long. */
  const executor = (ms: number, outcome: WasmOutcome = done): Executor => ({
    width: 1,
    call: (_, signal) => wait(ms, outcome, signal && { signal }).catch(() => Promise.reject(signal!.reason)),
    close: async () => undefined,
  })
  const chain = async (length: number, own = {}): Promise<CID> => {
    let last = call(math, 'half', [1], own)
    for (let n = 1; n < length; n++) last = call(math, 'add', [last, n], own)
    return jobOf(store, last)
  }

  test('takes no lease for short tasks, and asks for one only where nothing is remembered', async () => {
    const job = await chain(50)
    // Answered before any timer has its turn.
    const quick: Executor = { ...executor(0), call: async () => done }
    expect(shortly(await run(job, new Map(), { store, executor: quick }))).toMatchObject({ ran: 50 })
    expect({ taken, asked }).toEqual({ taken: 0, asked: 50 })
    expect(shortly(await run(job, new Map(), { store, executor: quick }))).toMatchObject({ hits: 50 })
    expect({ taken, asked }).toEqual({ taken: 0, asked: 50 })
  })

  test('takes one for a task that runs for long; none where it is not to be remembered', async () => {
    await run(await chain(1), new Map(), { store, executor: executor(200), memo: false })
    expect(taken).toBe(0)
    await run(await chain(2), new Map(), { store, executor: executor(200) })
    expect(taken).toBeGreaterThan(0)
  })

  test('gives it back where the task fails', async () => {
    const dropped = vi.fn(store.leases.drop)
    store.leases.drop = dropped
    const failed: WasmOutcome = { ok: false, failure: failure('trap'), ms: 1, memory: 1, gas: 1 }
    await run(await chain(1), new Map(), { store, executor: executor(200, failed) })
    expect(taken).toBeGreaterThan(0)
    expect(dropped).toHaveBeenCalledOnce()
    expect(store.leases.elsewhere(dropped.mock.calls[0]![0])).toBe(false)
  })

  test('waits where another process has it, and gives up what it has begun', async () => {
    const { memo } = store
    const calls: AbortSignal[] = []
    const slow: Executor = {
      ...executor(60_000),
      call(wanted, signal) {
        calls.push(signal!)
        return executor(60_000).call(wanted, signal)
      },
    }
    // Nobody has it at first; when it has run for 50 ms another has, who is done after three looks.
    let others = 0
    let known = false
    store.leases = {
      elsewhere: () => others > 0 && (--others > 0 || !(known = true)),
      take: () => ((others = 3), false),
      drop: () => undefined,
    }
    store.memo = {
      ...memo,
      get: async ran => (known ? { value: 7, memory: 1, gas: 1, run: 'other', receipt: { ran, cid: ran } } : undefined),
    }
    const outcome = await run(await chain(1), new Map(), { store, executor: slow })
    expect(shortly(outcome)).toEqual({ result: 7, tasks: 1, ran: 0, hits: 1, failed: 0 })
    expect(calls.map(({ aborted }) => aborted)).toEqual([true])
  })

  test('computes it where the other comes to nothing', async () => {
    let others = 2
    store.leases = { elsewhere: () => others-- > 0, take: () => true, drop: () => undefined }
    const outcome = await run(await chain(1), new Map(), { store, executor: executor(0) })
    expect(shortly(outcome)).toMatchObject({ result: 1, ran: 1, hits: 0 })
  })

  test('that is stopped waits no longer', async () => {
    store.leases = { elsewhere: () => true, take: () => true, drop: () => undefined }
    const stop = new AbortController()
    const outcome = run(await chain(1), new Map(), { store, executor: executor(0), signal: stop.signal })
    setTimeout(() => stop.abort(), 100)
    expect(shortly(await outcome)).toMatchObject({ stopped: true })
  })
})

describe('the lookout', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('tells the calls that run for long, again and again, and not those that wait behind them', () => {
    const lookout = new Lookout(2)
    const told: string[] = []
    const add = (name: string) => {
      const one = { next: 50, tell: () => ((one.next += 1000), told.push(name)) }
      lookout.add(one)
      return one
    }
    const [a, b, c] = ['a', 'b', 'c'].map(add)
    vi.advanceTimersByTime(100)
    expect(told).toEqual(['a', 'b'])
    vi.advanceTimersByTime(900)
    expect(told).toEqual(['a', 'b'])
    lookout.remove(a!)
    vi.advanceTimersByTime(100)
    expect(told.slice(2).sort()).toEqual(['b', 'c'])
    lookout.remove(b!)
    lookout.remove(c!)
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
    add('d')
    vi.advanceTimersByTime(100)
    expect(told.at(-1)).toBe('d')
  })
})
