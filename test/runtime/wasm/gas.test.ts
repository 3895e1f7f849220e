import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import type { Value } from '../../../dag/value.ts'
import { SEMANTICS } from '../../../runtime/receipt.ts'
import { Instance } from '../../../runtime/wasm/instance.ts'
import { createLocalExecutor } from '../../../runtime/wasm/pool.ts'
import { METER_VERSION, unitsPerCrossing, unitsPerInstance, unitsPerPage } from '../../../runtime/wasm/schedule.ts'
import { component, Local, local, MiB } from './harness.ts'

const root = new URL('../../../', import.meta.url)

function file(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, root)))
}

const loaded = new Map<string, Local>()

function of(path: string): Local {
  let one = loaded.get(path)
  if (!one) loaded.set(path, (one = new Local(file(path))))
  return one
}

const picture = { width: 24, height: 16, pixels: Uint8Array.from({ length: 24 * 16 * 4 }, (_, i) => (i * 37) & 255) }
const text = 'the quick brown fox jumps over the lazy dog. '.repeat(20)
const image = 'examples:image/image@0.1.0'
const counts = 'examples:wordcount/counts@0.1.0'
const fixture = 'test/fixtures/components/types.wasm'
const types = 'fixtures:types'
const entries: Value[] = [
  ['fox', 3],
  ['dog', 2],
]

/** Calls of real components: C and Rust, with and without a library, strings, lists, records, floats. */
const calls: [path: string, func: string, args: Value[]][] = [
  ['examples/hello/hello.wasm', 'greet', ['Ada']],
  ['examples/image/filters.wasm', `${image}#blur`, [picture, 3]],
  ['examples/image/filters.wasm', `${image}#grayscale`, [picture]],
  ['examples/image/filters.wasm', `${image}#resize`, [picture, 7, 9]],
  ['examples/image/filters.wasm', `${image}#rotate`, [picture, 'quarter']],
  ['examples/image/png.wasm', 'encode', [picture]],
  ['examples/image/png.wasm', 'describe', [new Uint8Array(30)]],
  ['examples/wordcount/text.wasm', 'words', [new TextEncoder().encode(text)]],
  ['examples/wordcount/text.wasm', 'normalise', [text]],
  ['examples/wordcount/counts.wasm', `${counts}#count`, [text]],
  ['examples/wordcount/counts.wasm', `${counts}#merge`, [entries, entries]],
  [fixture, `${types}/containers@1.2.0#sort`, [['pear', 'apple', 'fig']]],
  [
    fixture,
    `${types}/containers@1.2.0#transpose`,
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ],
  [fixture, `${types}/containers@1.2.0#halve-all`, [[1.5, -3, NaN]]],
  [fixture, `${types}/structures@1.2.0#divide`, [7, 0]],
  [fixture, `${types}/limits@1.2.0#work`, [1000n]],
  [fixture, `${types}/limits@1.2.0#recurse`, [50]],
  [fixture, `${types}/limits@1.2.0#allocate`, [3]],
  [fixture, 'double', [{ name: 'x', amount: 4 }]],
  ['bench/wasm/kernels/kernels.wasm', 'blur', [picture.pixels, 24, 16, 2]],
  ['bench/wasm/kernels/kernels.wasm', 'sha256', [picture.pixels]],
  ['bench/wasm/kernels/kernels.wasm', 'soften', [Array.from({ length: 64 }, (_, i) => i / 64), 8, 8, 2]],
  ['bench/wasm/kernels/kernels.wasm', 'planets', [50]],
  ['bench/wasm/kernels/kernels.wasm', 'mandelbrot', [12]],
  ['bench/wasm/kernels/kernels.wasm', 'fib', [12]],
]

describe('of real components', () => {
  test.each(calls)('%s %s: with what it used it passes, with one less it fails', (path, func, args) => {
    const one = of(path)
    const free = one.call(func, args)
    if (!free.ok) throw new Error(`${func}: ${free.failure.kind} ${free.failure.detail}`)
    expect(free.gas).toBeGreaterThan(unitsPerInstance)
    expect(one.call(func, args, 64 * MiB, free.gas)).toEqual(free)
    const less = one.call(func, args, 64 * MiB, free.gas - 1)
    expect(less).toMatchObject({ ok: false, gas: free.gas - 1, failure: { kind: 'gas' } })
    const [, needed, limit] = /^(\d+) units were needed, the limit is (\d+)$/.exec(less.ok ? '' : less.failure.detail!)!
    expect(Number(limit)).toBe(free.gas - 1)
    expect(Number(needed)).toBeGreaterThanOrEqual(free.gas)
  })

  test('a change of these figures is a new version of the meter, and of the semantics', () => {
    const figures = calls.map(([path, func, args]) => of(path).call(func, args).gas)
    expect({ meter: METER_VERSION, semantics: SEMANTICS, figures: figures.join(' ') }).toMatchInlineSnapshot(`
      {
        "figures": "14368 1018094 106765 123665 104356 878644 115369 251905 213356 224667 90751 88865 89873 86712 85955 90776 81659 277946 86127 654613 235408 44211 98035 152568 20601",
        "meter": 1,
        "semantics": 3,
      }
    `)
  })

  test('a hundred runs count the same, and so do threads', async () => {
    const pool = createLocalExecutor({ workers: 2 })
    afterAll(() => pool.close())
    for (const [path, func, args] of calls.filter((_, i) => i % 4 === 0)) {
      const bytes = file(path)
      const seen = new Set<number>()
      for (let run = 0; run < 100; run++) seen.add(of(path).call(func, args).gas)
      const component = CID.createV1(raw.code, await sha256.digest(bytes))
      const limits = { time: 60_000, memory: 64 * MiB, gas: 1e12, retry: 0, check: 0 }
      const call = { component, load: () => Promise.resolve(bytes), func, args, limits }
      for (const { gas } of await Promise.all(Array.from({ length: 8 }, () => pool.call(call)))) seen.add(gas)
      expect([...seen].length, func).toBe(1)
    }
  })
})

/** What a call of `f` uses beyond its instance and the crossing. */
async function inside(core: string, pages = 1): Promise<number> {
  const one = await local(`(component (core module $m ${core}) (core instance $i (instantiate $m))
    (func (export "f") (canon lift (core func $i "f"))))`)
  const outcome = one.call('f', [])
  if (!outcome.ok) throw new Error(outcome.failure.detail)
  return outcome.gas - unitsPerInstance - pages * unitsPerPage - unitsPerCrossing
}

describe('counts', () => {
  test.each([
    ['nothing', '(func (export "f"))', 0],
    ['what is executed', '(func (export "f") (drop (i32.add (i32.const 1) (i32.const 2))))', 3],
    ['a division as eight', '(func (export "f") (drop (i32.div_u (i32.const 1) (i32.const 2))))', 10],
    ['the arm that is taken', '(func (export "f") (if (i32.const 0) (then nop) (else (drop (i32.const 1)))))', 3],
    ['an arm that is not there', '(func (export "f") (if (i32.const 0) (then (drop (i32.const 1)))))', 2],
    ['what a branch passes by', '(func (export "f") (block (br_if 0 (i32.const 1)) (drop (i32.const 1))))', 2],
    ['what a branch does not', '(func (export "f") (block (br_if 0 (i32.const 0)) (drop (i32.const 1))))', 3],
    ['a branch to the label of the function', '(func (export "f") (br_if 0 (i32.const 1)) (drop (i32.const 1)))', 2],
    [
      'a branch to the label of the function, out of a loop',
      '(func (export "f") (loop (br_if 1 (i32.const 1)) (br 0)))',
      2,
    ],
    ['no dead code', '(func (export "f") (block (br 0) (drop (i32.div_u (i32.const 1) (i32.const 2)))))', 1],
    ['a return', '(func (export "f") (loop (if (i32.const 1) (then (return))) (br 0)))', 3],
    [
      'each label of a table',
      '(func (export "f") (block (block (br_table 0 1 (i32.const 1))) (drop (i32.div_u (i32.const 1) (i32.const 1)))))',
      2,
    ],
    [
      'rounds',
      '(func (export "f") (local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10)))))',
      70,
    ],
    [
      'rounds that are known',
      '(func (export "f") (local i32) (loop (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10)))))',
      70,
    ],
    ['a call', '(func $g (nop)) (func (export "f") (call $g))', 4],
    ['a call in place of this one', '(func $g (nop)) (func (export "f") (return_call $g))', 4],
    [
      'a call in place of this one that leaves more behind',
      '(func $g) (func (export "f") (if (i32.const 1) (then (return_call $g))) (drop (i32.div_u (i32.const 1) (i32.const 1))))',
      6,
    ],
    [
      'a call of whatever stands in the table',
      '(table funcref (elem $g)) (func $g) (func (export "f") (call_indirect (i32.const 0)))',
      9 + 4 + 1,
    ],
    [
      'what a check leaves, where it finds no fault',
      '(func (export "f") (block (block (br_if 0 (i32.const 0)) (drop (i32.const 1)) (br 1)) (unreachable)))',
      4,
    ],
    [
      'no end that is not reached',
      '(func (export "f") (block (block (br_if 0 (i32.const 0)) (br 1)) (drop (i32.div_u (i32.const 1) (i32.const 1))) (unreachable)))',
      3,
    ],
    [
      'what a table passes by, though it may go to an end',
      `(func (export "f") (block $out (block $end (block $b (block $c (br_table $c $b $end (i32.const 1)))
         (drop (i32.div_u (i32.const 1) (i32.const 1)))) (br $out)) (unreachable)))`,
      3,
    ],
    [
      'rounds of a loop with an end behind it',
      `(func (export "f") (local i32) (block (loop
         (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 3)))
         (drop (i32.div_u (i32.const 1) (i32.const 1))) (br 1)) (unreachable)))`,
      32,
    ],
    [
      'what is left for something else than an end',
      '(func (export "f") (block (block (br_if 0 (i32.const 1)) (drop (i32.div_u (i32.const 1) (i32.const 1)))) (br_if 0 (i32.const 1)) (unreachable)))',
      4,
    ],
    ['a start function', '(func $s (drop (i32.const 1))) (start $s) (func (export "f"))', 1],
    ['bytes that are copied', '(func (export "f") (memory.copy (i32.const 0) (i32.const 8) (i32.const 17)))', 19 + 3],
    [
      'bytes that are filled',
      '(func (export "f") (memory.fill (i32.const 0) (i32.const 8) (i32.const 4096)))',
      19 + 512,
    ],
    [
      'bytes of a segment',
      '(data $d "123456789") (func (export "f") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 9)))',
      19 + 2,
    ],
    ['bytes of an active segment', '(data (i32.const 0) "123456789") (func (export "f"))', 2],
    [
      'entries',
      '(table 5 funcref) (func (export "f") (table.fill (i32.const 0) (ref.null func) (i32.const 5)))',
      19 + 5 + 20,
    ],
    ['pages', '(func (export "f") (drop (memory.grow (i32.const 2))))', 17 + 2 * unitsPerPage],
    ['no pages that are refused', '(func (export "f") (drop (memory.grow (i32.const -1))))', 17],
  ])('%s', async (_, core, units) => {
    expect(await inside(`(memory 1) ${core}`)).toBe(units)
  })

  test('what crosses, by its bytes', async () => {
    const one = await local(
      component(
        `(func (export "f") (param i32 i32) (result i32) (i32.store (i32.const 16) (local.get 0))
           (i32.store (i32.const 20) (local.get 1)) (i32.const 16))`,
        { f: '(param "s" string) (result string)' },
      ),
    )
    const gas = (length: number): number => one.call('f', ['x'.repeat(length)]).gas
    // Lowered and lifted.
    expect(gas(1100) - gas(1000)).toBe(200)
    const passes = gas(5000)
    expect(one.call('f', ['x'.repeat(5000)], MiB, passes).ok).toBe(true)
    expect(one.failure('f', ['x'.repeat(5000)], MiB, passes - 1)[0]).toBe('gas')
  })

  test('what crosses from one component to the next, on one budget', async () => {
    const one = await local(`(component
      (component $inner
        (core module $m (func (export "g") (drop (i32.const 1))))
        (core instance $i (instantiate $m))
        (func (export "g") (canon lift (core func $i "g"))))
      (instance $a (instantiate $inner))
      (core func $g (canon lower (func $a "g")))
      (core module $n (import "a" "g" (func $g)) (func (export "f") (call $g) (call $g)))
      (core instance $j (instantiate $n (with "a" (instance (export "g" (func $g))))))
      (func (export "f") (canon lift (core func $j "f"))))`)
    const { gas } = one.call('f', [])
    // Two instances, two calls of an import, and each crosses twice; the call of f itself.
    expect(gas).toBe(2 * unitsPerInstance + 2 * 8 + 2 * (2 * unitsPerCrossing + 1) + unitsPerCrossing)
    expect(one.call('f', [], MiB, gas).ok).toBe(true)
    expect(one.failure('f', [], MiB, gas - 1)[0]).toBe('gas')
  })
})

describe('ends', () => {
  const endless: [name: string, core: string][] = [
    ['a loop', '(func (export "f") (loop (br 0)))'],
    ['a loop that calls', '(func $g) (func (export "f") (loop (call $g) (br 0)))'],
    [
      'a loop that steps over its end',
      '(func (export "f") (local i32) (loop (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 2))) (i32.const 5)))))',
    ],
    ['calls in place of each other', '(func $g (return_call $f)) (func $f (export "f") (return_call $g))'],
    [
      'calls without a loop',
      `(func $a0) ${Array.from({ length: 60 }, (_, i) => `(func $a${i + 1} (call $a${i}) (call $a${i}))`).join('')} (func (export "f") (call $a60))`,
    ],
    ['a start function', '(func $s (loop (br 0))) (start $s) (func (export "f"))'],
    [
      'filling',
      '(memory 1) (func (export "f") (loop (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br 0)))',
    ],
  ]

  test.each(endless)('%s', async (_, core) => {
    const one = await local(`(component (core module $m ${core}) (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))`)
    const details = [1, 2].map(() => one.failure('f', [], 64 * MiB, 5_000_000))
    expect(details[0]![0]).toBe('gas')
    expect(details[0]).toEqual(details[1])
  })

  test('a task whose gas is gone is out of gas, whatever it ran into', async () => {
    // The region with the trap is charged before it.
    const one = await local(
      component('(func (export "f") (drop (i32.div_u (i32.const 1) (i32.const 0))) (unreachable))', { f: '' }),
    )
    const trapped = one.call('f', [])
    expect(trapped).toMatchObject({ ok: false, failure: { kind: 'trap' } })
    expect(one.failure('f', [], MiB, trapped.gas)[0]).toBe('trap')
    expect(one.failure('f', [], MiB, trapped.gas - 1)[0]).toBe('gas')
  })

  test('what a start function overdrew is found, though no guest is called', async () => {
    const one = await local(`(component
      (import "wasi:cli/environment@0.2.0" (instance $e (export "initial-cwd" (func (result (option string))))))
      (alias export $e "initial-cwd" (func $f))
      (core module $m (func $s (block (br_if 0 (i32.const 0)) (drop (i32.const 1)))) (start $s))
      (core instance (instantiate $m))
      (export "f" (func $f)))`)
    expect(one.call('f', [])).toMatchObject({ ok: true, gas: unitsPerInstance + 3 })
    expect(one.failure('f', [], MiB, unitsPerInstance + 2)[0]).toBe('gas')
  })

  test('an instance that trapped is not entered again', async () => {
    const one = await local(component('(func (export "f") (unreachable)) (func (export "g"))', { f: '', g: '' }))
    one.task.begin(one.compiled.modules, { memory: MiB, gas: 1e9 })
    const { exports } = new Instance(one.compiled.root, one.compiled.imports, one.task)
    const call = (name: string): void => {
      const entry = exports.get(name)
      if (entry?.sort === 'func') entry.func.call([])
    }
    call('g')
    expect(() => call('f')).toThrow(WebAssembly.RuntimeError)
    expect(() => call('g')).toThrow('a component instance was entered again while it was running')
  })
})
