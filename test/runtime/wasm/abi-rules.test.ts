import { describe, expect, test } from 'vitest'
import type { AbiType } from '../../../dag/component/ast.ts'
import type { Type } from '../../../dag/types.ts'
import { codecOf } from '../../../runtime/wasm/abi/codec.ts'
import { Crossing } from '../../../runtime/wasm/abi/crossing.ts'
import { Budget } from '../../../runtime/wasm/budget.ts'
import { HandleTable } from '../../../runtime/wasm/resources.ts'
import { alignmentOf, sizeOf } from './echo.ts'
import { component, local, MiB } from './harness.ts'

/** A function without parameters whose result is read at address 16, where `bytes` stand (as `\\xx`). */
function giving(type: string, bytes: string, options = ''): string {
  return component(
    `(data (i32.const 16) "${bytes}") (func (export "f") (result i32) (i32.const 16))`,
    { f: `(result ${type})` },
    options,
  )
}

describe('what a guest gives is checked', () => {
  test.each([
    ['\\c0\\80', 'overlong'],
    ['\\ed\\a0\\80', 'surrogate'],
    ['\\f4\\90\\80\\80', 'beyond Unicode'],
    ['ab\\e2\\82', 'cut off'],
    [`${'a'.repeat(40)}\\ff`, 'long'],
  ])('%s is no UTF-8 (%s)', async bytes => {
    const length = bytes.replace(/\\../g, 'x').length
    const text = component(
      `(data (i32.const 64) "${bytes}")
       (func (export "f") (result i32)
         (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const ${length})) (i32.const 16))`,
      { f: '(result string)' },
    )
    expect((await local(text)).failure('f')).toEqual(['trap', 'a string is not UTF-8'])
  })

  test('a lone surrogate is no UTF-16', async () => {
    const text = giving(
      'string',
      '\\20\\00\\00\\00\\01\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\d8',
      'string-encoding=utf16',
    )
    expect((await local(text)).failure('f')).toEqual(['trap', 'a string is not UTF-16'])
  })

  test.each([
    ['string', '\\ff\\ff\\00\\00\\02', 'a string is out of bounds of the memory'],
    ['string', '\\00\\00\\00\\00\\ff\\ff\\ff\\ff', 'a string is out of bounds of the memory'],
    ['(list u32)', '\\00\\00\\00\\00\\ff\\ff\\ff\\ff', 'a list is out of bounds of the memory'],
    ['(list u32)', '\\02\\00\\00\\00\\01', 'the address of a list is not aligned'],
    ['(list u32)', '\\fc\\ff\\00\\00\\02', 'a list is out of bounds of the memory'],
    ['(list u8)', '\\f0\\ff\\ff\\ff\\20', 'a list is out of bounds of the memory'],
    ['(tuple char u8)', '\\00\\d8\\00\\00', 'a char is no Unicode scalar value'],
    ['(tuple char u8)', '\\00\\00\\11\\00', 'a char is no Unicode scalar value'],
    ['(option u8)', '\\02', 'a value has the case 2 of 2'],
    ['(result u8)', '\\ff', 'a value has the case 255 of 2'],
  ])('%s as %s', async (type, bytes, detail) => {
    expect((await local(giving(type, bytes))).failure('f')).toEqual(['trap', detail])
  })

  test('the address of a result is checked', async () => {
    const at = (address: number): Promise<[string, string | undefined]> =>
      local(
        component(`(func (export "f") (result i32) (i32.const ${address}))`, { f: '(result (tuple u32 u32))' }),
      ).then(one => one.failure('f'))
    expect(await at(18)).toEqual(['trap', 'the address of a result is not aligned'])
    expect(await at(65532)).toEqual(['trap', 'a result is out of bounds of the memory'])
    expect(await at(-4)).toEqual(['trap', 'a result is out of bounds of the memory'])
  })

  test.each([
    ['(i32.const 3)', 'the address of a block that realloc gave is not aligned'],
    ['(i32.const 65532)', 'a block that realloc gave is out of bounds of the memory'],
    ['(i32.const -8)', 'a block that realloc gave is out of bounds of the memory'],
  ])('realloc gives %s', async (address, detail) => {
    const text = `(component
      (core module $m (memory (export "mem") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${address})
        (func (export "f") (param i32 i32)))
      (core instance $i (instantiate $m))
      (func (export "f") (param "l" (list u32))
        (canon lift (core func $i "f") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))`
    expect((await local(text)).failure('f', [[1, 2]])).toEqual(['trap', detail])
  })

  test('any byte but 0 is true, and flat values are cut to their width', async () => {
    const one = await local(
      component(
        `(data (i32.const 16) "\\02\\00\\80")
         (func (export "bools") (result i32) (i32.const 16))
         (func (export "bool") (result i32) (i32.const 256))
         (func (export "u8") (result i32) (i32.const 0x1ff))
         (func (export "s8") (result i32) (i32.const 0x180))
         (func (export "u16") (result i32) (i32.const -1))
         (func (export "s16") (result i32) (i32.const 0x8000))
         (func (export "u32") (result i32) (i32.const -1))
         (func (export "u64") (result i64) (i64.const -1))`,
        {
          bools: '(result (tuple bool bool bool))',
          bool: '(result bool)',
          u8: '(result u8)',
          s8: '(result s8)',
          u16: '(result u16)',
          s16: '(result s16)',
          u32: '(result u32)',
          u64: '(result u64)',
        },
      ),
    )
    expect(one.value('bools')).toEqual([true, false, true])
    expect(one.value('bool')).toBe(true)
    expect(['u8', 's8', 'u16', 's16', 'u32', 'u64'].map(name => one.value(name))).toEqual([
      255,
      -128,
      65535,
      -32768,
      4294967295,
      18446744073709551615n,
    ])
  })
})

test('a long list of texts crosses while the memory grows under it', async () => {
  const one = await local(
    component(
      `(func (export "f") (param $at i32) (param $n i32) (result i32)
         (i32.store (i32.const 16) (local.get $at)) (i32.store (i32.const 20) (local.get $n)) (i32.const 16))`,
      { f: '(param "l" (list string)) (result (list string))' },
    ),
  )
  const texts = Array.from({ length: 3000 }, (_, i) => `${i}€`.repeat(i % 97))
  expect(one.value('f', texts)).toEqual(texts)
})

test('parameters beyond sixteen flat ones go through memory, and one more or less does not matter', async () => {
  for (const count of [15, 16, 17, 40]) {
    const spilled = count > 16
    const params = spilled ? '(param $at i32)' : '(param $p i32)'.replace('$p', '').repeat(count)
    const last = spilled ? `(i32.load offset=${4 * (count - 1)} (local.get 0))` : `(local.get ${count - 1})`
    const types = Array.from({ length: count }, (_, i) => `(param "p${i}" u32)`).join(' ')
    const one = await local(
      component(`(func (export "f") ${params} (result i32) ${last})`, { f: `${types} (result u32)` }),
    )
    expect(one.value('f', ...Array.from({ length: count }, (_, i) => i + 7))).toBe(count + 6)
  }
})

describe('a NaN has one form', () => {
  const bits = component(
    `(func (export "f32") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
     (func (export "f64") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
     (func (export "case") (param i32 i64) (result i64) (local.get 1))
     (func (export "list") (param i32 i32) (result i64)
       (i64.add (i64.load (local.get 0)) (i64.load offset=8 (local.get 0))))
     (func (export "floats") (param i32 i32) (result i32)
       (i32.load (local.get 0)))
     (data (i32.const 64) "\\01\\00\\00\\00\\00\\00\\f4\\ff") (data (i32.const 72) "\\01\\00\\a0\\ff")
     (func $header (param $at i32) (result i32)
       (i32.store (i32.const 16) (local.get $at)) (i32.store (i32.const 20) (i32.const 1)) (i32.const 16))
     (func (export "list64") (result i32) (call $header (i32.const 64)))
     (func (export "list32") (result i32) (call $header (i32.const 72)))
     (func (export "give32") (result f32) (f32.reinterpret_i32 (i32.const 0xffabcdef)))
     (func (export "give64") (result f64) (f64.reinterpret_i64 (i64.const 0xfff0000000000001)))`,
    {
      f32: '(param "v" f32) (result u32)',
      f64: '(param "v" f64) (result u64)',
      case: '(param "v" (result f64 (error s32))) (result u64)',
      list: '(param "v" (list f64)) (result u64)',
      floats: '(param "v" (list f32)) (result u32)',
      list64: '(result (list f64))',
      list32: '(result (list f32))',
      give32: '(result f32)',
      give64: '(result f64)',
    },
  )
  /** A NaN with a sign and a payload, as far as the engine keeps them. */
  const odd = new Float64Array(new BigUint64Array([0xfff0_0000_dead_beefn]).buffer)[0]!

  test('when it goes in', async () => {
    const one = await local(bits)
    expect(one.value('f32', odd)).toBe(0x7fc00000)
    expect(one.value('f64', odd)).toBe(0x7ff8000000000000n)
    expect(one.value('case', { ok: odd })).toBe(0x7ff8000000000000n)
    expect(one.value('list', [odd, 0])).toBe(0x7ff8000000000000n)
    expect(one.value('floats', [odd])).toBe(0x7fc00000)
  })

  test('when it comes out', async () => {
    const one = await local(bits)
    const bitsOf = (value: unknown): bigint => new BigUint64Array(new Float64Array([value as number]).buffer)[0]!
    expect(bitsOf(one.value('give32'))).toBe(0x7ff8000000000000n)
    expect(bitsOf(one.value('give64'))).toBe(0x7ff8000000000000n)
    for (const list of ['list64', 'list32'])
      expect((one.value(list) as number[]).map(bitsOf)).toEqual([0x7ff8000000000000n])
  })

  test('a narrow integer in a wide slot has zeros above it', async () => {
    expect((await local(bits)).value('case', { error: -1 })).toBe(0xffffffffn)
  })
})

describe('strings in Latin-1 and UTF-16', () => {
  const text = component(
    `(func (export "length") (param i32 i32) (result i32) (local.get 1))
     (func (export "bytes") (param $at i32) (param i32) (result i32) (i32.load (local.get $at)))
     (data (i32.const 16) "\\20\\00\\00\\00\\02\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\e9\\ff")
     (func (export "latin") (result i32) (i32.const 16))
     (data (i32.const 64) "\\50\\00\\00\\00\\02\\00\\00\\80\\00\\00\\00\\00\\00\\00\\00\\00\\ac\\20\\e9\\00")
     (func (export "wide") (result i32) (i32.const 64))`,
    {
      length: '(param "s" string) (result u32)',
      bytes: '(param "s" string) (result u32)',
      latin: '(result string)',
      wide: '(result string)',
    },
    'string-encoding=latin1+utf16',
  )
  test('take the narrow form where it does, and mark the wide one', async () => {
    const one = await local(text)
    expect(one.value('length', 'éÿa')).toBe(3)
    expect(one.value('bytes', 'éÿab')).toBe(0x6261ffe9)
    expect(one.value('length', 'é€')).toBe(0x80000002)
    expect(one.value('bytes', 'é€')).toBe(0x20ac00e9)
    expect(one.value('latin')).toBe('éÿ')
    expect(one.value('wide')).toBe('€é')
  })
})

test('flags take one, two or four bytes for each 32, and bits without a name are ignored', () => {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const budget = new Budget()
  budget.begin({ memory: MiB, gas: 1e9 })
  const crossing = new Crossing(budget, new HandleTable(budget), 'utf8', memory, undefined)
  const type = (count: number): AbiType => ({ kind: 'flags', flags: Array.from({ length: count }, (_, i) => `n${i}`) })
  for (const [count, size] of [
    [1, 1],
    [8, 1],
    [9, 2],
    [16, 2],
    [17, 4],
    [32, 4],
    [33, 8],
    [70, 12],
  ] as const) {
    const codec = codecOf(type(count))
    expect([codec.size, codec.align]).toEqual([size, Math.min(size, 4)])
    const value = ['n0', `n${count - 1}`].slice(0, count).sort()
    codec.store(crossing, value, 16)
    expect(codec.load(crossing, 16)).toEqual(value)
    new Uint8Array(memory.buffer).fill(0xff, 16, 16 + size)
    expect(codec.load(crossing, 16)).toHaveLength(count)
  }
})

test.each([1, 2, 256, 257, 65_536, 65_537])('a discriminant of %i cases takes as few bytes as hold it', count => {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const budget = new Budget()
  budget.begin({ memory: MiB, gas: 1e9 })
  const crossing = new Crossing(budget, new HandleTable(budget), 'utf8', memory, undefined)
  const cases = Array.from({ length: count }, (_, i) => ({ name: `c${i}`, type: { kind: 'u8' as const } }))
  const type: AbiType & Type = { kind: 'variant', cases }
  const codec = codecOf(type)
  expect([codec.size, codec.align]).toEqual([sizeOf(type), alignmentOf(type)])
  for (const index of [0, count - 1]) {
    codec.store(crossing, { [`c${index}`]: 77 }, 16)
    expect(codec.load(crossing, 16)).toEqual({ [`c${index}`]: 77 })
  }
  new Uint8Array(memory.buffer).fill(0xff, 16, 16 + codec.size)
  if (count !== 256 && count !== 65_536) expect(() => codec.load(crossing, 16)).toThrow(/a value has the case/)
})
