import type { Diagnostic } from '../grammar/diagnostics.ts'
import type { Node } from '../grammar/nodes.ts'
import type { Core } from './core.ts'
import type { Unit } from './unit.ts'

/** What is known of all that a file declares, and of what of it that may be something else now. */
export class Units {
  #known = new Map<Node, Unit>()
  /** Those of which it is not known whether they are what would be found now. */
  readonly #doubted = new Map<Node, Unit>()
  /** Those whose ends have to come, since something is new in them. */
  readonly #unended = new Set<Unit>()
  /** Those of which something was told, that stands where it stood then. */
  readonly #noisy = new Set<Unit>()
  readonly #constant = new Set<Unit>()

  get(node: Node): Unit | undefined {
    return this.#known.get(node)
  }

  values(): Iterable<Unit> {
    return this.#known.values()
  }

  doubted(node: Node): Unit | undefined {
    return this.#doubted.get(node)
  }

  get unended(): Iterable<Unit> {
    return this.#unended
  }

  /** Those of which something was told. */
  get noisy(): Unit[] {
    return [...this.#noisy, ...this.#unended].filter(unit => unit.isNoisy)
  }

  /** Of the file: constants and defaults. */
  get constants(): Core[] {
    return [...this.#constant].flatMap(unit => unit.constants)
  }

  put(node: Node, unit: Unit): void {
    this.#known.set(node, unit)
    this.#unended.add(unit)
  }

  /** Leaves it open whether what was found of one is what would be found. */
  doubt(unit: Unit): void {
    for (const units of [this.#noisy, this.#unended, this.#constant]) units.delete(unit)
    this.#known.delete(unit.node)
    this.#doubted.set(unit.node, unit)
  }

  doubtAll(): void {
    for (const [node, unit] of this.#known) this.#doubted.set(node, unit)
    this.#known = new Map()
    for (const units of [this.#noisy, this.#unended, this.#constant]) units.clear()
  }

  /** Forgets what was in doubt of a node that is not there any more. */
  drop(node: Node): void {
    this.#doubted.delete(node)
  }

  /** Forgets all that is in doubt still. */
  settle(): void {
    this.#doubted.clear()
  }

  /**
   * Checks what was put off, and gives all that was found.
   *
   * @param all or only where something is new
   */
  *end(all: boolean): Generator<Diagnostic> {
    for (const unit of all ? this.#known.values() : this.#unended) {
      yield* unit.end()
      if (unit.isNoisy) this.#noisy.add(unit)
      if (unit.constants.length > 0) this.#constant.add(unit)
    }
    this.#unended.clear()
  }
}
