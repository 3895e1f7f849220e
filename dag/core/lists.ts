import { isMap, type Ipld } from '../ipld.ts'
import { fail, ok } from '../result.ts'
import { isBytes, isInteger, revealed, showType, type Type } from '../types.ts'
import { integerForm } from '../value.ts'
import { byCodePoint } from './compare.ts'
import { Text, tooLong } from './text.ts'
import {
  invalid,
  maxBytes,
  maxElements,
  placed,
  value,
  type ArgumentReader,
  type CoreOutcome,
  type Operation,
  type Read,
  type Stop,
} from './operation.ts'
import { cut, show } from './show.ts'

/** Most elements of a range. */
const maxRange = 1_000_000

const ipld: Type = { kind: 'ipld' }
const string: Type = { kind: 'string' }

/** Operations on lists, and on what else has a length. */
export const lists = {
  /** `[value, type]`: elements of a list, code points of a string, entries of an `ipld` list or map. */
  'core/length': {
    args: 2,
    run: async ([given, encoded], reader) => {
      const type = await reader.type(encoded!)
      if (!type.ok) return type.error
      const open = revealed(type.value)
      if (open.kind === 'list') {
        const items = await reader.items(given!)
        return items.ok ? value(items.value.length) : items.error
      }
      if (open.kind !== 'string' && open.kind !== 'ipld') return invalid(`${named(open)} has no length`)
      const whole = await reader.value(open, given!)
      if (!whole.ok) return whole.error
      const content = whole.value as Ipld
      if (open.kind === 'string') return value(codePoints(content as string))
      if (Array.isArray(content)) return value(content.length)
      return isMap(content) ? value(Object.keys(content).length) : invalid(`${show(content)} has no length`)
    },
  },

  /** `[from, to, type]`: the integers of a type from the first, without the last. */
  'core/range': {
    args: 3,
    run: async ([from, to, encoded], reader) => {
      const type = await reader.type(encoded!)
      if (!type.ok) return type.error
      const element = revealed(type.value)
      if (!isInteger(element.kind)) return invalid(`a range of ${named(element)} cannot be made`)
      const first = await reader.value(element, from!)
      if (!first.ok) return first.error
      const end = await reader.value(element, to!)
      if (!end.ok) return end.error
      const start = BigInt(first.value as number | bigint)
      const count = BigInt(end.value as number | bigint) - start
      if (count > BigInt(maxRange)) return invalid(`a range of ${count} elements is over ${maxRange}`)
      const items = Array.from({ length: count > 0n ? Number(count) : 0 }, (_, i) => integerForm(start + BigInt(i)))
      return placedList(element, items)
    },
  },

  /** `[a, type of a, b, type of b]`: the pairs of two lists of one length. */
  'core/zip': {
    args: 4,
    run: async ([a, typeA, b, typeB], reader) => {
      const left = await elements(a!, typeA!, reader)
      if (!left.ok) return left.error
      const right = await elements(b!, typeB!, reader)
      if (!right.ok) return right.error
      const [x, y] = [left.value, right.value]
      if (x.items.length !== y.items.length)
        return invalid(`lists of ${x.items.length} and of ${y.items.length} elements cannot be zipped`)
      const pairs = Array.from(x.items, (item, i): Ipld => [item, y.items[i]!])
      return placedList({ kind: 'tuple', items: [x.element, y.element] }, pairs)
    },
  },

  /** `[type, a, b, …]`: lists of one type, or strings, one after the other. */
  'core/concat': {
    args: 1,
    more: true,
    run: async ([encoded, ...args], reader) => {
      const type = await reader.type(encoded!)
      if (!type.ok) return type.error
      const open = revealed(type.value)
      if (open.kind === 'list') {
        const parts = []
        for (const arg of args) {
          const part = await itemsOf(open, arg, reader)
          if (!part.ok) return part.error
          parts.push(part.value)
        }
        return joined(open.element, parts)
      }
      if (open.kind !== 'string') return invalid(`${named(open)} cannot be joined`)
      const whole = new Text()
      for (const arg of args) {
        const part = await reader.value(string, arg)
        if (!part.ok) return part.error
        whole.add(part.value as string)
      }
      return whole.isFull ? tooLong() : placed(string, whole.toString())
    },
  },

  /** `[list of lists, its type]` */
  'core/flatten': {
    args: 2,
    run: async ([given, encoded], reader) => {
      const type = await reader.type(encoded!)
      if (!type.ok) return type.error
      const outer = revealed(type.value)
      const inner = outer.kind === 'list' ? revealed(outer.element) : outer
      if (outer.kind !== 'list' || inner.kind !== 'list') return invalid(`${named(outer)} is no list of lists`)
      const items = await reader.items(given!)
      if (!items.ok) return items.error
      const parts = []
      for (const item of items.value) {
        const part = await itemsOf(inner, item, reader)
        if (!part.ok) return part.error
        parts.push(part.value)
      }
      return joined(inner.element, parts)
    },
  },

  /** `[ipld]`: the keys of a map, sorted by code point. */
  'core/keys': {
    args: 1,
    run: async ([given], reader) => {
      const whole = await reader.value(ipld, given!)
      if (!whole.ok) return whole.error
      const map = whole.value as Ipld
      if (!isMap(map)) return invalid(`${show(map)} has no keys`)
      return placedList(string, Object.keys(map).sort(byCodePoint))
    },
  },
} satisfies Record<string, Operation>

type Items = Ipld[] | Uint8Array

async function elements(
  given: Ipld,
  encoded: Ipld,
  reader: ArgumentReader,
): Promise<Read<{ element: Type; items: Items }>> {
  const type = await reader.type(encoded)
  if (!type.ok) return type
  const list = revealed(type.value)
  if (list.kind !== 'list') return fail(invalid(`${named(list)} is no list`))
  const items = await itemsOf(list, given, reader)
  return items.ok ? ok({ element: list.element, items: items.value }) : items
}

/** The elements in IPLD form; those that are files of more than a chunk are links. */
async function itemsOf(list: Type, given: Ipld, reader: ArgumentReader): Promise<Read<Items>> {
  if (isBytes(list)) return (await reader.value(list, given)) as Read<Uint8Array>
  return (await reader.form(list, given)) as Read<Ipld[]>
}

function joined(element: Type, parts: Items[]): CoreOutcome | Promise<CoreOutcome> {
  const count = parts.reduce((sum, part) => sum + part.length, 0)
  const isBytes = revealed(element).kind === 'u8'
  if (count > (isBytes ? maxBytes : maxElements)) return tooMany(count)
  if (isBytes) {
    const whole = new Uint8Array(count)
    let at = 0
    for (const part of parts as Uint8Array[]) {
      whole.set(part, at)
      at += part.length
    }
    return placed({ kind: 'list', element }, whole)
  }
  return placed({ kind: 'list', element }, (parts as Ipld[][]).flat())
}

function placedList(element: Type, items: Ipld[]): CoreOutcome | Promise<CoreOutcome> {
  if (items.length > maxElements) return tooMany(items.length)
  const list = revealed(element).kind === 'u8' ? Uint8Array.from(items as number[]) : items
  return placed({ kind: 'list', element }, list)
}

function tooMany(count: number): Stop {
  return invalid(`a list of ${count} elements is too long`)
}

function codePoints(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++
  return count
}

const named = (type: Type): string => cut(showType(type))
