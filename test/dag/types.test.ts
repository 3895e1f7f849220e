import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../dag/codec.ts'
import type { Ipld } from '../../dag/ipld.ts'
import {
  bytes,
  checkType,
  decodeType,
  encodeType,
  equalTypes,
  maxTypeDepth,
  showType,
  unit,
  type Type,
} from '../../dag/types.ts'
import { type } from './arbitrary.ts'

const string: Type = { kind: 'string' }
const u32: Type = { kind: 'u32' }
const list = (element: Type): Type => ({ kind: 'list', element })
const nest = (depth: number): Type => (depth === 1 ? u32 : list(nest(depth - 1)))
const size: Type = {
  kind: 'record',
  fields: [
    { name: 'width', type: u32 },
    { name: 'height', type: { kind: 'option', some: u32 } },
  ],
}

/** The same type, with its fields, cases and flags in another order. */
function turned(of: Type): Type {
  switch (of.kind) {
    case 'list':
      return { ...of, element: turned(of.element) }
    case 'option':
      return { ...of, some: turned(of.some) }
    case 'result':
      return { ...of, ok: turned(of.ok), error: turned(of.error) }
    case 'tuple':
      return { ...of, items: of.items.map(turned) }
    case 'record':
      return { ...of, fields: of.fields.map(field => ({ ...field, type: turned(field.type) })).reverse() }
    case 'variant':
      return {
        ...of,
        cases: of.cases.map(entry => (entry.type ? { ...entry, type: turned(entry.type) } : entry)).reverse(),
      }
    case 'enum':
      return { ...of, cases: of.cases.toReversed() }
    case 'flags':
      return { ...of, flags: of.flags.toReversed() }
    case 'link':
      return { ...of, target: turned(of.target) }
    case 'secret':
      return { ...of, of: turned(of.of) }
    default:
      return of
  }
}

describe('showing', () => {
  test.each<[Type, string]>([
    [unit, '()'],
    [bytes, 'bytes'],
    [list(bytes), 'list<bytes>'],
    [{ kind: 'result', ok: unit, error: string }, 'result<(), string>'],
    [size, 'record { width: u32, height: option<u32> }'],
    [{ kind: 'tuple', items: [u32, string] }, 'tuple<u32, string>'],
    [{ kind: 'variant', cases: [{ name: 'none' }, { name: 'some-of', type: u32 }] }, 'variant { none, some-of(u32) }'],
    [{ kind: 'enum', cases: ['red', 'green'] }, 'enum { red, green }'],
    [{ kind: 'flags', flags: ['read'] }, 'flags { read }'],
    [{ kind: 'link', target: { kind: 'ipld' } }, 'link<ipld>'],
    [{ kind: 'secret', of: string }, 'secret<string>'],
    [list({ kind: 'secret', of: { kind: 'u8' } }), 'list<secret<u8>>'],
    [{ kind: 'record', fields: [] }, 'record {}'],
  ])('%#', (of, text) => expect(showType(of)).toBe(text))
})

describe('encoding', () => {
  test('is what docs/dag.md says', () => {
    expect(encodeType(size)).toEqual({ record: { width: 'u32', height: { option: 'u32' } } })
    expect(encodeType({ kind: 'result', ok: unit, error: bytes })).toEqual({
      result: { ok: 'unit', error: { list: 'u8' } },
    })
    expect(encodeType({ kind: 'variant', cases: [{ name: 'b', type: u32 }, { name: 'a' }] })).toEqual({
      variant: { a: null, b: 'u32' },
    })
    expect(encodeType({ kind: 'enum', cases: ['b', 'a'] })).toEqual({ enum: ['a', 'b'] })
    expect(encodeType({ kind: 'tuple', items: [] })).toEqual({ tuple: [] })
    expect(encodeType({ kind: 'secret', of: u32 })).toEqual({ secret: 'u32' })
  })

  test('the order of fields, cases and flags does not count', () => {
    fc.assert(
      fc.property(type, of => {
        expect(encode(encodeType(turned(of)))).toEqual(encode(encodeType(of)))
        expect(equalTypes(turned(of), of)).toBe(true)
      }),
    )
  })

  test('it can be read back, from bytes too', () => {
    fc.assert(
      fc.property(type, of => {
        const read = decode(encode(encodeType(of)))
        const back = read.ok && decodeType(read.value)
        if (!back || !back.ok) throw new Error('not read')
        expect(equalTypes(back.value, of)).toBe(true)
        expect(encodeType(back.value)).toEqual(encodeType(of))
      }),
    )
  })

  test('two types are equal just when their encodings are', () => {
    fc.assert(
      fc.property(type, type, (a, b) => {
        const same = Buffer.compare(encode(encodeType(a)), encode(encodeType(b))) === 0
        expect(equalTypes(a, b)).toBe(same)
        expect(equalTypes(b, a)).toBe(same)
      }),
    )
  })

  test.each<[string, Ipld]>([
    ['an unknown name', 'u7'],
    ['a number', 1],
    ['null', null],
    ['an unknown kind', { set: 'u8' }],
    ['two kinds', { list: 'u8', option: 'u8' }],
    ['none', {}],
    ['a result without error', { result: { ok: 'u8' } }],
    ['a result with more', { result: { ok: 'u8', error: 'u8', other: 'u8' } }],
    ['a tuple that is a map', { tuple: {} }],
    ['a record with a list', { record: ['a'] }],
    ['a field without type', { record: { a: null } }],
    ['an enum that is not sorted', { enum: ['b', 'a'] }],
    ['a case twice', { enum: ['a', 'a'] }],
    ['no case', { enum: [] }],
    ['a variant without a case', { variant: {} }],
    ['flags that are numbers', { flags: [1] }],
    ['something wrong inside', { list: { option: { tuple: ['u8', 'u9'] } } }],
    ['a name of an object', 'constructor'],
  ])('%s is no type', (_, encoded) => {
    expect(decodeType(encoded)).toMatchObject({ ok: false, error: { code: 'type' } })
  })
})

describe('limits', () => {
  test('types that nest too deep', () => {
    expect(checkType(nest(maxTypeDepth)).ok).toBe(true)
    expect(checkType(nest(maxTypeDepth + 1)).ok).toBe(false)
    expect(() => encodeType(nest(maxTypeDepth + 1))).toThrow(RangeError)
    let encoded: Ipld = 'u8'
    for (let i = 0; i < 10_000; i++) encoded = { list: encoded }
    expect(decodeType(encoded)).toMatchObject({ ok: false, error: { message: 'types nest deeper than 48' } })
  })

  test('a short text that stands for a huge type', () => {
    let bomb: Type = u32
    for (let i = 0; i < 40; i++) bomb = { kind: 'tuple', items: [bomb, bomb] }
    expect(checkType(bomb)).toMatchObject({ ok: false, error: { code: 'type' } })
  })

  test('names that are none, or not one', () => {
    expect(checkType({ kind: 'flags', flags: ['a', 'a'] }).ok).toBe(false)
    expect(
      checkType({
        kind: 'record',
        fields: [
          { name: 'x', type: unit },
          { name: 'x', type: u32 },
        ],
      }).ok,
    ).toBe(false)
    expect(checkType({ kind: 'enum', cases: ['\ud800'] }).ok).toBe(false)
  })
})
