import { fail, ok, type Result } from '../dag/result.ts'
import { firstOf } from './bisect.ts'

/**
 * Reads a source file: strict UTF-8, a byte order mark is dropped.
 *
 * @returns the text, or the offset in bytes of the first byte that belongs to no character
 */
export function decodeSource(bytes: Uint8Array): { ok: true; value: string } | { ok: false; offset: number } {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return { ok: false, offset: firstBadByte(bytes) }
  }
}

/** Offset of the first byte that is not part of a well-formed sequence (Unicode 16, table 3-7). */
function firstBadByte(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]!
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (length === 0) return at
    const second = bytes[at + 1] ?? 0
    const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (length > 1 && (second < lowest || second > highest)) return at
    for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return at
    at += length
  }
  return at
}

/** A place in a text, both from 1. A column counts UTF-16 code units, as editors do. */
export interface Position {
  line: number
  column: number
}

/** Where a text was changed: what stood between `start` and `oldEnd` now ends at `newEnd`. */
export interface Change {
  start: number
  oldEnd: number
  newEnd: number
}

/** A text in one piece, and where its lines start. */
class Whole {
  readonly text: string
  #starts: Uint32Array | undefined

  constructor(text: string, starts?: Uint32Array) {
    this.text = text
    this.#starts = starts
  }

  get starts(): Uint32Array {
    return (this.#starts ??= new Uint32Array(findStarts(this.text)))
  }
}

/** A text that is another one but for what stands between two offsets of that. */
interface Edited {
  whole: Whole
  from: number
  to: number
  between: string
}

/** Where the lines of such a text are: so many start before what is different, some in it, and the rest from a number on. */
interface Marks {
  before: number
  between: number[]
  behind: number
}

/** Letters that may be different before a text is put together, which costs as much as it is long. */
const MOST = 1 << 16

/**
 * A text, and where its lines start. Lines end with `\n`, `\r\n` or a lone `\r`. Make it once for many positions of one
 * text; the functions below take either.
 *
 * One that has come of another by small changes near to each other holds these beside the text of that; who cuts out of it
 * what is needed ({@link slice}) does so without putting it together, as `text` has to be for whoever looks into it.
 */
export class Lines {
  readonly text: string
  readonly #edited: Edited
  #found: Marks | undefined

  constructor(text: string, edited: Edited = { whole: new Whole(text), from: 0, to: 0, between: '' }) {
    this.text = text
    this.#edited = edited
  }

  get length(): number {
    return this.text.length
  }

  /** The part of the text between two offsets in it. */
  slice(start: number, end = this.length): string {
    const { whole, from, to, between } = this.#edited
    const { text } = whole
    const behind = from + between.length
    if (end <= start) return ''
    if (end <= from) return text.slice(start, end)
    if (start >= behind) return text.slice(start - behind + to, end - behind + to)
    const first = start < from ? text.slice(start, from) : ''
    const last = end > behind ? text.slice(to, end - behind + to) : ''
    return first + between.slice(Math.max(0, start - from), end - from) + last
  }

  /**
   * The text in which other letters stand between two offsets.
   *
   * @param most so many may be different before it is put together
   */
  changed(start: number, end: number, letters: string, most = MOST): Lines {
    const { whole, from, to, between } = this.#isEdited ? this.#edited : { ...this.#edited, from: start, to: start }
    const behind = from + between.length
    const [first, last] = [Math.min(start, from), Math.max(end, behind)]
    const changed = this.slice(first, start) + letters + this.slice(end, last)
    if (changed.length <= most || !this.#isEdited)
      return editedOf({ whole, from: first, to: last - behind + to, between: changed })
    return editedOf({ whole: new Whole(this.text, this.#starts()), from: start, to: end, between: letters })
  }

  get #isEdited(): boolean {
    const { from, to, between } = this.#edited
    return from < to || between !== ''
  }

  /** A change that makes this text of another one; it holds all that is different. */
  changeFrom(before: Lines): Change {
    const [a, b] = [before.#edited, this.#edited]
    const isWhole = a.whole !== b.whole && before.text === b.whole.text
    const edits = [...(isWhole || !before.#isEdited ? [] : [a]), ...(this.#isEdited ? [b] : [])]
    const isNear = isWhole || a.whole === b.whole
    const start = isNear ? Math.min(before.length, ...edits.map(({ from }) => from)) : 0
    const rest = isNear ? Math.min(before.length - start, ...edits.map(({ to }) => b.whole.text.length - to)) : 0
    const near = changeBetween(before.slice(start, before.length - rest), this.slice(start, this.length - rest))
    return { start: start + near.start, oldEnd: start + near.oldEnd, newEnd: start + near.newEnd }
  }

  get #marks(): Marks {
    return (this.#found ??= this.#mark())
  }

  #mark(): Marks {
    const { whole, from, to, between } = this.#edited
    const { starts } = whole
    if (!this.#isEdited) return { before: starts.length, between: [], behind: starts.length }
    // Two letters that end a line together may have come together, or apart.
    const first = Math.max(0, from - 1)
    const behind = from + between.length
    const near = findStarts(this.slice(first, behind + 1)).map(start => first + start)
    return {
      before: firstOf(starts, start => start >= from),
      between: near.filter(start => (start === 0 || start > first) && start >= from && start <= behind),
      behind: firstOf(starts, start => start > to),
    }
  }

  #starts(): Uint32Array {
    const { before, between } = this.#marks
    const starts = new Uint32Array(this.count)
    starts.set(this.#edited.whole.starts.subarray(0, before))
    starts.set(between, before)
    for (let line = before + between.length; line < starts.length; line++) starts[line] = this.startOf(line)!
    return starts
  }

  /** How many lines there are; one at the least. */
  get count(): number {
    const { before, between, behind } = this.#marks
    return before + between.length + this.#edited.whole.starts.length - behind
  }

  /** Offset at which a line starts, from 0; nothing behind the last one. */
  startOf(line: number): number | undefined {
    const { before, between, behind } = this.#marks
    const { whole, from, to, between: letters } = this.#edited
    if (line < before) return whole.starts[line]
    const next = line - before
    if (next < between.length) return between[next]
    const start = whole.starts[behind + next - between.length]
    return start === undefined ? undefined : start - to + from + letters.length
  }

  /** The line, from 0, that an offset is in. */
  lineOf(offset: number): number {
    let low = 0
    let high = this.count
    while (low + 1 < high) {
      const middle = (low + high) >>> 1
      if (this.startOf(middle)! <= offset) low = middle
      else high = middle
    }
    return low
  }

  /** Offset before what ends a line, from 1; behind the last one that of the end of the text. */
  endOf(line: number): number {
    const start = this.startOf(line - 1) ?? this.length
    const end = this.startOf(line) ?? this.length
    const ends = this.slice(Math.max(start, end - 2), end)
    return end - /[\r\n]*$/.exec(ends)![0].length
  }

  /** A line from 1, without what ends it. */
  lineText(line: number): string {
    return this.slice(this.startOf(line - 1) ?? this.length, this.endOf(line))
  }
}

/** A text of which nothing is put together but what is looked at. */
function editedOf(edited: Edited): Lines {
  const { whole, from, to, between } = edited
  return new Lines(whole.text.slice(0, from) + between + whole.text.slice(to), edited)
}

const PIECE = 4096

/** The one change between two texts. */
function changeBetween(before: string, after: string): Change {
  const most = Math.min(before.length, after.length)
  let start = 0
  // Whole pieces are compared by the machine, many letters at once.
  while (start + PIECE < most && before.slice(start, start + PIECE) === after.slice(start, start + PIECE))
    start += PIECE
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++
  let same = 0
  const last = (text: string): string => text.slice(text.length - same - PIECE, text.length - same)
  while (same + PIECE < most - start && last(before) === last(after)) same += PIECE
  while (
    same < most - start &&
    before.charCodeAt(before.length - same - 1) === after.charCodeAt(after.length - same - 1)
  )
    same++
  return { start, oldEnd: before.length - same, newEnd: after.length - same }
}

function findStarts(text: string): number[] {
  const starts = [0]
  if (text.includes('\r')) {
    const ends = /\r\n?|\n/g
    while (ends.exec(text)) starts.push(ends.lastIndex)
  } else for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Line and column of an offset; one outside of the text is moved to its nearest end. */
export function positionAt(source: string | Lines, offset: number): Position {
  const lines = typeof source === 'string' ? new Lines(source) : source
  const at = Math.max(0, Math.min(offset, lines.length))
  const line = lines.lineOf(at)
  return { line: line + 1, column: at - lines.startOf(line)! + 1 }
}

/** Offset of a line and column; an error where the text has no such place. */
export function offsetAt(source: string | Lines, position: Position): Result<number, 'outside'> {
  const lines = typeof source === 'string' ? new Lines(source) : source
  const start = lines.startOf(position.line - 1)
  if (start === undefined || position.column < 1) return fail('outside')
  const end = lines.startOf(position.line) ?? lines.length + 1
  const at = start + position.column - 1
  return at < end ? ok(at) : fail('outside')
}
