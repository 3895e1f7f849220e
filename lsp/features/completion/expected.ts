import type { Notes } from '../../../compiler/notes.ts'
import { resolve, unveil, type Open } from '../../../compiler/open.ts'
import type { Call, Expression, Node, RecordLiteral } from '../../../grammar/nodes.ts'
import type { View } from '../../interface.ts'
import { itemBefore } from '../../tree.ts'
import { alikeAt } from './alike.ts'
import type { Around } from './around.ts'
import type { Want } from './place.ts'

/** The type that is expected of what is asked for. */
export function expectedAt(found: Around, want: Want): Open | undefined {
  const { path, notes, at, anchor, tokens, before, view, frames } = found
  if (!notes) return undefined
  const prev = tokens[before - 1]
  const alike = want.kind === 'expression' || want.kind === 'argument' ? alikeAt(path, notes, anchor) : undefined
  if (alike) return alike
  // What is there, or its hole, has been checked against it.
  const there = path.findLast(node => node.start === at && node.end > at && notes.expected.has(node as Expression))
  if (there && want.kind !== 'arm') return notes.expected.get(there as Expression)
  const open = frames.at(-1)!.open.start
  const since = frames.at(-1)!.tokens
  if (want.kind === 'argument' || (want.kind === 'expression' && prev?.type === 'Colon')) {
    const call = path.findLast(
      (node): node is Call => node.kind === 'Call' && node.callee.end <= open && open < node.end,
    )
    const called = call && notes.calls.get(call)
    if (called) {
      const name = prev?.type === 'Colon' ? since.at(-2)?.text : undefined
      const isUnparted = want.kind === 'argument' && want.comma !== undefined
      const index = since.filter(({ type }) => type === 'Comma').length + (isUnparted ? 1 : 0)
      return (name === undefined ? called.params[index] : called.params.find(param => param.name === name))?.type
    }
    const record = path.findLast((node): node is RecordLiteral => node.kind === 'RecordLiteral' && node.start === open)
    const type = record && notes.types.get(record)
    const end = type && resolve(unveil(type).type)
    if (end?.kind === 'record') return end.fields.find(field => field.name === since.at(-2)?.text)?.type
  }
  if (want.kind !== 'expression') return undefined
  if (found.constant === frames.at(-1)) return ofConstant(found)
  switch (prev?.type) {
    case 'IfWord':
    case 'AssertWord':
    case 'AndAnd':
    case 'OrOr':
    case 'Bang':
      return { kind: 'bool' }
    case 'Equals': {
      const node = path.findLast(other => other.kind === 'Let')
      return node && notes.expected.get(node.value)
    }
    case 'LBracket':
    case 'Comma': {
      const list = path.findLast(node => node.kind === 'List')
      const type = list && notes.types.get(list)
      const end = type && resolve(unveil(type).type)
      return end?.kind === 'list' ? end.element : undefined
    }
    default:
      break
  }
  if (prev?.type === 'FatArrow') {
    const match = path.findLast(node => node.kind === 'Match' || node.kind === 'Given')
    if (match?.kind === 'Given') return notes.calls.get(match.call)?.result
    return match && (notes.expected.get(match) ?? notes.types.get(match))
  }
  if (want.statement) return ofBlock(view, path, notes)
  return undefined
}

/** The type of a constant, or of the parameter that has a default. */
function ofConstant({ view, notes, at }: Around): Open | undefined {
  const item = itemBefore(view.tree, at)
  if (item?.kind === 'Const') return notes?.expected.get(item.value)
  const params =
    item?.kind === 'Job'
      ? item.params
      : item?.kind === 'EffectDeclaration'
        ? item.operations.flatMap(o => o.params)
        : []
  const param = params.findLast(({ name }) => name.end <= at)
  const target = param && notes?.targets.get(param.name)
  return target?.kind === 'local' ? target.binding.type : undefined
}

/** The type of the value of the innermost block. */
function ofBlock(view: View, path: Node[], notes: Notes): Open | undefined {
  const at = path.findLastIndex(node => node.kind === 'Block')
  const block = path[at]
  if (block?.kind !== 'Block') return undefined
  const known = block.value && notes.expected.get(block.value)
  if (known) return known
  const owner = path[at - 1]
  if (owner?.kind === 'Job') return owner.result && view.checker.jobAt(owner)?.result
  return owner?.kind === 'If' ? notes.expected.get(owner) : undefined
}
