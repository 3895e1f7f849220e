import type { Job, Node, Test } from '../grammar/nodes.ts'
import { isLong, settleOne } from '../grammar/moves.ts'
import { hasResult } from '../grammar/unread.ts'
import { note, type Context } from './check/context.ts'
import { closeEffects, isComplete } from './check/effects.ts'
import { checkBody, checkSignature } from './check/job.ts'
import type { CheckedJob } from './core.ts'
import { cyclesOf, type Cycle } from './cycles.ts'
import { lost } from './open.ts'
import { componentsFrom, mentions } from './order.ts'
import type { Symbol } from './scope.ts'
import { Unit, type Surroundings } from './unit.ts'
import type { Units } from './units.ts'

export type JobSymbol = Symbol & { kind: 'job' }

/** The jobs of a file: signatures as they are asked for, bodies where only they tell the result, and when all are checked. */
export class Jobs {
  readonly #around: Surroundings
  readonly #units: Units
  #known = new Map<string, CheckedJob>()
  /** Who calls one holds the same object, however often it is checked. */
  readonly #objects = new Map<string, CheckedJob>()
  readonly #unitOf = new Map<string, Unit>()
  /** Of those whose signatures were asked for. */
  readonly #bodies = new Map<Node, () => void>()
  /** Whose result is made of itself. */
  readonly #circular = new Set<Node>()
  /** What they perform may be something else than what was found last. */
  #perform = true
  /** They may call each other in a circle. */
  #cyclic = true
  /** There may be some that do not say what they result in. */
  #areOpen = true

  constructor(around: Surroundings, units: Units) {
    this.#around = around
    this.#units = units
  }

  get all(): Map<string, CheckedJob> {
    return this.#known
  }

  isCircular(node: Node): boolean {
    return this.#circular.has(node)
  }

  /** Takes notice of what the file declares. */
  define(symbols: JobSymbol[]): void {
    this.#areOpen = symbols.some(({ node }) => isOpenJob(node))
  }

  of(symbol: JobSymbol): CheckedJob {
    const known = this.#known.get(this.#keyOf(symbol))
    if (known) return known
    if (!isOpenJob(symbol.node)) return this.#find(symbol)
    // What it results in only its body tells: it is found behind those that it is made of, however long a chain they are.
    for (const { nodes, isCircle } of componentsFrom(symbol, ({ node }) => this.#openAmong(mentionsOf(node))))
      for (const one of nodes)
        if (isCircle) this.#findCircular(one)
        else this.#find(one)
    return this.#known.get(this.#keyOf(symbol))!
  }

  /** The jobs of some names that have to be found by their bodies. */
  *#openAmong(names: Iterable<string>): Generator<JobSymbol> {
    for (const name of names) {
      const symbol = this.#around.scope.get(name)
      if (symbol?.kind === 'job' && symbol.home === this.#around && isOpenJob(symbol.node))
        if (!this.#known.has(name)) yield symbol
    }
  }

  /** Finds those that a body names, before it is checked: while that goes on no other one is. */
  ready(node: Job | Test): void {
    if (!this.#areOpen) return
    const { body } = node
    // What lines of long bodies name is known of those that were there before.
    const parts = isLong(node) ? [...body.statements, ...(body.value ? [body.value] : [])] : [body]
    for (const part of parts) for (const symbol of [...this.#openAmong(mentions(part))]) this.of(symbol)
  }

  /** That it calls itself is told; whoever calls it stays silent, before its body is checked and after. */
  #findCircular(symbol: JobSymbol): void {
    const { node } = symbol
    this.#circular.add(node)
    const unit = this.#declare(symbol)
    unit.job!.result = lost()
    this.#bodies.set(node, () => this.#checkBody(unit, node))
  }

  #find(symbol: JobSymbol): CheckedJob {
    const key = this.#keyOf(symbol)
    const { node } = symbol
    const old = this.#units.doubted(node)
    // What was found of it may have been begun anew for another one, where several have its name.
    const kept = old?.job && old.node === node && old.isHeadCurrent() ? old : undefined
    const unit = kept ?? this.#declare(symbol)
    if (kept?.job) {
      if (!this.#around.clashing.has(symbol)) kept.job = this.#objectOf(key, kept.job)
      kept.job.config = this.#around.config
      this.#known.set(key, kept.job)
      this.#units.put(node, kept)
    }
    const check = (): void => {
      if (!kept) this.#checkBody(unit, node)
      else if (!kept.isCurrent()) this.#checkBody(this.#declare(symbol), node)
    }
    // Where the result is not annotated the body tells it; else the signature is enough.
    if (node.result) this.#bodies.set(node, check)
    else check()
    return this.#known.get(key)!
  }

  /** Finds the signature of a job out. */
  #declare(symbol: JobSymbol): Unit {
    const { name, node } = symbol
    settleOne(node)
    const key = this.#keyOf(symbol)
    const isClash = this.#around.clashing.has(symbol)
    // Which of several of one name it was before nobody knows.
    const unit = isClash ? new Unit(this.#around, node) : this.#unitFor(key, node)
    note(unit, node.name, { kind: 'symbol', symbol })
    const job = checkSignature(unit, name, node)
    unit.job = isClash ? job : this.#objectOf(key, job)
    this.#known.set(key, unit.job)
    this.#units.put(node, unit)
    return unit
  }

  /** The object that a job of this name had before, with what is found of it now. */
  #objectOf(key: string, job: CheckedJob): CheckedJob {
    const known = this.#objects.get(key)
    const object = known ? Object.assign(known, job) : job
    this.#objects.set(key, object)
    return object
  }

  /** Its name, where no other has it. */
  #keyOf(symbol: JobSymbol): string {
    return this.#around.clashing.get(symbol) ?? symbol.name
  }

  /** The unit that a job of this name had before, for another node, or a new one. */
  #unitFor(key: string, node: Job): Unit {
    const known = this.#unitOf.get(key)
    if (known) known.reset(node)
    const unit = known ?? new Unit(this.#around, node)
    this.#unitOf.set(key, unit)
    return unit
  }

  #checkBody(unit: Unit, node: Job): void {
    if (hasResult(node)) this.ready(node)
    // Its lines are when they are checked, or when they tell something.
    settleOne(node)
    checkBody(unit, node)
    if (!this.#circular.has(node)) unit.settle()
    else if (!node.result) unit.job!.result = lost()
  }

  /** Checks the bodies of all whose signatures were asked for, and of those whose are meanwhile. */
  checkBodies(): void {
    for (const node of this.#bodies.keys()) this.checkBodyOf(node)
  }

  checkBodyOf(node: Node): void {
    const check = this.#bodies.get(node)
    this.#bodies.delete(node)
    check?.()
  }

  /** Forgets what is known of a job but for what its unit holds. */
  doubt(job: CheckedJob, node: Node): void {
    this.#perform ||= !isComplete(job)
    this.#known.delete(job.name)
    this.#bodies.delete(node)
  }

  doubtAll(): void {
    this.#known = new Map()
    this.#bodies.clear()
    this.#circular.clear()
    this.#perform = true
    this.#cyclic = true
  }

  /** Forgets those that are not there any more, when all that are have been checked. */
  settle(): void {
    for (const key of this.#unitOf.keys()) if (!this.#known.has(key)) this.#unitOf.delete(key)
  }

  /**
   * Adds up what they perform.
   *
   * @returns false where that is what it was the last time
   */
  addUp(): boolean {
    for (const { job, context } of this.#units.unended)
      if (job && context && (context.failed || context.performers.length > 0)) this.#perform = true
    if (!this.#perform) return false
    const contexts = new Map<CheckedJob, Context>()
    for (const { job, context } of this.#units.values()) if (job && context) contexts.set(job, context)
    closeEffects(contexts)
    const { file } = this.#around
    // What jobs of other files perform is asked for each time.
    this.#perform = [...contexts.values()].some(({ performers }) =>
      performers.some(performer => performer.kind === 'job' && performer.job.file !== file),
    )
    return true
  }

  /** Finds those that call themselves, over however many others. */
  findCycles(): Cycle[] {
    for (const unit of this.#units.unended) if (unit.callsOthers()) this.#cyclic = true
    if (!this.#cyclic) return []
    const callsOf = new Map<string, Context['calls']>()
    for (const symbol of this.#around.scope.values()) {
      const context = symbol.kind === 'job' ? this.#units.get(symbol.node)?.context : undefined
      if (context && context.calls.length > 0) callsOf.set(symbol.name, context.calls)
    }
    // Files do not import each other, so that no cycle leads over another one.
    const cycles = cyclesOf(callsOf, job => job.home === this.#around)
    this.#cyclic = cycles.length > 0
    return cycles
  }
}

/** What the body of a job names, but for its parameters. */
function mentionsOf({ params, body }: Job): string[] {
  const own = new Set(params.map(({ name }) => name.text))
  return [...mentions(body)].filter(name => !own.has(name))
}

/** Whether it is a job whose result only its body tells. */
export function isOpenJob(node: Node): node is Job {
  return node.kind === 'Job' && !hasResult(node)
}
