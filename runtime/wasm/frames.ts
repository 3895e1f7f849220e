import type { Writable } from 'node:stream'
import { Malformed, type Pack } from './pack.ts'

/** Bytes of messages that are written as one piece. */
const small = 65536

/**
 * Writes a message to another process: what it says, and the pack that goes with it. It is the number of its parts, the
 * length of each (64-bit floats), and the parts.
 *
 * @param written is called when they are not needed any longer
 */
export function writeFrame(stream: Writable, said: Pack, payload?: Pack, written?: () => void): void {
  const parts = [said.block, ...(payload ? [payload.block, ...payload.large] : [])]
  const head = new Uint8Array(Float64Array.of(parts.length, ...parts.map(part => part.length)).buffer)
  if (parts.reduce((sum, { length }) => sum + length, 0) <= small) {
    stream.write(Buffer.concat([head, ...parts]))
    return written?.()
  }
  stream.cork()
  stream.write(head)
  for (const part of parts) stream.write(part.buffer instanceof SharedArrayBuffer ? part.slice() : part)
  if (written) stream.write(new Uint8Array(), written)
  stream.uncork()
}

/** Puts messages together out of what a stream gives. */
export class FrameReader {
  readonly #room: () => number
  readonly #hear: (said: Pack, payload: Pack | undefined) => void
  /** What is being filled: the number of parts, their lengths, one part after the other. */
  #current = new Uint8Array(8)
  #filled = 0
  #count = 0
  #lengths: Float64Array | undefined
  #parts: Uint8Array<ArrayBuffer>[] = []

  /** @param room bytes that the next message may have, at the most */
  constructor(room: () => number, hear: (said: Pack, payload: Pack | undefined) => void) {
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
    const [said, block, ...large] = this.#parts
    this.#current = new Uint8Array(8)
    this.#count = 0
    this.#lengths = undefined
    this.#parts = []
    this.#hear({ block: said!, large: [] }, block && { block, large })
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
