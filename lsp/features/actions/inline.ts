import { close } from '../../../compiler/open.ts'
import type { Binding } from '../../../compiler/core.ts'
import type { Notes } from '../../../compiler/notes.ts'
import { showType } from '../../../dag/types.ts'
import { needsIn } from '../../../grammar/format/parentheses.ts'
import type { Expression, Item, Let, Module, Node, Reference } from '../../../grammar/nodes.ts'
import type { Edit, View } from '../../interface.ts'
import { itemAt, nodesAt } from '../../tree.ts'
import type { Action } from './action.ts'
import { freeLocals, indentAt, lineEnd, nodesIn, performs } from './expression.ts'

/** Puts the value of a `let` wherever its name stands, where that means the same. */
export function inlining(view: View, offset: number): Action[] {
  const item = itemAt(view.tree, offset)
  const notes = item && view.notesOf(item)
  if (!item || !notes) return []
  const path = nodesAt(view.tree, offset)
  const last = path.at(-1)!
  if (last.kind !== 'Name' && last.kind !== 'Reference') return []
  const target = notes.targets.get(last)
  if (target?.kind !== 'local') return []
  const { binding } = target
  const found = binding.at && letOf(item, binding.at)
  if (!found) return []
  const uses = usesOf(item, notes, binding)
  if (!canInline(view.tree, found, uses, item, notes)) return []
  const { value } = found
  const source = view.lines.slice(value.start, value.end)
  const paths = uses.map(use => nodesAt(view.tree, use.start))
  // A text has no room for a line end.
  if (/[\r\n]/.test(source) && paths.some(path => path.some(({ kind }) => kind === 'Template'))) return []
  const placed = uses.map(({ start, end }, i) => {
    return { start, end, text: fitsBare(value, paths[i]!) ? source : `(${source})` }
  })
  const edits = [removal(view, found), ...placed]
  return [{ kind: 'refactor.inline', title: `Inline \`${binding.name}\``, edits }]
}

/** Takes a `let` away, and its line where it has one; comments in it and behind it stay. */
function removal({ text, comments }: View, { start, end, value }: Let): Edit {
  const indent = indentAt(text, start)
  const gap = `${lineEnd(text, end)}${indent}`
  const inside = comments
    .filter(at => start <= at.start && at.end <= end && !(value.start <= at.start && at.end <= value.end))
    .map(at => text.slice(at.start, at.end).trim())
    .join(gap)
  const [, blanks, behind] = /^([ \t]*)(\/\/|\r\n?|\n)?/.exec(text.slice(end)) as unknown as [string, string, string?]
  if (behind === '//') return { start, end: end + blanks.length, text: inside && `${inside}${gap}` }
  if (inside !== '' || behind === undefined) return { start, end, text: inside }
  const next = end + blanks.length + behind.length
  const isAlone = /^[\r\n]?$/.test(text.charAt(start - indent.length - 1))
  return isAlone
    ? { start: start - indent.length, end: next, text: '' }
    : { start, end: next + /^[ \t]*/.exec(text.slice(next))![0].length, text: '' }
}

function letOf(item: Item, name: Node): Let | undefined {
  for (const node of nodesIn(item)) if (node.kind === 'Let' && node.name === name) return node
  return undefined
}

function usesOf(item: Item, notes: Notes, binding: Binding): Reference[] {
  const found: Reference[] = []
  for (const node of nodesIn(item)) {
    const target = node.kind === 'Reference' ? notes.targets.get(node) : undefined
    if (node.kind === 'Reference' && target?.kind === 'local' && target.binding === binding) found.push(node)
  }
  return found.sort((a, b) => a.start - b.start)
}

function canInline(tree: Module, node: Let, uses: Reference[], item: Item, notes: Notes): boolean {
  const { value } = node
  if (uses.length === 0 || value.kind === 'Missing') return false
  if (node.type && !hasOwnType(value, notes, notes.expected.get(value))) return false
  // A literal in it may be of one type for all uses.
  if (uses.length > 1 && value.kind !== 'NumberLiteral' && !hasOwnType(value, notes, undefined)) return false
  const after = new Set<Node>()
  for (const inner of nodesIn(item)) if (inner.kind === 'After') for (const name of inner.names) after.add(name)
  if (uses.some(use => after.has(use))) return false
  if (performs(value, notes) && (uses.length > 1 || !isBeside(tree, node, uses[0]!))) return false
  // A name in it must not stand for something else where it is put.
  const names = new Set(namesIn(value))
  for (const inner of nodesIn(item))
    if (inner.kind === 'Name' && names.has(inner.text) && notes.targets.get(inner)?.kind === 'local') {
      const own = notes.targets.get(inner)
      if (own?.kind === 'local' && own.binding.at === inner && !isNamed(value, notes, own.binding)) return false
    }
  return true
}

function namesIn(value: Expression): string[] {
  return [...nodesIn(value)].flatMap(node => (node.kind === 'Reference' ? node.name : []))
}

/** Whether a value names just this binding, or has it in itself. */
function isNamed(value: Expression, notes: Notes, binding: Binding): boolean {
  const at = binding.at!
  if (value.start <= at.start && at.end <= value.end) return true
  return freeLocals(value, notes).some(other => other.binding === binding)
}

/** Whether a use stands in the block of a `let` itself, and in nothing that decides whether it is computed. */
function isBeside(tree: Module, node: Let, use: Reference): boolean {
  const path = nodesAt(tree, use.start)
  const block = path.findLastIndex(inner => inner.kind === 'Block' && inner.statements.includes(node))
  return block >= 0 && !path.slice(block + 1).some(({ kind }) => deciding.has(kind))
}

const deciding = new Set<Node['kind']>([
  'Block',
  'Arm',
  'Lambda',
  'Catch',
  'Undo',
  'Try',
  'Binary',
  'If',
  'For',
  'Match',
])

/** Whether an expression is of its type by itself, whatever is around it; where one is given, of that one. */
function hasOwnType(node: Expression, notes: Notes, given: Parameters<typeof close>[0] | undefined): boolean {
  const type = notes.types.get(node)
  const closed = type && close(type)
  const wanted = given && close(given)
  if (!closed || !isDecided(node, notes)) return false
  return !wanted || showType(closed) === showType(wanted)
}

function isDecided(node: Expression, notes: Notes): boolean {
  switch (node.kind) {
    case 'Call':
      return (
        node.callee.kind !== 'Reference' || !['some', 'ok', 'err', 'range', 'concat', 'zip'].includes(node.callee.name)
      )
    case 'Reference':
      return node.name !== 'none'
    case 'Access':
    case 'TupleAccess':
    case 'Index':
    case 'Text':
    case 'Template':
    case 'CharLiteral':
    case 'BytesLiteral':
    case 'BoolLiteral':
    case 'Embed':
    case 'As':
      return true
    case 'Binary':
      // What two numbers come to be both may decide, and a `bool` nothing else does.
      return !/^[-+*/%]$/.test(node.operator) || isOfOneType(node.left, notes) || isOfOneType(node.right, notes)
    case 'Unary':
      return node.operator === '!' || isOfOneType(node.value, notes)
    case 'Unwrap':
      return isDecided(node.value, notes)
    case 'With':
      return isDecided(node.object, notes)
    default:
      return false
  }
}

/** Whether an expression is of one type wherever it stands; the name of a literal is of another one at each place. */
function isOfOneType(node: Expression, notes: Notes): boolean {
  const target = node.kind === 'Reference' ? notes.targets.get(node) : undefined
  return isDecided(node, notes) && !(target?.kind === 'local' && target.binding.literal)
}

/** Whether an expression may stand in place of the name to which a path leads without parentheses. */
function fitsBare(node: Expression, path: Node[]): boolean {
  const [above = null, parent, use] = path.slice(-3)
  if (isTight(node)) return true
  if (!parent || (!bracketed.has(parent.kind) && (node.kind !== 'Binary' || endsWithType(node)))) return false
  const [key] = Object.entries(parent).find(([, child]) => child === use) ?? ['']
  return !needsIn(node, parent, key, above)
}

/** What has its parts between signs, or on lines of their own. */
const bracketed = new Set<Node['kind']>(['Argument', 'List', 'Tuple', 'FieldValue', 'Template', 'Let', 'Block'])

/** Whether an expression ends with a type, with which a `<` behind it would go on. */
function endsWithType(node: Expression): boolean {
  return node.kind === 'Binary' ? endsWithType(node.right) : node.kind === 'As'
}

/** Whether an expression may stand wherever a name may. */
function isTight(node: Expression): boolean {
  return tight.has(node.kind) || (node.kind === 'NumberLiteral' && node.value >= 0)
}
const tight = new Set<Expression['kind']>([
  ...([
    'Call',
    'Reference',
    'Access',
    'TupleAccess',
    'Index',
    'Text',
    'Template',
    'CharLiteral',
    'BytesLiteral',
  ] as const),
  ...(['BoolLiteral', 'List', 'Tuple', 'CidLiteral'] as const),
])
