import { constructors } from '../../../compiler/check/call.ts'
import type { Notes } from '../../../compiler/notes.ts'
import { resolve, unveil, type Open } from '../../../compiler/open.ts'
import type { Call, Expression, Node } from '../../../grammar/nodes.ts'

/**
 * The type that is meant at an offset because something else has it: what is compared with it, or put together with it;
 * of a part of such a value, the part.
 *
 * @param path from the module to the innermost node there
 */
export function alikeAt(path: Node[], notes: Notes, at: number): Open | undefined {
  const innermost = path.findLastIndex(node => node.start < at)
  return partAt(path, notes, innermost, at)
}

/** The type of what stands at an offset in one of the nodes of a path. */
function partAt(path: Node[], notes: Notes, index: number, at: number): Open | undefined {
  const node = path[index]
  switch (node?.kind) {
    case 'Binary':
      return node.left.end <= at ? notes.types.get(node.left) : undefined
    case 'Argument':
      return partAt(path, notes, index - 1, at)
    case 'Call':
      return argumentAt(path, notes, index, at)
    case 'List': {
      const type = typeOf(path, notes, index)
      return type?.kind === 'list' ? type.element : undefined
    }
    case 'Tuple': {
      const type = typeOf(path, notes, index)
      if (type?.kind === 'tuple') return type.items[node.items.filter(({ end }) => end < at).length]
      // Parentheses with nothing in them yet may be those of a value.
      return node.items.length === 0 ? type : undefined
    }
    case 'FieldValue': {
      const type = typeOf(path, notes, index - 1)
      return type?.kind === 'record' ? type.fields.find(({ name }) => name === node.name.text)?.type : undefined
    }
    default:
      return undefined
  }
}

function argumentAt(path: Node[], notes: Notes, index: number, at: number): Open | undefined {
  const { callee, args } = path[index] as Call
  const name = callee.kind === 'Reference' && callee.end <= at ? callee.name : ''
  if (name === 'concat') {
    const other = args.find(({ start, end }) => end < at || at < start)
    return other && notes.types.get(other.value)
  }
  if (!constructors.includes(name)) return undefined
  const type = typeOf(path, notes, index)
  if (type?.kind === 'option') return name === 'some' ? type.some : undefined
  if (type?.kind === 'result') return name === 'ok' ? type.ok : name === 'err' ? type.error : undefined
  return undefined
}

/** The type that is meant by a node of a path, at its end. */
function typeOf(path: Node[], notes: Notes, index: number): Open | undefined {
  const node = path[index]!
  const found = partAt(path, notes, index - 1, node.start) ?? notes.expected.get(node as Expression)
  return found && resolve(unveil(found).type)
}
