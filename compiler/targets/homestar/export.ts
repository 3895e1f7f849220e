import type { CID } from 'multiformats/cid'
import { bind, readGraph } from '../../../dag/bind.ts'
import { cidOf } from '../../../dag/cid.ts'
import { encode } from '../../../dag/codec.ts'
import { postOrder, type Operand, type Task } from '../../../dag/graph.ts'
import type { Limits } from '../../../dag/interface.ts'
import { isLink, type Ipld, type IpldMap } from '../../../dag/ipld.ts'
import { CORE, operationName, readJob, WASM_RUN } from '../../../dag/job.ts'
import { toDagJson } from '../../../dag/json.ts'
import type { Load } from '../../../dag/load.ts'
import { materialize } from '../../../dag/place.ts'
import { fail, ok, type Result } from '../../../dag/result.ts'
import { isBytes, type Type } from '../../../dag/types.ts'
import { lower } from '../../../dag/value.ts'
import type { Signatures } from '../../interface.ts'
import { constructs } from './constructs.ts'
import { unroll } from './unroll.ts'
import { checkResultType, Inexpressible, toHomestarValue } from './values.ts'

export interface HomestarWorkflow {
  /** The workflow as Homestar's command reads it, DAG-JSON. */
  json: string
  /** The same in DAG-CBOR. */
  cbor: Uint8Array
  /** As Homestar computes it: DAG-CBOR, sha3-256. */
  workflow: CID
  /** Of the instructions, as Homestar computes them, in the order of the tasks. */
  instructions: CID[]
  /** For each of our instructions, by its CID, Homestar's; a loop that was written out has one for each turn, none of which is here. */
  known: Map<string, CID>
}

/** Most bytes of one argument that are written into a workflow. */
const maxArgument = 8 << 20

/**
 * A job as a Homestar workflow: each Wasm task an instruction, promises by the sha3-256 CID of the instruction.
 * Parameters get their defaults. What Homestar cannot say is an error that names it (docs/homestar.md).
 */
export async function toHomestar(
  template: CID,
  blocks: Load,
  signatures: Signatures,
): Promise<Result<HomestarWorkflow, string>> {
  const bound = await bind(template, new Map(), blocks)
  if (!bound.ok) return fail(`Homestar has no parameters, and ${bound.error.message}.`)
  const fresh = new Map(bound.value.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  const load: Load = async cid => fresh.get(cid.toString()) ?? blocks(cid)
  const job = await readJob(bound.value.job, load)
  const read = job.ok ? await readGraph(job.value, load) : job
  if (!read.ok) return fail(`${read.error.message}.`)
  const { cids } = read.value
  let exporter: Exporter
  let origins: Map<Task, Task>
  try {
    const unrolled = await unroll(read.value.graph, load)
    for (const { cid, bytes } of unrolled.blocks) fresh.set(cid.toString(), bytes)
    origins = unrolled.origins
    exporter = new Exporter(load, signatures)
    const all = postOrder(unrolled.graph)
    // What a body holds is no reason where the operation is.
    const operation = all.findLast(task => task.bodies !== undefined) ?? all.find(task => task.rsc === CORE)
    for (const task of operation ? [operation] : all) await exporter.add(task)
  } catch (error) {
    if (error instanceof Inexpressible) return fail(error.message)
    throw error
  }
  const { tasks, instructions } = exporter
  if (tasks.length === 0) return fail('The job calls no component, and Homestar does nothing else.')
  const value: Ipld = { tasks }
  const cbor = encode(value)
  const known = [...exporter.known].flatMap(([task, cid]): [string, CID][] => {
    const ours = cids.get(origins.get(task) ?? task)
    return ours ? [[ours.toString(), cid]] : []
  })
  const workflow = cidOf(cbor, 'dag-cbor', 'sha3-256')
  return ok({ json: `${toDagJson(value, 2)}\n`, cbor, workflow, instructions, known: new Map(known) })
}

/** A task with its instruction; `fuel` counts what `gas` does, about one for each instruction of WebAssembly. */
function taskOf(run: IpldMap, { gas, memory, time }: Limits): IpldMap {
  return { cause: null, meta: { fuel: gas, memory, time }, prf: [], run }
}

class Exporter {
  readonly tasks: IpldMap[] = []
  readonly instructions: CID[] = []
  readonly known = new Map<Task, CID>()
  readonly #load: Load
  readonly #signatures: Signatures
  readonly #written = new Set<string>()

  constructor(load: Load, signatures: Signatures) {
    this.#load = load
    this.#signatures = signatures
  }

  /** A task whose arguments were added before. @throws Inexpressible */
  async add(task: Task): Promise<void> {
    const { rsc, op, func, limits } = task
    if (rsc === CORE) throw new Inexpressible(...constructs[op as keyof typeof constructs])
    if (op !== WASM_RUN)
      throw new Inexpressible(`the effect \`${operationName(op)}\``, 'its workflows are pure', 'Run the job here.')
    const name = func!
    if (name.includes('#'))
      throw new Inexpressible(
        `a call of \`${name}\``,
        'it finds functions of the world alone, none in an interface',
        'Have the world of the component export the function itself.',
      )
    const signature = this.#signatures(rsc, name)
    if (!signature) throw new Inexpressible(`a call of \`${name}\``, 'its types are not known here')
    if (signature.core)
      throw new Inexpressible(`a call of \`${name}\``, 'it needs the WIT of a module, and this one carries none')
    checkResultType(signature.result, name)
    const args: Ipld[] = []
    for (const [i, arg] of task.args.entries()) args.push(await this.#argument(arg, signature.params[i]!))
    const run: IpldMap = { input: { args, func: name }, nnc: '', op, rsc }
    const cid = cidOf(encode(run), 'dag-cbor', 'sha3-256')
    this.known.set(task, cid)
    // Values that differ here alone would be the same task twice, which it refuses.
    if (this.#written.has(cid.toString())) return
    this.#written.add(cid.toString())
    this.instructions.push(cid)
    this.tasks.push(taskOf(run, limits!))
  }

  async #argument(arg: Operand, type: Type): Promise<Ipld> {
    if (arg.kind === 'await') return { 'await/ok': this.known.get(arg.task)! }
    if (arg.kind !== 'value')
      throw new Inexpressible(
        'a call inside a list, tuple, record or option that is an argument',
        'only a whole argument can be the result of a task',
        'Have a component put the value together.',
      )
    const written = toHomestarValue(type, await this.#whole(arg.value, type))
    if (Array.isArray(written) && written.length === 2 && tags.includes(written[0] as string))
      throw new Inexpressible(
        `a list of two that begins with ${JSON.stringify(written[0])} as an argument`,
        'it takes it for the outcome of a task, and hands on its second part',
      )
    return written
  }

  /** A value with all that stands in blocks of its own put back; a file that is the whole argument stays a link. */
  async #whole(placed: Ipld, type: Type): Promise<Ipld> {
    if (isBytes(type) && isLink(placed)) return placed
    const read = await materialize(type, placed, this.#load, { maxBytes: maxArgument })
    if (!read.ok)
      throw new Inexpressible('an argument', `its value cannot be written into a workflow (${read.error.message})`)
    const form = lower(type, read.value, 'argument')
    if (!form.ok) throw new Error(form.error.message)
    return form.value
  }
}

const tags = ['ok', 'error', 'just']
