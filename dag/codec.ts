import { encodeOptions } from '@ipld/dag-cbor'
import { Token, Type, encode as encodeCbor } from 'cborg'
import { CID } from 'multiformats/cid'
import { Decoder, Malformed } from './decode.ts'
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
  const decoder = new Decoder(bytes, Math.min(depth, maxDepth))
  try {
    return ok(decoder.whole())
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return fail({ code: 'codec', message: `not canonical DAG-CBOR: ${error.message} (at byte ${decoder.at})` })
  }
}
