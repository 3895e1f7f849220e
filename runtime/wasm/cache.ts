/** Keeps what was used last, up to a size; what alone is larger than that is kept until the next one comes. */
export class Cache<V extends { size: number }> {
  readonly #entries = new Map<string, V>()
  readonly #capacity: number
  #size = 0
  /** The key that was used last. */
  #last: string | undefined

  /** @param capacity in the unit of the entries' `size` */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key)
    if (value && key !== this.#last) {
      this.#last = key
      // A map keeps the order of insertion, so that its first entry is the one that was not used for longest.
      this.#entries.delete(key)
      this.#entries.set(key, value)
    }
    return value
  }

  set(key: string, value: V): void {
    this.delete(key)
    this.#last = key
    this.#entries.set(key, value)
    this.#size += value.size
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#capacity || oldest === key) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key)
    if (value && this.#entries.delete(key)) this.#size -= value.size
  }
}
