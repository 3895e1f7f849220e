import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { Float, setKey, type Ipld, type IpldMap } from './ipld.ts'
import { isPlainCid, PLAIN, plainCid } from './links.ts'

/** Why bytes are not the canonical encoding of a value; caught by `decode` (`codec.ts`). */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

const CID_TAG = 42
/**
 * Texts of up to so many bytes that came last: names of fields, functions and components come again and again, and to
 * compare costs less than to make.
 */
const SHORT = 80
const texts: string[] = new Array(256).fill('')
const names: string[] = new Array(256).fill('')

// Without `ignoreBOM` a leading U+FEFF would be lost.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads one DAG-CBOR value and refuses all that is not the canonical encoding of itself (docs/dag.md, Blocks). Nothing is
 * allocated for a count that the remaining bytes cannot hold.
 *
 * @throws Malformed
 */
export class Decoder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #maxDepth: number
  #at = 0
  #depth = 0

  /** @param maxDepth how deep lists and maps may stand in each other */
  constructor(bytes: Uint8Array, maxDepth: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#maxDepth = maxDepth
  }

  /** How far it has come. */
  get at(): number {
    return this.#at
  }

  /** The value that the bytes are, from the first to the last. */
  whole(): Ipld {
    if (this.#bytes.length === 0) throw new Malformed('there is no content')
    const value = this.#value()
    if (this.#at < this.#bytes.length) throw new Malformed('bytes are left after the value')
    return value
  }

  #value(): Ipld {
    const first = this.#next()
    switch (first >>> 5) {
      case 0:
        return this.#argument(first)
      case 1:
        return this.#negative(first)
      case 2:
        return this.#take(first).slice()
      case 3:
        return this.#text(this.#length(first), false)
      case 4:
        return this.#list(first)
      case 5:
        return this.#map(first)
      case 6:
        return this.#link(first)
      default:
        return this.#simple(first)
    }
  }

  #next(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new Malformed('it is cut off')
    this.#at++
    return byte
  }

  /** The count or magnitude in a head, which must be written in the shortest way. */
  #argument(first: number): number | bigint {
    const minor = first & 31
    if (minor < 24) return minor
    const at = this.#at
    const size = 1 << (minor - 24)
    if (minor > 27) throw new Malformed(minor === 31 ? 'a length that is indefinite' : `a head of the form ${minor}`)
    if (size > this.#bytes.length - at) throw new Malformed('it is cut off')
    this.#at += size
    const value =
      size === 1
        ? this.#bytes[at]!
        : size === 2
          ? this.#view.getUint16(at)
          : size === 4
            ? this.#view.getUint32(at)
            : this.#view.getBigUint64(at)
    if (value < least[size]!) throw new Malformed('a number in more bytes than it needs')
    return typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  }

  #negative(first: number): number | bigint {
    const magnitude = this.#argument(first)
    // The least of the safe integers has a magnitude of one less.
    return typeof magnitude === 'number' && magnitude < Number.MAX_SAFE_INTEGER
      ? -1 - magnitude
      : -1n - BigInt(magnitude)
  }

  /** The count in a head, of bytes or of entries of at least one byte, as many as are left at the most. */
  #length(first: number): number {
    const length = this.#argument(first)
    if (length > this.#bytes.length - this.#at) throw new Malformed('more is announced than bytes are left')
    return Number(length)
  }

  /** A view. */
  #take(first: number): Uint8Array {
    const length = this.#length(first)
    this.#at += length
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + this.#at - length, length)
  }

  #text(length: number, isKey: boolean): string {
    const start = this.#at
    this.#at += length
    if (length <= SHORT) {
      const known = this.#known(start, length, isKey ? names : texts)
      if (known !== undefined) return known
    }
    try {
      return utf8.decode(new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length))
    } catch {
      this.#at = start
      throw new Malformed('a string that is not UTF-8')
    }
  }

  /** A short text; undefined where it is not ASCII. */
  #known(start: number, length: number, all: string[]): string | undefined {
    const bytes = this.#bytes
    const slot =
      (length * 31 + bytes[start]! * 7 + bytes[start + (length >> 1)]! * 3 + bytes[start + length - 1]!) & 255
    const text = all[slot]!
    if (text.length === length) {
      let i = 0
      while (i < length && text.charCodeAt(i) === bytes[start + i]) i++
      if (i === length) return text
    }
    let made = ''
    for (let i = 0; i < length; i++) {
      const byte = bytes[start + i]!
      if (byte > 127) return undefined
      made += String.fromCharCode(byte)
    }
    return (all[slot] = all === names ? asKey(made) : made)
  }

  #enter(first: number, perEntry: number): number {
    const count = this.#length(first)
    if (count * perEntry > this.#bytes.length - this.#at) throw new Malformed('more is announced than bytes are left')
    if (++this.#depth > this.#maxDepth) throw new Malformed(`nested deeper than ${this.#maxDepth}`)
    return count
  }

  #list(first: number): Ipld[] {
    const count = this.#enter(first, 1)
    const list: Ipld[] = []
    for (let i = 0; i < count; i++) list.push(this.#value())
    this.#depth--
    return list
  }

  #map(first: number): IpldMap {
    const count = this.#enter(first, 2)
    const map: IpldMap = {}
    let start = -1
    let end = -1
    for (let i = 0; i < count; i++) {
      const head = this.#next()
      if (head >>> 5 !== 3) throw new Malformed('a key must be a string')
      const length = this.#length(head)
      const from = this.#at
      const key = this.#text(length, true)
      if (start >= 0 && this.#compare(start, end, from, this.#at) >= 0)
        throw new Malformed('keys that are not sorted, or one twice')
      start = from
      end = this.#at
      setKey(map, key, this.#value())
    }
    this.#depth--
    return map
  }

  /** Keys are sorted by length, then by bytes. */
  #compare(start: number, end: number, from: number, to: number): number {
    const length = end - start
    if (length !== to - from) return length - (to - from)
    for (let i = 0; i < length; i++) {
      const difference = this.#bytes[start + i]! - this.#bytes[from + i]!
      if (difference !== 0) return difference
    }
    return 0
  }

  #link(first: number): CID {
    const tag = this.#argument(first)
    if (tag !== CID_TAG) throw new Malformed(`tag ${tag}; only 42, a link, is known`)
    const head = this.#bytes[this.#at]
    if (head === undefined || head >>> 5 !== 2) throw new Malformed('a link that is not bytes')
    const content = this.#take(this.#next())
    if (content[0] !== 0) throw new Malformed('a link without its leading zero')
    if (content.length === 1 + PLAIN && isPlainCid(content, 1)) return plainCid(content, 1)
    const bytes = content.slice(1)
    const cid = cidFrom(bytes)
    if (!isCanonicalCid(cid, bytes)) throw new Malformed('a link that is not written in the shortest way')
    return cid
  }

  #simple(first: number): Ipld {
    switch (first) {
      case 0xf4:
        return false
      case 0xf5:
        return true
      case 0xf6:
        return null
      case 0xf7:
        throw new Malformed('undefined')
      case 0xf9:
      case 0xfa:
        throw new Malformed('a float of less than 64 bits')
      case 0xfb: {
        if (this.#bytes.length - this.#at < 8) throw new Malformed('it is cut off')
        const value = this.#view.getFloat64(this.#at)
        if (!Number.isFinite(value)) throw new Malformed(`the float ${value}`)
        this.#at += 8
        return new Float(value)
      }
      case 0xff:
        throw new Malformed('the end of what is indefinite')
      default:
        throw new Malformed('a simple value that is not known')
    }
  }
}

/** The engine's own copy of a key, which it finds properties by without looking for it again. */
function asKey(text: string): string {
  return Object.keys({ [text]: 0 })[0]!
}

/** What is less stands in fewer bytes, by the number of bytes. */
const least: Readonly<Record<number, number>> = { 1: 24, 2: 2 ** 8, 4: 2 ** 16, 8: 2 ** 32 }

function cidFrom(bytes: Uint8Array): CID {
  try {
    return CID.decode(bytes)
  } catch (error) {
    throw new Malformed(`a link that is none: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Whether these bytes are the only way to write the CID. */
export function isCanonicalCid(cid: CID, bytes: Uint8Array): boolean {
  const { code, digest } = cid.multihash
  const multihash = createDigest(code, digest)
  const canonical = cid.version === 0 ? multihash.bytes : CID.createV1(cid.code, multihash).bytes
  return canonical.length === bytes.length && canonical.every((byte, i) => byte === bytes[i])
}
