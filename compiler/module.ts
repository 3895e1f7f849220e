import { diagnose, type Diagnostic, type DiagnosticName, type Fix, type ParamsOf } from '../grammar/diagnostics.ts'
import type {
  Config,
  Const,
  EffectDeclaration,
  Item,
  Job,
  Module,
  Name,
  Node,
  Operation,
  Param,
  Test,
} from '../grammar/nodes.ts'
import { unit } from '../dag/types.ts'
import { checkBlock, checkTyped, expectBlock } from './check/block.ts'
import { expect } from './check/expression.ts'
import { finish } from './check/finish.ts'
import { newContext, note, noteLocal, NodeSite, type Context, type ModuleContext, type Typed } from './check/context.ts'
import { closeEffects } from './check/effects.ts'
import { checkInterface } from './check/secrets.ts'
import { readSettings } from './check/settings.ts'
import { checkTest } from './check/tests.ts'
import { typeOfNode } from './check/types.ts'
import { checkUses } from './check/uses.ts'
import type { Binding, CheckedJob, CheckedOperation, CheckedTest, Core } from './core.ts'
import type { Host } from './interface.ts'
import { newNotes, type Notes } from './notes.ts'
import { close, lastVariable, lost, resolve, show, variable, type Open } from './open.ts'
import { cyclesOf } from './cycles.ts'
import { definitionOrder } from './order.ts'
import { Prints } from './prints.ts'
import { declareAll, duplicate, type Scope, type Symbol } from './scope.ts'
import { isUnit, Unit, type Surroundings } from './unit.ts'

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
  const checker = new ModuleChecker(host, place.file, place.path)
  checker.begin(place, diagnostics)
  return checker
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
  const tests = checker.checkTests()
  checker.end()
  return { file, scope, jobs, tests, diagnostics }
}

/** The scheme of a URL (RFC 3986, 3.1) with its colon, in small letters. */
const SCHEME = /^[a-z][a-z0-9+.-]*:$/

/**
 * Checks a file, again and again where it is kept: all that it declares is looked at anew each time, but jobs and tests
 * only where they, or something that they name, have changed (`Unit`).
 */
export class ModuleChecker implements Surroundings {
  readonly host: Host
  readonly file: string
  readonly path: string
  root = ''
  text = ''
  scope: Scope = new Map()
  diagnostics: Diagnostic[] = []
  readonly unknownNames = new Set<string>()
  suggestions = 0
  /** Of what is no unit; absent where nobody asks. */
  notes: Notes | undefined
  jobs = new Map<string, CheckedJob>()
  config = {}
  private fileConstants: Core[] = []
  private types = new Map<Symbol, Open | undefined>()
  private consts = new Map<Symbol, Typed | undefined>()
  private effects = new Map<Symbol, Map<string, CheckedOperation>>()
  private prints = new Prints(this)
  private units = new Map<Node, Unit>()
  /** Of the time before. */
  private before = new Map<Node, Unit>()
  /** Jobs by their names: who calls one holds the same object, however often it is checked. */
  private readonly objects = new Map<string, CheckedJob>()
  /** What is made of itself. */
  private readonly circular = new Set<Node>()
  private tests: Test[] = []
  private defined = false
  /** All was checked. */
  private ended = false

  constructor(host: Host, file: string, path: string) {
    this.host = host
    this.file = file
    this.path = path
  }

  /**
   * Begins with a text, of which nothing is known.
   *
   * @param diagnostics those of the whole program
   */
  begin({ root, text }: Pick<Place, 'root' | 'text'>, diagnostics: Diagnostic[]): void {
    this.root = root
    this.text = text
    this.diagnostics = diagnostics
    this.scope = new Map()
    this.jobs = new Map()
    this.fileConstants = []
    this.types = new Map()
    this.consts = new Map()
    this.effects = new Map()
    this.prints = new Prints(this)
    // What was not looked at the last time is known from before that.
    if (this.ended) this.before = this.units
    else for (const [node, unit] of this.units) this.before.set(node, unit)
    this.ended = false
    this.units = new Map()
    this.unknownNames.clear()
    this.circular.clear()
    this.defined = false
    this.bodies.clear()
    this.ends.length = 0
    if (this.notes) this.notes = newNotes()
  }

  /** Of the file: constants and defaults. */
  get constants(): Core[] {
    return [...this.fileConstants, ...[...this.units.values()].flatMap(unit => unit.constants)]
  }

  /** What was noted of what stands in an item, or outside of all units. */
  notesOf(item: Node): Notes | undefined {
    return this.units.get(item)?.notes ?? this.notes
  }

  /** All that was noted. */
  *allNotes(): Generator<Notes> {
    if (this.notes) yield this.notes
    for (const { notes } of this.units.values()) if (notes) yield notes
  }

  get names(): string {
    return this.prints.names
  }

  fingerprint(name: string): string | undefined {
    return this.prints.of(name)
  }

  /** Names what the file declares; what its imports stand for is put in afterwards. */
  declare(module: Module): void {
    declareAll(this, module)
    this.tests = []
    const configs: Config[] = []
    let units = 0
    for (const item of module.items) {
      if (isUnit(item)) units++
      if (item.kind === 'Test') this.tests.push(item)
      if (item.kind === 'Config') configs.push(item)
    }
    // The time that it takes to look for near names is bounded for the file, whatever is wrong in it.
    this.suggestions = units > 4000 ? 0 : Math.ceil(2000 / Math.max(10, units))
    const [first, ...more] = configs
    if (first) this.config = readSettings(this, first.entries)
    for (const again of more) this.report('RepeatedSetting', { name: 'config' }, again)
  }

  /** Finds out what types, constants and the results of jobs are that do not say so, each behind what it is made of. */
  define(): void {
    if (this.defined) return
    this.defined = true
    const types: (Symbol & { kind: 'type' })[] = []
    const consts: (Symbol & { kind: 'const' })[] = []
    const open: (Symbol & { kind: 'job' })[] = []
    for (const symbol of this.scope.values()) {
      if (symbol.home !== this) continue
      if (symbol.kind === 'type') types.push(symbol)
      if (symbol.kind === 'const') consts.push(symbol)
      if (symbol.kind === 'job' && !symbol.node.result) open.push(symbol)
    }
    const ofTypes = definitionOrder(types, this.scope, ({ node }) => [node.type])
    this.breakCircles(ofTypes.circles, 'type', this.types)
    for (const symbol of ofTypes.order) this.typeOf(symbol)
    const ofConsts = definitionOrder(consts, this.scope, ({ node }) => [node.value])
    this.breakCircles(ofConsts.circles, 'constant', this.consts)
    for (const symbol of ofConsts.order) this.constOf(symbol)
    const ofJobs = definitionOrder(open, this.scope, ({ node }) => [node.body])
    for (const circle of ofJobs.circles) for (const { node } of circle) this.circular.add(node)
    for (const [first] of ofJobs.circles)
      if (first) {
        const unit = this.declareJob(first)
        this.bodies.set(first.node, () => this.checkBody(unit, first.node))
      }
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
    this.fileConstants.push(typed.core)
    return typed
  }

  jobOf(symbol: Symbol & { kind: 'job' }): CheckedJob {
    if (symbol.home !== this) return symbol.home.jobOf(symbol)
    const known = this.jobs.get(symbol.name)
    if (known) return known
    const { node } = symbol
    const old = this.before.get(node)
    const kept = old?.job && !this.circular.has(node) && old.isHeadCurrent() ? old : undefined
    const unit = kept ?? this.declareJob(symbol)
    if (kept?.job) {
      kept.job.config = this.config
      this.jobs.set(symbol.name, kept.job)
      this.units.set(node, kept)
    }
    const check = (): void => {
      if (!kept) this.checkBody(unit, node)
      else if (!kept.isCurrent()) this.checkBody(this.declareJob(symbol), node)
    }
    // Where the result is not annotated the body tells it; else the signature is enough.
    if (node.result) this.bodies.set(node, check)
    else check()
    return this.jobs.get(symbol.name)!
  }

  /** Finds the signature of a job out. */
  private declareJob({ name, node }: Symbol & { kind: 'job' }): Unit {
    const unit = this.unitOfJob(name, node)
    const symbol = this.scope.get(name)
    if (symbol) note(unit, node.name, { kind: 'symbol', symbol })
    const context = Object.assign(unit.context ?? {}, newContext(unit, { lines: unit.lines }))
    const job: CheckedJob = {
      name,
      file: this.file,
      exported: node.exported,
      params: this.checkParams(context, node.params, unit.constants),
      body: { params: [], statements: [], value: { kind: 'error' } },
      result: node.result ? typeOfNode(unit, node.result) : variable(),
      config: this.config,
      site: new NodeSite(this.file, name, node.name),
      effects: new Map(),
    }
    const known = this.objects.get(name)
    unit.job = known ? Object.assign(known, job) : job
    unit.context = context
    this.objects.set(name, unit.job)
    this.jobs.set(name, unit.job)
    this.units.set(node, unit)
    return unit
  }
  private readonly bodies = new Map<Node, () => void>()

  /** The unit that a job of this name had before, for another node, or a new one. */
  private unitOfJob(name: string, node: Job): Unit {
    const known = this.jobUnits.get(name)
    if (known) known.reset(node)
    const unit = known ?? new Unit(this, node)
    this.jobUnits.set(name, unit)
    return unit
  }
  private readonly jobUnits = new Map<string, Unit>()

  checkTests(): CheckedTest[] {
    const names = new Map<string, Test>()
    return this.tests.map(node => {
      const name = node.name.value
      const first = names.get(name) ?? node
      names.set(name, first)
      return this.checkTest(node, first)
    })
  }

  /** @param first the first one of its name */
  private checkTest(node: Test, first: Test | undefined): CheckedTest {
    const known = this.units.get(node)?.test
    if (known) return known
    const old = this.before.get(node)
    const kept = first === node && old?.test && old.isCurrent() ? old : undefined
    const unit = kept ?? new Unit(this, node)
    this.units.set(node, unit)
    if (kept) return Object.assign(kept.test!, { config: this.config })
    unit.context = newContext(unit)
    unit.test = checkTest(unit.context, node, first === node ? undefined : first)
    // Whether it is the second of its name depends on the ones above.
    if (first === node) unit.settle()
    return unit.test
  }

  atEnd(check: () => void): void {
    this.ends.push(check)
  }
  private readonly ends: (() => void)[] = []

  /** Checks what was put off; the files that this one imports have come to their ends before. */
  end(): void {
    this.ended = true
    const contexts = new Map<CheckedJob, Context>()
    for (const { job, context } of this.units.values()) if (job && context) contexts.set(job, context)
    closeEffects(contexts)
    for (const unit of this.units.values()) for (const diagnostic of unit.end()) this.diagnostics.push(diagnostic)
    for (const name of this.jobUnits.keys()) if (!this.jobs.has(name)) this.jobUnits.delete(name)
    for (const check of this.ends) check()
  }

  /** Checks the bodies of the jobs whose signatures were asked for. */
  checkBodies(): void {
    for (const node of this.bodies.keys()) this.checkBodyOf(node)
  }

  private checkBodyOf(node: Node): void {
    const check = this.bodies.get(node)
    this.bodies.delete(node)
    check?.()
  }

  /** Checks one item of the file and nothing more, as far as that goes before all others are checked. */
  look(item: Item): void {
    this.define()
    if (item.kind === 'Test') {
      if (this.tests.includes(item))
        this.checkTest(
          item,
          this.tests.find(({ name }) => name.value === item.name.value),
        )
      return
    }
    const symbol = 'name' in item ? this.scope.get(item.name.text) : undefined
    if (symbol?.home !== this || symbol.node !== item) return
    if (symbol.kind === 'type') this.typeOf(symbol)
    if (symbol.kind === 'const') this.constOf(symbol)
    if (symbol.kind === 'effect') this.operationsOf(symbol)
    if (symbol.kind !== 'job') return
    this.jobOf(symbol)
    this.checkBodyOf(item)
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
    const operation: CheckedOperation = {
      op: `${symbol.name}/${node.name.text}`,
      scheme: symbol.node.scheme.value,
      operation: node.operation,
      params: this.checkParams(newContext(this), node.params, this.fileConstants),
      result: node.result ? typeOfNode(this, node.result) : unit,
    }
    note(this, node.name, { kind: 'operation', effect: symbol, operation })
    return operation
  }

  private checkParams(context: Context, params: Param[], constants: Core[]): CheckedJob['params'] {
    const { module } = context
    const seen = new Map<string, Name>()
    return params.map(param => {
      const first = seen.get(param.name.text)
      if (first) module.diagnostics.push(duplicate(param.name, 'a parameter', first, this.file))
      else seen.set(param.name.text, param.name)
      const type = typeOfNode(module, param.type)
      // Which of two is meant where the name is used is not known.
      const { text } = param.name
      const found: Binding = { name: text, type: first ? lost() : type, at: param.name }
      const binding = context.lines?.bind(found, `(${text}`) ?? found
      noteLocal(module, binding)
      if (!param.default) return { binding }
      const inside = newContext(module, { constant: 'The default of a parameter' })
      const value = expect(inside, param.default, binding.type)
      finish(inside)
      constants.push(value)
      context.failed ||= inside.failed
      return { binding, default: value }
    })
  }

  private checkBody(unit: Unit, node: Job): void {
    const [job, context] = [unit.job!, unit.context!]
    unit.lines.begin(node.body.statements, unit.notes)
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
      const span = { file: this.file, start: node.name.start, end: node.name.end }
      unit.diagnostics.push(diagnose('ResultTypeNeeded', { name: job.name, type }, span, { fixes }))
    }
    if (!this.circular.has(node)) unit.settle()
  }

  /** A job that calls itself, over however many others, is reported once for each cycle. */
  findCycles(): void {
    const callsOf = new Map<string, Context['calls']>()
    for (const { job, context } of this.units.values())
      if (job && context && context.calls.length > 0) callsOf.set(job.name, context.calls)
    // Files do not import each other, so that no cycle leads over another one.
    for (const { cycle, node } of cyclesOf(callsOf, job => job.home === this))
      this.report('RecursiveJob', { cycle }, node)
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
