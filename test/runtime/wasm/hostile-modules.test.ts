import { describe, expect, test } from 'vitest'
import { Writer } from '../../../runtime/wasm/binary.ts'
import { Budget, reserved } from '../../../runtime/wasm/budget.ts'
import { opcode as op } from '../../../runtime/wasm/opcodes.ts'
import { rewrite } from '../../../runtime/wasm/rewrite.ts'
import { outline } from '../../../runtime/wasm/sections.ts'
import { local, wat } from './harness.ts'

/** A module with one function `f` of (i32) -> (), by the bytes of its instructions without the last `end`. */
function moduleOf(write: (code: Writer) => void, locals: number[] = [0]): Uint8Array {
  const code = new Writer().u8(...locals)
  write(code)
  const out = new Writer().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  out.u8(1).sized(Uint8Array.of(1, 0x60, 1, 0x7f, 0))
  out.u8(3).sized(Uint8Array.of(1, 0))
  out.u8(7).sized(new Writer().u8(1).name('f').u8(0, 0).done())
  const body = code.u8(op.end).done()
  return out.u8(10).sized(new Writer().u8(1).sized(body).done()).done()
}

/** Runs the rewritten module, if it is one. */
function run(bytes: Uint8Array, n: number): { gas: number } {
  const rewritten = rewrite(bytes)
  if (!rewritten.ok) throw new Error(rewritten.error)
  const budget = new Budget()
  budget.begin({ memory: 1e9, gas: 1e9 })
  const { gas, stack } = budget
  const module = new WebAssembly.Module(rewritten.value.bytes)
  const { f } = new WebAssembly.Instance(module, { [reserved]: { gas, stack } }).exports
  ;(f as (n: number) => void)(n)
  return budget.usage()
}

const many = 100_000

describe('a module that means harm', () => {
  test.each([
    ['blocks', op.block],
    ['loops', op.loop],
  ])('of %s within each other is rewritten without going deep itself', (_, opener) => {
    const nested = moduleOf(code => {
      for (let i = 0; i < many; i++) code.u8(opener, 0x40)
      for (let i = 0; i < many; i++) code.u8(op.end)
    })
    expect(run(nested, 0).gas).toBe(0)
  })

  test('of more blocks within each other than there is memory for is refused', () => {
    const nested = moduleOf(code => {
      for (let i = 0; i <= many; i++) code.u8(op.block, 0x40)
      for (let i = 0; i <= many; i++) code.u8(op.end)
    })
    expect(rewrite(nested)).toEqual({ ok: false, error: 'a function of the module has blocks more than 100000 deep' })
  })

  test('of globals alone, all of which it exports, under names that are in the way of those that are added', () => {
    const globals = 300_000
    const content = { globals: new Writer().u32(globals), exports: new Writer().u32(globals) }
    for (let i = 0; i < globals; i++) {
      content.globals.u8(0x7f, 1, op.i32Const, 0, op.end)
      content.exports
        .name(`${reserved}/${i}/${'/'.repeat(i % 50)}`)
        .u8(3)
        .u32(i)
    }
    const alone = new Writer().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
    alone.u8(6).sized(content.globals.done()).u8(7).sized(content.exports.done())
    const rewritten = rewrite(alone.done())
    expect(rewritten.ok && rewritten.value.state?.length).toBe(globals)
  })

  test('of arms within arms, each of which leaves all of them', () => {
    const arms = 20_000
    const nested = moduleOf(code => {
      for (let i = 0; i < arms; i++) code.u8(op.localGet, 0, op.brIf).u32(i).u8(op.localGet, 0, op.if, 0x40)
      for (let i = 0; i < arms; i++) code.u8(op.end)
    })
    expect(run(nested, 1).gas).toBe(2)
    expect(run(nested, 0).gas).toBe(4)
  })

  test('of tables with many labels, in blocks within each other', () => {
    const labels = 60_000
    const tables = moduleOf(code => {
      for (let i = 0; i < labels; i++) code.u8(op.block, 0x40)
      code.u8(op.localGet, 0, op.brTable).u32(labels)
      for (let i = 0; i <= labels; i++) code.u32(i)
      for (let i = 0; i < labels; i++) code.u8(op.end)
    })
    expect(run(tables, 5).gas).toBe(2)
  })

  test('of many tables that all reach far out', () => {
    const depth = 2_000
    const count = 10_000
    const tables = moduleOf(code => {
      for (let i = 0; i < depth; i++) code.u8(op.block, 0x40)
      for (let i = 0; i < count; i++) {
        code.u8(op.block, 0x40, op.localGet, 0, op.brTable, 1, 0).u32(depth).u8(op.end)
      }
      for (let i = 0; i < depth; i++) code.u8(op.end)
    })
    expect(run(tables, 0).gas).toBe(2 * count)
    expect(run(tables, 1).gas).toBe(2)
  })

  test('of many locals that are set from each other', () => {
    const locals = 20_000
    const chain = moduleOf(
      code => {
        for (let i = 1; i < locals; i++)
          code
            .u8(op.localGet)
            .u32(i + 1)
            .u8(op.localSet)
            .u32(i)
        code.u8(op.localGet, 1, 0xbd, op.drop)
      },
      [1, ...new Writer().u32(locals).done(), 0x7c],
    )
    expect(run(chain, 0).gas).toBe(2 * (locals - 1) + 2)
  })

  test('of many tables, all of which grow', async () => {
    const tables = 10_000
    const text = Array.from({ length: tables }, (_, i) => i)
    const bytes = await wat(`(module ${text.map(() => '(table 0 funcref)').join(' ')}
      (func ${text.map(i => `(drop (table.grow ${i} (ref.null func) (i32.const 0)))`).join(' ')}))`)
    const rewritten = rewrite(bytes)
    if (!rewritten.ok) throw new Error(rewritten.error)
    expect(WebAssembly.validate(rewritten.value.bytes)).toBe(true)
    expect(outline(bytes).grown.size).toBe(tables)
  })

  test('takes time in proportion to its size', () => {
    // Not measured in time: the rewriter writes a bounded number of bytes for each that it reads.
    for (const size of [1000, 10_000, 100_000]) {
      const bytes = moduleOf(code => {
        for (let i = 0; i < size; i++) code.u8(op.localGet, 0, op.brIf, 0)
      })
      const rewritten = rewrite(bytes)
      expect(rewritten.ok && rewritten.value.bytes.length / bytes.length).toBeLessThan(5)
    }
  })

  test('of a function that is too long when it counts is refused', () => {
    const long = moduleOf(code => {
      for (let i = 0; i < 750_000; i++) code.u8(op.localGet, 0, op.brIf, 0)
    })
    expect(WebAssembly.validate(long)).toBe(true)
    const rewritten = rewrite(long)
    expect(rewritten.ok && WebAssembly.validate(rewritten.value.bytes)).toBe(false)
  })

  test('of a function that has too many locals when it counts is refused', () => {
    const locals = (count: number): Uint8Array =>
      moduleOf(code => code.u8(op.loop, 0x40, op.end), [1, ...new Writer().u32(count).done(), 0x7f])
    for (const [count, fits] of [
      [49_990, true],
      [49_999, false],
    ] as const) {
      expect(WebAssembly.validate(locals(count))).toBe(true)
      const rewritten = rewrite(locals(count))
      expect(rewritten.ok && WebAssembly.validate(rewritten.value.bytes)).toBe(fits)
    }
  })

  test('cannot reach what is added: its indices are checked before', async () => {
    const reach = async (text: string): Promise<unknown> => {
      const bytes = await wat(text)
      return rewrite(bytes)
    }
    // A local, a label and a function that only the rewritten module has.
    const added = [
      moduleOf(code => code.u8(op.localGet, 1, op.drop)),
      moduleOf(code => code.u8(op.i64Const, 0, op.localSet, 1)),
      moduleOf(code => code.u8(op.loop, 0x40, op.br, 2, op.end)),
      moduleOf(code => code.u8(op.call, 1)),
    ]
    for (const bytes of added) expect(rewrite(bytes)).toMatchObject({ ok: false })
    expect(await reach('(module (memory 1) (func (drop (memory.grow (i32.const 1)))))')).toMatchObject({ ok: true })
  })

  test('cannot take the counters for its own', async () => {
    const one = await local(`(component
      (core module $m (global (export "gas") (mut i64) (i64.const 5)) (func (export "f") (global.set 0 (i64.const 1000000000))))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))`)
    const { gas } = one.call('f', [])
    expect(one.call('f', [], 1 << 20, gas).ok).toBe(true)
    expect(one.failure('f', [], 1 << 20, gas - 1)[0]).toBe('gas')
  })
})
