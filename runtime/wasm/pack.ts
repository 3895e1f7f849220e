import { constants } from 'node:buffer'
import { setKey } from '../../dag/ipld.ts'
import type { Value } from '../../dag/value.ts'

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
const largeBytes = 65536
/** Code units after which another text is begun. A string keeps the whole text alive that it was cut out of. */
const textUnits = 65536
/** Types nest half as deep. What is deeper fits none, and is `undefined` on the other side. */
const maxDepth = 200
/** Digits of an integer that is no 64-bit one. One that has more is `undefined` on the other side: none fits a type. */
const maxDigits = 1000
/**
 * Beyond this length a list that is made at once would be a slow one. Each kind of list is made at a place of its own: an
 * engine boxes the numbers of those that come from a place where it has seen something else.
 */
const presized = 1 << 24
/** Words that are written one after the other in memory; where there are more, they are put together in the end. */
const pieceWords = 1 << 18

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
/** Lists of nothing but 32-bit integers, or numbers. */
const integers = 14
const floats = 15

const pair = new Int32Array(2)
const asFloat = new Float64Array(pair.buffer)
const asSigned = new BigInt64Array(pair.buffer)
const asUnsigned = new BigUint64Array(pair.buffer)

/** Writes values and figures one after the other, to be read in the same order by an {@link Unpacker}. */
export class Packer {
  readonly #own: boolean
  /** What is being written, and pieces that are full. */
  #words = new Int32Array(1024)
  #at = 2
  #full: Int32Array<ArrayBuffer>[] = []
  /** Words of those. */
  #before = 0
  /** Texts that are being written: of ASCII, and of the rest. */
  #narrow = ''
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
    const waiting = this.#narrow.length + 2 * this.#wide.length
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
      asFloat[0] = value
      this.word(pair[0]!)
      this.word(pair[1]!)
    }
  }

  text(value: string): void {
    const { length } = value
    if (isAscii(value)) {
      this.word(length)
      if (this.#narrow.length + length > textUnits) this.#closeNarrow()
      this.#narrow += value
    } else {
      this.word(~length)
      if (this.#wide.length + length > textUnits) this.#closeWide()
      this.#wide += value
    }
  }

  #closeNarrow(): void {
    const text = this.#narrow
    this.#narrow = ''
    if (text !== '') this.#close(text, text.length, 'latin1', text.length)
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
    else
      for (let i = 0; i < list.length; i++) {
        asFloat[0] = list[i]!
        this.word(pair[0]!)
        this.word(pair[1]!)
      }
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
      free(bytes)
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
    this.#narrow = ''
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

function isAscii(text: string): boolean {
  const { length } = text
  if (length > 32) return Buffer.byteLength(text) === length
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

/** Gives memory back at once that nobody uses any more, and not when the engine next looks for such. */
export function free({ buffer }: { buffer: ArrayBufferLike }): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= largeBytes) buffer.transfer(0)
}

/** Bytes of a pack. */
export function sizeOf({ block, large }: Pack): number {
  return large.reduce((sum, { length }) => sum + length, block.length)
}

/** Where the texts of one kind are read: the next one, where it begins, and the present one. */
interface Texts {
  next: number
  byte: number
  text: string
  at: number
}

/** Reads a pack, whoever made it: what is no pack is a {@link Malformed}, and nothing is made that it has no bytes for. */
export class Unpacker {
  readonly #words: Int32Array
  readonly #bytes: Buffer
  readonly #large: readonly Uint8Array[]
  /** Where the words end, and the lengths of the texts begin. */
  readonly #end: number
  #at = 2
  readonly #narrow: Texts
  readonly #wide: Texts
  #nextLarge = 0
  /** Parts that lists and records have said they have. */
  #promised = 0
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
    this.#narrow = { next: this.#end, byte: count * 4, text: '', at: 0 }
    this.#wide = { ...this.#narrow }
  }

  /** Whether there is more to read. */
  get more(): boolean {
    return this.#at < this.#end
  }

  word(): number {
    if (this.#at >= this.#end) throw new Malformed('a pack ends early')
    return this.#words[this.#at++]!
  }

  /** How many parts follow; each takes a word at least, all together no more than there are, which bounds what a lie can cost. */
  count(): number {
    const count = this.word()
    this.#promised += count
    if (count < 0 || count > this.#end - this.#at || this.#promised > this.#end)
      throw new Malformed('a pack ends early')
    return count
  }

  number(): number {
    const value = this.value()
    if (typeof value !== 'number') throw new Malformed('a number was expected')
    return value
  }

  text(): string {
    const word = this.word()
    const texts = word < 0 ? this.#wide : this.#narrow
    const length = word < 0 ? ~word : word
    if (texts.at === texts.text.length && length > 0) this.#open(texts, word < 0)
    const { text, at } = texts
    if (length > text.length - at) throw new Malformed('a text ends early')
    texts.at += length
    return text.slice(at, at + length)
  }

  /** Goes on to the next text of this kind. */
  #open(texts: Texts, wide: boolean): void {
    for (;;) {
      if (texts.next >= this.#words[0]!) throw new Malformed('a text is missing')
      const length = this.#words[texts.next++]!
      const units = length < 0 ? ~length : length
      if (units > constants.MAX_STRING_LENGTH) throw new Malformed('a text is longer than texts can be')
      const from = texts.byte
      texts.byte += length < 0 ? 2 * units : units
      if (length < 0 !== wide) continue
      texts.text = this.#bytes.toString(wide ? 'utf16le' : 'latin1', from, texts.byte)
      texts.at = 0
      return
    }
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
      case integers:
        return this.#integers()
      case floats:
        return this.#floats()
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
    const items = count <= presized ? new Array<Value>(count) : []
    for (let i = 0; i < count; i++) items[i] = this.value(depth)
    return items
  }

  #integers(): number[] {
    const count = this.count()
    const items = count <= presized ? new Array<number>(count) : []
    for (let i = 0; i < count; i++) items[i] = this.word()
    return items
  }

  #floats(): number[] {
    const count = this.count()
    const items = count <= presized ? new Array<number>(count) : []
    for (let i = 0; i < count; i++) {
      this.#pair()
      items[i] = asFloat[0]!
    }
    return items
  }

  #record(depth: number): { [key: string]: Value } {
    const out: { [key: string]: Value } = {}
    for (let left = this.count(); left > 0; left--) setKey(out, this.name(), this.value(depth))
    return out
  }
}
