import { fail, ok, type Result } from '../dag/result.ts'

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

/**
 * Offsets at which lines start. Lines end with `\n`, `\r\n` or a lone `\r`. Make it once for many positions of one
 * text; the functions below take either.
 */
export class Lines {
  readonly text: string
  #starts: Uint32Array | undefined

  constructor(text: string) {
    this.text = text
  }

  /**
   * The lines of a text that this one has become.
   *
   * @param change holds all that is different
   */
  changed(text: string, { start, oldEnd, newEnd }: { start: number; oldEnd: number; newEnd: number }): Lines {
    const lines = new Lines(text)
    if (!this.#starts) return lines
    // Two letters that end a line together may have come together, or apart.
    const from = Math.max(0, start - 1)
    const to = newEnd + 1
    const by = newEnd - oldEnd
    const before = this.#starts.subarray(0, lineOf(this.#starts, from) + 1)
    const between = findStarts(text.slice(from, to + 1)).filter(at => at > 0 && from + at <= to)
    const behind = this.#starts.subarray(lineOf(this.#starts, to - by) + 1)
    const starts = new Uint32Array(before.length + between.length + behind.length)
    starts.set(before)
    for (const [i, at] of between.entries()) starts[before.length + i] = from + at
    const first = before.length + between.length
    for (let i = 0; i < behind.length; i++) starts[first + i] = behind[i]! + by
    lines.#starts = starts
    return lines
  }

  get starts(): Uint32Array {
    return (this.#starts ??= findStarts(this.text))
  }

  /** Offset before what ends a line, from 1; behind the last one that of the end of the text. */
  endOf(line: number): number {
    const start = this.starts[line - 1] ?? this.text.length
    let end = this.starts[line] ?? this.text.length
    while (end > start && (this.text[end - 1] === '\n' || this.text[end - 1] === '\r')) end--
    return end
  }

  /** A line from 1, without what ends it. */
  lineText(line: number): string {
    return this.text.slice(this.starts[line - 1] ?? this.text.length, this.endOf(line))
  }
}

function findStarts(text: string): Uint32Array {
  const starts = [0]
  if (text.includes('\r')) {
    const ends = /\r\n?|\n/g
    while (ends.exec(text)) starts.push(ends.lastIndex)
  } else for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return new Uint32Array(starts)
}

/** Line and column of an offset; one outside of the text is moved to its nearest end. */
export function positionAt(source: string | Lines, offset: number): Position {
  const { starts, text } = typeof source === 'string' ? new Lines(source) : source
  const at = Math.max(0, Math.min(offset, text.length))
  const line = lineOf(starts, at)
  return { line: line + 1, column: at - starts[line]! + 1 }
}

/** The number, from 0, of the line that an offset is in. */
function lineOf(starts: Uint32Array, at: number): number {
  let low = 0
  let high = starts.length
  while (low + 1 < high) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= at) low = middle
    else high = middle
  }
  return low
}

/** Offset of a line and column; an error where the text has no such place. */
export function offsetAt(source: string | Lines, position: Position): Result<number, 'outside'> {
  const { starts, text } = typeof source === 'string' ? new Lines(source) : source
  const start = starts[position.line - 1]
  if (start === undefined || position.column < 1) return fail('outside')
  const end = starts[position.line] ?? text.length + 1
  const at = start + position.column - 1
  return at < end ? ok(at) : fail('outside')
}
