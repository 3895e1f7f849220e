import type { Call, Expression, With } from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { resolve, variable, type Open } from '../open.ts'
import { symbolWords, type Symbol } from '../scope.ts'
import { matchArguments, type Parameter } from './arguments.ts'
import { hasCases, pathOf, payloadType, type PathName } from './case.ts'
import { broken, report, siteOf, type Context, type Typed } from './context.ts'
import { check, unknownName } from './expression.ts'
import { memberOf } from './member.ts'
import { readSettings } from './settings.ts'
import type { CallableFunction } from '../component.ts'

const constructors = ['some', 'ok', 'err']

/** What a call calls: the parameters that take its arguments, and what it comes to with them. */
interface Callee {
  name: string
  params: Parameter[]
  result: Open
  /** Undefined arguments were left out; those that may not be were reported. */
  core(args: (Core | undefined)[]): Core
}

/** A call of a component function, a job, a case, or `some`, `ok`, `err`. */
export function checkCall(context: Context, node: Call, hint: Open | undefined): Typed {
  const callee = calleeOf(context, node, hint)
  if (!callee) return skip(context, node)
  const args = matchArguments(context, node, callee.name, callee.params)
  return { core: callee.core(args), type: callee.result }
}

/** After an error in the callee the arguments are checked all the same, for what is wrong in themselves. */
function skip(context: Context, node: Call): Typed {
  for (const arg of node.args) check(context, arg.value)
  return broken(context)
}

/** Finds what a call calls, and reports where there is nothing that can be called. */
function calleeOf(context: Context, node: Call, hint: Open | undefined): Callee | undefined {
  const path = pathOf(node.callee)
  // What is no name cannot be called, which the parser has said.
  if (!path) return undefined
  const first = path[0]!
  const name = textOf(path)
  if (context.locals.has(first.text)) return notAFunction(context, node, name, path.length > 1 ? 'a field' : 'a value')

  const symbol = context.module.scope.get(first.text)
  if (path.length === 1) return simpleCallee(context, node, first, symbol, hint)
  switch (symbol?.kind) {
    case 'type':
      return caseCallee(context, node, resolve(context.module.typeOf(symbol)), path[1]!)
    case 'module': {
      const member = memberOf(context, symbol, path)
      if (member?.kind === 'case') return caseCallee(context, node, member.type, member.name)
      return member && wasmCallee(context, node, symbol, member.func)
    }
    case 'lost':
      return lost(context)
    case undefined:
      unknownName(context, first.text, first, [...context.locals.keys(), ...context.module.scope.keys()])
      return undefined
    default:
      return notAFunction(context, node, name, 'a field')
  }
}

function simpleCallee(
  context: Context,
  node: Call,
  name: PathName,
  symbol: Symbol | undefined,
  hint: Open | undefined,
): Callee | undefined {
  if (symbol?.kind === 'job') return jobCallee(context, node, name.text, symbol)
  if (symbol?.kind === 'compiled') return compiledCallee(context, node, symbol)
  if (symbol?.kind === 'lost') return lost(context)
  if (symbol) return notAFunction(context, node, name.text, symbolWords[symbol.kind])
  const type = context.bareCases && hint ? resolve(hint) : undefined
  if (type?.kind === 'variant' && type.cases.some(entry => entry.name === name.text))
    return caseCallee(context, node, type, name)
  if (name.text === 'some') return someCallee(hint)
  if (name.text === 'none') {
    report(context, 'CasePayload', { name: 'none', wants: 'carries nothing: write it without `(…)`' }, node)
    return undefined
  }
  if (name.text === 'ok' || name.text === 'err') return resultCallee(context, node, name.text, hint)
  const jobs = [...context.module.scope].filter(([, other]) => other.kind === 'job').map(([name]) => name)
  unknownName(context, name.text, name, [...jobs, ...constructors])
  return undefined
}

/** What was reported where it is imported. */
function lost(context: Context): undefined {
  context.failed = true
}

function textOf(path: PathName[]): string {
  return path.map(part => part.text).join('.')
}

function notAFunction(context: Context, node: Call, name: string, what: string): undefined {
  report(context, 'NotAFunction', { name, what }, node.callee)
}

const wrong: Core = { kind: 'error' }

function single(type: Open): Parameter[] {
  return [{ name: 'value', type, optional: false }]
}

function someCallee(hint: Open | undefined): Callee {
  const expected = hint && resolve(hint)
  const of = expected?.kind === 'option' ? expected.some : variable()
  return {
    name: 'some',
    params: single(of),
    result: { kind: 'option', some: of },
    core: ([value]) => (value ? { kind: 'some', value, of } : wrong),
  }
}

function resultCallee(context: Context, node: Call, name: 'ok' | 'err', hint: Open | undefined): Callee {
  const expected = hint && resolve(hint)
  const result = expected?.kind === 'result' ? expected : { kind: 'result' as const, ok: variable(), error: variable() }
  const [content, other] = name === 'ok' ? [result.ok, result.error] : [result.error, result.ok]
  const what = name === 'ok' ? 'the error of this `ok`' : 'the content of this `err`'
  const example = `let x: result<u32, string> = ${name === 'ok' ? 'ok(1)' : 'err("…")'}`
  context.undecided.push({ node, type: other, what, example })
  return {
    name,
    params: single(content),
    result,
    core: ([value]) => (value ? { kind: 'case', name: name === 'ok' ? 'ok' : 'error', payload: value } : wrong),
  }
}

function caseCallee(context: Context, node: Call, type: Open, name: PathName): Callee | undefined {
  // Of a type that was reported the cases are not known.
  if (type.kind === 'variable') return undefined
  if (!hasCases(type)) return notAFunction(context, node, name.text, 'no case of a variant')
  const payload = payloadType(context, type, name)
  if (payload && node.args.length > 1) {
    const items = resolve(payload).kind === 'tuple' ? `: write \`${name.text}((…))\`, with the tuple as one` : ''
    report(context, 'CasePayload', { name: name.text, wants: `carries one value${items}` }, node)
    return undefined
  }
  return (
    payload && {
      name: name.text,
      params: single(payload),
      result: type,
      core: ([value]) => (value ? { kind: 'case', name: name.text, payload: value } : wrong),
    }
  )
}

function isConstant(context: Context, node: Expression): boolean {
  if (context.constant === undefined) return false
  report(context, 'NotConstant', { what: context.constant }, node)
  return true
}

function wasmCallee(
  context: Context,
  node: Call,
  module: Symbol & { kind: 'module' },
  func: CallableFunction,
): Callee | undefined {
  if (isConstant(context, node)) return undefined
  const settings = context.settings.get(node) ?? {}
  const site = siteOf(context, node)
  const complete = (args: (Core | undefined)[]): args is Core[] => args.every(arg => arg !== undefined)
  return {
    name: `${module.name}.${func.path}`,
    params: func.params.map(param => ({ ...param, optional: false })),
    result: func.result,
    core: args => (complete(args) ? { kind: 'wasm', module: module.component!, func, args, settings, site } : wrong),
  }
}

function jobCallee(
  context: Context,
  node: Call,
  name: string,
  symbol: Symbol & { kind: 'job' },
): Callee | undefined {
  if (isConstant(context, node)) return undefined
  context.calls.push({ job: symbol, node })
  const job = context.module.jobOf(symbol)
  const settings = context.settings.get(node) ?? {}
  const site = siteOf(context, node)
  return {
    name,
    params: job.params.map(({ binding, default: value }) => ({
      name: binding.name,
      type: binding.type,
      optional: value !== undefined,
    })),
    result: job.result,
    core: args => ({ kind: 'job', job, args, settings, site }),
  }
}

function compiledCallee(
  context: Context,
  node: Call,
  { name, job }: Symbol & { kind: 'compiled' },
): Callee | undefined {
  if (isConstant(context, node)) return undefined
  const site = siteOf(context, node)
  const params = [...job.params].map(([name, { type, default: value }]) => ({ name, type, optional: value !== undefined }))
  // A compiled job keeps its parameters in no order.
  const unnamed = params.length > 1 ? node.args.find(arg => !arg.name) : undefined
  if (unnamed) {
    report(context, 'ArgumentOrder', { func: name, names: params.map(param => param.name) }, unnamed)
    return undefined
  }
  return { name, params, result: job.result, core: args => ({ kind: 'compiled', job, args, site }) }
}

/** `call with { time: 5s }`: the settings go to the nearest call. */
export function checkWith(context: Context, node: With, hint: Open | undefined): Typed {
  const call = nearestCall(node.object)
  const settings = readSettings(context.module, node.settings)
  if (!call || !takesSettings(context, call)) {
    const before = context.module.diagnostics.length
    check(context, node.object, hint)
    if (context.module.diagnostics.length === before) report(context, 'WithNeedsCall', {}, node)
    return broken(context)
  }
  const outer = context.settings.get(call)
  const twice = node.settings.find(({ name }) => outer && Object.hasOwn(outer, name.text))
  if (twice) report(context, 'RepeatedSetting', { name: twice.name.text }, twice.name)
  context.settings.set(call, { ...settings, ...outer })
  return check(context, node.object, hint)
}

function nearestCall(node: Expression): Call | undefined {
  for (let inner = node; ;) {
    if (inner.kind === 'Call') return inner
    if (inner.kind !== 'Access' && inner.kind !== 'TupleAccess' && inner.kind !== 'Index' && inner.kind !== 'With')
      return undefined
    inner = inner.object
  }
}

/** Cases and constructors are no tasks; what is unknown is reported as such. */
function takesSettings(context: Context, call: Call): boolean {
  const path = pathOf(call.callee)
  if (!path) return true
  const symbol = context.module.scope.get(path[0]!.text)
  return symbol ? symbol.kind !== 'type' && symbol.kind !== 'compiled' : !constructors.includes(path[0]!.text)
}
