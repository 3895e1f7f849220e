/** Thrown by the readers of core modules, caught at their door (`rewrite.ts`): these bytes will not be run. */
export class Refusal extends Error {}

/** Reads the binary format of core modules (Core Specification, 5.2); `end` bounds every read. */
export class Reader {
  readonly bytes: Uint8Array
  at: number
  end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  u8(): number {
    if (this.at >= this.end) throw new Refusal('the module ends early')
    return this.bytes[this.at++]!
  }

  /** An unsigned LEB128 of up to 32 bits. */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (value > 0xffffffff) break
        return value
      }
    }
    throw new Refusal('a number of the module is too long')
  }

  /** A signed LEB128 of up to 32 bits. */
  s32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      value |= (byte & 0x7f) << shift
      if (byte >= 0x80) continue
      return shift < 28 && byte & 0x40 ? value | (-1 << (shift + 7)) : value
    }
    throw new Refusal('a number of the module is too long')
  }

  /** Passes a LEB128 of up to 64 bits. */
  skipLeb(): void {
    for (let i = 0; i < 10; i++) if (this.u8() < 0x80) return
    throw new Refusal('a number of the module is too long')
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw new Refusal('the module ends early')
    this.at += count
  }

  /** The number of entries of a vector; every entry takes a byte at least, which bounds what a lie can cost. */
  count(): number {
    const count = this.u32()
    if (count > this.end - this.at) throw new Refusal('the module ends early')
    return count
  }

  name(): string {
    const length = this.count()
    const start = this.at
    this.skip(length)
    try {
      return utf8.decode(this.bytes.subarray(start, this.at))
    } catch {
      throw new Refusal('a name in the module is not UTF-8')
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A buffer that grows. */
export class Writer {
  #bytes = new Uint8Array(256)
  length = 0

  #room(count: number): void {
    const needed = this.length + count
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.length))
    this.#bytes = larger
  }

  u8(...bytes: number[]): this {
    this.#room(bytes.length)
    for (const byte of bytes) this.#bytes[this.length++] = byte
    return this
  }

  u32(value: number): this {
    this.#room(5)
    while (value >= 0x80) {
      this.#bytes[this.length++] = (value % 0x80) | 0x80
      value = Math.floor(value / 0x80)
    }
    this.#bytes[this.length++] = value
    return this
  }

  s64(value: bigint): this {
    for (;;) {
      const byte = Number(value & 0x7fn)
      value >>= 7n
      if ((value === 0n && byte < 0x40) || (value === -1n && byte >= 0x40)) return this.u8(byte)
      this.u8(byte | 0x80)
    }
  }

  copy(bytes: Uint8Array, start = 0, end = bytes.length): this {
    this.#room(end - start)
    // A view costs more than a few bytes.
    if (end - start > 32) this.#bytes.set(bytes.subarray(start, end), this.length)
    else for (let i = start; i < end; i++) this.#bytes[this.length + i - start] = bytes[i]!
    this.length += end - start
    return this
  }

  /** Bytes behind their number. */
  sized(bytes: Uint8Array): this {
    return this.u32(bytes.length).copy(bytes)
  }

  name(text: string): this {
    const encoded = new TextEncoder().encode(text)
    return this.sized(encoded)
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length)
  }
}
