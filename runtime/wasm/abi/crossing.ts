import type { Budget } from '../budget.ts'
import { trap } from '../failure.ts'
import type { HandleTable } from '../resources.ts'
import { unitsPerCrossedByte, unitsPerCrossing } from '../schedule.ts'

/** What passes between JavaScript and a core function: `i64` is a `bigint`, the other three are numbers. */
export type FlatValue = number | bigint
export type FlatType = 'i32' | 'i64' | 'f32' | 'f64'

export type CoreFunction = (...args: FlatValue[]) => FlatValue | undefined

/** Flat values on their way up, taken one after the other. */
export class FlatReader {
  readonly values: readonly FlatValue[]
  at = 0
  constructor(values: readonly FlatValue[]) {
    this.values = values
  }
  number(): number {
    return this.values[this.at++] as number
  }
  bigint(): bigint {
    return this.values[this.at++] as bigint
  }
}

/**
 * A linear memory seen from outside. Growing detaches the views, so that every path that may have run guest code
 * (`realloc` above all) calls {@link fresh} before it touches them again.
 */
export class Linear {
  readonly memory: WebAssembly.Memory
  bytes: Uint8Array<ArrayBuffer>
  view: DataView<ArrayBuffer>

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory
    this.bytes = new Uint8Array(memory.buffer)
    this.view = new DataView(memory.buffer)
  }

  fresh(): this {
    // A detached view has length 0; so has one of an empty memory, which is cheap to take again.
    if (this.bytes.length === 0) {
      this.bytes = new Uint8Array(this.memory.buffer)
      this.view = new DataView(this.memory.buffer)
    }
    return this
  }
}

export type Encoding = 'utf8' | 'utf16' | 'latin1+utf16'

/**
 * One side of a boundary at which values are lifted and lowered: the memory, allocator and handles of one component
 * instance under the options of one `lift` or `lower`, and the count of what has crossed in the present call.
 */
export class Crossing {
  readonly encoding: Encoding
  readonly handles: HandleTable
  readonly #budget: Budget
  readonly #linear: Linear | undefined
  readonly #realloc: CoreFunction | undefined
  #room = 0
  #cost = 0
  #crossed = 0
  #lowered = 0

  constructor(
    budget: Budget,
    handles: HandleTable,
    encoding: Encoding,
    memory: WebAssembly.Memory | undefined,
    realloc: CoreFunction | undefined,
  ) {
    this.#budget = budget
    this.handles = handles
    this.encoding = encoding
    this.#linear = memory && new Linear(memory)
    this.#realloc = realloc
  }

  /** The memory, with views that are valid until guest code runs again. */
  get linear(): Linear {
    return (this.#linear ?? trap('a value needs a memory and there is none')).fresh()
  }

  /** Begins to lift: what may cross is what the budget has left now. */
  open(): void {
    this.#room = this.#budget.room()
    this.#cost = 0
    this.#crossed = 0
  }

  /**
   * Counts what is lifted *before* anything is made of it; an alias counts as often as it is seen.
   *
   * @param bytes for gas
   * @param cost for memory
   */
  take(bytes: number, cost: number): void {
    this.#crossed += bytes
    this.#cost += cost
    if (this.#cost > this.#room) throw this.#budget.exceeded(this.#budget.bytes - this.#room + this.#cost)
  }

  close(): void {
    this.#budget.crossed(this.#cost)
  }

  /** Ends the call: charges what was lifted and lowered. */
  settle(): void {
    const bytes = this.#crossed + this.#lowered
    this.#lowered = 0
    this.#budget.spend(unitsPerCrossing + bytes * unitsPerCrossedByte)
  }

  /** Checks that `size` bytes at `at` lie in the memory (`what` is for the trap's message). */
  check(at: number, size: number, align: number, what: string): void {
    if (at % align !== 0) trap(`the address of a ${what} is not aligned`)
    if (at + size > this.linear.bytes.length) trap(`a ${what} is out of bounds of the memory`)
  }

  /**
   * Asks the guest for memory. `size` is exact: no value is reallocated while it is written.
   *
   * @returns a checked address; views taken before are no longer valid
   */
  allocate(size: number, align: number): number {
    if (size > 0xffffffff) trap('a value is larger than a memory')
    this.#lowered += size
    const realloc = this.#realloc ?? trap('a value needs realloc and there is none')
    const at = (realloc(0, 0, align, size) as number) >>> 0
    this.check(at, size, align, 'block that realloc gave')
    return at
  }
}
