import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Reader } from '../../../runtime/wasm/binary.ts'
import { Budget, reserved } from '../../../runtime/wasm/budget.ts'
import { opcode, walk } from '../../../runtime/wasm/opcodes.ts'
import { rewrite, type Rewritten } from '../../../runtime/wasm/rewrite.ts'
import { outline } from '../../../runtime/wasm/sections.ts'
import { refusal, wat } from './harness.ts'

/** Core modules of real toolchains, several megabytes of code. */
const real = ['wasm-tools.core.wasm', 'wasm-tools.core2.wasm', 'js-component-bindgen-component.core.wasm'].map(name =>
  fileURLToPath(new URL(`../vendor/${name}`, import.meta.resolve('@bytecodealliance/jco-transpile'))),
)

function rewritten(bytes: Uint8Array): Rewritten {
  const result = rewrite(bytes)
  if (!result.ok) throw new Error(result.error)
  return result.value
}

describe('the walker', () => {
  test.each(real)('passes every instruction of a real module: %s', path => {
    const bytes = new Uint8Array(readFileSync(path))
    for (const { code, end } of outline(bytes).bodies) {
      const reader = new Reader(bytes, code, end)
      let at = code
      walk(reader, (_, from, to) => {
        if (from !== at) throw new Error(`gap at ${at}`)
        at = to
      })
      if (at !== end) throw new Error(`ends at ${at}, not at ${end}`)
    }
  })

  test('a real module still validates', () => {
    for (const path of real) {
      const { metered, bytes } = rewritten(new Uint8Array(readFileSync(path)))
      expect(metered).toBe(true)
      expect(new WebAssembly.Module(bytes)).toBeInstanceOf(WebAssembly.Module)
    }
  })

  /** Behind `unreachable` every instruction is typed, whatever it takes: what the engine accepts is an instruction. */
  function probe(op: number[], immediates: number[]): Uint8Array {
    const body = [0, 0x00, ...op, ...immediates, 0x00, 0x0b]
    const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content]
    return new Uint8Array(
      [
        [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, 1, 0x60, 0, 0),
        section(3, 2, 0, 0),
        section(4, 1, 0x70, 0, 1),
        section(5, 1, 0, 1),
        section(6, 1, 0x7f, 1, 0x41, 0, 0x0b),
        section(9, 1, 3, 0, 1, 0),
        section(12, 1),
        section(10, 2, 2, 0, 0x0b, body.length, ...body),
        section(11, 1, 1, 0),
      ].flat(),
    )
  }

  const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, n >> 7])
  const shapes = [
    [],
    [0],
    [0, 0],
    [0, 0, 0],
    new Array<number>(16).fill(0),
    [0x70],
    [0x40, 0x0b],
    [1, 0x7f],
    new Array<number>(4).fill(0),
    new Array<number>(8).fill(0),
  ]
  const all = [
    ...Array.from({ length: 256 }, (_, i) => [i]).filter(([i]) => i! < 0xfb || i === 0xff),
    ...Array.from({ length: 32 }, (_, i) => [0xfc, i]),
    ...Array.from({ length: 0x118 }, (_, i) => [0xfd, ...leb(i)]),
  ]

  test('agrees with the engine about every instruction that it allows, and about its length', () => {
    let allowed = 0
    for (const op of all) {
      // Control instructions that close or need a block, locals and calls of this shape are in every real module.
      if (op.length === 1 && [0x05, 0x0b, 0x20, 0x21, 0x22, 0xd0].includes(op[0]!)) continue
      const accepted = shapes.filter(shape => WebAssembly.validate(probe(op, shape)))
      const ours = shapes.filter(shape => rewrite(probe(op, shape)).ok)
      for (const shape of accepted) {
        // What the engine takes we take in the same shape, or refuse the instruction in every shape.
        if (ours.length > 0) expect(ours, `${op.join(' ')} with ${shape.join(' ')}`).toContainEqual(shape)
      }
      if (accepted.length > 0 && ours.length > 0) allowed++
      if (accepted.length === 0 && ours.length > 0) expect(`accepted by us alone: ${op.join(' ')}`).toBe('')
    }
    expect(allowed).toBeGreaterThan(430)
  })
})

describe('what is not allowed is refused by its name', () => {
  test.each([
    ['(memory 1 1 shared)', 'it uses threads, which are not allowed'],
    ['(memory 1) (func (drop (i32.atomic.load (i32.const 0))))', 'it uses threads, which are not allowed'],
    ['(tag) (func (throw 0))', 'it uses exception handling, which is not allowed'],
    ['(func (block $b (try_table (catch_all $b))))', 'it uses exception handling, which is not allowed'],
    [
      '(func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))',
      'it uses relaxed SIMD, which is not allowed',
    ],
    ['(memory i64 1)', 'it uses 64-bit memory, which is not allowed'],
    ['(table i64 1 funcref)', 'it uses 64-bit memory, which is not allowed'],
    ['(memory 1) (memory 1)', 'it uses multiple memories, which are not allowed'],
    ['(type (struct))', 'it uses garbage collection, which is not allowed'],
    ['(func (param anyref))', 'it uses garbage collection, which is not allowed'],
    ['(func (drop (ref.i31 (i32.const 1))))', 'it uses garbage collection, which is not allowed'],
    ['(type $f (func)) (func (param (ref null $f)))', 'it uses typed function references, which are not allowed'],
    ['(memory 1 (pagesize 1))', 'it uses custom page sizes, which are not allowed'],
    [
      '(func (param i64 i64 i64 i64) (result i64 i64) (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))',
      'it uses wide arithmetic, which is not allowed',
    ],
    [
      `(import "${reserved}" "used" (global (mut i64)))`,
      `it imports from ${reserved}, a name that only its host may use`,
    ],
  ])('%s', async (fields, sentence) => {
    expect(rewrite(await wat(`(module ${fields})`))).toEqual({ ok: false, error: sentence })
  })

  test('with the place of the module in the component', async () => {
    expect(await refusal('(component (core module (memory 1) (memory 1)))')).toMatch(
      /^the core module at byte \d+: it uses multiple memories, which are not allowed$/,
    )
  })

  test('bytes that end early, or hold too much, are refused too', async () => {
    const bytes = await wat('(module (func (export "f") (result i32) (i32.const 1)))')
    for (let length = 0; length < bytes.length; length++) {
      const cut = rewrite(bytes.subarray(0, length))
      if (cut.ok) expect(WebAssembly.validate(cut.value.bytes.slice())).toBeTypeOf('boolean')
      else expect(cut.error).toBeTypeOf('string')
    }
    // The sections in a wrong order.
    expect(rewrite(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 3, 1, 0, 1, 1, 0]))).toEqual({
      ok: false,
      error: 'its sections are out of order',
    })
  })
})

test('indices stay what they were: a module with globals everywhere gives the same before and after', async () => {
  const bytes = await wat(`(module
    (import "env" "base" (global $base i32))
    (import "env" "f" (func $f (param i32) (result i32)))
    (memory 1 20)
    (table $t (export "table") 8 funcref)
    (global $a (export "a") (mut i32) (i32.const 10))
    (global $b (export "b") i32 (i32.add (global.get $base) (i32.const 1)))
    (global $c funcref (ref.func $two))
    (elem (table $t) (offset (global.get $base)) func $one $two)
    (elem declare func $two)
    (data (offset (global.get $base)) "xyz")
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func (export "run") (param i32) (result i32) (local i64)
      (global.set $a (i32.add (global.get $a) (memory.grow (local.get 0))))
      (table.set $t (i32.const 0) (global.get $c))
      (i32.add
        (i32.add (call $f (global.get $a)) (i32.mul (i32.const 100) (global.get $b)))
        (i32.add
          (i32.mul (i32.const 10000) (call_indirect (result i32) (i32.const 0)))
          (i32.add (i32.load8_u (global.get $base)) (table.grow $t (ref.null func) (i32.const 5)))))))`)
  const { bytes: after, metered } = rewritten(bytes)
  expect(metered).toBe(true)
  const budget = new Budget()
  budget.begin({ memory: 100 * 65536, gas: 1e6 })
  const run = (module: Uint8Array): unknown[] => {
    const env = {
      base: new WebAssembly.Global({ value: 'i32', mutable: false }, 3),
      f: (x: number | bigint) => Number(x) * 7,
    }
    const { gas, stack, used, limit, over } = budget
    const imports = { env, [reserved]: { gas, stack, used, limit, over } }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), imports)
    const call = exports['run'] as (pages: number) => number
    return [
      call(2),
      call(30),
      call(1),
      (exports['a'] as WebAssembly.Global).value,
      (exports['b'] as WebAssembly.Global).value,
    ]
  }
  expect(run(after)).toEqual(run(bytes))
  expect(budget.used.value).toBe(BigInt(3 * 65536 + 3 * 5 * 32))
})

test('every grow of a real module goes through the budget', () => {
  for (const path of real.slice(0, 2)) {
    const { bytes, growing } = rewritten(new Uint8Array(readFileSync(path)))
    // The rewriter's own imports would be refused if they were read again.
    const text = Buffer.from(bytes).toString('latin1').replaceAll(reserved, 'x'.repeat(reserved.length))
    const module = outline(Buffer.from(text, 'latin1'))
    const grows = (body: { code: number; end: number }): number => {
      let count = 0
      const counts = new Reader(module.bytes, body.code, body.end)
      walk(counts, op => void (count += op === opcode.memoryGrow || op === opcode.tableGrow ? 1 : 0))
      return count
    }
    expect(module.bodies.slice(0, -1).every(body => grows(body) === 0)).toBe(true)
    expect(grows(module.bodies.at(-1)!)).toBe(growing ? 1 : 0)
  }
})
