import { fail, ok, type Result } from '../result.ts'
import type { ComponentError } from './interface.ts'

/** Thrown inside this room only, and made a value at its door by `attempt`. */
class Refusal {
  readonly error: ComponentError
  constructor(error: ComponentError) {
    this.error = error
  }
}

/** Ends decoding with an error at a byte of the file. */
export function refuse(code: ComponentError['code'], message: string, offset: number): never {
  throw new Refusal({ code, message, offset })
}

/** Runs a decoder; what it refuses becomes a value, a bug of ours stays an exception. */
export function attempt<T>(decode: () => T): Result<T, ComponentError> {
  try {
    return ok(decode())
  } catch (thrown) {
    if (thrown instanceof Refusal) return fail(thrown.error)
    throw thrown
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const maxNameBytes = 100_000

/**
 * Reads the primitives of the Wasm binary format (core specification 5.2 and 5.3) from a window of a file. Offsets
 * count from the start of the file, whatever the window.
 */
export class Reader {
  readonly file: Uint8Array
  readonly end: number
  at: number

  constructor(file: Uint8Array, start = 0, end = file.length) {
    this.file = file
    this.at = start
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    if (this.at >= this.end) refuse('truncated', 'The bytes end in the middle of a definition.', this.at)
    return this.file[this.at++]!
  }

  peek(): number | undefined {
    return this.at < this.end ? this.file[this.at] : undefined
  }

  /** An unsigned LEB128 number of up to 32 bits; padding within five bytes is legal, surplus bits are not. */
  u32(): number {
    const start = this.at
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return refuse('malformed', 'A number takes more than 32 bits.', start)
  }

  u64(): bigint {
    const start = this.at
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      if (shift === 63n && byte > 1) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return refuse('malformed', 'A number takes more than 64 bits.', start)
  }

  /** A signed LEB128 number of 33 bits: a type index where it is not negative, else the code of a type. */
  s33(): number {
    const start = this.at
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte >= 0x80) continue
      if (shift === 28 && byte > 0x0f && byte < 0x70) break
      const width = 2 ** (shift + 7)
      return byte & 0x40 ? value - width : value
    }
    return refuse('malformed', 'A number takes more than 33 bits.', start)
  }

  /** Passes over a LEB128 number of at most `bytes` bytes. */
  skipLeb(bytes: number): void {
    const start = this.at
    for (let i = 0; i < bytes; i++) if (this.byte() < 0x80) return
    refuse('malformed', 'A number takes too many bytes.', start)
  }

  /** The number of entries that follow, each of at least `size` bytes: checked before anything is allocated. */
  count(size = 1): number {
    const start = this.at
    const count = this.u32()
    if (count * size > this.end - this.at) {
      refuse('truncated', `${count} entries are announced where ${this.end - this.at} bytes are left.`, start)
    }
    return count
  }

  list<T>(size: number, read: (index: number) => T): T[] {
    const count = this.count(size)
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(read(i))
    return items
  }

  name(): string {
    const start = this.at
    const length = this.count()
    if (length > maxNameBytes) refuse('limit', `A name is longer than ${maxNameBytes} bytes.`, start)
    const bytes = this.file.slice(this.at, this.at + length) // a copy: decoders refuse shared memory
    this.at += length
    try {
      return utf8.decode(bytes)
    } catch {
      return refuse('malformed', 'A name is not UTF-8.', start)
    }
  }

  /** The next `length` bytes as a window of their own. */
  window(length: number): Reader {
    if (length > this.end - this.at) {
      refuse('truncated', `A part of ${length} bytes begins where ${this.end - this.at} bytes are left.`, this.at)
    }
    const inner = new Reader(this.file, this.at, this.at + length)
    this.at += length
    return inner
  }

  bytes(): Uint8Array {
    return this.file.subarray(this.at, this.end)
  }

  expect(byte: number, what: string): void {
    const at = this.at
    const got = this.byte()
    if (got !== byte) refuse('malformed', `${what}: byte ${hex(got)} stands where ${hex(byte)} must.`, at)
  }

  /** Called at the end of a part of known length. */
  finish(what: string): void {
    if (!this.done) refuse('malformed', `${what} is longer than its content.`, this.at)
  }
}

export function hex(byte: number): string {
  return '0x' + byte.toString(16).padStart(2, '0')
}
