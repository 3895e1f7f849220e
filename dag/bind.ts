import type { CID } from 'multiformats/cid'
import { emit, type Signature } from './emit.ts'
import type { Graph, Operand, Task } from './graph.ts'
import type { DagError, Job } from './interface.ts'
import type { Block, Ipld } from './ipld.ts'
import { readJob } from './job.ts'
import type { Load } from './load.ts'
import { normalize } from './normalize.ts'
import { fail, ok, type Result } from './result.ts'
import type { Type } from './types.ts'
import { unfold } from './unfold.ts'

export interface Bound {
  job: CID
  signature: Signature
  blocks: Block[]
  /** For each instruction of the bound job, by its CID, the one of the template that it came from. */
  origin: Map<string, CID>
}

/**
 * Gives parameters their values: the same CIDs as compiling with them known (docs/dag.md, Normal form). Parameters
 * without an argument take their defaults, and one that has neither is an error; with `partial` they stay parameters.
 *
 * @param args placed values, already checked against the types of the parameters
 */
export async function bind(
  job: CID,
  args: Map<string, Ipld>,
  load: Load,
  { partial = false } = {},
): Promise<Result<Bound, DagError>> {
  const root = await readJob(job, load)
  if (!root.ok) return root
  const values = argumentValues(root.value, args, partial ? [...root.value.params.keys()] : [])
  if (!values.ok) return values
  const read = await readGraph(root.value, load)
  if (!read.ok) return read

  const normal = await normalize(read.value.graph, values.value)
  const written = await emit(normal.graph)
  if (!written.ok) return written
  const origin = new Map<string, CID>()
  for (const [task, cid] of written.value.cids) {
    const from = normal.origins.get(task)
    const before = from && read.value.cids.get(from)
    if (before && !origin.has(cid.toString())) origin.set(cid.toString(), before)
  }
  const { job: bound, signature } = written.value
  return ok({ job: bound, signature, blocks: [...normal.blocks, ...written.value.blocks], origin })
}

/**
 * The value of each parameter, or which arguments are missing or unknown.
 *
 * @param others parameters that need none
 */
function argumentValues(job: Job, args: Map<string, Ipld>, others: string[]): Result<Map<string, Ipld>, DagError> {
  const unknown = [...args.keys(), ...others].filter(name => !job.params.has(name))
  const takes = [...job.params.keys()].join(', ') || 'none'
  if (unknown.length > 0)
    return fail({ code: 'argument', message: `the job has no parameter \`${unknown[0]}\`; it takes: ${takes}` })
  const values = new Map(args)
  const missing: string[] = []
  for (const [name, { default: value }] of job.params) {
    if (values.has(name) || others.includes(name)) continue
    if (value === undefined) missing.push(name)
    else values.set(name, value)
  }
  if (missing.length > 0) return fail({ code: 'argument', message: `the job needs a value for: ${missing.join(', ')}` })
  return ok(values)
}

interface ReadGraph {
  graph: Graph
  /** The instruction of each task, those in bodies too. */
  cids: Map<Task, CID>
}

/** Reads the blocks of a job back into a graph; see {@link unfold} for what is refused. */
export async function readGraph(job: Job, load: Load): Promise<Result<ReadGraph, DagError>> {
  const args = new Map([...job.params.keys()].map((name): [string, Operand] => [name, { kind: 'param', name }]))
  const read = await unfold(job, args, load)
  if (!read.ok) return read
  const { value, commands, cids } = read.value
  return ok({ graph: { params: job.params, result: { type: job.result.type, value }, commands }, cids })
}

/** A compiled job within the graph of another. */
export interface Splice {
  value: Operand
  type: Type
  /** What must be performed though no value needs it; none stands in a body yet. */
  commands: Task[]
  /** The instruction that each of its tasks comes from. */
  cids: Map<Task, CID>
}

/**
 * Expands a compiled job with arguments that are operands of another graph. A parameter without an argument takes its
 * default. Whoever asks for it in a body puts the commands `within` that body.
 */
export async function spliceJob(job: Job, args: Map<string, Operand>, load: Load): Promise<Result<Splice, DagError>> {
  const defaults = argumentValues(job, new Map(), [...args.keys()])
  if (!defaults.ok) return defaults
  const all = new Map(args)
  for (const [name, value] of defaults.value) all.set(name, { kind: 'value', value })
  const read = await unfold(job, all, load)
  return read.ok ? ok({ ...read.value, type: job.result.type }) : read
}
