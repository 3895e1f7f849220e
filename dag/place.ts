import type { CID } from 'multiformats/cid'
import { block } from './cid.ts'
import { isDeeper, maxBlockSize } from './codec.ts'
import type { DagError } from './interface.ts'
import { isAtom, isInlineBytes, isInlineIpld, maxInline, stringType } from './inline.ts'
import { isLink, setKey, type Block, type Ipld, type IpldMap } from './ipld.ts'
import { listInPieces, maxListSize, type Placed } from './lists.ts'
import { fail, ok, type Result } from './result.ts'
import { encodedSize, headSize, textSize } from './size.ts'
import { checkType, isBytes, type Type } from './types.ts'
import { importFile } from './unixfs.ts'
import { isWrapped, maxIpldDepth } from './value.ts'

export { readList, splitList, type Placed } from './lists.ts'
export { materialize } from './materialize.ts'

/**
 * Puts a value where it stands in a DAG (docs/dag.md, Placing): up to 1 KiB encoded inline, larger bytes as UnixFS,
 * other larger values as blocks, lists over 256 KiB in pieces. From the inside out: what stands in a list or a map is
 * placed before its own size is counted, so that placing parts first and the whole with {@link placeShallow} comes to
 * the same blocks.
 *
 * @param form the value in IPLD form, whole and checked against its type (`toIpld`); a file may stand as its link
 */
export async function place(type: Type, form: Ipld): Promise<Result<Placed, DagError>> {
  if (!checked.has(type)) {
    const fits = checkType(type)
    if (!fits.ok) return fits
    checked.add(type)
  }
  const placer = new Placer()
  // UnixFS is the one thing that cannot be made at once, so the large byte strings go first.
  for (const bytes of largeBytes(type, form)) await placer.importLarge(bytes)
  return placer.finish(placer.walk(type, form))
}

/** Types that `checkType` took, so that a value of many does not pay for it each time. */
const checked = new WeakSet<Type>()

/**
 * Places one string, byte string, list or map whose parts are placed already. Without a type: a value of type `ipld`
 * or `link` is not for this function, since it would be taken for something else.
 */
export async function placeShallow(value: Ipld): Promise<Result<Placed, DagError>> {
  const placer = new Placer()
  if (value instanceof Uint8Array) await placer.importLarge(value)
  return placer.finish(placer.settle(value, encodedSize(value)))
}

/** Encoded size of a link to a block of ours: tag, head, zero byte, CIDv1 with a hash of 32 bytes. */
const linkSize = 41

class Placer {
  /** Encoded size of what `walk` or `settle` gave last. */
  #size = 0
  #error: DagError | undefined
  readonly #blocks = new Map<string, Block>()
  readonly #files = new Map<Uint8Array, CID>()

  finish(value: Ipld): Result<Placed, DagError> {
    return this.#error ? fail(this.#error) : ok({ value, blocks: [...this.#blocks.values()] })
  }

  async importLarge(bytes: Uint8Array): Promise<void> {
    if (isInlineBytes(bytes.length) || this.#files.has(bytes)) return
    const { cid, blocks } = await importFile(bytes)
    this.#files.set(bytes, cid)
    this.#add(blocks)
  }

  walk(type: Type, form: Ipld): Ipld {
    switch (type.kind) {
      case 'list':
        if (isBytes(type)) return this.settle(form, encodedSize(form))
        return this.#list(form as Ipld[], () => type.element, isAtom(type.element))
      case 'tuple':
        return this.#list(form as Ipld[], i => type.items[i]!, false)
      case 'record':
        return this.#map(form as IpldMap, name => type.fields.find(field => field.name === name)!.type)
      case 'variant':
        return this.#map(form as IpldMap, name => type.cases.find(entry => entry.name === name)!.type ?? unitType)
      case 'result':
        return this.#map(form as IpldMap, name => (name === 'ok' ? type.ok : type.error))
      case 'option':
        if (form === null || !isWrapped(type.some)) return this.walk(form === null ? unitType : type.some, form)
        return this.#map(form as IpldMap, () => type.some)
      case 'ipld':
        return this.#ipld(form)
      case 'flags':
        return this.#list(form as Ipld[], () => stringType, false)
      case 'string':
      case 'enum':
        return this.settle(form, encodedSize(form))
      case 'secret':
        return this.walk(type.of, form)
      default:
        this.#size = encodedSize(form)
        return form
    }
  }

  /** Decides over a value whose parts are placed. */
  settle(value: Ipld, size: number): Ipld {
    this.#size = size
    if (size <= maxInline || isLink(value)) return value
    this.#size = linkSize
    if (value instanceof Uint8Array) return this.#files.get(value)!
    if (Array.isArray(value) && size > maxListSize) {
      const placed = listInPieces(value)
      this.#add(placed.blocks)
      return placed.value
    }
    return this.#block(value, size)
  }

  #block(value: Ipld, size: number): Ipld {
    this.#size = linkSize
    if (size > maxBlockSize) {
      this.#error ??= {
        code: 'size',
        message: `a ${typeof value === 'string' ? 'string' : 'value'} of ${size} bytes is over ${maxBlockSize}, the limit of a block`,
      }
      return null
    }
    const made = block(value)
    this.#add([made])
    return made.cid
  }

  #add(blocks: Block[]): void {
    for (const made of blocks) this.#blocks.set(made.cid.toString(), made)
  }

  #list(items: Ipld[], typeOf: (index: number) => Type, isPlainList: boolean): Ipld {
    let size = headSize(items.length)
    if (isPlainList) {
      for (const item of items) size += encodedSize(item)
      return this.settle(items, size)
    }
    const placed: Ipld[] = new Array(items.length)
    for (let i = 0; i < items.length; i++) {
      placed[i] = this.walk(typeOf(i), items[i]!)
      size += this.#size
    }
    return this.settle(placed, size)
  }

  #map(map: IpldMap, typeOf: (key: string) => Type): Ipld {
    const placed: IpldMap = {}
    const keys = Object.keys(map)
    let size = headSize(keys.length)
    for (const key of keys) {
      setKey(placed, key, this.walk(typeOf(key), map[key]!))
      size += textSize(key) + this.#size
    }
    return this.settle(placed, size)
  }

  #ipld(value: Ipld): Ipld {
    if (isDeeper(value, maxIpldDepth)) {
      this.#error ??= { code: 'value', message: `an \`ipld\` value nests deeper than ${maxIpldDepth}` }
      return null
    }
    const size = encodedSize(value)
    this.#size = size
    return isInlineIpld(value, size) ? value : this.#block(value, size)
  }
}

const unitType: Type = { kind: 'unit' }

/** The byte strings in a value that are UnixFS. */
function* largeBytes(type: Type, form: Ipld): Generator<Uint8Array> {
  if (form === null || isLink(form) || !mayHoldBytes(type)) return
  switch (type.kind) {
    case 'list':
      if (form instanceof Uint8Array) {
        if (!isInlineBytes(form.length)) yield form
      } else for (const item of form as Ipld[]) yield* largeBytes(type.element, item)
      return
    case 'tuple':
      for (const [i, item] of type.items.entries()) yield* largeBytes(item, (form as Ipld[])[i]!)
      return
    case 'record':
      for (const field of type.fields) yield* largeBytes(field.type, (form as IpldMap)[field.name]!)
      return
    case 'variant':
      for (const entry of type.cases)
        if (entry.type && Object.hasOwn(form as IpldMap, entry.name))
          yield* largeBytes(entry.type, (form as IpldMap)[entry.name]!)
      return
    case 'result':
      for (const key of ['ok', 'error'] as const)
        if (Object.hasOwn(form as IpldMap, key)) yield* largeBytes(type[key], (form as IpldMap)[key]!)
      return
    case 'option':
      yield* largeBytes(type.some, isWrapped(type.some) ? (form as IpldMap)['some']! : form)
      return
    case 'secret':
      yield* largeBytes(type.of, form)
  }
}

function mayHoldBytes(type: Type): boolean {
  switch (type.kind) {
    case 'list':
      return isBytes(type) || mayHoldBytes(type.element)
    case 'tuple':
      return type.items.some(mayHoldBytes)
    case 'record':
      return type.fields.some(field => mayHoldBytes(field.type))
    case 'variant':
      return type.cases.some(entry => entry.type !== undefined && mayHoldBytes(entry.type))
    case 'result':
      return mayHoldBytes(type.ok) || mayHoldBytes(type.error)
    case 'option':
      return mayHoldBytes(type.some)
    case 'secret':
      return mayHoldBytes(type.of)
    default:
      return false
  }
}
