import type { CID } from 'multiformats/cid'
import { emit } from './emit.ts'
import type { Graph, Operand, Task } from './graph.ts'
import type { Load } from './load.ts'
import type { DagError, Job } from './interface.ts'
import { isMap, type Block, type Ipld } from './ipld.ts'
import { decodeInstruction, holeOf, posesAsHole, readJob } from './job.ts'
import { normalize } from './normalize.ts'
import { fail, ok, type Result } from './result.ts'
import { verifyBlock } from './cid.ts'

export interface Bound {
  job: CID
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
  const values = argumentValues(root.value, args, partial)
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
  return ok({ job: written.value.job, blocks: [...normal.blocks, ...written.value.blocks], origin })
}

/** The value of each parameter, or which arguments are missing or unknown. */
function argumentValues(job: Job, args: Map<string, Ipld>, partial: boolean): Result<Map<string, Ipld>, DagError> {
  const unknown = [...args.keys()].filter(name => !job.params.has(name))
  const takes = [...job.params.keys()].join(', ') || 'none'
  if (unknown.length > 0)
    return fail({ code: 'argument', message: `the job has no parameter \`${unknown[0]}\`; it takes: ${takes}` })
  if (partial) return ok(args)
  const values = new Map<string, Ipld>()
  const missing: string[] = []
  for (const [name, param] of job.params) {
    const value = args.has(name) ? args.get(name) : param.default
    if (value === undefined) missing.push(name)
    else values.set(name, value)
  }
  if (missing.length > 0) return fail({ code: 'argument', message: `the job needs a value for: ${missing.join(', ')}` })
  return ok(values)
}

interface ReadGraph {
  graph: Graph
  cids: Map<Task, CID>
}

/** Reads the instructions of a job back into a graph. Every promise must name a task that stands before it. */
export async function readGraph(job: Job, load: Load): Promise<Result<ReadGraph, DagError>> {
  const tasks = new Map<string, Task>()
  const cids = new Map<Task, CID>()
  const limits = new Map(job.meta.map(([cid, entry]) => [cid.toString(), entry]))
  for (const cid of job.tasks) {
    const key = cid.toString()
    const bytes = await load(cid)
    if (!bytes)
      return fail({ code: 'missing', message: `block ${cid}, an instruction of the job, is not in the store` })
    const verified = verifyBlock(cid, bytes)
    if (!verified.ok) return verified
    const instruction = decodeInstruction(bytes)
    if (!instruction.ok) return instruction
    const { rsc, op, input } = instruction.value
    const args: Operand[] = []
    for (const arg of input.args) {
      const operand = operandOf(arg, tasks, job)
      if (!operand.ok) return operand
      args.push(operand.value)
    }
    const entry = limits.get(key)
    const task: Task = {
      rsc,
      op,
      args,
      ...(input.func === undefined ? {} : { func: input.func }),
      ...(entry ? { limits: entry } : {}),
    }
    tasks.set(key, task)
    cids.set(task, cid)
  }
  const value = operandOf(job.result.value, tasks, job)
  if (!value.ok) return value
  const commands = job.commands.map(cid => tasks.get(cid.toString()))
  if (!commands.every(command => command !== undefined))
    return fail({ code: 'job', message: 'a command of the job is not one of its tasks' })
  return ok({ graph: { params: job.params, result: { type: job.result.type, value: value.value }, commands }, cids })
}

/** The operand that an argument stands for; the codec has bounded its depth. */
function operandOf(value: Ipld, tasks: Map<string, Task>, job: Job): Result<Operand, DagError> {
  const hole = holeOf(value)
  if (hole?.kind === 'param')
    return job.params.has(hole.name)
      ? ok({ kind: 'param', name: hole.name })
      : fail({
          code: 'job',
          message: `an instruction uses the parameter \`${hole.name}\`, which the job does not have`,
        })
  if (hole) {
    const task = tasks.get(hole.task.toString())
    return task
      ? ok({ kind: 'await', task })
      : fail({ code: 'job', message: `an instruction awaits ${hole.task}, which is no task of the job before it` })
  }
  if (posesAsHole(value)) return fail({ code: 'job', message: 'an instruction holds a promise of an unknown kind' })

  if (!Array.isArray(value) && !isMap(value)) return ok({ kind: 'value', value })
  const parts: [string, Ipld][] = Object.entries(value)
  const operands: Operand[] = []
  for (const [, part] of parts) {
    const operand = operandOf(part, tasks, job)
    if (!operand.ok) return operand
    operands.push(operand.value)
  }
  if (operands.every(operand => operand.kind === 'value')) return ok({ kind: 'value', value })
  return ok(
    Array.isArray(value)
      ? { kind: 'list', items: operands }
      : { kind: 'map', entries: parts.map(([key], i): [string, Operand] => [key, operands[i]!]) },
  )
}
