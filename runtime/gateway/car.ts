import type { CID } from 'multiformats/cid'
import { carHeader, carSection } from '../../dag/car.ts'
import { DAG_PB, RAW, verifyBlock } from '../../dag/cid.ts'
import type { Block } from '../../dag/ipld.ts'
import { keyOfCid } from '../../dag/links.ts'
import type { Load } from '../../dag/load.ts'
import { linksOf } from '../../dag/reach.ts'
import { fileParts, sizeOfFile, type FileRange } from '../../dag/unixfs.ts'
import { Broken } from './answer.ts'
import type { EntityBytes, Format } from './formats.ts'

/** How much one answer may be. */
export interface CarCaps {
  /** Most blocks. */
  blocks: number
  /** Most links that wait while a DAG is walked. */
  open: number
}

const defaultCaps: CarCaps = { blocks: 262_144, open: 1_000_000 }
const IDENTITY = 0

/**
 * A CARv1 as a stream, depth first, each block once. A block that is missing or damaged ends it with an exception.
 *
 * @param path blocks that lead to the terminus, the requested one first
 */
export async function* carOf(
  root: CID,
  path: Block[],
  terminus: Block,
  format: Format & { kind: 'car' },
  load: Load,
  caps: CarCaps = defaultCaps,
): AsyncGenerator<Uint8Array> {
  yield carHeader([root])
  const sent = new Set<string>()
  for await (const block of blocksOf(path, terminus, format, load, caps)) {
    const key = keyOfCid(block.cid)
    if (sent.has(key) || block.cid.multihash.code === IDENTITY) continue
    if (sent.size === caps.blocks) throw new Broken(`a CAR of more than ${caps.blocks} blocks`)
    sent.add(key)
    yield carSection(block)
    yield block.bytes
  }
}

async function* blocksOf(
  path: Block[],
  terminus: Block,
  { scope, bytes }: Format & { kind: 'car' },
  load: Load,
  caps: CarCaps,
): AsyncGenerator<Block> {
  yield* path
  if (scope === 'all') yield* everything(terminus, load, caps)
  else if (scope === 'entity') yield* entity(terminus, bytes, load)
  else yield terminus
}

async function* everything(terminus: Block, load: Load, caps: CarCaps): AsyncGenerator<Block> {
  const seen = new Set<string>()
  const open = [terminus.cid]
  for (let cid = open.pop(); cid; cid = open.pop()) {
    const key = keyOfCid(cid)
    if (seen.has(key)) continue
    seen.add(key)
    const block = cid === terminus.cid ? terminus : await need(cid, load)
    yield block
    const links = linksOf(cid, block.bytes).filter(link => !seen.has(keyOfCid(link)))
    if (open.length + links.length > caps.open) throw new Broken(`more than ${caps.open} links wait to be followed`)
    open.push(...links.reverse())
  }
}

/** All of a file, or the part that is asked for; of everything else the block alone. */
async function* entity(terminus: Block, bytes: EntityBytes | undefined, load: Load): AsyncGenerator<Block> {
  const { cid } = terminus
  const size = cid.code === RAW || cid.code === DAG_PB ? await sizeOfFile(cid, load) : undefined
  // A folder is read as one block (`resolvePath`), since none is in shards.
  if (!size?.ok) return yield terminus
  const range = bytes && fileRange(bytes, size.value)
  if (bytes && !range) return yield terminus
  for await (const part of fileParts(cid, load, { maxBytes: Number.MAX_SAFE_INTEGER }, range)) {
    if (!part.ok) throw new Broken(part.error.message)
    yield part.value
  }
}

/** Undefined where nothing of the file is in the range. */
function fileRange({ from, to }: EntityBytes, size: number): FileRange | undefined {
  const first = Math.max(0, from < 0 ? size + from : from)
  const end = to === undefined ? size : Math.min(size, (to < 0 ? size + to : to) + 1)
  return first < end ? [first, end] : undefined
}

async function need(cid: CID, load: Load): Promise<Block> {
  const bytes = await load(cid)
  if (!bytes) throw new Broken(`block ${cid} is not here`)
  const verified = verifyBlock(cid, bytes)
  if (!verified.ok) throw new Broken(verified.error.message)
  return verified.value
}
