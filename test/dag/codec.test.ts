import { encodeOptions } from '@ipld/dag-cbor'
import { Token, Type, encode as encodeCbor } from 'cborg'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { block } from '../../dag/cid.ts'
import { decode, encode } from '../../dag/codec.ts'
import { Float, isMap, type Ipld } from '../../dag/ipld.ts'
import { encodedSize } from '../../dag/size.ts'
import { ipld } from './arbitrary.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const read = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/vectors/${name}`, import.meta.url), 'utf8'))
const refused = (text: string): string => {
  const result = decode(hex(text))
  return result.ok ? 'accepted' : result.error.message
}

describe('vectors of ipld/codec-fixtures', () => {
  const { vectors } = read('ipld-dag-cbor.json') as { vectors: { name: string; cid: string; hex: string }[] }

  test.each(vectors)('$name comes back byte for byte, with its CID', vector => {
    const value = decode(hex(vector.hex))
    if (!value.ok) throw new Error(value.error.message)
    expect(toHex(encode(value.value))).toBe(vector.hex)
    expect(block(value.value).cid.toString()).toBe(vector.cid)
    expect(encodedSize(value.value)).toBe(vector.hex.length / 2)
  })
})

describe('vectors of dasl-testing', () => {
  interface Vector {
    file: string
    name: string
    type: 'roundtrip' | 'invalid_in' | 'invalid_out'
    tags: string[]
    hex: string
  }
  const { vectors } = read('dasl-cbor.json') as { vectors: Vector[] }

  /** Vectors that this codec goes against on purpose, and why. */
  const apart = new Map([
    ['negative zero float64', '-0 is a value of f64, and kept'],
    ['negative zero', '-0 is a value of f64, and kept'],
    ['map with int key (invalid_out)', 'no map in memory has a key that is not a string'],
    ['unassigned simple value (invalid_out)', 'no value in memory stands for it'],
  ])
  const isApart = (vector: Vector) => apart.has(vector.name) || apart.has(`${vector.name} (${vector.type})`)
  /** Tags whose rules are those of DAG-CBOR; the rest narrows it (DASL's CIDs) or is another profile (RFC 8949, dCBOR). */
  const applies = (vector: Vector) => vector.tags.some(tag => tag === 'basic' || tag === 'dag-cbor') && !isApart(vector)
  const of = (type: Vector['type']) => vectors.filter(vector => vector.type === type && applies(vector))

  test('those of other profiles are the only ones left out', () => {
    const left = vectors.filter(vector => !applies(vector) && !isApart(vector))
    expect(new Set(left.flatMap(vector => vector.tags))).toEqual(new Set(['dasl-cid', 'rfc8949', 'CBOR-Core']))
    expect(left.length).toBe(13)
    expect(vectors.filter(isApart).length).toBe(4)
  })

  test.each(of('roundtrip'))('$file: $name comes back', vector => {
    const value = decode(hex(vector.hex))
    expect(value.ok && toHex(encode(value.value))).toBe(vector.hex)
  })

  test.each(of('invalid_in'))('$file: $name is refused', vector => {
    expect(decode(hex(vector.hex)).ok).toBe(false)
  })

  test('what must not be written is not', () => {
    expect(of('invalid_out').map(vector => vector.name)).toEqual(['NaN', 'Inf', '-Inf', "simple value 'undefined'"])
    for (const value of [NaN, Infinity, -Infinity, undefined]) {
      expect(() => encode(value as Ipld)).toThrow()
      expect(() => new Float(value as number)).toThrow(RangeError)
    }
  })

  test('-0 is kept, against two of them', () => {
    const value = decode(hex('fb8000000000000000'))
    expect(value.ok && Object.is((value.value as Float).value, -0)).toBe(true)
    expect(toHex(encode(new Float(-0)))).toBe('fb8000000000000000')
  })
})

describe('writing', () => {
  test.each<[string, Ipld, string]>([
    ['a float that is integral', new Float(1), 'fb3ff0000000000000'],
    ['an integer', 1, '01'],
    ['an integer -0', -0, '00'],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
    ['the next one', 2n ** 53n, '1b0020000000000000'],
    ['the last integer', 2n ** 64n - 1n, '1bffffffffffffffff'],
    ['the first integer', -(2n ** 64n), '3bffffffffffffffff'],
    ['a bigint that is small', 300n, '19012c'],
    ['keys by length, then bytes', { bb: 1, c: 2, a: 3 }, 'a361610361630262626201'],
    ['a byte order mark', '\ufeffx', '64efbbbf78'],
  ])('%s', (_, value, expected) => {
    expect(toHex(encode(value))).toBe(expected)
  })

  test.each<[string, unknown]>([
    ['a fraction', 1.5],
    ['an unsafe integer', 2 ** 53],
    ['an integer beyond 64 bits', 2n ** 64n],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['undefined in a map', { a: undefined }],
    ['a hole in a list', new Array(1)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Map', new Map([['a', 1]])],
    ['a Date', new Date(0)],
    ['a typed array that is not bytes', new Uint16Array(1)],
    ['an object of a class', new (class Foreign {})()],
    ['more than 128 levels', nest(129)],
  ])('%s throws', (_, value) => {
    expect(() => encode(value as Ipld)).toThrow()
  })

  test('after a throw the next value is written well', () => {
    expect(() => encode([1, 2, 'long enough to be in the writer', 1.5 as Ipld])).toThrow()
    expect(toHex(encode([1]))).toBe('8101')
  })

  test('128 levels are written and read', () => {
    const bytes = encode(nest(128))
    expect(decode(bytes).ok).toBe(true)
    expect(decode(bytes, { depth: 127 }).ok).toBe(false)
  })

  test('a map that poses as a CID is a map', () => {
    const value = { '/': 'x', bytes: 'x', code: 113, version: 1, multihash: { bytes: new Uint8Array(3) } }
    const back = decode(encode(value))
    expect(back).toEqual({ ok: true, value })
    expect(back.ok && isMap(back.value)).toBe(true)
  })

  test('`__proto__` is a key like others', () => {
    const back = decode(hex('a1695f5f70726f746f5f5fa1616101'))
    if (!back.ok || !isMap(back.value)) throw new Error('not a map')
    expect(Object.keys(back.value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(back.value)).toBe(Object.prototype)
    expect(toHex(encode(back.value))).toBe('a1695f5f70726f746f5f5fa1616101')
  })

  test('any value comes back, and its size is known beforehand', () => {
    fc.assert(
      fc.property(ipld, value => {
        const bytes = encode(value)
        expect(encodedSize(value)).toBe(bytes.length)
        const back = decode(bytes)
        if (!back.ok) throw new Error(back.error.message)
        expect(toHex(encode(back.value))).toBe(toHex(bytes))
        expect(back.value).toEqual(value)
      }),
    )
  })
})

describe('beside cborg, which wrote and read before it was too slow', () => {
  /** What `@ipld/dag-cbor` would write if it told 1.0 from 1. */
  const options = {
    ...encodeOptions,
    typeEncoders: {
      ...encodeOptions.typeEncoders,
      Object(value: object) {
        if (value instanceof Float) return [new Token(Type.float, value.value)]
        return value instanceof CID ? encodeOptions.typeEncoders.Object(value) : null
      },
    },
  }

  test('any value is written alike', () => {
    fc.assert(
      fc.property(ipld, value => {
        expect(toHex(encode(value))).toBe(toHex(encodeCbor(value, options)))
      }),
    )
  })

  test('maps of many keys, of any characters and lengths, are sorted alike', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('\u{10000}', '\uffff', '\ud7ff', 'é'),
    )
    const map = fc
      .dictionary(key, fc.nat(9), { maxKeys: 80, size: 'max' })
      .filter(map => Object.keys(map).every(name => name.isWellFormed()))
    fc.assert(
      fc.property(map, value => {
        const bytes = encode(value)
        expect(toHex(bytes)).toBe(toHex(encodeCbor(value, options)))
        expect(decode(bytes)).toEqual({ ok: true, value })
      }),
      { numRuns: 300 },
    )
  })

  test('texts and bytes of every length around a change of the head', () => {
    for (const length of [0, 1, 23, 24, 63, 64, 65, 255, 256, 65_535, 65_536, 200_000])
      for (const value of [
        'x'.repeat(length),
        'é'.repeat(length),
        '\u{1f600}'.repeat(length),
        new Uint8Array(length),
      ]) {
        const bytes = encode([value, 1])
        expect(Buffer.compare(bytes, encodeCbor([value, 1], options))).toBe(0)
        expect(decode(bytes)).toEqual({ ok: true, value: [value, 1] })
      }
  })
})

function nest(depth: number): Ipld {
  let value: Ipld = []
  for (let i = 1; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

describe('reading refuses', () => {
  test.each([
    ['nothing', '', 'no content'],
    ['bytes after the value', '0101', 'bytes are left after'],
    ['undefined', 'f7', 'undefined'],
    ['a half float', 'f93c00', 'less than 64 bits'],
    ['a single float', 'fa3f800000', 'less than 64 bits'],
    ['NaN', 'fb7ff8000000000000', 'NaN'],
    ['infinity', 'fbfff0000000000000', 'Infinity'],
    ['another tag', 'c001', 'tag 0'],
    ['a bignum', 'c249010000000000000000', 'tag 2'],
    ['a link that is a string', 'd82a6100', 'not bytes'],
    ['a tag at the end', 'd82a', 'not bytes'],
    ['a link whose hash is announced in two bytes', 'd82a4800015500840001020304', 'not canonical'],
    ['an indefinite list', '9f01ff', 'indefinite'],
    ['an indefinite map', 'bf616101ff', 'indefinite'],
    ['indefinite bytes', '5f4101ff', 'indefinite'],
    ['an indefinite string', '7f6161ff', 'indefinite'],
    ['a break', 'ff', 'indefinite'],
    ['a break in a list', '81ff', 'indefinite'],
    ['a reserved length', '1c', 'a head of the form 28'],
    ['UTF-8 that is cut', '61c3', 'not UTF-8'],
    ['a surrogate in UTF-8', '63eda080', 'not UTF-8'],
    ['UTF-8 in more bytes than needed', '62c1a1', 'not UTF-8'],
    ['a key that is not UTF-8', 'a161ff01', 'not UTF-8'],
    ['keys in wrong order', 'a2616201616101', 'not sorted'],
    ['a shorter key after a longer', 'a262616101616201', 'not sorted'],
    ['a key twice', 'a2616101616102', 'not sorted'],
    ['a key that is bytes', 'a1416101', 'must be a string'],
    ['a list cut off', '8201', 'more is announced'],
    ['a string cut off', '6261', 'more is announced'],
    ['a list of four billions', '9affffffff', 'more is announced'],
    ['a list of more than can be counted', '9bffffffffffffffff', 'not canonical'],
    ['a map of two billions', 'ba7fffffff', 'more is announced'],
    ['bytes of four gigabytes', '5affffffff', 'more is announced'],
    ['a simple value', 'e0', 'a simple value'],
    ['false in two bytes', 'f814', 'a simple value'],
  ])('%s', (_, text, message) => {
    expect(refused(text)).toContain(message)
  })

  test('a block that is too large, and not one that is allowed to be', () => {
    const large = encode(new Uint8Array((1 << 20) + 1))
    expect(decode(large)).toMatchObject({ ok: false, error: { code: 'size' } })
    expect(decode(large, { size: 2 << 20 }).ok).toBe(true)
  })

  test('deep nesting, without a stack overflow', () => {
    const bytes = new Uint8Array(1 << 20).fill(0x81)
    expect(decode(bytes)).toMatchObject({ ok: false, error: { code: 'codec' } })
    expect(decode(new Uint8Array(1 << 20).fill(0xd8)).ok).toBe(false)
  })

  test('whatever is accepted is the encoding of itself', () => {
    const interesting = fc.constantFrom(
      0x18,
      0x1b,
      0x3b,
      0x41,
      0x58,
      0x61,
      0x78,
      0x81,
      0xa1,
      0xa2,
      0xd8,
      0x2a,
      0xf7,
      0xf9,
      0xfb,
    )
    const bytes = fc.array(fc.oneof(fc.nat(255), interesting), { maxLength: 24 }).map(list => Uint8Array.from(list))
    fc.assert(fc.property(bytes, isCanonical), { numRuns: 3000 })
  })

  test('a valid block with one byte changed, one cut or one added, too', () => {
    const change = fc.tuple(ipld.map(encode), fc.nat(), fc.nat(255), fc.nat(2)).map(([bytes, at, byte, how]) => {
      const i = at % bytes.length
      if (how === 0) return Uint8Array.from([...bytes.slice(0, i), byte, ...bytes.slice(i)])
      if (how === 1) return Uint8Array.from([...bytes.slice(0, i), ...bytes.slice(i + 1)])
      return bytes.map((old, j) => (j === i ? byte : old))
    })
    fc.assert(fc.property(change, isCanonical), { numRuns: 2000 })
  })
})

function isCanonical(bytes: Uint8Array): void {
  const result = decode(bytes)
  if (result.ok) expect(toHex(encode(result.value))).toBe(toHex(bytes))
  else expect(result.error.code).toBe('codec')
}

test('bytes that are read are no view of the block', () => {
  const bytes = Buffer.from('4401020304', 'hex')
  const value = decode(bytes)
  bytes.fill(0)
  expect(value).toEqual({ ok: true, value: Uint8Array.of(1, 2, 3, 4) })
})

test('a link of version 0 is read as it is', () => {
  const cid = CID.parse('QmRgutAxd8t7oGkSm4wmeuByG6M51wcTso6cubDdQtuEfL')
  const back = decode(encode([cid]))
  expect(back.ok && String((back.value as Ipld[])[0])).toBe(cid.toString())
})
