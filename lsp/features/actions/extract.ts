import { givenBy } from '../../../compiler/check/secrets.ts'
import type { Notes } from '../../../compiler/notes.ts'
import { close, holdsSecret } from '../../../compiler/open.ts'
import { unit } from '../../../dag/types.ts'
import { keywordByText } from '../../../grammar/keywords.ts'
import { childrenOf, type Block, type Expression, type Let, type Node } from '../../../grammar/nodes.ts'
import { typeText } from '../../describe/type.ts'
import type { Edit, Range, View } from '../../interface.ts'
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
  const place = placeOf(view, node, path, notes)
  if (!place) return undefined
  const own = notes.expected.has(node) && takesType(node) ? notes.types.get(node) : undefined
  const type = own ? close(own) && typeText(view, own) : ''
  if (type === undefined || type.endsWith('…')) return undefined
  const name = freshName(view, item, nameFor(node))
  const source = view.lines.slice(node.start, node.end)
  const written = `let ${name}${type === '' ? '' : `: ${type}`} = ${source}`
  return {
    kind: 'refactor.extract',
    title: `Extract into \`let ${name}\``,
    edits: [...place(written), { start: node.start, end: node.end, text: name }],
    name,
  }
}

/** Writes a line before what uses it. */
type Place = (line: string) => Edit[]

/** Where a `let` of an expression can stand: before its line, or in a block that is made of the body around it. */
function placeOf(view: View, node: Expression, path: Node[], notes: Notes): Place | undefined {
  const at = path.findLastIndex(({ kind }) => kind === 'Block')
  const block = path[at]
  const line = path[at + 1]
  const hasRoom = (place: number): boolean => !path.slice(0, place).some(({ kind }) => kind === 'Template')
  if (
    block?.kind === 'Block' &&
    line &&
    !isWhole(line, node) &&
    hasRoom(at) &&
    mayLeave(node, path.slice(at + 1), notes)
  )
    return before(view, block, line)
  const inner = path.findLastIndex((around, i) => i > at && path[i + 1] !== undefined && bodyOf(around) === path[i + 1])
  const owner = path[inner]
  if (!owner || !hasRoom(inner) || !mayLeave(node, path.slice(inner + 1), notes)) return undefined
  return asBlock(view, owner, bodyOf(owner)!)
}

/** Whether an expression means the same outside of what is around it, from there to itself. */
function mayLeave(node: Expression, path: Node[], notes: Notes): boolean {
  const between = path.slice(0, -1)
  // What an arm or a function binds is not seen outside of it, and what performs something must not do so elsewhere.
  const bound = between.filter(isScope)
  const isBound = freeLocals(node, notes).some(({ binding }) =>
    bound.some(scope => binding.at && scope.start <= binding.at.start && binding.at.end <= scope.end),
  )
  return !isBound && !(between.some(decides) && performs(node, notes))
}

/** The body of a construct that binds names, where it may be a block. */
function bodyOf(node: Node): Expression | undefined {
  switch (node.kind) {
    case 'Arm':
      return node.value
    case 'Lambda':
      return node.body
    case 'Catch':
      return node.alternative
    default:
      return undefined
  }
}

/** Before a line of a block, of which what stands beside its braces gets lines of its own. */
function before(view: View, block: Block, line: Node): Place {
  const { text } = view
  const start = startOf(view, block, line)
  const end = lineEnd(text, line.end)
  const outer = indentAt(text, block.start)
  const isBeside = text.slice(block.start + 1, start).trim() === '' && !/[\r\n]/.test(text.slice(block.start, start))
  const indent = isBeside ? `${outer}  ` : indentAt(text, start)
  const close = /[^\S\r\n]*\}$/.exec(text.slice(start, block.end))
  const closed = start + (close?.index ?? 0)
  const isClosedBeside = isBeside && close && !/[\r\n]$/.test(text.slice(start, closed))
  return written => [
    isBeside
      ? { start: block.start + 1, end: start, text: `${end}${indent}${written}${end}${indent}` }
      : { start, end: start, text: `${written}${end}${indent}` },
    ...(isClosedBeside ? [{ start: closed, end: block.end - 1, text: `${end}${outer}` }] : []),
  ]
}

/** In a block that is made of a body. */
function asBlock({ text }: View, owner: Node, body: Expression): Place {
  const head = childrenOf(owner).filter(child => child !== body)
  const behind = Math.max(owner.start, ...head.map(child => child.end))
  const arrow = behind + blanked(text.slice(behind, body.start)).indexOf('=>') + 2
  const start = arrow + /^\s*/.exec(text.slice(arrow))![0].length
  const outer = `${lineEnd(text, arrow)}${indentAt(text, arrow)}`
  return written => [
    { start: arrow, end: start, text: ` {${outer}  ${written}${outer}  ` },
    { start: owner.end, end: owner.end, text: `${outer}}` },
  ]
}

/** Whether an expression is all that a line is. */
function isWhole(line: Node, node: Expression): boolean {
  return (line.kind === 'Perform' || line.kind === 'Let') && line.value === node
}

/** Where a line of a block begins, with the parentheses that are no part of the tree. */
function startOf({ lines }: View, { start, statements }: Block, line: Node): number {
  const before = statements.findLast(({ end }) => end <= line.start)?.end ?? start
  const between = blanked(lines.slice(before, line.start))
  const open = between.indexOf('(')
  return open < 0 ? line.start : before + open
}

/** A text with blanks for its comments. */
function blanked(text: string): string {
  return text.replace(/\/\/[^\n\r]*/g, comment => ' '.repeat(comment.length))
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
