/** More pieces than this are put together. */
const MOST = 64

/** Numbers in pieces, of which those that stay what they are are shared from one to the next. */
export class Encoding {
  readonly #pieces: readonly Uint32Array[]
  readonly length: number

  constructor(pieces: readonly Uint32Array[]) {
    this.length = pieces.reduce((sum, { length }) => sum + length, 0)
    this.#pieces = pieces.length > MOST ? [flat(pieces, this.length)] : pieces
  }

  /** All of them, as one. */
  get flat(): Uint32Array {
    return flat(this.#pieces, this.length)
  }

  /** Those from one on and before another. */
  part(from: number, to: number): Uint32Array {
    return flat(this.pieces(from, to), to - from)
  }

  /** As {@link part}, in pieces of which none is copied. */
  pieces(from: number, to: number): Uint32Array[] {
    const found: Uint32Array[] = []
    let start = 0
    for (const piece of this.#pieces) {
      const part = piece.subarray(Math.max(0, from - start), Math.max(0, to - start))
      if (part.length > 0) found.push(part)
      start += piece.length
    }
    return found
  }

  /** How many numbers at the beginning are those of another one. */
  sameFirst(other: Encoding): number {
    const [mine, others] = [new Walk(this.#pieces), new Walk(other.#pieces)]
    let same = 0
    for (let [a, b] = [mine.piece, others.piece]; a && b; [a, b] = [mine.piece, others.piece]) {
      const most = Math.min(a.length, b.length)
      let count = a.buffer === b.buffer && a.byteOffset === b.byteOffset ? most : 0
      while (count < most && a[count] === b[count]) count++
      same += count
      if (count < most) break
      mine.pass(count)
      others.pass(count)
    }
    return same
  }

  /** How many numbers at the end are those of another one, up to so many. */
  sameLast(other: Encoding, most: number): number {
    const [mine, others] = [new Walk(this.#pieces, true), new Walk(other.#pieces, true)]
    let same = 0
    for (let [a, b] = [mine.piece, others.piece]; a && b && same < most; [a, b] = [mine.piece, others.piece]) {
      const here = Math.min(a.length, b.length, most - same)
      const isShared = a.buffer === b.buffer && a.byteOffset + a.byteLength === b.byteOffset + b.byteLength
      let count = isShared ? here : 0
      while (count < here && a[a.length - count - 1] === b[b.length - count - 1]) count++
      same += count
      if (count < here) break
      mine.pass(count)
      others.pass(count)
    }
    return same
  }
}

/** Goes over pieces from the first number to the last one, or back. */
class Walk {
  readonly #pieces: readonly Uint32Array[]
  readonly #back: boolean
  #at: number
  /** What is left of the present one. */
  piece: Uint32Array | undefined

  constructor(pieces: readonly Uint32Array[], back = false) {
    this.#pieces = pieces
    this.#back = back
    this.#at = back ? pieces.length - 1 : 0
    this.piece = pieces[this.#at]
    this.pass(0)
  }

  pass(count: number): void {
    const { piece } = this
    if (!piece) return
    this.piece = this.#back ? piece.subarray(0, piece.length - count) : piece.subarray(count)
    while (this.piece?.length === 0) this.piece = this.#pieces[(this.#at += this.#back ? -1 : 1)]
  }
}

function flat(pieces: readonly Uint32Array[], length: number): Uint32Array {
  if (pieces.length === 1) return pieces[0]!
  const all = new Uint32Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** A change of encoded tokens: `remove` numbers at `start` become `data`. */
export interface TokenEdit {
  start: number
  remove: number
  data: Uint32Array
}

/** The one change between two encodings, whole tokens; undefined where they are the same. */
export function tokenEdit(before: Encoding, after: Encoding): TokenEdit | undefined {
  const same = after.sameFirst(before)
  if (same === before.length && same === after.length) return undefined
  const start = same - (same % 5)
  const last = after.sameLast(before, Math.min(before.length, after.length) - start)
  const behind = last - (last % 5)
  return { start, remove: before.length - start - behind, data: after.part(start, after.length - behind) }
}
