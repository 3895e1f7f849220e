import { integerRange, isBytes, isInteger, type Field, type Type } from '../../dag/types.ts'
import type { Value } from '../../dag/value.ts'
import type { Random } from '../runtime/wasm/random.ts'

/** Unicode scalar values, those at the borders of the encodings among them: of ASCII, of Latin-1, and all. */
const ascii = Array.from('aZ09 .,-\n\0\x7f')
const latin = [...ascii, ...'\x80\x9f\xa0\xe9\xff']
const characters = [...latin, ...'\u0100\u07ff\u0800\ud7ff\ue000\ufeff\uffff😀\u{10ffff}']

/** Floats that are exact in `f32` too. */
const singles = [
  0,
  -0,
  1,
  -1.5,
  2 ** -149,
  2 ** -126,
  (2 - 2 ** -23) * 2 ** 127,
  16_777_217 - 1,
  NaN,
  Infinity,
  -Infinity,
]
const doubles = [
  ...singles,
  0.1,
  -1 / 3,
  5e-324,
  2 ** -1022,
  Number.MAX_VALUE,
  2 ** 53,
  2 ** 63,
  -(2 ** 64),
  1e21,
  123456.789,
]

/** A value of a type, in JavaScript form. Its size stays small. */
export function valueOf(random: Random, type: Type): Value {
  if (isInteger(type.kind)) {
    const value = integer(random, ...integerRange(type.kind))
    return type.kind.endsWith('64') ? value : Number(value)
  }
  switch (type.kind) {
    case 'bool':
      return random.one(2)
    case 'f32':
      return random.one(2) ? random.of(singles) : Math.fround((random.to(2 ** 32) - 2 ** 31) / 2 ** random.to(60))
    case 'f64':
      return random.one(2) ? random.of(doubles) : bitsAsDouble(random)
    case 'char':
      return random.of(characters)
    case 'string':
      return text(random)
    case 'list':
      if (isBytes(type)) return Uint8Array.from(several(random, 60, () => random.to(256)))
      return several(random, 10, () => valueOf(random, type.element))
    case 'tuple':
      return type.items.map(item => valueOf(random, item))
    case 'record':
      return record(random, type.fields)
    case 'variant': {
      const { name, type: payload } = random.of(type.cases)
      return { [name]: payload ? valueOf(random, payload) : null }
    }
    case 'enum':
      return random.of(type.cases)
    case 'flags':
      return type.flags.filter(() => random.one(2)).sort()
    case 'option': {
      if (random.one(3)) return null
      const value = valueOf(random, type.some)
      return type.some.kind === 'option' || type.some.kind === 'unit' ? { some: value } : value
    }
    case 'result':
      return random.one(2) ? { ok: valueOf(random, type.ok) } : { error: valueOf(random, type.error) }
    case 'unit':
      return null
    default:
      throw new Error(`no component takes ${type.kind}`)
  }
}

/** The limits and numbers near them, small numbers, and all others. */
function integer(random: Random, min: bigint, max: bigint): bigint {
  const wide = (BigInt(random.to(2 ** 32)) << 32n) | BigInt(random.to(2 ** 32))
  const range = max - min + 1n
  const near = BigInt(random.to(20))
  switch (random.to(4)) {
    case 0:
      return random.one(2) ? min + (near % 3n) : max - (near % 3n)
    case 1:
      return near
    default:
      return min + (wide % range)
  }
}

function bitsAsDouble(random: Random): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setUint32(0, random.to(2 ** 32))
  view.setUint32(4, random.to(2 ** 32))
  return view.getFloat64(0)
}

function text(random: Random): string {
  const alphabet = random.of([ascii, latin, characters])
  return several(random, random.one(10) ? 20_000 : 30, () => random.of(alphabet)).join('')
}

function several<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: random.to(most + 1) }, make)
}

/** The pictures of the examples have as many pixels as they say. */
function record(random: Random, fields: Field[]): Value {
  if (fields.map(({ name }) => name).join() === 'width,height,pixels') {
    const [width, height] = [1 + random.to(24), 1 + random.to(24)]
    return { width, height, pixels: Uint8Array.from({ length: width * height * 4 }, () => random.to(256)) }
  }
  return Object.fromEntries(fields.map(({ name, type }) => [name, valueOf(random, type)]))
}
