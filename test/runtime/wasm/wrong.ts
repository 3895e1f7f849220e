import { isInteger, type Type } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'
import { type Coercion, Wrong } from './jco.ts'

/** What fits no scalar, or few of them. */
const scalars: readonly unknown[] = [
  ...[null, undefined, true, -1, 1.5, 300, 2 ** 31, 2 ** 32, NaN, 0.1, 1e300, -1n, 2n ** 63n, 2n ** 64n, 7n, 7],
  ...['', 'ab', '12', '\ud800', 'a\udc00'],
]

/** A number from 0 to `count` - 1, from a stream of random ones. */
export type Pick = (count: number) => number

/** A value of the type with something in it that does not fit: a {@link Wrong}. By chance it may: a `7` for a `7`. */
export function spoil(type: Type, value: Value, pick: Pick): Value | Wrong {
  const inside = (type: Type, value: Value, put: (part: Value) => Value): Value =>
    put(spoil(type, value, pick) as Value)
  const deeper = pick(5) > 0
  if (deeper && typeof value === 'object' && value !== null) {
    const [key = ''] = Object.keys(value)
    const map = value as { [key: string]: Value }
    const one = (type: Type | undefined): Value | undefined =>
      type && type.kind !== 'unit' ? inside(type, map[key]!, part => ({ [key]: part })) : undefined
    const items = value as Value[]
    const i = pick(Math.max(1, Object.keys(value).length))
    let found: Value | undefined
    if (type.kind === 'list' && type.element.kind !== 'u8' && items.length > 0)
      found = inside(type.element, items[i]!, part => items.with(i, element(type.element, part)))
    if (type.kind === 'tuple') found = inside(type.items[i]!, items[i]!, part => items.with(i, part))
    if (type.kind === 'record') {
      const field = type.fields[i]!
      found = inside(field.type, map[field.name]!, part => ({ ...map, [field.name]: part }))
    }
    if (type.kind === 'variant') found = one(type.cases.find(({ name }) => name === key)!.type)
    if (type.kind === 'result') found = one(key === 'ok' ? type.ok : type.error)
    if (type.kind === 'option')
      found = type.some.kind === 'option' ? one(type.some) : inside(type.some, value, part => part)
    if (found !== undefined) return found
  }
  return wrong(type, value, pick)
}

function wrong(type: Type, value: Value, pick: Pick): Wrong {
  const map = value as { [key: string]: Value }
  const same = (junk: unknown): Wrong => new Wrong(junk, junk, coercion(type, junk))
  switch (type.kind) {
    case 'list':
      return same([7, true, {}, undefined][pick(4)])
    case 'tuple': {
      const items = (value ?? []) as Value[]
      return pick(2) ? new Wrong(items.slice(1), [], 'any') : same(7)
    }
    case 'record': {
      const [first = '', ...names] = Object.keys(map ?? {})
      if (pick(2))
        return new Wrong(Object.fromEntries(names.map(name => [name, map[name]])), { [`not-${first}`]: 1 }, 'any')
      return same([7, null][pick(2)])
    }
    case 'variant':
      return new Wrong({ [`not-${type.cases[0]!.name}`]: null }, { tag: `not-${type.cases[0]!.name}` }, 'none')
    case 'result':
      return new Wrong({ fine: null }, { tag: 'fine' }, 'none')
    case 'option':
      if (type.some.kind === 'option') return new Wrong({ none: 1 }, { tag: 'neither' }, 'any')
      return optional(wrong(type.some, value, pick))
    case 'enum':
      return same(['not-it', 7, null][pick(3)])
    case 'flags':
      return pick(2) ? new Wrong(['not-it'], { 'not-it': true }, { value: [] }) : same(7)
    default:
      return same(scalars[pick(scalars.length)])
  }
}

/** In a list of numbers the oracle looks at each of them, and is as strict as we are but for the precision of `f32`. */
function element({ kind }: Type, part: Value | Wrong): Value {
  if (!(part instanceof Wrong) || !(isInteger(kind) || kind === 'f32' || kind === 'f64')) return part as Value
  const rounded = kind === 'f32' && typeof part.theirs === 'number'
  return (rounded ? part : new Wrong(part.ours, part.theirs, 'none')) as unknown as Value
}

/** For the oracle `null` and `undefined` are both an option without value. */
function optional(wrong: Wrong): Wrong {
  const none = wrong.theirs === undefined || wrong.theirs === null
  return none ? new Wrong(wrong.ours, wrong.theirs, { value: null }) : wrong
}

/**
 * What the oracle is known to make of a value that does not fit: it takes numbers, truth and text for each other, as
 * JavaScript does, cuts and rounds numbers, mends strings, and takes what is missing for `undefined`.
 */
function coercion(type: Type, junk: unknown): Coercion {
  try {
    switch (type.kind) {
      case 'bool':
        return { value: Boolean(junk) }
      case 'u64':
        return { value: BigInt.asUintN(64, BigInt(junk as bigint)) }
      case 's64':
        return { value: BigInt.asIntN(64, BigInt(junk as bigint)) }
      case 'f32':
      case 'f64':
        if (typeof junk === 'bigint') return 'none'
        return { value: type.kind === 'f32' ? Math.fround(Number(junk)) : Number(junk) }
      case 'string':
        return typeof junk === 'string' ? { value: junk.toWellFormed() } : 'none'
      case 'char': {
        // Of no text `undefined` is taken, which is 0 unless it must be a 64-bit integer.
        if (junk === '') return 'any'
        const code = typeof junk === 'string' ? junk.codePointAt(0)! : 0xd800
        return code >= 0xd800 && code < 0xe000 ? 'none' : { value: String.fromCodePoint(code) }
      }
      case 'enum':
        return 'none'
      case 'list':
      case 'tuple':
      case 'record':
      case 'flags':
        return 'any'
      default: {
        if (typeof junk === 'bigint') return 'none'
        const bits = Number(type.kind.slice(1))
        const wrapped = BigInt.asUintN(bits, BigInt(Number(junk) | 0))
        return { value: Number(type.kind.startsWith('s') ? BigInt.asIntN(bits, wrapped) : wrapped) }
      }
    }
  } catch {
    // BigInt() refuses fractions and text that is no number.
    return 'none'
  }
}

/** The value with something else in each wrong place. */
export function replaced(value: unknown, by: (wrong: Wrong) => unknown): Value {
  if (value instanceof Wrong) return by(value) as Value
  if (Array.isArray(value)) return value.map(item => replaced(item, by))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value as Value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, by)]))
}
