import type { CID } from 'multiformats/cid'
import { Float, isLink, isMap, setKey, type Ipld, type IpldMap } from './ipld.ts'
import { fail, ok, type Result } from './result.ts'
import { integerRange, isBytes, revealed, type Case, type Field, type IntegerKind, type Type } from './types.ts'

/**
 * A typed value in JavaScript form, which the type decides: integers up to 32 bits and floats are `number` (NaN and
 * the infinities included), 64-bit integers `bigint`, `char`, `string` and enum cases strings, `list<u8>` a
 * `Uint8Array`, other lists and tuples arrays, records plain objects, variants a one-key object `{case: payload}`
 * (payload null where there is none), `option` null or the value (`{some: v}` where the content is itself an option,
 * `ipld` or `unit`), `result` `{ok: v}` or `{error: e}`, flags a sorted array of names, `unit` null, `link` a CID, a
 * secret what it would be without being one.
 * An `ipld` value is itself (`Ipld`, with its `Float`s).
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | CID | Value[] | { [key: string]: Value }

/** Where in a value something is wrong (`args[2].size`), and what (`300 does not fit u8`). */
export interface ValueError {
  path: string
  message: string
}

/** Whether an option of this type is written `{"some": v}`: its content may itself be null. */
export function isWrapped(some: Type): boolean {
  const { kind } = revealed(some)
  return kind === 'option' || kind === 'ipld' || kind === 'unit'
}

/**
 * A value in IPLD form (docs/dag.md, Values), checked against its type. Throws a TypeError that names the place where
 * the value is not of its type: whoever made it had the type at hand. {@link lower} gives the error as a value.
 */
export function toIpld(type: Type, value: Value): Ipld {
  const lowered = lower(type, value, 'value')
  if (!lowered.ok) throw new TypeError(`${lowered.error.path}: ${lowered.error.message}`)
  return lowered.value
}

/** {@link toIpld} for values from outside. Flags may come in any order. `path` names the value in errors. */
export function lower(type: Type, value: Value, path: string): Result<Ipld, ValueError> {
  return resultOf(convert(type, value as Ipld, writing), path)
}

/**
 * The value that an IPLD form stands for, checked strictly against its type. The form must be whole: links stand
 * where the type says `link` (or inside `ipld`) and nowhere else; `materialize` loads the others.
 */
export function fromIpld(type: Type, form: Ipld, path: string): Result<Value, ValueError> {
  return resultOf(convert(type, form, reading), path) as Result<Value, ValueError>
}

/** The form itself, checked like that of {@link fromIpld}, but for bytes, which may be a link to their file. */
export function checkForm(type: Type, form: Ipld, path: string): Result<Ipld, ValueError> {
  const converted = resultOf(convert(type, form, checking), path)
  return converted.ok ? ok(form) : converted
}

function resultOf(converted: Ipld | Mismatch, path: string): Result<Ipld, ValueError> {
  return converted instanceof Mismatch
    ? fail({ path: cut(path + converted.path, maxPath), message: converted.message })
    : ok(converted)
}

/** Messages go to people, journals and receipts: however long a value or a key of it is, they are not. */
const maxPath = 240
const maxShown = 64

/** Both ends of a long text. */
function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length / 2)}…${text.slice(-length / 2)}` : text
}

/** The digits of a number. One of a million digits is not written out. */
function digits(value: number | bigint): string {
  if (typeof value === 'bigint' && (value >= tooLong || value <= -tooLong)) return 'an integer of over 64 digits'
  return String(value)
}

const tooLong = 10n ** BigInt(maxShown)

/** Why a value is not of its type. The path grows from the inside out, so that only a failure pays for it. */
class Mismatch {
  path = ''
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
  under(step: string | number): this {
    const name = typeof step === 'number' ? `[${step}]` : isName.test(step) ? `.${step}` : `[${quote(step)}]`
    this.path = name + this.path
    return this
  }
}

const isName = /^[A-Za-z_]\w*(-\w+)*$/

/** What differs between the two directions; lists, records and all that only holds other values is shared. */
interface Direction {
  integer(kind: IntegerKind, value: Ipld): Ipld | Mismatch
  float(kind: 'f32' | 'f64', value: Ipld): Ipld | Mismatch
  flags(names: string[]): string[] | Mismatch
  /** Whether a link may stand for bytes. */
  files: boolean
}

const writing: Direction = {
  files: false,
  integer(kind, value) {
    if (kind === 'u64' || kind === 's64') {
      if (typeof value !== 'bigint') return expected('a bigint', value)
      if (!fits(kind, value)) return new Mismatch(`${digits(value)} does not fit ${kind}`)
      return integerForm(value)
    }
    if (typeof value !== 'number') return expected('a number', value)
    // -0 is 0 among integers.
    return fitsSmall(kind, value) ? value + 0 : new Mismatch(`${value} does not fit ${kind}`)
  },
  float(kind, value) {
    if (typeof value !== 'number') return expected('a number', value)
    if (!Number.isFinite(value)) return String(value)
    if (kind === 'f32' && Math.fround(value) !== value) return new Mismatch(`${value} is not an f32`)
    return new Float(value)
  },
  flags(names) {
    const sorted = names.toSorted()
    return sorted.some((name, i) => name === sorted[i + 1]) ? new Mismatch('a flag stands twice') : sorted
  },
}

const reading: Direction = {
  files: false,
  integer(kind, value) {
    if (kind === 'u64' || kind === 's64') {
      if (typeof value !== 'bigint' && typeof value !== 'number') return expected('an integer', value)
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return expected('an integer', value)
      const wide = BigInt(value)
      return fits(kind, wide) ? wide : new Mismatch(`${digits(value)} does not fit ${kind}`)
    }
    if (typeof value === 'bigint') return new Mismatch(`${digits(value)} does not fit ${kind}`)
    if (typeof value !== 'number') return expected('an integer', value)
    return fitsSmall(kind, value) ? value : new Mismatch(`${value} does not fit ${kind}`)
  },
  float(kind, value) {
    if (value instanceof Float) {
      if (kind === 'f32' && Math.fround(value.value) !== value.value)
        return new Mismatch(`${value.value} is not an f32`)
      return value.value
    }
    if (value === 'NaN') return NaN
    if (value === 'Infinity') return Infinity
    if (value === '-Infinity') return -Infinity
    return expected('a float', value)
  },
  flags(names) {
    for (let i = 1; i < names.length; i++)
      if (names[i - 1]! >= names[i]!) return new Mismatch('flags must be sorted, each at most once')
    return names
  },
}

const checking: Direction = { ...reading, files: true }

function convert(type: Type, value: Ipld, to: Direction): Ipld | Mismatch {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : expected('a bool', value)
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
    case 's8':
    case 's16':
    case 's32':
    case 's64':
      return to.integer(type.kind, value)
    case 'f32':
    case 'f64':
      return to.float(type.kind, value)
    case 'char':
      return typeof value === 'string' && isScalarValue(value) ? value : expected('one Unicode scalar value', value)
    case 'string':
      if (typeof value !== 'string') return expected('a string', value)
      return value.isWellFormed() ? value : new Mismatch('a string with a lone surrogate')
    case 'unit':
      return value === null ? null : expected('`()`', value)
    case 'ipld':
      return checkIpld(value, maxIpldDepth) ?? value
    case 'link':
      return isLink(value) ? value : expected('a link', value)
    case 'list':
      if (isBytes(type))
        return value instanceof Uint8Array || (to.files && isLink(value)) ? value : expected('bytes', value)
      return Array.isArray(value) ? convertList(type.element, value, to) : expected('a list', value)
    case 'tuple':
      return convertTuple(type.items, value, to)
    case 'record':
      return convertRecord(type.fields, value, to)
    case 'variant':
      return convertVariant(type.cases, value, to)
    case 'option':
      return convertOption(type.some, value, to)
    case 'result':
      return convertVariant(
        [
          { name: 'ok', type: type.ok },
          { name: 'error', type: type.error },
        ],
        value,
        to,
      )
    case 'enum':
      if (typeof value !== 'string') return expected('the name of a case', value)
      return type.cases.includes(value) ? value : new Mismatch(`there is no case ${quote(value)}`)
    case 'flags':
      return convertFlags(type.flags, value, to)
    case 'secret':
      return convert(type.of, value, to)
  }
}

function convertList(element: Type, items: Ipld[], to: Direction): Ipld | Mismatch {
  const list: Ipld[] = new Array(items.length)
  for (let i = 0; i < items.length; i++) {
    const item = convert(element, items[i]!, to)
    if (item instanceof Mismatch) return item.under(i)
    list[i] = item
  }
  return list
}

function convertTuple(types: Type[], value: Ipld, to: Direction): Ipld | Mismatch {
  if (!Array.isArray(value)) return expected('a tuple', value)
  if (value.length !== types.length)
    return new Mismatch(`a tuple of ${types.length} was expected, this has ${value.length}`)
  const list: Ipld[] = []
  for (let i = 0; i < types.length; i++) {
    const item = convert(types[i]!, value[i]!, to)
    if (item instanceof Mismatch) return item.under(i)
    list.push(item)
  }
  return list
}

function convertRecord(fields: Field[], value: Ipld, to: Direction): Ipld | Mismatch {
  if (!isMap(value)) return expected('a record', value)
  const map: IpldMap = {}
  for (const { name, type } of fields) {
    if (!Object.hasOwn(value, name)) return new Mismatch(`the field ${quote(name)} is missing`)
    const item = convert(type, value[name]!, to)
    if (item instanceof Mismatch) return item.under(name)
    setKey(map, name, item)
  }
  const keys = Object.keys(value)
  if (keys.length !== fields.length) {
    const surplus = keys.find(key => !fields.some(field => field.name === key))
    if (surplus !== undefined) return new Mismatch(`there is no field ${quote(surplus)}`)
    // What is not enumerable would be in no block.
    const hidden = fields.find(({ name }) => !keys.includes(name))!
    return new Mismatch(`the field ${quote(hidden.name)} is missing`)
  }
  return map
}

function convertVariant(cases: Case[], value: Ipld, to: Direction): Ipld | Mismatch {
  if (!isMap(value)) return expected('a map with the name of a case', value)
  const keys = Object.keys(value)
  if (keys.length !== 1) return new Mismatch(`one case was expected, this has ${keys.length}`)
  const name = keys[0]!
  const entry = cases.find(candidate => candidate.name === name)
  if (!entry) return new Mismatch(`there is no case ${quote(name)}`)
  const payload = value[name]!
  if (!entry.type && payload !== null) return new Mismatch(`the case ${quote(name)} carries nothing`)
  const item = entry.type ? convert(entry.type, payload, to) : null
  if (item instanceof Mismatch) return item.under(name)
  const map: IpldMap = {}
  setKey(map, name, item)
  return map
}

function convertOption(some: Type, value: Ipld, to: Direction): Ipld | Mismatch {
  if (value === null) return null
  if (!isWrapped(some)) return convert(some, value, to)
  if (!isMap(value) || Object.keys(value).length !== 1 || !Object.hasOwn(value, 'some'))
    return expected('null or `{"some": …}`', value)
  const item = convert(some, value['some']!, to)
  return item instanceof Mismatch ? item.under('some') : { some: item }
}

function convertFlags(known: string[], value: Ipld, to: Direction): Ipld | Mismatch {
  if (!Array.isArray(value)) return expected('a list of flags', value)
  const names: string[] = []
  for (const name of value) {
    if (typeof name !== 'string') return expected('the name of a flag', name)
    if (!known.includes(name)) return new Mismatch(`there is no flag ${quote(name)}`)
    names.push(name)
  }
  return to.flags(names)
}

/** How deep an `ipld` value may nest: what stands around it in a block needs room too (`codec.ts`, `maxDepth`). */
export const maxIpldDepth = 120

/** Whether something is of the IPLD data model as {@link Ipld} holds it; what is wrong with it, if not. */
function checkIpld(value: Ipld | undefined, depth: number): Mismatch | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined
    case 'number':
      return Number.isSafeInteger(value) ? undefined : new Mismatch(`${value} is not an integer; floats are \`Float\`s`)
    case 'bigint':
      return value >= -(2n ** 64n) && value < 2n ** 64n ? undefined : new Mismatch(`${digits(value)} is over 64 bits`)
    case 'string':
      return value.isWellFormed() ? undefined : new Mismatch('a string with a lone surrogate')
    case 'object':
      break
    default:
      return new Mismatch(`${typeof value} is not IPLD`)
  }
  if (value === null || value instanceof Float || value instanceof Uint8Array || isLink(value)) return undefined
  if (depth === 0) return new Mismatch(`nested deeper than ${maxIpldDepth}`)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const wrong = checkIpld(value[i], depth - 1)
      if (wrong) return wrong.under(i)
    }
    return undefined
  }
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) return new Mismatch('a key with a lone surrogate')
    const wrong = checkIpld(item, depth - 1)
    if (wrong) return wrong.under(key)
  }
  return undefined
}

/** An integer as IPLD holds it in memory: a `number` where that is exact. */
export function integerForm(value: bigint): number | bigint {
  return value >= minSafe && value <= maxSafe ? Number(value) : value
}

const [minSafe, maxSafe] = [BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)]

const [u64, s64] = [integerRange('u64'), integerRange('s64')]

function fits(kind: 'u64' | 's64', value: bigint): boolean {
  const [min, max] = kind === 'u64' ? u64 : s64
  return value >= min && value <= max
}

function fitsSmall(kind: Exclude<IntegerKind, 'u64' | 's64'>, value: number): boolean {
  switch (kind) {
    case 'u8':
      return (value & 0xff) === value
    case 'u16':
      return (value & 0xffff) === value
    case 'u32':
      return value >>> 0 === value
    case 's8':
      return (value << 24) >> 24 === value
    case 's16':
      return (value << 16) >> 16 === value
    case 's32':
      return (value | 0) === value
  }
}

function isScalarValue(text: string): boolean {
  const code = text.codePointAt(0)
  return code !== undefined && text.length === (code > 0xffff ? 2 : 1) && (code < 0xd800 || code > 0xdfff)
}

function expected(what: string, given: Ipld | undefined): Mismatch {
  return new Mismatch(`${what} was expected, this is ${describe(given)}`)
}

function describe(given: Ipld | undefined): string {
  if (given === undefined) return 'nothing'
  if (given === null) return 'null'
  if (given instanceof Uint8Array) return 'bytes'
  if (given instanceof Float) return `the float ${given.value}`
  if (isLink(given)) return 'a link'
  if (Array.isArray(given)) return 'a list'
  if (typeof given === 'string') return quote(given)
  if (typeof given === 'number' || typeof given === 'bigint') return digits(given)
  if (typeof given === 'boolean') return `${given}`
  return typeof given === 'object' ? 'a map' : `a ${typeof given}`
}

const quote = (text: string): string => JSON.stringify(text.length > maxShown ? `${text.slice(0, maxShown)}…` : text)
