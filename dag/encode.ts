import { CID } from 'multiformats/cid'
import { Float, type Ipld, type IpldMap } from './ipld.ts'

/** The buffer that values are written to; it is kept, unless a large value has made it large. */
const USUAL = 1 << 16
let bytes = new Uint8Array(USUAL)
let view = new DataView(bytes.buffer)
let at = 0

const utf8 = new TextEncoder()

/**
 * The canonical DAG-CBOR of a value.
 *
 * @param depth how deep lists and maps may stand in each other
 * @throws TypeError or RangeError where it is no value of the data model, or nests deeper
 */
export function write(value: Ipld, depth: number): Uint8Array {
  return writeOver(value, depth).slice()
}

/** The same as a view of the common buffer, which the next value is written to: to be hashed at once. */
export function writeOver(value: Ipld, depth: number): Uint8Array {
  if (bytes.length > USUAL) reserveOnly(USUAL)
  at = 0
  put(value, depth)
  return bytes.subarray(0, at)
}

function reserveOnly(size: number): void {
  bytes = new Uint8Array(size)
  view = new DataView(bytes.buffer)
}

/** Makes room for so many more bytes. */
function reserve(size: number): void {
  if (at + size <= bytes.length) return
  const before = bytes
  reserveOnly(Math.max(at + size, before.length * 2))
  bytes.set(before.subarray(0, at))
}

function put(value: Ipld, depth: number): void {
  switch (typeof value) {
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a safe integer; a float is a Float`)
      return value < 0 ? head(1, -1 - value) : head(0, value)
    case 'string':
      return text(value)
    case 'boolean':
      return byte(value ? 0xf5 : 0xf4)
    case 'bigint':
      return big(value)
    case 'object':
      return object(value, depth)
    default:
      throw new TypeError(`${typeof value} cannot be encoded`)
  }
}

function object(value: Extract<Ipld, object | null>, depth: number): void {
  if (value === null) return byte(0xf6)
  if (value instanceof CID) return link(value)
  if (value instanceof Uint8Array) return content(2, value)
  if (value instanceof Float) {
    reserve(9)
    bytes[at] = 0xfb
    view.setFloat64(at + 1, value.value)
    at += 9
    return
  }
  if (depth === 0) throw new RangeError('a value nests deeper than it may')
  if (Array.isArray(value)) {
    head(4, value.length)
    // Not `forEach`, which goes past a hole.
    for (const item of value) put(item, depth - 1)
  } else map(value, depth)
}

function map(value: IpldMap, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('an object of a class cannot be encoded')
  const keys = sorted(Object.keys(value))
  head(5, keys.length)
  for (const key of keys) {
    text(key)
    put(value[key]!, depth - 1)
  }
}

/** By the length of their UTF-8, then by its bytes; most maps are small, and many are in order. */
function sorted(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!
    let to = i
    for (; to > 0 && compare(keys[to - 1]!, key) > 0; to--) keys[to] = keys[to - 1]!
    keys[to] = key
    if (i === 32) return keys.sort(compare)
  }
  return keys
}

function compare(a: string, b: string): number {
  const difference = lengthOf(a) - lengthOf(b)
  if (difference !== 0) return difference
  // UTF-16 puts what is beyond the basic plane before its end, UTF-8 behind it.
  for (let i = 0; ; i++) {
    const [x, y] = [a.codePointAt(i), b.codePointAt(i)]
    if (x !== y) return (x ?? -1) - (y ?? -1)
    if (x === undefined) return 0
  }
}

/** Bytes of a text in UTF-8. */
function lengthOf(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Each half of a pair counts for two bytes.
    if (unit > 0x7f) length += unit <= 0x7ff || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return length
}

function text(value: string): void {
  const length = lengthOf(value)
  head(3, length)
  reserve(length)
  if (length === value.length) {
    if (length > 64) utf8.encodeInto(value, bytes.subarray(at))
    else for (let i = 0; i < length; i++) bytes[at + i] = value.charCodeAt(i)
  } else {
    if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate cannot be encoded')
    utf8.encodeInto(value, bytes.subarray(at))
  }
  at += length
}

function content(major: number, value: Uint8Array): void {
  head(major, value.length)
  reserve(value.length)
  bytes.set(value, at)
  at += value.length
}

/** Tag 42, and bytes of which the first is zero. */
function link({ bytes: cid }: CID): void {
  reserve(2)
  bytes[at++] = 0xd8
  bytes[at++] = 42
  head(2, cid.length + 1)
  reserve(cid.length + 1)
  bytes[at++] = 0
  bytes.set(cid, at)
  at += cid.length
}

function big(value: bigint): void {
  const magnitude = value < 0n ? -1n - value : value
  if (magnitude >= 2n ** 64n) throw new RangeError(`${value} does not fit 64 bits`)
  const major = value < 0n ? 1 : 0
  if (magnitude <= Number.MAX_SAFE_INTEGER) return head(major, Number(magnitude))
  reserve(9)
  bytes[at] = (major << 5) | 27
  view.setBigUint64(at + 1, magnitude)
  at += 9
}

function byte(value: number): void {
  reserve(1)
  bytes[at++] = value
}

/** The head of an item with its count or magnitude, a safe integer, in the shortest way. */
function head(major: number, value: number): void {
  reserve(9)
  const kind = major << 5
  if (value < 24) bytes[at++] = kind | value
  else if (value < 2 ** 8) {
    bytes[at] = kind | 24
    bytes[at + 1] = value
    at += 2
  } else if (value < 2 ** 16) {
    bytes[at] = kind | 25
    view.setUint16(at + 1, value)
    at += 3
  } else if (value < 2 ** 32) {
    bytes[at] = kind | 26
    view.setUint32(at + 1, value)
    at += 5
  } else {
    bytes[at] = kind | 27
    view.setUint32(at + 1, Math.floor(value / 2 ** 32))
    view.setUint32(at + 5, value % 2 ** 32)
    at += 9
  }
}
