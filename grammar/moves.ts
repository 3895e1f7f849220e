import type { Diagnostic, Fix } from './diagnostics.ts'
import { children, type Node } from './nodes.ts'
import type { Comment } from './parse.ts'

/** Moves the places of a node and of all that is in it. */
export function move(node: Node, by: number): void {
  node.start += by
  node.end += by
  for (const key of children[node.kind]) {
    const child = (node as unknown as Record<string, Node | Node[] | undefined>)[key]
    if (child === undefined) continue
    if (!Array.isArray(child)) move(child, by)
    else for (const part of child) move(part, by)
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
