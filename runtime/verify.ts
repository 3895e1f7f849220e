import type { CID } from 'multiformats/cid'
import { bind } from '../dag/bind.ts'
import { DAG_CBOR, DAG_PB, parseIpfsUrl } from '../dag/cid.ts'
import { decode } from '../dag/codec.ts'
import type { DagError } from '../dag/interface.ts'
import { isMap, type Block } from '../dag/ipld.ts'
import { readJob } from '../dag/job.ts'
import { keyOfCid } from '../dag/links.ts'
import type { Load } from '../dag/load.ts'
import { linksOf, reachable } from '../dag/reach.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { sizeOfFile } from '../dag/unixfs.ts'
import { loadJob } from './load.ts'

/** What a job is made of, when nothing is wrong with it. */
export interface VerifiedJob {
  job: CID
  /** Wasm and effect tasks, those in bodies too. */
  tasks: number
  params: string[]
  /** Operations of its effects, as `http/get`. */
  uses: string[]
  /** Components that it calls, and those of them whose bytes are not at hand: nothing was held against these. */
  components: string[]
  absent: string[]
  /** What it links to that is not at hand: data that it names, or files that were left out. */
  lacks: CID[]
}

/**
 * Checks that every block is one of its codec: DAG-CBOR the canonical encoding of itself, DAG-PB a file or a folder that can
 * be read. That each hashes to its CID was checked by whoever read them.
 */
export async function verifyBlocks(blocks: readonly Block[]): Promise<Result<undefined, DagError>> {
  for (const { cid, bytes } of blocks) {
    const decoded = cid.code === DAG_CBOR ? decode(bytes) : ok(undefined)
    if (!decoded.ok) return fail({ ...decoded.error, message: `block ${cid}: ${decoded.error.message}` })
    const size = cid.code === DAG_PB ? await sizeOfFile(cid, async () => bytes) : ok(0)
    if (!size.ok) return size
  }
  return ok(undefined)
}

/**
 * Checks a job with all that it is made of: its root, instructions and bodies, that it is the one normal form of itself,
 * and, where its components are at hand, that it calls functions that they have. A job that passes can run.
 */
export async function verifyJob(cid: CID, load: Load): Promise<Result<VerifiedJob, DagError>> {
  const job = await readJob(cid, load)
  if (!job.ok) return job
  const { params, uses } = job.value
  const normal = await bind(cid, new Map(), load, { partial: true })
  if (!normal.ok) return normal
  if (!normal.value.job.equals(cid))
    return fail({ code: 'job', message: `the job ${cid} is not in its normal form, which is ${normal.value.job}` })
  const blocks = await reachable([cid], load)
  const components = componentsIn(blocks)
  const absent: string[] = []
  for (const [text, component] of components) if (!(await load(component))) absent.push(text)
  // A template is checked when its parameters have values.
  if (params.size === 0 && absent.length === 0) {
    const plan = await loadJob(cid, job.value, load)
    if (!plan.ok) return plan
  }
  const here = new Set(blocks.map(block => keyOfCid(block.cid)))
  const links = blocks.flatMap(block => linksOf(block.cid, block.bytes))
  const lacks = new Map(links.filter(link => !here.has(keyOfCid(link))).map(link => [keyOfCid(link), link]))
  return ok({
    ...{ job: cid, tasks: normal.value.signature.work, params: [...params.keys()], uses },
    ...{ components: [...components.keys()].sort(), absent: absent.sort(), lacks: [...lacks.values()] },
  })
}

/** Those that instructions name, by the text of their CIDs. */
function componentsIn(blocks: readonly Block[]): Map<string, CID> {
  const found = new Map<string, CID>()
  for (const { cid, bytes } of blocks) {
    const decoded = cid.code === DAG_CBOR ? decode(bytes) : undefined
    const rsc = decoded?.ok && isMap(decoded.value) ? decoded.value['rsc'] : undefined
    const url = typeof rsc === 'string' ? parseIpfsUrl(rsc) : undefined
    if (url?.ok) found.set(url.value.cid.toString(), url.value.cid)
  }
  return found
}
