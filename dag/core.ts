import type { CID } from 'multiformats/cid'
import { DAG_CBOR } from './cid.ts'
import { loadValue } from './job.ts'
import type { Load } from './load.ts'
import type { FailureKind } from './failure.ts'
import { ok } from './result.ts'
import { isLink, isMap, type Block, type Ipld } from './ipld.ts'
import { materialize, place, readList } from './place.ts'
import { decodeType, isBytes, revealed, type Type } from './types.ts'
import { readFile } from './unixfs.ts'
import { isWrapped, toIpld, type Value } from './value.ts'

/** What a core operation came to. */
export type CoreOutcome =
  /** A placed value, and the blocks that it brought about. */
  | { kind: 'value'; value: Ipld; blocks: Block[] }
  /** A block that is not at hand. */
  | { kind: 'needs'; link: CID }
  /** `data` is the error that `core/unwrap` met, a placed value of type `ipld`. */
  | { kind: 'fail'; failure: FailureKind; detail: string; data?: Ipld }

type Operation = (args: Ipld[], load: Load) => Promise<CoreOutcome>

/**
 * The operations of `ipvm:core`, on placed values. The normal form folds them where their arguments are known, the
 * runtime computes them inline; both by this table, so that they cannot differ.
 */
export const coreOperations = {
  /** `[record, "name"]`: the value of a field. */
  'core/field': async ([record, name], load) => {
    const map = await open(record!, load)
    if ('kind' in map) return map
    if (typeof name !== 'string' || !isMap(map.value) || !Object.hasOwn(map.value, name))
      return invalid(`there is no field ${JSON.stringify(name)}`)
    return value(map.value[name]!)
  },

  /** `[tuple, n]`: the nth item, counted from 0. */
  'core/item': async ([tuple, index], load) => {
    const list = await open(tuple!, load)
    if ('kind' in list) return list
    const item = Array.isArray(list.value) && typeof index === 'number' ? list.value[index] : undefined
    return item === undefined ? invalid(`there is no item ${String(index)}`) : value(item)
  },

  /** `[list, n]`: the nth element, counted from 0; beyond the end is a failure of kind `value`. */
  'core/index': async ([list, index], load) => {
    if (typeof index !== 'number' && typeof index !== 'bigint') return invalid('an index must be an integer')
    const found = await elementAt(list!, BigInt(index), load)
    if ('kind' in found) return found
    return found.item === undefined
      ? invalid(`index ${index} is out of range: the list has ${found.length} element${found.length === 1 ? '' : 's'}`)
      : value(found.item)
  },

  /** `[link]`: the value in the block of a link, for types whose values never stand in a block of their own. */
  'core/load': async ([link], load) => {
    if (!isLink(link)) return invalid('only a link can be loaded')
    const content = await open(link, load)
    return 'kind' in content ? content : value(content.value)
  },

  /** `[value, from, to]`: a conversion that loses nothing, where the two types are written differently in IPLD. */
  'core/widen': async ([given, from, to], load) => {
    const types = [await open(from!, load), await open(to!, load)] as const
    if ('kind' in types[0]) return types[0]
    if ('kind' in types[1]) return types[1]
    const source = decodeType(types[0].value)
    const target = decodeType(types[1].value)
    if (!source.ok || !target.ok) return invalid('the types of a conversion must be types')
    let missing: CID | undefined
    const content = await materialize(source.value, given!, async cid => {
      const bytes = await load(cid)
      if (!bytes) missing = cid
      return bytes
    })
    if (missing) return { kind: 'needs', link: missing }
    if (!content.ok) return invalid(content.error.message)
    const placed = await place(target.value, toIpld(target.value, widen(content.value, source.value, target.value)))
    return placed.ok ? { kind: 'value', ...placed.value } : invalid(placed.error.message)
  },
} satisfies Record<string, Operation>

export type CoreOperation = keyof typeof coreOperations

/** Computes one core operation. Arguments hold no promises and no parameters. */
export async function evaluateCore(op: string, args: Ipld[], load: Load): Promise<CoreOutcome> {
  const operation: Operation | undefined = Object.hasOwn(coreOperations, op)
    ? coreOperations[op as keyof typeof coreOperations]
    : undefined
  return operation ? operation(args, load) : { kind: 'fail', failure: 'refused', detail: `there is no operation ${op}` }
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
  if (from.kind === 'record' && to.kind === 'record')
    return from.fields.every(field => sameForm(field.type, fieldType(to.fields, field.name) ?? field.type))
  if (from.kind === 'variant' && to.kind === 'variant')
    return from.cases.every(entry => !entry.type || sameForm(entry.type, fieldType(to.cases, entry.name) ?? entry.type))
  return true
}

function widen(given: Value, from: Type, to: Type): Value {
  if (sameForm(from, to) && !holds64(to)) return given
  if (to.kind === 'u64' || to.kind === 's64') return BigInt(given as number | bigint)
  if (from.kind === 'list' && to.kind === 'list') {
    const items = from.element.kind === 'u8' ? Array.from(given as Uint8Array) : (given as Value[])
    if (to.element.kind === 'u8') return Uint8Array.from(items as number[])
    return items.map(item => widen(item, from.element, to.element))
  }
  if (from.kind === 'option' && to.kind === 'option') {
    if (given === null) return null
    return isWrapped(from.some)
      ? { some: widen((given as { some: Value }).some, from.some, to.some) }
      : widen(given, from.some, to.some)
  }
  if (from.kind === 'tuple' && to.kind === 'tuple')
    return (given as Value[]).map((item, i) => widen(item, from.items[i]!, to.items[i]!))
  if (from.kind === 'result' && to.kind === 'result') {
    const map = given as { ok?: Value; error?: Value }
    return map.ok === undefined
      ? { error: widen(map.error!, from.error, to.error) }
      : { ok: widen(map.ok, from.ok, to.ok) }
  }
  if (from.kind === 'record' && to.kind === 'record') return widenEntries(given, from.fields, to.fields)
  if (from.kind === 'variant' && to.kind === 'variant') return widenEntries(given, from.cases, to.cases)
  return given
}

function widenEntries(given: Value, from: { name: string; type?: Type }[], to: { name: string; type?: Type }[]): Value {
  const entries = Object.entries(given as { [key: string]: Value }).map(([name, content]): [string, Value] => {
    const source = fieldType(from, name)
    const target = fieldType(to, name)
    return [name, source && target ? widen(content, source, target) : content]
  })
  return Object.fromEntries(entries)
}

function holds64(type: Type): boolean {
  if (type.kind === 'u64' || type.kind === 's64') return true
  if (type.kind === 'list') return holds64(type.element)
  if (type.kind === 'option') return holds64(type.some)
  if (type.kind === 'result') return holds64(type.ok) || holds64(type.error)
  if (type.kind === 'tuple') return type.items.some(holds64)
  if (type.kind === 'record') return type.fields.some(field => holds64(field.type))
  if (type.kind === 'variant') return type.cases.some(entry => entry.type !== undefined && holds64(entry.type))
  return false
}

function fieldType(list: { name: string; type?: Type }[], name: string): Type | undefined {
  return list.find(entry => entry.name === name)?.type
}

const value = (content: Ipld): CoreOutcome => ({ kind: 'value', value: content, blocks: [] })
const invalid = (detail: string): CoreOutcome => ({ kind: 'fail', failure: 'value', detail })

/** The value behind a link, or the value itself. */
async function open(given: Ipld, load: Load): Promise<{ value: Ipld } | CoreOutcome> {
  if (!isLink(given)) return { value: given }
  const bytes = await load(given)
  if (!bytes) return { kind: 'needs', link: given }
  const loaded = await loadValue(given, async () => bytes)
  return loaded.ok ? { value: loaded.value } : invalid(loaded.error.message)
}

/** The element of a list in any of its forms: bytes, a file of bytes, a list, a list in pieces. */
async function elementAt(
  list: Ipld,
  index: bigint,
  load: Load,
): Promise<{ item: Ipld | undefined; length: number } | CoreOutcome> {
  let missing: CID | undefined
  const watched: Load = async cid => {
    const bytes = await load(cid)
    if (!bytes) missing = cid
    return bytes
  }
  const items =
    list instanceof Uint8Array
      ? ok(list)
      : isLink(list) && list.code !== DAG_CBOR
        ? await readFile(list, watched)
        : await readList(list, watched)
  if (missing) return { kind: 'needs', link: missing }
  if (!items.ok) return invalid(items.error.message)
  const { length } = items.value
  return { item: index >= 0n && index < BigInt(length) ? items.value[Number(index)] : undefined, length }
}
