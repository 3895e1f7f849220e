import { format } from '../../grammar/format.ts'
import type { Item, Module } from '../../grammar/nodes.ts'
import { isImport, type Comment, type Parsed } from '../../grammar/parse.ts'
import { scanQuoted } from '../../grammar/scan.ts'
import { independent, lineEdits } from '../edits.ts'
import type { Edit, Range, View } from '../interface.ts'

interface Part extends Range {
  /** What it would be parsed to by itself, where it stands, as long as the view is good. */
  parsed: () => Parsed
}

/** A text in parts that are formatted each by itself. */
interface Parts {
  /** Absent where something is wrong with the syntax: such a text stays as it is. */
  parts: Part[] | undefined
  text: string
  /** What ends its lines; where that is mixed they are made equal. */
  lineEnd: '\n' | '\r\n'
}

/** One of so many items ends a part. */
const perPart = 64

/**
 * Where a text can be cut to be formatted: a part ends where a blank line follows, and at places that stay when something
 * else changes.
 *
 * @param every one of so many items ends a part
 */
export function partsOf(view: Pick<View, 'text' | 'tree' | 'comments' | 'syntax'>, every = perPart): Parts {
  const { text, syntax } = view
  const lineEnd = text.includes('\r\n') && !LONE.test(text) ? '\r\n' : '\n'
  if (syntax.some(({ severity }) => severity === 'error')) return { text, lineEnd, parts: undefined }
  const parts: Part[] = []
  const { items } = view.tree
  let [start, first, comment] = [0, 0, 0]
  const cut = (end: number, behind: number): void => {
    const from = comment
    while (comment < view.comments.length && view.comments[comment]!.start < end) comment++
    const [own, ownComments, at] = [items.slice(first, behind), view.comments.slice(from, comment), start]
    parts.push({ start, end, parsed: () => partOf(own, ownComments, at, end) })
    first = behind
  }
  for (let i = 0; i + 1 < items.length; i++) {
    if (hash(text, items[i]!) % every !== 0) continue
    const lines = BLANK[lineEnd]
    lines.lastIndex = items[i]!.end
    const blank = lines.exec(text)
    if (!blank || lines.lastIndex > items[i + 1]!.start) continue
    const next = lines.lastIndex
    cut(items[i]!.end + blank[1]!.length, i + 1)
    start = next
  }
  cut(text.length, items.length)
  return { text, lineEnd, parts }
}

function partOf(items: Item[], comments: Comment[], start: number, end: number): Parsed {
  const module: Module = { kind: 'Module', start, end, items }
  return { module, comments, diagnostics: [], imports: items.filter(isImport), unbalanced: undefined }
}

/** The rest of a line, and blank lines below it. Other line ends are taken for a part of one that goes on. */
const BLANK = {
  '\n': /([ \t]*(?:\/\/[^\r\n]*)?)\n(?:[ \t]*\n)+/y,
  '\r\n': /([ \t]*(?:\/\/[^\r\n]*)?)\r\n(?:[ \t]*\r\n)+/y,
}
/** A line end of one system in a text of another one. */
const LONE = /(?<!\r)\n/

function hash(text: string, { start, end }: Item): number {
  let value = end - start
  for (let at = start; at < Math.min(end, start + 64); at++) value = (Math.imul(value, 31) + text.charCodeAt(at)) | 0
  // Texts that are alike differ in few bits, which have to reach the last ones.
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return (value ^ (value >>> 16)) >>> 0
}

/** What is awaited between two parts, so that work of a second does not keep others waiting. */
type Rest = () => Promise<void>

/** Formats texts, and remembers of each file how its parts came out. */
export class Formatter {
  readonly #known = new Map<string, Map<string, string>>()
  readonly #format: typeof formatPart

  /** @param read the form of a part of a text; undefined where it is wrong */
  constructor(read = formatPart) {
    this.#format = read
  }

  /**
   * The edits that bring a file into the form of the language; none where it has errors of syntax.
   *
   * @param rest is awaited between two parts
   */
  document(path: string, parts: Parts, rest?: Rest): Promise<Edit[]> {
    return this.#edits(path, parts, { start: 0, end: parts.text.length }, rest)
  }

  /** Those edits that lie in a range; what stands elsewhere is not formatted. */
  async range(path: string, parts: Parts, range: Range, rest?: Rest): Promise<Edit[]> {
    const edits = independent(parts.text, await this.#edits(path, parts, range, rest))
    return edits.filter(({ start, end }) => range.start <= start && end <= range.end)
  }

  /** The edits of the parts that touch a range. */
  async #edits(path: string, { text, lineEnd, parts }: Parts, range: Range, rest?: Rest): Promise<Edit[]> {
    if (!parts) return []
    const before = this.#known.get(path)
    const known = new Map<string, string>()
    const edits: Edit[] = []
    // The printer ends all lines as it does, and what it is given then is another text than the one that was read.
    const isRead = !text.includes('\r')
    const ended = (formatted: string): string => (lineEnd === '\n' ? formatted : formatted.replaceAll('\n', lineEnd))
    for (const [i, { start, end, parsed }] of parts.entries()) {
      const part = text.slice(start, end)
      const next = parts[i + 1]
      const isMeant = start <= range.end && range.start <= (next?.start ?? end)
      const remembered = before?.get(part) ?? known.get(part)
      if (remembered === undefined && !isMeant) continue
      if (remembered === undefined) await rest?.()
      const formatted = remembered ?? (await this.#format(part, isRead ? { text, parsed: parsed() } : undefined))
      // What is no text of the language by itself is formatted with all that is around it.
      if (formatted === undefined) {
        const whole = await this.#format(text)
        return whole === undefined ? [] : lineEdits(text, ended(whole))
      }
      known.set(part, formatted)
      if (!isMeant) continue
      const wanted = ended(next ? `${formatted}\n` : formatted)
      edits.push(...lineEdits(text.slice(start, next?.start ?? end), wanted, start))
    }
    this.#known.set(path, known)
    return edits
  }

  /** Those of what a brace closes that was typed, from the line on which it opens; with errors the brace alone is put right. */
  async closed(path: string, parts: Parts, offset: number, rest?: Rest): Promise<Edit[]> {
    const { text } = parts
    if (!parts.parts) return indentTyped({ text }, offset, '}')
    const typed = signsBefore(text, offset).some(({ index }) => index === offset - 1)
    const open = typed ? openBracket(text, offset - 1) : -1
    return open < 0 ? [] : this.range(path, parts, { start: text.lastIndexOf('\n', open) + 1, end: offset }, rest)
  }

  forget(path: string): void {
    this.#known.delete(path)
  }
}

/** @param read the text in which a part stands, and what the part was parsed to, where that is known */
async function formatPart(part: string, read?: { text: string; parsed: Parsed }): Promise<string | undefined> {
  const formatted = await (read ? format(read.text, 'part.ipvm', read.parsed) : format(part, 'part.ipvm'))
  return formatted.ok ? formatted.text : undefined
}

/** Characters after which a line is put where it belongs. */
export const typedCharacters = ['\n', '}']

/**
 * The edits after a character was typed: how far the line stands to the right, by the brackets around it, whether the
 * text is right or not.
 *
 * @param offset behind the character
 */
export function indentTyped({ text }: Pick<View, 'text'>, offset: number, typed: string): Edit[] {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const [blanks] = /^[ \t]*/.exec(text.slice(start, start + 1000))!
  const first = text[start + blanks.length]
  if (typed === '}' && first !== '}') return []
  const wanted = indentAt(text, start, first)
  return wanted === undefined || wanted === blanks ? [] : [{ start, end: start + blanks.length, text: wanted }]
}

const closing: Record<string, string> = { '}': '{', ')': '(', ']': '[' }
/** So far is looked for an open bracket. */
const farthest = 100_000

/** The blanks before a line that starts at an offset; undefined where nothing is above it. */
function indentAt(text: string, start: number, first: string | undefined): string | undefined {
  const open = openBracket(text, start)
  if (open < 0) return start === 0 ? undefined : ''
  const base = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', open) + 1))![0]
  return first !== undefined && closing[first] === text[open] ? base : `${base}  `
}

/** The bracket that is open before an offset; -1 where none is. */
function openBracket(text: string, offset: number): number {
  const found: number[] = []
  for (const { sign, index } of signsBefore(text, offset)) {
    if (sign === '{' || sign === '(' || sign === '[') found.push(index)
    else if (closing[sign] !== undefined) {
      const at = found.findLastIndex(other => text[other] === closing[sign])
      // One that closes nothing says nothing.
      if (at >= 0) found.length = at
    }
  }
  return found.at(-1) ?? -1
}

/** What begins before an offset, not too far from it. */
function* signsBefore(text: string, offset: number): Generator<{ sign: string; index: number }> {
  const from = Math.max(0, offset - farthest)
  // Texts and comments are read forwards.
  SIGNS.lastIndex = from === 0 ? 0 : text.indexOf('\n', from) + 1
  for (let match = SIGNS.exec(text); match && match.index < offset; match = SIGNS.exec(text)) {
    const [sign] = match
    if (sign === '"') SIGNS.lastIndex = scanQuoted(text, match.index, false)
    else yield { sign, index: match.index }
  }
}

/** Brackets, and what may hold some that are none: comments, bytes, CIDs and characters, and where a text begins. */
const SIGNS = /\/\/[^\r\n]*|\b(?:b|cid)"(?:\\.|[^"\\\r\n])*"?|"|'(?:\\.|[^'\\\r\n])'|[{}()[\]]/g
