import type { CoreModule } from '../../dag/component/ast.ts'
import { Budget, type Usage } from './budget.ts'
import { bytesPerDefinition, freeDefinitions } from './definitions.ts'
import { Ended } from './failure.ts'
import { Kept } from './kept.ts'
import { Log } from './log.ts'
import type { CompiledModule } from './module.ts'
import { unitsPerDefinition } from './schedule.ts'
import type { Part } from './snapshot.ts'

/** What all instances of one call share. A worker has one, used for its calls one after the other. */
export class Task {
  readonly budget = new Budget()
  readonly log = new Log()
  readonly kept = new Kept()
  modules: ReadonlyMap<CoreModule, CompiledModule> = new Map()
  /** What the instances of this call consist of, as they are made. */
  parts: Part[] = []
  /** Core instances that are not known to be freed: an engine holds only so many memories at a time. */
  instances = 0
  /** Bytes that calls have left for the engine to free. */
  left = 0
  readonly #freed = new FinalizationRegistry<undefined>(() => void this.instances--)
  #made = 0
  #defined = 0

  begin(modules: ReadonlyMap<CoreModule, CompiledModule>, limits: Usage): void {
    this.modules = modules
    this.parts = []
    this.#made = 0
    this.#defined = 0
    this.budget.begin(limits)
    this.log.clear()
  }

  /** Ends a call: lets go of what is not kept. */
  end(left: number): void {
    this.parts = []
    this.left += left
  }

  /** Counts an instance before it is made: nested components can ask for more of them than they have bytes. */
  instantiate(): void {
    if (++this.#made > maxInstances) throw new Ended('refused', `it makes more than ${maxInstances} instances`)
  }

  /** Counts what an instance is made of, before it is made (`definitions.ts`). */
  define(count: number): void {
    this.#defined += count
    const counted = Math.min(count, this.#defined - freeDefinitions)
    if (counted <= 0) return
    this.budget.charge(counted * bytesPerDefinition)
    this.budget.spend(counted * unitsPerDefinition)
  }

  /** Counts a core instance that was made, by its exports, which live as long as it does. */
  hold(exports: WebAssembly.Exports): void {
    this.instances++
    this.#freed.register(exports, undefined)
  }
}

/** Instances of components and core modules in one task; real ones have a dozen. */
const maxInstances = 1000
