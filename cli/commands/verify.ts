import type { CID } from 'multiformats/cid'
import type { Car } from '../../dag/car.ts'
import { cidOf, parseCid } from '../../dag/cid.ts'
import { readDebug } from '../../dag/debug.ts'
import type { IpldMap } from '../../dag/ipld.ts'
import type { Load } from '../../dag/load.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { loadFromList } from '../../runtime/blocks.ts'
import { receiptsIn } from '../../runtime/receipts/bundle.ts'
import { verifyBlocks, verifyJob } from '../../runtime/verify.ts'
import { looksLikeCar, readCarFile } from '../car.ts'
import type { Context } from '../context.ts'
import { cliRows, complain, wrongUsage } from '../diagnostics.ts'
import { readBytes, readNamed } from '../files.ts'
import { StoreDoor } from '../host.ts'
import { unfit } from '../outcome.ts'
import { plural, success, type Reply } from '../output.ts'
import { verifyReceipts } from '../receipts.ts'

interface Options {
  audit?: boolean
}

/** What is verified: a compiled file, by what is in it alone; a receipt or a block of the store, with what is there. */
export interface Subject {
  /** A file that is one receipt, and nothing beside it. */
  alone?: true
  /** As people name it. */
  name: string
  roots: CID[]
  blocks: number
  load: Load
}

/**
 * `ipvm verify FILE|CID`: checks a job or receipts, in a compiled file, in a file that `ipvm export` has written, in a file that
 * is one receipt, or in the store.
 */
export async function verify(
  context: Context,
  [operand = '']: string[],
  given: Record<string, unknown>,
): Promise<Reply> {
  const { audit = false } = given as Options
  const door = new StoreDoor(context.store, context.gateways)
  try {
    const found = await findSubject(operand, door)
    if (!found.ok) return found.error
    const subject = found.value
    const [root, ...others] = subject.roots
    const listed = others.length === 0 ? await receiptsIn(root!, subject.load) : undefined
    if (listed && !listed.ok) return unfit(listed.error, operand)
    if (listed) return await verifyReceipts(context, door, subject, listed.value, audit)
    if (others.length === 0 && (await isReceipt(root!, subject.load)))
      return await verifyReceipts(context, door, subject, [root!], audit)
    if (audit) return wrongUsage(`\`--audit\` computes again what receipts say; \`${operand}\` holds none.`)
    return await verifyCompiled(subject, operand)
  } finally {
    await door.close()
  }
}

async function findSubject(operand: string, door: StoreDoor): Promise<Result<Subject, Reply>> {
  const cid = readBytes(operand) === 'missing' ? parseCid(operand) : undefined
  if (cid?.ok) {
    if (!(await door.fetchWhole(cid.value))) return fail(wrongUsage(`There is no block ${operand} in ${door.places}.`))
    return ok({ name: operand, roots: [cid.value], blocks: 1, load: door.load })
  }
  const bytes = readNamed(operand)
  if (!bytes.ok) return bytes
  // A receipt alone is the DAG-CBOR list of its signature and what was signed.
  if (!looksLikeCar(bytes.value) && bytes.value[0] === 0x82) {
    const block = { cid: cidOf(bytes.value, 'dag-cbor'), bytes: bytes.value }
    const load: Load = async cid => (await loadFromList([block])(cid)) ?? door.load(cid)
    return ok({ name: operand, roots: [block.cid], blocks: 1, load, alone: true })
  }
  const car = readCarFile(operand, bytes.value)
  if (!car.ok) return car
  const sound = await verifyBlocks(car.value.blocks)
  return sound.ok ? ok(subjectOf(operand, car.value)) : fail(unfit(sound.error, operand))
}

function subjectOf(name: string, { roots, blocks }: Car): Subject {
  return { name, roots, blocks: blocks.length, load: loadFromList(blocks) }
}

/** Whether a block is a signed envelope, however it is signed. */
async function isReceipt(cid: CID, load: Load): Promise<boolean> {
  return (await load(cid))?.[0] === 0x82
}

async function verifyCompiled({ name, roots, blocks, load }: Subject, operand: string): Promise<Reply> {
  const [root, ...others] = roots
  const job = await verifyJob(root!, load)
  if (!job.ok) return unfit(job.error, operand)
  for (const other of others)
    if (!(await readDebug(other, load))?.job.equals(root!))
      return complain(cliRows.Damaged, `\`${name}\`: its root ${other} tells no names of the job.`, { file: name })
  const { tasks, params, uses, components, absent, lacks } = job.value
  const value: IpldMap = {
    ...{ kind: 'job', cid: root!.toString(), tasks, blocks, params, uses, components, absent },
    lacks: lacks.map(String),
  }
  const lines = [`job ${root}: ${plural(tasks, 'task')}, ${plural(blocks, 'block')}, all as they should be`]
  for (const component of absent) lines.push(`  the component ${component} is not at hand; its calls were not checked`)
  for (const link of lacks) lines.push(`  the block ${link} that it links to is not at hand`)
  return success(value, `${lines.join('\n')}\n`)
}
