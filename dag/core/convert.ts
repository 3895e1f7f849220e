import type { Ipld } from '../ipld.ts'
import { integerRange, isBytes, isInteger, revealed, showType, type IntegerKind, type Type } from '../types.ts'
import { fromIpld, isWrapped, lower, type Value } from '../value.ts'
import { floatText } from './text.ts'
import { invalid, maxElements, placedValue, type Operation } from './operation.ts'
import { cut, quote } from './show.ts'

const convertValue: Operation = {
  args: 3,
  run: async ([given, encodedFrom, encodedTo], reader) => {
    const from = await reader.type(encodedFrom!)
    if (!from.ok) return from.error
    const to = await reader.type(encodedTo!)
    if (!to.ok) return to.error
    const read = await reader.value(from.value, given!)
    if (!read.ok) return read.error
    const result = convert(read.value, from.value, to.value)
    return result instanceof Misfit ? invalid(result.message) : placedValue(to.value, result)
  },
}

/** `[value, from, to]` */
export const conversion = {
  /** A conversion that loses nothing, where the two types are written differently in IPLD. */
  'core/widen': convertValue,
  /** What `as` does: it fails where the value does not fit. */
  'core/as': convertValue,
} satisfies Record<string, Operation>

/** Why a value cannot be one of another type. */
class Misfit {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** The value as one of the other type, part by part. */
function convert(given: Value, source: Type, target: Type): Value | Misfit {
  const [from, to] = [revealed(source), revealed(target)]
  if (from.kind === 'ipld' || to.kind === 'ipld') return viaIpld(given, from, to)
  if (isNumeric(from.kind) && isNumeric(to.kind)) return convertNumber(given as number | bigint, from.kind, to.kind)
  if (from.kind === 'char' && to.kind === 'u32') return (given as string).codePointAt(0)!
  if (from.kind === 'u32' && to.kind === 'char') return charOf(given as number)
  if (isBytes(from) && to.kind === 'string') return textOf(given as Uint8Array)
  if (from.kind === 'string' && isBytes(to)) return new TextEncoder().encode(given as string)
  if (from.kind === 'list' && to.kind === 'list') return convertList(given, from.element, to.element)
  if (from.kind === 'option' && to.kind === 'option') return convertOption(given, from.some, to.some)
  if (from.kind === 'tuple' && to.kind === 'tuple' && from.items.length === to.items.length)
    return convertItems(given as Value[], i => [from.items[i]!, to.items[i]!])
  if (from.kind === 'record' && to.kind === 'record' && from.fields.length === to.fields.length)
    return convertMembers(given, from.fields, to.fields)
  if (from.kind === 'variant' && to.kind === 'variant') return convertMembers(given, from.cases, to.cases)
  if (from.kind === 'result' && to.kind === 'result') return convertMembers(given, sides(from), sides(to))
  // Names that the other type lacks are found when the result is checked against it.
  if (from.kind === to.kind && from.kind !== 'tuple' && from.kind !== 'record') return given
  return new Misfit(`a value of type ${cut(showType(from))} cannot be one of type ${cut(showType(to))}`)
}

function viaIpld(given: Value, from: Type, to: Type): Value | Misfit {
  if (from.kind === to.kind) return given
  const converted = to.kind === 'ipld' ? lower(from, given, 'value') : fromIpld(to, given as Ipld, 'value')
  return converted.ok ? (converted.value as Value) : new Misfit(`${converted.error.path}: ${converted.error.message}`)
}

function convertNumber(given: number | bigint, from: NumberKind, to: NumberKind): Value | Misfit {
  if (isInteger(to)) {
    const isFloat = from === 'f32' || from === 'f64'
    if (isFloat && !Number.isInteger(given)) {
      const shown = floatText(from, given as number)
      return new Misfit(
        Number.isFinite(given) ? `${shown} has a fraction and does not fit ${to}` : `${shown} does not fit ${to}`,
      )
    }
    const whole = BigInt(given)
    const [min, max] = integerRange(to)
    if (whole < min || whole > max)
      return new Misfit(`${isFloat ? floatText(from, given as number) : whole} does not fit ${to}`)
    return to.endsWith('64') ? whole : Number(whole)
  }
  if (to === 'f64') return Number(given)
  const rounded = typeof given === 'bigint' ? roundTo32(given) : Math.fround(given)
  return Number.isFinite(given) && !Number.isFinite(rounded)
    ? new Misfit(`${floatText('f64', Number(given))} does not fit f32`)
    : rounded
}

/** The nearest `f32`. By way of the nearest `f64` it would be rounded twice. */
function roundTo32(given: bigint): number {
  const size = given < 0n ? -given : given
  const shift = BigInt(Math.max(0, size.toString(2).length - 48))
  // What is cut off only tells on which side of the middle the rest stands.
  const rest = (size >> shift) << shift === size ? 0n : 1n
  const rounded = Math.fround(Number((size >> shift) | rest)) * 2 ** Number(shift)
  return given < 0n ? -rounded : rounded
}

function charOf(code: number): Value | Misfit {
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)
    ? new Misfit(`${code} is no Unicode scalar value`)
    : String.fromCodePoint(code)
}

// Without `ignoreBOM` a leading U+FEFF would be lost.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): Value | Misfit {
  try {
    return utf8.decode(bytes)
  } catch {
    return new Misfit('the bytes are not UTF-8')
  }
}

function convertList(given: Value, from: Type, to: Type): Value | Misfit {
  const isSame = revealed(from).kind === 'u8' && revealed(to).kind === 'u8'
  if (isSame) return given
  const items = given as Value[] | Uint8Array
  if (items.length > maxElements) return new Misfit(`a list of ${items.length} elements is too long`)
  const converted = convertItems(Array.from<Value>(items), () => [from, to])
  return converted instanceof Misfit || revealed(to).kind !== 'u8' ? converted : Uint8Array.from(converted as number[])
}

function convertItems(items: Value[], typesOf: (index: number) => [from: Type, to: Type]): Value[] | Misfit {
  const converted: Value[] = new Array(items.length)
  for (let i = 0; i < items.length; i++) {
    const item = convert(items[i]!, ...typesOf(i))
    if (item instanceof Misfit) return item
    converted[i] = item
  }
  return converted
}

function convertOption(given: Value, from: Type, to: Type): Value | Misfit {
  if (given === null) return null
  const some = convert(isWrapped(from) ? (given as { some: Value }).some : given, from, to)
  return some instanceof Misfit || !isWrapped(to) ? some : { some }
}

type Members = { name: string; type?: Type }[]

function convertMembers(given: Value, from: Members, to: Members): Value | Misfit {
  const entries: [string, Value][] = []
  for (const [name, content] of Object.entries(given as { [key: string]: Value })) {
    const target = to.find(member => member.name === name)
    if (!target) return new Misfit(`there is no ${quote(name)} in the other type`)
    const source = from.find(member => member.name === name)?.type
    const converted = source && target.type ? convert(content, source, target.type) : content
    if (converted instanceof Misfit) return converted
    entries.push([name, converted])
  }
  return Object.fromEntries(entries)
}

function sides(result: { ok: Type; error: Type }): Members {
  return [
    { name: 'ok', type: result.ok },
    { name: 'error', type: result.error },
  ]
}

type NumberKind = IntegerKind | 'f32' | 'f64'

function isNumeric(kind: string): kind is NumberKind {
  return isInteger(kind) || kind === 'f32' || kind === 'f64'
}

/**
 * Whether a value of one type is written in IPLD just as the other type writes it, so that widening needs no
 * instruction. Only bytes differ: `list<u8>` is a byte string, every other list a list.
 */
export function sameForm(from: Type, to: Type): boolean {
  if (from.kind === 'secret' || to.kind === 'secret') return sameForm(revealed(from), revealed(to))
  if (from.kind === 'list' && to.kind === 'list')
    return isBytes(from) === isBytes(to) && sameForm(from.element, to.element)
  if (from.kind === 'option' && to.kind === 'option') return sameForm(from.some, to.some)
  if (from.kind === 'result' && to.kind === 'result') return sameForm(from.ok, to.ok) && sameForm(from.error, to.error)
  if (from.kind === 'tuple' && to.kind === 'tuple')
    return from.items.every((item, i) => sameForm(item, to.items[i] ?? item))
  if (from.kind === 'record' && to.kind === 'record') return sameMembers(from.fields, to.fields)
  if (from.kind === 'variant' && to.kind === 'variant') return sameMembers(from.cases, to.cases)
  return true
}

function sameMembers(from: Members, to: Members): boolean {
  return from.every(({ name, type }) => {
    const other = to.find(member => member.name === name)?.type
    return !type || !other || sameForm(type, other)
  })
}
