import { afterAll, describe, expect, test } from 'vitest'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import type { Executor, WasmOutcome } from '../../../runtime/interface.ts'
import { analyse } from '../../../runtime/wasm/analysis.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { crossingBytes, frameBytes, leafBytes, stackBytes } from '../../../runtime/wasm/schedule.ts'
import { outline } from '../../../runtime/wasm/sections.ts'
import { component, MiB, wat } from './harness.ts'

const detail = `calls were nested deeper than ${stackBytes} bytes`
const repeat = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ')

/** Goes down `n` times and comes back. */
const down = (before: string, after: string, call = '(call $f (i32.sub (local.get $n) (i32.const 1)))'): string =>
  `(func $f (export "f") (param $n i32) ${before} (if (local.get $n) (then ${call})) ${after})`

const pool = createLocalExecutor({ workers: 1 })
const folder = mkdtempSync(join(tmpdir(), 'ipvm-stack-'))
afterAll(async () => {
  await pool.close()
  rmSync(folder, { recursive: true })
})

type Call = (n: number, executor?: Executor) => Promise<WasmOutcome>

/** In a worker: the stack of other threads is not made for components. */
async function whole(text: string): Promise<Call> {
  const bytes = await wat(text)
  const component = CID.createV1(raw.code, await sha256.digest(bytes))
  const limits = { time: 60_000, memory: 64 * MiB, gas: 1e12, retry: 0, check: 0 }
  const load = (): Promise<Uint8Array> => Promise.resolve(bytes)
  return (n, executor = pool) => executor.call({ component, load, func: 'f', args: [n], limits })
}

function of(core: string): Promise<Call> {
  return whole(component(core, { f: '(param "n" u32)' }))
}

/** The most calls that go: found by trying. */
async function deepest(call: Call): Promise<number> {
  let [passes, fails] = [0, 200_000]
  while (fails - passes > 1) {
    const middle = Math.floor((passes + fails) / 2)
    const outcome = await call(middle)
    if (!outcome.ok) expect(outcome.failure).toMatchObject({ kind: 'stack', detail })
    if (outcome.ok) passes = middle
    else fails = middle
  }
  return passes
}

const shapes: [name: string, core: string, frame: number][] = [
  ['a small function', down('', ''), frameBytes(3, false, 8)],
  [
    'many locals that are all needed again',
    down(
      `${repeat(300, i => `(local $l${i} i64)`)} ${repeat(300, i => `(local.set $l${i} (i64.extend_i32_u (i32.mul (local.get $n) (i32.const ${i}))))`)}`,
      repeat(300, i => `(i64.store (i32.const 0) (local.get $l${i}))`),
    ),
    frameBytes(1 + 300 + 2, false, 300 * 5 + 8 + 300 * 3),
  ],
  [
    'many operands that wait',
    `(func $f (export "f") (param $n i32)
      ${repeat(200, i => `(i32.mul (local.get $n) (i32.const ${i + 3}))`)}
      (if (local.get $n) (then (call $f (i32.sub (local.get $n) (i32.const 1)))))
      ${repeat(200, () => '(i32.store (i32.const 0) (i32.const 1)) (global.set $x)')})
     (global $x (mut i32) (i32.const 0))`,
    frameBytes(1 + 202, false, 200 * 3 + 8 + 200 * 4),
  ],
  [
    'vectors',
    down(
      `${repeat(60, i => `(local $l${i} v128)`)} ${repeat(60, i => `(local.set $l${i} (i32x4.splat (local.get $n)))`)}`,
      repeat(60, i => `(v128.store (i32.const 0) (local.get $l${i}))`),
    ),
    frameBytes(1 + 60 + 2, true, 60 * 3 + 8 + 60 * 3),
  ],
  [
    'calls of what stands in a table',
    `(type $t (func (param i32))) (table funcref (elem $f))
     ${down('', '', '(call_indirect (type $t) (i32.sub (local.get $n) (i32.const 1)) (i32.const 0))')}`,
    frameBytes(3, false, 9),
  ],
]

describe('the depth of calls', () => {
  test.each(shapes)('of %s is what the frames take', async (_, core, frame) => {
    const call = await of(core)
    const depth = await deepest(call)
    // One call more than goes down is the first.
    expect(depth).toBe(Math.floor(stackBytes / frame) - 1)
    expect(await call(200_000)).toMatchObject({ failure: { kind: 'stack', detail } })
    // After it has run hot, too.
    for (let i = 0; i < 30; i++) expect((await call(depth)).ok).toBe(true)
    expect(await call(depth + 1)).toMatchObject({ failure: { kind: 'stack', detail } })
  })

  test('is one for all core modules of a component', async () => {
    const one = await whole(`(component
      (core module $t (table (export "t") 2 funcref))
      (core instance $t (instantiate $t))
      (core module $a (type $t (func (param i32))) (import "t" "t" (table 2 funcref)) (elem (i32.const 0) func $f)
        (func $f (export "f") (param i32) (if (local.get 0) (then
          (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))))
      (core instance $a (instantiate $a (with "t" (instance $t))))
      (core module $b (import "t" "t" (table 2 funcref)) (import "a" "f" (func $f (param i32))) (elem (i32.const 1) func $g)
        (func $g (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))
      (core instance $b (instantiate $b (with "t" (instance $t)) (with "a" (instance $a))))
      (func (export "f") (param "n" u32) (canon lift (core func $a "f"))))`)
    const both = frameBytes(3, false, 9) + frameBytes(3, false, 8)
    const rounds = Math.floor(stackBytes / both)
    const odd = stackBytes % both >= frameBytes(3, false, 9) ? 1 : 0
    expect(await deepest(one)).toBe(2 * rounds + odd - 1)
  })

  test('has what lies between two components in it', async () => {
    const locals = 47_300
    const frame = `(local ${'i64 '.repeat(locals)})`
    const lift =
      '(core instance $i (instantiate $m (with "" (instance $g)))) (func (export "f") (param "n" u32) (canon lift (core func $i "f")))'
    const first = `(core instance $g) (core module $m (func (export "f") (param i32) ${frame})) ${lift}`
    const other = `(import "g" (func $g (param "n" u32))) (core func $g (canon lower (func $g)))
      (core instance $g (export "g" (func $g)))
      (core module $m (import "" "g" (func $g (param i32)))
        (func (export "f") (param i32) ${frame} (call $g (local.get 0)))) ${lift}`
    const chain = (count: number): Promise<Call> =>
      whole(`(component (component $first ${first}) (component $other ${other}) (instance $i0 (instantiate $first))
        ${repeat(count - 1, i => `(instance $i${i + 1} (instantiate $other (with "g" (func $i${i} "f"))))`)}
        (export "f" (func $i${count - 1} "f")))`)
    const taken = (count: number, between: number): number =>
      count * frameBytes(1 + locals, false, 1) + (count - 1) * between
    expect(taken(11, 0) + 11 * 64).toBeLessThan(stackBytes)
    expect(taken(11, crossingBytes)).toBeGreaterThan(stackBytes)
    expect(await (await chain(10))(1)).toMatchObject({ ok: true })
    expect(await (await chain(11))(1)).toMatchObject({ failure: { kind: 'stack', detail } })
  })

  test('is given back by calls in place of each other, and by returns from anywhere', async () => {
    const tail = await of(
      '(func $f (export "f") (param i32) (call $g) (if (local.get 0) (then (return_call $f (i32.sub (local.get 0) (i32.const 1)))))) (func $g)',
    )
    expect((await tail(200_000)).ok).toBe(true)
    const returns = await of(
      `(func $g (param i32) (call $h) (block (br_table 0 1 (i32.and (local.get 0) (i32.const 1)))) (return)) (func $h)
       (func (export "f") (param i32) (loop (call $g (local.get 0)) (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
         (br_if 0 (local.get 0))))`,
    )
    expect((await returns(200_000)).ok).toBe(true)
  })

  test('counts a large frame of a function that calls nothing', async () => {
    const one = await of(
      `(func $g ${repeat(1000, () => '(local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)')})
       (func $f (export "f") (param $n i32) (call $g) (if (local.get $n) (then (call $f (i32.sub (local.get $n) (i32.const 1))))))`,
    )
    const large = frameBytes(10_000, false, 1)
    expect(large).toBeGreaterThan(leafBytes)
    expect(await deepest(one)).toBe(Math.floor((stackBytes - large) / frameBytes(3, false, 9)) - 1)
  })

  test('counts destructors that drop, on their way, what has a destructor', async () => {
    const one = await whole(`(component
      (core module $d (table (export "t") 1 funcref) (type $t (func (param i32)))
        (func (export "dtor") (param i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))
      (core instance $d (instantiate $d))
      (type $r (resource (rep i32) (dtor (core func $d "dtor"))))
      (core func $new (canon resource.new $r))
      (core func $drop (canon resource.drop $r))
      (core module $m (import "d" "t" (table 1 funcref))
        (import "r" "new" (func $new (param i32) (result i32))) (import "r" "drop" (func $drop (param i32)))
        (elem (i32.const 0) func $again)
        (func $again (export "f") (param i32)
          (if (local.get 0) (then (call $drop (call $new (i32.sub (local.get 0) (i32.const 1))))))))
      (core instance $m (instantiate $m (with "d" (instance $d))
        (with "r" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
      (func (export "f") (param "n" u32) (canon lift (core func $m "f"))))`)
    const drops = frameBytes(3, false, 9)
    const round = crossingBytes + drops + frameBytes(3, false, 4)
    expect(await deepest(one)).toBe(Math.floor((stackBytes - drops) / round))
  })
})

describe('a function', () => {
  const first = async (text: string) => analyse(outline(await wat(`(module (memory 1) ${text})`)), 0)

  test.each([
    ['parameters', '(func (param v128))'],
    ['locals', '(func (local v128))'],
    ['globals', '(global $v v128 (v128.const i64x2 0 0)) (func (drop (global.get $v)))'],
    ['instructions', '(func (drop (i8x16.splat (i32.const 0))))'],
    ['calls', '(func (drop (call $g))) (func $g (result v128) (i8x16.splat (i32.const 0)))'],
    [
      'calls of what stands in a table',
      '(type $t (func (result v128))) (table 1 funcref) (func (drop (call_indirect (type $t) (i32.const 0))))',
    ],
  ])('has vectors by its %s', async (_, text) => {
    expect((await first(text)).vectors).toBe(true)
    expect((await first(text.replaceAll(/v128\.const i64x2 0 0/g, 'i64.const 0').replaceAll('v128', 'i64').replaceAll('i8x16.splat', 'i64.extend_i32_u'))).vectors).toBe(false) // prettier-ignore
  })

  test('that grows its memory or a table calls what grows it', async () => {
    expect((await first('(func (drop (memory.grow (i32.const 1))))')).calls).toBe(true)
    expect((await first('(table 1 funcref) (func (drop (table.grow (ref.null func) (i32.const 1))))')).calls).toBe(true)
    expect((await first('(func (drop (memory.size)))')).calls).toBe(false)
  })
})

test('an engine that has no stack left is a crash, after another try on a fresh worker', async () => {
  // Workers in which the engine's own stack is at its end where a guest would start.
  const book = join(folder, 'starts')
  const entry = join(folder, 'worker.mjs')
  const worker = new URL('../../../runtime/wasm/worker.ts', import.meta.url)
  writeFileSync(
    entry,
    `import { appendFileSync } from 'node:fs'
     appendFileSync(${JSON.stringify(book)}, 'x')
     await import(${JSON.stringify(worker.href)})
     const sink = () => 1 + sink()
     WebAssembly.Instance = class { constructor() { sink() } }`,
  )
  const narrow = createLocalExecutor({ workers: 1, workerUrl: pathToFileURL(entry) })
  const call = await of(shapes[0]![1])
  expect(await call(0, narrow)).toMatchObject({
    failure: { kind: 'crash', detail: expect.stringContaining('Maximum call stack') },
  })
  expect(readFileSync(book, 'utf8')).toBe('xx')
  await narrow.close()
  expect(await call(0)).toMatchObject({ ok: true })
})
