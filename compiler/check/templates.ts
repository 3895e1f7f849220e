import type { Expression, Template } from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { holdsSecret, resolve, show, unveil, veil, type Open } from '../open.ts'
import { partsOf } from '../../dag/types.ts'
import { report, type Context, type Typed } from './context.ts'
import { check, operation, widen } from './expression.ts'

/** `"a ${b} c"` */
export function checkTemplate(context: Context, node: Template): Typed {
  let secret = false
  const parts: Core[] = []
  for (const part of node.parts) {
    const typed = check(context, part)
    secret ||= holdsSecret(typed.type)
    parts.push(part.kind === 'Text' ? typed.core : format(context, part, typed))
  }
  return { core: operation(context, node, 'core/text', parts), type: veil({ kind: 'string' }, secret) }
}

/** A value as text. */
function format(context: Context, node: Expression, typed: Typed): Core {
  const { type } = unveil(typed.type)
  if (resolve(type).kind === 'string') return widen(typed, type)
  if (holdsIpld(type)) {
    report(context, 'NotPrintable', { type: show(type) }, node)
    return { kind: 'error' }
  }
  return operation(context, node, 'core/format', [widen(typed, type), { kind: 'type', type }])
}

/** Links stand in a text as their CIDs, whatever they link to. */
function holdsIpld(type: Open): boolean {
  const end = resolve(type)
  return end.kind === 'ipld' || (end.kind !== 'link' && partsOf(end).some(holdsIpld))
}
