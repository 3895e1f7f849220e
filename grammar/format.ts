import { format as prettierFormat } from 'prettier/standalone'
import type { Diagnostic } from './diagnostics.ts'
import { treeWithComments, type Root } from './format/comments.ts'
import { parse, type Parsed } from './parse.ts'
import * as plugin from './prettier.ts'

export type Formatted = { ok: true; text: string } | { ok: false; diagnostics: Diagnostic[] }

/**
 * Formats a module. A text with syntax errors stays as it is; its diagnostics are the answer.
 *
 * @param parsed what the text was parsed to, or a part of it that is formatted by itself, where that is known
 */
export async function format(text: string, file: string, parsed: Parsed = parse(text, file)): Promise<Formatted> {
  const diagnostics = parsed.diagnostics.filter(d => d.severity === 'error')
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const { defaultOptions, parsers } = plugin
  // The text is parsed once, which takes as long as to print it; where Prettier changes its line ends it is another one.
  const parseAgain = (given: string): Root =>
    given === text
      ? treeWithComments(parsed.module, parsed.comments, text)
      : (parsers.ipvm.parse(given, {} as never) as Root)
  const ipvm = { ...parsers.ipvm, parse: parseAgain }
  const plugins = [{ ...plugin, parsers: { ipvm } }]
  return { ok: true, text: await prettierFormat(text, { parser: 'ipvm', plugins, ...defaultOptions }) }
}
