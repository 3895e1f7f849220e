import type { Fix } from '../../grammar/diagnostics.ts'
import type { Call, Expression, Reference } from '../../grammar/nodes.ts'
import { isHeadOpen } from '../../grammar/unread.ts'
import type { CheckedJob, CheckedOperation, Core } from '../core.ts'
import { resolve, show, unveil, variable, veil, type Open } from '../open.ts'
import { symbolWords, type Symbol } from '../scope.ts'
import { matchArguments, type Parameter } from './arguments.ts'
import { builtIns, checkBuiltIn } from './builtins.ts'
import { caseOfHint, hasCases, headOf, pathOf, payloadType, type PathName } from './case.ts'
import { broken, note, report, siteOf, type Context, type Typed } from './context.ts'
import { mayPerform, operationName, operationsOf, type Performs } from './effects.ts'
import { check } from './expression.ts'
import { around } from './fixes.ts'
import { checkManner, type Manner } from './manner.ts'
import { insteadOfCall } from './foreign.ts'
import { effectMember, memberOf } from './member.ts'
import { unknownName, withMembers } from './names.ts'
import { carryOn } from './secrets.ts'
import type { CallableFunction } from '../component.ts'

export const constructors = ['some', 'ok', 'err']

/** What a call calls: the parameters that take its arguments, and what it comes to with them. */
export interface Callee {
  name: string
  /** In words, with an article. */
  what: string
  params: Parameter[]
  result: Open
  /** Absent where it is pure for certain. */
  performs?: Performs
  /** It keeps its arguments as they are, secrets among them. */
  keeps?: boolean
  /**
   * Undefined arguments were left out; those that may not be were reported.
   *
   * @param secrets the parameters that are none and were given one
   */
  core(args: (Core | undefined)[], manner: Manner, secrets: number[]): Core
}

/** A call of a component function, a job, an operation, a built-in, a case, or `some`, `ok`, `err`. */
export function checkCall(context: Context, node: Call, hint: Open | undefined): Typed {
  const builtIn = isBuiltInCall(context, node) && checkBuiltIn(context, node, node.callee.name)
  if (builtIn) return builtIn
  const callee = calleeOf(context, node, hint)
  if (!callee) return skip(context, node)
  context.module.notes?.calls.set(node, callee)
  if (callee.keeps) carryOn(context, node)
  const secrets: number[] = []
  const args = matchArguments(context, node, callee, (param, found) => {
    secrets.push(callee.params.findIndex(({ name }) => name === param))
    refuseSecret(context, callee, param, found)
  })
  const core = callee.core(args, checkManner(context, node, callee), secrets)
  return { core, type: veil(callee.result, secrets.length > 0 && makesSecrets(context, node, callee)) }
}

/** Whether a call that is given a secret makes a secret of it; what performs something is not to take it. */
function makesSecrets({ module }: Context, { callee }: Call, { performs }: Callee): boolean {
  if (!performs) return true
  const symbol = callee.kind === 'Reference' ? module.scope.get(callee.name) : undefined
  return symbol?.kind === 'job' && !mayPerform(symbol)
}

/** A call by a name that the file does not use itself. */
function isBuiltInCall({ locals, module }: Context, node: Call): node is Call & { callee: Reference } {
  const { callee } = node
  return callee.kind === 'Reference' && !locals.has(callee.name) && !module.scope.has(callee.name)
}

/** A secret for a plain parameter: what is pure makes a secret of it, everything else might tell it. */
function refuseSecret(context: Context, { name, performs }: Callee, param: string, found: Expression): void {
  if (performs?.kind === 'operation') report(context, 'SecretEscapes', { param, func: name }, found)
  else if (performs)
    context.module.atEnd(() => {
      const [first] = operationsOf(performs)
      if (first) report(context, 'SecretToJob', { job: name, param, performs: operationName(first.op) }, found)
    })
}

/** After an error in the callee the arguments are checked all the same, for what is wrong in themselves. */
function skip(context: Context, node: Call): Typed {
  context.failed = true
  for (const arg of node.args) check(context, arg.value)
  return broken(context)
}

/** Finds what a call calls, and reports where there is nothing that can be called. */
function calleeOf(context: Context, node: Call, hint: Open | undefined): Callee | undefined {
  const path = pathOf(node.callee)
  // What is no name cannot be called, which the parser has said: what it is a part of is looked at all the same.
  if (!path) {
    check(context, headOf(node.callee))
    return undefined
  }
  const first = path[0]!
  const name = textOf(path)
  const local = context.locals.get(first.text)
  if (local) {
    note(context.module, first.node, { kind: 'local', binding: local })
    return notAFunction(context, node, name, path.length === 1 ? 'a value' : memberWords(context, local.type, path))
  }

  const symbol = context.module.scope.get(first.text)
  if (symbol) note(context.module, first.node, { kind: 'symbol', symbol })
  if (path.length === 1) return simpleCallee(context, node, first, symbol, hint)
  switch (symbol?.kind) {
    case 'type':
      return caseCallee(context, node, resolve(context.module.typeOf(symbol)), path[1]!)
    case 'module': {
      const member = memberOf(context, symbol, path)
      if (member?.kind === 'case') return caseCallee(context, node, member.type, member.name)
      return member && wasmCallee(context, node, symbol, member.func)
    }
    case 'effect': {
      const effect = effectMember(context, symbol, path)
      return effect && effectCallee(context, node, name, effect)
    }
    case 'lost':
      return lost(context)
    case undefined:
      unknownName(context, first.text, first, () => withMembers(context))
      return undefined
    case 'job':
    case 'compiled': {
      const what = `looked for in \`${first.text}\`, which is ${symbolWords[symbol.kind]},`
      return notAFunction(context, node, name, what, `${first.text}(…)`)
    }
    default:
      return notAFunction(context, node, name, 'a method, which values do not have,')
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
  if (symbol?.kind === 'effect') return effectAlone(context, node, name.text, symbol)
  if (symbol) return notAFunction(context, node, name.text, symbolWords[symbol.kind])
  const type = context.bareCases && hint ? resolve(hint) : undefined
  if (type?.kind === 'variant' && type.cases.some(entry => entry.name === name.text))
    return caseCallee(context, node, type, name)
  if (name.text === 'some') return someCallee(hint)
  if (name.text === 'none') {
    const wants = 'carries nothing: write it without `(…)`'
    report(context, 'CasePayload', { name: 'none', wants }, node, { fixes: uncalled(node) })
    return undefined
  }
  if (name.text === 'declassify') return declassifyCallee(context, node)
  if (name.text === 'ok' || name.text === 'err') return resultCallee(context, node, name.text, hint)
  const [arg] = node.args
  const instead = insteadOfCall(name.text, arg ? context.module.source.slice(arg.start, arg.end) : 'x')
  const jobs = (): string[] => [...context.module.scope].flatMap(([name, { kind }]) => (kind === 'job' ? [name] : []))
  const meant = caseOfHint(context, hint, name.text)
  unknownName(context, name.text, name, () => [...jobs(), ...constructors, ...builtIns], {
    instead,
    meant,
    called: true,
  })
  return undefined
}

/** What is called behind a dot of a value: there are no methods. */
function memberWords({ module }: Context, of: Open, [first, member]: PathName[]): string {
  const hidden = module.scope.get(first!.text)
  if (hidden && hidden.kind !== 'lost')
    return `looked for in the value \`${first!.text}\`, which hides ${symbolWords[hidden.kind]} here,`
  const type = resolve(of)
  const isField = type.kind === 'record' && type.fields.some(({ name }) => name === member!.text)
  return isField ? 'a field' : 'a method, which values do not have,'
}

/** What was reported where it is imported. */
function lost(context: Context): undefined {
  context.failed = true
}

function textOf(path: PathName[]): string {
  return path.map(part => part.text).join('.')
}

function notAFunction(context: Context, node: Call, name: string, what: string, call?: string): undefined {
  // What is called like a method stands before the dot.
  const dot = name.lastIndexOf('.')
  const instead = call ?? (dot < 0 ? undefined : insteadOfCall(name.slice(dot + 1), name.slice(0, dot)))
  report(context, 'NotAFunction', { name, what, instead }, node.callee)
}

function effectAlone(
  context: Context,
  node: Call,
  name: string,
  { node: effect }: Symbol & { kind: 'effect' },
): undefined {
  const operations = effect.operations.map(operation => `${name}.${operation.name.text}`)
  report(context, 'EffectCalled', { name, operations }, node.callee)
}

const wrong: Core = { kind: 'error' }

function single(type: Open): Parameter[] {
  return [{ name: 'value', type, optional: false }]
}

function someCallee(hint: Open | undefined): Callee {
  const expected = hint && resolve(unveil(hint).type)
  const of = expected?.kind === 'option' ? expected.some : variable()
  return {
    name: 'some',
    what: 'a case',
    keeps: true,
    params: single(of),
    result: { kind: 'option', some: of },
    core: ([value]) => (value ? { kind: 'some', value, of } : wrong),
  }
}

function resultCallee(context: Context, node: Call, name: 'ok' | 'err', hint: Open | undefined): Callee {
  const expected = hint && resolve(unveil(hint).type)
  const result = expected?.kind === 'result' ? expected : { kind: 'result' as const, ok: variable(), error: variable() }
  const [content, other] = name === 'ok' ? [result.ok, result.error] : [result.error, result.ok]
  const what = name === 'ok' ? 'the error of this `ok`' : 'the content of this `err`'
  const example = `let x: result<u32, string> = ${name === 'ok' ? 'ok(1)' : 'err("…")'}`
  context.undecided.push({ node, type: other, what, example })
  return {
    name,
    what: 'a case',
    keeps: true,
    params: single(content),
    result,
    core: ([value]) => (value ? { kind: 'case', name: name === 'ok' ? 'ok' : 'error', payload: value } : wrong),
  }
}

function caseCallee(context: Context, node: Call, type: Open, name: PathName): Callee | undefined {
  // Of a type that was reported the cases are not known.
  if (type.kind === 'variable') return undefined
  if (!hasCases(type)) return notAFunction(context, node, name.text, 'no case of a variant')
  const payload = payloadType(context, type, name, uncalled(node))
  if (payload && node.args.length > 1) {
    const tuple = resolve(payload)
    const items = tuple.kind === 'tuple' ? `: write \`${name.text}((…))\`, with the tuple as one` : ''
    const place = { start: node.args[0]!.start, end: node.args.at(-1)!.end }
    const isTuple = tuple.kind === 'tuple' && tuple.items.length === node.args.length
    const fixes =
      isTuple && node.args.every(arg => !arg.name) ? [around('Put parentheses around them', place, '(', ')')] : []
    report(context, 'CasePayload', { name: name.text, wants: `carries one value${items}` }, node, { fixes })
    return undefined
  }
  return (
    payload && {
      name: name.text,
      what: 'a case',
      keeps: true,
      params: single(payload),
      result: type,
      core: ([value]) => (value ? { kind: 'case', name: name.text, payload: value } : wrong),
    }
  )
}

/** A case without the parentheses behind it, where nothing stands in them. */
function uncalled({ callee, end, args }: Call): Fix[] {
  return args.length > 0 ? [] : [{ title: 'Remove `()`', edits: [{ start: callee.end, end, text: '' }] }]
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
    name: textOf(pathOf(node.callee)!),
    what: 'a function of a component',
    params: func.params.map(param => ({ ...param, optional: false })),
    result: func.result,
    core: args => (complete(args) ? { kind: 'wasm', module: module.component!, func, args, settings, site } : wrong),
  }
}

function jobCallee(context: Context, node: Call, name: string, symbol: Symbol & { kind: 'job' }): Callee | undefined {
  if (isConstant(context, node)) return undefined
  context.calls.push({ job: symbol, node })
  const job = context.module.jobOf(symbol)
  if (isHeadOpen(symbol.node)) return lost(context)
  const settings = context.settings.get(node) ?? {}
  const site = siteOf(context, node)
  return {
    name,
    what: 'a job',
    params: parametersOf(job.params),
    result: job.result,
    performs: { kind: 'job', job },
    core: (args, { after }, secrets) => ({ kind: 'job', job, args, secrets, settings, after, site }),
  }
}

function parametersOf(params: CheckedJob['params']): Parameter[] {
  return params.map(({ binding, default: value }) => {
    const { name, type } = binding
    return { name, type, optional: value !== undefined, binding }
  })
}

/** `http.get(…)`, and with `do` in front of it a command. */
function effectCallee(context: Context, node: Call, name: string, effect: CheckedOperation): Callee | undefined {
  if (isConstant(context, node)) return undefined
  const settings = context.settings.get(node) ?? {}
  const site = siteOf(context, node)
  const complete = (args: (Core | undefined)[]): boolean =>
    effect.params.every((param, i) => args[i] !== undefined || param.default !== undefined)
  return {
    name,
    what: 'an operation of an effect',
    params: parametersOf(effect.params),
    result: effect.result,
    performs: { kind: 'operation', effect },
    core: (args, manner) => (complete(args) ? { kind: 'effect', effect, args, settings, ...manner, site } : wrong),
  }
}

/** `declassify(x)`: an effect that opens a secret. */
export function declassification(): CheckedOperation {
  const content = variable()
  return {
    op: 'secret/declassify',
    scheme: 'secret:',
    operation: 'query',
    params: [{ binding: { name: 'value', type: { kind: 'secret', of: content } } }],
    result: content,
  }
}

/** The argument in place of the call. */
function unwrapped({ start, end, args }: Call): Fix {
  const { value } = args[0]!
  const edits = [
    { start, end: value.start, text: '' },
    { start: value.end, end, text: '' },
  ]
  return { title: 'Remove `declassify`', edits }
}

function declassifyCallee(context: Context, node: Call): Callee | undefined {
  const callee = effectCallee(context, node, 'declassify', declassification())
  return (
    callee && {
      ...callee,
      core: (args, manner, secrets) => {
        const [value] = args
        // What fits a secret was widened to one.
        const found = value?.kind === 'widen' ? resolve(value.from) : undefined
        if (found && found.kind !== 'secret' && found.kind !== 'variable')
          report(context, 'NotSecret', { type: show(found) }, node, { fixes: [unwrapped(node)] })
        return callee.core(args, manner, secrets)
      },
    }
  )
}

function compiledCallee(
  context: Context,
  node: Call,
  { name, job }: Symbol & { kind: 'compiled' },
): Callee | undefined {
  if (isConstant(context, node)) return undefined
  const site = siteOf(context, node)
  const params = [...job.params].map(([name, { type, default: value }]) => ({
    name,
    type,
    optional: value !== undefined,
  }))
  // A compiled job keeps its parameters in no order.
  const unnamed = params.length > 1 ? node.args.find(arg => !arg.name) : undefined
  if (unnamed) {
    report(context, 'ArgumentOrder', { func: name, names: params.map(param => param.name) }, unnamed)
    return undefined
  }
  return {
    name,
    what: 'a compiled job',
    params,
    result: job.result,
    ...(job.uses.length > 0 ? { performs: { kind: 'compiled', job } } : {}),
    core: (args, _, secrets) => ({ kind: 'compiled', job, args, secrets, site }),
  }
}
