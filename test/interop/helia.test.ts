import { CarReader } from '@ipld/car/reader'
import { dagCbor as codec } from '@helia/dag-cbor'
import { withHTTP } from '@helia/http'
import { unixfs } from '@helia/unixfs'
import * as dagCborCodec from '@ipld/dag-cbor'
import { createHeliaLight } from 'helia'
import { CID } from 'multiformats/cid'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadFrom } from '../../runtime/blocks.ts'
import { serveGateway } from '../../runtime/gateway/serve.ts'
import { openStore } from '../../runtime/store/open.ts'
import { folder, json, root } from '../cli/harness.ts'

type Node = ReturnType<typeof createHeliaLight>

const source = join(root, 'examples/wordcount/wordcount.ipvm')
let cwd: string
let job: string
/** The record of the run. */
let shown: any
beforeAll(async () => {
  cwd = folder()
  const ran = await json(['run', source], { cwd })
  if (ran.code !== 0) throw new Error(JSON.stringify(ran))
  await json(['build', source, '-o', 'job.car'], { cwd })
  job = ran.value.value.job
  shown = (await json(['show', ran.value.value.run], { cwd })).value.value
})

const stopping: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
})

async function started(node: Node): Promise<Node> {
  await node.start()
  stopping.push(() => node.stop())
  return node
}

/** A node that knows no other peer, with the blocks of a CAR. */
async function fed(file: string): Promise<{ node: Node; roots: CID[] }> {
  const node = await started(createHeliaLight({ codecs: [dagCborCodec] }))
  const reader = await CarReader.fromBytes(readFileSync(file))
  for await (const { cid, bytes } of reader.blocks()) await node.blockstore.put(cid, bytes)
  return { node, roots: await reader.getRoots() }
}

/** A node without a block, that asks `ipvm gateway` and nobody else. */
async function asking(): Promise<{ node: Node; asked: string[] }> {
  const store = openStore(join(cwd, '.ipvm'))
  if (!store.ok) throw new Error(store.error.message)
  stopping.push(() => store.value.close())
  const asked: string[] = []
  const load = loadFrom(store.value.blocks)
  const served = await serveGateway(cid => (asked.push(String(cid)), load(cid)), { port: 0 })
  if (!served.ok) throw new Error(served.error.message)
  stopping.push(served.value.close)
  const node = withHTTP(createHeliaLight({ codecs: [dagCborCodec] }), {
    delegatedRouters: [],
    recursiveGateways: [`http://127.0.0.1:${served.value.port}`],
    ...{ allowInsecure: true, allowLocal: true },
  })
  // It asks gateways of last resort when the others have named nobody, and without others it would wait for them.
  node.addRouter({ name: 'nobody', async *findProviders() {} })
  return { node: await started(node), asked }
}

/** The parts of a job that a reader of IPLD finds, with no code of ours. */
async function readJob(node: Node, cid: CID) {
  const get = async (link: CID): Promise<any> => codec(node).get(link)
  const { 'ipvm/job': body } = await get(cid)
  const tasks = await Promise.all(body.tasks.map(get))
  return { body, tasks }
}
async function contentOf(node: Node, cid: CID): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of unixfs(node).cat(cid)) parts.push(part)
  return Buffer.concat(parts)
}
const componentOf = (task: any): CID => CID.parse(task.rsc.slice('ipfs://'.length))

describe('a Helia node reads a job, its components and files', () => {
  test('out of a CAR', async () => {
    const { node, roots } = await fed(join(cwd, 'job.car'))
    const { body, tasks } = await readJob(node, roots[0]!)
    expect(body.v).toBe('0.1.0')
    const calls = tasks.filter(({ op }) => op === 'wasm/run')
    expect(calls.length).toBeGreaterThan(1)
    for (const call of calls) expect((await contentOf(node, componentOf(call))).subarray(0, 4).toString()).toBe('\0asm')
    const debug: any = await codec(node).get(roots[1]!)
    expect(String(debug['ipvm/debug'].job)).toBe(String(roots[0]))
  })

  test('from `ipvm gateway`, over HTTP', async () => {
    const { node, asked } = await asking()
    const { body, tasks } = await readJob(node, CID.parse(job))
    expect(body.v).toBe('0.1.0')
    const call = tasks.find(({ op }) => op === 'wasm/run')
    expect((await contentOf(node, componentOf(call))).subarray(0, 4).toString()).toBe('\0asm')
    expect(asked.slice(0, 1)).toEqual([job])
    expect(new Set(asked).size).toBeGreaterThan(tasks.length)
  })
})

describe('a Helia node reads what a run came to', () => {
  test('from `ipvm gateway`: signed receipts, and results in blocks of their own', async () => {
    const { node } = await asking()
    let large = 0
    for (const { receipt, key, out } of shown.tasks) {
      const [signature, payload]: any = await codec(node).get(CID.parse(receipt))
      expect(signature).toHaveLength(64)
      const said = payload['ipvm/receipt@0.1.0']
      expect(String(said.ran)).toBe(key)
      const link = CID.asCID(said.out[1])
      expect(link ? String(link) : undefined).toBe(out.ok['/'])
      if (link === null) continue
      large++
      if (link.code === 0x71) await codec(node).get(link)
      else expect((await contentOf(node, link)).length).toBeGreaterThan(1024)
    }
    expect(large).toBeGreaterThan(0)
  })
})
