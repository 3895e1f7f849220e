import * as lsp from 'vscode-languageserver'
import type { Diagnostic, Fix } from '../grammar/diagnostics.ts'
import { Lines, positionAt } from '../grammar/source.ts'
import type { Edit, Range } from './interface.ts'
import { explanationPath } from './virtual.ts'

/** The only place that knows the shapes of the protocol: offsets become lines and characters, paths become URIs. */
export interface Places {
  /** The lines of a file; of one that cannot be read those of an empty text. */
  linesOf(path: string): Lines
  uriOf(path: string): string
}

export function toPosition(lines: Lines, offset: number): lsp.Position {
  const { line, column } = positionAt(lines, offset)
  return { line: line - 1, character: column - 1 }
}

export function toRange(lines: Lines, { start, end }: Range): lsp.Range {
  return { start: toPosition(lines, start), end: toPosition(lines, end) }
}

/** The offset of a position; one behind the end of a line is that end, and one behind the last line that of the text. */
export function toOffset(lines: Lines, { line, character }: lsp.Position): number {
  return Math.min((lines.startOf(line) ?? lines.length) + character, lines.endOf(line + 1))
}

export function toOffsets(lines: Lines, { start, end }: lsp.Range): Range {
  return { start: toOffset(lines, start), end: toOffset(lines, end) }
}

export function toEdit(lines: Lines, edit: Edit): lsp.TextEdit {
  return { range: toRange(lines, edit), newText: edit.text }
}

const severities = {
  error: lsp.DiagnosticSeverity.Error,
  warning: lsp.DiagnosticSeverity.Warning,
} as const satisfies Record<Diagnostic['severity'], lsp.DiagnosticSeverity>

/** What is there for nothing, which editors show faded. */
const unnecessary = new Set(['UnusedImport', 'UnusedLet', 'UnusedParameter', 'Unreachable', 'UnusedExpression'])

export function toDiagnostic(path: string, diagnostic: Diagnostic, places: Places): lsp.Diagnostic {
  const { name, code, severity, message, span, related, fixes } = diagnostic
  const lines = places.linesOf(path)
  const result: lsp.Diagnostic = {
    range: toRange(lines, span),
    severity: severities[severity],
    code,
    codeDescription: { href: explanationPath(code) },
    source: 'ipvm',
    message,
    data: { fixes: fixes.map(fix => toFix(lines, fix)) },
  }
  if (unnecessary.has(name)) result.tags = [lsp.DiagnosticTag.Unnecessary]
  if (related.length > 0)
    result.relatedInformation = related.map(({ message, span }) => ({
      message,
      location: { uri: places.uriOf(span.file), range: toRange(places.linesOf(span.file), span) },
    }))
  return result
}

function toFix(lines: Lines, { title, edits }: Fix): { title: string; edits: lsp.TextEdit[] } {
  return { title, edits: edits.map(edit => toEdit(lines, edit)) }
}

/** Markdown, or the words of it for an editor that has none. */
export function toMarkup(value: string, markdown: boolean): lsp.MarkupContent {
  if (markdown) return { kind: lsp.MarkupKind.Markdown, value }
  return { kind: lsp.MarkupKind.PlainText, value: value.replace(FENCE, '') }
}
/** The lines before and behind a piece of code. */
const FENCE = /^```.*\n|\n```$/gm
