import { CID } from 'multiformats/cid'
import { Digest } from 'multiformats/hashes/digest'

const SHA2_256 = 0x12
/** Bytes of such a CID as is made here: version 1, a codec of one byte, sha2-256 with 32 bytes of hash. */
export const PLAIN = 36

/**
 * CIDs are made by the thousand, and a typed array of its own for each costs more than all else: they stand in common
 * buffers of this many bytes.
 */
const SLAB = 8192
let slab = new ArrayBuffer(SLAB)
let used = 0

/** Whether such a CID begins at `at`. */
export function isPlainCid(bytes: Uint8Array, at: number): boolean {
  return (
    bytes.length - at >= PLAIN &&
    bytes[at] === 1 &&
    bytes[at + 1]! < 0x80 &&
    bytes[at + 2] === SHA2_256 &&
    bytes[at + 3] === PLAIN - 4
  )
}

/** The CID that stands there, for which {@link isPlainCid} holds. The bytes are copied. */
export function plainCid(bytes: Uint8Array, at: number): CID {
  const own = room()
  own.set(bytes.subarray(at, at + PLAIN))
  return cidIn(own)
}

/** @param code of a codec, below 128 */
export function cidOfDigest(code: number, digest: Uint8Array): CID {
  const own = begun(code)
  own.set(digest, 4)
  return cidIn(own)
}

/** {@link cidOfDigest} of a digest in the form of {@link binaryOf}. */
export function cidOfBinary(code: number, digest: string): CID {
  const own = begun(code)
  for (let i = 0; i < digest.length; i++) own[4 + i] = digest.charCodeAt(i)
  return cidIn(own)
}

/** Texts of CIDs are costly to make. This one is not: two blocks have the same only where they are one. */
export function keyOfCid(cid: CID): string {
  const { bytes } = cid
  // Longer ones are none of ours.
  return bytes.length > 2 * PLAIN ? cid.toString() : binaryOf(bytes)
}

/** Few bytes as a string with a character for each, which Node calls binary. */
export function binaryOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(undefined, bytes as unknown as number[])
}

function begun(code: number): Uint8Array {
  const own = room()
  own[0] = 1
  own[1] = code
  own[2] = SHA2_256
  own[3] = PLAIN - 4
  return own
}

function room(): Uint8Array {
  if (used + PLAIN > SLAB) {
    slab = new ArrayBuffer(SLAB)
    used = 0
  }
  used += PLAIN
  return new Uint8Array(slab, used - PLAIN, PLAIN)
}

function cidIn(own: Uint8Array): CID {
  const { buffer, byteOffset } = own
  const multihash = new Uint8Array(buffer, byteOffset + 2, PLAIN - 2)
  const digest = new Uint8Array(buffer, byteOffset + 4, PLAIN - 4)
  return new CID(1, own[1]!, new Digest(SHA2_256, PLAIN - 4, digest, multihash), own)
}
