/** How values are told that may be one another. */
export interface Joins {
  /** A value that is one of two, either of which may be {@link free}. */
  join(a: number, b: number): number
  /** A value that is the given one, or one of those that {@link add} tells later. */
  open(value: number): number
  add(to: number, value: number): void
}

/** What nobody needs to follow. */
export const free = -1

interface Frame {
  /** What the locals hold where the label stands: of a loop at its head, of others at their end, `undefined` before anything is known to reach it. */
  at: number[] | undefined
  loop: boolean
  /** Of an `if` that has no `else` yet: what they held before it. */
  before: number[] | undefined
}

/**
 * Which value each of some locals holds at each place of a function, told by numbers: what is put into a local stays
 * apart from what is put there elsewhere, but where control flow may come from both.
 */
export class Versions {
  readonly #joins: Joins
  #now: number[]
  readonly #frames: Frame[] = []

  /** @param count of locals; all of them hold {@link free} at first */
  constructor(count: number, joins: Joins) {
    this.#joins = joins
    this.#now = Array.from({ length: count }, () => free)
  }

  get(local: number): number {
    return this.#now[local]!
  }

  set(local: number, value: number): void {
    this.#now[local] = value
  }

  open(kind: 'block' | 'loop' | 'if'): void {
    const loop = kind === 'loop'
    if (loop) this.#now = this.#now.map(value => this.#joins.open(value))
    const held = kind === 'block' ? undefined : this.#now.slice()
    this.#frames.push(loop ? { at: held, loop, before: undefined } : { at: undefined, loop, before: held })
  }

  /** What goes to a label, by the number of its frame from outside. */
  branch(frame: number): void {
    const target = this.#frames[frame]!
    const { at, loop } = target
    if (!at) target.at = this.#now.slice()
    else if (loop) for (const [i, value] of this.#now.entries()) this.#joins.add(at[i]!, value)
    else for (const [i, value] of this.#now.entries()) at[i] = this.#joins.join(at[i]!, value)
  }

  /** @param reached whether the code before it goes on to the end of the `if` */
  else(reached: boolean): void {
    if (reached) this.branch(this.#frames.length - 1)
    const frame = this.#frames.at(-1)!
    this.#now = frame.before!
    frame.before = undefined
  }

  end(reached: boolean): void {
    if (reached && !this.#frames.at(-1)!.loop) this.branch(this.#frames.length - 1)
    const { at, loop, before } = this.#frames.pop()!
    if (loop) return
    if (at) this.#now = before ? at.map((value, i) => this.#joins.join(value, before[i]!)) : at
    else if (before) this.#now = before
  }
}
