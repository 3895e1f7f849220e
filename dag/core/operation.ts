import type { CID } from 'multiformats/cid'
import { Budget, loadIpld, type Load } from '../load.ts'
import type { FailureKind } from '../failure.ts'
import { isAtom } from '../inline.ts'
import type { DagError } from '../interface.ts'
import { DAG_CBOR } from '../cid.ts'
import { isLink, type Block, type Ipld } from '../ipld.ts'
import { expand, materialize } from '../materialize.ts'
import { piecesOf, type Pieces } from '../lists.ts'
import { place, readList } from '../place.ts'
import { fail, ok, type Result } from '../result.ts'
import { decodeType, scalars, type Type } from '../types.ts'
import { readFileWithin } from '../unixfs.ts'
import { fromIpld, lower, type Value } from '../value.ts'

/** What a core operation came to. */
export type CoreOutcome =
  /** A placed value, and the blocks that it brought about. */
  | { kind: 'value'; value: Ipld; blocks: Block[] }
  /** A block that is not at hand. */
  | { kind: 'needs'; link: CID }
  /** `data` is the error that `core/unwrap` met, a placed value of type `ipld`, with its blocks. */
  | { kind: 'fail'; failure: FailureKind; detail: string; data?: Ipld; blocks?: Block[] }

/** Why an operation cannot go on. */
export type Stop = Exclude<CoreOutcome, { kind: 'value' }>
export type Read<T> = Result<T, Stop>

/** A row of the table of core operations. */
export interface Operation {
  /** How many arguments it has; with `more`, at least. */
  args: number
  more?: true
  run: (args: Ipld[], reader: ArgumentReader) => CoreOutcome | Promise<CoreOutcome>
}

/** Most elements of a list that an operation makes. */
export const maxElements = 1 << 24
/** Most bytes of a byte string that an operation makes. */
export const maxBytes = 1 << 28

/** A value that needs no placing. */
export function value(content: Ipld): CoreOutcome {
  return { kind: 'value', value: content, blocks: [] }
}

export function invalid(detail: string): Stop {
  return { kind: 'fail', failure: 'value', detail }
}

/** Places a result, given in IPLD form. */
export async function placed(type: Type, form: Ipld): Promise<CoreOutcome> {
  if (isAtom(type)) return value(form)
  const result = await place(type, form)
  return result.ok ? { kind: 'value', ...result.value } : invalid(result.error.message)
}

/** Places a result, given in JavaScript form. */
export function placedValue(type: Type, result: Value): CoreOutcome | Promise<CoreOutcome> {
  const form = lower(type, result, 'value')
  return form.ok ? placed(type, form.value) : invalid(`${form.error.path}: ${form.error.message}`)
}

/** Reads the arguments of one operation: links are followed, and all that is read counts against one budget. */
export class ArgumentReader {
  readonly #load: Load
  readonly #budget = new Budget({})
  #missing: CID | undefined

  constructor(load: Load) {
    this.#load = async cid => {
      const bytes = await load(cid)
      if (!bytes) this.#missing = cid
      return bytes
    }
  }

  /** The value behind a link, or the value itself; its parts stay as they stand. */
  async open(given: Ipld): Promise<Read<Ipld>> {
    return isLink(given) ? this.#read(loadIpld(given, this.#load, this.#budget)) : ok(given)
  }

  /** A type argument. */
  async type(given: Ipld): Promise<Read<Type>> {
    const scalar = typeof given === 'string' ? scalarTypes.get(given) : undefined
    if (scalar) return scalar
    const encoded = await this.open(given)
    return encoded.ok ? settle(decodeType(encoded.value)) : encoded
  }

  /** A whole value, in JavaScript form. */
  async value(type: Type, given: Ipld): Promise<Read<Value>> {
    const isInline = isAtom(type) || (type.kind === 'string' && typeof given === 'string')
    if (!isInline) return this.#read(materialize(type, given, this.#load, this.#budget))
    const read = fromIpld(type, given, 'value')
    return read.ok ? read : fail(invalid(`${read.error.path}: ${read.error.message}`))
  }

  /** A value in IPLD form, whole but for its files: what `place` takes to give it its one placed form. */
  async form(type: Type, given: Ipld): Promise<Read<Ipld>> {
    return this.#read(expand(type, given, this.#load, this.#budget))
  }

  /** The elements of a list in any of its forms, as they stand: bytes, a file of bytes, a list, a list in pieces. */
  async items(list: Ipld): Promise<Read<Ipld[] | Uint8Array>> {
    if (list instanceof Uint8Array) return ok(list)
    if (isLink(list) && list.code !== DAG_CBOR) return this.file(list)
    return this.#read(readList(list, this.#load, this.#budget))
  }

  /** Where the elements of a list in pieces stand; undefined where the block is of another form. */
  async pieces(list: CID): Promise<Read<Pieces | undefined>> {
    return this.#read(piecesOf(list, this.#load, this.#budget))
  }

  /** The bytes of a file. */
  async file(cid: CID): Promise<Read<Uint8Array>> {
    return this.#read(readFileWithin(cid, this.#load, this.#budget))
  }

  async #read<T>(reading: Promise<Result<T, DagError>>): Promise<Read<T>> {
    const result = await reading
    return this.#missing ? fail({ kind: 'needs', link: this.#missing }) : settle(result)
  }
}

const scalarTypes = new Map<string, Read<Type>>(scalars.map(kind => [kind, ok({ kind })]))

function settle<T>(result: Result<T, DagError>): Read<T> {
  return result.ok ? result : fail(invalid(result.error.message))
}
