import { nameOf, type Near } from '../dag/suggest.ts'
import type { Fix, Row, Severity } from './diagnostics/define.ts'
import { componentRows } from './diagnostics/component.ts'
import { declarationRows } from './diagnostics/declarations.ts'
import { effectRows } from './diagnostics/effects.ts'
import { fileRows } from './diagnostics/file.ts'
import { lintRows } from './diagnostics/lints.ts'
import { moduleRows } from './diagnostics/modules.ts'
import { flowRows } from './diagnostics/flow.ts'
import { nameRows } from './diagnostics/names.ts'
import { secretRows } from './diagnostics/secrets.ts'
import { syntaxRows } from './diagnostics/syntax.ts'
import { testRows } from './diagnostics/tests.ts'
import { typeRows } from './diagnostics/types.ts'

export type { Fix, Severity } from './diagnostics/define.ts'

/** Every diagnostic that this project can give. A wrong name or a missing parameter does not compile. */
export const diagnostics = {
  ...fileRows,
  ...syntaxRows,
  ...nameRows,
  ...moduleRows,
  ...typeRows,
  ...flowRows,
  ...componentRows,
  ...declarationRows,
  ...effectRows,
  ...secretRows,
  ...lintRows,
  ...testRows,
}

export type DiagnosticName = keyof typeof diagnostics
export type ParamsOf<N extends DiagnosticName> = (typeof diagnostics)[N] extends Row<infer P> ? P : never

export interface Span {
  file: string
  start: number
  end: number
}

export interface Diagnostic {
  name: DiagnosticName
  code: string
  severity: Severity
  message: string
  span: Span
  related: { message: string; span: Span }[]
  fixes: Fix[]
  /** What is told once in a file: of those with the same word here the first one. */
  once?: string
}

/** Makes a diagnostic from its row. */
export function diagnose<N extends DiagnosticName>(
  name: N,
  params: ParamsOf<N>,
  span: Span,
  more: { related?: Diagnostic['related']; fixes?: Fix[]; once?: string } = {},
): Diagnostic {
  const row = diagnostics[name] as unknown as Row<ParamsOf<N>>
  const by = row.replacement?.(params)
  return {
    name,
    code: row.code,
    severity: row.severity,
    message: row.message(params),
    span: { file: span.file, start: span.start, end: span.end },
    related: more.related ?? [],
    fixes: [...(by === undefined ? [] : [replacing(span, by)]), ...(more.fixes ?? [])],
    ...(more.once === undefined ? {} : { once: more.once }),
  }
}

function replacing({ start, end }: Span, by: Near): Fix {
  const text = nameOf(by)
  const title = text === '' ? 'Remove it' : `Replace with \`${text}\``
  return { title, edits: [{ start, end, text }], ...(typeof by === 'object' ? { guess: true } : {}) }
}

/** The row with a code such as `IPVM2003`, in any case of letters. */
export function rowOf(code: string): (Row<never> & { name: DiagnosticName }) | undefined {
  for (const [name, row] of Object.entries(diagnostics))
    if (row.code === code.toUpperCase()) return { ...(row as Row<never>), name: name as DiagnosticName }
  return undefined
}
