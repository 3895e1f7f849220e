import type { Call, Expression, With } from '../../grammar/nodes.ts'
import type { Open } from '../open.ts'
import { constructors } from './call.ts'
import { pathOf } from './case.ts'
import { broken, report, type Context, type Typed } from './context.ts'
import { check } from './expression.ts'
import { readSettings } from './settings.ts'

/** `call with { time: 5s }`: the settings go to the nearest call. */
export function checkWith(context: Context, node: With, hint: Open | undefined): Typed {
  const call = nearestCall(node.object)
  if (!call || !takesSettings(context, call)) {
    const before = context.module.diagnostics.length
    check(context, node.object, hint)
    if (context.module.diagnostics.length === before)
      report(context, 'WithNeedsCall', { compiled: compiledName(context, call) }, node)
    return broken(context)
  }
  const settings = readSettings(context.module, node.settings)
  const outer = context.settings.get(call)
  const twice = node.settings.find(({ name }) => outer && Object.hasOwn(outer, name.text))
  if (twice) report(context, 'RepeatedSetting', { name: twice.name.text }, twice.name)
  context.settings.set(call, { ...settings, ...outer })
  return check(context, node.object, hint)
}

function nearestCall(node: Expression): Call | undefined {
  for (let inner = node; ;) {
    if (inner.kind === 'Call') return inner
    if (inner.kind === 'Unwrap') {
      inner = inner.value
      continue
    }
    if (inner.kind !== 'Access' && inner.kind !== 'TupleAccess' && inner.kind !== 'Index' && inner.kind !== 'With')
      return undefined
    inner = inner.object
  }
}

/** The name of the compiled job that a call calls. */
function compiledName(context: Context, call: Call | undefined): string | undefined {
  const name = call && pathOf(call.callee)?.[0]?.text
  return name !== undefined && context.module.scope.get(name)?.kind === 'compiled' ? name : undefined
}

/** Cases and constructors are no tasks; what is unknown is reported as such. */
function takesSettings(context: Context, call: Call): boolean {
  const path = pathOf(call.callee)
  if (!path) return true
  const symbol = context.module.scope.get(path[0]!.text)
  return symbol ? symbol.kind !== 'type' && symbol.kind !== 'compiled' : !constructors.includes(path[0]!.text)
}
