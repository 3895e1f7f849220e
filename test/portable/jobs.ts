import { checkFile } from '../../compiler/check.ts'
import { compile } from '../../compiler/compile.ts'
import { DAG_CBOR } from '../../dag/cid.ts'
import { decode } from '../../dag/codec.ts'
import type { Block } from '../../dag/ipld.ts'
import { toDagJson } from '../../dag/json.ts'
import { ok } from '../../dag/result.ts'
import { memoryHost } from '../harness/memory.ts'
import type { Figures } from './compare.ts'
import type { Inputs } from './corpus.ts'
import { sha256 } from './outcome.ts'

/**
 * The CIDs of every job of the examples and of `numbers.ipvm`, and of what says where it was written, and a digest of all
 * DAG-CBOR blocks as DAG-JSON, by file and name.
 */
export async function compileJobs(inputs: Inputs): Promise<Figures> {
  const prefix = 'files/'
  const files = [...inputs].filter(([name]) => name.startsWith(prefix))
  const host = memoryHost(Object.fromEntries(files.map(([name, bytes]) => [name.slice(prefix.length), bytes])))
  const cids = new Map<string, string>()
  for (const [name] of files.filter(([name]) => name.endsWith('.ipvm'))) {
    const file = name.slice(prefix.length)
    const { module } = await checkFile(host, file)
    if (!module) throw new Error(`${file} cannot be read`)
    for (const job of module.jobs.keys()) {
      const compiled = await compile(host, file, { job })
      if (!compiled.ok) throw new Error(`${file}: ${job} does not compile`)
      const { job: cid, debug, blocks } = compiled.value
      cids.set(`${file} ${job}`, `${cid} ${debug} ${await jsonOf(blocks)}`)
    }
  }
  return cids
}

async function jsonOf(blocks: Block[]): Promise<string> {
  const texts = blocks.map(({ cid, bytes }) => {
    const decoded = cid.code === DAG_CBOR ? decode(bytes) : ok(null)
    if (!decoded.ok) throw new Error(decoded.error.message)
    return toDagJson(decoded.value)
  })
  return sha256(texts.sort().join('\n'))
}
