import { givenBy } from '../../../compiler/check/secrets.ts'
import type { Notes } from '../../../compiler/notes.ts'
import { close, holdsSecret } from '../../../compiler/open.ts'
import { unit } from '../../../dag/types.ts'
import { keywordByText } from '../../../grammar/keywords.ts'
import type { Block, Expression, Let, Node } from '../../../grammar/nodes.ts'
import { typeText } from '../../describe/type.ts'
import type { Range, View } from '../../interface.ts'
import type { Action } from './action.ts'
import { freeLocals, freshName, indentAt, lineEnd, nodesIn, performs, selectedIn, type Selected } from './expression.ts'

/** Puts an expression into a `let`, or into a job of its own. */
export function extractions(view: View, range: Range): Action[] {
  if (range.start === range.end) return []
  const selected = selectedIn(view, range)
  if (!selected || hidesSecret(selected.node, selected.notes)) return []
  return [extractLet(view, selected), extractJob(view, selected)].filter(action => action !== undefined)
}

/** Whether a value is put together with a secret in it that its type does not tell, as an argument may be. */
function hidesSecret(node: Expression, notes: Notes): boolean {
  const holds = (part: Expression): boolean => holdsSecret(notes.types.get(part) ?? unit)
  const keeps = node.kind === 'Call' && notes.calls.get(node)?.keeps
  const given = keeps ? node.args.map(({ value }) => value) : givenBy(node)
  const parts = given.map(part => (part.kind === 'Block' && part.value ? part.value : part))
  return parts.some(part => (holds(part) && !holds(node)) || hidesSecret(part, notes))
}

function extractLet(view: View, { node, path, item, notes }: Selected): Action | undefined {
  const at = path.findLastIndex(({ kind }) => kind === 'Block')
  const block = path[at]
  const line = path[at + 1]
  if (block?.kind !== 'Block' || !line || isWhole(line, node)) return undefined
  // A text has no room for another line.
  if (path.slice(0, at).some(({ kind }) => kind === 'Template')) return undefined
  const between = path.slice(at + 1, -1)
  // What an arm or a function binds is not seen outside of it, and what performs something must not do so elsewhere.
  const bound = between.filter(isScope)
  const isBound = freeLocals(node, notes).some(({ binding }) =>
    bound.some(scope => binding.at && scope.start <= binding.at.start && binding.at.end <= scope.end),
  )
  if (isBound || (between.some(decides) && performs(node, notes))) return undefined
  const own = notes.expected.has(node) && takesType(node) ? notes.types.get(node) : undefined
  const type = own ? close(own) && typeText(view, own) : ''
  if (type === undefined || type.endsWith('…')) return undefined
  const name = freshName(view, item, nameFor(node))
  const source = view.lines.slice(node.start, node.end)
  const written = `let ${name}${type === '' ? '' : `: ${type}`} = ${source}`
  const start = startOf(view, block, line)
  const indent = indentAt(view.text, start)
  return {
    kind: 'refactor.extract',
    title: `Extract into \`let ${name}\``,
    edits: [
      { start, end: start, text: `${written}${lineEnd(view.text, node.end)}${indent}` },
      { start: node.start, end: node.end, text: name },
    ],
    name,
  }
}

/** Whether an expression is all that a line is. */
function isWhole(line: Node, node: Expression): boolean {
  return (line.kind === 'Perform' || line.kind === 'Let') && line.value === node
}

/** Where a line of a block begins, with the parentheses that are no part of the tree. */
function startOf({ lines }: View, { start, statements }: Block, line: Node): number {
  const before = statements.findLast(({ end }) => end <= line.start)?.end ?? start
  const between = lines.slice(before, line.start).replace(/\/\/[^\n\r]*/g, comment => ' '.repeat(comment.length))
  const open = between.indexOf('(')
  return open < 0 ? line.start : before + open
}

/** Constructs that bind names without a block of their own. */
function isScope({ kind }: Node): boolean {
  return kind === 'Arm' || kind === 'Lambda' || kind === 'Catch' || kind === 'Undo'
}

/** Constructs that decide whether, or how often, what stands in them happens. */
function decides(node: Node): boolean {
  return isScope(node) || node.kind === 'Try' || (node.kind === 'Binary' && /&&|\|\|/.test(node.operator))
}

/** Whether an expression takes the type that is expected where it stands, and may be of another one elsewhere. */
function takesType(node: Expression): boolean {
  switch (node.kind) {
    case 'List':
    case 'Tuple':
    case 'RecordLiteral':
    case 'FlagsLiteral':
    case 'If':
    case 'Match':
    case 'For':
    case 'Fold':
    case 'Catch':
    case 'Try':
      return true
    case 'Reference':
      return node.name === 'none'
    case 'Call':
      return node.callee.kind === 'Reference' && ['some', 'ok', 'err'].includes(node.callee.name)
    case 'Do':
      return takesType(node.value)
    default:
      return false
  }
}

/** A name after what an expression is made of. */
function nameFor(node: Expression): string {
  const named =
    node.kind === 'Access'
      ? node.name.text
      : node.kind === 'Call'
        ? nameFor(node.callee)
        : node.kind === 'Reference'
          ? node.name
          : node.kind === 'Unwrap' || node.kind === 'With'
            ? nameFor(node.kind === 'Unwrap' ? node.value : node.object)
            : 'value'
  return named === '' || keywordByText.has(named) ? 'value' : named
}

function extractJob(view: View, { node, path, item, notes }: Selected): Action | undefined {
  // What is constant calls nothing.
  if (path[2]?.kind !== 'Block') return undefined
  if (isGeneric(path.at(-2)!, notes)) return undefined
  // What waits for something waits for what is done here.
  for (const inner of nodesIn(node)) if (inner.kind === 'After' || inner.kind === 'Do') return undefined
  const own = notes.types.get(node)
  const result = own && close(own) && typeText(view, own)
  if (result === undefined || result.endsWith('…')) return undefined
  const params = new Map<string, string>()
  const renamed = new Set([...nodesIn(node)].flatMap(inner => (isGeneric(inner, notes) ? inner.value : [])))
  for (const { reference } of freeLocals(node, notes)) {
    if (renamed.has(reference)) return undefined
    const type = notes.types.get(reference)
    const text = type && close(type) && typeText(view, type)
    const known = params.get(reference.name)
    // A literal behind a name may be of another type at each place.
    if (text === undefined || text.endsWith('…') || (known !== undefined && known !== text)) return undefined
    params.set(reference.name, text)
  }
  const name = freshName(view, item, 'extracted')
  const end = lineEnd(view.text, node.end)
  const taken = [...params].map(([param, type]) => `${param}: ${type}`).join(', ')
  const source = view.lines.slice(node.start, node.end)
  // A brace would begin a block.
  const value = node.kind === 'RecordLiteral' || node.kind === 'FlagsLiteral' ? `(${source})` : source
  const job = `job ${name}(${taken}) -> ${result} {${end}  ${value}${end}}`
  return {
    kind: 'refactor.extract',
    title: `Extract into \`job ${name}\``,
    edits: [
      { start: node.start, end: node.end, text: `${name}(${[...params.keys()].join(', ')})` },
      { start: item.end, end: item.end, text: `${end}${end}${job}` },
    ],
    name,
  }
}

/** Whether a node is a `let` of a literal, which may be of another type at each place. */
function isGeneric(node: Node, { targets }: Notes): node is Let {
  const target = node.kind === 'Let' ? targets.get(node.name) : undefined
  return target?.kind === 'local' && target.binding.literal !== undefined
}
