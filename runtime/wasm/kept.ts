import type { Mark } from './budget.ts'
import type { Compiled } from './component.ts'
import type { Entries } from './instance.ts'
import type { Snapshot } from './snapshot.ts'

/** An instance that is ready to be called. */
export interface Ready {
  of: Compiled
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
  /** The last one first. A map would leave a table behind every few calls, and an engine's old tables keep the later ones. */
  readonly #ready: (Ready | undefined)[] = Array.from({ length: places }, () => undefined)
  readonly #called = new WeakSet<Compiled>()

  /** Whether a component was called before, so that its instances are worth keeping; it counts as called from now on. */
  expects(compiled: Compiled): boolean {
    const called = this.#called.has(compiled)
    this.#called.add(compiled)
    return called
  }

  /** Gives an instance away: a call that fails leaves none. */
  take(compiled: Compiled): Ready | undefined {
    const list = this.#ready
    for (let place = 0; place < places; place++) {
      const ready = list[place]
      if (ready?.of !== compiled) continue
      list[place] = undefined
      return ready
    }
    return undefined
  }

  put(ready: Ready): void {
    const list = this.#ready
    let moved: Ready | undefined = ready
    for (let place = 0; place < places && moved; place++) {
      const next: Ready | undefined = list[place]
      list[place] = moved
      moved = next
    }
  }
}
