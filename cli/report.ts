import { builtIns } from '../compiler/builtin/index.ts'
import type { DebugInfo, SourceSpan } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import type { Diagnostic } from '../grammar/diagnostics.ts'
import { diagnosticToJson, printable, renderDiagnostic } from '../grammar/render.ts'
import { decodeSource, Lines, offsetAt } from '../grammar/source.ts'
import type { Context } from './context.ts'
import { readBytes } from './files.ts'
import { exits, plural, type Reply } from './output.ts'

/** Source files, each read once, beside those that are known, and the modules that the language has. */
export function createSources(
  texts: Iterable<[string, string | undefined]> = builtIns,
): (file: string) => Lines | undefined {
  const sources = new Map<string, Lines | undefined>()
  for (const [file, text] of texts) sources.set(file, text === undefined ? undefined : new Lines(text))
  return file => {
    if (!sources.has(file)) {
      const bytes = readBytes(file)
      const text = typeof bytes === 'string' ? undefined : decodeSource(bytes)
      sources.set(file, text?.ok ? new Lines(text.value) : undefined)
    }
    return sources.get(file)
  }
}

function hasColor(): boolean {
  return process.stderr.isTTY === true && !process.env['NO_COLOR']
}

/** Diagnostics with their source frames, for people. */
export function renderAll(found: Diagnostic[], sources = createSources()): string[] {
  return found.map(diagnostic => renderDiagnostic(diagnostic, sources, { color: hasColor() }))
}

export function diagnosticsJson(found: Diagnostic[], sources = createSources()): Ipld[] {
  return found.map(diagnostic => ({ ...diagnosticToJson(diagnostic, sources) }) as unknown as Ipld)
}

/** Each diagnostic once: what is wrong with a file that several import is one mistake. */
export function distinct(found: Diagnostic[]): Diagnostic[] {
  const byPlace = found.map(one => [`${one.code} ${one.span.file} ${one.span.start} ${one.span.end}`, one] as const)
  return [...new Map(byPlace).values()]
}

/** A source that cannot be compiled. */
export function reportDiagnostics(found: Diagnostic[]): Reply {
  const errors = found.filter(diagnostic => diagnostic.severity === 'error').length
  return {
    exit: exits.diagnostics,
    json: { ok: false, diagnostics: diagnosticsJson(found) },
    stderr: [...renderAll(found), plural(errors, 'error')].join('\n'),
  }
}

/** Says warnings while a command goes on. */
export function noteDiagnostics(context: Context, found: Diagnostic[]): void {
  for (const text of renderAll(found)) context.note(text.trimEnd())
}

/** A failed task as people read it: its source frame, if the file is there and still the one that was compiled. */
export function renderFailure(kind: string, message: string, site: DebugInfo['tasks'][number] | undefined): string {
  const head = `error[${kind}]: ${printable(message)}`
  if (!site) return head
  const { file, start, end } = site.span
  const sources = createSources()
  const text = sources(file)
  const plain = `${head}\n  --> ${printable(file)}:${start.line}:${start.column}`
  if (text === undefined || !isSame(text, start) || !isSame(text, end)) return plain
  const span = { file, start: start.offset, end: end.offset }
  return renderDiagnostic({ code: kind, severity: 'error', message, span, related: [], fixes: [] }, sources, {
    color: hasColor(),
  })
}

function isSame(text: Lines, { offset, line, column }: SourceSpan['start']): boolean {
  const found = offsetAt(text, { line, column })
  return found.ok && found.value === offset
}
