import type { BinaryOperator, Expression, Node } from '../nodes.ts'
import type { Path } from './context.ts'

/**
 * How tightly the parts of an expression hold together, from loose to tight. `if`, `match`, `for`, `reduce` and `fold`
 * may follow a prefix word and come before a word such as `catch`; among operators they are hard to read, and get
 * parentheses.
 */
const levels = {
  Do: 0,
  Lambda: 0,
  Catch: 1,
  Undo: 2,
  After: 3,
  Try: 4,
  If: 5,
  Match: 5,
  For: 5,
  Reduce: 5,
  Fold: 5,
  Binary: 6,
  As: 11,
  Unary: 12,
  With: 13,
} satisfies { [K in Expression['kind']]?: number }
/** Literals, names, brackets, and what follows them without a gap. */
const primary = 14

const operatorLevels: Record<BinaryOperator, number> = {
  '||': 6,
  '&&': 7,
  '==': 8,
  '!=': 8,
  '<': 8,
  '<=': 8,
  '>': 8,
  '>=': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
}
const comparison = operatorLevels['==']

export function levelOf(node: Node): number {
  if (node.kind === 'Binary') return operatorLevels[node.operator]
  return (levels as Record<string, number>)[node.kind] ?? primary
}

/** The loosest level that may stand in a place without parentheses. */
function wanted(parent: Node, key: string): number {
  switch (parent.kind) {
    case 'Binary': {
      const own = operatorLevels[parent.operator]
      return key === 'left' && own !== comparison ? own : own + 1
    }
    case 'Catch':
      return key === 'value' ? levels.Catch : levels.Undo
    case 'Undo':
      return key === 'value' ? levels.Undo : levels.After
    case 'After':
      return levels.After
    case 'Try':
      return levels.Try
    case 'As':
      return key === 'value' ? levels.As : 0
    case 'Unary':
      return levels.Unary
    case 'With':
    case 'Access':
    case 'TupleAccess':
    case 'Unwrap':
      return levels.With
    case 'Index':
      return key === 'object' ? levels.With : 0
    case 'Reduce':
    case 'Fold':
      return key === 'list' || key === 'init' ? levels.Binary : 0
    default:
      return 0
  }
}

/** Whether the source of a node needs parentheses where it stands; the tree has none. */
export function needsParentheses(path: Path): boolean {
  const { node, parent } = path
  if (!parent || typeof path.key !== 'string') return false
  return needsIn(node, parent, path.key, path.grandparent)
}

/**
 * As {@link needsParentheses}, of a node in a field of another one.
 *
 * @param above what that stands in
 */
export function needsIn(node: Node, parent: Node, key: string, above: Node | null): boolean {
  return needs(node, parent, key) || (key === 'value' && isMistaken(node, parent, above))
}

function needs(node: Node, parent: Node, key: string): boolean {
  // `do` may stand wherever an operand may; behind `undo r =>` it ends where the `undo` does.
  if (node.kind === 'Do' && parent.kind === 'Try') return false
  if (node.kind === 'Do' && key === 'action') return levelOf(node.value) < levels.After || endsOpen(node.value)
  if (levelOf(node) < wanted(parent, key)) return true
  // With a text on the next line it would be one with its content.
  if (node.kind === 'Reference' && node.name === 'embed') return !beforeSign.has(parent.kind)
  switch (parent.kind) {
    case 'Binary':
      // `x as u8 < y` would read `u8 <` as the start of type arguments.
      return key === 'left' && parent.operator === '<' && endsWithType(node)
    case 'Unary':
      // `-1` is a literal.
      return parent.operator === '-' && isNumber(leftmost(node))
    case 'Access':
    case 'TupleAccess':
      // `1.0` would be one number.
      return isNumber(node)
    case 'Catch':
    case 'Undo':
    case 'After':
      return key === 'value' && endsOpen(node)
    case 'If':
    case 'Match':
    case 'For':
      // A brace right behind the word looks like that of the body.
      return (key === 'condition' || key === 'value' || key === 'list') && isBraced(leftmost(node))
    case 'Reduce':
    case 'Fold':
      // What else may follow the word makes it a name.
      return key === 'list' && (isBraced(leftmost(node)) || leftmost(node).kind === 'Unary')
    default:
      return false
  }
}

const beforeSign = new Set<Node['kind']>(['Access', 'Call', 'After'])

/** Whether what follows an expression would become a part of it. */
function endsOpen(node: Node): boolean {
  for (let at = node; ;) {
    let key: string
    let next: Node
    if (at.kind === 'Do' || at.kind === 'Lambda') return true
    if (at.kind === 'Try') [key, next] = ['value', at.value]
    else if (at.kind === 'Catch') [key, next] = ['alternative', at.alternative]
    else if (at.kind === 'Undo') [key, next] = ['action', at.action]
    else if (at.kind === 'Reduce') [key, next] = ['combine', at.combine]
    else if (at.kind === 'Fold') [key, next] = ['step', at.step]
    else return false
    if (needs(next, at, key)) return false
    at = key === 'action' && next.kind === 'Do' ? next.value : next
  }
}

function isBraced(node: Node): boolean {
  return node.kind === 'RecordLiteral' || node.kind === 'FlagsLiteral'
}

/** Whether the last word of an expression is one of a type. */
function endsWithType(node: Node): boolean {
  let at = node
  while (at.kind === 'Binary' && !needs(at.right, at, 'right')) at = at.right
  return at.kind === 'As' && at.type.kind === 'NamedType'
}

/** What an expression begins with, as far as no parentheses come before it. */
function leftmost(node: Node): Node {
  for (let at = node; ;) {
    const [key, next] = first(at)
    if (!next || needs(next, at, key)) return at
    at = next
  }
}

function first(node: Node): [key: string, node?: Node] {
  switch (node.kind) {
    case 'Binary':
      return ['left', node.left]
    case 'Access':
    case 'TupleAccess':
    case 'Index':
    case 'With':
      return ['object', node.object]
    case 'Call':
      return ['callee', node.callee]
    case 'As':
    case 'Unwrap':
    case 'Catch':
    case 'After':
    case 'Undo':
      return ['value', node.value]
    default:
      return ['']
  }
}

function isNumber(node: Node): boolean {
  return node.kind === 'NumberLiteral' || node.kind === 'DurationLiteral' || node.kind === 'SizeLiteral'
}

function startsWithMinus(node: Node): boolean {
  const start = leftmost(node)
  return start.kind === 'Unary' && start.operator === '-'
}

/** Words that go on with the line above, or begin a line of another kind, where the line begins with them. */
const taken = new Set(['with', 'catch', 'after', 'undo', 'as', 'assert', 'given'])
const beforeBody = new Set<Node['kind']>(['Arm', 'Catch', 'Undo', 'Lambda'])

/** Whether a line of a body would be read as something else. */
function isMistaken(node: Node, parent: Node, above: Node | null): boolean {
  // `assert fails -x` would promise a difference.
  if (parent.kind === 'Assert')
    return startsWithMinus(node) || startsWithWord(node, word => word === 'fails' || taken.has(word))
  if (parent.kind !== 'Block' && parent.kind !== 'Perform') return false
  if (startsWithWord(node, word => taken.has(word))) return true
  // `=> { x }` is a value of flags.
  return node.kind === 'Reference' && parent.kind === 'Block' && beforeBody.has(above!.kind) && isOnly(parent)
}

function isOnly(block: Node): boolean {
  return block.kind === 'Block' && block.statements.length === 0
}

function startsWithWord(node: Node, is: (word: string) => boolean): boolean {
  const start = leftmost(node)
  return start.kind === 'Reference' && is(start.name)
}
