import type { CID } from 'multiformats/cid'
import { checkCid, codecs, DAG_CBOR, parseCid, verifyBlock } from '../../dag/cid.ts'
import { decode } from '../../dag/codec.ts'
import { Float, type IpldMap } from '../../dag/ipld.ts'
import { toDagJson } from '../../dag/json.ts'
import type { Load } from '../../dag/load.ts'
import { linksOf } from '../../dag/reach.ts'
import { loadFromList } from '../../runtime/blocks.ts'
import { Inquiry } from '../../runtime/why.ts'
import { looksLikeCar, readCarFile } from '../car.ts'
import type { Context } from '../context.ts'
import { storedDebug } from '../debug-index.ts'
import { cliRows, complain, wrongUsage } from '../diagnostics.ts'
import { readBytes, readNamed } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { defined, success, type Reply } from '../output.ts'
import { findRun } from './resume.ts'

/**
 * `ipvm show CID|FILE|RUN`: one block as DAG-JSON; of a compiled file what it holds, and its roots; of a run its tasks, with
 * what each came to.
 */
export async function show(
  context: Context,
  [operand = '']: string[],
  options: Record<string, unknown>,
): Promise<Reply> {
  const from = options['from'] as string | undefined
  const cid = parseCid(operand)
  if (!cid.ok || typeof readBytes(operand) !== 'string') {
    if (from !== undefined) return wrongUsage('`--from` goes with a CID: `ipvm show CID --from FILE`.')
    return (await showRun(context, operand)) ?? showFile(operand)
  }
  const taken = checkCid(cid.value)
  if (!taken.ok) return wrongUsage(`${taken.error.message}.`)
  if (from === undefined) {
    const store = new StoreDoor(context.store, context.gateways)
    try {
      return await showBlock(cid.value, store.load, store.places)
    } finally {
      await store.close()
    }
  }
  const bytes = readNamed(from)
  if (!bytes.ok) return bytes.error
  const car = readCarFile(from, bytes.value)
  return car.ok ? showBlock(cid.value, loadFromList(car.value.blocks), `\`${from}\``) : car.error
}

async function showBlock(cid: CID, load: Load, where: string): Promise<Reply> {
  const bytes = await load(cid)
  if (!bytes) return wrongUsage(`There is no block ${cid} in ${where}.`)
  const verified = verifyBlock(cid, bytes)
  if (!verified.ok) return complain(cliRows.Damaged, `${verified.error.message}.`)
  const block = describe(cid, bytes)
  if (typeof block === 'string') return complain(cliRows.Damaged, `block ${cid}: ${block}.`)
  return success(block, `${toDagJson(Object.hasOwn(block, 'value') ? block['value']! : block, 2)}\n`)
}

/** A block with its content (DAG-CBOR) or its links (UnixFS), or what is wrong with it. */
function describe(cid: CID, bytes: Uint8Array): IpldMap | string {
  const codec = Object.entries(codecs).find(([, code]) => code === cid.code)![0]
  const head = { cid: cid.toString(), codec, size: bytes.length }
  if (cid.code !== DAG_CBOR) return codec === 'raw' ? head : { ...head, links: linksOf(cid, bytes) }
  const value = decode(bytes)
  return value.ok ? { ...head, value: value.value } : value.error.message
}

/** The record of a run; undefined where the operand cannot name one, or names a file. */
async function showRun(context: Context, operand: string): Promise<Reply | undefined> {
  if (!/^[0-9a-f]{4,12}$/.test(operand) || readBytes(operand) !== 'missing') return undefined
  const door = new StoreDoor(context.store, context.gateways)
  try {
    const found = await findRun(door, operand)
    if (!found.ok) return found.error
    const { run, job, state, started, parent, grants } = found.value
    const store = door.open()
    const inquiry = new Inquiry(store, [])
    const debug = await storedDebug(door, job)
    const names = new Map(debug?.tasks.map(({ task, name }) => [task.toString(), name]))
    const tasks = (await inquiry.tasks(run)).map(({ task, ran, hit, receipt, out, meta }) =>
      defined({
        task: task.toString(),
        name: names.get(task.toString()),
        key: ran.toString(),
        hit,
        out: out[0] === 'ok' ? { ok: out[1] } : { error: { ...out[1] } },
        ms: new Float(meta.ms),
        memory: meta.memory,
        gas: meta.gas,
        attempts: meta.attempts.map(({ ms, kind }) => ({ ms: new Float(ms), kind })),
        receipt: receipt.toString(),
      }),
    )
    const head = { run, job: job.toString(), name: debug?.name, state, started: new Date(started).toISOString() }
    const value = defined({ ...head, parent, grants: [...grants], tasks })
    return success(value, `${toDagJson(value, 2)}\n`)
  } finally {
    await door.close()
  }
}

function showFile(file: string): Reply {
  const bytes = readNamed(file)
  if (!bytes.ok) return bytes.error
  if (!looksLikeCar(bytes.value) && !file.endsWith('.car'))
    return wrongUsage(`\`${file}\` is no compiled file; \`ipvm build ${file}\` makes one.`, { file })
  const car = readCarFile(file, bytes.value)
  if (!car.ok) return car.error
  const roots: IpldMap[] = []
  for (const root of car.value.roots) {
    const block = car.value.blocks.find(({ cid }) => cid.equals(root))!
    const shown = describe(block.cid, block.bytes)
    if (typeof shown === 'string') return complain(cliRows.Damaged, `\`${file}\`: block ${root}: ${shown}.`, { file })
    roots.push(shown)
  }
  const value = { file, blocks: car.value.blocks.length, bytes: bytes.value.length, roots }
  return success(value, `${toDagJson(value, 2)}\n`)
}
