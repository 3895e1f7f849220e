import type { CID } from 'multiformats/cid'
import { expect } from 'vitest'
import { block } from '../../../dag/cid.ts'
import { encode } from '../../../dag/codec.ts'
import { evaluateCore, type CoreOperation, type CoreOutcome } from '../../../dag/core.ts'
import { isAtom, isInlineIpld } from '../../../dag/inline.ts'
import { Float, isLink, isMap, setKey, type Block, type Ipld, type IpldMap } from '../../../dag/ipld.ts'
import { listInPieces } from '../../../dag/lists.ts'
import { place } from '../../../dag/place.ts'
import { encodedSize } from '../../../dag/size.ts'
import { isBytes, type Type } from '../../../dag/types.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { isWrapped, toIpld, type Value } from '../../../dag/value.ts'

export const of = (kind: string): Type => ({ kind }) as Type
export const list = (element: Type): Type => ({ kind: 'list', element })
export const option = (some: Type): Type => ({ kind: 'option', some })
export const tuple = (...items: Type[]): Type => ({ kind: 'tuple', items })
export const record = (fields: Record<string, Type>): Type => ({
  kind: 'record',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
})

/** Blocks at hand. */
export class Blocks {
  readonly #blocks = new Map<string, Uint8Array>()

  readonly load = async (cid: CID): Promise<Uint8Array | undefined> => this.#blocks.get(cid.toString())

  add(blocks: Block[]): void {
    for (const { cid, bytes } of blocks) this.#blocks.set(cid.toString(), bytes)
  }

  /** Makes a block of a value. */
  put(value: Ipld): CID {
    const made = block(value)
    this.add([made])
    return made.cid
  }

  /** Where a value stands by the rules. */
  async place(type: Type, value: Value): Promise<Ipld> {
    const placed = await place(type, toIpld(type, value))
    if (!placed.ok) throw new Error(placed.error.message)
    this.add(placed.value.blocks)
    return placed.value.value
  }

  async run(op: CoreOperation, ...args: Ipld[]): Promise<CoreOutcome> {
    const outcome = await evaluateCore(op, args, this.load)
    if (outcome.kind !== 'needs') this.add(outcome.blocks ?? [])
    return outcome
  }

  /** What an operation gives; where it does not, why. */
  async result(op: CoreOperation, ...args: Ipld[]): Promise<Ipld> {
    const outcome = await this.run(op, ...args)
    if (outcome.kind === 'value') return outcome.value
    throw new Error(outcome.kind === 'needs' ? `needs ${outcome.link}` : outcome.detail)
  }

  /** The kind and the words of a failure. */
  async failure(op: CoreOperation, ...args: Ipld[]): Promise<string> {
    const outcome = await this.run(op, ...args)
    return outcome.kind === 'fail' ? `${outcome.failure}: ${outcome.detail}` : `no failure but ${outcome.kind}`
  }
}

/** Two placed values that are the same, byte for byte. */
export function expectSame(given: Ipld, expected: Ipld): void {
  expect(Buffer.from(encode(given)).toString('hex')).toBe(Buffer.from(encode(expected)).toString('hex'))
}

/**
 * A value as nobody places it, but anyone may write it: parts in blocks that need none, inline though they are large, in
 * pieces though they are short.
 *
 * @param coins which way to go at each part; the seed of a sequence
 */
export async function scatter(type: Type, form: Ipld, blocks: Blocks, coins: number): Promise<Ipld> {
  let state = coins | 1
  const coin = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >> 16) % 3
  }
  const away = (value: Ipld): Ipld => (coin() === 0 ? blocks.put(value) : value)
  const walk = async (of: Type, part: Ipld): Promise<Ipld> => {
    if (of.kind === 'secret') return walk(of.of, part)
    if (isAtom(of)) return part
    if (of.kind === 'option' && !isWrapped(of.some)) return part === null ? null : walk(of.some, part)
    if (of.kind === 'ipld') return coin() > 0 && isInlineIpld(part, encodedSize(part)) ? part : blocks.put(part)
    if (isBytes(of)) {
      if (coin() > 0) return part
      const file = await importFile(part as Uint8Array)
      blocks.add(file.blocks)
      return file.cid
    }
    if (Array.isArray(part)) {
      const typeOf = (i: number): Type =>
        of.kind === 'list' ? of.element : of.kind === 'tuple' ? of.items[i]! : { kind: 'string' }
      const items: Ipld[] = []
      for (const [i, item] of part.entries()) items.push(await walk(typeOf(i), item))
      if (items.length === 0 || coin() > 0) return away(items)
      const pieces = listInPieces(items)
      blocks.add(pieces.blocks)
      return pieces.value
    }
    if (!isMap(part)) return away(part)
    const map: IpldMap = {}
    for (const [key, item] of Object.entries(part)) setKey(map, key, await walk(partType(of, key), item))
    return away(map)
  }
  return walk(type, form)
}

function partType(type: Type, key: string): Type {
  switch (type.kind) {
    case 'record':
      return type.fields.find(field => field.name === key)!.type
    case 'variant':
      return type.cases.find(entry => entry.name === key)!.type ?? { kind: 'unit' }
    case 'result':
      return key === 'ok' ? type.ok : type.error
    case 'option':
      return type.some
    default:
      throw new Error(`no parts in ${type.kind}`)
  }
}

/** Equality as people expect it, by the look of the values alone: `NaN` is unlike itself, -0 is 0. */
export function alike(a: unknown, b: unknown): boolean {
  if (a instanceof Float) return b instanceof Float && a.value === b.value
  if (isLink(a)) return isLink(b) && a.toString() === b.toString()
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.from(a).equals(b)
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => alike(item, b[i]))
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b
  if (b instanceof Float || isLink(b) || b instanceof Uint8Array || Array.isArray(b)) return false
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(x)
  return keys.length === Object.keys(y).length && keys.every(key => Object.hasOwn(y, key) && alike(x[key], y[key]))
}
