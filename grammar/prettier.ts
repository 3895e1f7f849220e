import type { Parser, Printer, SupportLanguage, SupportOptions } from 'prettier'
import { treeWithComments, type Attached, type Commented, type Root } from './format/comments.ts'
import { print, printComment } from './format/print.ts'
import { children, type Kind } from './nodes.ts'
import { parse } from './parse.ts'
import { positionAt } from './source.ts'

/** The Prettier plugin: `prettier --plugin ipvm/prettier job.ipvm`. */

export const languages: SupportLanguage[] = [{ name: 'ipvm', parsers: ['ipvm'], extensions: ['.ipvm'] }]

/** The tree of a text without syntax errors, with its comments in it; Prettier shows the error otherwise. */
function parseForPrettier(text: string): Root {
  const parsed = parse(text, 'input.ipvm')
  const wrong = parsed.diagnostics.find(d => d.severity === 'error')
  if (wrong) {
    const loc = { start: positionAt(text, wrong.span.start), end: positionAt(text, wrong.span.end) }
    throw Object.assign(new SyntaxError(`${wrong.code}: ${wrong.message}`), { loc })
  }
  return treeWithComments(parsed.module, parsed.comments, text)
}

export const parsers: { ipvm: Parser<Commented> } = {
  ipvm: {
    parse: parseForPrettier,
    astFormat: 'ipvm',
    locStart: node => node.start,
    locEnd: node => node.end,
  },
}

export const printers: { ipvm: Printer<Commented> } = {
  ipvm: {
    print: print as Printer<Commented>['print'],
    printComment: printComment as never as NonNullable<Printer<Commented>['printComment']>,
    getVisitorKeys: node => [...(children[(node as { kind: Kind }).kind] ?? [])],
    isBlockComment: () => false,
  },
}

export const options: SupportOptions = {}

/** The style of the language; there is one. */
export const defaultOptions = { tabWidth: 2, useTabs: false, printWidth: 100 }

export type { Attached, Commented }
