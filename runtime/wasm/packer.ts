import type { Value } from '../../dag/value.ts'
import { free, largeBytes, maxDepth, maxDigits, newPair, tag, type Pack } from './pack.ts'

const { none, no, yes, integer, float, signed, unsigned, digits, text, bytes, beside, list, record, alien } = tag
const { integers, floats } = tag
const { pair, asFloat, asSigned, asUnsigned } = newPair()

/** Code units after which another text is begun. A string keeps the whole text alive that it was cut out of. */
const textUnits = 65536
/** Texts of so many code units cost less to write one by one than by the encoder. */
const shortText = 32
/** Words that are written one after the other in memory; where there are more, they are put together in the end. */
const pieceWords = 1 << 18

/** Writes values and figures one after the other, to be read in the same order by an {@link Unpacker}. */
export class Packer {
  readonly #own: boolean
  /** What is being written, and pieces that are full. */
  #words = new Int32Array(1024)
  #at = 2
  #full: Int32Array<ArrayBuffer>[] = []
  /** Words of those. */
  #before = 0
  /** Texts that are being written: of ASCII, so many bytes of it, and of the rest. */
  #narrow = Buffer.allocUnsafeSlow(1024)
  #narrowAt = 0
  #wide = ''
  #texts: { bytes: Buffer<ArrayBuffer>; length: number }[] = []
  /** Bytes of the texts that are full. */
  #written = 0
  readonly #names = new Map<string, number>()
  #large: Uint8Array[] = []
  /** Bytes of those. */
  #beside = 0
  #transfer: ArrayBuffer[] = []

  /** @param own whether byte arrays may be handed over instead of being copied */
  constructor(own: boolean) {
    this.#own = own
  }

  /** Bytes that it will take, at the least. */
  get size(): number {
    const waiting = this.#narrowAt + 2 * this.#wide.length
    return (this.#before + this.#at) * 4 + this.#written + waiting + this.#beside
  }

  word(word: number): void {
    if (this.#at === this.#words.length) this.#room(1)
    this.#words[this.#at++] = word
  }

  #room(count: number): void {
    const words = this.#words
    if (words.length < pieceWords) {
      this.#words = new Int32Array(Math.max(words.length * 2, this.#at + count))
      this.#words.set(words)
    } else {
      this.#full.push(words.subarray(0, this.#at))
      this.#before += this.#at
      this.#at = 0
      this.#words = new Int32Array(Math.max(pieceWords, count))
    }
  }

  number(value: number): void {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      this.word(integer)
      this.word(value)
    } else {
      this.word(float)
      this.float(value)
    }
  }

  /** A number that is expected to be none of 32 bits. */
  float(value: number): void {
    asFloat[0] = value
    this.word(pair[0]!)
    this.word(pair[1]!)
  }

  text(value: string): void {
    const { length } = value
    if (length <= shortText ? this.#short(value) : Buffer.byteLength(value) === length) {
      this.word(length)
      if (length > shortText) this.#long(value)
    } else {
      this.word(~length)
      if (this.#wide.length + length > textUnits) this.#closeWide()
      this.#wide += value
    }
  }

  /** Writes a short text of ASCII; says no to others. */
  #short(value: string): boolean {
    const { length } = value
    this.#roomForText(length)
    const narrow = this.#narrow
    const at = this.#narrowAt
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit >= 0x80) return false
      narrow[at + i] = unit
    }
    this.#narrowAt = at + length
    return true
  }

  #long(value: string): void {
    const { length } = value
    if (length > textUnits) {
      this.#closeNarrow()
      this.#narrow = Buffer.allocUnsafeSlow(1024)
      return this.#close(value, length, 'latin1', length)
    }
    this.#roomForText(length)
    this.#narrowAt += this.#narrow.write(value, this.#narrowAt, 'latin1')
  }

  #roomForText(length: number): void {
    const needed = this.#narrowAt + length
    if (needed <= this.#narrow.length) return
    if (needed > textUnits) {
      this.#closeNarrow()
      this.#narrow = Buffer.allocUnsafeSlow(1024)
      return this.#roomForText(length)
    }
    const larger = Buffer.allocUnsafeSlow(Math.min(textUnits, Math.max(needed, 2 * this.#narrow.length)))
    larger.set(this.#narrow.subarray(0, this.#narrowAt))
    this.#narrow = larger
  }

  #closeNarrow(): void {
    const length = this.#narrowAt
    if (length === 0) return
    this.#texts.push({ bytes: this.#narrow.subarray(0, length), length })
    this.#written += length
    this.#narrowAt = 0
  }

  #closeWide(): void {
    const text = this.#wide
    this.#wide = ''
    if (text !== '') this.#close(text, 2 * text.length, 'utf16le', ~text.length)
  }

  #close(text: string, size: number, encoding: 'latin1' | 'utf16le', length: number): void {
    const bytes = Buffer.allocUnsafeSlow(size)
    bytes.write(text, encoding)
    this.#texts.push({ bytes, length })
    this.#written += size
  }

  /** A text that comes up again and again. */
  name(name: string): void {
    const known = this.#names.get(name)
    if (known !== undefined) return this.word(known)
    this.word(this.#names.size)
    this.#names.set(name, this.#names.size)
    this.text(name)
  }

  bytes(value: Uint8Array): void {
    const { length } = value
    if (length >= largeBytes) {
      this.word(beside)
      const whole = length === value.buffer.byteLength
      // Of a view the whole buffer behind it would go with it.
      const sent = whole ? value : value.slice()
      this.#large.push(sent)
      this.#beside += length
      if ((!whole || this.#own) && sent.buffer instanceof ArrayBuffer) this.#transfer.push(sent.buffer)
      return
    }
    this.word(bytes)
    this.word(length)
    const count = (length + 3) >> 2
    if (this.#at + count > this.#words.length) this.#room(count)
    new Uint8Array(this.#words.buffer).set(value, this.#at * 4)
    this.#at += count
  }

  value(value: Value, depth = 0): void {
    switch (typeof value) {
      case 'number':
        return this.number(value)
      case 'string':
        this.word(text)
        return this.text(value)
      case 'boolean':
        return this.word(value ? yes : no)
      case 'bigint':
        return this.#bigint(value)
      case 'object':
        if (value === null) return this.word(none)
        if (value instanceof Uint8Array) return this.bytes(value)
        if (depth < maxDepth) return this.#parts(value, depth + 1)
    }
    this.word(alien)
  }

  #bigint(value: bigint): void {
    const as = value < 0n ? asSigned : asUnsigned
    as[0] = value
    if (as[0] === value) {
      this.word(value < 0n ? signed : unsigned)
      this.word(pair[0]!)
      this.word(pair[1]!)
    } else if (value > -tooLong && value < tooLong) {
      this.word(digits)
      this.text(value.toString())
    } else this.word(alien)
  }

  #parts(value: object, depth: number): void {
    if (Array.isArray(value)) {
      const numbers = numbersOf(value)
      if (numbers !== undefined) return this.#numbers(value as number[], numbers)
      this.word(list)
      this.word(value.length)
      for (let i = 0; i < value.length; i++) this.value(value[i] as Value, depth)
      return
    }
    const keys = Object.keys(value)
    this.word(record)
    this.word(keys.length)
    for (const key of keys) {
      this.name(key)
      this.value((value as { [key: string]: Value })[key]!, depth)
    }
  }

  #numbers(list: readonly number[], kind: typeof integers | typeof floats): void {
    this.word(kind)
    this.word(list.length)
    if (kind === integers) for (let i = 0; i < list.length; i++) this.word(list[i]!)
    else for (let i = 0; i < list.length; i++) this.float(list[i]!)
  }

  /** Gives what was written, with the buffers that are to be handed over, and begins anew. */
  take(): [pack: Pack, transfer: ArrayBuffer[]] {
    this.#closeNarrow()
    this.#closeWide()
    const texts = this.#texts
    for (const { length } of texts) this.word(length)
    const last = this.#words.subarray(0, this.#at)
    const first = this.#full[0] ?? last
    first[0] = this.#before + this.#at
    first[1] = texts.length
    // What is not written to takes no memory yet, and what has been copied takes none any more.
    const block = Buffer.allocUnsafeSlow(first[0] * 4 + this.#written)
    let at = 0
    const put = (bytes: Uint8Array): void => {
      block.set(bytes, at)
      at += bytes.length
    }
    for (const words of this.#full) {
      put(new Uint8Array(words.buffer, 0, words.byteLength))
      free(words)
    }
    put(new Uint8Array(last.buffer, 0, last.byteLength))
    for (const { bytes } of texts) {
      put(bytes)
      if (bytes.buffer !== this.#narrow.buffer) free(bytes)
    }
    const taken: [Pack, ArrayBuffer[]] = [{ block, large: this.#large }, [block.buffer, ...this.#transfer]]
    this.clear()
    return taken
  }

  /** Forgets what was written. */
  clear(): void {
    if (this.#words.length > pieceWords) this.#words = new Int32Array(1024)
    this.#at = 2
    this.#full = []
    this.#before = 0
    this.#narrowAt = 0
    this.#wide = ''
    this.#texts = []
    this.#written = 0
    this.#names.clear()
    this.#large = []
    this.#beside = 0
    this.#transfer = []
  }
}

const tooLong = 10n ** BigInt(maxDigits)

/** Whether a list is one of numbers, which can be told without one of them each. */
function numbersOf(list: readonly unknown[]): typeof integers | typeof floats | undefined {
  if (list.length === 0) return undefined
  let kind: typeof integers | typeof floats = integers
  for (let i = 0; i < list.length; i++) {
    const value = list[i]
    if (typeof value !== 'number') return undefined
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) kind = floats
  }
  return kind
}
