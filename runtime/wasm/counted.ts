import { Reader } from './binary.ts'
import { opcode as op } from './opcodes.ts'

/**
 * A loop that goes on until a local, which grows or falls by a power of two each time, is equal to another local that
 * stays the same, or to a constant. How often it goes round is known before it begins.
 */
export interface Counted {
  counter: number
  step: number
  /** A constant, or a local. */
  stop: { constant: number } | { local: number }
}

const i32Ne = 0x47
const kept = 8

/** Remembers the last instructions, and where locals were set, to tell what a loop does at its end. */
export class Recent {
  readonly #bytes: Uint8Array
  readonly #ops = new Int32Array(kept)
  readonly #starts = new Int32Array(kept)
  readonly #indices = new Float64Array(kept)
  #count = 0
  /** Where each local was set last, and the time before. */
  readonly #last: number[] = []
  readonly #before: number[] = []

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  step(instruction: number, start: number, index: number): void {
    const at = this.#count++ % kept
    this.#ops[at] = instruction
    this.#starts[at] = start
    this.#indices[at] = index
    if (instruction !== op.localSet && instruction !== op.localTee) return
    this.#before[index] = this.#last[index] ?? -1
    this.#last[index] = start
  }

  /** The instruction `back` before the last one, if it is this one. */
  #is(back: number, instruction: number): boolean {
    return this.#count > back && this.#ops[(this.#count - 1 - back) % kept] === instruction
  }

  #index(back: number): number {
    return this.#indices[(this.#count - 1 - back) % kept]!
  }

  #constant(back: number): number {
    const start = this.#starts[(this.#count - 1 - back) % kept]!
    return new Reader(this.#bytes, start + 1).s32()
  }

  /**
   * Whether a loop that ends here, and of which only the last instruction goes to its head, is counted:
   *
   *     counter = counter + step; go on if counter ≠ stop
   *
   * @param head where its body begins
   */
  counted(head: number): Counted | undefined {
    // The last is the `end`, before it stands the branch.
    if (!this.#is(1, op.brIf) || this.#index(1) !== 0) return undefined
    const compares = this.#is(2, i32Ne)
    const behind = compares && !this.#is(3, op.localTee)
    const tee = compares ? (behind ? 4 : 3) : 2
    if (!this.#is(tee, op.localTee) || !this.#is(tee + 1, op.i32Add) || !this.#is(tee + 2, op.i32Const))
      return undefined
    const counter = this.#index(tee)
    if (!this.#is(tee + 3, op.localGet) || this.#index(tee + 3) !== counter) return undefined
    if (this.#before[counter]! >= head) return undefined
    const step = this.#constant(tee + 2)
    if (step === 0 || (Math.abs(step) & (Math.abs(step) - 1)) !== 0) return undefined
    const stop = compares ? this.#stop(behind ? 3 : tee + 4, head) : { constant: 0 }
    return stop && { counter, step, stop }
  }

  #stop(back: number, head: number): Counted['stop'] | undefined {
    if (this.#is(back, op.i32Const)) return { constant: this.#constant(back) }
    if (!this.#is(back, op.localGet)) return undefined
    const local = this.#index(back)
    return (this.#last[local] ?? -1) < head ? { local } : undefined
  }
}
