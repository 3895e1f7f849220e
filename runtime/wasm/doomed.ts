import { opcode as op } from './opcodes.ts'

/**
 * Finds the blocks behind whose end the task cannot but end: what stands there comes to `unreachable` without a branch.
 * Compilers put the failures of their checks there, so that most branches out of a loop lead to such an end.
 */
export class Doom {
  /** Blocks that are open, by number in the order in which they begin. */
  readonly #open: number[] = []
  /** Blocks whose end has been passed with nothing but plain instructions since. */
  #passed: number[] = []
  #count = 0
  readonly blocks = new Set<number>()

  /** How many blocks are open. */
  get depth(): number {
    return this.#open.length
  }

  step(instruction: number): void {
    // Calls, `drop`, `select` and all that is no control instruction.
    if (instruction >= op.drop || instruction === op.nop || isCall(instruction)) return
    if (instruction === op.end) {
      // Whoever gets here goes on behind this end, too; the last one is that of the function.
      const block = this.#open.pop()
      if (block !== undefined) this.#passed.push(block)
      return
    }
    if (instruction === op.unreachable) for (const block of this.#passed) this.blocks.add(block)
    if (this.#passed.length > 0) this.#passed = []
    if (instruction >= op.block && instruction <= op.if) this.#open.push(this.#count++)
  }
}

function isCall(instruction: number): boolean {
  return instruction === op.call || instruction === op.callIndirect
}
