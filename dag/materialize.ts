import type { CID } from 'multiformats/cid'
import { RAW } from './cid.ts'
import { isAtom, isInlineBytes, isInlineIpld, stringType } from './inline.ts'
import type { DagError } from './interface.ts'
import { isLink, isMap, setKey, type Ipld, type IpldMap } from './ipld.ts'
import { itemsOf } from './lists.ts'
import { Budget, loadIpld, type Load, type ReadOptions } from './load.ts'
import { fail, ok, type Result } from './result.ts'
import { encodedSize } from './size.ts'
import { checkType, isBytes, type Type } from './types.ts'
import { chunkSize, readFileWithin, sizeOfFile } from './unixfs.ts'
import { checkForm, fromIpld, isWrapped, type Value, type ValueError } from './value.ts'

/**
 * The value that a placed one stands for: every link that is not of type `link` is loaded, verified and followed, and
 * the whole is checked against the type. The inverse of `place`.
 *
 * @param path names the value in errors: `args[2].size: 300 does not fit u8`
 */
export async function materialize(
  type: Type,
  placed: Ipld,
  load: Load,
  options: ReadOptions | Budget = {},
  path?: string,
): Promise<Result<Value, DagError>> {
  const form = await read(type, placed, load, options, false)
  if (form.ok) return checked(fromIpld(type, form.value, path ?? 'value'))
  return path === undefined ? form : fail({ ...form.error, message: `${path}: ${form.error.message}` })
}

/**
 * A placed value in IPLD form, whole and checked like that of {@link materialize}, but for files of more than a chunk,
 * which stay links. `place` gives it the one placed form of the value: what stands in a block without need, or inline
 * and should not, comes to where it belongs. A file keeps its CID, however its bytes were cut.
 */
export async function expand(
  type: Type,
  placed: Ipld,
  load: Load,
  options: ReadOptions | Budget = {},
): Promise<Result<Ipld, DagError>> {
  const form = await read(type, placed, load, options, true)
  return form.ok ? checked(checkForm(type, form.value, 'value')) : form
}

function checked<T>(value: Result<T, ValueError>): Result<T, DagError> {
  return value.ok ? value : fail({ code: 'value', message: `${value.error.path}: ${value.error.message}` })
}

async function read(
  type: Type,
  placed: Ipld,
  load: Load,
  options: ReadOptions | Budget,
  keepFiles: boolean,
): Promise<Result<Ipld, DagError>> {
  const fits = checkType(type)
  if (!fits.ok) return fits
  const reader = new Reader(load, Budget.of(options), keepFiles)
  const form = await reader.expand(type, placed)
  return reader.error ? fail(reader.error) : ok(form)
}

/** How many parts of one list or map are loaded at once. */
const width = 32

/**
 * Follows links by type. What needs no loading is done at once, without a promise, so that a list of a million numbers
 * costs one pass. The first error stays; whatever is given after it does not count.
 */
class Reader {
  error: DagError | undefined
  readonly #load: Load
  readonly #budget: Budget
  /** Files that were looked at and may stay links; each is looked at once. */
  readonly #kept: Map<string, Promise<Ipld>> | undefined

  constructor(load: Load, budget: Budget, keepFiles: boolean) {
    this.#load = load
    this.#budget = budget
    if (keepFiles) this.#kept = new Map()
  }

  expand(type: Type, placed: Ipld): Ipld | Promise<Ipld> {
    if (this.error) return null
    if (type.kind === 'secret') return this.expand(type.of, placed)
    if (isAtom(type)) return placed
    if (type.kind === 'option' && !isWrapped(type.some)) return placed === null ? null : this.expand(type.some, placed)
    if (isLink(placed)) return isBytes(type) ? this.#file(placed) : this.#block(type, placed)
    if (type.kind === 'ipld') return this.#inlineIpld(placed)
    return this.#parts(type, placed)
  }

  /** The parts of a list or map; what is of another form is left to the check against the type. */
  #parts(type: Type, value: Ipld): Ipld | Promise<Ipld> {
    switch (type.kind) {
      case 'list':
        return Array.isArray(value) && !isAtom(type.element) ? this.#items(value, () => type.element) : value
      case 'tuple':
        return Array.isArray(value) ? this.#items(value, i => type.items[i]) : value
      case 'flags':
        return Array.isArray(value) ? this.#items(value, () => stringType) : value
      case 'record':
        return this.#entries(value, key => type.fields.find(field => field.name === key)?.type)
      case 'variant':
        return this.#entries(value, key => type.cases.find(entry => entry.name === key)?.type)
      case 'result':
        return this.#entries(value, key => (key === 'ok' ? type.ok : key === 'error' ? type.error : undefined))
      case 'option':
        return this.#entries(value, key => (key === 'some' ? type.some : undefined))
      default:
        return value
    }
  }

  #items(items: Ipld[], typeOf: (index: number) => Type | undefined): Ipld[] | Promise<Ipld[]> {
    const whole: Ipld[] = new Array(items.length)
    const take = (i: number): Ipld | Promise<Ipld> => {
      const type = typeOf(i)
      return type ? this.expand(type, items[i]!) : items[i]!
    }
    for (let i = 0; i < items.length; i++) {
      const item = take(i)
      if (item instanceof Promise) return this.#itemsLater(whole, take, i, item)
      whole[i] = item
    }
    return whole
  }

  async #itemsLater(
    whole: Ipld[],
    take: (i: number) => Ipld | Promise<Ipld>,
    from: number,
    first: Promise<Ipld>,
  ): Promise<Ipld[]> {
    const put = async (i: number, item: Promise<Ipld>): Promise<void> => {
      whole[i] = await item
    }
    let waiting = [put(from, first)]
    for (let i = from + 1; i < whole.length && !this.error; i++) {
      const item = take(i)
      if (!(item instanceof Promise)) whole[i] = item
      else if (waiting.push(put(i, item)) === width) {
        await Promise.all(waiting)
        waiting = []
      }
    }
    await Promise.all(waiting)
    return whole
  }

  #entries(value: Ipld, typeOf: (key: string) => Type | undefined): Ipld | Promise<Ipld> {
    if (!isMap(value)) return value
    const keys = Object.keys(value)
    const items = this.#items(
      keys.map(key => value[key]!),
      i => typeOf(keys[i]!),
    )
    const build = (whole: Ipld[]): IpldMap => {
      const map: IpldMap = {}
      for (const [i, key] of keys.entries()) setKey(map, key, whole[i]!)
      return map
    }
    return items instanceof Promise ? items.then(build) : build(items)
  }

  #inlineIpld(value: Ipld): Ipld {
    if (!isInlineIpld(value, encodedSize(value)))
      return this.#fail({ code: 'value', message: 'an `ipld` value that must be a block of its own stands inline' })
    return value
  }

  #file(cid: CID): Promise<Ipld> {
    if (!this.#kept) return this.#content(cid)
    const key = cid.toString()
    let kept = this.#kept.get(key)
    if (!kept) this.#kept.set(key, (kept = this.#linkOrContent(cid)))
    return kept
  }

  async #content(cid: CID): Promise<Ipld> {
    const bytes = await readFileWithin(cid, this.#load, this.#budget)
    return bytes.ok ? bytes.value : this.#fail(bytes.error)
  }

  /** Only the first block of the file is read, and does not count: nothing of it is kept. */
  async #linkOrContent(cid: CID): Promise<Ipld> {
    const size = await sizeOfFile(cid, this.#load)
    if (!size.ok) return this.#fail(size.error)
    const isChunk = size.value <= chunkSize
    const stays = cid.code === RAW ? isChunk && !isInlineBytes(size.value) : !isChunk
    return stays ? cid : this.#content(cid)
  }

  async #block(type: Type, cid: CID): Promise<Ipld> {
    const content = await loadIpld(cid, this.#load, this.#budget)
    if (!content.ok) return this.#fail(content.error)
    if (type.kind === 'ipld') return content.value
    if (isLink(content.value)) return this.#fail({ code: 'value', message: `block ${cid} is a bare link` })
    if (type.kind !== 'list' && type.kind !== 'tuple' && type.kind !== 'flags') return this.#parts(type, content.value)
    const items = await itemsOf(content.value, cid, this.#load, this.#budget)
    if (!items) return this.#fail({ code: 'value', message: `block ${cid} is not a list` })
    return items.ok ? this.#parts(type, items.value) : this.#fail(items.error)
  }

  #fail(error: DagError): null {
    this.error ??= error
    return null
  }
}
