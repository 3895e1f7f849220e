import type { Line } from './line.ts'
import { type Pack, sizeOf } from './pack.ts'

/** How many of its large answers the other side of a worker is through with, in memory that both see. */
export type Flow = Int32Array<SharedArrayBuffer>

export function newFlow(): Flow {
  return new Int32Array(new SharedArrayBuffer(4))
}

/** Bytes of answers that may be on their way before {@link Sender.settle} waits. */
const ample = 4 << 20
/** Bytes of packs that are not counted. */
const small = 1 << 18

/** Whether whoever takes a pack has to say when it is {@link through} with it. */
export function isLarge(pack: Pack): boolean {
  return sizeOf(pack) > small
}

/** Tells the worker that a large pack takes no memory any more. */
export function through(flow: Flow): void {
  Atomics.add(flow, 0, 1)
  Atomics.notify(flow, 0)
}

/** Sends a worker's answers. */
export class Sender {
  readonly #line: Line
  readonly #flow: Flow
  /** How many large packs were sent. */
  #sent = 0
  /** Bytes of those since the other side was last through with all of them. */
  #unheard = 0

  constructor(line: Line, flow: Flow) {
    this.#line = line
    this.#flow = flow
  }

  send(pack: Pack, transfer: ArrayBuffer[]): void {
    if (isLarge(pack)) {
      if (Atomics.load(this.#flow, 0) === this.#sent) this.#unheard = 0
      this.#unheard += sizeOf(pack)
      this.#sent = (this.#sent + 1) | 0
    }
    this.#line.send(pack, transfer)
  }

  /** Blocks this thread while the other side has more than a little that it is not through with. */
  settle(): void {
    if (this.#unheard <= ample) return
    for (let heard; (heard = Atomics.load(this.#flow, 0)) !== this.#sent;) Atomics.wait(this.#flow, 0, heard)
    this.#unheard = 0
  }
}
