import { Ended, shortage } from './failure.ts'
import { stackBytes } from './schedule.ts'

/** The module name under which the rewriter's own imports stand; a guest may not import from it. */
export const reserved = 'ipvm:budget'

/** What an entry of a table counts, in bytes: the engine keeps about that much for each. */
export const bytesPerTableEntry = 32

/** What an instantiation has used of a budget. */
export interface Mark {
  gas: bigint
  used: bigint
  peak: number
}

/** What one call may use, and what it has used. */
export interface Usage {
  /** Bytes. */
  memory: number
  /** Units (docs/gas.md). */
  gas: number
}

/**
 * What one task may use: gas, stack and memory, of all core instances of its component together.
 *
 * The counters are Wasm globals that every rewritten module imports, so that there is one of each for the whole
 * component, which no instance can go around, start functions included. `gas` and `stack` hold what is left: code that
 * finds its gas below zero traps, or leaves it there for whoever looks next; code that finds its stack below zero
 * leaves that in `stack` and traps. Growing code adds to `used` before it grows; where that would pass `limit` it
 * leaves the sum in `over` (or -1 where the engine itself had no more to give) and traps. One budget serves all calls
 * of a worker, one after the other.
 */
export class Budget {
  readonly gas = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  readonly stack = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  readonly used = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  readonly limit = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  readonly over = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  /** The limits. */
  bytes = 0
  #units = 0
  #peak = 0
  /** Largest memory and table sizes that the objects of this task may grow to, known where they were made. */
  #maxima = new WeakMap<object, WebAssembly.Global>()

  begin({ memory, gas }: Usage): void {
    this.bytes = memory
    this.#units = gas
    this.#peak = 0
    this.gas.value = BigInt(gas)
    this.stack.value = stackBytes
    this.used.value = 0n
    this.limit.value = BigInt(memory)
    this.over.value = 0n
  }

  /** Counts gas for what the host does; also sees what the guest has overdrawn. */
  spend(units: number): void {
    const left = (this.gas.value as bigint) - BigInt(units)
    this.gas.value = left
    if (left < 0n) throw this.#spent(left)
  }

  #spent(left: bigint): Ended {
    return new Ended('gas', `${BigInt(this.#units) - left} units were needed, the limit is ${this.#units}`)
  }

  /** Counts frames of the host that guests stand on; what it gives is taken back by {@link rise}. */
  sink(bytes: number): void {
    const left = (this.stack.value as number) - bytes
    this.stack.value = left
    if (left < 0) throw this.#exhausted()
  }

  rise(bytes: number): void {
    this.stack.value = (this.stack.value as number) + bytes
  }

  #exhausted(): Ended {
    return new Ended('stack', `calls were nested deeper than ${stackBytes} bytes`)
  }

  /** What was used: gas up to the limit, and the most bytes that were in use at a time. */
  usage(): Usage {
    const left = Number(this.gas.value)
    return { memory: this.#highest(), gas: this.#units - Math.max(0, left) }
  }

  /** What was used so far, to go on from there with {@link resume}. */
  mark(): Mark {
    return {
      gas: BigInt(this.#units) - (this.gas.value as bigint),
      used: this.used.value as bigint,
      peak: this.#peak,
    }
  }

  /**
   * Goes on as if what was marked had been done again.
   *
   * @returns whether the limits allow it; where not, nothing is changed
   */
  resume({ gas, used, peak }: Mark): boolean {
    const left = (this.gas.value as bigint) - gas
    if (left < 0n || used > BigInt(this.bytes) || peak > this.bytes) return false
    this.gas.value = left
    this.used.value = used
    this.#peak = peak
    return true
  }

  /** Counts what the call has from now on to its end. */
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

  #highest(): number {
    return Math.min(this.bytes, Math.max(this.#peak, Number(this.used.value)))
  }

  exceeded(total: number): Ended {
    this.#peak = this.bytes
    return new Ended('memory', shortage(total, this.bytes))
  }

  /** The failure behind a trap, if it was a limit that ended the task. */
  overrun(): Ended | undefined {
    const gas = this.gas.value as bigint
    if (gas < 0n) return this.#spent(gas)
    if ((this.stack.value as number) < 0) return this.#exhausted()
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
