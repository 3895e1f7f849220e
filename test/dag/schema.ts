import { readFileSync } from 'node:fs'
import { fromDSL } from '@ipld/schema/from-dsl.js'
import { Float, isLink, isMap, type Ipld } from '../../dag/ipld.ts'

/** Parts of the parsed form of an IPLD schema (https://ipld.io/docs/schemas/) that the project's schemas use. */
type Definition =
  | {
      struct: {
        fields: Record<string, Slot>
        representation: { map?: { fields?: Record<string, { rename?: string }> }; tuple?: object }
      }
    }
  | { union: { representation: { kinded: Record<string, Reference> } | { keyed: Record<string, Reference> } } }
  | { map: { valueType: Reference; valueNullable?: boolean } }
  | { list: { valueType: Reference; valueNullable?: boolean } }
  | { enum: { members: string[] } }
  | { copy: { fromType: string } }
  | { link: object }
  | { any: object }
interface Slot {
  type: Reference
  optional?: boolean
  nullable?: boolean
}
type Reference = string | Definition

const builtIn: Record<string, (value: Ipld) => boolean> = {
  Bool: value => typeof value === 'boolean',
  Int: value => typeof value === 'number' || typeof value === 'bigint',
  Float: value => value instanceof Float,
  String: value => typeof value === 'string',
  Bytes: value => value instanceof Uint8Array,
  Link: isLink,
  Any: value => value !== null,
}

function kindOf(value: Ipld): string {
  if (value === null) return 'null'
  if (typeof value === 'object')
    return Array.isArray(value)
      ? 'list'
      : isMap(value)
        ? 'map'
        : isLink(value)
          ? 'link'
          : value instanceof Float
            ? 'float'
            : 'bytes'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'int'
}

/**
 * Checks values against a schema of the project by the schema itself. (`@ipld/schema` parses schemas; its own
 * checker cannot take a type that holds itself.)
 */
export class Schema {
  readonly #types: Record<string, Definition>

  /** @param file name of a file in `dag/` */
  constructor(file: string) {
    const text = readFileSync(new URL(`../../dag/${file}`, import.meta.url), 'utf8')
    this.#types = (fromDSL(text) as unknown as { types: Record<string, Definition> }).types
  }

  /** Where a value departs from a type of the schema; undefined where it does not. */
  departs(type: Reference, value: Ipld, path = ''): string | undefined {
    if (typeof type === 'string') {
      const check = builtIn[type]
      if (check) return check(value) ? undefined : `${path}: ${kindOf(value)} is no ${type}`
      const definition = this.#types[type]
      if (!definition) throw new Error(`the schema has no type ${type}`)
      return this.departs(definition, value, path)
    }
    const is = (kind: string): string | undefined =>
      kindOf(value) === kind ? undefined : `${path}: ${kindOf(value)} is no ${kind}`
    const item = (of: Slot, part: Ipld, step: string) =>
      part === null && of.nullable ? undefined : this.departs(of.type, part, `${path}/${step}`)
    if ('copy' in type) return this.departs(type.copy.fromType, value, path)
    if ('any' in type) return value === null ? `${path}: null` : undefined
    if ('link' in type) return is('link')
    if ('enum' in type) return type.enum.members.includes(value as string) ? undefined : `${path}: no member`
    if ('list' in type) {
      const slot = { type: type.list.valueType, nullable: type.list.valueNullable ?? false }
      return is('list') ?? first((value as Ipld[]).map((part, i) => item(slot, part, String(i))))
    }
    if ('struct' in type && type.struct.representation.tuple) {
      const slots = Object.values(type.struct.fields)
      const items = value as Ipld[]
      if (is('list') || items.length !== slots.length) return is('list') ?? `${path}: ${items.length} items`
      return first(slots.map((slot, i) => item(slot, items[i]!, String(i))))
    }
    if (is('map') && !('union' in type && 'kinded' in type.union.representation)) return is('map')
    const map = value as { [key: string]: Ipld }
    if ('map' in type) {
      const slot = { type: type.map.valueType, nullable: type.map.valueNullable ?? false }
      return first(Object.keys(map).map(key => item(slot, map[key]!, key)))
    }
    if ('union' in type) {
      const { representation } = type.union
      const isKeyed = 'keyed' in representation
      const tags: Record<string, Reference> = isKeyed ? representation.keyed : representation.kinded
      const tag = isKeyed ? Object.keys(map)[0] : kindOf(value)
      if (tag === undefined || !Object.hasOwn(tags, tag)) return `${path}: no member for ${tag}`
      if (!isKeyed) return this.departs(tags[tag]!, value, path)
      return Object.keys(map).length === 1 ? this.departs(tags[tag]!, map[tag]!, `${path}/${tag}`) : `${path}: two keys`
    }
    const renames = type.struct.representation.map?.fields ?? {}
    const slots = new Map(
      Object.entries(type.struct.fields).map(([name, slot]) => [renames[name]?.rename ?? name, slot]),
    )
    const surplus = Object.keys(map).find(key => !slots.has(key))
    if (surplus !== undefined) return `${path}: surplus key ${surplus}`
    return first(
      [...slots].map(([key, slot]) => {
        if (Object.hasOwn(map, key)) return item(slot, map[key]!, key)
        return slot.optional ? undefined : `${path}: no key ${key}`
      }),
    )
  }
}

const first = (found: (string | undefined)[]): string | undefined => found.find(departure => departure !== undefined)
