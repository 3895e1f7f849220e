import type { CoreModule } from '../../dag/component/ast.ts'
import { Budget, type Usage } from './budget.ts'
import { Ended } from './failure.ts'
import { Kept } from './kept.ts'
import { Log } from './log.ts'
import type { CompiledModule } from './module.ts'
import type { Part } from './snapshot.ts'

/** What all instances of one call share. A worker has one, used for its calls one after the other. */
export class Task {
  readonly budget = new Budget()
  readonly log = new Log()
  readonly kept = new Kept()
  modules: ReadonlyMap<CoreModule, CompiledModule> = new Map()
  /** What the instances of this call consist of, as they are made. */
  parts: Part[] = []
  /** Core instances made so far: an engine holds only so many memories at a time. */
  instances = 0
  /** Bytes that calls have left for the engine to free. */
  left = 0
  #made = 0

  begin(modules: ReadonlyMap<CoreModule, CompiledModule>, limits: Usage): void {
    this.modules = modules
    this.parts = []
    this.#made = 0
    this.budget.begin(limits)
    this.log.clear()
  }

  /** Ends a call: lets go of what is not kept. */
  end(left: number): void {
    this.parts = []
    this.left += left
  }

  /** Counts an instance before it is made: nested components can ask for more of them than they have bytes. */
  instantiate(core: boolean): void {
    if (core) this.instances++
    if (++this.#made > maxInstances) throw new Ended('refused', `it makes more than ${maxInstances} instances`)
  }
}

/** Instances of components and core modules in one task; real ones have a dozen. */
const maxInstances = 1000
