import { reveal, resolve, type Open } from '../../compiler/open.ts'
import type { Target } from '../../compiler/notes.ts'
import { exportedType, writtenType, type Declaration } from '../entity.ts'
import type { View } from '../interface.ts'
import { nameAt } from '../tree.ts'
import type { Definition } from './definition.ts'

/** The type of what stands at an offset, where a file or a component has a name for it; of a list that of its elements. */
export function typeDefinition(view: View, offset: number): Definition | undefined {
  const named = nameAt(view, offset)
  const type = named && typeOf(view, named.target)
  const target = type && namedType(view, type)
  return target && { origin: { start: named.node.start, end: named.node.end }, target }
}

/** The type that is meant by a type around it: what a list, an option or a result holds. */
function namedType(view: View, type: Open): Declaration | undefined {
  for (let at: Open | undefined = type; at;) {
    const end = resolve(reveal(at).type)
    const found = writtenType(view, end) ?? exportedType(view, end)
    if (found) return found
    at =
      end.kind === 'list' ? end.element : end.kind === 'option' ? end.some : end.kind === 'result' ? end.ok : undefined
  }
  return undefined
}

function typeOf(view: View, target: Target): Open | undefined {
  switch (target.kind) {
    case 'local':
      return target.binding.type
    case 'field':
    case 'parameter':
    case 'stated':
      return target.type
    case 'case':
      return target.of
    case 'function':
      return target.func.result
    case 'operation':
      return target.operation.result
    case 'exported':
      return target.type
    case 'interface':
      return undefined
    case 'symbol': {
      const { symbol } = target
      if (symbol.kind === 'type') return view.checker.typeOf(symbol)
      if (symbol.kind === 'const') return view.checker.constOf(symbol).type
      return symbol.kind === 'job' ? view.checker.jobOf(symbol).result : undefined
    }
  }
}
