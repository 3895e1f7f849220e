import type { Call, Expression, With } from '../../grammar/nodes.ts'
import type { Site } from '../core.ts'
import { resolve, variable, type Open } from '../open.ts'
import { symbolWords, type Symbol } from '../scope.ts'
import { matchArguments } from './arguments.ts'
import { hasCases, pathOf, payloadType } from './case.ts'
import { broken, report, type Context, type Typed } from './context.ts'
import { check, unknownName } from './expression.ts'
import { memberOf } from './member.ts'
import { readSettings } from './settings.ts'
import type { CallableFunction } from '../component.ts'

const constructors = ['some', 'ok', 'err']

/** A call of a component function, a job, a case, or `some`, `ok`, `err`. */
export function checkCall(context: Context, node: Call, hint: Open | undefined): Typed {
  const path = pathOf(node.callee)
  // What is no name cannot be called, which the parser has said.
  if (!path) return skip(context, node)
  const [first] = path
  const name = first!.text
  if (context.locals.has(name))
    return notAFunction(context, node, textOf(path), path.length > 1 ? 'a field' : 'a value')

  const symbol = context.module.scope.get(name)
  if (path.length === 1) {
    if (context.bareCases && hint && !symbol) {
      const type = resolve(hint)
      if (type.kind === 'variant' && type.cases.some(entry => entry.name === name))
        return casePayload(context, node, type, first!)
    }
    if (symbol?.kind === 'job') return jobCall(context, node, symbol)
    if (symbol) return notAFunction(context, node, name, symbolWords[symbol.kind])
    if (constructors.includes(name)) return construct(context, node, name, hint)
    const jobs = [...context.module.scope.values()].filter(other => other.kind === 'job').map(other => other.name)
    unknownName(context, name, first!, [...jobs, ...constructors])
    return skip(context, node)
  }
  if (symbol?.kind === 'type') {
    const type = resolve(context.module.typeOf(symbol))
    return casePayload(context, node, type, path[1]!)
  }
  if (symbol?.kind === 'module') {
    const member = memberOf(context, symbol, path)
    if (!member) return skip(context, node)
    if (member.kind === 'case') return casePayload(context, node, member.type, member.name)
    return wasmCall(context, node, symbol, member.func)
  }
  if (symbol) return notAFunction(context, node, textOf(path), 'a field')
  unknownName(context, name, first!, [...context.locals.keys(), ...context.module.scope.keys()])
  return skip(context, node)
}

function textOf(path: { text: string }[]): string {
  return path.map(part => part.text).join('.')
}

/** After an error in the callee the arguments are checked all the same, for what is wrong in themselves. */
function skip(context: Context, node: Call): Typed {
  for (const arg of node.args) check(context, arg.value)
  return broken(context)
}

function notAFunction(context: Context, node: Call, name: string, what: string): Typed {
  report(context, 'NotAFunction', { name, what }, node.callee)
  return broken(context)
}

function construct(context: Context, node: Call, name: string, hint: Open | undefined): Typed {
  const type: Open =
    name === 'some' ? { kind: 'option', some: variable() } : { kind: 'result', ok: variable(), error: variable() }
  const expected = hint && resolve(hint)
  const filled = expected?.kind === type.kind ? expected : type
  const content =
    filled.kind === 'option'
      ? filled.some
      : filled.kind === 'result'
        ? name === 'ok'
          ? filled.ok
          : filled.error
        : filled
  const [value] = matchArguments(context, node, name, [{ name: 'value', type: content, optional: false }])
  if (!value) return { core: { kind: 'error' }, type: filled }
  if (filled.kind === 'option') return { core: { kind: 'some', value, of: filled.some }, type: filled }
  if (filled.kind === 'result') {
    const open = name === 'ok' ? filled.error : filled.ok
    const example = name === 'ok' ? 'let x: result<u32, string> = ok(1)' : 'let x: result<u32, string> = err("…")'
    const what = name === 'ok' ? 'the error of this `ok`' : 'the content of this `err`'
    context.undecided.push({ node, type: open, what, example })
  }
  return { core: { kind: 'case', name: name === 'ok' ? 'ok' : 'error', payload: value }, type: filled }
}

function casePayload(
  context: Context,
  node: Call,
  type: Open,
  name: { text: string; start: number; end: number },
): Typed {
  if (type.kind === 'variable') return skip(context, node)
  if (!hasCases(type)) {
    report(context, 'NotAFunction', { name: name.text, what: 'no case of a variant' }, node.callee)
    return broken(context)
  }
  const payload = payloadType(context, type, name)
  if (!payload) return skip(context, node)
  const [value] = matchArguments(context, node, name.text, [{ name: 'value', type: payload, optional: false }])
  return { core: value ? { kind: 'case', name: name.text, payload: value } : { kind: 'error' }, type }
}

function siteOf(context: Context, node: Call): Site {
  const path = pathOf(node.callee)
  return { file: context.module.file, start: node.start, end: node.end, name: path ? textOf(path) : '' }
}

function notConstant(context: Context, node: Expression): boolean {
  if (context.constant === undefined) return false
  report(context, 'NotConstant', { what: context.constant }, node)
  return true
}

function wasmCall(context: Context, node: Call, module: Symbol & { kind: 'module' }, func: CallableFunction): Typed {
  if (notConstant(context, node)) return broken(context)
  const params = func.params.map(param => ({ ...param, optional: false }))
  const args = matchArguments(context, node, `${module.name}.${func.path}`, params)
  if (!args.every(arg => arg !== undefined)) return { core: { kind: 'error' }, type: func.result }
  const settings = context.settings.get(node) ?? {}
  const site = siteOf(context, node)
  return { core: { kind: 'wasm', module: module.component!, func, args, settings, site }, type: func.result }
}

function jobCall(context: Context, node: Call, symbol: Symbol & { kind: 'job' }): Typed {
  if (notConstant(context, node)) return broken(context)
  context.calls.push({ job: symbol, node })
  const job = context.module.jobOf(symbol)
  const params = job.params.map(param => ({
    name: param.binding.name,
    type: param.binding.type,
    optional: param.default !== undefined,
  }))
  const args = matchArguments(context, node, symbol.name, params)
  const settings = context.settings.get(node) ?? {}
  return { core: { kind: 'job', job, args, settings, site: siteOf(context, node) }, type: job.result }
}

/** `call with { time: 5s }`: the settings go to the nearest call. */
export function checkWith(context: Context, node: With, hint: Open | undefined): Typed {
  const call = nearestCall(node.object)
  const settings = readSettings(context.module, node.settings)
  if (!call || !takesSettings(context, call)) report(context, 'WithNeedsCall', {}, node)
  else context.settings.set(call, { ...settings, ...context.settings.get(call) })
  return check(context, node.object, hint)
}

function nearestCall(node: Expression): Call | undefined {
  if (node.kind === 'Call') return node
  if (node.kind === 'Access' || node.kind === 'TupleAccess' || node.kind === 'Index' || node.kind === 'With')
    return nearestCall(node.object)
  return undefined
}

/** Cases and constructors are no tasks; what is unknown is reported as such. */
function takesSettings(context: Context, call: Call): boolean {
  const path = pathOf(call.callee)
  if (!path) return true
  const symbol = context.module.scope.get(path[0]!.text)
  return symbol ? symbol.kind !== 'type' : !constructors.includes(path[0]!.text)
}
