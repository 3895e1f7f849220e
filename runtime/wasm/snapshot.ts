import type { HandleTable } from './resources.ts'

/** What an instance of a component is made of: an instance of a core module, or a table of handles. */
export type Part = { handles: HandleTable } | { exports: WebAssembly.Exports; state: readonly string[] | undefined }

/** Memories larger than this are not copied: an engine makes a new one in less time. */
const largest = 4 << 20

/**
 * All that calls can change in an instance, as it was before the first of them.
 *
 * The state of an instance of a core module is its globals, memories, tables and segments (WebAssembly core
 * specification, "Store"). Its functions are not its own to change, and tables and segments change only by instructions
 * that {@link Outline.indelible} looks for, in the module and in all others of the component. What is left are mutable
 * globals and the memory, which are copied. Handles of resources are state of the host: an instance in which one was
 * ever made is not put back.
 */
export class Snapshot {
  readonly #globals: { global: WebAssembly.Global; value: number | bigint }[] = []
  readonly #memories: { memory: WebAssembly.Memory; size: number; pieces: Piece[] }[] = []
  readonly #handles: { handles: HandleTable; added: number }[] = []

  /** @returns nothing where there is something that cannot be put back, or too much of it */
  static take(parts: readonly Part[]): Snapshot | undefined {
    const snapshot = new Snapshot()
    let bytes = 0
    for (const part of parts) {
      if ('handles' in part) {
        snapshot.#handles.push({ handles: part.handles, added: part.handles.added })
        continue
      }
      if (part.state === undefined) return undefined
      for (const name of part.state) {
        const item = part.exports[name]
        if (item instanceof WebAssembly.Global) snapshot.#globals.push({ global: item, value: item.value })
        else if (item instanceof WebAssembly.Memory) {
          bytes += item.buffer.byteLength
          if (bytes > largest) return undefined
          snapshot.#memories.push({ memory: item, size: item.buffer.byteLength, pieces: piecesOf(item.buffer) })
        } else throw new Error(`the state ${name} is neither a memory nor a global`)
      }
    }
    return snapshot
  }

  /** Whether {@link restore} would bring everything back: no memory was grown, no handle was made. */
  get complete(): boolean {
    return (
      this.#memories.every(({ memory, size }) => memory.buffer.byteLength === size) &&
      this.#handles.every(({ handles, added }) => handles.added === added)
    )
  }

  restore(): void {
    for (const { global, value } of this.#globals) global.value = value
    for (const { memory, pieces } of this.#memories) {
      const view = new Uint8Array(memory.buffer)
      let at = 0
      for (const { start, bytes } of pieces) {
        view.fill(0, at, start)
        view.set(bytes, start)
        at = start + bytes.length
      }
      view.fill(0, at)
    }
  }
}

/** A part of a memory that is not zero. */
interface Piece {
  start: number
  bytes: Uint8Array
}

const block = 4096

/** The blocks of a memory that are not zero; neighbours are one piece. */
function piecesOf(buffer: ArrayBuffer): Piece[] {
  const words = new BigUint64Array(buffer)
  const pieces: { start: number; end: number }[] = []
  for (let start = 0; start < buffer.byteLength; start += block) {
    const end = start + block
    let at = start / 8
    while (at < end / 8 && words[at] === 0n) at++
    if (at === end / 8) continue
    const last = pieces.at(-1)
    if (last?.end === start) last.end = end
    else pieces.push({ start, end })
  }
  return pieces.map(({ start, end }) => ({ start, bytes: new Uint8Array(buffer.slice(start, end)) }))
}
