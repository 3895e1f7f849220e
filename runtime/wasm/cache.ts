/** Keeps what was used last, up to a size; what alone is larger than that is kept until the next one comes. */
export class Cache<V extends { size: number }> {
  readonly #entries = new Map<string, V>()
  readonly #capacity: number
  #size = 0
  /** What was used last. */
  #newest: { key: string; value: V } | undefined

  /** @param capacity in the unit of the entries' `size` */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: string): V | undefined {
    const newest = this.#newest
    if (newest !== undefined && key === newest.key) {
      // The next key is likely to be this very string, which is known without reading it.
      newest.key = key
      return newest.value
    }
    const value = this.#entries.get(key)
    if (value) {
      // A map keeps the order of insertion, so that its first entry is the one that was not used for longest.
      this.#entries.delete(key)
      this.#entries.set(key, value)
      this.#newest = { key, value }
    }
    return value
  }

  set(key: string, value: V): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#size += value.size
    this.#newest = { key, value }
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#capacity || oldest === key) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key)
    if (value && this.#entries.delete(key)) this.#size -= value.size
    if (key === this.#newest?.key) this.#newest = undefined
  }
}
