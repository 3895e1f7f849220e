import type { CID } from 'multiformats/cid'
import { DAG_CBOR } from '../../dag/cid.ts'
import { decode, encode } from '../../dag/codec.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { cidOfDigest } from '../../dag/links.ts'
import { SEAL, type Sealer } from './seal.ts'

/** Bytes of a digest: instructions, jobs and receipts are DAG-CBOR by sha2-256. */
export const DIGEST = 32
/** Bytes of what a run records of a task: the digests of it and of its receipt, and whether it was remembered. */
export const RECORD = 2 * DIGEST + 1

/**
 * An entry of the memo: the digest of the block that is kept as long as it is, which is its receipt, the seal of all, and
 * what is remembered.
 */
export function sealEntry(sealer: Sealer, ran: CID, beside: CID, remembered: Ipld): Uint8Array {
  const { digest } = beside.multihash
  const content = encode(remembered)
  const entry = new Uint8Array(DIGEST + SEAL + content.length)
  entry.set(digest)
  entry.set(sealer.seal(ran.bytes, digest, content), DIGEST)
  entry.set(content, DIGEST + SEAL)
  return entry
}

/** What is remembered, and the block beside it; undefined where the entry is damaged or none of ours. */
export function openEntry(sealer: Sealer, ran: CID, entry: Uint8Array): { remembered: Ipld; beside: CID } | undefined {
  const digest = entry.subarray(0, DIGEST)
  const content = entry.subarray(DIGEST + SEAL)
  if (!sealer.isOf(entry.subarray(DIGEST, DIGEST + SEAL), ran.bytes, digest, content)) return undefined
  const decoded = decode(content)
  if (!decoded.ok) throw new Error(`what was sealed cannot be read: ${decoded.error.message}`)
  return { remembered: decoded.value, beside: cidOfDigest(DAG_CBOR, digest) }
}

/** The block beside what is remembered; undefined where the entry is damaged. */
export function besideIn(entry: Uint8Array): CID | undefined {
  return entry.length > DIGEST + SEAL ? cidOfDigest(DAG_CBOR, entry.subarray(0, DIGEST)) : undefined
}
