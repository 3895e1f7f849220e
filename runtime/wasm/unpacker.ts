import { constants } from 'node:buffer'
import { setKey } from '../../dag/ipld.ts'
import type { Value } from '../../dag/value.ts'
import { Malformed, maxDepth, maxDigits, newPair, tag, type Pack } from './pack.ts'

const { none, no, yes, integer, float, signed, unsigned, digits, text, bytes, beside, list, record, alien } = tag
const { integers, floats } = tag
const { pair, asFloat, asSigned, asUnsigned } = newPair()

/**
 * Beyond this length a list that is made at once would be a slow one. Each kind of list is made at a place of its own: an
 * engine boxes the numbers of those that come from a place where it has seen something else.
 */
const presized = 1 << 24
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
    const kind = this.word()
    if (kind === integer) return this.word()
    if (kind !== float) throw new Malformed('a number was expected')
    return this.float()
  }

  /** A number that is written as one of 64 bits, whatever it is. */
  float(): number {
    this.#pair()
    return asFloat[0]!
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
        return this.float()
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
    for (let i = 0; i < count; i++) items[i] = this.float()
    return items
  }

  #record(depth: number): { [key: string]: Value } {
    const out: { [key: string]: Value } = {}
    for (let left = this.count(); left > 0; left--) setKey(out, this.name(), this.value(depth))
    return out
  }
}
