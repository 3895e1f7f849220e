import type { CID } from 'multiformats/cid'
import { block, DAG_CBOR, parseIpfsUrl } from '../../dag/cid.ts'
import { decode } from '../../dag/codec.ts'
import type { DagError } from '../../dag/interface.ts'
import { isLink, isMap, type Block, type Ipld } from '../../dag/ipld.ts'
import { decodeInstruction, WASM_RUN } from '../../dag/job.ts'
import { keyOfCid } from '../../dag/links.ts'
import type { Load } from '../../dag/load.ts'
import { readList, splitList } from '../../dag/place.ts'
import { reachable } from '../../dag/reach.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { loadFrom } from '../blocks.ts'
import type { Store } from '../interface.ts'
import { readReceipt } from '../receipt.ts'

/** The key of the root of a file of receipts (docs/receipts.md). */
const RECEIPTS = 'ipvm/receipts'

/** Receipts with what they speak of: the instructions, their arguments and results, and the components that were called. */
export interface Bundle {
  root: CID
  blocks: Block[]
  receipts: CID[]
}

/**
 * The receipts of a run, whoever has signed them: of what was remembered those of the run that had executed it.
 *
 * @param components also the components; without them whoever reads it must have them
 */
export async function bundleReceipts(
  store: Store,
  run: string,
  components: boolean,
): Promise<Result<Bundle, DagError>> {
  const load = loadFrom(store.blocks)
  const receipts = distinct((await store.tasks(run)).map(({ receipt }) => receipt))
  const roots = [...receipts]
  for (const cid of receipts) {
    const rsc = components ? await componentOf(cid, load) : ok(undefined)
    if (!rsc.ok) return rsc
    if (rsc.value) roots.push(rsc.value)
  }
  const list = splitList(receipts)
  const root = block({ [RECEIPTS]: list.value })
  return ok({ root: root.cid, blocks: [root, ...list.blocks, ...(await reachable(roots, load))], receipts })
}

/** The component that a receipt is of, if it is of one. */
async function componentOf(cid: CID, load: Load): Promise<Result<CID | undefined, DagError>> {
  const gone = (what: CID): Result<never, DagError> =>
    fail({ code: 'missing', message: `block ${what} is not in the store` })
  const bytes = await load(cid)
  if (!bytes) return gone(cid)
  const receipt = readReceipt(bytes)
  if (!receipt.ok) return receipt
  const { ran } = receipt.value
  const instruction = await load(ran)
  if (!instruction) return gone(ran)
  const decoded = decodeInstruction(instruction)
  if (!decoded.ok) return decoded
  const url = decoded.value.op === WASM_RUN ? parseIpfsUrl(decoded.value.rsc) : undefined
  return ok(url?.ok ? url.value.cid : undefined)
}

/** Each once, in the order of their bytes, so that the same receipts have the same root. */
function distinct(cids: readonly CID[]): CID[] {
  const all = [...new Map(cids.map(cid => [keyOfCid(cid), cid])).values()]
  return all.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
}

/** The receipts that a block lists; undefined where it is the root of something else. */
export async function receiptsIn(root: CID, load: Load): Promise<Result<CID[], DagError> | undefined> {
  const bytes = root.code === DAG_CBOR ? await load(root) : undefined
  const decoded = bytes && decode(bytes)
  if (!decoded?.ok || !isMap(decoded.value) || !Object.hasOwn(decoded.value, RECEIPTS)) return undefined
  const wrong = (what: string): Result<never, DagError> =>
    fail({ code: 'block', message: `block ${root} lists no receipts: ${what}` })
  if (Object.keys(decoded.value).length !== 1) return wrong('it has a key that is unknown')
  const list = await readList(decoded.value[RECEIPTS]!, load)
  if (!list.ok) return list
  const receipts: Ipld[] = list.value
  if (!receipts.every(isLink)) return wrong('it holds something else than links')
  const isSorted = receipts.every((cid, i) => i === 0 || Buffer.compare(receipts[i - 1]!.bytes, cid.bytes) < 0)
  return isSorted ? ok(receipts) : wrong('they are not sorted, or one stands twice')
}
