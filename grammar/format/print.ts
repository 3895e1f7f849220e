import type { AstPath, Doc } from 'prettier'
import { builders } from 'prettier/doc'
import type { Node } from '../nodes.ts'
import type { Attached, Commented } from './comments.ts'
import type { Context, Options, Path, Print, Printers } from './context.ts'
import { expressionPrinters } from './expressions.ts'
import { itemPrinters } from './items.ts'
import { operatorPrinters } from './operators.ts'
import { needsParentheses } from './parentheses.ts'
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
  if (node.verbatim) return join(literalline, source(node).split('\n'))
  const child = (field: string): Doc =>
    plain(path.node, field, options.originalText) ?? path.call(printChild as never, field as never)
  const printer = printers[node.kind] as (node: Node, context: Context) => Doc
  return printer(node, { path, options, print: printChild, child, source })
}

/**
 * Half of all nodes: names, and what is given to a parameter or a `let` in one word. They stand as they are written, without
 * parentheses, and need no visit of Prettier where no comment is at them.
 */
function plain(parent: Node, field: string, text: string): Doc | undefined {
  const node = (parent as unknown as Record<string, Commented | undefined>)[field]
  if (!node || node.comments) return undefined
  if (node.kind === 'Name') return node.text
  const isAlone = parent.kind === 'Argument' || parent.kind === 'Let'
  if (node.kind === 'NumberLiteral' && isAlone) return text.slice(node.start, node.end)
  const isWord = node.kind === 'Reference' && node.name !== 'embed'
  return isWord && (isAlone || parent.kind === 'Access') ? node.name : undefined
}

export function printComment(path: AstPath<Attached>): Doc {
  return path.node.source
}
