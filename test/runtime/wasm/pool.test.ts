import { execFile, execFileSync, spawn } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Value } from '../../../dag/value.ts'
import type { Executor, WasmCall, WasmOutcome } from '../../../runtime/interface.ts'
import { createLocalExecutor, type LocalExecutorOptions } from '../../../runtime/wasm/pool.ts'
import { callsOf } from '../../portable/calls.ts'
import { digestsOf, printTable } from '../../portable/compare.ts'
import { corpus } from '../../portable/corpus.ts'
import { makeInputs } from '../../portable/inputs.ts'
import { lineOf } from '../../portable/outcome.ts'
import { component, Local, MiB, wat } from './harness.ts'

const functions = component(
  `(func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
   (func (export "spin") (loop $again (br $again)))
   (func (export "echo") (param i32 i32) (result i32)
     (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
   (func $deep (export "deep") (result i32) (i32.add (call $deep) (call $deep)))
   (func (export "grow") (result i32) (memory.grow (i32.const 1000)))
   (func (export "texts") (param $n i32) (result i32) (local $at i32)
     (drop (memory.grow (i32.const 100)))
     (local.set $at (i32.const 65536))
     (loop $more
       (i32.store (local.get $at) (i32.const 32)) (i32.store offset=4 (local.get $at) (i32.const 30))
       (local.set $at (i32.add (local.get $at) (i32.const 8)))
       (br_if $more (i32.lt_u (local.get $at) (i32.add (i32.const 65536) (i32.mul (i32.const 8) (local.get $n))))))
     (i32.store (i32.const 16) (i32.const 65536)) (i32.store (i32.const 20) (local.get $n)) (i32.const 16))`,
  {
    double: '(param "n" u32) (result u32)',
    spin: '',
    echo: '(param "b" (list u8)) (result (list u8))',
    deep: '(result u32)',
    grow: '(result s32)',
    texts: '(param "n" u32) (result (list string))',
  },
)

let bytes: Uint8Array
let cid: CID
let folder: string
const executors: Executor[] = []

beforeAll(async () => {
  bytes = await wat(functions)
  cid = CID.createV1(0x55, await sha256.digest(bytes))
  folder = mkdtempSync(join(tmpdir(), 'ipvm-pool-'))
  await bundle('worker', 'keeper', 'line', 'packer', 'unpacker', 'protocol')
})

/** Bundles start several times as fast as sources. */
async function bundle(...names: string[]): Promise<void> {
  await build({
    entryPoints: names.map(name => fileURLToPath(new URL(`../../../runtime/wasm/${name}.ts`, import.meta.url))),
    bundle: true,
    platform: 'node',
    format: 'esm',
    outdir: join(folder, 'dist'),
    logLevel: 'silent',
  })
  writeFileSync(join(folder, 'dist/package.json'), '{"type":"module"}')
}

afterEach(async () => {
  await Promise.all(executors.splice(0).map(executor => executor.close()))
})
afterAll(() => rmSync(folder, { recursive: true }))

function executor(options: LocalExecutorOptions): Executor {
  const urls = {
    workerUrl: pathToFileURL(join(folder, 'dist/worker.js')),
    keeperUrl: pathToFileURL(join(folder, 'dist/keeper.js')),
  }
  const made = createLocalExecutor({ ...urls, ...options })
  executors.push(made)
  return made
}

function call(func: string, args: Value[] = [], limits: Partial<WasmCall['limits']> = {}): WasmCall {
  const load = (): Promise<Uint8Array> => Promise.resolve(bytes)
  return {
    component: cid,
    load,
    func,
    args,
    limits: { time: 20_000, memory: 64 * MiB, gas: 1e12, retry: 0, check: 0, ...limits },
  }
}

/** A module beside the bundles, which it may import. */
function script(name: string, text: string): URL {
  const file = join(folder, `dist/${name}.mjs`)
  writeFileSync(file, text)
  return pathToFileURL(file)
}

/** A worker that answers by `reply`, in JavaScript: a function from a request to a value. */
function played(name: string, reply: string): URL {
  return script(
    name,
    `import { workerData } from 'node:worker_threads'
     import { appendFileSync, readFileSync, readdirSync } from 'node:fs'
     import { spawnSync } from 'node:child_process'
     import { Packer } from './packer.js'
     import { Unpacker } from './unpacker.js'
     import { lineOf } from './line.js'
     import { newFigures, packAnswer, unpackRequest } from './protocol.js'
     const { clock } = workerData
     const line = lineOf(workerData.line)
     const reply = ${reply}
     const packer = new Packer(true)
     line.listen(pack => {
       const requests = new Unpacker(pack)
       let request
       const figures = newFigures()
       while (requests.more) {
         packer.word((clock.words[1] = requests.word()))
         const value = reply((request = unpackRequest(requests, request)), requests.more)
         const outcome = { ok: true, value, ms: 1, memory: 0, gas: 0 }
         packAnswer(packer, { kind: 'done', outcome, log: [], instances: 0 }, figures)
       }
       line.send(...packer.take())
     })`,
  )
}

/** A worker that counts its starts; the first `dies` of them end as soon as they are given a call. */
function counted(name: string, dies = 0): { workerUrl: URL; starts: () => number } {
  const book = join(folder, name)
  const file = join(folder, `${name}.mjs`)
  writeFileSync(book, '')
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync } from 'node:fs'
     import { workerData } from 'node:worker_threads'
     appendFileSync('${book}', 'x')
     if (readFileSync('${book}').length <= ${dies}) workerData.line.on('message', () => process.exit(3))
     else await import('./dist/worker.js')`,
  )
  return { workerUrl: pathToFileURL(file), starts: () => readFileSync(book).length }
}

test('calls run in workers, each component loaded once for all of them', async () => {
  let loads = 0
  const pool = executor({ workers: 2 })
  const load = async (): Promise<Uint8Array> => {
    loads++
    return bytes
  }
  const outcomes = await Promise.all(Array.from({ length: 40 }, (_, i) => pool.call({ ...call('double', [i]), load })))
  expect(outcomes.map(outcome => outcome.ok && outcome.value)).toEqual(Array.from({ length: 40 }, (_, i) => 2 * i))
  expect(loads).toBe(1)
  expect(outcomes[0]).toMatchObject({ memory: 65536, ms: expect.any(Number) })
})

test('a component that a worker has dropped is sent again', async () => {
  const other = await wat(
    component('(func (export "double") (param i32) (result i32) (i32.const 7))', {
      double: '(param "n" u32) (result u32)',
    }),
  )
  const second = {
    ...call('double', [1]),
    load: () => Promise.resolve(other),
    component: CID.createV1(0x55, await sha256.digest(other)),
  }
  const pool = executor({ workers: 1, cache: 1 })
  for (let i = 0; i < 3; i++) {
    expect(await pool.call(call('double', [i]))).toMatchObject({ value: 2 * i })
    expect(await pool.call(second)).toMatchObject({ value: 7 })
  }
})

test('arguments that alone are more than the limit come to what a worker would say, without one', async () => {
  const lazy = counted('spared')
  const pool = executor({ workers: 1, workerUrl: lazy.workerUrl })
  const args: Value[] = [Array.from({ length: 10_000 }, () => 'x')]
  const outcome = await pool.call(call('double', args, { memory: MiB }))
  const host = new Local(bytes)
  const { ms, ...rest } = outcome
  expect(rest).toStrictEqual(host.call('double', args, MiB))
  expect([ms, lazy.starts()]).toEqual([0, 0])
})

test('a call with large arguments has a worker for itself', async () => {
  const workerUrl = played('crowded', '(request, more) => more')
  const beside = async (first: Value): Promise<unknown[]> => {
    const pool = executor({ workers: 1, workerUrl })
    const outcomes = await Promise.all([first, 1].map(value => pool.call(call('double', [value]))))
    return outcomes.map(outcome => outcome.ok && outcome.value)
  }
  expect(await beside(Array.from({ length: 10 }, () => 'x'))).toEqual([true, false])
  expect(await beside(Array.from({ length: 10_000 }, () => 'x'))).toEqual([false, false])
})

test('workers are started when they are needed, and replaced when they are worn', async () => {
  const lazy = counted('lazy')
  const pool = executor({ workers: 4, workerUrl: lazy.workerUrl })
  for (let i = 0; i < 5; i++) await pool.call(call('double', [i]))
  expect(lazy.starts()).toBe(1)
  const worn = counted('worn')
  const short = executor({ workers: 1, recycle: 3, workerUrl: worn.workerUrl })
  // A call that grows its memory leaves no instance for the next one; the engine may have freed some in the meantime.
  for (let i = 0; i < 30; i++) expect(await short.call(call('texts', [1]))).toMatchObject({ ok: true })
  expect(worn.starts()).toBeGreaterThan(1)
})

describe('time', () => {
  test('a call that overruns is ended, and its worker replaced', async () => {
    const pool = executor({ workers: 1 })
    const outcome = await pool.call(call('spin', [], { time: 60 }))
    expect(outcome).toMatchObject({
      ok: false,
      failure: { kind: 'time', message: 'the time limit was reached', detail: 'the limit is 60 ms' },
    })
    expect(outcome.ms).toBeGreaterThanOrEqual(60)
    expect(await pool.call(call('double', [4]))).toMatchObject({ ok: true, value: 8 })
  })

  test('waiting does not count', async () => {
    const pool = executor({ workers: 1 })
    const [first, second, third] = await Promise.all([
      pool.call(call('spin', [], { time: 400 })),
      pool.call(call('double', [1], { time: 300 })),
      pool.call(call('double', [2], { time: 300 })),
    ])
    expect(first.ok).toBe(false)
    expect([second, third]).toMatchObject([{ value: 2 }, { value: 4 }])
  })
})

test('failures inside a call are outcomes, and the worker goes on', async () => {
  const starts = counted('failures')
  const pool = executor({ workers: 1, workerUrl: starts.workerUrl })
  expect(await pool.call(call('deep'))).toMatchObject({ failure: { kind: 'stack' } })
  expect(await pool.call(call('grow', [], { memory: MiB }))).toMatchObject({
    failure: { kind: 'memory', detail: `${1001 * 65536} bytes were needed, the limit is ${MiB}` },
    memory: MiB,
  })
  expect(await pool.call(call('absent'))).toMatchObject({ failure: { kind: 'refused' } })
  expect(await pool.call(call('double', [21]))).toMatchObject({ value: 42 })
  expect(starts.starts()).toBe(1)
})

test('what is no component is refused', async () => {
  const pool = executor({ workers: 1 })
  const load = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array([1, 2, 3]))
  expect(await pool.call({ ...call('double', [1]), load })).toMatchObject({ ok: false, failure: { kind: 'refused' } })
})

test('a component that cannot be loaded rejects, and is asked for again', async () => {
  const pool = executor({ workers: 1 })
  const load = (): Promise<Uint8Array> => Promise.reject(new Error('gone'))
  await expect(pool.call({ ...call('double', [1]), load })).rejects.toThrow('gone')
  expect(await pool.call(call('double', [1]))).toMatchObject({ value: 2 })
})

test('arguments that do not fit are a failure of their call', async () => {
  const pool = executor({ workers: 1 })
  expect(await pool.call(call('double', ['x']))).toMatchObject({
    failure: { kind: 'value', detail: 'args[0]: a number was expected, this is "x"' },
  })
  expect(await pool.call(call('double', [1]))).toMatchObject({ value: 2 })
})

test('bytes cross in both directions, and the arguments stay their caller’s', async () => {
  const pool = executor({ workers: 1 })
  const large = new Uint8Array(3 * MiB).map((_, i) => i * 7)
  for (const part of [large, large.subarray(5, 50), large.subarray(1, 2 * MiB)]) {
    const outcome = await pool.call(call('echo', [part]))
    expect(outcome.ok && Buffer.compare(outcome.value as Uint8Array, part)).toBe(0)
  }
  expect(large).toHaveLength(3 * MiB)
})

describe('a worker that is lost', () => {
  test('once: its call runs again on another', async () => {
    const { workerUrl, starts } = counted('once', 1)
    const pool = executor({ workers: 1, workerUrl })
    expect(await pool.call(call('double', [5]))).toMatchObject({ ok: true, value: 10, lost: 1 })
    expect(await pool.call(call('double', [6]))).not.toHaveProperty('lost')
    expect(starts()).toBe(2)
  })

  test('three times: it was the call', async () => {
    const { workerUrl, starts } = counted('thrice', 3)
    const pool = executor({ workers: 1, workerUrl })
    expect(await pool.call(call('double', [5]))).toMatchObject({
      failure: { kind: 'crash', message: 'the worker was lost', detail: 'the worker ended with 3' },
      lost: 2,
    })
    expect(starts()).toBe(3)
    expect(await pool.call(call('double', [6]))).toMatchObject({ ok: true, value: 12 })
  })

  test('because its heap is full, is the failure of the call that filled it', { timeout: 30_000 }, async () => {
    const pool = executor({ workers: 1, heap: 24 })
    const texts = call('texts', [800_000], { memory: 2 ** 31 })
    expect(await pool.call(texts)).toMatchObject({ failure: { kind: 'crash' } })
    expect(await pool.call(call('texts', [3]))).toMatchObject({ ok: true })
  })
})

describe('stopping', () => {
  test('a call that waits, one that runs, and one that is too late', async () => {
    const pool = executor({ workers: 1 })
    const running = new AbortController()
    const waiting = new AbortController()
    const spin = pool.call(call('spin'), running.signal)
    const queued = pool.call(call('double', [1]), waiting.signal)
    const last = pool.call(call('double', [2]))
    waiting.abort(new Error('not needed'))
    await expect(queued).rejects.toThrow('not needed')
    setTimeout(() => running.abort(new Error('enough')), 100)
    await expect(spin).rejects.toThrow('enough')
    expect(await last).toMatchObject({ value: 4 })
    await expect(pool.call(call('double', [1]), running.signal)).rejects.toThrow('enough')
  })

  test('calls that one signal stops share a listener, which goes with the last of them', async () => {
    const pool = executor({ workers: 1 })
    const { signal } = new AbortController()
    const calls = Array.from({ length: 20 }, (_, i) => pool.call(call('double', [i]), signal))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await Promise.all(calls)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('closing rejects what is under way and what comes later', async () => {
    const pool = createLocalExecutor({ workers: 1 })
    const calls = [pool.call(call('spin')), pool.call(call('double', [1]))].map(one =>
      one.catch((error: Error) => error.message),
    )
    await pool.close()
    expect(await Promise.all(calls)).toEqual(['the executor was closed', 'the executor was closed'])
    await expect(pool.call(call('double', [1]))).rejects.toThrow('the executor is closed')
  })
})

/** Calls after which the pool knows that they are short, and sends many at once. */
async function warm(pool: Executor): Promise<void> {
  await Promise.all(Array.from({ length: 200 }, (_, i) => pool.call(call('double', [i]))))
}

const doubles = (pool: Executor, count: number): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => pool.call(call('double', [i]))))
const doubled = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ ok: true, value: 2 * i }))

describe('calls that are sent together', () => {
  test('do not end with one that overruns', async () => {
    const pool = executor({ workers: 1 })
    await warm(pool)
    const spin = pool.call(call('spin', [], { time: 60 }))
    expect(await doubles(pool, 30)).toMatchObject(doubled(30))
    expect(await spin).toMatchObject({ failure: { kind: 'time' } })
  })

  test('lose nothing when the worker is lost on one of them', async () => {
    const { workerUrl, starts } = counted('together', 4)
    const pool = executor({ workers: 1, workerUrl })
    const [first, ...others] = (await doubles(pool, 6)) as object[]
    expect(first).toMatchObject({ failure: { kind: 'crash' } })
    expect(others).toMatchObject(doubled(6).slice(1))
    // The first time it may have been any of them.
    expect(starts()).toBe(5)
  })

  test('are not to blame for the one that the worker was at when it was lost', async () => {
    const book = join(folder, 'at')
    const workerUrl = played(
      'at',
      `(appendFileSync('${book}', 'x'), ({ func, args }) => func === 'deep' ? process.exit(3) : 2 * args[0])`,
    )
    const pool = executor({ workers: 1, workerUrl })
    await warm(pool)
    const [before, deep, after] = [doubles(pool, 5), pool.call(call('deep')), doubles(pool, 5)]
    expect([...(await before), await deep, ...(await after)]).toMatchObject([
      ...doubled(5),
      { failure: { kind: 'crash', detail: 'the worker ended with 3' } },
      ...doubled(5),
    ])
    expect(readFileSync(book)).toHaveLength(4)
  })

  test('do not end with one that fills the heap', { timeout: 60_000 }, async () => {
    const pool = executor({ workers: 1, heap: 24 })
    await warm(pool)
    const before = doubles(pool, 10)
    const texts = pool.call(call('texts', [800_000], { memory: 2 ** 31 }))
    const after = doubles(pool, 10)
    expect(await before).toMatchObject(doubled(10))
    expect(await texts).toMatchObject({ failure: { kind: 'crash' } })
    expect(await after).toMatchObject(doubled(10))
  })

  test('are told of before one that may be long', async () => {
    const pool = executor({ workers: 1 })
    await warm(pool)
    const ended: string[] = []
    const before = doubles(pool, 5).then(() => ended.push('before'))
    const spin = pool.call(call('spin', [], { time: 300 })).then(() => ended.push('spin'))
    await Promise.all([before, spin])
    expect(ended).toEqual(['before', 'spin'])
  })

  test('do not wait for a long one while another worker is idle', async () => {
    const pool = executor({ workers: 2 })
    await warm(pool)
    const ended: string[] = []
    const spin = pool.call(call('spin', [], { time: 700 })).then(() => ended.push('spin'))
    const others = doubles(pool, 40).then(() => ended.push('others'))
    await Promise.all([spin, others])
    expect(ended).toEqual(['others', 'spin'])
  })

  test('are not executed when they were taken back', async () => {
    const { workerUrl, starts } = counted('back')
    const pool = executor({ workers: 1, workerUrl })
    await warm(pool)
    const stop = new AbortController()
    const long = pool.call(call('texts', [500_000], { memory: 2 ** 30 }))
    const unwanted = Array.from({ length: 10 }, (_, i) =>
      pool.call(call('double', [i]), stop.signal).catch(() => 'none'),
    )
    const wanted = doubles(pool, 10)
    setTimeout(() => stop.abort(), 5)
    expect(await long).toMatchObject({ ok: true })
    expect(await Promise.all(unwanted)).toEqual(unwanted.map(() => 'none'))
    expect(await wanted).toMatchObject(doubled(10))
    // An answer to what nobody waits for would have ended it.
    expect(starts()).toBe(1)
  })

  test('can be taken back one by one', async () => {
    const pool = executor({ workers: 1 })
    await warm(pool)
    const stops = Array.from({ length: 10 }, () => new AbortController())
    const spin = pool.call(call('spin', [], { time: 200 }))
    const calls = stops.map(({ signal }, i) => pool.call(call('double', [i]), signal).catch(() => 'stopped'))
    setTimeout(() => stops.forEach((stop, i) => i % 2 && stop.abort(new Error('enough'))), 60)
    const outcomes = await Promise.all(calls)
    expect(outcomes).toMatchObject(outcomes.map((_, i) => (i % 2 ? 'stopped' : { value: 2 * i })))
    expect(await spin).toMatchObject({ failure: { kind: 'time' } })
  })
})

test('a busy scheduler does not keep the watchdog from its work', async () => {
  const pool = executor({ workers: 1 })
  await pool.call(call('double', [1]))
  const spin = pool.call(call('spin', [], { time: 50 }))
  await new Promise(resolve => setTimeout(resolve, 20))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000)
  const outcome = await spin
  expect(outcome).toMatchObject({ failure: { kind: 'time' } })
  expect(outcome.ms).toBeLessThan(2000)
})

describe('in processes of their own', { timeout: 60_000 }, () => {
  const apart = (options: LocalExecutorOptions = {}): Executor =>
    executor({ isolation: 'process', workers: 1, ...options })

  test('calls give the same, in as many processes as there are workers', async () => {
    const pool = apart({ workers: 2 })
    const large = new Uint8Array(2 * MiB).map((_, i) => i * 7)
    const outcomes = await Promise.all([
      pool.call(call('double', [4])),
      pool.call(call('echo', [large.subarray(3)])),
      pool.call(call('absent')),
      pool.call(call('grow', [], { memory: MiB })),
    ])
    expect(outcomes).toMatchObject([
      { value: 8, memory: 65536 },
      { ok: true },
      { failure: { kind: 'refused' } },
      { failure: { kind: 'memory', detail: `${1001 * 65536} bytes were needed, the limit is ${MiB}` } },
    ])
    expect(outcomes[1]!.ok && Buffer.compare(outcomes[1]!.value as Uint8Array, large.subarray(3))).toBe(0)
    expect(childrenOf(process.pid)).toHaveLength(2)
  })

  test('a thousand tasks come to what they come to in threads, to the byte and the unit of gas', async () => {
    const inputs = await makeInputs()
    const tasks = corpus(inputs)
    expect(tasks).toHaveLength(1000)
    const callOf = callsOf(inputs)
    const [inThreads, inProcesses] = await Promise.all(
      [executor({ workers: 1 }), apart()].map(pool => Promise.all(tasks.map(task => pool.call(callOf(task))))),
    )
    const linesOf = (outcomes: WasmOutcome[]): Promise<string[]> => Promise.all(outcomes.map(lineOf))
    const lines = await linesOf(inThreads!)
    expect(await linesOf(inProcesses!)).toEqual(lines)
    expect([...inThreads!, ...inProcesses!].every(({ ms }) => ms >= 0)).toBe(true)
    const kinds = new Set(inThreads!.map(outcome => (outcome.ok ? 'ok' : outcome.failure.kind)))
    expect([...kinds].sort()).toEqual(['gas', 'memory', 'ok', 'refused', 'stack', 'trap', 'value'])
    expect(inThreads!.every(({ gas, ok }) => !ok || gas > 0)).toBe(true)
    const table = readFileSync(new URL('../../portable/outcomes.txt', import.meta.url), 'utf8')
    expect(printTable(await digestsOf({ tasks: lines, repeats: [] }, tasks))).toBe(table)
  })

  test('a call that overruns is ended', async () => {
    const pool = apart()
    expect(await pool.call(call('spin', [], { time: 60 }))).toMatchObject({
      failure: { kind: 'time', detail: 'the limit is 60 ms' },
    })
    expect(await pool.call(call('double', [4]))).toMatchObject({ value: 8 })
  })

  test('one that is killed loses nothing', async () => {
    const pool = apart()
    await pool.call(call('double', [1]))
    const spin = pool.call(call('spin', [], { time: 1000 }))
    const next = pool.call(call('double', [2]))
    const [first] = childrenOf(process.pid)
    process.kill(first!, 'SIGKILL')
    expect(await spin).toMatchObject({ failure: { kind: 'time' } })
    expect(await next).toMatchObject({ value: 4 })
    expect(childrenOf(process.pid)).not.toContain(first)
  })

  test('calls that are sent together do not wait for a long one while another is idle', async () => {
    const pool = apart({ workers: 2 })
    await warm(pool)
    const ended: string[] = []
    const spin = pool.call(call('spin', [], { time: 1500 })).then(() => ended.push('spin'))
    const others = doubles(pool, 40).then(found => (ended.push('others'), expect(found).toMatchObject(doubled(40))))
    await Promise.all([spin, others])
    expect(ended).toEqual(['others', 'spin'])
  })

  test('calls can be stopped, whether they were begun or not', async () => {
    const pool = apart()
    await warm(pool)
    const stops = Array.from({ length: 10 }, () => new AbortController())
    const running = new AbortController()
    const spin = pool.call(call('spin'), running.signal).catch(() => 'stopped')
    const calls = stops.map(({ signal }, i) => pool.call(call('double', [i]), signal).catch(() => 'stopped'))
    setTimeout(() => stops.forEach((stop, i) => i % 2 && stop.abort(new Error('enough'))), 60)
    setTimeout(() => running.abort(new Error('enough')), 120)
    const outcomes = await Promise.all(calls)
    expect(outcomes).toMatchObject(outcomes.map((_, i) => (i % 2 ? 'stopped' : { value: 2 * i })))
    expect(await spin).toBe('stopped')
  })

  test('calls of which the worker has not read yet are taken back as others are, and do not end it', async () => {
    const pool = apart()
    await warm(pool)
    const spin = pool.call(call('spin', [], { time: 1500 }))
    await new Promise(resolve => setTimeout(resolve, 100))
    const before = childrenOf(process.pid)
    const stop = new AbortController()
    const stopped = pool.call(call('double', [1]), stop.signal)
    const kept = pool.call(call('double', [2]))
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await expect(stopped).rejects.toThrow('enough')
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(childrenOf(process.pid)).toEqual(before)
    expect([await spin, await kept]).toMatchObject([{ failure: { kind: 'time' } }, { value: 4 }])
  })

  test('large answers are there before a call has ended that is executed next', async () => {
    const pool = apart()
    await warm(pool)
    const ended: string[] = []
    const texts = pool.call(call('texts', [100_000])).then(({ ok }) => ended.push(`texts ${ok}`))
    const spin = pool.call(call('spin', [], { time: 1500 })).then(() => ended.push('spin'))
    await Promise.all([texts, spin])
    expect(ended).toEqual(['texts true', 'spin'])
  })

  test('of calls that were sent together the one that ends the process is found, and no other has lost a try', async () => {
    const workerUrl = played(
      'killed',
      `({ func, args }) => func === 'deep' ? process.kill(process.pid, 'SIGKILL') : 2 * args[0]`,
    )
    const pool = apart({ workerUrl })
    await warm(pool)
    const before = doubles(pool, 10)
    const deep = pool.call(call('deep'))
    const after = doubles(pool, 10)
    const detail = "the worker's process ended with SIGKILL"
    expect([...(await before), await deep, ...(await after)]).toMatchObject([
      ...doubled(10),
      { failure: { kind: 'crash', detail } },
      ...doubled(10),
    ])
  })

  test('arguments and results of many megabytes go through', async () => {
    const pool = apart()
    const large = new Uint8Array(20 * MiB).map((_, i) => i * 7)
    const outcome = await pool.call(call('echo', [large], { memory: 128 * MiB }))
    expect(outcome.ok && Buffer.compare(outcome.value as Uint8Array, large)).toBe(0)
    const texts = await pool.call(call('texts', [500_000], { memory: 2 ** 30 }))
    expect(texts.ok && (texts.value as string[]).length).toBe(500_000)
  })

  test.runIf(process.platform === 'linux')('they write no core and have few files', async () => {
    await apart().call(call('double', [1]))
    const [child] = childrenOf(process.pid)
    const limits = readFileSync(`/proc/${child}/limits`, 'utf8')
    expect(limits).toMatch(/^Max core file size +0 +0 /m)
    expect(limits).toMatch(/^Max open files +256 +256 /m)
    // Nothing of ours; what has the C library give large blocks back is not seen by workers.
    const environment = readFileSync(`/proc/${child}/environ`, 'utf8').split('\0')
    expect(environment.filter(text => text !== '' && !/^(PWD|OLDPWD|SHLVL|_)=/.test(text))).toEqual([
      'MALLOC_MMAP_THRESHOLD_=65536',
      'MALLOC_TRIM_THRESHOLD_=131072',
    ])
  })

  test('they see no environment and no files, and start nothing', async () => {
    const workerUrl = played(
      'curious',
      `() => {
         const attempt = f => { try { f(); return 'done' } catch (error) { return error.code } }
         return [
           Object.keys(process.env).filter(name => process.env[name] !== ''),
           attempt(() => readFileSync('${join(folder, 'together')}')),
           attempt(() => readdirSync('/')),
           attempt(() => spawnSync('true')),
         ]
       }`,
    )
    writeFileSync(join(folder, 'together'), 'a secret')
    const outcome = await apart({ workerUrl }).call(call('double', [1]))
    expect(outcome.ok && outcome.value).toEqual([[], 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'])
  })

  describe('in which the code of others has taken over', () => {
    /** Says something over the stream as soon as it is given a call. */
    const keeper = (name: string, said: string): URL =>
      script(
        name,
        `import { Socket } from 'node:net'
         import { Packer } from './packer.js'
         const [orders, calls, answers] = [3, 4, 5].map(fd => new Socket({ fd }))
         let stream = orders
         const numbers = (...list) => stream.write(new Uint8Array(Float64Array.from(list).buffer))
         const words = (...list) => {
           const packer = new Packer(false)
           for (const word of list) packer.word(word)
           return packer.take()[0].block
         }
         const say = (...parts) => {
           numbers(parts.length, ...parts.map(part => part.length))
           for (const part of parts) stream.write(part)
         }
         calls.once('data', () => { ${said} })`,
      )

    test.each([
      ['a message without end', 'numbers(1, 2 ** 40)', 'a message is longer than it may be'],
      ['as many parts as there are', 'numbers(2 ** 50)', 'a message is longer than it may be'],
      ['a message of nothing', 'say(words())', 'a pack ends early'],
      ['bytes of no meaning', 'say(new Uint8Array(99).fill(3))', 'a pack is cut off'],
      ['a word of no meaning', 'say(words(77))', 'a word of no meaning'],
      ['calls that it gives back unasked', 'say(words(0, 0))', 'a notice of what nobody has asked'],
      ['an end in no time', 'say(words(1, 64, 3, -1))', 'no time'],
      ['answers without end', 'stream = answers; numbers(1, 2 ** 40)', 'a message is longer than it may be'],
      ['answers of no meaning', 'stream = answers; say(new Uint8Array(20).fill(9))', 'a pack is cut off'],
      ['an answer to another call', 'stream = answers; say(words(1234567, 1, 3, 0))', 'to what nobody has asked'],
    ])('%s ends it, and its call after three', async (name, said, detail) => {
      const pool = apart({ keeperUrl: keeper(name.replaceAll(' ', '-'), said) })
      const outcome = await pool.call(call('double', [1]))
      expect(outcome).toMatchObject({ ok: false, failure: { kind: 'crash', detail: expect.stringMatching(detail) } })
    })

    test('what it writes before it ends moves nothing in a terminal', async () => {
      const said = `process.stderr.write('\x1b[2Jgone', () => process.exit(9))`
      const outcome = await apart({ keeperUrl: keeper('colours', said) }).call(call('double', [1]))
      expect(outcome).toMatchObject({ failure: { detail: "the worker's process ended with 9: �[2Jgone" } })
    })

    test('a value that is larger than the call may have ends it', async () => {
      const workerUrl = played('vast', `() => new Uint8Array(${8 * MiB})`)
      const pool = apart({ workerUrl })
      const isTaken = async (memory: number): Promise<boolean> => (await pool.call(call('double', [1], { memory }))).ok
      expect([await isTaken(8 * MiB), await isTaken(MiB)]).toEqual([true, false])
    })
  })

  test('closing waits for their end, whatever they still say', async () => {
    await bundle('processes')
    writeFileSync(
      join(folder, 'dist/closing.js'),
      `import { Processes } from './processes.js'
       const options = { url: '${pathToFileURL(join(folder, 'dist/worker.js')).href}', cache: 1e6, heap: 64, garbage: 1e6 }
       const starter = new Processes(options, new URL('./keeper.js', import.meta.url))
       const channel = starter.start({ room: () => 1e6, answers() {}, withdrawn() {}, loss() {} })
       const closing = starter.close()
       channel.hold(false)
       await closing
       console.log('closed')`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'dist/closing.js')])
    expect(stdout).toBe('closed\n')
  })

  test('they end with the process that started them', async () => {
    await bundle('pool')
    writeFileSync(join(folder, 'spin.wasm'), bytes)
    writeFileSync(
      join(folder, 'dist/spin.js'),
      `import { readFileSync } from 'node:fs'
       import { createLocalExecutor } from './pool.js'
       const load = async () => readFileSync('${join(folder, 'spin.wasm')}')
       const limits = { time: 9e4, memory: 1e8, gas: 1 }
       const pool = createLocalExecutor({ isolation: 'process', workers: 1 })
       await pool.call({ component: 'x', load, func: 'double', args: [4], limits })
       pool.call({ component: 'x', load, func: 'spin', args: [], limits })
       setTimeout(() => console.log('spinning'), 100)`,
    )
    const parent = spawn(process.execPath, [join(folder, 'dist/spin.js')])
    await once(parent.stdout, 'data')
    const [child] = childrenOf(parent.pid!)
    parent.kill('SIGKILL')
    while (isAlive(child!)) await new Promise(resolve => setTimeout(resolve, 20))
  })
})

/** Processes that a process has started. */
function childrenOf(parent: number): number[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const rows = text.split('\n').map(line => /^\s*(\d+)\s+(\d+)\s+(.*keeper.*)$/.exec(line))
  return rows.flatMap(row => (row && Number(row[2]) === parent ? [Number(row[1])] : []))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('what components write is given to the caller, with the call', async () => {
  const text = `(component
    (import "homestar:host/helpers@0.1.1" (instance $h (export "print" (func (param "msg" string)))))
    (core module $libc (memory (export "mem") 1) (data (i32.const 16) "hello"))
    (core instance $libc (instantiate $libc))
    (core func $print (canon lower (func $h "print") (memory (core memory $libc "mem"))))
    (core module $m (import "" "print" (func $print (param i32 i32)))
      (func (export "f") (call $print (i32.const 16) (i32.const 5))))
    (core instance $c (instantiate $m (with "" (instance (export "print" (func $print))))))
    (func (export "f") (canon lift (core func $c "f"))))`
  const loud = await wat(text)
  const logs: unknown[] = []
  const pool = executor({ workers: 1, onLog: (call, entries) => logs.push([call.func, entries]) })
  await pool.call({ ...call('f'), load: () => Promise.resolve(loud) })
  expect(logs).toEqual([['f', [{ stream: 'log', text: 'hello\n' }]]])
})

test('the worker is found from the sources; its start does not count as time', { timeout: 30_000 }, async () => {
  const pool = createLocalExecutor({ workers: 1 })
  executors.push(pool)
  expect(await pool.call(call('double', [1], { time: 100 }))).toMatchObject({ value: 2 })
})

test('a bundle finds its worker beside it, and a process ends without being told', { timeout: 30_000 }, async () => {
  await bundle('pool')
  writeFileSync(join(folder, 'double.wasm'), bytes)
  writeFileSync(
    join(folder, 'dist/main.js'),
    `import { readFileSync } from 'node:fs'
     import { createLocalExecutor } from './pool.js'
     const load = async () => readFileSync('${join(folder, 'double.wasm')}')
     const limits = { time: 9e3, memory: 1e8, gas: 1e9 }
     const outcome = await createLocalExecutor().call({ component: 'x', load, func: 'double', args: [4], limits })
     console.log(outcome.value)`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'dist/main.js')])
  expect(stdout).toBe('8\n')
})
