import { settle, settleOne } from '../grammar/moves.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Import, ImportNames, Item, Job, Module, Node, Test } from '../grammar/nodes.ts'
import { Lines } from '../grammar/source.ts'
import { hasResult } from '../grammar/unread.ts'
import { newContext, note, type Context, type ModuleContext, type Typed } from './check/context.ts'
import { define } from './check/definitions.ts'
import { closeEffects, isComplete, staysPure } from './check/effects.ts'
import { checkBody, checkSignature } from './check/job.ts'
import { readSettings } from './check/settings.ts'
import { checkTest } from './check/tests.ts'
import type { CheckedJob, CheckedOperation, CheckedTest, Core } from './core.ts'
import { cyclesOf } from './cycles.ts'
import type { Host } from './interface.ts'
import { hasBody, isDefinition, type Definition } from './kinds.ts'
import { newNotes, type Notes } from './notes.ts'
import { lost, type Open } from './open.ts'
import { definitionOrder, mentions } from './order.ts'
import { Prints } from './prints.ts'
import { replacedItems, type Replaced } from './replaced.ts'
import { declareAll, redeclare, type Scope, type Symbol } from './scope.ts'
import { Unit, type Surroundings } from './unit.ts'

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

/** The items that were declared, the imports among them, and how many names they have. */
interface Declared {
  items: Item[]
  imports: (Import | ImportNames)[]
  names: number
}

type DefinitionSymbol = Symbol & { node: Definition; kind: 'type' | 'const' | 'effect' }
type JobSymbol = Symbol & { kind: 'job' }

/** So often it is followed from one job to those that use it what has changed. */
const WAVES = 8

/** So many jobs whose results only their bodies tell are looked at where they may ask for each other, in any order. */
const MOST_OPEN = 64

/**
 * Checks a file, again and again where it is kept: what it declares is checked anew only where it, or something that it
 * names, has changed (`Unit`).
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
  suggestionsOfBodies = 0
  /** Of what is no unit; absent where nobody asks. */
  notes: Notes | undefined
  jobs = new Map<string, CheckedJob>()
  config = {}
  /**
   * Another object each time that what names of the file stand for is something else, whatever stands in the jobs whose
   * signatures are what they were.
   */
  meanings: object = {}
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
  private replaced: Map<string, Replaced<Job>> | undefined
  /** Definitions that are to be looked at, in whose place others stand or that are made of such. */
  private readonly stale = new Set<string>()
  /** Jobs that are to be looked at again. */
  private readonly again = new Set<string>()
  private defined = false
  /** Definitions that are asked for while it is not known yet what all imports are; they are looked at again then. */
  private readonly early = new Map<Definition, Unit>()
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
    this.unknownNames.clear()
    this.defined = false
    this.early.clear()
    this.ends.length = 0
    if (this.notes) this.notes = newNotes()
  }

  /** How often it has begun: what was given of the file before is not good any more. */
  times = 0

  /** Of the file: constants and defaults. */
  get constants(): Core[] {
    return [...this.constant].flatMap(unit => unit.constants)
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
    const bodies = items.filter(hasBody).length
    // The time that it takes to look for near names is bounded for the file, whatever is wrong in it.
    this.suggestions = Math.ceil(Math.min(200, 400_000 / items.length))
    this.suggestionsOfBodies = bodies > 4000 ? 0 : Math.ceil(2000 / Math.max(10, bodies))
    const [first, ...more] = items.filter(item => item.kind === 'Config')
    this.config = first ? readSettings(this, first.entries) : {}
    for (const { start, end } of more)
      this.diagnostics.push(diagnose('RepeatedSetting', { name: 'config' }, { file: this.file, start, end }))
    const isRight = this.diagnostics.length === before
    const imports = items.filter(item => item.kind === 'Import' || item.kind === 'ImportNames')
    this.declared = isRight ? { items, imports, names: this.scope.size } : undefined
  }

  /** What stands in the place of something, where nothing else is different since the file was declared. */
  private canGoOn({ items: before, names }: Declared, items: Item[]): Replaced[] | undefined {
    // Imports may have brought in names that nothing declares.
    if (this.scope.size !== names) return undefined
    const replaced = replacedItems(before, items)
    if (!replaced) return undefined
    const noisy = [...this.noisy, ...this.unended].filter(unit => unit.isNoisy)
    const open = [...noisy.map(({ node }) => node), ...replaced.map(pair => pair.before)].filter(isOpenJob)
    return open.length > MOST_OPEN || open.some(node => this.circular.has(node)) ? undefined : replaced
  }

  /** Declares what stands in the place of something. What was found of all others is what would be found again. */
  private goOn(declared: Declared, items: Item[], replaced: Replaced[]): void {
    this.declared = { ...declared, items }
    this.replaced ??= new Map()
    for (const unit of [...this.noisy, ...this.unended]) if (unit.isNoisy) this.lookAgain(unit)
    for (const item of declared.imports) redeclare(this, item)
    for (const { before, now } of replaced) {
      const unit = this.units.get(before) ?? this.before.get(before)
      if (unit) this.lookAgain(unit)
      this.before.delete(before)
      if (now.kind === 'Test') this.tests[this.tests.indexOf(before as Test)] = now
      else {
        redeclare(this, now)
        const name = now.name.text
        this.unlooked?.add(name)
        if (before.kind === 'Job' && now.kind === 'Job')
          this.replaced.set(name, { before: this.replaced.get(name)?.before ?? before, now })
        else this.stale.add(name)
      }
    }
    this.lookAgainAtUsers()
  }

  /** Leaves it open what definitions are that are made of such as are to be looked at. */
  private lookAgainAtUsers(): void {
    if (this.stale.size === 0) return
    const users = new Map<string, Unit[]>()
    for (const unit of this.units.values())
      if (isDefinition(unit.node))
        for (const name of mentions(unit.node)) {
          const known = users.get(name)
          if (known) known.push(unit)
          else users.set(name, [unit])
        }
    // More are added while this goes on.
    for (const name of this.stale)
      for (const unit of users.get(name) ?? []) if (this.units.has(unit.node)) this.lookAgain(unit)
  }

  /** Leaves it open whether what was found of a unit is what would be found. */
  private lookAgain(unit: Unit): void {
    const { node, job } = unit
    for (const units of [this.noisy, this.unended, this.constant]) units.delete(unit)
    this.units.delete(node)
    this.bodies.delete(node)
    this.before.set(node, unit)
    if (isDefinition(node)) {
      this.stale.add(node.name.text)
      this.unlooked?.add(node.name.text)
    }
    if (!job) return
    this.again.add(job.name)
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
    this.meanings = {}
    this.circular.clear()
    this.bodies.clear()
    for (const units of [this.noisy, this.unended, this.constant]) units.clear()
    this.replaced = undefined
    this.stale.clear()
    this.again.clear()
    this.unlooked = undefined
    this.performs = true
    this.cyclic = true
  }

  /** Finds out what types, constants and the results of jobs are that do not say so, each behind what it is made of. */
  define(): void {
    if (this.defined) return
    this.defined = true
    const [told, unknown] = [this.diagnostics.length, [...this.unknownNames]]
    if (this.replaced && !this.follow(this.replaced)) {
      // Something else has changed as well: what was told of it is told again.
      this.diagnostics.length = told
      this.unknownNames.clear()
      for (const name of unknown) this.unknownNames.add(name)
      // Whatever is known by the scope that the file has is forgotten.
      this.scope = new Map(this.scope)
      this.forget()
    }
    if (!this.replaced) this.defineAll()
    this.replaced = undefined
    this.stale.clear()
    this.again.clear()
  }

  /**
   * Looks at what stands in the place of something, and leaves it open what those are that use what is something else now.
   *
   * @returns false where that is not all that has changed
   */
  private follow(replaced: ReadonlyMap<string, Replaced<Job>>): boolean {
    if (this.stale.size > 0) this.meanings = {}
    const imported = this.prints.forget(this.importedNames())
    const before = this.prints.forget([...this.stale, ...this.again, ...replaced.keys()])
    if (this.prints.changed(imported).size > 0) return false
    if (!this.defineThese(this.staleSymbols())) return false
    for (const [name, { before, now }] of replaced)
      if (!staysPure(this, name, before.body, now.body) || !this.isMadeOfSame(before, now)) return false
    let changed = this.prints.changed(before)
    // Those of whom only the signature was looked at have not asked for what they use.
    for (const name of this.stale) if (!before.has(name)) changed.add(name)
    for (let wave = 0; changed.size > 0; wave++) {
      this.meanings = {}
      const next = wave < WAVES && this.lookAgainAtJobs(changed)
      if (!next) return false
      changed = this.prints.changed(this.prints.forget(next))
    }
    return true
  }

  /** Definitions that are to be looked at, in the order in which all are. */
  private staleSymbols(): Symbol[] {
    const symbols = [...this.stale].map(name => this.scope.get(name)).filter(symbol => symbol !== undefined)
    return symbols.sort((a, b) => a.node.start - b.node.start)
  }

  /**
   * Leaves it open what jobs and tests are that use some names.
   *
   * @returns those of them that may be something else for others; undefined where they cannot be looked at by themselves
   */
  private lookAgainAtJobs(changed: ReadonlySet<string>): string[] | undefined {
    const next: string[] = []
    let open = 0
    for (const unit of [...this.units.values()]) {
      if (isDefinition(unit.node)) continue
      const place = unit.placeOf(changed)
      if (!place) continue
      const isOpen = isOpenJob(unit.node)
      if (this.circular.has(unit.node) || (isOpen && ++open > MOST_OPEN)) return undefined
      this.lookAgain(unit)
      if (unit.job && (isOpen || place === 'head')) next.push(unit.job.name)
    }
    return next
  }

  /** Whether a job whose result its body tells needs to know of the same others before it. */
  private isMadeOfSame(before: Job, now: Job): boolean {
    if (!isOpenJob(now)) return true
    const jobsIn = ({ body }: Job): string[] =>
      [...mentions(body)].filter(name => this.isOwnOf('job', this.scope.get(name)))
    return jobsIn(now).sort().join() === jobsIn(before).sort().join()
  }

  private isOwnOf<K extends Symbol['kind']>(kind: K, symbol: Symbol | undefined): symbol is Symbol & { kind: K } {
    return symbol?.kind === kind && symbol.home === this
  }

  /** The names under which the file imports something, and what it embeds. */
  private *importedNames(): Generator<string> {
    yield* this.prints.embedded
    for (const item of this.declared?.imports ?? [])
      if (item.kind === 'Import') yield item.name.text
      else for (const { name, alias } of item.names) yield (alias ?? name).text
  }

  private defineAll(): void {
    const own = [...this.scope.values()].filter(({ home }) => home === this)
    // What is made of itself is told each time.
    if (!this.defineThese(own)) this.declared = undefined
    this.defineJobs(own.filter(symbol => this.isOwnOf('job', symbol)).filter(({ node }) => isOpenJob(node)))
    for (const name of this.importedNames()) this.prints.of(name)
  }

  /** Finds out what definitions are; false where some are made of themselves. */
  private defineThese(symbols: Symbol[]): boolean {
    const types = symbols.filter(symbol => this.isOwnOf('type', symbol))
    const ofTypes = definitionOrder(types, this.scope, ({ node }) => [node.type])
    this.breakCircles(ofTypes.circles, 'type')
    for (const symbol of ofTypes.order) this.definition(symbol)
    const constants = symbols.filter(symbol => this.isOwnOf('const', symbol))
    const ofConstants = definitionOrder(constants, this.scope, ({ node }) => [node.value])
    this.breakCircles(ofConstants.circles, 'constant')
    for (const symbol of ofConstants.order) this.definition(symbol)
    for (const symbol of symbols) if (this.isOwnOf('effect', symbol)) this.definition(symbol)
    return ofTypes.circles.length + ofConstants.circles.length === 0
  }

  private defineJobs(symbols: JobSymbol[]): void {
    const ofJobs = definitionOrder(symbols, this.scope, ({ node }) => [node.body])
    for (const circle of ofJobs.circles) for (const { node } of circle) this.circular.add(node)
    for (const [first] of ofJobs.circles)
      if (first) {
        const unit = this.declareJob(first)
        this.bodies.set(first.node, () => this.checkBody(unit, first.node))
      }
    for (const symbol of ofJobs.order) this.jobOf(symbol)
  }

  /** Definitions that are made of themselves are reported once, and stand for nothing. */
  private breakCircles(circles: DefinitionSymbol[][], what: string): void {
    const told = new Set<Symbol>()
    for (const circle of circles) {
      const [first] = circle
      if (!first || told.has(first)) continue
      for (const symbol of circle) {
        told.add(symbol)
        this.put(symbol.node, this.newUnit(symbol))
      }
      const cycle = [...circle, first].map(symbol => symbol.name)
      const { start, end } = first.node.name
      this.diagnostics.push(diagnose('RecursiveDefinition', { what, cycle }, { file: this.file, start, end }))
    }
  }

  typeOf(symbol: Symbol & { kind: 'type' }): Open {
    if (symbol.home !== this) return symbol.home.typeOf(symbol)
    return this.definition(symbol).type ?? lost()
  }

  constOf(symbol: Symbol & { kind: 'const' }): Typed {
    if (symbol.home !== this) return symbol.home.constOf(symbol)
    return this.definition(symbol).value ?? { core: { kind: 'error' }, type: lost() }
  }

  effectOf(symbol: Symbol & { kind: 'effect' }, operation: string): CheckedOperation | undefined {
    if (symbol.home !== this) return symbol.home.effectOf(symbol, operation)
    return this.definition(symbol).operations?.get(operation)
  }

  /** A definition of this file; of one that is being looked at nothing is known yet. */
  private definition(symbol: DefinitionSymbol): Unit {
    const { node } = symbol
    const known = (this.defined ? this.units : this.early).get(node)
    if (known) return known
    const old = this.defined ? this.before.get(node) : undefined
    if (old?.isCurrent()) {
      this.put(node, old)
      return old
    }
    const unit = this.newUnit(symbol)
    if (!this.defined) this.early.set(node, unit)
    else this.put(node, unit)
    define(unit, symbol)
    if (this.defined) unit.settle()
    return unit
  }

  private newUnit(symbol: DefinitionSymbol): Unit {
    const unit = new Unit(this, symbol.node)
    note(unit, symbol.node.name, { kind: 'symbol', symbol })
    return unit
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
  private declareJob({ name, node }: JobSymbol): Unit {
    settleOne(node)
    const unit = this.unitOfJob(name, node)
    const symbol = this.scope.get(name)
    if (symbol) note(unit, node.name, { kind: 'symbol', symbol })
    const job = checkSignature(unit, name, node)
    const known = this.objects.get(name)
    unit.job = known ? Object.assign(known, job) : job
    this.objects.set(name, unit.job)
    this.jobs.set(name, unit.job)
    this.put(node, unit)
    return unit
  }

  private checkBody(unit: Unit, node: Job): void {
    // Its lines are when they are checked, or when they tell something.
    settleOne(node)
    checkBody(unit, node)
    if (!this.circular.has(node)) unit.settle()
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
    for (const name of this.unlooked ?? this.scope.keys()) {
      const symbol = this.scope.get(name)
      // What is imported was checked with its own file.
      if (symbol?.home === this) this.lookAt(symbol)
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
    this.lookAt(symbol)
    this.checkBodyOf(item)
  }

  private lookAt(symbol: Symbol): void {
    if (symbol.kind === 'job') this.jobOf(symbol)
    if (symbol.kind === 'type' || symbol.kind === 'const' || symbol.kind === 'effect') this.definition(symbol)
  }

  /** A job that calls itself, over however many others, is reported once for each cycle. */
  findCycles(): void {
    for (const unit of this.unended) if (unit.callsOthers()) this.cyclic = true
    if (!this.cyclic) return
    const callsOf = new Map<string, Context['calls']>()
    for (const symbol of this.scope.values()) {
      const context = symbol.kind === 'job' ? this.units.get(symbol.node)?.context : undefined
      if (context && context.calls.length > 0) callsOf.set(symbol.name, context.calls)
    }
    // Files do not import each other, so that no cycle leads over another one.
    const cycles = cyclesOf(callsOf, job => job.home === this)
    for (const { cycle, node } of cycles) {
      const span = { file: this.file, start: node.start, end: node.end }
      this.diagnostics.push(diagnose('RecursiveJob', { cycle }, span))
    }
    this.cyclic = cycles.length > 0
  }
}

/** Whether it is a job whose result only its body tells. */
function isOpenJob(node: Node): node is Job {
  return node.kind === 'Job' && !hasResult(node)
}
