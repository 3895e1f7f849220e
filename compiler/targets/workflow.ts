import type { CID } from 'multiformats/cid'
import { bind } from '../../dag/bind.ts'
import type { DebugInfo, Instruction, Limits } from '../../dag/interface.ts'
import { isMap, setKey, type Ipld, type IpldMap } from '../../dag/ipld.ts'
import { decodeInstruction, holeOf, readJob, SECRET_GET } from '../../dag/job.ts'
import { keyOfCid } from '../../dag/links.ts'
import type { Load } from '../../dag/load.ts'
import { fail, ok, type Result } from '../../dag/result.ts'

/** Of the IPVM Workflow specification, and of the UCAN Invocation that its `tasks` are. */
const VERSION = '0.1.0'
/** Keys by which a promise is told from data. */
const PROMISE = 'ucan/'
const SUCCESS = `${PROMISE}ok`

/**
 * A job as an IPVM workflow 0.1.0 (https://github.com/ipvm-wg/workflow, 2): what `ipvm/workflow` holds in the envelope that
 * is signed. Each instruction is a task under a name of its own, its promises by these names. Parameters get their
 * defaults.
 *
 * @param debug names the tasks; one that has none there is named after its operation
 * @param issuer `did:key` of who signs it
 */
export async function toWorkflow(
  template: CID,
  blocks: Load,
  debug: DebugInfo | undefined,
  issuer: string,
): Promise<Result<{ workflow: IpldMap; tasks: number }, string>> {
  const bound = await bind(template, new Map(), blocks)
  if (!bound.ok) return fail(`A workflow has no parameters, and ${bound.error.message}.`)
  const fresh = new Map(bound.value.blocks.map(({ cid, bytes }) => [keyOfCid(cid), bytes]))
  const job = await readJob(bound.value.job, async cid => fresh.get(keyOfCid(cid)) ?? blocks(cid))
  if (!job.ok) return fail(`${job.error.message}.`)
  const names = new Map(debug?.tasks.map(({ task, name }) => [keyOfCid(task), name]))
  const limits = new Map(job.value.meta.map(([task, own]) => [keyOfCid(task), own]))
  const labels = new Labels()
  const run: IpldMap = {}
  try {
    for (const cid of job.value.tasks) {
      const read = decodeInstruction(fresh.get(keyOfCid(cid)) ?? (await blocks(cid))!)
      if (!read.ok) return fail(`${read.error.message}.`)
      const name = names.get(keyOfCid(bound.value.origin.get(cid.toString()) ?? cid))
      const task = taskOf(read.value, limits.get(keyOfCid(cid)), labels)
      setKey(run, labels.name(cid, name ?? read.value.op), task)
    }
    const { job: own } = bound.value
    const meta = { 'ipvm/job': own, 'ipvm/result': promised(job.value.result.value, labels), 'ipvm/issuer': issuer }
    const tasks = { 'ucan/invoke': { v: VERSION, nnc: '', ext: null, prf: [], run } }
    return ok({ workflow: { v: VERSION, meta, parent: null, tasks }, tasks: job.value.tasks.length })
  } catch (error) {
    if (error instanceof Confusing) return fail(error.message)
    throw error
  }
}

/** Data that a reader would take for a promise. */
class Confusing extends Error {}

/** Names of tasks, each once: the second that would have one gets a number. */
class Labels {
  readonly #byTask = new Map<string, string>()
  readonly #taken = new Set<string>()

  name(task: CID, wanted: string): string {
    let label = wanted
    for (let n = 2; this.#taken.has(label); n++) label = `${wanted}-${n}`
    this.#taken.add(label)
    this.#byTask.set(keyOfCid(task), label)
    return label
  }

  /** Of a task that stands before. */
  of(task: CID): string {
    return this.#byTask.get(keyOfCid(task))!
  }
}

function taskOf({ rsc, op, input, nnc }: Instruction, limits: Limits | undefined, labels: Labels): IpldMap {
  const { func, args, bodies, after, undo } = input
  const inputs: IpldMap = { args: args.map(arg => promised(arg, labels)) }
  if (func !== undefined) inputs['func'] = func
  if (bodies) inputs['bodies'] = bodies
  if (after) inputs['after'] = after.map(hole => promised(hole, labels))
  if (undo) inputs['undo'] = { body: undo.body, args: undo.args.map(arg => promised(arg, labels)) }
  // Equal commands are told apart by it.
  if (nnc !== '') inputs['nnc'] = nnc
  const task: IpldMap = { with: rsc, do: op, inputs }
  if (limits) task['meta'] = { 'ipvm/config': configOf(op, limits), ...beside(limits) }
  return task
}

/** The configuration of a task (specification, 3): times with a unit, sizes in bytes. */
function configOf(op: string, { time, memory, gas }: Limits): IpldMap {
  const config: IpldMap = {
    time: time % 1000 === 0 ? [time / 1000, 'seconds'] : [time, 'milli', 'seconds'],
    memory: [memory, 'bytes'],
    gas,
  }
  // What takes it is secret too, as the specification has it.
  if (op === SECRET_GET) config['secret'] = true
  return config
}

/** Limits that the specification does not have. */
function beside({ retry, check }: Limits): IpldMap {
  return { ...(retry > 0 ? { 'ipvm/retry': retry } : {}), ...(check > 0 ? { 'ipvm/check': check } : {}) }
}

/** A placed value with its promises as the invocation writes them: the success of a task by its name. */
function promised(value: Ipld, labels: Labels): Ipld {
  const hole = holeOf(value)
  if (hole?.kind === 'await') return { [SUCCESS]: ['/', labels.of(hole.task)] }
  if (Array.isArray(value)) return value.map(item => promised(item, labels))
  if (!isMap(value)) return value
  const map: IpldMap = {}
  for (const [key, content] of Object.entries(value)) {
    if (key.startsWith(PROMISE))
      throw new Confusing(`a value has the key \`${key}\`, by which a workflow tells promises.`)
    setKey(map, key, promised(content, labels))
  }
  return map
}
