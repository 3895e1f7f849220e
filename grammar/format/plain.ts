import type { Node } from '../nodes.ts'
import { verbatimOf, type Commented } from './comments.ts'
import type { Context } from './context.ts'
import { needsIn } from './parentheses.ts'

type Around = Pick<Context, 'path' | 'source'>

/**
 * The text of a node that is one word, or some with dots between them, with nothing around it and no comment: most of what
 * is printed, for which the way through the printer would cost more than all else. Undefined where it is anything else.
 *
 * @param parent what it stands in
 */
export function plain(node: Node, parent: Node | null, around: Around): string | undefined {
  if ((node as Commented).comments || verbatimOf(around.path).has(node)) return undefined
  switch (node.kind) {
    case 'Name':
      return node.text
    case 'Reference':
      return node.name
    case 'NumberLiteral':
    case 'BoolLiteral':
    case 'Text':
      return around.source(node)
    case 'NamedType':
      return node.args.length === 0 ? dotted(node.path) : undefined
    case 'Access': {
      const object = plainIn(node.object, node, 'object', parent, around)
      return object === undefined ? undefined : `${object}.${node.name.text}`
    }
    case 'Argument': {
      const value = plainIn(node.value, node, 'value', parent, around)
      return value === undefined || !node.name ? value : `${node.name.text}: ${value}`
    }
    default:
      return undefined
  }
}

/**
 * As {@link plain}, of a node in a field of another one.
 *
 * @param above what that stands in
 */
export function plainIn(
  node: Node,
  parent: Node,
  field: string,
  above: Node | null,
  around: Around,
): string | undefined {
  const text = plain(node, parent, around)
  return text === undefined || needsIn(node, parent, field, above) ? undefined : text
}

/** Names with dots between them, which hold no comments. */
export function dotted(path: readonly { text: string }[]): string {
  return path.length === 1 ? path[0]!.text : path.map(({ text }) => text).join('.')
}
