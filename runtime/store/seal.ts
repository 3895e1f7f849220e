import { hash, type KeyObject } from 'node:crypto'
import { binaryOf } from '../../dag/links.ts'

/** Bytes of a seal. */
export const SEAL = 32
/** Bytes of what a seal is made of that are kept for the next one. */
const ROOM = 4096

/**
 * Seals what is remembered with the store's own key, so that a row which was damaged, put together from others or written
 * by somebody else is not taken for one of ours. It costs a hash, where a signature would cost more than a task.
 */
export class Sealer {
  readonly #secret: Uint8Array
  #room = new Uint8Array(ROOM)

  /**
   * @param key Ed25519, private
   * @param what sets these seals apart from all others of the key
   */
  constructor(key: KeyObject, what: string) {
    const { d } = key.export({ format: 'jwk' })
    this.#secret = hash('sha256', `ipvm ${what} ${d!}`, 'buffer')
  }

  /** The seal of these parts, whose lengths must follow from what they are. */
  seal(...parts: readonly Uint8Array[]): Uint8Array {
    return Buffer.from(this.#hash(parts), 'latin1')
  }

  /** Whether a seal is that of these parts. */
  isOf(seal: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
    return seal.length === SEAL && binaryOf(seal) === this.#hash(parts)
  }

  #hash(parts: readonly Uint8Array[]): string {
    // The secret stands at both ends, so that nothing can be added to what was sealed.
    const size = parts.reduce((sum, part) => sum + part.length, 2 * this.#secret.length)
    if (size > this.#room.length) this.#room = new Uint8Array(size)
    let at = 0
    for (const part of [this.#secret, ...parts, this.#secret]) {
      this.#room.set(part, at)
      at += part.length
    }
    return hash('sha256', this.#room.subarray(0, size), 'binary')
  }
}
