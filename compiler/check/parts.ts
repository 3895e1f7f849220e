import type { CheckedBody, Core } from '../core.ts'

/** What stands in an expression at once, its bodies included. */
export function partsOf(core: Core): Core[] {
  switch (core.kind) {
    case 'number':
    case 'value':
    case 'cid':
    case 'local':
    case 'constant':
    case 'error':
      return []
    case 'list':
    case 'tuple':
      return core.items
    case 'record':
      return core.fields.map(([, value]) => value)
    case 'case':
      return core.payload ? [core.payload] : []
    case 'some':
    case 'widen':
      return [core.value]
    case 'operation':
      return core.args.filter(arg => arg.kind !== 'type')
    case 'wasm':
      return core.args
    case 'job':
    case 'compiled':
      return core.args.filter(arg => arg !== undefined)
    case 'effect':
      return [...core.args.filter(arg => arg !== undefined), ...(core.undo ? linesOf(core.undo) : [])]
    case 'branch':
      return [core.selector, ...core.bodies.flatMap(linesOf)]
    case 'for':
    case 'reduce':
      return [core.list, ...linesOf(core.body)]
    case 'fold':
      return [core.list, core.init, ...linesOf(core.body)]
    case 'try':
    case 'block':
      return linesOf(core.body)
    case 'catch':
      return [...linesOf(core.body), ...linesOf(core.alternative)]
  }
}

/** The lines of a body. */
export function linesOf({ statements, value }: CheckedBody): Core[] {
  return [...statements.map(statement => statement.value), value]
}
