import { firstOf } from './bisect.ts'
import type { Diagnostic, Fix } from './diagnostics.ts'
import { children, type Job, type Node, type Test } from './nodes.ts'
import type { Comment } from './parse.ts'
import { isUnread } from './unread.ts'

/** How far all that is in a node has still to be moved; no part of the tree, and found faster there than in a map. */
const LATE = Symbol('late')

function lateOf(node: Node): { by: number } | undefined {
  return (node as { [LATE]?: { by: number } })[LATE]
}

/** Moves the places of a node and of all that is in it. */
export function move(root: Node, by: number): void {
  if (isUnread(root)) return root.move(by)
  root.start += by
  root.end += by
  moveWithin(root, by)
}

function moveWithin(root: Node, by: number): void {
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node !== root) {
      node.start += by
      node.end += by
    }
    const fields = node as unknown as Record<string, Node | Node[] | undefined>
    for (const key of children[node.kind]) {
      const child = fields[key]
      if (Array.isArray(child)) for (const part of child) open.push(part)
      else if (child) open.push(child)
    }
  }
}

/**
 * Moves the place of a node; what is in it is moved when somebody comes to {@link settle} it. Whoever types moves all that
 * stands below with each key stroke, and asks for little of it.
 */
export function moveLater(root: Node, by: number): void {
  if (isUnread(root)) return root.move(by)
  root.start += by
  root.end += by
  const known = lateOf(root)
  if (known) known.by += by
  else Object.defineProperty(root, LATE, { value: { by } })
}

/** Puts what is in a job or a test where it stands; anything else stands there already. */
export function settle(item: Node): void {
  settleOne(item)
  if ((item.kind !== 'Job' && item.kind !== 'Test') || isUnread(item)) return
  if (!isLong(item)) return
  const { statements } = item.body
  for (let i = 0; i < statements.length; i++) settleOne(statements[i]!)
}

/** As {@link settle}, of the lines of a long body only those around an offset. */
export function settleAt(item: Node, offset: number): void {
  settleOne(item)
  if ((item.kind !== 'Job' && item.kind !== 'Test') || !isLong(item)) return
  const { statements } = item.body
  const at = firstOf(statements, ({ end }) => end >= offset)
  for (const line of statements.slice(Math.max(0, at - 1), at + 2)) settleOne(line)
}

/** Whether the lines of a body are read and moved by themselves; of a shorter one all are. */
export function isLong({ body: { statements } }: Job | Test): boolean {
  return statements.length >= FEW
}
const FEW = 16

/** Puts what is in a node where it stands, but for lines that were moved by themselves. */
export function settleOne(node: Node): void {
  const known = lateOf(node)
  if (!known || known.by === 0) return
  moveWithin(node, known.by)
  known.by = 0
}

/** The same node once more, with all that is in it. */
export function copied<N extends Node>(node: N): N {
  const copy = { ...node }
  const fields = copy as unknown as Record<string, Node | Node[] | undefined>
  for (const key of children[node.kind]) {
    const child = fields[key]
    if (Array.isArray(child)) fields[key] = child.map(copied)
    else if (child) fields[key] = copied(child)
  }
  return copy
}

/** The same comment at another place. */
export function moveComment(by: number): (comment: Comment) => Comment {
  return comment => ({ ...comment, start: comment.start + by, end: comment.end + by })
}

/** The same diagnostic, of which all stands at other places of its file. */
export function moveDiagnostic(by: number): (diagnostic: Diagnostic) => Diagnostic {
  const moved = <T extends { start: number; end: number }>(place: T): T => {
    return { ...place, start: place.start + by, end: place.end + by }
  }
  return diagnostic => ({
    ...diagnostic,
    span: moved(diagnostic.span),
    related: diagnostic.related.map(({ message, span }) => ({ message, span: moved(span) })),
    fixes: diagnostic.fixes.map((fix): Fix => ({ ...fix, edits: fix.edits.map(moved) })),
  })
}
