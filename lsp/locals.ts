import type { Binding } from '../compiler/core.ts'
import type { Notes } from '../compiler/notes.ts'
import { firstOf } from '../grammar/bisect.ts'
import type { Block, Expression, Let, Name, Node } from '../grammar/nodes.ts'

/** Names of values that an offset sees, the nearest first; of two of one name only the inner one. */
export function localsAt(path: Node[], offset: number, notes: Notes | undefined): Binding[] {
  const found = new Map<string, Binding>()
  for (let i = path.length - 1; i >= 0; i--)
    for (const name of boundBy(path[i]!, offset)) {
      const target = notes?.targets.get(name)
      if (target?.kind === 'local' && !found.has(name.text)) found.set(name.text, target.binding)
    }
  return [...found.values()]
}

/** The names that a construct binds for what stands at an offset in it, the nearest first. */
function boundBy(node: Node, offset: number): Name[] {
  const isIn = ({ start }: Expression): boolean => start <= offset
  switch (node.kind) {
    case 'Job':
      return isIn(node.body) ? node.params.map(param => param.name).reverse() : []
    case 'Block':
      return letsBefore(node, offset).map(({ name }) => name)
    case 'For':
      return isIn(node.body) && offset > node.list.end ? [...(node.index ? [node.index] : []), node.name] : []
    case 'Lambda':
      return offset > (node.params.at(-1)?.end ?? node.start) ? [...node.params].reverse() : []
    case 'Catch':
    case 'Undo':
      return offset > node.name.end ? [node.name] : []
    case 'Arm':
      return offset > node.pattern.end && node.pattern.kind === 'CasePattern' && node.pattern.payload
        ? [node.pattern.payload]
        : []
    default:
      return []
  }
}

/** The `let`s of a block that stand before an offset, the nearest first. */
export function letsBefore({ statements }: Block, offset: number): Let[] {
  const lets: Let[] = []
  for (let i = firstOf(statements, ({ end }) => end >= offset); i-- > 0;) {
    const line = statements[i]!
    if (line.kind === 'Let') lets.push(line)
  }
  return lets
}
