import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
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
import { Seat, type Sent } from '../../../runtime/wasm/seat.ts'
import { callsOf } from '../../portable/calls.ts'
import { digestsOf, printTable } from '../../portable/compare.ts'
import { corpus } from '../../portable/corpus.ts'
import { makeInputs } from '../../portable/inputs.ts'
import { lineOf } from '../../portable/outcome.ts'
import { component, MiB, wat } from './harness.ts'

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
  await bundle('worker')
  await bundle('keeper')
})

/** Bundles start several times as fast as sources. */
async function bundle(name: 'worker' | 'keeper' | 'pool'): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL(`../../../runtime/wasm/${name}.ts`, import.meta.url))],
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
     if (readFileSync('${book}').length <= ${dies}) workerData.port.on('message', () => process.exit(3))
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

test('workers are started when they are needed, and replaced when they are worn', async () => {
  const lazy = counted('lazy')
  const pool = executor({ workers: 4, workerUrl: lazy.workerUrl })
  for (let i = 0; i < 5; i++) await pool.call(call('double', [i]))
  expect(lazy.starts()).toBe(1)
  const worn = counted('worn')
  const short = executor({ workers: 1, recycle: 3, workerUrl: worn.workerUrl })
  // A call that grows its memory leaves no instance for the next one.
  for (let i = 0; i < 9; i++) expect(await short.call(call('texts', [1]))).toMatchObject({ ok: true })
  expect(worn.starts()).toBe(3)
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
    expect(await pool.call(call('double', [5]))).toMatchObject({ ok: true, value: 10 })
    expect(starts()).toBe(2)
  })

  test('three times: it was the call', async () => {
    const { workerUrl, starts } = counted('thrice', 3)
    const pool = executor({ workers: 1, workerUrl })
    expect(await pool.call(call('double', [5]))).toMatchObject({
      failure: { kind: 'crash', message: 'the worker was lost', detail: 'the worker ended with 3' },
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

describe('calls that are sent together', () => {
  const doubles = (pool: Executor, count: number): Promise<unknown[]> =>
    Promise.all(Array.from({ length: count }, (_, i) => pool.call(call('double', [i]))))
  const expected = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ ok: true, value: 2 * i }))

  test('do not end with one that overruns', async () => {
    const pool = executor({ workers: 1 })
    await warm(pool)
    const spin = pool.call(call('spin', [], { time: 60 }))
    expect(await doubles(pool, 30)).toMatchObject(expected(30))
    expect(await spin).toMatchObject({ failure: { kind: 'time' } })
  })

  test('lose nothing when the worker is lost on one of them', async () => {
    const { workerUrl, starts } = counted('together', 3)
    const pool = executor({ workers: 1, workerUrl })
    const [first, ...others] = (await doubles(pool, 6)) as object[]
    expect(first).toMatchObject({ failure: { kind: 'crash' } })
    expect(others).toMatchObject(expected(6).slice(1))
    expect(starts()).toBe(4)
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

  test('have places of their own, whichever of them were taken back', () => {
    const places = new Map<number, number>()
    const seat = new Seat<Sent>(
      {
        ahead: 64,
        start: () => ({
          send: requests => requests.forEach(({ id, place }) => places.set(id, place)),
          withdraw: ({ id }) => places.delete(id),
          executing: () => undefined,
          hold: () => undefined,
          end: () => undefined,
        }),
        close: async () => undefined,
      },
      1000,
      () => undefined,
    )
    const { func, args, limits } = call('double', [1])
    const request = { component: 'x', func, args, limits, time: limits.time }
    const give = (count: number): void => seat.give(Array.from({ length: count }, () => ({ request, transfer: [] })))
    give(64)
    for (let left = 40; left > 0; left--) seat.takeBack()
    give(40)
    expect(new Set(places.values()).size).toBe(64)
    expect(() => give(1)).toThrow('more calls than there are places')
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

  test('they see no environment and no files, and start nothing', async () => {
    const file = join(folder, 'dist/curious.mjs')
    writeFileSync(
      file,
      `import { workerData } from 'node:worker_threads'
       import { readFileSync, readdirSync } from 'node:fs'
       import { spawnSync } from 'node:child_process'
       const attempt = f => { try { f(); return 'done' } catch (error) { return error.code } }
       const { port } = workerData
       port.on('message', ([{ id }]) => {
         const message = JSON.stringify([
           Object.keys(process.env).filter(name => process.env[name] !== ''),
           attempt(() => readFileSync('${join(folder, 'together')}')),
           attempt(() => readdirSync('/')),
           attempt(() => spawnSync('true')),
         ])
         port.postMessage([{ id, reply: { kind: 'failed', failure: { kind: 'refused', message }, log: [] }, instances: 0 }])
       })`,
    )
    writeFileSync(join(folder, 'together'), 'a secret')
    const pool = apart({ workerUrl: pathToFileURL(file) })
    const outcome = await pool.call(call('double', [1]))
    expect(!outcome.ok && JSON.parse(outcome.failure.message)).toEqual([
      [],
      'ERR_ACCESS_DENIED',
      'ERR_ACCESS_DENIED',
      'ERR_ACCESS_DENIED',
    ])
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
