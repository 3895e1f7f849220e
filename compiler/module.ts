import { diagnose, type Diagnostic, type DiagnosticName, type Fix, type ParamsOf } from '../grammar/diagnostics.ts'
import type { Const, EffectDeclaration, Job, Module, Name, Operation, Param, Test } from '../grammar/nodes.ts'
import { unit } from '../dag/types.ts'
import { checkBlock, checkTyped, expectBlock } from './check/block.ts'
import { expect } from './check/expression.ts'
import { finish } from './check/finish.ts'
import { newContext, noteLocal, type Context, type ModuleContext, type Typed } from './check/context.ts'
import { closeEffects } from './check/effects.ts'
import { checkInterface } from './check/secrets.ts'
import { readSettings } from './check/settings.ts'
import { checkTests } from './check/tests.ts'
import { typeOfNode } from './check/types.ts'
import { checkUses } from './check/uses.ts'
import type { Binding, CheckedJob, CheckedOperation, CheckedTest, Core } from './core.ts'
import type { Host } from './interface.ts'
import { close, lastVariable, lost, resolve, show, variable, type Open } from './open.ts'
import { definitionOrder } from './order.ts'
import { declareAll, duplicate, type Scope, type Symbol } from './scope.ts'

/** A file after checking. Where `diagnostics` has an error the jobs are not fit to be lowered. */
export interface CheckedModule {
  file: string
  scope: Scope
  jobs: Map<string, CheckedJob>
  /** In the order of the source. */
  tests: CheckedTest[]
  diagnostics: Diagnostic[]
}

/** Where a file is, and what it holds (`ModuleContext`). */
export type Place = Pick<ModuleContext, 'file' | 'path' | 'root' | 'text'>

/**
 * The context of a file, before anything in it is known.
 *
 * @param diagnostics those of the whole program
 */
export function moduleContext(host: Host, place: Place, diagnostics: Diagnostic[] = []): ModuleChecker {
  return new ModuleChecker(host, place, diagnostics)
}

/** Checks a file whose names are declared: every type, every call. */
export function checkModule(checker: ModuleChecker): CheckedModule {
  const { file, scope, diagnostics, jobs } = checker
  checker.define()
  for (const symbol of scope.values()) {
    // What is imported was checked with its own file.
    if (symbol.home !== checker) continue
    if (symbol.kind === 'job') checker.jobOf(symbol)
    if (symbol.kind === 'effect') checker.operationsOf(symbol)
    checker.checkBodies()
  }
  checker.findCycles()
  const tests = checkTests(checker, checker.tests)
  checker.end()
  return { file, scope, jobs, tests, diagnostics }
}

/** The scheme of a URL (RFC 3986, 3.1) with its colon, in small letters. */
const SCHEME = /^[a-z][a-z0-9+.-]*:$/

export class ModuleChecker implements ModuleContext {
  readonly host: Host
  readonly file: string
  readonly path: string
  readonly root: string
  readonly text: string
  readonly scope: Scope = new Map()
  readonly diagnostics: Diagnostic[]
  readonly unknownNames = new Set<string>()
  readonly jobs = new Map<string, CheckedJob>()
  config = {}
  /** Of the file: constants and defaults. */
  readonly constants: Core[] = []
  private readonly types = new Map<Symbol, Open | undefined>()
  private readonly consts = new Map<Symbol, Typed | undefined>()
  private readonly effects = new Map<Symbol, Map<string, CheckedOperation>>()
  private readonly callsOf = new Map<string, Context['calls']>()
  private readonly contexts = new Map<CheckedJob, Context>()
  tests: Test[] = []

  constructor(host: Host, { file, path, root, text }: Place, diagnostics: Diagnostic[]) {
    this.host = host
    this.file = file
    this.path = path
    this.root = root
    this.text = text
    this.diagnostics = diagnostics
  }

  /** Names what the file declares; what its imports stand for is put in afterwards. */
  declare(module: Module): void {
    declareAll(this, module)
    this.tests = module.items.filter(item => item.kind === 'Test')
    const [first, ...more] = module.items.filter(item => item.kind === 'Config')
    if (first) this.config = readSettings(this, first.entries)
    for (const again of more) this.report('RepeatedSetting', { name: 'config' }, again)
  }

  /** Finds out what types, constants and the results of jobs are that do not say so, each behind what it is made of. */
  define(): void {
    const own = [...this.scope.values()].filter(symbol => symbol.home === this)
    const types = own.filter(symbol => symbol.kind === 'type')
    const ofTypes = definitionOrder(types, this.scope, ({ node }) => [node.type])
    this.breakCircles(ofTypes.circles, 'type', this.types)
    for (const symbol of ofTypes.order) this.typeOf(symbol)
    const consts = own.filter(symbol => symbol.kind === 'const')
    const ofConsts = definitionOrder(consts, this.scope, ({ node }) => [node.value])
    this.breakCircles(ofConsts.circles, 'constant', this.consts)
    for (const symbol of ofConsts.order) this.constOf(symbol)
    const open = own.filter(symbol => symbol.kind === 'job').filter(({ node }) => !node.result)
    const ofJobs = definitionOrder(open, this.scope, ({ node }) => [node.body])
    for (const [first] of ofJobs.circles) if (first) this.bodies.push(this.declareJob(first))
    for (const symbol of ofJobs.order) this.jobOf(symbol)
  }

  /** Definitions that are made of themselves are reported once, and stand for nothing. */
  private breakCircles<T>(circles: Symbol[][], what: string, known: Map<Symbol, T | undefined>): void {
    for (const circle of circles) {
      const [first] = circle
      if (!first || known.has(first) || first.kind === 'lost') continue
      for (const symbol of circle) known.set(symbol, undefined)
      const cycle = [...circle, first].map(symbol => symbol.name)
      this.report('RecursiveDefinition', { what, cycle }, first.node.name)
    }
  }

  private report<N extends DiagnosticName>(
    name: N,
    params: ParamsOf<N>,
    node: { start: number; end: number },
    fixes: Fix[] = [],
  ): void {
    const span = { file: this.file, start: node.start, end: node.end }
    this.diagnostics.push(diagnose(name, params, span, { fixes }))
  }

  typeOf(symbol: Symbol & { kind: 'type' }): Open {
    if (symbol.home !== this) return symbol.home.typeOf(symbol)
    return once(this.types, symbol, () => typeOfNode(this, symbol.node.type)) ?? lost()
  }

  constOf(symbol: Symbol & { kind: 'const' }): Typed {
    if (symbol.home !== this) return symbol.home.constOf(symbol)
    const found = once(this.consts, symbol, () => this.checkConst(symbol.node))
    return found ?? { core: { kind: 'error' }, type: lost() }
  }

  private checkConst(node: Const): Typed {
    const context = newContext(this, { constant: 'A constant' })
    const typed = checkTyped(context, node)
    finish(context)
    this.constants.push(typed.core)
    return typed
  }

  jobOf(symbol: Symbol & { kind: 'job' }): CheckedJob {
    if (symbol.home !== this) return symbol.home.jobOf(symbol)
    const known = this.jobs.get(symbol.name)
    if (known) return known
    const check = this.declareJob(symbol)
    // Where the result is not annotated the body tells it; else the signature is enough.
    if (symbol.node.result) this.bodies.push(check)
    else check()
    return this.jobs.get(symbol.name)!
  }

  /** Finds the signature of a job out, and gives the check of its body. */
  private declareJob({ name, node }: Symbol & { kind: 'job' }): () => void {
    const context = newContext(this)
    const job: CheckedJob = {
      name,
      file: this.file,
      exported: node.exported,
      params: this.checkParams(context, node.params),
      body: { params: [], statements: [], value: { kind: 'error' } },
      result: node.result ? typeOfNode(this, node.result) : variable(),
      config: this.config,
      site: { file: this.file, start: node.name.start, end: node.name.end, name },
      effects: new Map(),
    }
    this.jobs.set(name, job)
    return () => this.checkBody(context, node, job)
  }
  private readonly bodies: (() => void)[] = []

  atEnd(check: () => void): void {
    this.ends.push(check)
  }
  private readonly ends: (() => void)[] = []

  /** Checks what was put off; the files that this one imports have come to their ends before. */
  end(): void {
    closeEffects(this.contexts)
    for (const check of this.ends) check()
  }

  /** Checks the bodies of the jobs whose signatures were asked for. */
  checkBodies(): void {
    for (let next = this.bodies.pop(); next; next = this.bodies.pop()) next()
  }

  effectOf(symbol: Symbol & { kind: 'effect' }, operation: string): CheckedOperation | undefined {
    if (symbol.home !== this) return symbol.home.effectOf(symbol, operation)
    return this.operationsOf(symbol).get(operation)
  }

  /** The operations of an effect of this file, by their names. */
  operationsOf(symbol: Symbol & { kind: 'effect' }): Map<string, CheckedOperation> {
    const known = this.effects.get(symbol)
    if (known) return known
    const operations = new Map<string, CheckedOperation>()
    this.effects.set(symbol, operations)
    this.checkEffect(symbol.node)
    for (const node of symbol.node.operations)
      if (!operations.has(node.name.text)) operations.set(node.name.text, this.checkOperation(symbol, node))
    return operations
  }

  private checkEffect({ name, scheme, operations }: EffectDeclaration): void {
    if (!SCHEME.test(scheme.value) && scheme.start < scheme.end) {
      const near = `${scheme.value.replace(/:.*/s, '').toLowerCase()}:`
      this.report('EffectScheme', { scheme: scheme.value, near: SCHEME.test(near) ? near : undefined }, scheme)
    }
    if (operations.length === 0) this.report('EmptyEffect', { name: name.text }, name)
    const seen = new Map<string, Name>()
    for (const { name } of operations) {
      const first = seen.get(name.text)
      if (first) this.diagnostics.push(duplicate(name, 'an operation', first, this.file))
      else if (name.text !== '') seen.set(name.text, name)
    }
  }

  private checkOperation(symbol: Symbol & { kind: 'effect' }, node: Operation): CheckedOperation {
    return {
      op: `${symbol.name}/${node.name.text}`,
      scheme: symbol.node.scheme.value,
      operation: node.operation,
      params: this.checkParams(newContext(this), node.params),
      result: node.result ? typeOfNode(this, node.result) : unit,
    }
  }

  private checkParams(context: Context, params: Param[]): CheckedJob['params'] {
    const seen = new Map<string, Name>()
    return params.map(param => {
      const first = seen.get(param.name.text)
      if (first) this.diagnostics.push(duplicate(param.name, 'a parameter', first, this.file))
      else seen.set(param.name.text, param.name)
      const type = typeOfNode(this, param.type)
      // Which of two is meant where the name is used is not known.
      const binding: Binding = { name: param.name.text, type: first ? lost() : type, at: param.name }
      noteLocal(this, binding)
      if (!param.default) return { binding }
      const constants = newContext(this, { constant: 'The default of a parameter' })
      const value = expect(constants, param.default, binding.type)
      finish(constants)
      this.constants.push(value)
      context.failed ||= constants.failed
      return { binding, default: value }
    })
  }

  private checkBody(context: Context, node: Job, job: CheckedJob): void {
    this.callsOf.set(job.name, context.calls)
    this.contexts.set(job, context)
    for (const { binding } of job.params) {
      context.locals.set(binding.name, binding)
      context.sources.set(binding, undefined)
    }
    if (!node.body.value) context.failed = true
    if (node.result && node.body.value) job.body = expectBlock(context, node.body, [], job.result)
    else {
      const { body, type } = checkBlock(context, node.body, [])
      job.body = body
      const open = resolve(job.result)
      if (open.kind === 'variable' && !open.lost && open !== resolve(type)) open.bound = lastVariable(type) ?? type
      // Where the body has lost its value, callers go by what is promised.
      else if (!node.result) job.result = type
    }
    finish(context)
    checkInterface(context, node, job)
    checkUses(context, node, job)
    if (node.exported && !node.result && node.body.value && !context.failed) {
      const { start } = node.uses ?? node.body
      const type = show(job.result)
      const edits = [{ start, end: start, text: `-> ${type} ` }]
      const isWhole = close(job.result) !== undefined && !type.endsWith('…')
      const fixes = isWhole ? [{ title: `Write \`-> ${type}\``, edits }] : []
      this.report('ResultTypeNeeded', { name: job.name, type }, node.name, fixes)
    }
  }

  /** A job that calls itself, over however many others, is reported once for each cycle. */
  findCycles(): void {
    const done = new Set<string>()
    for (const root of this.callsOf.keys()) {
      /** The jobs that call each other from the root on, in that order. */
      const path = new Map<string, Iterator<Context['calls'][number]>>()
      const open: string[] = []
      const enter = (name: string): void => {
        path.set(name, (this.callsOf.get(name) ?? []).values())
        open.push(name)
      }
      if (!done.has(root)) enter(root)
      for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
        const next = path.get(top)!.next()
        if (next.done) {
          done.add(top)
          path.delete(top)
          open.pop()
        } else this.follow(next.value, path, done, enter)
      }
    }
  }

  private follow(
    { job, node }: Context['calls'][number],
    path: Map<string, unknown>,
    done: Set<string>,
    enter: (name: string) => void,
  ): void {
    // Files do not import each other, so that no cycle leads over another one.
    if (job.home !== this) return
    if (path.has(job.name)) {
      const names = [...path.keys()]
      this.report('RecursiveJob', { cycle: [...names.slice(names.indexOf(job.name)), job.name] }, node)
    } else if (!done.has(job.name)) enter(job.name)
  }
}

/** Computes what a symbol stands for at its first use; nothing while it is computed. */
function once<T>(known: Map<Symbol, T | undefined>, symbol: Symbol, compute: () => T): T | undefined {
  if (known.has(symbol)) return known.get(symbol)
  known.set(symbol, undefined)
  const value = compute()
  known.set(symbol, value)
  return value
}
