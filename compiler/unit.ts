import type { Diagnostic } from '../grammar/diagnostics.ts'
import type { Lines as Source } from '../grammar/source.ts'
import type { Block, Job } from '../grammar/nodes.ts'
import { moveDiagnostic } from '../grammar/moves.ts'
import type { Context, ModuleContext, Typed } from './check/context.ts'
import { FEW, forget, Lines } from './check/lines.ts'
import type { CheckedJob, CheckedOperation, CheckedTest, Core, Settings } from './core.ts'
import type { Host } from './interface.ts'
import { newNotes, type Notes } from './notes.ts'
import type { Open } from './open.ts'
import { mentions, mentionsOfUnit } from './order.ts'
import type { Clashing, Scope, Symbol } from './scope.ts'
import { hasBody, type UnitNode } from './kinds.ts'

/** What the file around a unit knows. */
export interface Surroundings extends ModuleContext {
  /**
   * What a name of the file, or a file that is embedded (`embed "path"`), is for whoever uses it: as long as it stays the
   * same, what was found with it does. Undefined where that cannot be said.
   */
  fingerprint(name: string): string | undefined
  readonly clashing: Clashing
  /** All names of the file, for those that are unknown. */
  readonly names: string
  /** As `suggestions`, of each job and each test. */
  readonly suggestionsOfBodies: number
}

/**
 * What is checked as one: a job, a test, or a definition. It is the file for what is checked in it, and keeps what was found,
 * so that it need not be checked again as long as its node and all that it names are what they were.
 */
export class Unit implements ModuleContext {
  node: UnitNode
  readonly #around: Surroundings
  /** Where the node was when the diagnostics were made. */
  #start: number
  #end: number
  #found: Diagnostic[] = []
  /** Found at the end, when it is known what all jobs perform. */
  #late: Diagnostic[] = []
  #target: Diagnostic[] = this.#found
  readonly #ends: (() => void)[] = []
  /** Names that it takes from the file, those of the signature first, and what each was. */
  #needs: string[] | undefined
  #prints: (string | undefined)[] = []
  #heads = 0
  #names = ''
  #failed = false
  readonly #unknownNames = new Set<string>()
  /** The names of the jobs that it calls. */
  #callees = ''
  /** Another object each time that something is noted. */
  notes: Notes | undefined
  readonly constants: Core[] = []
  context: Context | undefined
  #lines: Lines | undefined
  job: CheckedJob | undefined
  test: CheckedTest | undefined
  /** What a type stands for; absent while it is looked at. */
  type: Open | undefined
  /** What a constant is; absent while it is looked at. */
  value: Typed | undefined
  /** Those of an effect, by their names. */
  operations: Map<string, CheckedOperation> | undefined

  constructor(around: Surroundings, node: UnitNode) {
    this.#around = around
    this.node = node
    this.#start = node.start
    this.#end = node.end
    this.notes = around.notes && newNotes()
  }

  /** Begins anew, with the node that the same job has now. */
  reset(node: Job): void {
    if (this.notes && this.node.kind === 'Job') {
      const { name, params, result, uses, body } = this.node
      // Lines forget what they have noted themselves.
      const statements = this.#lines ? [] : body.statements
      for (const part of [name, ...params, result, uses, ...statements, body.value]) if (part) forget(this.notes, part)
    }
    this.notes &&= { ...this.notes }
    this.node = node
    this.#start = node.start
    this.#end = node.end
    this.#found = []
    this.#target = this.#found
    this.#ends.length = 0
    this.#needs = undefined
    this.#unknownNames.clear()
    this.constants.length = 0
  }

  get ends(): (() => void)[] {
    return this.#ends
  }

  /** What is known of the lines of a body, where they are many, or were. */
  linesOf({ statements }: Block): Lines | undefined {
    return (this.#lines ??= statements.length < FEW ? undefined : new Lines(this))
  }

  fingerprint(name: string): string | undefined {
    return this.#around.fingerprint(name)
  }

  get file(): string {
    return this.#around.file
  }
  get path(): string {
    return this.#around.path
  }
  get root(): string {
    return this.#around.root
  }
  get source(): Source {
    return this.#around.source
  }
  get host(): Host {
    return this.#around.host
  }
  get scope(): Scope {
    return this.#around.scope
  }
  get config(): Settings {
    return this.#around.config
  }
  get diagnostics(): Diagnostic[] {
    return this.#target
  }
  // Definitions are looked at one behind the other, jobs and tests in any order.
  get unknownNames(): Set<string> {
    return hasBody(this.node) ? this.#unknownNames : this.#around.unknownNames
  }
  get suggestions(): number {
    return hasBody(this.node) ? this.#around.suggestionsOfBodies : this.#around.suggestions
  }

  typeOf(symbol: Symbol & { kind: 'type' }): Open {
    return this.#around.typeOf(symbol)
  }
  constOf(symbol: Symbol & { kind: 'const' }): Typed {
    return this.#around.constOf(symbol)
  }
  jobOf(symbol: Symbol & { kind: 'job' }): CheckedJob {
    return this.#around.jobOf(symbol)
  }
  effectOf(symbol: Symbol & { kind: 'effect' }, operation: string): CheckedOperation | undefined {
    return this.#around.effectOf(symbol, operation)
  }

  atEnd(check: () => void): void {
    this.#ends.push(check)
  }

  /** Whether what the parameters and the result were found to be is still what would be found. */
  isHeadCurrent(): boolean {
    return this.#needs !== undefined && this.#are(this.#needs, 0, this.#heads)
  }

  #are(names: string[], from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      const was = this.#prints[i]
      if (was === undefined || this.#around.fingerprint(names[i]!) !== was) return false
    }
    return true
  }

  /** Says that all is checked but for what {@link atEnd} puts off, and remembers what it was found with. */
  settle(): void {
    const { node } = this
    // What is above may have changed since the signature was looked at.
    this.#start = node.start
    this.#end = node.end
    this.#lines?.settle(this.#found)
    this.#failed = this.context?.failed ?? false
    if (hasBody(node)) {
      // What is near to a name that is unknown depends on all of them.
      this.#names = this.#found.length > 0 ? this.#around.names : ''
      const lines = this.#lines?.areOf(node.body.statements) ? this.#lines.mentions() : undefined
      const { names, heads } = mentionsOfUnit(node, lines)
      this.#heads = heads
      this.#needs = [...names]
    } else {
      // One that something is told of is looked at again each time.
      if (this.#found.length > 0) return
      this.#needs = [...mentions(node)]
    }
    this.#prints = this.#needs.map(name => this.#around.fingerprint(name))
  }

  /** Where it names one of these; anywhere, as long as that is not known. */
  placeOf(names: ReadonlySet<string>): 'head' | 'body' | undefined {
    if (!this.#needs) return 'head'
    const at = this.#needs.findIndex(name => names.has(name))
    return at < 0 ? undefined : at < this.#heads ? 'head' : 'body'
  }

  /** Whether what was found is still what would be found. */
  isCurrent(): boolean {
    if (!this.#needs) return false
    if (!this.#are(this.#needs, 0, this.#needs.length)) return false
    // What is near to a name that is unknown may be another one now.
    if (this.#found.length > 0 && (this.#names !== this.#around.names || !this.#move())) return false
    this.#start = this.node.start
    this.#end = this.node.end
    if (this.context) this.context.failed = this.#failed
    return true
  }

  /** Whether a job calls others than when this was asked the last time; that it calls fewer counts as well. */
  callsOthers(): boolean {
    const before = this.#callees
    this.#callees = [...new Set(this.job && this.context?.calls.map(({ job }) => job.name))].sort().join()
    return this.#callees !== before
  }

  /** Whether something was told of it. */
  get isNoisy(): boolean {
    return this.#found.length > 0 || this.#late.length > 0
  }

  /** Moves what was found with the node; false where some of it stands elsewhere. */
  #move(): boolean {
    const by = this.node.start - this.#start
    if (by === 0) return true
    const isOwn = ({ start, end }: { start: number; end: number }): boolean => this.#start <= start && end <= this.#end
    const places = this.#found.flatMap(({ span, related, fixes }) => [
      span,
      ...related.map(entry => entry.span),
      ...fixes.flatMap(fix => fix.edits),
    ])
    if (!places.every(isOwn)) return false
    this.#found = this.#found.map(moveDiagnostic(by))
    this.#target = this.#found
    return true
  }

  /** Checks what was put off, and gives all that was found. */
  end(): readonly Diagnostic[] {
    this.#late = []
    if (this.#ends.length === 0) return this.#found
    this.#target = this.#late
    for (const check of this.#ends) check()
    this.#target = this.#found
    return [...this.#found, ...this.#late]
  }
}
