import { settle } from '../grammar/moves.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Item, Job, Module, Node, Test } from '../grammar/nodes.ts'
import { Lines } from '../grammar/source.ts'
import { Changes } from './changes.ts'
import { newContext, type ModuleContext, type Typed } from './check/context.ts'
import { readSettings } from './check/settings.ts'
import { checkTest } from './check/tests.ts'
import type { CheckedJob, CheckedOperation, CheckedTest, Core } from './core.ts'
import { Definitions } from './definitions.ts'
import type { Host } from './interface.ts'
import { Jobs } from './jobs.ts'
import { hasBody } from './kinds.ts'
import { newNotes, type Notes } from './notes.ts'
import { lost, type Open } from './open.ts'
import { Prints } from './prints.ts'
import { declareAll, type Clashing, type Scope, type Symbol } from './scope.ts'
import { Unit, type Surroundings } from './unit.ts'
import { Units } from './units.ts'

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
  clashing: Clashing = new Map()
  diagnostics: Diagnostic[] = []
  readonly unknownNames = new Set<string>()
  suggestions = 0
  suggestionsOfBodies = 0
  /** Of what is no unit; absent where nobody asks. */
  notes: Notes | undefined
  config = {}
  private readonly prints = new Prints(this)
  private readonly units = new Units()
  private readonly definitions = new Definitions(this, this.units)
  private readonly checkedJobs = new Jobs(this, this.units)
  private readonly changes: Changes
  private items: readonly Item[] = []
  /** Each test and the first one of its name; absent before it is asked for. */
  private knownTests: ReadonlyMap<Test, Test> | undefined
  private defined = false

  constructor(host: Host, file: string, path: string) {
    this.host = host
    this.file = file
    this.path = path
    const { units, definitions, checkedJobs: jobs, prints } = this
    this.changes = new Changes(this, { units, definitions, jobs, prints })
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
    this.definitions.begin()
    this.ends.length = 0
    if (this.notes) this.notes = newNotes()
  }

  /** How often it has begun: what was given of the file before is not good any more. */
  times = 0

  /** Of the file: constants and defaults. */
  get constants(): Core[] {
    return this.units.constants
  }

  get jobs(): Map<string, CheckedJob> {
    return this.checkedJobs.all
  }

  /** What was found of a job, whatever others have its name; absent before it is asked for. */
  jobAt(node: Job): CheckedJob | undefined {
    return this.units.get(node)?.job
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
    return this.changes.unlooked === undefined
  }

  /** Another object each time that what names of the file stand for is something else (`Changes`). */
  get meanings(): object {
    return this.changes.meanings
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
    this.knownTests = undefined
    if (!this.changes.take(items)) this.declareAll(items)
  }

  private declareAll(items: Item[]): void {
    const before = this.diagnostics.length
    this.scope = new Map()
    this.changes.forget()
    for (const item of items) settle(item)
    this.clashing = declareAll(this, items)
    const bodies = items.filter(hasBody).length
    // The time that it takes to look for near names is bounded for the file, whatever is wrong in it.
    this.suggestions = Math.ceil(Math.min(200, 400_000 / items.length))
    this.suggestionsOfBodies = bodies > 4000 ? 0 : Math.ceil(2000 / Math.max(10, bodies))
    const [first, ...more] = items.filter(item => item.kind === 'Config')
    this.config = first ? readSettings(this, first.entries) : {}
    for (const { start, end } of more)
      this.diagnostics.push(diagnose('RepeatedSetting', { name: 'config' }, { file: this.file, start, end }))
    if (this.diagnostics.length === before) this.changes.begin(items)
    else this.changes.startOver()
  }

  /** Finds out what types, constants and the results of jobs are that do not say so, each behind what it is made of. */
  define(): void {
    if (this.defined) return
    this.defined = true
    this.definitions.imported()
    const [told, unknown] = [this.diagnostics.length, [...this.unknownNames]]
    if (this.changes.areFew && !this.changes.follow()) {
      // Something else has changed as well: what was told of it is told again.
      this.diagnostics.length = told
      this.unknownNames.clear()
      for (const name of unknown) this.unknownNames.add(name)
      // Whatever is known by the scope that the file has is forgotten.
      this.scope = new Map(this.scope)
      this.changes.forget()
    }
    if (!this.changes.areFew) this.defineAll()
    this.changes.settle()
  }

  private defineAll(): void {
    const own = [...this.scope.values(), ...this.clashing.keys()].filter(({ home }) => home === this)
    // What is made of itself is told each time.
    if (!this.definitions.define(own)) this.changes.startOver()
    this.checkedJobs.define(own.filter(symbol => symbol.kind === 'job'))
    this.changes.printImports()
  }

  typeOf(symbol: Symbol & { kind: 'type' }): Open {
    if (symbol.home !== this) return symbol.home.typeOf(symbol)
    return this.definitions.of(symbol).type ?? lost()
  }

  constOf(symbol: Symbol & { kind: 'const' }): Typed {
    if (symbol.home !== this) return symbol.home.constOf(symbol)
    return this.definitions.of(symbol).value ?? { core: { kind: 'error' }, type: lost() }
  }

  effectOf(symbol: Symbol & { kind: 'effect' }, operation: string): CheckedOperation | undefined {
    if (symbol.home !== this) return symbol.home.effectOf(symbol, operation)
    return this.definitions.of(symbol).operations?.get(operation)
  }

  jobOf(symbol: Symbol & { kind: 'job' }): CheckedJob {
    return symbol.home === this ? this.checkedJobs.of(symbol) : symbol.home.jobOf(symbol)
  }

  /** Checks all that the file declares, but for what is put off until the end. */
  checkAll(): CheckedTest[] {
    this.define()
    for (const name of this.changes.unlooked ?? this.scope.keys()) {
      const symbol = this.scope.get(name)
      // What is imported was checked with its own file.
      if (symbol?.home === this) this.lookAt(symbol)
      this.checkedJobs.checkBodies()
    }
    for (const symbol of this.isNew ? this.clashing.keys() : []) this.lookAt(symbol)
    this.checkedJobs.checkBodies()
    const tests = [...this.tests].map(([node, first]) => this.checkTest(node, first))
    if (this.isNew) this.checkedJobs.settle()
    this.changes.unlooked = new Set()
    this.units.settle()
    return tests
  }

  /** In the order of the source. */
  private get tests(): ReadonlyMap<Test, Test> {
    if (this.knownTests) return this.knownTests
    const firsts = new Map<string, Test>()
    const tests = new Map<Test, Test>()
    for (const item of this.items) {
      if (item.kind !== 'Test') continue
      const first = firsts.get(item.name.value) ?? item
      firsts.set(item.name.value, first)
      tests.set(item, first)
    }
    this.knownTests = tests
    return tests
  }

  /** @param first the first one of its name */
  private checkTest(node: Test, first: Test): CheckedTest {
    const known = this.units.get(node)?.test
    if (known) return known
    const old = this.units.doubted(node)
    const kept = first === node && old?.test && old.isCurrent() ? old : undefined
    const unit = kept ?? new Unit(this, node)
    this.units.put(node, unit)
    // Of the first one it is told where it stands.
    if (!kept) for (const one of new Set([node, first])) settle(one)
    if (kept) return Object.assign(kept.test!, { config: this.config })
    this.checkedJobs.ready(node)
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
    const isAnew = this.checkedJobs.addUp()
    for (const diagnostic of this.units.end(isAnew)) this.diagnostics.push(diagnostic)
    for (const check of this.ends) check()
  }

  /** Checks one item of the file and nothing more, as far as that goes before all others are checked. */
  look(item: Item): void {
    this.define()
    if (item.kind === 'Test') {
      const first = this.tests.get(item)
      if (first) this.checkTest(item, first)
      return
    }
    const symbol = this.symbolOf(item)
    if (!symbol) return
    this.lookAt(symbol)
    this.checkedJobs.checkBodyOf(item)
  }

  private symbolOf(item: Exclude<Item, Test>): Symbol | undefined {
    const symbol = 'name' in item ? this.scope.get(item.name.text) : undefined
    if (symbol?.node === item && symbol.kind !== 'lost') return symbol
    return this.clashing.size > 0 ? [...this.clashing.keys()].find(({ node }) => node === item) : undefined
  }

  private lookAt(symbol: Symbol): void {
    if (symbol.kind === 'job') this.jobOf(symbol)
    if (symbol.kind === 'type' || symbol.kind === 'const' || symbol.kind === 'effect') this.definitions.of(symbol)
  }

  /** A job that calls itself, over however many others, is reported once for each cycle. */
  findCycles(): void {
    for (const { cycle, node } of this.checkedJobs.findCycles()) {
      const span = { file: this.file, start: node.start, end: node.end }
      this.diagnostics.push(diagnose('RecursiveJob', { cycle }, span))
    }
  }
}
