/** Things that wait, the first to come at the front; taking it costs the same however many wait behind it. */
export class Queue<T> {
  /** What has been taken leaves an empty place, until half of them are. */
  #items: (T | undefined)[] = []
  #taken = 0

  get length(): number {
    return this.#items.length - this.#taken
  }

  get first(): T | undefined {
    return this.#items[this.#taken]
  }

  /** All of them, the first one first. */
  get all(): T[] {
    return this.#items.slice(this.#taken) as T[]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the first one. */
  shift(): T | undefined {
    const { first } = this
    if (this.length === 0) return undefined
    this.#items[this.#taken++] = undefined
    if (2 * this.#taken > this.#items.length) this.#replace(this.all)
    return first
  }

  /** Puts one before all others. */
  unshift(item: T): void {
    if (this.#taken > 0) this.#items[--this.#taken] = item
    else this.#items.unshift(item)
  }

  /** Drops all others. */
  keep(wanted: (item: T) => boolean): void {
    this.#replace(this.all.filter(wanted))
  }

  #replace(items: T[]): void {
    this.#items = items
    this.#taken = 0
  }
}
