import { CID } from 'multiformats/cid'
import { Float, type Ipld, type IpldMap } from './ipld.ts'

const CID_TAG = 42
/** Up to this length a string is written character by character, which for ASCII costs less than to call the encoder. */
const SHORT = 80
/** Maps of more keys are sorted by the engine. */
const FEW = 16
/** The buffer is kept for the next value unless it had to grow beyond this. */
const KEPT = 1 << 20

const utf8 = new TextEncoder()

let bytes = new Uint8Array(8192)
let view = new DataView(bytes.buffer)
let at = 0

/**
 * The canonical DAG-CBOR encoding of a value (docs/dag.md, Blocks), in a buffer that the next call overwrites.
 *
 * @param maxDepth how deep lists and maps may stand in each other
 * @throws TypeError, RangeError on what is no value of the data model
 */
export function encodeInPlace(value: Ipld, maxDepth: number): Uint8Array {
  at = 0
  if (bytes.length > KEPT) grow(8192)
  write(value, maxDepth)
  return bytes.subarray(0, at)
}

function write(value: Ipld, depth: number): void {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a safe integer; a float is a Float`)
      return value < 0 ? head(1, -1 - value) : head(0, value)
    case 'boolean':
      return byte(value ? 0xf5 : 0xf4)
    case 'bigint':
      return integer(value)
    case 'object':
      if (value === null) return byte(0xf6)
      if (Array.isArray(value)) return list(value, depth)
      if (value instanceof CID) return link(value)
      if (value instanceof Uint8Array) return append(2, value)
      if (value instanceof Float) return float(value)
      return map(value, depth)
    default:
      throw new TypeError(`a value of type ${typeof value} cannot be encoded`)
  }
}

/** Makes room for so many bytes. */
function need(count: number): void {
  if (at + count > bytes.length) grow(Math.max(at + count, bytes.length * 2))
}

function grow(size: number): void {
  const wider = new Uint8Array(size)
  wider.set(bytes.subarray(0, at))
  bytes = wider
  view = new DataView(bytes.buffer)
}

function byte(value: number): void {
  need(1)
  bytes[at++] = value
}

/** The head of an item with a count or magnitude, in the shortest way. */
function head(major: number, count: number): void {
  need(9)
  const type = major << 5
  if (count < 24) bytes[at++] = type | count
  else if (count < 0x100) {
    bytes[at++] = type | 24
    bytes[at++] = count
  } else if (count < 0x10000) {
    bytes[at++] = type | 25
    view.setUint16(at, count)
    at += 2
  } else if (count < 0x100000000) {
    bytes[at++] = type | 26
    view.setUint32(at, count)
    at += 4
  } else {
    bytes[at++] = type | 27
    view.setBigUint64(at, BigInt(count))
    at += 8
  }
}

function integer(value: bigint): void {
  const magnitude = value < 0n ? -1n - value : value
  if (magnitude >= 2n ** 64n) throw new RangeError(`${value} does not fit 64 bits`)
  const major = value < 0n ? 1 : 0
  if (magnitude <= Number.MAX_SAFE_INTEGER) return head(major, Number(magnitude))
  need(9)
  bytes[at++] = (major << 5) | 27
  view.setBigUint64(at, magnitude)
  at += 8
}

function float({ value }: Float): void {
  need(9)
  bytes[at++] = 0xfb
  view.setFloat64(at, value)
  at += 8
}

function text(value: string): void {
  const { length } = value
  if (length <= SHORT) {
    const start = at
    head(3, length)
    need(length)
    let i = 0
    for (; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 127) break
      bytes[at++] = code
    }
    if (i === length) return
    at = start
  }
  if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate cannot be encoded')
  const size = Buffer.byteLength(value)
  head(3, size)
  need(size)
  utf8.encodeInto(value, bytes.subarray(at))
  at += size
}

function append(major: number, content: Uint8Array): void {
  head(major, content.length)
  need(content.length)
  bytes.set(content, at)
  at += content.length
}

function link({ bytes: content }: CID): void {
  head(6, CID_TAG)
  head(2, content.length + 1)
  need(content.length + 1)
  bytes[at++] = 0
  // For so few, a call costs more than the copy.
  for (let i = 0; i < content.length; i++) bytes[at++] = content[i]!
}

function list(items: Ipld[], depth: number): void {
  if (depth === 0) throw new RangeError('a value nests too deep')
  head(4, items.length)
  for (let i = 0; i < items.length; i++) write(items[i]!, depth - 1)
}

function map(entries: IpldMap, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(entries)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('an object of a class cannot be encoded')
  if (depth === 0) throw new RangeError('a value nests too deep')
  const keys = sorted(Object.keys(entries))
  head(5, keys.length)
  for (const key of keys) {
    text(key)
    write(entries[key]!, depth - 1)
  }
}

/** Keys by length, then by bytes. Most maps have a few that are ASCII. */
function sorted(keys: string[]): string[] {
  if (keys.length > FEW || !keys.every(isAscii)) return keys.sort(byBytes)
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!
    let to = i
    for (; to > 0 && isBefore(key, keys[to - 1]!); to--) keys[to] = keys[to - 1]!
    keys[to] = key
  }
  return keys
}

function isAscii(key: string): boolean {
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 127) return false
  return true
}

/** Of ASCII alone. */
function isBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length
}

function byBytes(a: string, b: string): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length - right.length || Buffer.compare(left, right)
}
