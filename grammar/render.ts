import { styleText } from 'node:util'
import type { Diagnostic, Span } from './diagnostics.ts'
import { Lines, positionAt, type Position } from './source.ts'

/** Text of a file by its name, where it is at hand; as {@link Lines} where many diagnostics ask for it. */
export type SourceOf = (file: string) => string | Lines | undefined

/** Columns of a source line that are shown; of a longer one only the part around the span. */
const widest = 110
/** Lines of a span over several lines that are shown at its start and at its end. */
const shownLines = 2

type Style = Parameters<typeof styleText>[0]

/**
 * A diagnostic with its source frame, for people:
 *
 * ```text
 * error[IPVM1037]: A comma is missing between `1` and `2`.
 *   --> main.ipvm:2:14
 *    |
 *  2 |   let a = [1 2]
 *    |              ^
 *    = help: Insert `,`
 * ```
 *
 * What comes from the source cannot control a terminal: control characters, and those that change the direction of
 * text, are shown as `\u{…}`.
 */
export function renderDiagnostic(d: Omit<Diagnostic, 'name'>, sourceOf: SourceOf, { color = false } = {}): string {
  const paint = (style: Style, text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text
  const main: Style = d.severity === 'error' ? ['bold', 'red'] : ['bold', 'yellow']
  const parts = [
    { span: d.span, sign: '^', style: main, note: '' },
    ...d.related.map(r => ({ span: r.span, sign: '-', style: ['bold', 'blue'] as Style, note: r.message })),
  ]
  const tables = new Map<string, Lines | undefined>()
  const linesOf = (file: string): Lines | undefined => {
    if (!tables.has(file)) tables.set(file, toLines(sourceOf(file)))
    return tables.get(file)
  }
  const framed = parts.map(part => ({ ...part, frame: frameOf(part.span, linesOf(part.span.file)) }))
  const last = Math.max(1, ...framed.flatMap(({ frame }) => frame.rows.map(row => row.line)))
  const gutter = String(last).length + 1
  const bar = paint('blue', '|')
  const out = [`${paint(main, `${d.severity}[${d.code}]`)}: ${paint('bold', printable(d.message))}`]
  framed.forEach(({ span, sign, style, note, frame }, index) => {
    const at = frame.start ? `:${frame.start.line}:${frame.start.column}` : ''
    const arrow = index === 0 ? '-->' : ':::'
    out.push(`${' '.repeat(gutter)}${paint('blue', arrow)} ${printable(span.file)}${at}`)
    if (frame.rows.length === 0) {
      if (note) out.push(`${' '.repeat(gutter)} = ${printable(note)}`)
      return
    }
    out.push(`${' '.repeat(gutter)} ${bar}`)
    frame.rows.forEach((row, i) => {
      if (row.skipped) out.push(paint('blue', `${' '.repeat(gutter - 1)}...`))
      out.push(`${paint('blue', String(row.line).padStart(gutter))} ${bar} ${row.text}`.trimEnd())
      const label = note && i === frame.rows.length - 1 ? ` ${printable(note)}` : ''
      const marks = sign.repeat(Math.max(1, row.width))
      out.push(`${' '.repeat(gutter)} ${bar} ${' '.repeat(row.indent)}${paint(style, marks + label)}`)
    })
  })
  for (const fix of d.fixes)
    out.push(`${' '.repeat(gutter)} ${paint('blue', '=')} ${paint('bold', 'help')}: ${printable(fix.title)}`)
  return out.join('\n') + '\n'
}

function toLines(source: string | Lines | undefined): Lines | undefined {
  return typeof source === 'string' ? new Lines(source) : source
}

interface Row {
  line: number
  text: string
  /** Columns of the terminal before the mark, and of the mark. */
  indent: number
  width: number
  /** Lines before this one are left out. */
  skipped: boolean
}

function frameOf(span: Span, lines: Lines | undefined): { start: Position | undefined; rows: Row[] } {
  if (!lines) return { start: undefined, rows: [] }
  const start = positionAt(lines, span.start)
  // A span that ends with a line break ends on the line before.
  const end = positionAt(lines, Math.max(span.start, trimmedEnd(lines.text, span)))
  const rows: Row[] = []
  for (let line = start.line; line <= end.line; line++) {
    const skipped = line === start.line + shownLines && end.line - line >= shownLines
    if (skipped) line = end.line - shownLines + 1
    const text = lines.lineText(line)
    const from = line === start.line ? start.column - 1 : text.length - text.trimStart().length
    const to = line === end.line ? end.column - 1 : text.length
    rows.push({ line, skipped, ...cutLine(text, Math.min(from, text.length), Math.min(to, text.length)) })
  }
  return { start, rows }
}

function trimmedEnd(text: string, span: Span): number {
  let end = Math.min(span.end, text.length)
  while (end > span.start && /[\r\n]/.test(text[end - 1]!)) end--
  return end
}

/** A line with its mark as it stands in a terminal. */
function cutLine(text: string, from: number, to: number): Pick<Row, 'text' | 'indent' | 'width'> {
  let first = 0
  let last = text.length
  if (text.length > widest) {
    first = Math.max(0, Math.min(from - 20, text.length - widest))
    last = Math.min(text.length, first + widest)
  }
  // A pair of surrogates is not taken apart.
  if (first > 0 && isLow(text, first)) first++
  if (last < text.length && isLow(text, last)) last--
  const before = printable(text.slice(first, Math.max(first, from)))
  const marked = printable(text.slice(Math.max(first, from), Math.min(last, Math.max(from, to))))
  const after = printable(text.slice(Math.min(last, Math.max(from, to)), last))
  const head = first > 0 ? '…' : ''
  const tail = last < text.length ? '…' : ''
  return { text: head + before + marked + after + tail, indent: columns(head + before), width: columns(marked) }
}

function isLow(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}

/** Text without anything that a terminal obeys; tabs become two spaces. */
export function printable(text: string): string {
  return text
    .replace(/\t/g, '  ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu, c =>
      c === '\u200d' ? c : `\\u{${c.codePointAt(0)!.toString(16)}}`,
    )
}

/** Columns that a text takes in a terminal: two for wide characters, none for those that combine. */
function columns(text: string): number {
  let total = 0
  for (const character of text) {
    if (/[\p{M}\u200d]/u.test(character)) continue
    total +=
      /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1
  }
  return total
}

/** The JSON form of a diagnostic, as the command line gives it; lines and columns count from 1. */
export interface DiagnosticJson extends SpanJson {
  code: string
  severity: string
  message: string
  related: ({ message: string } & SpanJson)[]
  fixes: { title: string; edits: ({ text: string } & Omit<SpanJson, 'file'>)[] }[]
}

export interface SpanJson {
  file: string
  start: Position
  end: Position
}

/** A file that is not at hand counts as empty, so that its positions are line 1, column 1. */
export function diagnosticToJson(d: Diagnostic, sourceOf: SourceOf): DiagnosticJson {
  const tables = new Map<string, Lines>()
  const range = (file: string, start: number, end: number): Omit<SpanJson, 'file'> => {
    let lines = tables.get(file)
    if (!lines) tables.set(file, (lines = toLines(sourceOf(file) ?? '')!))
    return { start: positionAt(lines, start), end: positionAt(lines, end) }
  }
  const spanOf = ({ file, start, end }: Span): SpanJson => ({ file, ...range(file, start, end) })
  return {
    code: d.code,
    severity: d.severity,
    message: d.message,
    ...spanOf(d.span),
    related: d.related.map(({ message, span }) => ({ message, ...spanOf(span) })),
    fixes: d.fixes.map(({ title, edits }) => ({
      title,
      edits: edits.map(({ start, end, text }) => ({ ...range(d.span.file, start, end), text })),
    })),
  }
}
