import type { IntegerKind } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'
import { trap } from '../failure.ts'
import { type Codec, misfit } from './codec.ts'
import { cost } from './costs.ts'
import type { Crossing, FlatReader, FlatValue } from './crossing.ts'

/** How a small scalar is read and written; integers of up to 32 bits share the rest. */
interface Small {
  bytes: 1 | 2 | 4
  min: number
  max: number
  load(view: DataView, at: number): number
  store(view: DataView, value: number, at: number): void
  /** From an i32 as the engine gives it: signed. */
  wrap(value: number): number
}

const small: { readonly [K in Exclude<IntegerKind, 'u64' | 's64'>]: Small } = {
  u8: {
    bytes: 1,
    min: 0,
    max: 0xff,
    load: (view, at) => view.getUint8(at),
    store: (view, value, at) => view.setUint8(at, value),
    wrap: value => value & 0xff,
  },
  s8: {
    bytes: 1,
    min: -0x80,
    max: 0x7f,
    load: (view, at) => view.getInt8(at),
    store: (view, value, at) => view.setInt8(at, value),
    wrap: value => (value << 24) >> 24,
  },
  u16: {
    bytes: 2,
    min: 0,
    max: 0xffff,
    load: (view, at) => view.getUint16(at, true),
    store: (view, value, at) => view.setUint16(at, value, true),
    wrap: value => value & 0xffff,
  },
  s16: {
    bytes: 2,
    min: -0x8000,
    max: 0x7fff,
    load: (view, at) => view.getInt16(at, true),
    store: (view, value, at) => view.setInt16(at, value, true),
    wrap: value => (value << 16) >> 16,
  },
  u32: {
    bytes: 4,
    min: 0,
    max: 0xffffffff,
    load: (view, at) => view.getUint32(at, true),
    store: (view, value, at) => view.setUint32(at, value, true),
    wrap: value => value >>> 0,
  },
  s32: {
    bytes: 4,
    min: -0x80000000,
    max: 0x7fffffff,
    load: (view, at) => view.getInt32(at, true),
    store: (view, value, at) => view.setInt32(at, value, true),
    wrap: value => value | 0,
  },
}

function smallInteger(kind: keyof typeof small): Codec {
  const { bytes, min, max, load, store, wrap } = small[kind]
  const checked = (value: Value): number => {
    if (typeof value !== 'number' || !(value >= min && value <= max) || !Number.isInteger(value)) misfit(value, kind)
    return value
  }
  return {
    size: bytes,
    align: bytes,
    flat: ['i32'],
    weight: 8,
    cost: bytes < 4 ? cost.small : cost.number,
    load: (crossing, at) => load(crossing.linear.view, at),
    store: (crossing, value, at) => store(crossing.linear.view, checked(value), at),
    lift: (_, flat) => wrap(flat.number()),
    lower: (_, value, flat) => void flat.push(checked(value)),
  }
}

function wideInteger(kind: 'u64' | 's64'): Codec {
  const signed = kind === 's64'
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN
  const checked = (value: Value): bigint => {
    if (typeof value !== 'bigint' || wrap(64, value) !== value) misfit(value, kind)
    return value
  }
  return {
    size: 8,
    align: 8,
    flat: ['i64'],
    weight: 24,
    cost: cost.bigint,
    load: (crossing, at) =>
      signed ? crossing.linear.view.getBigInt64(at, true) : crossing.linear.view.getBigUint64(at, true),
    store: (crossing, value, at) => crossing.linear.view.setBigInt64(at, checked(value), true),
    lift: (_, flat) => wrap(64, flat.bigint()),
    lower: (_, value, flat) => void flat.push(checked(value)),
  }
}

const integers: { readonly [K in IntegerKind]: Codec } = {
  u8: smallInteger('u8'),
  s8: smallInteger('s8'),
  u16: smallInteger('u16'),
  s16: smallInteger('s16'),
  u32: smallInteger('u32'),
  s32: smallInteger('s32'),
  u64: wideInteger('u64'),
  s64: wideInteger('s64'),
}

export function integer(kind: IntegerKind): Codec {
  return integers[kind]
}

/** Every NaN becomes the one canonical NaN, in both directions: its bits are no part of a value. */
function canonical(value: number): number {
  return value !== value ? NaN : value
}

/** A number that `f32` has no equal of is refused, not rounded. */
export function asF32(value: Value): number {
  if (typeof value !== 'number' || (Math.fround(value) !== value && value === value)) misfit(value, 'f32')
  return value
}

export function asF64(value: Value): number {
  if (typeof value !== 'number') misfit(value, 'f64')
  return value
}

/** Bits are written for a NaN: which of its many patterns an engine stores is its own choice. */
export function storeF32(view: DataView, value: number, at: number): void {
  if (value !== value) view.setUint32(at, 0x7fc00000, true)
  else view.setFloat32(at, value, true)
}

export function storeF64(view: DataView, value: number, at: number): void {
  if (value !== value) {
    view.setUint32(at, 0, true)
    view.setUint32(at + 4, 0x7ff80000, true)
  } else view.setFloat64(at, value, true)
}

const floats: { readonly [K in 'f32' | 'f64']: Codec } = {
  f32: {
    size: 4,
    align: 4,
    flat: ['f32'],
    weight: 8,
    cost: cost.number,
    load: (crossing, at) => canonical(crossing.linear.view.getFloat32(at, true)),
    store: (crossing, value, at) => storeF32(crossing.linear.view, asF32(value), at),
    lift: (_, flat) => canonical(flat.number()),
    lower: (_, value, flat) => void flat.push(canonical(asF32(value))),
  },
  f64: {
    size: 8,
    align: 8,
    flat: ['f64'],
    weight: 8,
    cost: cost.number,
    load: (crossing, at) => canonical(crossing.linear.view.getFloat64(at, true)),
    store: (crossing, value, at) => storeF64(crossing.linear.view, asF64(value), at),
    lift: (_, flat) => canonical(flat.number()),
    lower: (_, value, flat) => void flat.push(canonical(asF64(value))),
  },
}

export function float(kind: 'f32' | 'f64'): Codec {
  return floats[kind]
}

function truth(value: Value): number {
  if (typeof value !== 'boolean') misfit(value, 'bool')
  return value ? 1 : 0
}

/** Any byte but 0 is true, any i32 likewise ("convert_int_to_bool"). */
export const boolean: Codec = {
  size: 1,
  align: 1,
  flat: ['i32'],
  weight: 8,
  cost: cost.small,
  load: (crossing, at) => crossing.linear.bytes[at] !== 0,
  store: (crossing, value, at) => crossing.linear.view.setUint8(at, truth(value)),
  lift: (_, flat) => flat.number() !== 0,
  lower: (_, value, flat) => void flat.push(truth(value)),
}

function charOf(code: number): string {
  if (code >= 0x110000 || (code >= 0xd800 && code <= 0xdfff)) trap('a char is no Unicode scalar value')
  return String.fromCodePoint(code)
}

function codeOf(value: Value): number {
  const code = typeof value === 'string' ? value.codePointAt(0) : undefined
  if (code === undefined || (code >= 0xd800 && code <= 0xdfff)) misfit(value, 'char')
  if ((value as string).length !== (code > 0xffff ? 2 : 1)) misfit(value, 'char')
  return code
}

export const char: Codec = {
  size: 4,
  align: 4,
  flat: ['i32'],
  weight: 16,
  cost: cost.char,
  load: (crossing, at) => charOf(crossing.linear.view.getUint32(at, true)),
  store: (crossing, value, at) => crossing.linear.view.setUint32(at, codeOf(value), true),
  lift: (_, flat) => charOf(flat.number() >>> 0),
  lower: (_, value, flat) => void flat.push(codeOf(value)),
}

/** The absent payload of a case or result. */
export const unit: Codec = {
  size: 0,
  align: 1,
  flat: [],
  weight: 8,
  cost: cost.small,
  load: () => null,
  store: (_, value) => nothing(value),
  lift: () => null,
  lower: (_, value) => nothing(value),
}

function nothing(value: Value): void {
  if (value !== null) misfit(value, 'nothing')
}

/** What the name of a case without a payload, or of a flag, counts: it crosses as a string. */
export function costOfName(name: string): number {
  return cost.string + cost.content * name.length
}

/** Names are lifted in sorted order, whatever the declared one; bits without a name are ignored, as the ABI says. */
export function flags(names: readonly string[]): Codec {
  const words = Math.max(1, Math.ceil(names.length / 32))
  const size = names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4 * words
  const align = Math.min(size, 4)
  const sorted = names.map((name, bit) => ({ name, bit })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const bits = new Map(names.map((name, bit) => [name, bit]))
  const unpack = (read: (word: number) => number): string[] => {
    const out: string[] = []
    const values = new Array<number>(words)
    for (let word = 0; word < words; word++) values[word] = read(word)
    for (const { name, bit } of sorted) if ((values[bit >> 5]! >>> (bit & 31)) & 1) out.push(name)
    // A list that has grown has room for more.
    return out.slice()
  }
  const pack = (value: Value): number[] => {
    if (!Array.isArray(value)) misfit(value, 'flags')
    const out = new Array<number>(words).fill(0)
    for (const name of value) {
      const bit = bits.get(name as string) ?? misfit(name, 'a flag')
      const mask = 1 << (bit & 31)
      if (out[bit >> 5]! & mask) misfit(name, 'a flag that stands once')
      out[bit >> 5]! |= mask
    }
    return out
  }
  return {
    size,
    align,
    flat: new Array<'i32'>(words).fill('i32').slice(0, 17),
    weight: names.reduce((sum, name) => sum + 8 + name.length, 16),
    cost: names.reduce((sum, name) => sum + costOfName(name), cost.list as number),
    load: (crossing, at) => {
      const { view } = crossing.linear
      if (size === 1) return unpack(() => view.getUint8(at))
      if (size === 2) return unpack(() => view.getUint16(at, true))
      return unpack(word => view.getUint32(at + 4 * word, true))
    },
    store: (crossing: Crossing, value: Value, at: number) => {
      const { view } = crossing.linear
      const packed = pack(value)
      if (size === 1) view.setUint8(at, packed[0]!)
      else if (size === 2) view.setUint16(at, packed[0]!, true)
      else packed.forEach((bits, word) => view.setUint32(at + 4 * word, bits, true))
    },
    lift: (_, flat: FlatReader) => unpack(() => flat.number()),
    lower: (_, value: Value, flat: FlatValue[]) => void flat.push(...pack(value)),
  }
}
