import type { CID } from 'multiformats/cid'
import { DAG_CBOR, verifyBlock } from './cid.ts'
import { decode } from './codec.ts'
import type { DagError } from './interface.ts'
import type { Ipld } from './ipld.ts'
import { fail, ok, type Result } from './result.ts'

/** Gives the bytes of a block, or nothing where it is not at hand. They need not be verified: readers here do that. */
export type Load = (cid: CID) => Promise<Uint8Array | undefined>

export interface ReadOptions {
  /** Most bytes that are read, every block counted as often as it is met; default {@link defaultMaxBytes}. */
  maxBytes?: number
}

export const defaultMaxBytes = 1 << 30

/** What one reader may still read. Blocks cost more than their bytes, so that empty ones are bounded too. */
export class Budget {
  readonly max: number
  #left: number
  constructor(options: ReadOptions) {
    this.max = options.maxBytes ?? defaultMaxBytes
    this.#left = this.max + perBlock
  }
  static of(options: ReadOptions | Budget): Budget {
    return options instanceof Budget ? options : new Budget(options)
  }
  /** Whether a block of so many bytes fits; it is taken off. */
  take(bytes: number): boolean {
    this.#left -= bytes + perBlock
    return this.#left >= 0
  }
}

const perBlock = 64

/** Loads a block and checks it against its CID. */
export async function loadBytes(cid: CID, load: Load, budget: Budget): Promise<Result<Uint8Array, DagError>> {
  const bytes = await load(cid)
  if (!bytes) return fail({ code: 'missing', message: `block ${cid} is missing` })
  const verified = verifyBlock(cid, bytes)
  if (!verified.ok) return verified
  if (!budget.take(bytes.length))
    return fail({ code: 'size', message: `what is read is over the limit of ${budget.max} bytes (at block ${cid})` })
  return ok(bytes)
}

/** Loads a DAG-CBOR block and decodes it strictly. */
export async function loadIpld(cid: CID, load: Load, budget: Budget): Promise<Result<Ipld, DagError>> {
  if (cid.code !== DAG_CBOR) return fail({ code: 'cid', message: `CID ${cid} names bytes where a value was expected` })
  const bytes = await loadBytes(cid, load, budget)
  if (!bytes.ok) return bytes
  const value = decode(bytes.value)
  return value.ok ? value : fail({ ...value.error, message: `block ${cid}: ${value.error.message}` })
}
