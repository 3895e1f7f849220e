import type { CheckedView } from '../../interface.ts'
import { nodesAt } from '../../tree.ts'
import { inlays } from '../inlays.ts'
import type { Action } from './action.ts'

/** Writes out what is known at a place: types, effects of a job, names of arguments. */
export function rewrites(view: CheckedView, offset: number): Action[] {
  return [...annotations(view, offset), ...argumentNames(view, offset)]
}

/** The type of a `let`, or the result and the effects of a job, where the cursor is at what names them. */
function annotations(view: CheckedView, offset: number): Action[] {
  const path = nodesAt(view.tree, offset)
  const node = path.findLast(({ kind }) => kind === 'Let' || kind === 'Job')
  if (!node || (node.kind !== 'Let' && node.kind !== 'Job')) return []
  const [start, end] = node.kind === 'Let' ? [node.start, node.name.end] : [node.start, node.body.start]
  if (offset < start || offset > end) return []
  return inlays(view, { start, end }).flatMap(({ kind, label, edits }): Action[] => {
    const isOf = node.kind === 'Let' ? kind === 'type' : kind === 'result' || kind === 'effects'
    if (!edits || !isOf) return []
    return [{ kind: 'refactor.rewrite', title: `Write \`${label.replace(/^: /, '').trim()}\``, edits }]
  })
}

/** The names of the parameters of all arguments of the innermost call that has some without. */
function argumentNames(view: CheckedView, offset: number): Action[] {
  const path = nodesAt(view.tree, offset)
  const notes = path[1] && view.notesOf(path[1])
  for (const node of path.toReversed()) {
    if (node.kind === 'Block') return []
    if (node.kind !== 'Call') continue
    const called = notes?.calls.get(node)
    const target = node.callee.kind === 'Access' ? notes?.targets.get(node.callee.name) : undefined
    const isPlain = node.callee.kind === 'Reference' && !view.scope.has(node.callee.name)
    if (!called || isPlain || target?.kind === 'case') continue
    const { args } = node
    if (args.some(({ name }, i) => !name && (!called.params[i] || args[i - 1]?.name))) continue
    const edits = args.flatMap(({ name, value, start }, i) => {
      const param = called.params[i]
      return name || !param || value.kind === 'Missing' ? [] : [{ start, end: start, text: `${param.name}: ` }]
    })
    if (edits.length > 0) return [{ kind: 'refactor.rewrite', title: 'Name the arguments', edits }]
  }
  return []
}
