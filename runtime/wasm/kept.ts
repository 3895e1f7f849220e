import type { Mark } from './budget.ts'
import type { Compiled } from './component.ts'
import type { Entries } from './instance.ts'
import type { Snapshot } from './snapshot.ts'

/** An instance that is ready to be called. */
export interface Ready {
  exports: Entries
  /** What its instantiation has used. */
  cost: Mark
  /** How it was before it was called, where it can be put back. */
  before: Snapshot | undefined
}

/** So many instances are kept for the next calls of their components; each has a few megabytes at the most. */
const places = 4

/** Instances that calls have left, for the next calls: those that were used last. */
export class Kept {
  readonly #ready = new Map<Compiled, Ready>()
  readonly #called = new WeakSet<Compiled>()

  /** Whether a component was called before, so that its instances are worth keeping; it counts as called from now on. */
  expects(compiled: Compiled): boolean {
    const called = this.#called.has(compiled)
    this.#called.add(compiled)
    return called
  }

  /** Gives an instance away: a call that fails leaves none. */
  take(compiled: Compiled): Ready | undefined {
    const ready = this.#ready.get(compiled)
    this.#ready.delete(compiled)
    return ready
  }

  put(compiled: Compiled, ready: Ready): void {
    this.#ready.set(compiled, ready)
    for (const oldest of this.#ready.keys()) {
      if (this.#ready.size <= places) return
      this.#ready.delete(oldest)
    }
  }
}
