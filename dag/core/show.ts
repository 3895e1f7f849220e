import { isLink, isMap, type Ipld } from '../ipld.ts'
import { toDagJson } from '../json.ts'

const longest = 60

/** A value for a message, cut where it is long. */
export function show(value: Ipld): string {
  if (isLink(value)) return `${value}`
  if (value instanceof Uint8Array) return cut(bytes(value.subarray(0, longest)))
  return cut(toDagJson(shortened(value, 4)))
}

/** As the language writes bytes: `b"abc\x00"`. */
function bytes(value: Uint8Array): string {
  const escape = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`
  const plain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
  return `b"${Array.from(value, byte => (plain(byte) ? String.fromCharCode(byte) : escape(byte))).join('')}"`
}

export function quote(text: string): string {
  return JSON.stringify(cut(text))
}

export function cut(text: string): string {
  if (text.length <= longest) return text
  const end = text.slice(0, longest)
  return `${end.isWellFormed() ? end : end.slice(0, -1)}…`
}

/** So much of a value that its text is the same up to where it is cut. */
function shortened(value: Ipld, depth: number): Ipld {
  if (typeof value === 'string') return value.slice(0, longest + 1)
  if (value instanceof Uint8Array) return value.subarray(0, longest)
  if (Array.isArray(value)) return depth === 0 ? [] : value.slice(0, longest).map(item => shortened(item, depth - 1))
  if (!isMap(value)) return value
  const entries = depth === 0 ? [] : Object.entries(value).slice(0, longest)
  return Object.fromEntries(entries.map(([key, item]) => [key.slice(0, longest), shortened(item, depth - 1)]))
}
