/**
 * Values on their way to another thread or process: figures and texts in one block, large byte arrays beside it as they
 * are. The block is 32-bit words, then texts: the first two words tell how many words there are and how many texts,
 * whose lengths are the last words. Many short strings share a text: it costs as much to read as one of them would. Those
 * of nothing but ASCII share others than the rest; lengths of the rest, strings and texts, are inverted (`~`).
 */
export interface Pack {
  block: Uint8Array<ArrayBuffer>
  large: Uint8Array[]
}

/** What a pack says is not what a packer makes. */
export class Malformed extends Error {}

/** Byte arrays of this size on are not copied into the block. */
export const largeBytes = 65536
/** Types nest half as deep. What is deeper fits none, and is `undefined` on the other side. */
export const maxDepth = 200
/** Digits of an integer that is no 64-bit one. One that has more is `undefined` on the other side: none fits a type. */
export const maxDigits = 1000
/** What comes next in the words. */
export const tag = {
  none: 0,
  no: 1,
  yes: 2,
  integer: 3,
  float: 4,
  signed: 5,
  unsigned: 6,
  digits: 7,
  text: 8,
  bytes: 9,
  beside: 10,
  list: 11,
  record: 12,
  /** What is no {@link Value}, and fits no type. */
  alien: 13,
  /** Lists of nothing but 32-bit integers, or numbers. */
  integers: 14,
  floats: 15,
} as const

/** Two words, and what they are as other numbers. */
export function newPair(): {
  pair: Int32Array
  asFloat: Float64Array
  asSigned: BigInt64Array
  asUnsigned: BigUint64Array
} {
  const pair = new Int32Array(2)
  const { buffer } = pair
  return {
    pair,
    asFloat: new Float64Array(buffer),
    asSigned: new BigInt64Array(buffer),
    asUnsigned: new BigUint64Array(buffer),
  }
}

/** Gives memory back at once that nobody uses any more, and not when the engine next looks for such. */
export function free({ buffer }: { buffer: ArrayBufferLike }): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= largeBytes) buffer.transfer(0)
}

/** Bytes of a pack. */
export function sizeOf({ block, large }: Pack): number {
  return large.reduce((sum, { length }) => sum + length, block.length)
}
