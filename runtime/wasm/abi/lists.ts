import type { AbiType } from '../../../dag/component/ast.ts'
import type { Value } from '../../../dag/value.ts'
import { Ended, trap } from '../failure.ts'
import { type Codec, misfit } from './codec.ts'
import { cost } from './costs.ts'
import type { Crossing } from './crossing.ts'
import { asF32, asF64, storeF32, storeF64 } from './scalars.ts'

/** Beyond this length an array that is made at once would be a slow one. */
const presized = 1 << 24
/** The longest array that the engine can fill; a `list<u8>` is no array. */
const longest = (1 << 27) - 1
const header = 32

type Numbers = { readonly [index: number]: number | bigint; readonly length: number }

/** Scalars whose lists lie in memory as the engine's own typed arrays do (all hosts of V8 are little-endian). */
const bulk: { readonly [kind: string]: (buffer: ArrayBuffer, at: number, length: number) => Numbers } = {
  s8: (buffer, at, length) => new Int8Array(buffer, at, length),
  u16: (buffer, at, length) => new Uint16Array(buffer, at, length),
  s16: (buffer, at, length) => new Int16Array(buffer, at, length),
  u32: (buffer, at, length) => new Uint32Array(buffer, at, length),
  s32: (buffer, at, length) => new Int32Array(buffer, at, length),
  u64: (buffer, at, length) => new BigUint64Array(buffer, at, length),
  s64: (buffer, at, length) => new BigInt64Array(buffer, at, length),
  f32: (buffer, at, length) => new Float32Array(buffer, at, length),
  f64: (buffer, at, length) => new Float64Array(buffer, at, length),
}

/** How the elements of one type of list are moved; the range has been checked, counted or allocated. */
interface Elements {
  /** Bytes that the elements of a lifted list count, for gas and for memory. */
  weight(length: number): number
  cost(length: number): number
  load(crossing: Crossing, at: number, length: number): Value
  /** Gives the number of elements, and refuses what is no list. */
  length(value: Value): number
  store(crossing: Crossing, value: Value, at: number): void
}

const bytes: Elements = {
  weight: length => length,
  cost: length => length * cost.byte,
  load: (crossing, at, length) => crossing.linear.bytes.slice(at, at + length),
  length: value => (value instanceof Uint8Array ? value.length : misfit(value, 'list<u8>')),
  store: (crossing, value, at) => crossing.linear.bytes.set(value as Uint8Array, at),
}

function arrayLength(value: Value): number {
  return Array.isArray(value) ? value.length : misfit(value, 'a list')
}

// Each has a place of its own where it makes lists: an engine boxes numbers where it has seen others.

function loadIntegers(from: Numbers, length: number): Value[] {
  const out = length <= presized ? new Array<Value>(length) : []
  for (let i = 0; i < length; i++) out[i] = from[i]!
  return out
}

function loadFloats(from: Numbers, length: number): Value[] {
  const out = length <= presized ? new Array<Value>(length) : []
  for (let i = 0; i < length; i++) out[i] = from[i] === from[i] ? from[i]! : NaN
  return out
}

function loadWide(from: Numbers, length: number): Value[] {
  const out = length <= presized ? new Array<Value>(length) : []
  for (let i = 0; i < length; i++) out[i] = from[i]!
  return out
}

function numbers(kind: string, element: Codec): Elements {
  const view = bulk[kind]!
  const float = kind === 'f32' || kind === 'f64'
  const storeFloat = kind === 'f32' ? storeF32 : storeF64
  const asFloat = kind === 'f32' ? asF32 : asF64
  const wide = kind === 'u64' || kind === 's64'
  const each = wide ? cost.bigint : cost.listed
  const load = float ? loadFloats : wide ? loadWide : loadIntegers
  return {
    weight: length => length * element.weight,
    cost: length => length * each,
    load: (crossing, at, length) => load(view(crossing.linear.bytes.buffer, at, length), length),
    length: arrayLength,
    store: (crossing, value, at) => {
      const list = value as Value[]
      if (!float) {
        // A small store checks its value and runs no guest code.
        for (let i = 0; i < list.length; i++) element.store(crossing, list[i]!, at + i * element.size)
        return
      }
      const { view } = crossing.linear
      for (let i = 0; i < list.length; i++) storeFloat(view, asFloat(list[i]!), at + i * element.size)
    },
  }
}

function values(element: Codec): Elements {
  return {
    weight: length => length * element.weight,
    cost: length => length * element.cost,
    load: (crossing, at, length) => {
      const out: Value[] = length <= presized ? new Array<Value>(length) : []
      for (let i = 0; i < length; i++) out[i] = element.load(crossing, at + i * element.size)
      return out
    },
    length: arrayLength,
    store: (crossing, value, at) => {
      const list = value as Value[]
      for (let i = 0; i < list.length; i++) element.store(crossing, list[i]!, at + i * element.size)
    },
  }
}

/** A list: its address and its length; the elements elsewhere, one after the other ("load_list_from_range"). */
export function list(kind: AbiType['kind'], element: Codec): Codec {
  const elements = kind === 'u8' ? bytes : bulk[kind] ? numbers(kind, element) : values(element)
  const lift = (crossing: Crossing, at: number, length: number): Value => {
    crossing.check(at, length * element.size, element.align, 'list')
    crossing.take(elements.weight(length), elements.cost(length))
    if (length > longest && elements !== bytes) throw new Ended('memory', `a list has more than ${longest} elements`)
    return elements.load(crossing, at, length)
  }
  const lower = (crossing: Crossing, value: Value): [at: number, length: number] => {
    const length = elements.length(value)
    if (length > 0xffffffff) trap('a list is too long')
    const at = crossing.allocate(length * element.size, element.align)
    elements.store(crossing, value, at)
    return [at, length]
  }
  return {
    size: 8,
    align: 4,
    flat: ['i32', 'i32'],
    weight: header,
    cost: kind === 'u8' ? cost.bytes : cost.list,
    load: (crossing, at) => {
      const { view } = crossing.linear
      return lift(crossing, view.getUint32(at, true), view.getUint32(at + 4, true))
    },
    store: (crossing, value, at) => {
      const [begin, length] = lower(crossing, value)
      const { view } = crossing.linear
      view.setUint32(at, begin, true)
      view.setUint32(at + 4, length, true)
    },
    lift: (crossing, flat) => {
      const at = flat.number() >>> 0
      return lift(crossing, at, flat.number() >>> 0)
    },
    lower: (crossing, value, flat) => void flat.push(...lower(crossing, value)),
  }
}
