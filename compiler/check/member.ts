import { resolve, type Open } from '../open.ts'
import type { CallableFunction } from '../component.ts'
import type { CheckedOperation } from '../core.ts'
import type { Symbol } from '../scope.ts'
import { nearest } from '../../dag/suggest.ts'
import type { PathName } from './case.ts'
import { note, report, type Context } from './context.ts'
import { callIt } from './fixes.ts'

/** What a path into a module names. */
export type Member = { kind: 'function'; func: CallableFunction } | { kind: 'case'; type: Open; name: PathName }

/** Looks `module.function`, `module.interface.function` or `module.type.case` up; reports where there is none. */
export function memberOf(context: Context, module: Symbol & { kind: 'module' }, path: PathName[]): Member | undefined {
  const { component } = module
  if (!component) {
    context.failed = true
    return undefined
  }
  const names = path.slice(1)
  const joined = names.map(part => part.text).join('.')
  if (component.wrong.has(joined)) {
    context.failed = true
    return undefined
  }
  const func = component.functions.get(joined)
  noteModulePath(context, module, names)
  if (func) return { kind: 'function', func }

  const last = names.at(-1)!
  const type = component.types.get(
    names
      .slice(0, -1)
      .map(part => part.text)
      .join('.'),
  )
  if (type) return { kind: 'case', type: resolve(type), name: last }

  const node = { start: names[0]!.start, end: last.end }
  const why = component.unsupported.get(joined)
  if (why) report(context, 'UnsupportedFunction', { func: joined, why }, node)
  else {
    const known = [...component.functions.keys()]
    // A function of an interface that is called without its interface is found by its own name.
    const near = known.find(name => name.endsWith(`.${joined}`)) ?? nearest(joined, known)
    report(context, 'UnknownFunction', { name: joined, module: module.name, near }, node)
  }
  return undefined
}

/** Notes what the parts of a path behind the name of a component stand for. */
function noteModulePath({ module: file }: Context, module: Symbol & { kind: 'module' }, names: PathName[]): void {
  if (!file.notes) return
  let path = ''
  for (const { text, node } of names) {
    path = path === '' ? text : `${path}.${text}`
    const func = module.component!.functions.get(path)
    const type = module.component!.types.get(path)
    if (func) note(file, node, { kind: 'function', module, func })
    else if (type) note(file, node, { kind: 'exported', module, path, type })
    else note(file, node, { kind: 'interface', module, path })
  }
}

/** Looks `effect.operation` up; reports where there is none. */
export function effectMember(
  context: Context,
  effect: Symbol & { kind: 'effect' },
  path: PathName[],
): CheckedOperation | undefined {
  const [first, name] = path as [PathName, PathName]
  const found = context.module.effectOf(effect, name.text)
  note(context.module, first.node, { kind: 'symbol', symbol: effect })
  if (found) note(context.module, name.node, { kind: 'operation', effect, operation: found })
  if (found && path.length === 2) return found
  const known = effect.node.operations.map(operation => operation.name.text)
  if (found) operationAlone(context, effect, path)
  else if (name.text === '') context.failed = true
  else
    report(context, 'UnknownOperation', { name: name.text, effect: first.text, near: nearest(name.text, known) }, name)
  return undefined
}

/** Reports an operation that stands where a value does. */
export function operationAlone(context: Context, effect: Symbol & { kind: 'effect' }, path: PathName[]): void {
  const [first, name] = path as [PathName, PathName]
  const operation = effectMember(context, effect, [first, name])
  if (!operation) return
  const called = `${first.text}.${name.text}`
  const takesNothing = operation.params.every(param => param.default !== undefined)
  const place = { start: first.start, end: name.end }
  report(context, 'OperationNotCalled', { name: called }, place, { fixes: callIt(context, name, takesNothing) })
}
