import { nameHere } from '../../compiler/check/uses.ts'
import type { CheckedJob } from '../../compiler/core.ts'
import { close, type Open } from '../../compiler/open.ts'
import type { Notes } from '../../compiler/notes.ts'
import {
  childrenOf,
  type Block,
  type Call,
  type Expression,
  type Job,
  type Name,
  type Node,
} from '../../grammar/nodes.ts'
import { typeText } from '../describe/type.ts'
import type { CheckedView, Edit, Range } from '../interface.ts'
import { itemsBefore } from '../tree.ts'
import { countText, loopText, TaskCounter } from './task-count.ts'

/** A word between those of the source. */
export interface Inlay {
  offset: number
  /** With the spaces around it. */
  label: string
  kind: 'type' | 'parameter' | 'result' | 'effects' | 'tasks'
  /** Write it into the source, and what has to be written then too. */
  edits?: Edit[]
}

/** Longest type that is shown. */
const MAX_LABEL = 60

/** Types that are not written, names of parameters, what jobs perform and how many tasks they have, in a part of a file. */
export function inlays(view: CheckedView, range: Range): Inlay[] {
  const found: Inlay[] = []
  const counter = new TaskCounter()
  const isIn = ({ start, end }: Range): boolean => start <= range.end && range.start <= end
  const { items } = view.tree
  for (let i = Math.max(0, itemsBefore(view.tree, range.start) - 1); i < items.length; i++) {
    const item = items[i]!
    if (item.start > range.end) break
    if (!isIn(item)) continue
    const notes = view.notesOf(item)
    if (!notes) continue
    const job = item.kind === 'Job' ? view.checker.jobAt(item) : undefined
    const tasks = job && counter.of(job)
    if (item.kind === 'Job' && job && tasks)
      found.push(...ofJob(view, item, job), ...hint(item.body, countText(tasks.count)))
    const loops = new Map(tasks?.loops.map(loop => [loop.start, loop]))
    const open: Node[] = [item]
    for (let node = open.pop(); node; node = open.pop()) {
      if (!isIn(node)) continue
      found.push(...ofNode(view, node, notes))
      const loop = node.kind === 'For' ? loops.get(node.start) : undefined
      if (node.kind === 'For' && loop) found.push(...hint(node.body, loopText(loop)))
      for (const child of childrenOf(node)) open.push(child)
    }
  }
  return found.filter(({ offset }) => range.start <= offset && offset <= range.end).sort((a, b) => a.offset - b.offset)
}

/** What stands before a block, of its tasks. */
function hint({ start }: Block, tasks: string | undefined): Inlay[] {
  return tasks === undefined ? [] : [{ offset: start, label: `${tasks} `, kind: 'tasks' }]
}

function ofJob(view: CheckedView, node: Job, job: CheckedJob): Inlay[] {
  const found: Inlay[] = []
  if (!node.result) {
    const offset = node.uses?.start ?? node.body.start
    const type = shown(view, job.result)
    if (type !== undefined)
      found.push({ offset, label: `-> ${type} `, kind: 'result', edits: [written(offset, `-> ${type} `)] })
  }
  if (!node.uses && job.effects.size > 0) {
    const offset = node.body.start
    const label = `uses ${[...job.effects.keys()]
      .sort()
      .map(op => nameHere(view.checker, op))
      .join(', ')} `
    found.push({ offset, label, kind: 'effects', edits: [written(offset, label)] })
  }
  return found
}

function written(at: number, text: string): Edit {
  return { start: at, end: at, text }
}

function ofNode(view: CheckedView, node: Node, notes: Notes): Inlay[] {
  switch (node.kind) {
    case 'Let':
      return node.type || isPlain(node.value) ? [] : typeOf(view, node.name, notes, true)
    case 'For':
      return typeOf(view, node.name, notes, false)
    case 'Lambda':
      return node.params.flatMap(name => typeOf(view, name, notes, false))
    case 'CasePattern':
      return node.payload ? typeOf(view, node.payload, notes, false) : []
    case 'Call':
      return parameterNames(view, node, notes)
    default:
      return []
  }
}

/** Whether a value says by its look of which type it is. */
function isPlain({ kind }: Expression): boolean {
  return plain.has(kind)
}
const plain = new Set<Expression['kind']>([
  'Missing',
  'NumberLiteral',
  'BoolLiteral',
  'Text',
  'Template',
  'CharLiteral',
  'BytesLiteral',
  'Embed',
])

function typeOf(view: CheckedView, name: Name, notes: Notes, writable: boolean): Inlay[] {
  const target = notes.targets.get(name)
  // A literal behind a name may be of another type at each place.
  if (target?.kind !== 'local' || target.binding.literal) return []
  const type = shown(view, target.binding.type)
  if (type === undefined) return []
  const edits = writable ? { edits: [written(name.end, `: ${type}`)] } : {}
  return [{ offset: name.end, label: `: ${type}`, kind: 'type', ...edits }]
}

/** A type that is known to its end, and short enough. */
function shown(view: CheckedView, type: Open): string | undefined {
  if (!close(type)) return undefined
  const text = typeText(view, type)
  return text.length > MAX_LABEL ? undefined : text
}

/** Names of the parameters of arguments that do not tell them. */
function parameterNames(view: CheckedView, call: Call, notes: Notes): Inlay[] {
  const called = notes.calls.get(call)
  if (!called || isCase(call, notes)) return []
  // Behind an argument with a name all have one.
  const named = call.args.map(({ name, value }, i) => {
    const param = called.params[i]
    return name || !param ? [] : [written(value.start, `${param.name}: `)]
  })
  return call.args.flatMap(({ name, value }, i): Inlay[] => {
    const param = called.params[i]
    if (name || !param || value.kind === 'Missing' || tells(view, value, param.name, called.params.length)) return []
    return [{ offset: value.start, label: `${param.name}: `, kind: 'parameter', edits: named.slice(i).flat() }]
  })
}

/** Whether a call makes a case, whose one value has no name of its own. */
function isCase({ callee }: Call, { targets }: Notes): boolean {
  if (callee.kind === 'Reference') return targets.get(callee)?.kind !== 'symbol'
  return callee.kind === 'Access' && targets.get(callee.name)?.kind === 'case'
}

/** Whether an argument says by its name what it is for. */
function tells(view: CheckedView, value: Expression, param: string, params: number): boolean {
  const named = /([\w-]+)\??$/.exec(view.lines.slice(value.start, value.end))?.[1]?.toLowerCase()
  const name = param.toLowerCase()
  const isName = value.kind === 'Reference' || value.kind === 'Access' || value.kind === 'Unwrap'
  if (isName && named !== undefined)
    return params === 1 || named === name || named.endsWith(`-${name}`) || named.endsWith(`_${name}`)
  return params === 1 && !literals.has(value.kind)
}
const literals = new Set<Expression['kind']>([
  'NumberLiteral',
  'BoolLiteral',
  'Text',
  'CharLiteral',
  'BytesLiteral',
  'List',
  'RecordLiteral',
  'Tuple',
])
