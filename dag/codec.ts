import { isUtf8 } from 'node:buffer'
import { decodeOptions, encodeOptions } from '@ipld/dag-cbor'
import { Token, Tokenizer, Type, decode as decodeCbor, encode as encodeCbor, type DecodeOptions } from 'cborg'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import type { DagError } from './interface.ts'
import { Float, type Ipld } from './ipld.ts'
import { fail, ok, type Result } from './result.ts'

/** How deep lists and maps may stand in each other in one block. */
export const maxDepth = 128
/** Bytes of the largest block that is written, and that is read unless the caller says otherwise. */
export const maxBlockSize = 1 << 20

export interface DecodeLimits {
  /** Bytes; default {@link maxBlockSize}. */
  size?: number
  /** Default and most {@link maxDepth}. */
  depth?: number
}

/**
 * The DAG-CBOR encoding of a value (docs/dag.md, Values). It is canonical: keys by length, then by bytes, shortest
 * integers, floats always 64 bits.
 *
 * Throws on what is no value of the data model, since our own code never holds any: a `number` that is not a safe
 * integer, an integer beyond 64 bits, a lone surrogate, `undefined`, a foreign class, nesting beyond {@link maxDepth}.
 */
export function encode(value: Ipld): Uint8Array {
  // Depth is checked apart, with a stack that is bounded by it: cborg would recurse until the engine gives up.
  if (isDeeper(value, maxDepth)) throw new RangeError(`a value nests deeper than ${maxDepth}`)
  return encodeCbor(value, strictEncodeOptions)
}

/** Whether lists and maps stand more than `depth` deep in each other. */
export function isDeeper(value: Ipld, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) {
    if (depth === 0) return true
    for (const item of value) if (typeof item === 'object' && isDeeper(item, depth - 1)) return true
    return false
  }
  if (value instanceof Float || value instanceof Uint8Array || value instanceof CID) return false
  if (depth === 0) return true
  for (const key in value) if (isDeeper(value[key]!, depth - 1)) return true
  return false
}

const refuse = (what: string) => (): never => {
  throw new TypeError(`${what} cannot be encoded`)
}

const strictEncodeOptions = {
  ...encodeOptions,
  typeEncoders: {
    ...encodeOptions.typeEncoders,
    number(value: number) {
      if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a safe integer; a float is a Float`)
      return null
    },
    bigint(value: bigint) {
      if (value < -(2n ** 64n) || value >= 2n ** 64n) throw new RangeError(`${value} does not fit 64 bits`)
      return null
    },
    string(value: string) {
      if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate cannot be encoded')
      return null
    },
    Object(value: object) {
      if (value instanceof Float) return [new Token(Type.float, value.value)]
      if (value instanceof CID) return cidTokens(value)
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null)
        throw new TypeError('an object of a class cannot be encoded')
      for (const key in value) if (!key.isWellFormed()) throw new TypeError('a key with a lone surrogate')
      return null
    },
    symbol: refuse('a symbol'),
    Function: refuse('a function'),
    Map: refuse('a Map'),
    ArrayBuffer: refuse('an ArrayBuffer'),
    DataView: refuse('a DataView'),
    Int8Array: refuse('an Int8Array'),
    Uint8ClampedArray: refuse('a Uint8ClampedArray'),
    Int16Array: refuse('an Int16Array'),
    Uint16Array: refuse('a Uint16Array'),
    Int32Array: refuse('an Int32Array'),
    Uint32Array: refuse('a Uint32Array'),
    Float32Array: refuse('a Float32Array'),
    Float64Array: refuse('a Float64Array'),
    BigInt64Array: refuse('a BigInt64Array'),
    BigUint64Array: refuse('a BigUint64Array'),
    Tagged: refuse('a tagged value'),
  },
}

function cidTokens(cid: CID): Token[] {
  const bytes = new Uint8Array(cid.bytes.byteLength + 1)
  bytes.set(cid.bytes, 1)
  return [new Token(Type.tag, CID_TAG), new Token(Type.bytes, bytes)]
}

const CID_TAG = 42

/**
 * Reads a DAG-CBOR block strictly: what is not the canonical encoding of itself is refused, and nothing is
 * allocated for a count that the remaining bytes cannot hold.
 */
export function decode(bytes: Uint8Array, limits: DecodeLimits = {}): Result<Ipld, DagError> {
  const { size = maxBlockSize, depth = maxDepth } = limits
  if (bytes.byteLength > size)
    return fail({ code: 'size', message: `a block of ${bytes.byteLength} bytes is over the limit of ${size}` })
  const tokenizer = new StrictTokenizer(bytes, Math.min(depth, maxDepth))
  try {
    return ok(decodeCbor(tokenizer.data, { ...strictDecodeOptions, tokenizer }))
  } catch (error) {
    // cborg speaks by exceptions, and a tokenizer has no other way to stop it.
    if (!(error instanceof Error)) throw error
    const reason = error.message.replace(/^CBOR decode error: /, '')
    return fail({ code: 'codec', message: `not canonical DAG-CBOR: ${reason} (at byte ${tokenizer.pos()})` })
  }
}

const strictDecodeOptions: DecodeOptions = { ...decodeOptions, coerceUndefinedToNull: false, allowUndefined: false }

/** A list or map whose entries are being read. */
interface Open {
  /** Items still to come; a map counts its keys and its values. */
  left: number
  isMap: boolean
  /** Where the last key of a map stands in the data. */
  keyStart: number
  keyEnd: number
}

/** cborg's tokenizer, with every leniency taken away. */
class StrictTokenizer extends Tokenizer {
  readonly #depth: number
  readonly #open: Open[] = []

  constructor(data: Uint8Array, depth: number) {
    // A Buffer would make cborg slice views of the caller's memory.
    super(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), strictDecodeOptions)
    this.#depth = depth
  }

  override next(): Token {
    const first = this.data[this._pos]!
    const open = this.#open.at(-1)
    const isKey = open !== undefined && open.isMap && open.left % 2 === 0
    if (open) open.left -= 1
    const token = this.#read(first, isKey ? open : undefined)
    while (this.#open.length > 0 && this.#open.at(-1)!.left === 0) this.#open.pop()
    return token
  }

  #read(first: number, keyOf: Open | undefined): Token {
    const major = first >>> 5
    if (keyOf && major !== 3) throw new Error('a key must be a string')
    switch (major) {
      case 3:
        return this.#string(first, keyOf)
      case 4:
      case 5:
        return this.#enter(first, major === 5)
      case 6:
        return this.#link()
      case 7:
        return this.#simple(first)
      default:
        return super.next()
    }
  }

  #enter(first: number, isMap: boolean): Token {
    if ((first & 31) === 31) throw new Error('a list or map of indefinite length')
    const token = super.next()
    const count = token.value * (isMap ? 2 : 1)
    if (count > this.data.length - this._pos) throw new Error('more entries announced than bytes are left')
    if (this.#open.length >= this.#depth) throw new Error(`nested deeper than ${this.#depth}`)
    if (count > 0) this.#open.push({ left: count, isMap, keyStart: -1, keyEnd: -1 })
    return token
  }

  #string(first: number, keyOf: Open | undefined): Token {
    const token = super.next()
    const end = this._pos
    const minor = first & 31
    const start = end - token.encodedLength! + (minor < 24 ? 1 : 1 + (1 << (minor - 24)))
    if (!isAscii(this.data, start, end)) {
      const text = this.data.subarray(start, end)
      if (!isUtf8(text)) throw new Error('a string that is not UTF-8')
      token.value = utf8.decode(text)
    }
    if (keyOf) {
      if (keyOf.keyStart >= 0 && compareKeys(this.data, keyOf.keyStart, keyOf.keyEnd, start, end) >= 0)
        throw new Error('keys that are not sorted, or one twice')
      keyOf.keyStart = start
      keyOf.keyEnd = end
    }
    return token
  }

  /** Gives the tag and its content as one token. */
  #link(): Token {
    const tag = super.next()
    if (tag.value !== CID_TAG) throw new Error(`tag ${tag.value}; only 42, a link, is known`)
    if (this.done() || this.data[this._pos]! >>> 5 !== 2) throw new Error('a link that is not bytes')
    const { value } = super.next() as { value: Uint8Array }
    if (value[0] !== 0) throw new Error('a link without its leading zero')
    const cid = CID.decode(value.subarray(1))
    if (!isCanonicalCid(cid, value.subarray(1))) throw new Error('a link that is not written in the shortest way')
    return new Token(Type.bytes, cid, 0)
  }

  #simple(first: number): Token {
    if (first !== 0xfb) {
      if (first === 0xf9 || first === 0xfa) throw new Error('a float of less than 64 bits')
      if (first === 0xf7) throw new Error('undefined')
      return super.next()
    }
    const token = super.next()
    return new Token(Type.float, new Float(token.value as number), token.encodedLength)
  }
}

// Without `ignoreBOM` a leading U+FEFF would be lost.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function isAscii(data: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (data[i]! > 127) return false
  return true
}

function compareKeys(data: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): number {
  const length = aEnd - aStart
  if (length !== bEnd - bStart) return length - (bEnd - bStart)
  for (let i = 0; i < length; i++) {
    const difference = data[aStart + i]! - data[bStart + i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether these bytes are the only way to write the CID. */
export function isCanonicalCid(cid: CID, bytes: Uint8Array): boolean {
  const { code, digest } = cid.multihash
  const multihash = createDigest(code, digest)
  const canonical = cid.version === 0 ? multihash.bytes : CID.createV1(cid.code, multihash).bytes
  return canonical.length === bytes.length && canonical.every((byte, i) => byte === bytes[i])
}
