import { Ended } from './failure.ts'

/** The module name under which the rewriter's own imports stand; a guest may not import from it. */
export const reserved = 'ipvm:budget'

/** What an entry of a table counts, in bytes: the engine keeps about that much for each. */
export const bytesPerTableEntry = 32

/**
 * The memory of one task: all memories and tables of all core instances of its component, and the values that
 * cross to the host.
 *
 * `used`, `limit` and `over` are Wasm globals that every rewritten module imports, so that there is one count for
 * the whole component, which no instance can go around, start functions included. Growing code adds to `used` before
 * it grows; where that would pass `limit` it leaves the sum in `over` (or -1 where the engine itself had no more to
 * give) and traps. One budget serves all calls of a worker, one after the other.
 */
export class Budget {
  readonly used = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  readonly limit = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  readonly over = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  /** The limit in bytes. */
  bytes = 0
  #peak = 0
  /** Largest memory and table sizes that the objects of this task may grow to, known where they were made. */
  #maxima = new WeakMap<object, WebAssembly.Global>()

  begin(limit: number): void {
    this.bytes = limit
    this.#peak = 0
    this.used.value = 0n
    this.limit.value = BigInt(limit)
    this.over.value = 0n
  }

  /** Counts what an instantiation is about to make. */
  charge(bytes: number): void {
    const total = Number(this.used.value) + bytes
    if (total > this.bytes) throw this.exceeded(total)
    this.used.value = BigInt(total)
  }

  /** How many bytes of values may cross now. */
  room(): number {
    return this.bytes - Number(this.used.value)
  }

  /** Counts values that have crossed; they are the host's only until the crossing ends. */
  crossed(bytes: number): void {
    this.#peak = Math.max(this.#peak, Number(this.used.value) + bytes)
  }

  /** The most bytes that were in use at a time. */
  peak(): number {
    return Math.min(this.bytes, Math.max(this.#peak, Number(this.used.value)))
  }

  exceeded(total: number): Ended {
    this.#peak = this.bytes
    return new Ended('memory', `${total} bytes were needed, the limit is ${this.bytes}`)
  }

  /** The failure behind a trap, if it was growing that ended the task. */
  overrun(): Ended | undefined {
    const over = this.over.value as bigint
    if (over === 0n) return undefined
    return over < 0n
      ? new Ended('memory', `the engine gave no more memory, ${this.used.value} bytes were in use`)
      : this.exceeded(Number(over))
  }

  /** Remembers how far a memory (pages) or table (entries) may grow by its own declaration. */
  declare(object: object, max: number): void {
    if (!this.#maxima.has(object)) this.#maxima.set(object, maximum(max))
  }

  maximumOf(object: object): WebAssembly.Global {
    return this.#maxima.get(object) ?? maximum(0xffffffff)
  }
}

function maximum(max: number): WebAssembly.Global {
  return new WebAssembly.Global({ value: 'i64', mutable: false }, BigInt(max))
}
