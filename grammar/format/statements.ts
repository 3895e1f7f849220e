import type { Doc } from 'prettier'
import { builders } from 'prettier/doc'
import type { Block } from '../nodes.ts'
import { blankAfter, empty, hasLines, lines, opening, type Context, type Printers } from './context.ts'

const { breakParent, group, hardline, indent, line } = builders

type StatementKind = 'Block' | 'Let' | 'Perform' | 'Assert' | 'Given'

export const statementPrinters: Printers<StatementKind> = {
  Block: (node, context) => {
    if (node.statements.length === 0 && !node.value) return empty(context, '{', '}')
    const body = [opening(context, '{'), indent([line, content(node, context)]), line, '}']
    if (!isOneLine(node, context)) body.push(breakParent)
    // The blocks of an `if` are broken together.
    return context.path.parent?.kind === 'If' ? body : group(body)
  },
  Let: (node, { child }) => {
    const name = `let ${node.name.text}`
    return node.type ? [`${name}: `, child('type'), ' = ', child('value')] : [`${name} = `, child('value')]
  },
  Perform: (_, { child }) => child('value'),
  Assert: (node, { child }) => ['assert ', node.fails ? 'fails ' : '', child('value')],
  Given: (_, { child }) => ['given ', child('call'), ' => ', child('value')],
}

/** A block of one expression stays on the line that it is written on; others never stand on one. */
function isOneLine(node: Block, context: Context): boolean {
  const [first, ...others] = node.value ? [...node.statements, node.value] : node.statements
  const isExpression = first !== undefined && (first === node.value || first.kind === 'Perform')
  return isExpression && others.length === 0 && !hasLines(context, node)
}

function content(node: Block, context: Context): Doc {
  const last = node.statements.at(-1)
  if (!last) return context.child('value')
  const statements = lines(context, 'statements')
  if (!node.value) return statements
  const blank = blankAfter(context, last) ? [hardline] : []
  return [statements, hardline, ...blank, context.child('value')]
}
