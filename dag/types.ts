import type { DagError } from './interface.ts'
import { isMap, type Ipld } from './ipld.ts'
import { fail, ok, type Result } from './result.ts'

/**
 * Types of values: the value types of the WebAssembly Component Model, two of IPLD (`link`, `ipld`), and `secret`, whose
 * values are written as those of the type in it: secrecy is a matter of who may see them.
 *
 * Fields, cases and flags stand in declared order, which the canonical ABI needs; equality and the encoded
 * form do not depend on it (docs/dag.md, Values).
 */
export type Type =
  | { kind: Scalar }
  | ListOf<Type>
  | OptionOf<Type>
  | ResultOf<Type>
  | TupleOf<Type>
  | RecordOf<Type>
  | VariantOf<Type>
  | EnumType
  | FlagsType
  | LinkOf<Type>
  | SecretOf<Type>

// What stands in a composite is `T`: a `Type`, one with variables (the compiler's), or one with handles (the canonical
// ABI's). TypeScript takes a union that holds itself only where its members are named one by one.
export interface ListOf<T> {
  kind: 'list'
  element: T
}
export interface OptionOf<T> {
  kind: 'option'
  some: T
}
export interface ResultOf<T> {
  kind: 'result'
  ok: T
  error: T
}
export interface TupleOf<T> {
  kind: 'tuple'
  items: T[]
}
export interface RecordOf<T> {
  kind: 'record'
  fields: FieldOf<T>[]
}
export interface VariantOf<T> {
  kind: 'variant'
  cases: CaseOf<T>[]
}
export interface EnumType {
  kind: 'enum'
  cases: string[]
}
export interface FlagsType {
  kind: 'flags'
  flags: string[]
}
export interface LinkOf<T> {
  kind: 'link'
  target: T
}
export interface SecretOf<T> {
  kind: 'secret'
  of: T
}
type Composite<T> =
  | ListOf<T>
  | OptionOf<T>
  | ResultOf<T>
  | TupleOf<T>
  | RecordOf<T>
  | VariantOf<T>
  | EnumType
  | FlagsType
  | LinkOf<T>
  | SecretOf<T>

export type Scalar = (typeof scalars)[number]
export type TypeKind = Type['kind']

export interface FieldOf<T> {
  name: string
  type: T
}

/** A case of a variant; `type` is absent where it carries nothing. */
export interface CaseOf<T> {
  name: string
  type?: T
}
export type Field = FieldOf<Type>
export type Case = CaseOf<Type>

export const integerKinds = ['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64'] as const
export type IntegerKind = (typeof integerKinds)[number]

/** `unit` is written `()`; in WIT it is the absence of a result or of a payload of `result`. */
export const scalars = ['bool', ...integerKinds, 'f32', 'f64', 'char', 'string', 'unit', 'ipld'] as const

export const unit: Type = { kind: 'unit' }
export const bytes: Type = { kind: 'list', element: { kind: 'u8' } }

export function isBytes(type: Type): boolean {
  return type.kind === 'list' && revealed(type.element).kind === 'u8'
}

/** The type without the secrets around it: how its values are written. */
export function revealed(type: Type): Exclude<Type, SecretOf<Type>> {
  while (type.kind === 'secret') type = type.of
  return type
}

/** Inclusive bounds of an integer type. */
export function integerRange(kind: IntegerKind): [min: bigint, max: bigint] {
  return ranges[kind]
}

const unsigned = (bits: bigint): [bigint, bigint] => [0n, 2n ** bits - 1n]
const signed = (bits: bigint): [bigint, bigint] => [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
const ranges: Record<IntegerKind, [min: bigint, max: bigint]> = {
  ...{ u8: unsigned(8n), u16: unsigned(16n), u32: unsigned(32n), u64: unsigned(64n) },
  ...{ s8: signed(8n), s16: signed(16n), s32: signed(32n), s64: signed(64n) },
}

export function isInteger(kind: string): kind is IntegerKind {
  return (integerKinds as readonly string[]).includes(kind)
}

export function isScalar(kind: string): kind is Scalar {
  return (scalars as readonly string[]).includes(kind)
}

/** How deep types may stand in each other, so that a type in a job, and its values, stay within a block's depth. */
export const maxTypeDepth = 48
/** How many types and names one type may be made of, its aliases expanded: a short text can stand for a huge type. */
export const maxTypeSize = 10_000

/**
 * Whether a type is sound and small enough to be encoded: every name in it once, an enum or a variant with a case,
 * within {@link maxTypeDepth} and {@link maxTypeSize}. What comes from strangers is checked before `encodeType`.
 */
export function checkType(type: Type): Result<Type, DagError> {
  let left = maxTypeSize
  const visit = (part: Type, depth: number): string | undefined => {
    if (depth > maxTypeDepth) return `types nest deeper than ${maxTypeDepth}`
    const names = namesOf(part)
    left -= 1 + names.length
    if (left < 0) return `a type is made of more than ${maxTypeSize} types and names`
    if (new Set(names).size !== names.length) return `a name stands twice in one ${part.kind}`
    if (!names.every(name => name.isWellFormed())) return `a name in one ${part.kind} is not Unicode`
    if (names.length === 0 && (part.kind === 'enum' || part.kind === 'variant')) return `one ${part.kind} has no case`
    for (const child of partsOf(part)) {
      const wrong = visit(child, depth + 1)
      if (wrong) return wrong
    }
    return undefined
  }
  const wrong = visit(type, 1)
  return wrong === undefined ? ok(type) : fail({ code: 'type', message: wrong })
}

function namesOf(type: Type): string[] {
  switch (type.kind) {
    case 'record':
      return type.fields.map(field => field.name)
    case 'variant':
      return type.cases.map(entry => entry.name)
    case 'enum':
      return type.cases
    case 'flags':
      return type.flags
    default:
      return []
  }
}

/** The types that stand directly in a type, in declared order. */
export function partsOf<T extends { kind: string }>(type: T): T[] {
  const composite = type as unknown as Composite<T>
  switch (composite.kind) {
    case 'list':
      return [composite.element]
    case 'option':
      return [composite.some]
    case 'result':
      return [composite.ok, composite.error]
    case 'tuple':
      return composite.items
    case 'record':
      return composite.fields.map(field => field.type)
    case 'variant':
      return composite.cases.flatMap(entry => entry.type ?? [])
    case 'link':
      return [composite.target]
    case 'secret':
      return [composite.of]
    default:
      return []
  }
}

/**
 * Whether two types are one: structural, the order of fields, cases and flags does not count (docs/dag.md, Values).
 */
export function equalTypes(a: Type, b: Type): boolean {
  return a === b || matchParts(a, b, equalTypes)
}

/** Whether two types are made alike, of parts that match; those of records and variants are matched by their names. */
export function matchParts<T extends { kind: string }>(one: T, other: T, match: (a: T, b: T) => boolean): boolean {
  const a = one as unknown as Composite<T>
  const b = other as unknown as Composite<T>
  switch (a.kind) {
    case 'record':
      return b.kind === 'record' && matchMembers(a.fields, b.fields, match)
    case 'variant':
      return b.kind === 'variant' && matchMembers(a.cases, b.cases, match)
    case 'enum':
      return b.kind === 'enum' && equalNames(a.cases, b.cases)
    case 'flags':
      return b.kind === 'flags' && equalNames(a.flags, b.flags)
    default: {
      const [parts, others] = [partsOf(one), partsOf(other)]
      return a.kind === b.kind && parts.length === others.length && parts.every((part, i) => match(part, others[i]!))
    }
  }
}

function matchMembers<T>(a: CaseOf<T>[], b: CaseOf<T>[], match: (a: T, b: T) => boolean): boolean {
  if (a.length !== b.length) return false
  const others = new Map(b.map(member => [member.name, member]))
  return a.every(({ name, type }) => {
    const other = others.get(name)
    if (!other) return false
    return type && other.type ? match(type, other.type) : type === other.type
  })
}

function equalNames(a: string[], b: string[]): boolean {
  const names = new Set(b)
  return a.length === b.length && a.every(name => names.has(name))
}

/** A type in the language's own syntax, aliases expanded. */
export function showType(type: Type): string {
  switch (type.kind) {
    case 'unit':
      return '()'
    case 'list':
      return type.element.kind === 'u8' ? 'bytes' : `list<${showType(type.element)}>`
    case 'option':
      return `option<${showType(type.some)}>`
    case 'result':
      return `result<${showType(type.ok)}, ${showType(type.error)}>`
    case 'tuple':
      return `tuple<${type.items.map(showType).join(', ')}>`
    case 'record':
      return braces(
        'record',
        type.fields.map(field => `${field.name}: ${showType(field.type)}`),
      )
    case 'variant':
      return braces(
        'variant',
        type.cases.map(entry => (entry.type ? `${entry.name}(${showType(entry.type)})` : entry.name)),
      )
    case 'enum':
      return braces('enum', type.cases)
    case 'flags':
      return braces('flags', type.flags)
    case 'link':
      return `link<${showType(type.target)}>`
    case 'secret':
      return `secret<${showType(type.of)}>`
    default:
      return type.kind
  }
}

function braces(word: string, members: string[]): string {
  return members.length === 0 ? `${word} {}` : `${word} { ${members.join(', ')} }`
}

/**
 * A type as IPLD (docs/dag.md, Types; `value.ipldsch`): names sorted, so that their order does not count.
 * Throws where {@link checkType} fails.
 */
export function encodeType(type: Type): Ipld {
  const checked = checkType(type)
  if (!checked.ok) throw new RangeError(checked.error.message)
  return typeToIpld(type)
}

function typeToIpld(type: Type): Ipld {
  switch (type.kind) {
    case 'list':
      return { list: typeToIpld(type.element) }
    case 'option':
      return { option: typeToIpld(type.some) }
    case 'result':
      return { result: { ok: typeToIpld(type.ok), error: typeToIpld(type.error) } }
    case 'tuple':
      return { tuple: type.items.map(typeToIpld) }
    case 'record':
      return { record: Object.fromEntries(type.fields.map(field => [field.name, typeToIpld(field.type)])) }
    case 'variant':
      return {
        variant: Object.fromEntries(type.cases.map(entry => [entry.name, entry.type ? typeToIpld(entry.type) : null])),
      }
    case 'enum':
      return { enum: type.cases.toSorted() }
    case 'flags':
      return { flags: type.flags.toSorted() }
    case 'link':
      return { link: typeToIpld(type.target) }
    case 'secret':
      return { secret: typeToIpld(type.of) }
    default:
      return type.kind
  }
}

/** Reads what {@link encodeType} wrote. Fields and cases come in the order of their encoding. */
export function decodeType(encoded: Ipld): Result<Type, DagError> {
  const type = typeOf(encoded, 1)
  return typeof type === 'string' ? fail({ code: 'type', message: type }) : checkType(type)
}

/** The type, or what is wrong with it. */
function typeOf(encoded: Ipld, depth: number): Type | string {
  if (depth > maxTypeDepth) return `types nest deeper than ${maxTypeDepth}`
  if (typeof encoded === 'string') return isScalar(encoded) ? { kind: encoded } : `${quote(encoded)} is no type`
  if (!isMap(encoded) || Object.keys(encoded).length !== 1) return 'a type must be a name or a map with one key'
  const [kind, content] = Object.entries(encoded)[0]!
  const inner = (part: Ipld, build: (type: Type) => Type): Type | string => {
    const type = typeOf(part, depth + 1)
    return typeof type === 'string' ? type : build(type)
  }
  switch (kind) {
    case 'list':
      return inner(content, element => ({ kind, element }))
    case 'option':
      return inner(content, some => ({ kind, some }))
    case 'link':
      return inner(content, target => ({ kind, target }))
    case 'secret':
      return inner(content, of => ({ kind, of }))
    case 'result': {
      const sides = isMap(content) ? content : {}
      if (Object.keys(sides).length !== 2 || !Object.hasOwn(sides, 'ok') || !Object.hasOwn(sides, 'error'))
        return '`result` must have `ok` and `error`'
      const success = typeOf(sides['ok']!, depth + 1)
      return typeof success === 'string' ? success : inner(sides['error']!, error => ({ kind, ok: success, error }))
    }
    case 'tuple': {
      if (!Array.isArray(content)) return '`tuple` must have a list of types'
      const items: Type[] = []
      for (const part of content) {
        const item = typeOf(part, depth + 1)
        if (typeof item === 'string') return item
        items.push(item)
      }
      return { kind, items }
    }
    case 'record': {
      const fields = members(content, depth, false)
      return typeof fields === 'string' ? fields : { kind, fields: fields as Field[] }
    }
    case 'variant': {
      const cases = members(content, depth, true)
      return typeof cases === 'string' ? cases : { kind, cases }
    }
    case 'enum': {
      const cases = sortedNames(content)
      return cases ? { kind, cases } : '`enum` must have a sorted list of names'
    }
    case 'flags': {
      const flags = sortedNames(content)
      return flags ? { kind, flags } : '`flags` must have a sorted list of names'
    }
    default:
      return `${quote(kind)} is no type`
  }
}

function members(content: Ipld, depth: number, mayBeEmpty: boolean): Case[] | string {
  if (!isMap(content)) return 'fields and cases must be a map'
  const list: Case[] = []
  for (const [name, part] of Object.entries(content)) {
    if (part === null && mayBeEmpty) {
      list.push({ name })
      continue
    }
    const type = typeOf(part, depth + 1)
    if (typeof type === 'string') return type
    list.push({ name, type })
  }
  return list
}

function sortedNames(content: Ipld): string[] | undefined {
  if (!Array.isArray(content)) return undefined
  const names: string[] = []
  for (const name of content) {
    if (typeof name !== 'string' || (names.length > 0 && names.at(-1)! >= name)) return undefined
    names.push(name)
  }
  return names
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 64))
