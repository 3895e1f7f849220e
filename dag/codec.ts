import { Decoder, Malformed } from './decode.ts'
import { encodeInPlace } from './encode.ts'
import type { DagError } from './interface.ts'
import type { Ipld } from './ipld.ts'
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
  return encodeInPlace(value, maxDepth).slice()
}

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
