import { maxBlockSize } from '../codec.ts'
import type { CID } from 'multiformats/cid'
import { isBytes, partsOf, revealed, type Case, type Type } from '../types.ts'
import { isWrapped, type Value } from '../value.ts'
import { invalid, placed, type Operation, type Stop } from './operation.ts'

const string: Type = { kind: 'string' }

/** Texts from values. */
export const text = {
  /** `[string…]`, joined. */
  'core/text': {
    args: 0,
    more: true,
    run: async (args, reader) => {
      const parts = new Text()
      for (const arg of args) {
        const part = await reader.value(string, arg)
        if (!part.ok) return part.error
        parts.add(part.value as string)
        if (parts.isFull) return tooLong()
      }
      return placed(string, parts.toString())
    },
  },

  /** `[value, type]`: the value as interpolation writes it. */
  'core/format': {
    args: 2,
    run: async ([given, encoded], reader) => {
      const type = await reader.type(encoded!)
      if (!type.ok) return type.error
      if (holdsIpld(type.value)) return invalid('a value of type `ipld` has no text of its own')
      const read = await reader.value(type.value, given!)
      if (!read.ok) return read.error
      const formatted = new Text()
      write(type.value, read.value, formatted, true)
      return formatted.isFull ? tooLong() : placed(string, formatted.toString())
    },
  },
} satisfies Record<string, Operation>

export function tooLong(): Stop {
  return invalid(`a text of more than ${maxBlockSize} bytes`)
}

/** A text that grows up to the longest that a block can hold. */
export class Text {
  #length = 0
  readonly #parts: string[] = []

  /** Whether it is too long; what is added after that is dropped. */
  get isFull(): boolean {
    return this.#length > maxBlockSize
  }

  add(part: string): void {
    this.#length += part.length
    if (!this.isFull) this.#parts.push(part)
  }

  toString(): string {
    return this.#parts.join('')
  }
}

/** The text of a value: what the language has as its literal, but that a whole text, character or link stands bare. */
export function write(type: Type, value: Value, out: Text, bare: boolean): void {
  switch (type.kind) {
    case 'secret':
      return write(type.of, value, out, bare)
    case 'string':
      return out.add(bare ? (value as string) : quoted(value as string, '"'))
    case 'char':
      return out.add(bare ? (value as string) : quoted(value as string, "'"))
    case 'link':
      return out.add(bare ? `${value as CID}` : `cid"${value as CID}"`)
    case 'unit':
      return out.add('()')
    case 'f32':
    case 'f64':
      return out.add(floatText(type.kind, value as number))
    case 'enum':
      return out.add(value as string)
    case 'flags':
      return writeItems('{ ', value as string[], ' }', out, name => out.add(name))
    case 'list':
      if (isBytes(type)) return writeBytes(value as Uint8Array, out)
      return writeItems('[', value as Value[], ']', out, item => write(type.element, item, out, false))
    case 'tuple': {
      const items = value as Value[]
      return writeItems('(', items, items.length === 1 ? ',)' : ')', out, (item, i) =>
        write(type.items[i]!, item, out, false),
      )
    }
    case 'record':
      return writeItems('{ ', type.fields, ' }', out, field => {
        out.add(`${nameText(field.name)}: `)
        write(field.type, (value as { [key: string]: Value })[field.name]!, out, false)
      })
    case 'option': {
      if (value === null) return out.add('none')
      const some = isWrapped(type.some) ? (value as { some: Value }).some : value
      return writeCase('some', type.some, some, out)
    }
    case 'result': {
      const outcome = value as { ok?: Value; error?: Value }
      return outcome.ok === undefined
        ? writeCase('err', type.error, outcome.error!, out)
        : writeCase('ok', type.ok, outcome.ok, out)
    }
    case 'variant': {
      const [[name, payload]] = Object.entries(value as { [key: string]: Value }) as [[string, Value]]
      const of = type.cases.find((entry: Case) => entry.name === name)?.type
      return of ? writeCase(name, of, payload, out) : out.add(name)
    }
    default:
      return out.add(String(value))
  }
}

function writeItems<T>(
  open: string,
  items: T[],
  close: string,
  out: Text,
  item: (item: T, index: number) => void,
): void {
  if (items.length === 0) return out.add(open.trim() + close.trim())
  for (const [i, part] of items.entries()) {
    if (out.isFull) return
    out.add(i === 0 ? open : ', ')
    item(part, i)
  }
  out.add(close)
}

function writeCase(name: string, type: Type, payload: Value, out: Text): void {
  out.add(`${name}(`)
  write(type, payload, out, false)
  out.add(')')
}

/** A float always has a point or an exponent, so that it is told from an integer. */
export function floatText(kind: 'f32' | 'f64', value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Object.is(value, -0)) return '-0.0'
  const digits = String(kind === 'f32' ? shortest(value) : value).replace('e+', 'e')
  return /[.e]/.test(digits) ? digits : `${digits}.0`
}

/** The number of the fewest digits that is rounded to the same 32 bits. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const near = Number(value.toPrecision(digits))
    if (Math.fround(near) === value) return near
  }
  return Number(value.toPrecision(9))
}

// What cannot be seen, breaks the line or turns its direction. Not by Unicode's own classes, which grow with its versions.
const special = /["'\\]|\$(?=\{)|[\0-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const escapes: Record<string, string> = {
  ...{ '\n': '\\n', '\t': '\\t', '\r': '\\r', '\0': '\\0', '\\': '\\\\', '"': '\\"', "'": "\\'", $: '\\$' },
}

function quoted(content: string, quote: '"' | "'"): string {
  const inner = content.replace(special, found => {
    if (found === '"' || found === "'") return found === quote ? `\\${found}` : found
    return escapes[found] ?? `\\u{${found.charCodeAt(0).toString(16)}}`
  })
  return quote + inner + quote
}

function nameText(name: string): string {
  return /^[A-Za-z_]\w*(-\w+)*$/.test(name) ? name : quoted(name, '"')
}

function writeBytes(bytes: Uint8Array, out: Text): void {
  out.add('b"')
  for (const byte of bytes) {
    if (out.isFull) return
    out.add(byteTexts[byte]!)
  }
  out.add('"')
}

const byteTexts = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  if (character === "'" || character === '$') return character
  if (Object.hasOwn(escapes, character)) return escapes[character]!
  return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`
})

/** Whether there is data of unknown form in a value, which no literal writes. */
export function holdsIpld(type: Type): boolean {
  const open = revealed(type)
  return open.kind === 'ipld' || (open.kind !== 'link' && partsOf<Type>(open).some(holdsIpld))
}
