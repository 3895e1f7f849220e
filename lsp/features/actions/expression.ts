import { mayPerform } from '../../../compiler/check/effects.ts'
import type { Notes } from '../../../compiler/notes.ts'
import type { Binding } from '../../../compiler/core.ts'
import { childrenOf, type Expression, type Item, type Node, type Reference } from '../../../grammar/nodes.ts'
import type { Range, View } from '../../interface.ts'
import { itemAt } from '../../tree.ts'

/** An expression that is selected as a whole. */
export interface Selected {
  node: Expression
  /** From the module to the node. */
  path: Node[]
  item: Item
  notes: Notes
}

/** The expression that a range selects, with white space and parentheses around it or without. */
export function selectedIn(view: View, range: Range): Selected | undefined {
  const { text, tree } = view
  const item = itemAt(tree, range.start)
  const notes = item && view.notesOf(item)
  if (!item || !notes) return undefined
  let { start, end } = range
  for (;;) {
    while (start < end && /\s/.test(text[start]!)) start++
    while (start < end && /\s/.test(text[end - 1]!)) end--
    const path = start < end ? pathTo(tree, start, end, notes) : undefined
    if (path) {
      const node = path.at(-1) as Expression
      return isValue(node, path.at(-2)!) && !isHeld(path) ? { node, path, item, notes } : undefined
    }
    if (text[start] !== '(' || text[end - 1] !== ')' || start >= end) return undefined
    start++
    end--
  }
}

/** The path to the outermost expression that lies exactly at a range. */
function pathTo(tree: Node, start: number, end: number, notes: Notes): Node[] | undefined {
  const path: Node[] = [tree]
  for (let node: Node | undefined = tree; node;) {
    let next: Node | undefined
    for (const child of childrenOf(node)) if (child.start <= start && end <= child.end) next = child
    if (!next) return undefined
    path.push(next)
    if (next.start === start && next.end === end && notes.types.has(next as Expression)) return path
    node = next
  }
  return undefined
}

/** Whether what is around an expression needs the call in it: `with`, `do`, `undo` and `after`. */
function isHeld(path: Node[]): boolean {
  const around = path.slice(0, -1)
  const holder = around.findLastIndex(({ kind }) => holders.has(kind))
  return holder >= 0 && !around.slice(holder + 1).some(({ kind }) => kind === 'Argument' || kind === 'Block')
}
const holders = new Set<Node['kind']>(['With', 'Do', 'Undo', 'After'])

/** Whether a node stands for a value that could as well be a name. */
function isValue(node: Node, parent: Node): boolean {
  if (node.kind === 'Block' || node.kind === 'Lambda' || node.kind === 'Missing') return false
  if (parent.kind === 'LiteralPattern' || (parent.kind === 'If' && node === parent.otherwise)) return false
  if (node.kind === 'Text') return parent.kind !== 'Template' && parent.kind !== 'Embed' && parent.kind !== 'CidLiteral'
  return parent.kind !== 'After' || node.kind !== 'Reference'
}

export function* nodesIn(node: Node): Generator<Node> {
  const open: Node[] = [node]
  for (let next = open.pop(); next; next = open.pop()) {
    yield next
    for (const child of childrenOf(next)) open.push(child)
  }
}

/** The names of locals in an expression that are bound outside of it, with what they stand for. */
export function freeLocals(node: Node, notes: Notes): { reference: Reference; binding: Binding }[] {
  const found: { reference: Reference; binding: Binding }[] = []
  for (const inner of nodesIn(node)) {
    if (inner.kind !== 'Reference') continue
    const target = notes.targets.get(inner)
    if (target?.kind !== 'local') continue
    const { at } = target.binding
    if (at && !(node.start <= at.start && at.end <= node.end)) found.push({ reference: inner, binding: target.binding })
  }
  return found.sort((a, b) => a.reference.start - b.reference.start)
}

/** Whether anything in an expression may touch the world. */
export function performs(node: Node, notes: Notes): boolean {
  for (const inner of nodesIn(node)) {
    if (inner.kind === 'Do') return true
    if (inner.kind === 'Reference' && inner.name === 'declassify') return true
    if (inner.kind !== 'Reference' && inner.kind !== 'Name') continue
    const target = notes.targets.get(inner)
    if (target?.kind === 'operation') return true
    if (target?.kind !== 'symbol') continue
    const { symbol } = target
    if (symbol.kind === 'job' && mayPerform(symbol)) return true
    if (symbol.kind === 'compiled' && symbol.job.uses.length > 0) return true
  }
  return false
}

/** A name that no value in an item, and nothing in its file, has. */
export function freshName(view: View, item: Node, wanted: string): string {
  const notes = view.notesOf(item)
  const taken = new Set<string>(view.scope.keys())
  for (const node of nodesIn(item)) {
    if (node.kind === 'Name' && notes?.targets.get(node)?.kind === 'local') taken.add(node.text)
    if (node.kind === 'Reference') taken.add(node.name)
  }
  if (!taken.has(wanted)) return wanted
  for (let i = 2; ; i++) if (!taken.has(`${wanted}${i}`)) return `${wanted}${i}`
}

/** The white space that a line of a text begins with. */
export function indentAt(text: string, offset: number): string {
  const start = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
  return /^[ \t]*/.exec(text.slice(start, offset))![0]
}

/** How the lines of a text end, at an offset or at its beginning. */
export function lineEnd(text: string, offset = 0): string {
  const next = /\r\n|\n|\r/g
  next.lastIndex = offset
  return (next.exec(text) ?? /\r\n|\n|\r/.exec(text))?.[0] ?? '\n'
}
