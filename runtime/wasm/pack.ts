import { constants } from 'node:buffer'
import { setKey } from '../../dag/ipld.ts'
import type { Value } from '../../dag/value.ts'

/**
 * Values on their way to another thread or process: figures and texts in one block, large byte arrays beside it as they
 * are. The block is 32-bit words, then texts: the first two words tell how many words there are and how many texts,
 * whose lengths are the last words. Many short strings share a text: it costs as much to read as one of them would.
 */
export interface Pack {
  block: Uint8Array<ArrayBuffer>
  large: Uint8Array[]
}

/** What a pack says is not what a packer makes. */
export class Malformed extends Error {}

/** Byte arrays of this size on are not copied into the block. */
const largeBytes = 65536
/** Code units after which another text is begun. A string keeps the whole text alive that it was cut out of. */
const textUnits = 65536
/** Types nest half as deep. What is deeper fits none, and is `undefined` on the other side. */
const maxDepth = 200
/** Digits of an integer that is no 64-bit one. One that has more is `undefined` on the other side: none fits a type. */
const maxDigits = 1000
/** Words of a block that is kept to be written into again. */
const keptWords = 1 << 18

const none = 0
const no = 1
const yes = 2
const integer = 3
const float = 4
const signed = 5
const unsigned = 6
const digits = 7
const text = 8
const bytes = 9
const beside = 10
const list = 11
const record = 12
/** What is no {@link Value}, and fits no type. */
const alien = 13

const pair = new Int32Array(2)
const asFloat = new Float64Array(pair.buffer)
const asSigned = new BigInt64Array(pair.buffer)
const asUnsigned = new BigUint64Array(pair.buffer)

/** Writes values and figures one after the other, to be read in the same order by an {@link Unpacker}. */
export class Packer {
  readonly #own: boolean
  #words = new Int32Array(1024)
  #at = 2
  #text = ''
  #texts: string[] = []
  /** Code units of the texts that are full. */
  #units = 0
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
    return this.#at * 4 + this.#units + this.#text.length + this.#beside
  }

  word(word: number): void {
    if (this.#at === this.#words.length) this.#room(1)
    this.#words[this.#at++] = word
  }

  #room(count: number): void {
    const larger = new Int32Array(Math.max(this.#words.length * 2, this.#at + count))
    larger.set(this.#words)
    this.#words = larger
  }

  number(value: number): void {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      this.word(integer)
      this.word(value)
    } else {
      this.word(float)
      asFloat[0] = value
      this.word(pair[0]!)
      this.word(pair[1]!)
    }
  }

  text(value: string): void {
    this.word(value.length)
    if (this.#text.length + value.length > textUnits) this.#closeText()
    this.#text += value
  }

  #closeText(): void {
    if (this.#text === '') return
    this.#texts.push(this.#text)
    this.#units += this.#text.length
    this.#text = ''
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

  /** Gives what was written, with the buffers that are to be handed over, and begins anew. */
  take(): [pack: Pack, transfer: ArrayBuffer[]] {
    this.#closeText()
    const texts = this.#texts
    let size = 0
    for (const text of texts) {
      const bytes = sizeOf(text)
      size += bytes
      this.word(bytes === text.length ? bytes : ~text.length)
    }
    const words = this.#words
    words[0] = this.#at
    words[1] = texts.length
    let at = this.#at * 4
    const block = Buffer.allocUnsafeSlow(at + size)
    block.set(new Uint8Array(words.buffer, 0, at))
    const first = this.#at - texts.length
    for (let i = 0; i < texts.length; i++)
      at += block.write(texts[i]!, at, words[first + i]! < 0 ? 'utf16le' : 'latin1')
    const taken: [Pack, ArrayBuffer[]] = [{ block, large: this.#large }, [block.buffer, ...this.#transfer]]
    this.clear()
    return taken
  }

  /** Forgets what was written. */
  clear(): void {
    if (this.#words.length > keptWords) this.#words = new Int32Array(1024)
    this.#at = 2
    this.#text = ''
    this.#texts = []
    this.#units = 0
    this.#names.clear()
    this.#large = []
    this.#beside = 0
    this.#transfer = []
  }
}

const tooLong = 10n ** BigInt(maxDigits)

/** Bytes that a text takes: one for each code unit where all are ASCII, else two. */
function sizeOf(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : 2 * text.length
}

/** Reads a pack, whoever made it: what is no pack is a {@link Malformed}, and nothing is made that it has no bytes for. */
export class Unpacker {
  readonly #words: Int32Array
  readonly #bytes: Buffer
  readonly #large: readonly Uint8Array[]
  /** Where the words end, and the lengths of the texts begin. */
  readonly #end: number
  #at = 2
  #text = ''
  #textAt = 0
  #nextText: number
  #nextByte: number
  #nextLarge = 0
  readonly #names: string[] = []

  constructor({ block, large }: Pack) {
    const { buffer, byteOffset, byteLength } = block
    this.#words = new Int32Array(buffer, byteOffset, byteLength >> 2)
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength)
    this.#large = large
    const count = this.#words[0] ?? 0
    const texts = this.#words[1] ?? 0
    if (count > this.#words.length || texts < 0 || texts > count - 2) throw new Malformed('a pack is cut off')
    this.#end = count - texts
    this.#nextText = this.#end
    this.#nextByte = count * 4
  }

  /** Whether there is more to read. */
  get more(): boolean {
    return this.#at < this.#end
  }

  word(): number {
    if (this.#at >= this.#end) throw new Malformed('a pack ends early')
    return this.#words[this.#at++]!
  }

  /** How many parts follow; each takes a word at least, which bounds what a lie can cost. */
  count(): number {
    const count = this.word()
    if (count < 0 || count > this.#end - this.#at) throw new Malformed('a pack ends early')
    return count
  }

  number(): number {
    const value = this.value()
    if (typeof value !== 'number') throw new Malformed('a number was expected')
    return value
  }

  text(): string {
    const length = this.word()
    if (this.#textAt === this.#text.length && length > 0) this.#openText()
    const at = this.#textAt
    if (length < 0 || length > this.#text.length - at) throw new Malformed('a text ends early')
    this.#textAt += length
    return this.#text.slice(at, at + length)
  }

  #openText(): void {
    if (this.#nextText >= this.#words[0]!) throw new Malformed('a text is missing')
    const length = this.#words[this.#nextText++]!
    const units = length < 0 ? ~length : length
    if (units > constants.MAX_STRING_LENGTH) throw new Malformed('a text is longer than texts can be')
    const from = this.#nextByte
    this.#nextByte += length < 0 ? 2 * units : units
    this.#text = this.#bytes.toString(length < 0 ? 'utf16le' : 'latin1', from, this.#nextByte)
    this.#textAt = 0
  }

  name(): string {
    const number = this.word()
    if (number === this.#names.length) this.#names.push(this.text())
    const name = this.#names[number]
    if (name === undefined) throw new Malformed('a name is missing')
    return name
  }

  value(depth = 0): Value {
    switch (this.word()) {
      case none:
        return null
      case no:
        return false
      case yes:
        return true
      case integer:
        return this.word()
      case float:
        this.#pair()
        return asFloat[0]!
      case signed:
        this.#pair()
        return asSigned[0]!
      case unsigned:
        this.#pair()
        return asUnsigned[0]!
      case digits:
        return this.#digits()
      case text:
        return this.text()
      case bytes: {
        const length = this.word()
        const from = this.#at * 4
        if (length < 0 || length > (this.#end - this.#at) * 4) throw new Malformed('bytes are cut off')
        this.#at += (length + 3) >> 2
        return new Uint8Array(this.#bytes.subarray(from, from + length))
      }
      case beside: {
        const large = this.#large[this.#nextLarge++]
        if (!large) throw new Malformed('bytes are missing')
        return large
      }
      case list:
        return this.#list(this.#deeper(depth))
      case record:
        return this.#record(this.#deeper(depth))
      case alien:
        return undefined as unknown as Value
      default:
        throw new Malformed('a value of no kind')
    }
  }

  #pair(): void {
    pair[0] = this.word()
    pair[1] = this.word()
  }

  #digits(): bigint {
    const figures = this.text()
    if (figures.length > maxDigits + 1 || !/^-?[0-9]+$/.test(figures)) throw new Malformed('an integer has no digits')
    return BigInt(figures)
  }

  #deeper(depth: number): number {
    if (depth >= maxDepth) throw new Malformed('a value nests too deep')
    return depth + 1
  }

  #list(depth: number): Value[] {
    const count = this.count()
    const items: Value[] = []
    for (let i = 0; i < count; i++) items.push(this.value(depth))
    return items
  }

  #record(depth: number): { [key: string]: Value } {
    const out: { [key: string]: Value } = {}
    for (let left = this.count(); left > 0; left--) setKey(out, this.name(), this.value(depth))
    return out
  }
}
