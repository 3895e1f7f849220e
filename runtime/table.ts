import type { CID } from 'multiformats/cid'
import { DAG_CBOR } from '../dag/cid.ts'
import { cidOfDigest } from '../dag/links.ts'

const SHA2_256 = 0x12
const DIGEST = 32

/** Numbers for the tasks of a job by their CIDs, 40 to 48 bytes each: a `CID` itself would take some 500. */
export class TaskTable {
  readonly size: number
  readonly #digests: Uint8Array
  /** Open addressing; numbers are held plus one, 0 is free. A digest is evenly spread already. */
  readonly #slots: Uint32Array
  readonly #mask: number
  #count = 0

  constructor(size: number) {
    this.size = size
    this.#digests = new Uint8Array(size * DIGEST)
    const slots = 2 ** Math.ceil(Math.log2(size * 1.5 + 1))
    this.#slots = new Uint32Array(slots)
    this.#mask = slots - 1
  }

  /** Gives the next number to a task, which must be a DAG-CBOR block by sha2-256; false where it has one already. */
  add(task: CID): boolean {
    const digest = task.multihash.digest
    const slot = this.#find(digest)
    if (this.#slots[slot] !== 0) return false
    this.#digests.set(digest, this.#count * DIGEST)
    this.#slots[slot] = ++this.#count
    return true
  }

  /** The number of a task, -1 where it has none. */
  numberOf(task: CID): number {
    return isTask(task) ? this.#slots[this.#find(task.multihash.digest)]! - 1 : -1
  }

  cidOf(number: number): CID {
    return cidOfDigest(DAG_CBOR, this.#digests.subarray(number * DIGEST, (number + 1) * DIGEST))
  }

  /** The slot that holds the digest, or the free one where it belongs. */
  #find(digest: Uint8Array): number {
    let slot = (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) & this.#mask
    for (let held = this.#slots[slot]!; held !== 0; held = this.#slots[slot]!) {
      if (this.#equals(held - 1, digest)) break
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #equals(number: number, digest: Uint8Array): boolean {
    const at = number * DIGEST
    for (let i = 0; i < DIGEST; i++) if (this.#digests[at + i] !== digest[i]) return false
    return true
  }
}

/** Whether a CID can name an instruction. */
export function isTask(cid: CID): boolean {
  return cid.version === 1 && cid.code === DAG_CBOR && cid.multihash.code === SHA2_256 && cid.multihash.size === DIGEST
}
