import type { ComponentBody, CoreModule, ExternDecl, ExternType } from '../../dag/component/ast.ts'
import { readComponent } from '../../dag/component/read.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import type { Value } from '../../dag/value.ts'
import type { Failure } from '../interface.ts'
import { Misfit } from './abi/codec.ts'
import { costOf } from './abi/costs.ts'
import { checkArguments, checkValue, type FuncTypes } from './arguments.ts'
import type { Usage } from './budget.ts'
import { decodedSize } from './definitions.ts'
import { Ended, failure, failureOf } from './failure.ts'
import { asDeclared, HostFunc, LiftedFunc } from './functions.ts'
import { type Entries, type Entry, Instance } from './instance.ts'
import type { Log } from './log.ts'
import { type CompiledModule, compileModules } from './module.ts'
import type { Ready } from './kept.ts'
import { Snapshot } from './snapshot.ts'
import type { Task } from './task.ts'
import { hostFunction, hostResource, withoutVersion } from './wasi.ts'

/** A component that is ready to be instantiated, again and again, by one task after the other. */
export interface Compiled {
  root: ComponentBody
  imports: Entries
  modules: ReadonlyMap<CoreModule, CompiledModule>
  /** The functions that may be called, by full name; why the others may not stands in their place. */
  functions: ReadonlyMap<string, FuncTypes | string>
  /** Bytes that it counts in the cache of a worker: those of its file, and what its definitions take beside them. */
  size: number
}

export type Outcome = ({ ok: true; value: Value } | { ok: false; failure: Failure }) & Usage

/**
 * Decodes, checks, meters and compiles a component for the calls of one worker; the failure is of kind `refused`.
 *
 * @param log where its imports write
 */
export function compileComponent(bytes: Uint8Array, log: Log): Result<Compiled, Failure> {
  const component = readComponent(bytes)
  if (!component.ok) return fail(failure('refused', component.error.message))
  const { root, interface: described } = component.value
  const missing = root.imports.find(({ type }) => type.sort === 'component' || type.sort === 'core-module')
  if (missing) return fail(failure('refused', `the import ${missing.name} is a component or module of its own`))
  const modules = compileModules(root)
  if (!modules.ok) return fail(failure('refused', modules.error))
  const functions = new Map<string, FuncTypes | string>()
  for (const { name, params, result } of described.functions)
    functions.set(name, { params: params.map(({ type }) => type), result })
  for (const { name, reason } of described.unsupported) functions.set(name, reason)
  return ok({
    root,
    imports: hostImports(root, log),
    modules: modules.value,
    functions,
    size: bytes.length + decodedSize(root, modules.value),
  })
}

/**
 * Calls one function of a component in an instance that nothing has touched before, or that was put back as it was.
 *
 * @param func full export name, `crop` or `ns:pkg/iface@1.0.0#crop`
 * @param limits over all memories, tables, arguments and crossing values; over all that is executed
 * @returns a failure of kind `value` where arguments do not fit the function's types
 * @throws what is no doing of the guest nor of the caller
 */
export function callComponent(compiled: Compiled, task: Task, func: string, args: Value[], limits: Usage): Outcome {
  task.begin(compiled.modules, limits)
  const { budget } = task
  const given = costOf(args, limits.memory)
  let kept = 0
  try {
    if (given > limits.memory) throw budget.exceeded(given)
    const ready = instantiate(compiled, task)
    const types = typesOf(compiled, func)
    const target = exported(ready.exports, func)
    budget.charge(given)
    const value = target instanceof LiftedFunc ? callLifted(target, types, args) : callGiven(target, types, args)
    // What was overdrawn since anybody looked.
    budget.spend(0)
    if (ready.before?.complete) {
      task.kept.put(ready)
      kept = Number(budget.used.value) - given
    }
    return { ok: true, value, ...budget.usage() }
  } catch (error) {
    const failed = failureOf(overrun(error, task))
    if (!failed) throw error
    return { ok: false, failure: failed, ...budget.usage() }
  } finally {
    task.end(budget.usage().memory - kept)
  }
}

/**
 * An instance that nothing has touched: a new one, or the one of an earlier call, put back and charged as a new one. A
 * component that is called for the first time is not expected to be called again.
 */
function instantiate(compiled: Compiled, task: Task): Ready {
  const { budget, kept } = task
  const known = kept.take(compiled)
  if (known?.before && budget.resume(known.cost)) {
    known.before.restore()
    return known
  }
  const { exports } = new Instance(compiled.root, compiled.imports, task)
  // What it wrote would have to be written again.
  const repeatable = kept.expects(compiled) && task.log.empty
  return { of: compiled, exports, cost: budget.mark(), before: repeatable ? Snapshot.take(task.parts) : undefined }
}

function typesOf({ functions }: Compiled, func: string): FuncTypes {
  const found = functions.get(func)
  if (found === undefined) throw new Ended('refused', `the component has no function ${func}`)
  if (typeof found === 'string') throw new Ended('refused', `no job can call ${func}: ${found}`)
  return found
}

/** Arguments are checked as they are lowered; only those that do not fit are looked at once more, for their place. */
function callLifted(target: LiftedFunc, types: FuncTypes, args: Value[]): Value {
  try {
    return target.call(args)
  } catch (error) {
    const checked = error instanceof Misfit ? checkArguments(types, args) : undefined
    if (checked?.ok === false) throw new Ended('value', checked.error)
    throw error
  }
}

/** A function of the host that the component exports as its own, with types of its choice. */
function callGiven(target: HostFunc, types: FuncTypes, args: Value[]): Value {
  const checked = checkArguments(types, args)
  if (!checked.ok) throw new Ended('value', checked.error)
  return asDeclared(target, () => {
    const value = target.call(args)
    const given = checkValue(types.result, value, 'result')
    if (!given.ok) throw new TypeError(given.error)
    return value
  })
}

/** A limit that is passed shows as a trap; the budget knows better. */
function overrun(error: unknown, { budget }: Task): unknown {
  return error instanceof WebAssembly.RuntimeError ? (budget.overrun() ?? error) : error
}

function exported(exports: Entries, name: string): LiftedFunc | HostFunc {
  const hash = name.indexOf('#')
  const outer = exports.get(hash < 0 ? name : name.slice(0, hash))
  const entry = hash >= 0 && outer?.sort === 'instance' ? outer.entries.get(name.slice(hash + 1)) : outer
  if (entry?.sort === 'func') return entry.func
  throw new Error(`the component declares ${name}, and has it not`)
}

/** What the root component imports: real functions where they have no effect, stubs for all others. */
function hostImports(root: ComponentBody, log: Log): Entries {
  return new Map(root.imports.flatMap(({ name, type }) => named(name, hostEntry(type, name, undefined, log))))
}

function named(name: string, entry: Entry | undefined): [string, Entry][] {
  return entry ? [[name, entry]] : []
}

function hostEntry(type: ExternType, instance: string, name: string | undefined, log: Log): Entry | undefined {
  switch (type.sort) {
    case 'func': {
      const full = withoutVersion(name === undefined ? instance : `${instance}.${name}`)
      return { sort: 'func', func: new HostFunc(full, hostFunction(instance, name), log) }
    }
    case 'instance':
      return { sort: 'instance', entries: hostInstance(type.exports, instance, log) }
    case 'type':
      if (type.type.kind !== 'resource') return undefined
      return { sort: 'type', type: hostResource(withoutVersion(type.type.resource.name)) }
    default:
      return undefined
  }
}

function hostInstance(exports: readonly ExternDecl[], instance: string, log: Log): Entries {
  return new Map(exports.flatMap(one => named(one.name, hostEntry(one.type, instance, one.name, log))))
}
