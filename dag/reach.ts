import { CID } from 'multiformats/cid'
import { DAG_CBOR, DAG_PB } from './cid.ts'
import { decode } from './codec.ts'
import { isLink, isMap, type Block, type Ipld } from './ipld.ts'
import { keyOfCid } from './links.ts'
import type { Load } from './load.ts'
import { readProtobuf } from './protobuf.ts'

/**
 * All blocks that can be reached from some roots and are at hand, each once, a block before those that it links to.
 * What an instruction names in its `rsc` is no link: components are asked for by name.
 */
export async function reachable(roots: CID[], load: Load): Promise<Block[]> {
  const blocks: Block[] = []
  const seen = new Set<string>()
  const open = [...roots].reverse()
  for (let cid = open.pop(); cid; cid = open.pop()) {
    const key = keyOfCid(cid)
    if (seen.has(key)) continue
    seen.add(key)
    const bytes = await load(cid)
    if (!bytes) continue
    blocks.push({ cid, bytes })
    open.push(...linksOf(cid, bytes).reverse())
  }
  return blocks
}

/** The links of a block, in their order; none where it cannot be read. */
export function linksOf(cid: CID, bytes: Uint8Array): CID[] {
  if (cid.code === DAG_PB) return linksOfFile(bytes)
  if (cid.code !== DAG_CBOR) return []
  const decoded = decode(bytes)
  return decoded.ok ? [...linksIn(decoded.value)] : []
}

/** The links in a value, in their order; the codec has bounded its depth. */
export function* linksIn(value: Ipld): Generator<CID> {
  if (isLink(value)) yield value
  else if (Array.isArray(value)) for (const item of value) yield* linksIn(item)
  else if (isMap(value)) for (const item of Object.values(value)) yield* linksIn(item)
}

/** DAG-PB: each field 2 is a link, whose field 1 is the CID. */
function linksOfFile(bytes: Uint8Array): CID[] {
  const links = (readProtobuf(bytes) ?? []).filter(({ field, value }) => field === 2 && value instanceof Uint8Array)
  return links.flatMap(({ value }) => {
    const hash = readProtobuf(value as Uint8Array)?.find(({ field }) => field === 1)?.value
    const cid = hash instanceof Uint8Array ? decodeCid(hash) : undefined
    return cid ? [cid] : []
  })
}

function decodeCid(bytes: Uint8Array): CID | undefined {
  try {
    return CID.decode(bytes)
  } catch {
    return undefined
  }
}
