import type { Value } from '../../../dag/value.ts'
import { Ended, trap } from '../failure.ts'
import { type Codec, misfit } from './codec.ts'
import { cost } from './costs.ts'
import type { Crossing } from './crossing.ts'

/** The longest string that the engine can hold, in UTF-16 code units. */
const longest = 0x1fffffe8
/** The highest bit of a length in `latin1+utf16` tells UTF-16 from Latin-1. */
const tag = 0x80000000

/** Bytes of a short string, and room for the code units of one of each length. */
const short = 24
const units = Array.from({ length: short + 1 }, (_, length) => new Array<number>(length).fill(0))

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Code units that are taken at a time where a string is long, and room for their UTF-8. */
const piece = 8192
const scratch = new Uint8Array(3 * piece)

/** Lifts a string ("load_string_from_range"); `length` is in code units of the encoding, tagged where it says so. */
function liftString(crossing: Crossing, at: number, length: number): string {
  if (crossing.encoding === 'utf8') return liftUtf8(crossing, at, length)
  if (crossing.encoding === 'utf16') return liftUtf16(crossing, at, length)
  return length & tag ? liftUtf16(crossing, at, (length ^ tag) >>> 0) : liftLatin1(crossing, at, length)
}

/** @param widening bytes that one of it may take in the host, beside one of ASCII */
function bounded(crossing: Crossing, at: number, size: number, align: number, widening = 1): Uint8Array<ArrayBuffer> {
  crossing.check(at, size, align, 'string')
  crossing.take(size, size * widening * cost.content)
  if (size / align > longest) throw new Ended('memory', `a string has more than ${longest} characters`)
  return crossing.linear.bytes
}

function liftUtf8(crossing: Crossing, at: number, length: number): string {
  const bytes = bounded(crossing, at, length, 1)
  const text = length <= short ? liftAscii(bytes, at, length) : undefined
  if (text !== undefined) return text
  try {
    return utf8.decode(bytes.subarray(at, at + length))
  } catch (error) {
    if (error instanceof TypeError) trap('a string is not UTF-8')
    throw error
  }
}

/** Lifts a short string, for which the decoder costs more than it is worth; gives nothing where it is not of ASCII. */
function liftAscii(bytes: Uint8Array, at: number, length: number): string | undefined {
  const to = units[length]!
  for (let i = 0; i < length; i++) {
    const unit = bytes[at + i]!
    if (unit >= 0x80) return undefined
    to[i] = unit
  }
  return String.fromCharCode(...to)
}

function liftUtf16(crossing: Crossing, at: number, length: number): string {
  const bytes = bounded(crossing, at, 2 * length, 2)
  try {
    return utf16.decode(bytes.subarray(at, at + 2 * length))
  } catch (error) {
    if (error instanceof TypeError) trap('a string is not UTF-16')
    throw error
  }
}

function liftLatin1(crossing: Crossing, at: number, length: number): string {
  crossing.check(at, length, 2, 'string')
  const bytes = bounded(crossing, at, length, 1, 2)
  let text = ''
  for (let from = at; from < at + length; from += piece)
    text += utf16.decode(new Uint16Array(bytes.subarray(from, Math.min(from + piece, at + length))))
  return text
}

/** What was stored: the address and the tagged length. The string's own size is known before the guest is asked. */
function lowerString(crossing: Crossing, value: Value): [at: number, length: number] {
  if (typeof value !== 'string' || !value.isWellFormed()) misfit(value, 'string')
  if (crossing.encoding === 'utf8') return lowerUtf8(crossing, value)
  if (crossing.encoding === 'latin1+utf16' && isLatin1(value)) {
    const at = crossing.allocate(value.length, 2)
    const { bytes } = crossing.linear
    for (let i = 0; i < value.length; i++) bytes[at + i] = value.charCodeAt(i)
    return [at, value.length]
  }
  const at = crossing.allocate(2 * value.length, 2)
  const { view } = crossing.linear
  for (let i = 0; i < value.length; i++) view.setUint16(at + 2 * i, value.charCodeAt(i), true)
  return [at, crossing.encoding === 'utf16' ? value.length : value.length | tag]
}

function lowerUtf8(crossing: Crossing, value: string): [at: number, length: number] {
  if (value.length > piece) {
    const length = utf8Length(value)
    const at = crossing.allocate(length, 1)
    encoder.encodeInto(value, crossing.linear.bytes.subarray(at, at + length))
    return [at, length]
  }
  // The guest cannot ask for another string while it finds room for this one.
  const length = encode(value)
  const at = crossing.allocate(length, 1)
  const { bytes } = crossing.linear
  if (length <= short) for (let i = 0; i < length; i++) bytes[at + i] = scratch[i]!
  else bytes.set(scratch.subarray(0, length), at)
  return [at, length]
}

/** Puts a string of one piece into {@link scratch}, and gives its length there. */
function encode(value: string): number {
  // The encoder costs more than a short string is worth.
  let i = 0
  if (value.length <= short)
    for (let unit: number; i < value.length && (unit = value.charCodeAt(i)) < 0x80; i++) scratch[i] = unit
  return i === value.length ? i : encoder.encodeInto(value, scratch).written
}

/** Bytes of a well-formed string in UTF-8. */
function utf8Length(value: string): number {
  let length = 0
  for (let from = 0; from < value.length;) {
    const end = from + piece
    const part = value.slice(from, isHighSurrogate(value.charCodeAt(end - 1)) ? end - 1 : end)
    length += encoder.encodeInto(part, scratch).written
    from += part.length
  }
  return length
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isLatin1(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0xff) return false
  return true
}

export const string: Codec = {
  size: 8,
  align: 4,
  flat: ['i32', 'i32'],
  weight: 32,
  cost: cost.string,
  load: (crossing, at) => {
    const { view } = crossing.linear
    return liftString(crossing, view.getUint32(at, true), view.getUint32(at + 4, true))
  },
  store: (crossing, value, at) => {
    const [begin, length] = lowerString(crossing, value)
    const { view } = crossing.linear
    view.setUint32(at, begin, true)
    view.setUint32(at + 4, length, true)
  },
  lift: (crossing, flat) => {
    const at = flat.number() >>> 0
    return liftString(crossing, at, flat.number() >>> 0)
  },
  lower: (crossing, value, flat) => void flat.push(...lowerString(crossing, value)),
}
