import { format as prettierFormat } from 'prettier/standalone'
import type { Diagnostic } from './diagnostics.ts'
import { parse } from './parse.ts'
import * as plugin from './prettier.ts'

export type Formatted = { ok: true; text: string } | { ok: false; diagnostics: Diagnostic[] }

/** Formats a module. A text with syntax errors stays as it is; its diagnostics are the answer. */
export async function format(text: string, file: string): Promise<Formatted> {
  const diagnostics = parse(text, file).diagnostics.filter(d => d.severity === 'error')
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const { defaultOptions } = plugin
  return { ok: true, text: await prettierFormat(text, { parser: 'ipvm', plugins: [plugin], ...defaultOptions }) }
}
