import { blockLength, createWriter, headerLength } from '@ipld/car/buffer-writer'
import { varint } from 'multiformats'
import { CID } from 'multiformats/cid'
import { checkCid, verifyBlock, type CidRules } from './cid.ts'
import { decode } from './codec.ts'
import { isCanonicalCid } from './decode.ts'
import type { DagError } from './interface.ts'
import { isLink, isMap, type Block } from './ipld.ts'
import { isPlainCid, keyOfCid, PLAIN, plainCid } from './links.ts'
import { fail, ok, type Result } from './result.ts'

/** Blocks as a CARv1 (https://ipld.io/specs/transport/car/carv1/), in the order given; a block that comes twice counts once. */
export function writeCar(roots: CID[], blocks: Iterable<Block>): Uint8Array {
  const once = new Map<string, Block>()
  for (const block of blocks) if (!once.has(keyOfCid(block.cid))) once.set(keyOfCid(block.cid), block)
  let size = headerLength({ roots })
  for (const block of once.values()) size += blockLength(block)
  const writer = createWriter(new ArrayBuffer(size), { roots })
  for (const block of once.values()) writer.write(block)
  return writer.close()
}

/** The header of a CARv1, for one whose blocks are not all at hand at once. */
export function carHeader(roots: CID[]): Uint8Array {
  return createWriter(new ArrayBuffer(headerLength({ roots })), { roots }).close()
}

/** What stands before the bytes of a block in a CARv1: the length of the section, and the CID. */
export function carSection({ cid, bytes }: Block): Uint8Array {
  const length = cid.bytes.length + bytes.length
  const section = new Uint8Array(varint.encodingLength(length) + cid.bytes.length)
  varint.encodeTo(length, section)
  section.set(cid.bytes, section.length - cid.bytes.length)
  return section
}

export interface CarLimits extends CidRules {
  /** Bytes of one block; default 2 MiB, what bitswap carries. */
  blockSize?: number
  /** Number of blocks; default four millions. */
  blocks?: number
}

export interface Car {
  roots: CID[]
  /** Verified, in the file's order, each once. */
  blocks: Block[]
}

const maxHeader = 64 * 1024
const defaultBlockSize = 2 << 20
const defaultBlocks = 4_000_000
/** Bytes of the longest CID that is taken: version, codec and hash take two bytes at most each. */
const maxCidBytes = 128

/**
 * Reads a CARv1 from strangers: every block is verified against its CID, there is at least one root, and each root is
 * among the blocks. The blocks' bytes are views of the file's. Errors name the block, counted from 1, and its offset.
 */
export function readCar(bytes: Uint8Array, limits: CarLimits = {}): Result<Car, DagError> {
  const { blockSize = defaultBlockSize, blocks: maxBlocks = defaultBlocks } = limits
  const header = readHeader(bytes)
  if (!header.ok) return header
  const { roots, end } = header.value
  for (const root of roots) {
    const checked = checkCid(root, limits)
    if (!checked.ok) return damaged(`its root is not readable: ${checked.error.message}`)
  }
  const blocks = new Map<string, Block>()
  let at = end
  for (let number = 1; at < bytes.length; number++) {
    const here = (what: string): Result<never, DagError> => damaged(`block ${number} at byte ${at} ${what}`)
    if (number > maxBlocks) return fail({ code: 'size', message: `the CAR has more than ${maxBlocks} blocks` })
    const length = readVarint(bytes, at)
    if (!length) return here('has no readable length')
    if (length.value === 0) return here('is empty')
    if (length.value > blockSize + maxCidBytes)
      return fail({ code: 'size', message: `block ${number} at byte ${at} of the CAR is over ${blockSize} bytes` })
    if (length.value > bytes.length - length.end)
      return here(`is cut off: it announces ${length.value} bytes, and ${bytes.length - length.end} are left`)
    const section = bytes.subarray(length.end, length.end + length.value)
    const cid = readCidFrom(section)
    if (!cid) return here('has no readable CID')
    const verified = verifyBlock(cid.value, section.subarray(cid.end), limits)
    if (!verified.ok) return here(`is damaged: ${verified.error.message}`)
    const key = keyOfCid(cid.value)
    if (!blocks.has(key)) blocks.set(key, verified.value)
    at = length.end + length.value
  }
  const absent = roots.find(root => !blocks.has(keyOfCid(root)))
  if (absent) return damaged(`its root ${absent} is not among its blocks`)
  return ok({ roots, blocks: [...blocks.values()] })
}

function damaged(what: string): Result<never, DagError> {
  return fail({ code: 'car', message: `the CAR is damaged: ${what}` })
}

function readHeader(bytes: Uint8Array): Result<{ roots: CID[]; end: number }, DagError> {
  const length = readVarint(bytes, 0)
  if (!length || length.value === 0) return fail({ code: 'car', message: 'this is not a CAR: it has no header' })
  const notCar = (what: string): Result<never, DagError> =>
    fail({ code: 'car', message: `this is not a CAR that can be read: ${what}` })
  if (length.value > maxHeader) return notCar(`its header would have ${length.value} bytes`)
  if (length.value > bytes.length - length.end) return notCar('it ends within its header')
  const end = length.end + length.value
  const header = decode(bytes.subarray(length.end, end))
  if (!header.ok) return notCar(`its header is ${header.error.message}`)
  if (!isMap(header.value)) return notCar('its header is no map')
  const { version, roots } = header.value
  if (version === 2) return notCar('it is a CARv2, and only CARv1 is read')
  if (version !== 1) return notCar('its version is not 1')
  if (!Array.isArray(roots) || !roots.every(isLink)) return notCar('its roots are not a list of links')
  if (Object.keys(header.value).length !== 2) return notCar('its header has a key that is unknown')
  return roots.length === 0 ? notCar('it has no root') : ok({ roots, end })
}

/** An unsigned LEB128 of at most eight bytes, in its shortest form. */
function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  let value = 0
  for (let i = 0; i < 8 && at + i < bytes.length; i++) {
    const byte = bytes[at + i]!
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (i > 0 && byte === 0) return undefined
      return Number.isSafeInteger(value) ? { value, end: at + i + 1 } : undefined
    }
  }
  return undefined
}

function readCidFrom(section: Uint8Array): { value: CID; end: number } | undefined {
  if (isPlainCid(section, 0)) return { value: plainCid(section, 0), end: PLAIN }
  try {
    const [value, rest] = CID.decodeFirst(section)
    const end = section.length - rest.length
    return end <= maxCidBytes && isCanonicalCid(value, section.subarray(0, end)) ? { value, end } : undefined
  } catch {
    return undefined
  }
}
