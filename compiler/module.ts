import { settle, settleOne } from '../grammar/moves.ts'
import { diagnose, type Diagnostic, type DiagnosticName, type Fix, type ParamsOf } from '../grammar/diagnostics.ts'
import type {
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
import { Lines } from '../grammar/source.ts'
import { hasResult } from '../grammar/unread.ts'
import { unit } from '../dag/types.ts'
import { checkBlock, checkTyped, expectBlock } from './check/block.ts'
import { expect } from './check/expression.ts'
import { finish } from './check/finish.ts'
import { newContext, note, noteLocal, NodeSite, type Context, type ModuleContext, type Typed } from './check/context.ts'
import { closeEffects, isComplete, staysPure } from './check/effects.ts'
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
import { replacedItems, type Replaced } from './replaced.ts'
import { declareAll, duplicate, redeclare, type Scope, type Symbol } from './scope.ts'
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
export type Place = Pick<ModuleContext, 'file' | 'path' | 'root' | 'source'>

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
  const tests = checker.checkAll()
  checker.findCycles()
  checker.end()
  const { file, scope, diagnostics, jobs } = checker
  return { file, scope, jobs, tests, diagnostics }
}

/** The scheme of a URL (RFC 3986, 3.1) with its colon, in small letters. */
const SCHEME = /^[a-z][a-z0-9+.-]*:$/

/** The items that were declared, those of them that are no units, and how many names they have. */
interface Declared {
  items: Item[]
  others: Item[]
  names: number
}

type OwnSymbols = { [K in 'type' | 'const' | 'effect' | 'job']: (Symbol & { kind: K })[] }

/**
 * Checks a file, again and again where it is kept: all that it declares is looked at anew each time, but jobs and tests
 * only where they, or something that they name, have changed (`Unit`).
 */
export class ModuleChecker implements Surroundings {
  readonly host: Host
  readonly file: string
  readonly path: string
  root = ''
  source = new Lines('')
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
  /** Those of which it is not known whether they are what would be found now. */
  private before = new Map<Node, Unit>()
  /** Jobs by their names: who calls one holds the same object, however often it is checked. */
  private readonly objects = new Map<string, CheckedJob>()
  /** What is made of itself. */
  private readonly circular = new Set<Node>()
  private items: readonly Item[] = []
  private tests: Test[] = []
  /** What was declared last; absent where something was wrong with it. */
  private declared: Declared | undefined
  /** What stands in the place of what was there before, by names of jobs, where all else is what it was. */
  private replaced: Map<string, Replaced> | undefined
  private defined = false
  /** Names of jobs that have to be looked at; absent for all of them. */
  private unlooked: Set<string> | undefined
  /** Units whose ends have to come, since something is new in them. */
  private readonly unended = new Set<Unit>()
  /** Units of which something was told, that stands where it stood then. */
  private readonly noisy = new Set<Unit>()
  private readonly constant = new Set<Unit>()
  /** What jobs perform may be something else than what was found last. */
  private performs = true
  /** Jobs may call each other in a circle. */
  private cyclic = true

  constructor(host: Host, file: string, path: string) {
    this.host = host
    this.file = file
    this.path = path
  }

  /**
   * Begins with a source, of which nothing is known.
   *
   * @param diagnostics those of the whole program
   */
  begin({ root, source }: Pick<Place, 'root' | 'source'>, diagnostics: Diagnostic[]): void {
    this.times++
    this.root = root
    this.source = source
    this.diagnostics = diagnostics
    this.fileConstants = []
    this.types = new Map()
    this.consts = new Map()
    this.effects = new Map()
    this.unknownNames.clear()
    this.defined = false
    this.ends.length = 0
    if (this.notes) this.notes = newNotes()
  }

  /** How often it has begun: what was given of the file before is not good any more. */
  times = 0

  /** Of the file: constants and defaults. */
  get constants(): Core[] {
    return [...this.fileConstants, ...[...this.constant].flatMap(unit => unit.constants)]
  }

  /** What was noted of what stands in an item, or outside of all units. */
  notesOf(item: Node): Notes | undefined {
    return this.units.get(item)?.notes ?? this.notes
  }

  /** All that was noted, in the order of the source. */
  *allNotes(): Generator<Notes> {
    if (this.notes) yield this.notes
    for (const item of this.items) {
      const notes = this.units.get(item)?.notes
      if (notes) yield notes
    }
  }

  /** Whether all of its jobs have to be looked at. */
  get isNew(): boolean {
    return this.unlooked === undefined
  }

  get names(): string {
    return this.prints.names
  }

  fingerprint(name: string): string | undefined {
    return this.prints.of(name)
  }

  /** Names what the file declares; what its imports stand for is put in afterwards. */
  declare({ items }: Module): void {
    this.items = items
    const replaced = this.declared && this.canGoOn(this.declared, items)
    if (this.declared && replaced) this.goOn(this.declared, items, replaced)
    else this.declareAll(items)
  }

  private declareAll(items: Item[]): void {
    const before = this.diagnostics.length
    this.scope = new Map()
    this.forget()
    for (const item of items) settle(item)
    declareAll(this, items)
    this.tests = items.filter(item => item.kind === 'Test')
    const others = items.filter(item => !isUnit(item))
    const units = items.length - others.length
    // The time that it takes to look for near names is bounded for the file, whatever is wrong in it.
    this.suggestions = units > 4000 ? 0 : Math.ceil(2000 / Math.max(10, units))
    const [first, ...more] = others.filter(item => item.kind === 'Config')
    this.config = first ? readSettings(this, first.entries) : {}
    for (const again of more) this.report('RepeatedSetting', { name: 'config' }, again)
    const isRight = this.diagnostics.length === before
    this.declared = isRight ? { items, others, names: this.scope.size } : undefined
    this.own = { type: [], const: [], effect: [], job: [] }
    for (const symbol of this.scope.values())
      if (symbol.kind === 'job' ? !hasResult(symbol.node) : symbol.kind in this.own)
        this.own[symbol.kind as keyof OwnSymbols].push(symbol as never)
  }
  /** What the file itself declares, of jobs those that do not say what they result in. */
  private own: OwnSymbols = { type: [], const: [], effect: [], job: [] }

  /** What stands in the place of something, where nothing else is different since the file was declared. */
  private canGoOn({ items: before, names }: Declared, items: Item[]): Replaced[] | undefined {
    // Imports may have brought in names that nothing declares.
    if (this.scope.size !== names) return undefined
    // What is checked again is not to ask for another one that is.
    for (const { node } of [...this.noisy, ...this.unended]) if (node.kind === 'Job' && !node.result) return undefined
    return replacedItems(before, items)
  }

  /** Declares what stands in the place of something. What was found of all others is what would be found again. */
  private goOn(declared: Declared, items: Item[], replaced: Replaced[]): void {
    this.declared = { ...declared, items }
    this.replaced ??= new Map()
    for (const unit of [...this.noisy, ...this.unended]) if (unit.isNoisy) this.lookAgain(unit)
    for (const item of declared.others) redeclare(this, item)
    for (const pair of replaced) {
      const { before, now } = pair
      const unit = this.units.get(before) ?? this.before.get(before)
      if (unit) this.lookAgain(unit)
      this.before.delete(before)
      if (now.kind === 'Test') this.tests[this.tests.indexOf(before as Test)] = now
      else {
        redeclare(this, now)
        this.unlooked?.add(now.name.text)
        const first = this.replaced.get(now.name.text)?.before ?? before
        this.replaced.set(now.name.text, { before: first, now } as Replaced)
      }
    }
  }

  /** Leaves it open whether what was found of a unit is what would be found. */
  private lookAgain(unit: Unit): void {
    const { node, job } = unit
    for (const units of [this.noisy, this.unended, this.constant]) units.delete(unit)
    this.units.delete(node)
    this.bodies.delete(node)
    this.before.set(node, unit)
    if (!job) return
    this.performs ||= !isComplete(job)
    this.jobs.delete(job.name)
    this.unlooked?.add(job.name)
  }

  /** Leaves it open of all units. */
  private forget(): void {
    for (const [node, unit] of this.units) this.before.set(node, unit)
    this.units = new Map()
    this.jobs = new Map()
    this.prints = new Prints(this)
    this.circular.clear()
    this.bodies.clear()
    for (const units of [this.noisy, this.unended, this.constant]) units.clear()
    this.replaced = undefined
    this.unlooked = undefined
    this.performs = true
    this.cyclic = true
  }

  /** Finds out what types, constants and the results of jobs are that do not say so, each behind what it is made of. */
  define(): void {
    if (this.defined) return
    this.defined = true
    if (this.replaced && !this.prints.renew(this.importedNames())) this.startOver()
    const ofTypes = definitionOrder(this.own.type, this.scope, ({ node }) => [node.type])
    this.breakCircles(ofTypes.circles, 'type', this.types)
    for (const symbol of ofTypes.order) this.typeOf(symbol)
    const ofConsts = definitionOrder(this.own.const, this.scope, ({ node }) => [node.value])
    this.breakCircles(ofConsts.circles, 'constant', this.consts)
    for (const symbol of ofConsts.order) this.constOf(symbol)
    if (this.replaced && !this.areReplaced(this.replaced)) this.startOver()
    if (!this.replaced) this.defineJobs()
    this.replaced = undefined
  }

  /** Whether jobs are for others what those were in whose place they stand. */
  private areReplaced(replaced: Map<string, Replaced>): boolean {
    for (const [name, { before, now }] of replaced) if (!staysPure(this, name, before.body, now.body)) return false
    return this.prints.renew(replaced.keys())
  }

  /** Something else has changed as well, so that nothing is known of any unit. */
  private startOver(): void {
    // Whatever is known by the scope that the file has is forgotten.
    this.scope = new Map(this.scope)
    this.forget()
  }

  /** The names under which the file imports something, and what it embeds. */
  private *importedNames(): Generator<string> {
    yield* this.prints.embedded
    for (const item of this.declared?.others ?? [])
      if (item.kind === 'Import') yield item.name.text
      else if (item.kind === 'ImportNames') for (const { name, alias } of item.names) yield (alias ?? name).text
  }

  private defineJobs(): void {
    const ofJobs = definitionOrder(this.own.job, this.scope, ({ node }) => [node.body])
    for (const circle of ofJobs.circles) for (const { node } of circle) this.circular.add(node)
    for (const [first] of ofJobs.circles)
      if (first) {
        const unit = this.declareJob(first)
        this.bodies.set(first.node, () => this.checkBody(unit, first.node))
      }
    for (const symbol of ofJobs.order) this.jobOf(symbol)
    for (const name of this.importedNames()) this.prints.of(name)
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
      this.put(node, kept)
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
    settleOne(node)
    const unit = this.unitOfJob(name, node)
    const symbol = this.scope.get(name)
    if (symbol) note(unit, node.name, { kind: 'symbol', symbol })
    unit.lines.begin(node.body.statements, unit.notes)
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
    this.put(node, unit)
    return unit
  }

  private put(node: Node, unit: Unit): void {
    this.units.set(node, unit)
    this.unended.add(unit)
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

  /** Checks all that the file declares, but for what is put off until the end. */
  checkAll(): CheckedTest[] {
    this.define()
    for (const symbol of this.own.effect) this.operationsOf(symbol)
    for (const name of this.unlooked ?? this.scope.keys()) {
      const symbol = this.scope.get(name)
      // What is imported was checked with its own file.
      if (symbol?.kind === 'job' && symbol.home === this) this.jobOf(symbol)
      this.checkBodies()
    }
    const tests = this.checkTests()
    if (!this.unlooked) for (const name of this.jobUnits.keys()) if (!this.jobs.has(name)) this.jobUnits.delete(name)
    this.unlooked = new Set()
    this.before.clear()
    return tests
  }

  private checkTests(): CheckedTest[] {
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
    this.put(node, unit)
    if (!kept) settle(node)
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
    for (const { job, context } of this.unended)
      if (job && context && (context.failed || context.performers.length > 0)) this.performs = true
    const units = this.performs ? this.units.values() : this.unended
    this.performs = this.performs && this.addUp()
    for (const unit of units) {
      for (const diagnostic of unit.end()) this.diagnostics.push(diagnostic)
      if (unit.isNoisy) this.noisy.add(unit)
      if (unit.constants.length > 0) this.constant.add(unit)
    }
    this.unended.clear()
    for (const check of this.ends) check()
  }

  /** Adds up what the jobs perform; whether that depends on what jobs of other files do. */
  private addUp(): boolean {
    const contexts = new Map<CheckedJob, Context>()
    for (const { job, context } of this.units.values()) if (job && context) contexts.set(job, context)
    closeEffects(contexts)
    for (const { performers } of contexts.values())
      if (performers.some(performer => performer.kind === 'job' && performer.job.file !== this.file)) return true
    return false
  }

  /** Checks the bodies of the jobs whose signatures were asked for. */
  private checkBodies(): void {
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
    // Its lines are when they are checked, or when they tell something.
    settleOne(node)
    const [job, context] = [unit.job!, unit.context!]
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
    for (const { context } of this.unended) if (context && context.calls.length > 0) this.cyclic = true
    if (!this.cyclic) return
    const callsOf = new Map<string, Context['calls']>()
    for (const symbol of this.scope.values()) {
      const context = symbol.kind === 'job' ? this.units.get(symbol.node)?.context : undefined
      if (context && context.calls.length > 0) callsOf.set(symbol.name, context.calls)
    }
    // Files do not import each other, so that no cycle leads over another one.
    const cycles = cyclesOf(callsOf, job => job.home === this)
    for (const { cycle, node } of cycles) this.report('RecursiveJob', { cycle }, node)
    this.cyclic = cycles.length > 0
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
