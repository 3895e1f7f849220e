import { block, DAG_CBOR } from '../cid.ts'
import { holdsReserved, maxInline } from '../inline.ts'
import { isLink, isMap, type Block, type Ipld } from '../ipld.ts'
import { LIST } from '../lists.ts'
import { place, placeShallow } from '../place.ts'
import { fail, ok } from '../result.ts'
import { encodedSize } from '../size.ts'
import { isBytes, revealed, type Type } from '../types.ts'
import { importFile } from '../unixfs.ts'
import { isWrapped, type Value } from '../value.ts'
import { equalValues } from './compare.ts'
import {
  invalid,
  placed,
  value,
  type ArgumentReader,
  type CoreOutcome,
  type Operation,
  type Read,
} from './operation.ts'
import { quote, show } from './show.ts'

const ipld: Type = { kind: 'ipld' }

/** Operations that pick a part of a value, or go between a value and a link to it. */
export const access = {
  /** `[record, "name"]`: the value of a field; the payload of `{some}`, `{ok}`, `{error}` and of a variant's case too. */
  'core/field': {
    args: 2,
    run: async ([record, name], reader) => {
      const map = await reader.open(record!)
      if (!map.ok) return map.error
      if (typeof name !== 'string' || !isMap(map.value) || !Object.hasOwn(map.value, name))
        return invalid(`there is no field ${show(name!)}`)
      return part(map.value[name]!)
    },
  },

  /** `[tuple, n]`: the nth item, counted from 0. */
  'core/item': {
    args: 2,
    run: async ([tuple, index], reader) => {
      const list = await reader.items(tuple!)
      if (!list.ok) return list.error
      const item = typeof index === 'number' ? list.value[index] : undefined
      return item === undefined ? invalid(`there is no item ${show(index!)}`) : part(item)
    },
  },

  /** `[list, n]`: the nth element, counted from 0; beyond the end is a failure of kind `value`. */
  'core/index': {
    args: 2,
    run: async ([list, index], reader) => {
      if (!isInteger(index!)) return invalid('an index must be an integer')
      const items = await reader.items(list!)
      if (!items.ok) return items.error
      const item = items.value[Number(index)]
      return item === undefined ? beyond(index, items.value.length) : part(item)
    },
  },

  /** `[ipld, key]`: the value at a key of a map or at an index of a list. */
  'core/key': {
    args: 2,
    run: async ([given, key], reader) => {
      const whole = await reader.value(ipld, given!)
      if (!whole.ok) return whole.error
      const object = whole.value as Ipld
      const name = await reader.open(key!)
      if (!name.ok) return name.error
      const wanted = name.value
      if (typeof wanted === 'string') {
        if (!isMap(object)) return invalid(`${describe(object)} has no key ${quote(wanted)}`)
        return Object.hasOwn(object, wanted)
          ? placed(ipld, object[wanted]!)
          : invalid(`the map has no key ${quote(wanted)}`)
      }
      if (!isInteger(wanted)) return invalid('a key must be a string or an integer')
      if (!Array.isArray(object)) return invalid(`${describe(object)} has no elements to count`)
      const item = object[Number(wanted)]
      return item === undefined ? beyond(wanted, object.length) : placed(ipld, item)
    },
  },

  /** `[link]`: the value in the block of a link, for types whose values never stand in a block of their own. */
  'core/load': {
    args: 1,
    run: async ([link], reader) => {
      if (!isLink(link)) return invalid('only a link can be loaded')
      // Behind a link to an option may stand what has a block of its own all the same: its content.
      const content = await (link.code === DAG_CBOR ? reader.open(link) : reader.form(bytesType, link))
      if (!content.ok) return content.error
      const inner = content.value
      const isPieces = isMap(inner) && Object.hasOwn(inner, LIST)
      return isPieces || (link.code === DAG_CBOR && encodedSize(inner) > maxInline) ? value(link) : part(inner)
    },
  },

  /** `[value, type]`: the link to a value as a block, or a file, of its own. */
  'core/link': {
    args: 2,
    run: async ([given, encoded], reader) => {
      const type = await reader.type(encoded!)
      if (!type.ok) return type.error
      const form = await reader.form(type.value, given!)
      if (!form.ok) return form.error
      const stands = await place(type.value, form.value)
      if (!stands.ok) return invalid(stands.error.message)
      const { value: inner, blocks } = stands.value
      const content = contentType(type.value)
      if (isLink(inner) && content.kind !== 'link') return { kind: 'value', value: inner, blocks }
      const own: Block[] = isBytes(content) && inner instanceof Uint8Array ? await file(inner) : [block(inner)]
      return { kind: 'value', value: own.at(-1)!.cid, blocks: [...blocks, ...own] }
    },
  },

  /**
   * `[value, form]`: what an option (`option`, or `some` where it is written `{some}`) or a `result` holds; a failure of
   * kind `unwrap` where it holds nothing, or an error, which is then the failure's data.
   */
  'core/unwrap': {
    args: 2,
    run: async ([given, form], reader) => {
      if (form === 'option') return given === null ? nothing : part(given!)
      if (form !== 'some' && form !== 'result') return invalid('there is no such form to unwrap')
      const opened = await reader.open(given!)
      if (!opened.ok) return opened.error
      const map = opened.value
      if (map === null && form === 'some') return nothing
      const [name, content] = (isMap(map) && Object.keys(map).length === 1 && Object.entries(map)[0]) || []
      if (content !== undefined && name === (form === 'some' ? 'some' : 'ok')) return part(content)
      if (content === undefined || form !== 'result' || name !== 'error') return invalid(`there is nothing to unwrap`)
      return unwrapped(content, reader)
    },
  },

  /** `[value, form, [name…]]`: which of the names the value's case has; their number where it has none of them. */
  'core/case': {
    args: 3,
    run: async ([given, form, list], reader) => {
      const names = await reader.items(list!)
      if (!names.ok) return names.error
      const name = await caseOf(given!, form!, reader)
      if (!name.ok) return name.error
      for (const [i, candidate] of names.value.entries()) {
        const open = await reader.open(candidate)
        if (!open.ok) return open.error
        if (open.value === name.value) return value(i)
      }
      return value(names.value.length)
    },
  },

  /** `[value, type, [literal…]]`: which of the literals the value equals; their number where it equals none. */
  'core/switch': {
    args: 3,
    run: async ([given, encoded, list], reader) => {
      const type = await reader.type(encoded!)
      if (!type.ok) return type.error
      const found = await reader.value(type.value, given!)
      if (!found.ok) return found.error
      const literals = await reader.items(list!)
      if (!literals.ok) return literals.error
      for (const [i, literal] of literals.value.entries()) {
        const other: Read<Value> = await reader.value(type.value, literal)
        if (!other.ok) return other.error
        if (equalValues(type.value, found.value, other.value)) return value(i)
      }
      return value(literals.value.length)
    },
  },
} satisfies Record<string, Operation>

const bytesType: Type = { kind: 'list', element: { kind: 'u8' } }
const nothing: CoreOutcome = { kind: 'fail', failure: 'unwrap', detail: 'there was `none`' }

/**
 * A part of a placed value stands as it is. What a foreign block holds may be larger than anything inline, or look like
 * a promise: the first gets a block of its own, the second is no placed value.
 */
async function part(inner: Ipld): Promise<CoreOutcome> {
  if (isLink(inner) || typeof inner === 'number' || typeof inner === 'boolean') return value(inner)
  if (holdsReserved(inner)) return invalid('a value that could be taken for a promise stands inline')
  if (encodedSize(inner) <= maxInline) return value(inner)
  const result = await placeShallow(inner)
  return result.ok ? { kind: 'value', ...result.value } : invalid(result.error.message)
}

/**
 * The failure of an `err(…)`. Its type is not known here: an error in a block of its own is read as the value that it is,
 * a file and what is too large for one value of type `ipld` stay links.
 */
async function unwrapped(error: Ipld, reader: ArgumentReader): Promise<CoreOutcome> {
  let content = error
  if (isLink(error) && error.code === DAG_CBOR) {
    const items = await reader.open(error)
    if (!items.ok) return items.error
    content = isMap(items.value) && Object.hasOwn(items.value, LIST) ? error : items.value
  }
  const data = await place(ipld, content)
  const detail = `there was \`err(${show(content)})\``
  return data.ok
    ? { kind: 'fail', failure: 'unwrap', detail, data: data.value.value, blocks: data.value.blocks }
    : { kind: 'fail', failure: 'unwrap', detail, data: null }
}

async function caseOf(given: Ipld, form: Ipld, reader: ArgumentReader): Promise<Read<string>> {
  if (form === 'option') return ok(given === null ? 'none' : 'some')
  if (form !== 'enum' && form !== 'variant') return fail(invalid('there is no such form of cases'))
  const opened = await reader.open(given)
  if (!opened.ok) return opened
  const content = opened.value
  if (form === 'enum') return typeof content === 'string' ? ok(content) : fail(invalid('there is no case to tell'))
  if (content === null) return ok('none')
  const keys = isMap(content) ? Object.keys(content) : []
  return keys.length === 1 ? ok(keys[0]!) : fail(invalid('there is no case to tell'))
}

/** The type whose values an inline value of this type is one of, if it is no `null`. */
function contentType(type: Type): ReturnType<typeof revealed> {
  const open = revealed(type)
  return open.kind === 'option' && !isWrapped(open.some) ? contentType(open.some) : open
}

async function file(bytes: Uint8Array): Promise<Block[]> {
  return (await importFile(bytes)).blocks
}

function isInteger(given: Ipld): given is number | bigint {
  return typeof given === 'number' || typeof given === 'bigint'
}

function beyond(index: number | bigint, length: number): CoreOutcome {
  return invalid(`index ${index} is out of range: the list has ${length} element${length === 1 ? '' : 's'}`)
}

function describe(given: Ipld): string {
  return isMap(given) ? 'a map' : Array.isArray(given) ? 'a list' : show(given)
}
