import { writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { Malformed, type Pack } from './pack.ts'

/** Bytes of messages that are written as one piece. */
const small = 65536

/**
 * What is written for a message to another process: the number of the parts of a pack, the length of each (64-bit
 * floats), and the parts; small ones as one piece.
 */
function piecesOf({ block, large }: Pack): Uint8Array[] {
  const parts = [block, ...large]
  const head = new Uint8Array(Float64Array.of(parts.length, ...parts.map(part => part.length)).buffer)
  const pieces = [head, ...parts]
  return parts.reduce((sum, { length }) => sum + length, 0) <= small ? [Buffer.concat(pieces)] : pieces
}

/** @param written is called when the pack is not needed any longer */
export function writeFrame(stream: Writable, pack: Pack, written?: () => void): void {
  const pieces = piecesOf(pack)
  if (pieces.length === 1) {
    stream.write(pieces[0])
    return written?.()
  }
  stream.cork()
  // A socket takes no shared memory.
  for (const piece of pieces) stream.write(piece.buffer instanceof SharedArrayBuffer ? piece.slice() : piece)
  if (written) stream.write(new Uint8Array(), written)
  stream.uncork()
}

/** Blocks this thread until all of a message is written. */
export function writeFrameNow(fd: number, pack: Pack): void {
  for (const piece of piecesOf(pack)) for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at)
}

/** Puts messages together out of what a stream gives. */
export class FrameReader {
  readonly #room: () => number
  readonly #hear: (pack: Pack) => void
  /** What is being filled: the number of parts, their lengths, one part after the other. */
  #current = new Uint8Array(8)
  #filled = 0
  #count = 0
  #lengths: Float64Array | undefined
  #parts: Uint8Array<ArrayBuffer>[] = []

  /** @param room bytes that the next message may have, at the most */
  constructor(room: () => number, hear: (pack: Pack) => void) {
    this.#room = room
    this.#hear = hear
  }

  /** @throws Malformed where a message is longer than it may be */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + this.#current.length - this.#filled)
      this.#current.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      while (this.#filled === this.#current.length) this.#full()
    }
  }

  #full(): void {
    const whole = this.#current
    this.#filled = 0
    if (this.#count === 0) {
      const [count = 0] = new Float64Array(whole.buffer)
      if (!Number.isInteger(count) || count < 1 || 8 * count > this.#room()) throw tooLong()
      this.#count = count
      this.#current = made(8 * count)
      return
    }
    if (!this.#lengths) {
      this.#lengths = new Float64Array(whole.buffer)
      let sum = 8 * this.#count
      for (const length of this.#lengths) sum += Number.isInteger(length) && length >= 0 ? length : Infinity
      if (sum > this.#room()) throw tooLong()
    } else this.#parts.push(whole)
    if (this.#parts.length < this.#count) {
      this.#current = made(this.#lengths[this.#parts.length]!)
      return
    }
    const [block, ...large] = this.#parts
    this.#current = new Uint8Array(8)
    this.#count = 0
    this.#lengths = undefined
    this.#parts = []
    this.#hear({ block: block!, large })
  }
}

function made(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length)
  } catch {
    throw new Malformed('there is no memory for a message')
  }
}

function tooLong(): Malformed {
  return new Malformed('a message is longer than it may be')
}
