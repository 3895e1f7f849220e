import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cidOf } from '../../dag/cid.ts'
import { decode, encode } from '../../dag/codec.ts'
import { Float, type Ipld } from '../../dag/ipld.ts'
import { bytes, type Type, unit } from '../../dag/types.ts'
import { fromIpld, lower, toIpld, type Value } from '../../dag/value.ts'
import { typed } from './arbitrary.ts'

const scalar = (
  kind: 'u8' | 'u32' | 's8' | 's32' | 'u64' | 's64' | 'f32' | 'f64' | 'char' | 'string' | 'bool' | 'ipld',
): Type => ({ kind })
const u8 = scalar('u8')
const option = (some: Type): Type => ({ kind: 'option', some })
const secret = (of: Type): Type => ({ kind: 'secret', of })
const size: Type = {
  kind: 'record',
  fields: [
    { name: 'width', type: u8 },
    { name: 'height', type: u8 },
  ],
}
const shape: Type = { kind: 'variant', cases: [{ name: 'point' }, { name: 'circle', type: scalar('f64') }] }
const result: Type = { kind: 'result', ok: unit, error: scalar('string') }
const flags: Type = { kind: 'flags', flags: ['write', 'read'] }
const color: Type = { kind: 'enum', cases: ['red', 'constructor'] }
const link = cidOf(new Uint8Array(3), 'raw')

describe('a value and its form', () => {
  test.each<[Type, Value, Ipld]>([
    [scalar('bool'), true, true],
    [u8, 255, 255],
    [scalar('s32'), -2147483648, -2147483648],
    [scalar('u32'), 4294967295, 4294967295],
    [scalar('u64'), 7n, 7],
    [scalar('u64'), 2n ** 64n - 1n, 2n ** 64n - 1n],
    [scalar('s64'), -(2n ** 63n), -(2n ** 63n)],
    [scalar('f64'), 1, new Float(1)],
    [scalar('f64'), 0.1, new Float(0.1)],
    [scalar('f64'), -0, new Float(-0)],
    [scalar('f64'), NaN, 'NaN'],
    [scalar('f32'), Infinity, 'Infinity'],
    [scalar('f32'), -Infinity, '-Infinity'],
    [scalar('f32'), Math.fround(0.1), new Float(Math.fround(0.1))],
    [scalar('char'), '💡', '💡'],
    [scalar('char'), '\0', '\0'],
    [scalar('string'), '', ''],
    [unit, null, null],
    [bytes, Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    [{ kind: 'list', element: scalar('u64') }, [1n], [1]],
    [{ kind: 'tuple', items: [u8, unit] }, [1, null], [1, null]],
    [size, { width: 1, height: 2 }, { height: 2, width: 1 }],
    [shape, { point: null }, { point: null }],
    [shape, { circle: 2 }, { circle: new Float(2) }],
    [option(u8), null, null],
    [option(u8), 1, 1],
    [option(option(u8)), null, null],
    [option(option(u8)), { some: null }, { some: null }],
    [option(option(u8)), { some: 1 }, { some: 1 }],
    [option(unit), { some: null }, { some: null }],
    [option(scalar('ipld')), { some: null }, { some: null }],
    [result, { ok: null }, { ok: null }],
    [result, { error: 'no' }, { error: 'no' }],
    [flags, [], []],
    [flags, ['read', 'write'], ['read', 'write']],
    [color, 'constructor', 'constructor'],
    [{ kind: 'link', target: u8 }, link, link],
    [secret(u8), 1, 1],
    [{ kind: 'list', element: secret(u8) }, Uint8Array.of(1), Uint8Array.of(1)],
    [option(secret(unit)), { some: null }, { some: null }],
  ])('%#: %o', (type, value, form) => {
    expect(toIpld(type, value)).toEqual(form)
    expect(fromIpld(type, form, 'x')).toEqual({ ok: true, value })
  })

  test('-0 is 0 among integers, and itself among floats', () => {
    expect(Object.is(toIpld(u8, -0), 0)).toBe(true)
    const back = fromIpld(scalar('f64'), new Float(-0), 'x')
    expect(back.ok && Object.is(back.value, -0)).toBe(true)
  })

  test('flags are sorted on the way in', () => {
    expect(toIpld(flags, ['write', 'read'])).toEqual(['read', 'write'])
  })

  test('any value of any type comes back, through bytes', () => {
    fc.assert(
      fc.property(typed(), ({ type, value }) => {
        const form = toIpld(type, value)
        const read = decode(encode(form))
        if (!read.ok) throw new Error(read.error.message)
        const back = fromIpld(type, read.value, 'x')
        if (!back.ok) throw new Error(`${back.error.path}: ${back.error.message}`)
        expect(back.value).toEqual(value)
        expect(encode(toIpld(type, back.value))).toEqual(encode(form))
      }),
      { numRuns: 300 },
    )
  })
})

describe('what is not of its type', () => {
  const nested: Type = { kind: 'list', element: { kind: 'record', fields: [{ name: 'size', type: option(size) }] } }
  test.each<[Type, Ipld, string]>([
    [u8, 300, 'args[2]: 300 does not fit u8'],
    [u8, -1, 'args[2]: -1 does not fit u8'],
    [u8, 2n ** 60n, 'args[2]: 1152921504606846976 does not fit u8'],
    [u8, new Float(1), 'args[2]: an integer was expected, this is the float 1'],
    [u8, '1', 'args[2]: an integer was expected, this is "1"'],
    [scalar('u64'), -1, 'args[2]: -1 does not fit u64'],
    [scalar('u64'), 2n ** 64n, 'args[2]: 18446744073709551616 does not fit u64'],
    [scalar('s64'), 2n ** 63n, 'args[2]: 9223372036854775808 does not fit s64'],
    [scalar('s64'), null, 'args[2]: an integer was expected, this is null'],
    [scalar('f64'), 1, 'args[2]: a float was expected, this is 1'],
    [scalar('f64'), 'nan', 'args[2]: a float was expected, this is "nan"'],
    [scalar('f32'), new Float(0.1), 'args[2]: 0.1 is not an f32'],
    [scalar('bool'), 1, 'args[2]: a bool was expected, this is 1'],
    [scalar('char'), '', 'args[2]: one Unicode scalar value was expected, this is ""'],
    [scalar('char'), 'ab', 'args[2]: one Unicode scalar value was expected, this is "ab"'],
    [scalar('char'), 'e\u0301', 'args[2]: one Unicode scalar value was expected, this is "e\u0301"'],
    [scalar('char'), '\ud800', 'args[2]: one Unicode scalar value was expected, this is "\\ud800"'],
    [scalar('string'), 'a\udc00', 'args[2]: a string with a lone surrogate'],
    [scalar('string'), link, 'args[2]: a string was expected, this is a link'],
    [unit, 0, 'args[2]: `()` was expected, this is 0'],
    [bytes, [1], 'args[2]: bytes was expected, this is a list'],
    [{ kind: 'list', element: u8 }, link, 'args[2]: bytes was expected, this is a link'],
    [{ kind: 'list', element: size }, {}, 'args[2]: a list was expected, this is a map'],
    [{ kind: 'tuple', items: [u8, u8] }, [1], 'args[2]: a tuple of 2 was expected, this has 1'],
    [size, { width: 1 }, 'args[2]: the field "height" is missing'],
    [size, { width: 1, height: 1, depth: 1 }, 'args[2]: there is no field "depth"'],
    [size, [1, 2], 'args[2]: a record was expected, this is a list'],
    [shape, { square: 1 }, 'args[2]: there is no case "square"'],
    [shape, { point: 1 }, 'args[2]: the case "point" carries nothing'],
    [shape, { point: null, circle: new Float(1) }, 'args[2]: one case was expected, this has 2'],
    [shape, {}, 'args[2]: one case was expected, this has 0'],
    [shape, 'point', 'args[2]: a map with the name of a case was expected, this is "point"'],
    [result, { ok: null, error: '' }, 'args[2]: one case was expected, this has 2'],
    [result, { toString: null }, 'args[2]: there is no case "toString"'],
    [option(u8), { some: 1 }, 'args[2]: an integer was expected, this is a map'],
    [option(unit), [], 'args[2]: null or `{"some": …}` was expected, this is a list'],
    [option(unit), { some: 1 }, 'args[2].some: `()` was expected, this is 1'],
    [color, 'blue', 'args[2]: there is no case "blue"'],
    [flags, ['write', 'read'], 'args[2]: flags must be sorted, each at most once'],
    [flags, ['read', 'read'], 'args[2]: flags must be sorted, each at most once'],
    [flags, ['run'], 'args[2]: there is no flag "run"'],
    [{ kind: 'link', target: u8 }, 1, 'args[2]: a link was expected, this is 1'],
    [nested, [{ size: null }, { size: { width: 1, height: 256 } }], 'args[2][1].size.height: 256 does not fit u8'],
    [
      { kind: 'record', fields: [{ name: 'a b', type: u8 }] },
      { 'a b': 'x' },
      'args[2]["a b"]: an integer was expected, this is "x"',
    ],
  ])('%#: %j', (type, form, message) => {
    const read = fromIpld(type, form, 'args[2]')
    expect(read.ok ? 'accepted' : `${read.error.path}: ${read.error.message}`).toBe(message)
  })

  test.each<[Type, unknown, string]>([
    [u8, 256, '256 does not fit u8'],
    [u8, 1.5, '1.5 does not fit u8'],
    [scalar('s8'), -129, '-129 does not fit s8'],
    [scalar('s32'), 2 ** 31, '2147483648 does not fit s32'],
    [scalar('u64'), 1, 'a bigint was expected, this is 1'],
    [scalar('f32'), 0.1, '0.1 is not an f32'],
    [scalar('f64'), 1n, 'a number was expected, this is 1'],
    [size, { width: 1, height: undefined }, 'an integer was expected'],
    [flags, ['read', 'read'], 'a flag stands twice'],
    [scalar('ipld'), { a: [1.5] }, '1.5 is not an integer'],
    [scalar('ipld'), { a: [undefined] }, 'undefined is not IPLD'],
    [scalar('ipld'), ['\ud800'], 'a string with a lone surrogate'],
    [scalar('ipld'), 2n ** 64n, '18446744073709551616 is over 64 bits'],
  ])('on the way in, %#: %j', (type, value, message) => {
    const lowered = lower(type, value as Value, 'x')
    if (lowered.ok) throw new Error('accepted')
    expect(lowered.error.message).toContain(
      message.replace('an integer was', type === size ? 'a number was' : 'an integer was'),
    )
    expect(() => toIpld(type, value as Value)).toThrow(TypeError)
  })

  test('an `ipld` value that nests too deep', () => {
    let value: Ipld = null
    for (let i = 0; i < 100_000; i++) value = [value]
    const read = fromIpld(scalar('ipld'), value, 'x')
    expect(!read.ok && read.error.message).toBe('nested deeper than 120')
  })

  test('no form makes it throw, whatever its type', () => {
    fc.assert(
      fc.property(typed(), typed(), (a, b) => {
        const form = toIpld(a.type, a.value)
        const read = fromIpld(b.type, form, 'x')
        if (read.ok) expect(encode(toIpld(b.type, read.value))).toEqual(encode(form))
      }),
      { numRuns: 500 },
    )
  })
})
