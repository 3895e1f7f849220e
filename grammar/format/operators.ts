import type { Doc } from 'prettier'
import { builders } from 'prettier/doc'
import type { Node, NodeOf } from '../nodes.ts'
import { verbatimOf } from './comments.ts'
import { bracket, type Context, type Path, type Printers } from './context.ts'
import { levelOf, needsParentheses } from './parentheses.ts'

const { group, ifBreak, indent, indentIfBreak, line } = builders

/** Kinds that are written as an operand and a link behind it: an operator, or a word with what belongs to it. */
type LinkKind = 'Binary' | 'With' | 'Catch' | 'After' | 'Undo'
type OperatorKind = LinkKind | 'Unary' | 'As' | 'Try' | 'Do'

export const operatorPrinters: Printers<OperatorKind> = {
  Binary: (_, context) => chain(context),
  With: (_, context) => chain(context),
  Catch: (_, context) => chain(context),
  After: (_, context) => chain(context),
  Undo: (_, context) => chain(context),
  Unary: (node, { child }) => [node.operator, child('value')],
  As: (_, { child }) => [child('value'), ' as ', child('type')],
  Try: (_, { child }) => ['try ', child('value')],
  Do: (_, { child }) => ['do ', child('value')],
}

const operands = { Binary: 'left', With: 'object', Catch: 'value', After: 'value', Undo: 'value' } as const satisfies {
  [K in LinkKind]: keyof NodeOf<K>
}

export function isLink(node: Node): node is NodeOf<LinkKind> {
  return node.kind in operands
}

interface Link {
  head: Doc
  tail: Doc
  /** Whether the tail may begin on the line of its head and go on below it. */
  hugs: boolean
}

/** An operand and the links behind it: on one line, or with each link on a line of its own. */
function chain(context: Context): Doc {
  const links: Link[] = []
  const { path } = context
  const base = collect(context, links)
  const last = links.pop()!
  // Parentheses around it indent it already.
  const shift = needsParentheses(path) ? (doc: Doc) => doc : indent
  const groupId = Symbol('links')
  const before = links.map(({ head, tail }) => [line, head, tail])
  const rest = last.hugs
    ? (start: Doc) => [
        group([start, shift([before, line, last.head])], { id: groupId }),
        shift === indent ? indentIfBreak(last.tail, { groupId }) : last.tail,
      ]
    : (start: Doc) => group([start, shift([before, line, last.head, last.tail])])
  if (!base.closed) return rest(base.doc)
  // Behind a bracket that is closed on a line of its own the links go on.
  const id = Symbol('base')
  const inline = [...links, last].map(({ head, tail }) => [' ', head, tail])
  return [group(base.doc, { id }), ifBreak(inline, rest(''), { groupId: id })]
}

/** Prints the operand that a chain starts with, and collects its links. */
function collect(context: Context, links: Link[]): { doc: Doc; closed: boolean } {
  const { path, print } = context
  const node = path.node as NodeOf<LinkKind>
  const base = path.call(
    ((operand: Path) => {
      const inner = operand.node
      const goesOn =
        isLink(inner) && !verbatimOf(path).has(inner) && isSameChain(node, inner) && !needsParentheses(operand)
      if (goesOn) return collect(context, links)
      return { doc: print(operand), closed: isClosed(inner) || needsParentheses(operand) }
    }) as never,
    operands[node.kind] as never,
  ) as { doc: Doc; closed: boolean }
  links.push(link(node, context))
  return base
}

/** Operators of one level stand below each other, and words such as `catch`. */
function isSameChain(node: Node, inner: Node): boolean {
  if (node.kind === 'Binary' || inner.kind === 'Binary') return levelOf(node) === levelOf(inner)
  return true
}

function link(node: NodeOf<LinkKind>, context: Context): Link {
  const { child } = context
  switch (node.kind) {
    case 'Binary':
      return toLink([node.operator, ' '], child('right'), isLong(node.right))
    case 'With':
      return toLink('with ', bracket(context, 'settings', '{', '}', line))
    case 'Catch':
      return toLink(['catch ', child('name'), ' => '], child('alternative'), isLong(node.alternative))
    case 'Undo':
      return toLink(['undo ', child('name'), ' => '], child('action'), isLong(node.action))
    case 'After':
      return toLink(
        'after ',
        node.names.length === 1
          ? context.path.call(context.print as never, 'names' as never, 0 as never)
          : bracket(context, 'names', '(', ')'),
      )
  }
}

function toLink(head: Doc, tail: Doc, hugs = false): Link {
  // A group is visited once, however many documents hold it.
  return { head, tail: group(tail), hugs }
}

/** Constructs with blocks, and literals of several entries. */
function isLong(node: Node): boolean {
  if (['Block', 'If', 'Match', 'For'].includes(node.kind)) return true
  if (node.kind === 'RecordLiteral') return node.fields.length > 1
  return (node.kind === 'List' || node.kind === 'Tuple') && node.items.length > 1
}

const bracketed = new Set<Node['kind']>(['Call', 'Index', 'List', 'Tuple', 'RecordLiteral', 'If', 'Match', 'For'])

/** Whether the last line of what is broken begins with a closing bracket. */
function isClosed(node: Node): boolean {
  for (let at = node; ;) {
    if (at.kind === 'Unwrap' || at.kind === 'Try') at = at.value
    else if (at.kind === 'Access' || at.kind === 'TupleAccess') at = at.object
    else return bracketed.has(at.kind)
  }
}
