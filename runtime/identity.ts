import { hash } from 'node:crypto'
import { encode } from '../dag/codec.ts'
import type { CID } from 'multiformats/cid'

/**
 * Where a task of a run stands: the instance of a body, within the instance that its operation stands in, up to the run. It
 * depends on nothing that time decides, so that it is the same when the run is resumed, and differs from that of every
 * other run.
 */
export interface Place {
  /** Digest of what is around. */
  readonly name: string
}

/** The job itself, or what undoes a command. */
export function placeOfRun(nonce: Uint8Array, undoes: string | null): Place {
  return { name: digestHex(encode(undoes === null ? [nonce] : [nonce, undoes])) }
}

/**
 * The instances that an operation has made together.
 *
 * @param around where the operation stands, and in which instance
 * @param turn how many times it has made instances before
 */
export function placeWithin(around: Place, instance: number, op: CID, body: number, turn: number): Place {
  let name: string | undefined
  return {
    get name() {
      return (name ??= digestHex(encode([around.name, instance, op, body, turn])))
    },
  }
}

/** Names a task of the run: 64 hexadecimal digits. */
export function identityOf(place: Place, instance: number, task: CID): string {
  return digestHex(encode([place.name, instance, task]))
}

export function digestHex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}
