import type { Import, ImportNames, Item, Job } from '../grammar/nodes.ts'
import { staysPure } from './check/effects.ts'
import type { Definitions } from './definitions.ts'
import { isOpenJob, type Jobs } from './jobs.ts'
import { isDefinition } from './kinds.ts'
import { mentions } from './order.ts'
import type { Prints } from './prints.ts'
import { replacedItems, type Replaced } from './replaced.ts'
import { redeclare, type Symbol } from './scope.ts'
import type { Surroundings, Unit } from './unit.ts'
import type { Units } from './units.ts'

/** So often it is followed from one job to those that use it what has changed. */
const WAVES = 8

/** So many jobs whose results only their bodies tell are looked at where they may ask for each other, in any order. */
const MOST_OPEN = 64

/** What is known of a file. */
export interface Known {
  units: Units
  definitions: Definitions
  jobs: Jobs
  prints: Prints
}

/** The items that were declared, the imports among them, and how many names they have. */
interface Declared {
  items: readonly Item[]
  imports: (Import | ImportNames)[]
  names: number
}

/** What of a file is something else than it was, followed from name to name to all that uses it. */
export class Changes {
  readonly #file: Surroundings
  readonly #units: Units
  readonly #definitions: Definitions
  readonly #jobs: Jobs
  readonly #prints: Prints
  /** What was declared last; absent where that has to be declared as a whole again. */
  #declared: Declared | undefined
  /** What stands in the place of what was there before, by names of jobs, where all else is what it was. */
  #replaced: Map<string, Replaced<Job>> | undefined
  /** Definitions that are to be looked at, in whose place others stand or that are made of such. */
  readonly #stale = new Set<string>()
  /** Jobs that are to be looked at again. */
  readonly #again = new Set<string>()
  /** Names of what has to be looked at; absent for all of them. */
  unlooked: Set<string> | undefined
  /**
   * Another object each time that what names of the file stand for is something else, whatever stands in the jobs whose
   * signatures are what they were.
   */
  meanings: object = {}

  constructor(file: Surroundings, { units, definitions, jobs, prints }: Known) {
    this.#file = file
    this.#units = units
    this.#definitions = definitions
    this.#jobs = jobs
    this.#prints = prints
  }

  /** Remembers what was declared as a whole. */
  begin(items: readonly Item[]): void {
    const imports = items.filter(item => item.kind === 'Import' || item.kind === 'ImportNames')
    this.#declared = { items, imports, names: this.#file.scope.size }
  }

  /** Has all declared as a whole the next time. */
  startOver(): void {
    this.#declared = undefined
  }

  /**
   * Declares what stands in the place of something. What was found of all others is what would be found again.
   *
   * @returns false where more has changed, so that all has to be declared
   */
  take(items: readonly Item[]): boolean {
    const declared = this.#declared
    const replaced = declared && this.#between(declared, items)
    if (!replaced) return false
    this.#declared = { ...declared, items }
    this.#replaced ??= new Map()
    for (const unit of this.#units.noisy) this.#lookAgain(unit)
    for (const item of declared.imports) redeclare(this.#file, item)
    for (const { before, now } of replaced) {
      const unit = this.#units.get(before) ?? this.#units.doubted(before)
      if (unit) this.#lookAgain(unit)
      this.#units.drop(before)
      if (now.kind === 'Test') continue
      redeclare(this.#file, now)
      const name = now.name.text
      this.unlooked?.add(name)
      if (before.kind === 'Job' && now.kind === 'Job')
        this.#replaced.set(name, { before: this.#replaced.get(name)?.before ?? before, now })
      else this.#stale.add(name)
    }
    this.#lookAgainAtUsers()
    return true
  }

  /** What stands in the place of something, where nothing else is different since the file was declared. */
  #between({ items: before, names }: Declared, items: readonly Item[]): Replaced[] | undefined {
    // Imports may have brought in names that nothing declares.
    if (this.#file.scope.size !== names) return undefined
    const replaced = replacedItems(before, items)
    if (!replaced) return undefined
    const open = [...this.#units.noisy.map(({ node }) => node), ...replaced.map(pair => pair.before)].filter(isOpenJob)
    return open.length > MOST_OPEN || open.some(node => this.#jobs.isCircular(node)) ? undefined : replaced
  }

  /** Leaves it open what definitions are that are made of such as are to be looked at. */
  #lookAgainAtUsers(): void {
    if (this.#stale.size === 0) return
    const users = new Map<string, Unit[]>()
    for (const unit of this.#units.values())
      if (isDefinition(unit.node))
        for (const name of mentions(unit.node)) {
          const known = users.get(name)
          if (known) known.push(unit)
          else users.set(name, [unit])
        }
    // More are added while this goes on.
    for (const name of this.#stale)
      for (const unit of users.get(name) ?? []) if (this.#units.get(unit.node)) this.#lookAgain(unit)
  }

  /** Leaves it open whether what was found of a unit is what would be found. */
  #lookAgain(unit: Unit): void {
    const { node, job } = unit
    this.#units.doubt(unit)
    if (isDefinition(node)) {
      this.#stale.add(node.name.text)
      this.unlooked?.add(node.name.text)
    }
    if (!job) return
    this.#jobs.doubt(job, node)
    this.#again.add(job.name)
    this.unlooked?.add(job.name)
  }

  /** Leaves it open of all units. */
  forget(): void {
    this.#units.doubtAll()
    this.#jobs.doubtAll()
    this.#prints.clear()
    this.meanings = {}
    this.#replaced = undefined
    this.#stale.clear()
    this.#again.clear()
    this.unlooked = undefined
  }

  /** Whether nothing but what was taken has changed, as far as that is known. */
  get areFew(): boolean {
    return this.#replaced !== undefined
  }

  /**
   * Looks at what stands in the place of something, and leaves it open what those are that use what is something else now.
   *
   * @returns false where that is not all that has changed
   */
  follow(): boolean {
    const replaced = this.#replaced ?? new Map<string, Replaced<Job>>()
    if (this.#stale.size > 0) this.meanings = {}
    const imported = this.#prints.forget(this.#importedNames())
    const before = this.#prints.forget([...this.#stale, ...this.#again, ...replaced.keys()])
    if (this.#prints.changed(imported).size > 0) return false
    if (!this.#definitions.define(this.#staleSymbols())) return false
    for (const [name, { before, now }] of replaced)
      if (!staysPure(this.#file, name, before.body, now.body) || !this.#isMadeOfSame(before, now)) return false
    let changed = this.#prints.changed(before)
    // Those of whom only the signature was looked at have not asked for what they use.
    for (const name of this.#stale) if (!before.has(name)) changed.add(name)
    for (let wave = 0; changed.size > 0; wave++) {
      this.meanings = {}
      const next = wave < WAVES && this.#lookAgainAtJobs(changed)
      if (!next) return false
      changed = this.#prints.changed(this.#prints.forget(next))
    }
    return true
  }

  /** Says that all definitions are what they are. */
  settle(): void {
    this.#replaced = undefined
    this.#stale.clear()
    this.#again.clear()
  }

  /** Asks for what is imported, so that it is known the next time whether it is something else. */
  printImports(): void {
    for (const name of this.#importedNames()) this.#prints.of(name)
  }

  /** Definitions that are to be looked at, in the order in which all are. */
  #staleSymbols(): Symbol[] {
    const symbols = [...this.#stale].map(name => this.#file.scope.get(name)).filter(symbol => symbol !== undefined)
    return symbols.sort((a, b) => a.node.start - b.node.start)
  }

  /**
   * Leaves it open what jobs and tests are that use some names.
   *
   * @returns those of them that may be something else for others; undefined where they cannot be looked at by themselves
   */
  #lookAgainAtJobs(changed: ReadonlySet<string>): string[] | undefined {
    const next: string[] = []
    let open = 0
    for (const unit of [...this.#units.values()]) {
      if (isDefinition(unit.node)) continue
      const place = unit.placeOf(changed)
      if (!place) continue
      const isOpen = isOpenJob(unit.node)
      if (this.#jobs.isCircular(unit.node) || (isOpen && ++open > MOST_OPEN)) return undefined
      this.#lookAgain(unit)
      if (unit.job && (isOpen || place === 'head')) next.push(unit.job.name)
    }
    return next
  }

  /** Whether a job whose result its body tells needs to know of the same others before it. */
  #isMadeOfSame(before: Job, now: Job): boolean {
    if (!isOpenJob(now)) return true
    const jobsIn = ({ body }: Job): string[] => [...mentions(body)].filter(name => this.#isOwnJob(name))
    return jobsIn(now).sort().join() === jobsIn(before).sort().join()
  }

  #isOwnJob(name: string): boolean {
    const symbol = this.#file.scope.get(name)
    return symbol?.kind === 'job' && symbol.home === this.#file
  }

  /** The names under which the file imports something, and what it embeds. */
  *#importedNames(): Generator<string> {
    yield* this.#prints.embedded
    for (const item of this.#declared?.imports ?? [])
      if (item.kind === 'Import') yield item.name.text
      else for (const { name, alias } of item.names) yield (alias ?? name).text
  }
}
