import type { Diagnostic, Fix } from './diagnostics.ts'
import { children, childrenOf, type Node } from './nodes.ts'
import type { Comment } from './parse.ts'

/** All nodes of a tree, by its root: what is moved once is moved again with each key stroke before it. */
const known = new WeakMap<Node, Node[]>()

/** Moves the places of a node and of all that is in it. */
export function move(root: Node, by: number): void {
  let nodes = known.get(root)
  if (!nodes) {
    // More are appended while this goes on.
    nodes = [root]
    for (const node of nodes) for (const child of childrenOf(node)) nodes.push(child)
    known.set(root, nodes)
  }
  for (const node of nodes) {
    node.start += by
    node.end += by
  }
}

/** The same node at another place, with all that is in it. */
export function moved<N extends Node>(node: N, by: number): N {
  const copy = { ...node, start: node.start + by, end: node.end + by }
  const fields = copy as unknown as Record<string, Node | Node[] | undefined>
  for (const key of children[node.kind]) {
    const child = fields[key]
    if (Array.isArray(child)) fields[key] = child.map(part => moved(part, by))
    else if (child) fields[key] = moved(child, by)
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
    fixes: diagnostic.fixes.map(({ title, edits }): Fix => ({ title, edits: edits.map(moved) })),
  })
}
