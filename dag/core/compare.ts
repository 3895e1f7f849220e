import { Float, isLink, isMap, type Ipld } from '../ipld.ts'
import { fail, ok } from '../result.ts'
import { isBytes, isInteger, partsOf, revealed, showType, type Type } from '../types.ts'
import { isWrapped, type Value } from '../value.ts'
import { cut } from './show.ts'
import { invalid, value, type ArgumentReader, type Operation, type Read } from './operation.ts'

/** `[a, b, type]`, each giving a `bool`. */
export const comparison = {
  'core/equal': { args: 3, run: async (args, reader) => holds(await equal(args, reader), same => same) },
  'core/unequal': { args: 3, run: async (args, reader) => holds(await equal(args, reader), same => !same) },
  'core/less': { args: 3, run: async (args, reader) => holds(await order(args, reader), sign => sign < 0) },
  'core/less-equal': { args: 3, run: async (args, reader) => holds(await order(args, reader), sign => sign <= 0) },
  'core/greater': { args: 3, run: async (args, reader) => holds(await order(args, reader), sign => sign > 0) },
  'core/greater-equal': { args: 3, run: async (args, reader) => holds(await order(args, reader), sign => sign >= 0) },

  /** `[a]` */
  'core/not': {
    args: 1,
    run: ([given]) => (typeof given === 'boolean' ? value(!given) : invalid('only a bool can be negated with `!`')),
  },
} satisfies Record<string, Operation>

function holds<T>(compared: Read<T>, test: (outcome: T) => boolean) {
  return compared.ok ? value(test(compared.value)) : compared.error
}

async function equal([a, b, encoded]: Ipld[], reader: ArgumentReader): Promise<Read<boolean>> {
  const type = await reader.type(encoded!)
  if (!type.ok) return type
  // Only a NaN is unlike itself.
  if (isLink(a) && isLink(b) && a.equals(b) && !holdsFloats(type.value)) return ok(true)
  const left = await reader.value(type.value, a!)
  if (!left.ok) return left
  const right = await reader.value(type.value, b!)
  return right.ok ? ok(equalValues(type.value, left.value, right.value)) : right
}

/** How the first stands to the second: negative, 0, positive; NaN where neither is less and they are not equal. */
async function order([a, b, encoded]: Ipld[], reader: ArgumentReader): Promise<Read<number>> {
  const type = await reader.type(encoded!)
  if (!type.ok) return type
  const { kind } = revealed(type.value)
  const isText = kind === 'string' || kind === 'char'
  if (!isText && !isInteger(kind) && kind !== 'f32' && kind !== 'f64')
    return fail(invalid(`values of type ${cut(showType(type.value))} have no order`))
  const left = await reader.value(type.value, a!)
  if (!left.ok) return left
  const right = await reader.value(type.value, b!)
  if (!right.ok) return right
  if (isText) return ok(byCodePoint(left.value as string, right.value as string))
  const [x, y] = [left.value as number | bigint, right.value as number | bigint]
  return ok(x < y ? -1 : x > y ? 1 : x === y ? 0 : NaN)
}

/** Order of two texts by code point, which UTF-8 keeps and UTF-16 does not. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Structural equality of two values of one type, IEEE for the floats in them: NaN is unlike itself, -0 is 0. */
export function equalValues(type: Type, a: Value, b: Value): boolean {
  switch (type.kind) {
    case 'secret':
      return equalValues(type.of, a, b)
    case 'ipld':
      return equalIpld(a as Ipld, b as Ipld)
    case 'link':
      return isLink(a) && isLink(b) && a.equals(b)
    case 'list':
      if (isBytes(type)) return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0
      return equalItems(a as Value[], b as Value[], () => type.element)
    case 'tuple':
      return equalItems(a as Value[], b as Value[], i => type.items[i]!)
    case 'flags':
      return equalItems(a as Value[], b as Value[], () => stringType)
    case 'record':
      return type.fields.every(field => equalValues(field.type, at(a, field.name), at(b, field.name)))
    case 'option':
      if (a === null || b === null) return a === b
      return isWrapped(type.some) ? equalValues(type.some, at(a, 'some'), at(b, 'some')) : equalValues(type.some, a, b)
    case 'result':
      return equalCases(a, b, name => (name === 'ok' ? type.ok : type.error))
    case 'variant':
      return equalCases(a, b, name => type.cases.find(entry => entry.name === name)?.type)
    default:
      return a === b
  }
}

const stringType: Type = { kind: 'string' }

const at = (map: Value, key: string): Value => (map as { [key: string]: Value })[key]!

function equalItems(a: Value[], b: Value[], typeOf: (index: number) => Type): boolean {
  return a.length === b.length && a.every((item, i) => equalValues(typeOf(i), item, b[i]!))
}

function equalCases(a: Value, b: Value, typeOf: (name: string) => Type | undefined): boolean {
  const [name] = Object.keys(a as object)
  if (!Object.hasOwn(b as object, name!)) return false
  const type = typeOf(name!)
  return type === undefined || equalValues(type, at(a, name!), at(b, name!))
}

function equalIpld(a: Ipld, b: Ipld): boolean {
  if (a instanceof Float) return b instanceof Float && a.value === b.value
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (isLink(a)) return isLink(b) && a.equals(b)
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalIpld(item, b[i]!))
  if (!isMap(a)) return a === b
  if (!isMap(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && equalIpld(a[key]!, b[key]!))
  )
}

function holdsFloats(type: Type): boolean {
  return type.kind === 'f32' || type.kind === 'f64' || (type.kind !== 'link' && partsOf(type).some(holdsFloats))
}
