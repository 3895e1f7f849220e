import { distance } from 'fastest-levenshtein'
import type { BytesLiteral, CharLiteral, CidLiteral, Expression, Missing, Text } from './nodes.ts'
import { cut, placeOf, type Reports } from './report.ts'
import { isBentClosed, isClosed, isWhole } from './scan.ts'
import type { IToken } from './tokens.ts'

const durations = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }
const sizes = {
  ...{ B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
}
/** Units by their text: milliseconds and bytes. */
export const units: { readonly durations: Record<string, number>; readonly sizes: Record<string, number> } = {
  durations,
  sizes,
}

export function isUnit(text: string): boolean {
  return Object.hasOwn(durations, text) || Object.hasOwn(sizes, text)
}

const otherDurations: Record<string, string> = {
  ...{ msec: 'ms', msecs: 'ms', millis: 'ms', milliseconds: 'ms', sec: 's', secs: 's', second: 's', seconds: 's' },
  ...{ m: 'min', mins: 'min', minute: 'min', minutes: 'min', hr: 'h', hrs: 'h', hour: 'h', hours: 'h' },
}
const otherSizes: Record<string, string> = {
  ...{ k: 'KB', kb: 'KB', kib: 'KiB', ki: 'KiB', mb: 'MB', mib: 'MiB', mi: 'MiB', gb: 'GB', gib: 'GiB', gi: 'GiB' },
  ...{ b: 'B', byte: 'B', bytes: 'B', tb: 'TB', tib: 'TiB', ti: 'TiB', m: 'MB', g: 'GB', t: 'TB' },
}

/** No value of any type needs more; longer ones are not read at all. */
const longestNumber = 400

const simpleInteger = /^\d{1,15}$/

/**
 * `42`, `0xff`, `1_000`, `1.5e3`, `30s`, `64MiB`; what is wrong with it is reported.
 *
 * @param wanted which units the place takes, where it is known; for the repair of a wrong one
 */
export function numeral(token: IToken, reports: Reports, wanted?: keyof typeof units): Expression {
  const place = placeOf(token)
  const image = token.image
  if (simpleInteger.test(image)) return { kind: 'NumberLiteral', ...place, value: BigInt(image) }
  const wrong = (reason: string, instead?: string): Missing => {
    const params = { text: cut(image), reason, ...(instead === undefined ? {} : { instead }) }
    reports.certainly('BadNumber', params, place)
    return { kind: 'Missing', ...place }
  }
  if (image.length > longestNumber) return wrong('it is longer than any type can hold')
  const integer = (text: string): bigint => {
    const digits = text.replaceAll('_', '')
    return digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits)
  }
  if (/^-?(\d+(_\d+)*|0[xX][0-9a-fA-F]+(_[0-9a-fA-F]+)*)$/.test(image))
    return { kind: 'NumberLiteral', ...place, value: integer(image) }
  if (/^-?\d+(_\d+)*(\.\d+(_\d+)*)?([eE][+-]?\d+)?$/.test(image)) {
    const value = Number(image.replaceAll('_', ''))
    return Number.isFinite(value) ? { kind: 'NumberLiteral', ...place, value } : wrong('it is larger than any `f64`')
  }
  const tidy = image.replace(/_+/g, '_').replace(/_(?![0-9a-fA-F])|(?<![0-9a-fA-F])_/g, '')
  if (/^-?\./.test(image)) return wrong('digits stand on both sides of a dot', image.replace('.', '0.'))
  if (image.endsWith('.')) return wrong('digits stand on both sides of a dot', `${tidy}0`)
  if (/^-?0[xX]/.test(image))
    return /^-?0[xX]_*$/.test(image)
      ? wrong('the hexadecimal digits are missing')
      : /^-?0[xX][0-9a-fA-F_]*$/.test(image)
        ? wrong('an underscore stands between two digits', tidy)
        : wrong('hexadecimal digits are `0` to `9` and `a` to `f`')
  const [, digits = '', unit = ''] = /^(-?[\d_.]*)(.*)$/.exec(image)!
  if (unit === '') return wrong('an underscore stands between two digits', tidy)
  if (/^0[bo]\d/i.test(image)) return wrong('numbers are decimal, or hexadecimal after `0x`')
  if (/^([us](8|16|32|64)|f(32|64)|n|[iu]\d+|[lLfdu]|usize|isize)$/.test(unit))
    return wrong('types are not written behind a number', digits)
  if (/^e[+-]?_*$/i.test(unit)) return wrong('the exponent has no digits')
  if (/^e[+-]?[\d_]+$/i.test(unit)) return wrong('the exponent has no underscores', digits + unit.replaceAll('_', ''))
  const value = Object.hasOwn(durations, unit)
    ? durations[unit as keyof typeof durations]
    : Object.hasOwn(sizes, unit)
      ? sizes[unit as keyof typeof sizes]
      : undefined
  if (value === undefined) {
    const near = nearUnit(unit, wanted)
    const more = near === undefined ? {} : { near, instead: digits + near }
    reports.certainly('UnknownUnit', { unit: cut(unit), ...more }, place)
    return { kind: 'Missing', ...place }
  }
  if (!/^\d+(_\d+)*$/.test(digits))
    return wrong(digits.startsWith('-') ? 'it cannot be less than nothing' : 'it is a whole number; use a smaller unit')
  const total = Number(integer(digits)) * value
  if (!Number.isSafeInteger(total)) return wrong('it is too large')
  return Object.hasOwn(durations, unit)
    ? { kind: 'DurationLiteral', ...place, milliseconds: total }
    : { kind: 'SizeLiteral', ...place, bytes: total }
}

function nearUnit(unit: string, wanted: keyof typeof units | undefined): string | undefined {
  if (unit.length > 16) return undefined
  // `5m` are minutes and `64M` are megabytes, unless the setting knows better.
  const first = wanted ?? (/^[A-Z]/.test(unit) ? 'sizes' : 'durations')
  const order = first === 'sizes' ? [otherSizes, otherDurations] : [otherDurations, otherSizes]
  const among = wanted === undefined ? order : order.slice(0, 1)
  const known = among.find(table => Object.hasOwn(table, unit.toLowerCase()))
  if (known) return known[unit.toLowerCase()]
  const names = wanted === undefined ? [...Object.keys(durations), ...Object.keys(sizes)] : Object.keys(units[wanted])
  return names.find(u => unit.length > 1 && distance(u, unit) <= 1)
}

/** `"…"`, with bent quotes and backticks too. */
export function text(token: IToken, reports: Reports): Text {
  const place = placeOf(token)
  const first = token.image[0]!
  if (first !== '"') {
    if (!isBentClosed(token.image)) return { kind: 'Text', ...place, value: token.image.slice(1) }
    const inner = token.image.slice(1, -1)
    const straight = inner.replace(/\\.|"/gs, found => (found === '"' ? '\\"' : found))
    const fix = { title: 'Use straight quotes', edits: [{ ...place, text: `"${straight}"` }] }
    reports.certainly('BentQuotes', { backtick: first === '`' }, place, { fixes: [fix] })
    return { kind: 'Text', ...place, value: inner }
  }
  return { kind: 'Text', ...place, value: characters(token, 1, reports).value }
}

/** A piece of a text with expressions: `"a ${`, `} b ${` or `} c"`. Its place is that of the characters alone. */
export function piece(token: IToken, reports: Reports): Text {
  const end = token.image.length - (token.image.endsWith('"') ? 1 : 2)
  const { value } = resolve(token, 1, end, reports)
  return { kind: 'Text', start: token.startOffset + 1, end: token.startOffset + end, value }
}

/** `'c'`. */
export function char(token: IToken, reports: Reports): CharLiteral | Missing {
  const place = placeOf(token)
  if (!isClosed(token.image, 0, true)) return { kind: 'Missing', ...place }
  if (token.image.startsWith("'''")) {
    reports.certainly('NotOneCharacter', { count: 1, text: "'\\''" }, place)
    return { kind: 'Missing', ...place }
  }
  const { value, wrong } = characters(token, 1, reports)
  if (wrong) return { kind: 'Missing', ...place }
  const count = value.length > 2 ? 3 : [...value].length
  if (count !== 1) {
    const inner = token.image.slice(1, -1)
    const simple = count > 0 && !/["\\]/.test(inner) && inner.length < 1000
    reports.certainly('NotOneCharacter', { count, ...(simple ? { text: `"${inner}"` } : {}) }, place)
    return { kind: 'Missing', ...place }
  }
  return { kind: 'CharLiteral', ...place, value }
}

/** `b"…"`. */
export function bytes(token: IToken, reports: Reports): BytesLiteral {
  const place = placeOf(token)
  const content = characters(token, 2, reports, true).value
  const value = new Uint8Array(content.length)
  for (let at = 0; at < content.length; at++) value[at] = content.charCodeAt(at)
  return { kind: 'BytesLiteral', ...place, value }
}

/** `cid"…"`. */
export function cid(token: IToken, reports: Reports): CidLiteral {
  const place = placeOf(token)
  const { value } = characters(token, 4, reports)
  return { kind: 'CidLiteral', ...place, text: { kind: 'Text', start: place.start + 3, end: place.end, value } }
}

const escapes: Record<string, string> = {
  ...{ n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\', '"': '"', "'": "'", $: '$' },
}

/**
 * The characters of a quoted literal with the escapes resolved.
 *
 * @param from length of the prefix with its quote
 * @param binary each character is one byte, and `\xNN` is known instead of `\u{…}`
 */
function characters(token: IToken, from: number, reports: Reports, binary = false): { value: string; wrong: boolean } {
  const closed = isWhole(token.image, from - 1)
  return resolve(token, from, closed ? token.image.length - 1 : token.image.length, reports, binary)
}

/** The characters between two offsets into a token. */
function resolve(
  token: IToken,
  from: number,
  end: number,
  reports: Reports,
  binary = false,
): { value: string; wrong: boolean } {
  const image = token.image
  const place = (at: number, length: number) => ({
    start: token.startOffset + at,
    end: token.startOffset + at + length,
  })
  const special = binary ? /[\\$]|[^\x00-\x7f]/g : /[\\$]/g
  special.lastIndex = from
  let value = ''
  let wrong = false
  let done = from
  for (let found = special.exec(image); found && found.index < end; found = special.exec(image)) {
    const at = found.index
    const sign = found[0]
    if (sign === '$') {
      if (from > 1 || image[0] !== '"' || image[at + 1] !== '{') continue
      // Only one that is not closed comes here; in a text that is not closed either, that was told.
      if (isWhole(image, 0)) reports.certainly('UnclosedInterpolation', {}, place(at, 2))
      return { value: value + image.slice(done, at), wrong: true }
    }
    value += image.slice(done, at)
    done = at + 1
    if (sign !== '\\') {
      const character = String.fromCodePoint(image.codePointAt(at)!)
      reports.certainly('NotAscii', { shown: `\`${cut(character)}\`` }, place(at, character.length))
      special.lastIndex = done = at + character.length
      continue
    }
    const escape = readEscape(image, at, end, binary)
    if (escape.wrong !== undefined) {
      wrong = true
      const params = { escape: cut(image.slice(at, at + escape.length)), reason: escape.wrong }
      const fix = instead(image, at, binary)
      const edits = fix && [{ ...place(at, fix.length), text: fix.text }]
      const fixes = fix && edits ? [{ title: `Write \`${fix.text}\``, edits }] : []
      reports.certainly('BadEscape', params, place(at, escape.length), { fixes })
    }
    value += escape.value
    special.lastIndex = done = at + escape.length
  }
  return { value: value + image.slice(done, end), wrong }
}

interface Escape {
  value: string
  length: number
  wrong?: string
}

/** Letters that other languages have escapes for, so that the backslash itself may not be meant. */
const meant = /[abefvxuUN0-9\/`{}]/

/** What is written for an escape that is none, where that is certain; `length` is that of what it stands for. */
function instead(image: string, at: number, binary: boolean): { text: string; length: number } | undefined {
  const rest = image.slice(at, at + 12)
  const byte = /^\\x([0-9a-fA-F]{2})/.exec(rest)
  if (byte && !binary) return { text: `\\u{${byte[1]}}`, length: 4 }
  const [whole, digits, inBraces] = /^\\u(?:([0-9a-fA-F]{4})|\{0*([0-7][0-9a-fA-F])\})/.exec(rest) ?? []
  if (inBraces && binary) return { text: `\\x${inBraces}`, length: whole!.length }
  // A half of a character that is written as two has no number of its own.
  if (digits && !binary && !/^d[89a-f]/i.test(digits)) return { text: `\\u{${digits}}`, length: 6 }
  const letter = image[at + 1]
  const isCharacter = image.startsWith("'")
  return letter === undefined || isCharacter || meant.test(letter) || /[\s\ud800-\udfff]/.test(letter)
    ? undefined
    : { text: `\\\\${letter}`, length: 2 }
}

function readEscape(image: string, at: number, end: number, binary: boolean): Escape {
  const letter = image[at + 1]
  if (letter === undefined || at + 1 >= end) return { value: '', length: 1, wrong: 'a character is missing after it' }
  if (letter === 'x') {
    const digits = /^[0-9a-fA-F]{2}/.exec(image.slice(at + 2, Math.min(at + 4, end)))?.[0]
    const length = digits === undefined ? 2 : 4
    if (!binary) return { value: '', length, wrong: 'in a text it is `\\u{…}`' }
    if (digits === undefined) return { value: '', length, wrong: 'two hexadecimal digits follow `\\x`' }
    return { value: String.fromCharCode(Number.parseInt(digits, 16)), length }
  }
  if (letter === 'u') {
    const found = /^\{([0-9a-fA-F]*)\}/.exec(image.slice(at + 2, Math.min(at + 40, end)))
    const length = 2 + (found?.[0].length ?? 0)
    if (binary) return { value: '', length, wrong: 'in bytes it is `\\xNN`' }
    const digits = found?.[1]
    if (!digits) return { value: '', length, wrong: 'it is written `\\u{1f600}`' }
    if (digits.length > 6) return { value: '', length, wrong: 'it has one to six hexadecimal digits' }
    const code = Number.parseInt(digits, 16)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      return { value: '', length, wrong: 'there is no such character in Unicode' }
    return { value: String.fromCodePoint(code), length }
  }
  const value = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
  if (value !== undefined) return { value, length: 2 }
  const length = 1 + String.fromCodePoint(image.codePointAt(at + 1)!).length
  return { value: letter, length, wrong: 'the backslash itself is written `\\\\`' }
}
