import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Float, type Ipld } from '../../../dag/ipld.ts'
import { encodeType, integerKinds, integerRange, type Type } from '../../../dag/types.ts'
import { integerForm, toIpld, type Value } from '../../../dag/value.ts'
import { type as anyType, valueOf } from '../arbitrary.ts'
import { Blocks, expectSame, list, of, option, record, scatter, tuple } from './tools.ts'

const bytes = list(of('u8'))
const secret = (type: Type): Type => ({ kind: 'secret', of: type })
const outcome = (ok: Type, error: Type): Type => ({ kind: 'result', ok, error })
const shape = (type: Type): Type => ({ kind: 'variant', cases: [{ name: 'point' }, { name: 'circle', type }] })

describe('as', () => {
  test.each<[Type, Value, Type, Value]>([
    [of('u64'), 7n, of('u8'), 7],
    [of('s8'), -1, of('s64'), -1n],
    [of('f64'), -0, of('u8'), 0],
    [of('f64'), 4294967295, of('u32'), 4294967295],
    [of('f64'), 2 ** 63, of('u64'), 2n ** 63n],
    [of('f32'), Math.fround(0.1), of('f64'), Math.fround(0.1)],
    [of('f64'), 0.1, of('f32'), Math.fround(0.1)],
    [of('f64'), NaN, of('f32'), NaN],
    [of('f64'), -Infinity, of('f32'), -Infinity],
    [of('u64'), 2n ** 53n + 1n, of('f64'), 2 ** 53],
    [of('u64'), 2n ** 64n - 1n, of('f64'), 2 ** 64],
    [of('s64'), -(2n ** 63n), of('f32'), -(2 ** 63)],
    // By way of the nearest f64 these would be rounded twice, to the wrong side.
    [of('u64'), 2n ** 60n + 2n ** 36n + 1n, of('f32'), 2 ** 60 + 2 ** 37],
    [of('s64'), -(2n ** 60n + 2n ** 36n + 1n), of('f32'), -(2 ** 60 + 2 ** 37)],
    [of('u64'), 2n ** 60n + 2n ** 36n, of('f32'), 2 ** 60],
    [of('char'), '💡', of('u32'), 0x1f4a1],
    [of('u32'), 0x1f4a1, of('char'), '💡'],
    [bytes, Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), of('string'), '\ufeffa'],
    [of('string'), 'ä', bytes, Uint8Array.of(0xc3, 0xa4)],
    [bytes, Uint8Array.of(1, 255), list(of('u16')), [1, 255]],
    [list(of('s64')), [1n, 255n], bytes, Uint8Array.of(1, 255)],
    [option(of('u8')), 1, option(of('u64')), 1n],
    [option(of('u8')), null, option(of('ipld')), null],
    [option(of('u8')), 1, option(of('ipld')), { some: 1 }],
    [option(of('ipld')), { some: 1 }, option(of('u8')), 1],
    [option(bytes), Uint8Array.of(65), option(of('string')), 'A'],
    [tuple(of('u8'), of('f64')), [1, 2], tuple(of('u64'), of('u8')), [1n, 2]],
    [
      record({ a: of('u8'), b: of('char') }),
      { a: 1, b: 'x' },
      record({ b: of('u32'), a: of('u64') }),
      { a: 1n, b: 120 },
    ],
    [outcome(of('u8'), bytes), { ok: 1 }, outcome(of('u64'), of('string')), { ok: 1n }],
    [outcome(of('u8'), bytes), { error: Uint8Array.of(65) }, outcome(of('u64'), of('string')), { error: 'A' }],
    [shape(of('u8')), { point: null }, shape(of('f64')), { point: null }],
    [shape(of('u8')), { circle: 1 }, shape(of('f64')), { circle: 1 }],
    [secret(of('u64')), 1n, secret(of('u8')), 1],
    [list(secret(of('u8'))), Uint8Array.of(1), list(of('u64')), [1n]],
    [of('f64'), NaN, of('ipld'), 'NaN'],
    [of('u64'), 2n ** 60n, of('ipld'), 2n ** 60n],
    [of('f64'), 1, of('ipld'), new Float(1) as never],
    [of('ipld'), new Float(1) as never, of('f64'), 1],
    [of('ipld'), { a: [1, 2] }, record({ a: list(of('u32')) }), { a: [1, 2] }],
    [{ kind: 'enum', cases: ['red', 'blue'] }, 'red', { kind: 'enum', cases: ['blue', 'red'] }, 'red'],
    [of('unit'), null, of('unit'), null],
  ])('%#: %o %o', async (from, value, to, result) => {
    const blocks = new Blocks()
    const given = await blocks.place(from, value)
    expectSame(await blocks.result('core/as', given, encodeType(from), encodeType(to)), await blocks.place(to, result))
  })

  test.each<[Type, Value, Type, string]>([
    [of('u16'), 300, of('u8'), '300 does not fit u8'],
    [of('s8'), -1, of('u64'), '-1 does not fit u64'],
    [of('f64'), 1.5, of('u32'), '1.5 has a fraction and does not fit u32'],
    [of('f64'), 1e300, of('u32'), '1e300 does not fit u32'],
    [of('f64'), NaN, of('u32'), 'NaN does not fit u32'],
    [of('f32'), -Infinity, of('s8'), '-Infinity does not fit s8'],
    [of('f64'), 2 ** 64, of('u64'), '18446744073709552000.0 does not fit u64'],
    [of('f64'), 1e300, of('f32'), '1e300 does not fit f32'],
    [of('f64'), 3.5e38, of('f32'), '3.5e38 does not fit f32'],
    [of('u32'), 0xd800, of('char'), '55296 is no Unicode scalar value'],
    [of('u32'), 0x110000, of('char'), '1114112 is no Unicode scalar value'],
    [bytes, Uint8Array.of(0xff), of('string'), 'the bytes are not UTF-8'],
    [bytes, Uint8Array.of(0xed, 0xa0, 0x80), of('string'), 'the bytes are not UTF-8'],
    [list(of('u16')), [1, 256], bytes, '256 does not fit u8'],
    [of('string'), '1', of('u8'), 'a value of type string cannot be one of type u8'],
    [of('bool'), true, of('u8'), 'a value of type bool cannot be one of type u8'],
    [tuple(of('u8')), [1], tuple(), 'a value of type tuple<u8> cannot be one of type tuple<>'],
    [of('ipld'), { a: 1 }, record({ a: of('string') }), 'value.a: a string was expected, this is 1'],
    [of('ipld'), 1, of('f64'), 'value: a float was expected, this is 1'],
    [
      shape(of('u8')),
      { point: null },
      { kind: 'variant', cases: [{ name: 'x' }] },
      'there is no "point" in the other type',
    ],
    [{ kind: 'enum', cases: ['a'] }, 'a', { kind: 'enum', cases: ['b'] }, 'value: there is no case "a"'],
  ])('%#: %o %o fails', async (from, value, to, detail) => {
    const blocks = new Blocks()
    const given = await blocks.place(from, value)
    expect(await blocks.failure('core/as', given, encodeType(from), encodeType(to))).toBe(`value: ${detail}`)
  })

  test('integers to integers: the value, if it fits', async () => {
    const numbers = fc.tuple(fc.constantFrom(...integerKinds), fc.constantFrom(...integerKinds)).chain(([from, to]) => {
      const [min, max] = integerRange(from)
      const [least, most] = integerRange(to)
      const ends = [least - 1n, least, most, most + 1n].filter(value => value >= min && value <= max)
      const one = fc.bigInt({ min, max })
      return fc.tuple(
        fc.constant(from),
        fc.constant(to),
        ends.length > 0 ? fc.oneof(one, fc.constantFrom(...ends)) : one,
      )
    })
    await fc.assert(
      fc.asyncProperty(numbers, async ([from, to, value]) => {
        const [min, max] = integerRange(to)
        const outcome = await new Blocks().run('core/as', integerForm(value), from, to)
        if (value >= min && value <= max) expect(outcome).toMatchObject({ value: integerForm(value) })
        else expect(outcome).toMatchObject({ kind: 'fail', detail: `${value} does not fit ${to}` })
      }),
      { numRuns: 300 },
    )
  })

  test('integers to f32: none is nearer', async () => {
    const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const nearMiddle = fc
      .tuple(
        fc.bigInt({ min: 2n ** 23n, max: 2n ** 24n - 1n }),
        fc.integer({ min: 10, max: 38 }),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([head, shift, off]) => (head << BigInt(shift)) + (1n << BigInt(shift - 1)) + BigInt(off))
    await fc.assert(
      fc.asyncProperty(fc.oneof(wide, nearMiddle), async value => {
        const result = await new Blocks().result('core/as', integerForm(value), 's64', 'f32')
        const { value: given } = result as Float
        const distance = (float: number): bigint => {
          const gap = BigInt(float) - value
          return gap < 0n ? -gap : gap
        }
        const bits = new Int32Array(new Float32Array([given]).buffer)
        for (const step of [-1, 1]) {
          const [near] = new Float32Array(Int32Array.of(bits[0]! + step).buffer)
          if (!Number.isInteger(near)) continue
          expect(distance(given) <= distance(near!)).toBe(true)
          // Of two that are as near, the one with the even significand.
          if (distance(given) === distance(near!)) expect(bits[0]! & 1).toBe(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('to `ipld` and back, and to itself: the value, placed as ever, wherever its parts stood', async () => {
    const given = anyType.chain(type => fc.tuple(fc.constant(type), valueOf(type), fc.nat()))
    await fc.assert(
      fc.asyncProperty(given, async ([type, value, coins]) => {
        const blocks = new Blocks()
        const form = toIpld(type, value)
        const expected = await blocks.place(type, value)
        const scattered = await scatter(type, form, blocks, coins)
        const encoded = encodeType(type)
        expectSame(await blocks.result('core/as', scattered, encoded, encoded), expected)
        const whole = await blocks.result('core/as', scattered, encoded, 'ipld')
        expectSame(whole, await blocks.place(of('ipld'), form as Value))
        expectSame(await blocks.result('core/as', whole, 'ipld', encoded), expected)
      }),
      { numRuns: 300 },
    )
  })

  test('large values', async () => {
    const blocks = new Blocks()
    const numbers = Array.from({ length: 100_000 }, (_, i) => i)
    const given = await blocks.place(list(of('u32')), numbers)
    const wide = await blocks.result('core/as', given, { list: 'u32' }, { list: 'u64' })
    expectSame(wide, given)
    const floats = await blocks.result('core/as', given, { list: 'u32' }, { list: 'f64' })
    expectSame(floats, await blocks.place(list(of('f64')), numbers))
    const text = 'ä'.repeat(400_000)
    const file = await blocks.result('core/as', await blocks.place(of('string'), text), 'string', { list: 'u8' })
    expectSame(file, await blocks.place(bytes, new Uint8Array(Buffer.from(text))))
    expectSame(await blocks.result('core/as', file, { list: 'u8' }, 'string'), await blocks.place(of('string'), text))
    const long = await blocks.place(bytes, new Uint8Array(1_100_000).fill(65))
    expect(await blocks.failure('core/as', long, { list: 'u8' }, 'string')).toContain('the limit of a block')
    expect(await blocks.failure('core/as', long, { list: 'u8' }, 'ipld')).toContain('the limit of a block')
  })
})

test('widen: between bytes and lists of wider integers', async () => {
  const blocks = new Blocks()
  const run = async (value: Ipld, from: Type, to: Type) =>
    blocks.result('core/widen', value, encodeType(from), encodeType(to))
  expect(await run(Uint8Array.of(1, 2), bytes, list(of('u64')))).toEqual([1, 2])
  expect(await run([1, 2], list(of('u16')), bytes)).toEqual(Uint8Array.of(1, 2))
  expect(await run({ a: Uint8Array.of(1) }, record({ a: bytes }), record({ a: list(of('s16')) }))).toEqual({ a: [1] })
})
