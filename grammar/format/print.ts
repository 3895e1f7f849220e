import type { AstPath, Doc } from 'prettier'
import { builders } from 'prettier/doc'
import type { Node } from '../nodes.ts'
import { verbatimOf, type Attached } from './comments.ts'
import type { Context, Options, Path, Print, Printers } from './context.ts'
import { expressionPrinters } from './expressions.ts'
import { itemPrinters } from './items.ts'
import { operatorPrinters } from './operators.ts'
import { needsParentheses } from './parentheses.ts'
import { plainIn } from './plain.ts'
import { statementPrinters } from './statements.ts'
import { typePrinters } from './types.ts'

const { group, indent, join, literalline, softline } = builders

/** A row for each kind of node. */
const printers: Printers = {
  ...itemPrinters,
  ...typePrinters,
  ...statementPrinters,
  ...expressionPrinters,
  ...operatorPrinters,
}

export function print(path: Path, options: Options, printChild: Print): Doc {
  const printed = printNode(path, options, printChild)
  return needsParentheses(path) ? group(['(', indent([softline, printed]), softline, ')']) : printed
}

function printNode(path: Path, options: Options, printChild: Print): Doc {
  const node = path.node
  const source = ({ start, end }: { start: number; end: number }) => options.originalText.slice(start, end)
  if (verbatimOf(path).has(node)) return join(literalline, source(node).split('\n'))
  const child = (field: string): Doc => {
    const { node: around } = path
    const inner = (around as unknown as Record<string, Node>)[field]!
    return (
      plainIn(inner, around, field, path.parent, { path, source }) ?? path.call(printChild as never, field as never)
    )
  }
  const printer = printers[node.kind] as (node: Node, context: Context) => Doc
  return printer(node, { path, options, print: printChild, child, source })
}

export function printComment(path: AstPath<Attached>): Doc {
  return path.node.source
}
