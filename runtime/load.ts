import type { CID } from 'multiformats/cid'
import { coreOperations } from '../dag/core.ts'
import type { DagError, Instruction, Job, Limits } from '../dag/interface.ts'
import { isMap, type Ipld } from '../dag/ipld.ts'
import { AWAIT_OK, CORE, decodeInstruction, holeOf, posesAsHole, PARAM, WASM_RUN } from '../dag/job.ts'
import { loadBytes, Budget, type Load } from '../dag/load.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { createFunctions, type WasmFunction } from './functions.ts'
import type { Graph } from './schedule.ts'
import { isTask, TaskTable } from './table.ts'

/** A closed job that is fit to run. Only what scheduling needs is kept, and the instructions of small jobs. */
export interface Plan {
  cid: CID
  result: Job['result']
  tasks: TaskTable
  graph: Graph
  /** The instruction of a task, which is asked for once in a run. */
  instructionOf(task: number): Promise<Result<Instruction, DagError>>
  /** The function that a task calls; absent for core operations. */
  functionOf(task: number): WasmFunction | undefined
  /** The limits of a Wasm task. */
  limitsOf(task: number): Limits
  /** How many tasks are Wasm tasks. */
  wasm: number
}

/** No block of a job may be larger (docs/dag.md, Blocks); a bound for one instruction alone. */
const maxInstruction = 1 << 20
const NONE = 0xffffffff
/** So many instructions are kept from checking to running; others are read again. */
const maxKept = 16_384

/**
 * Reads all of a closed job and checks it: that every block is there and intact, is an instruction of a known kind, and
 * awaits only tasks before it; that something demands every task; that components are there and have the functions
 * that are called, with as many parameters; that every Wasm task has limits. What is wrong is the answer.
 */
export async function loadJob(cid: CID, job: Job, load: Load): Promise<Result<Plan, DagError>> {
  if (job.params.size > 0) return unfit(`the job has parameters without a value: ${[...job.params.keys()].join(', ')}`)
  if (job.commands.length > 0 || job.uses.length > 0)
    return unfit(`the job has effects, which this version does not run: ${job.uses.join(', ') || job.commands[0]}`)

  const size = job.tasks.length
  const tasks = new TaskTable(size)
  const edges = createEdges(size)
  const functions = createFunctions(load)
  const calls = new Uint32Array(size).fill(NONE)
  const weight = new Uint8Array(size)
  const kept = new Map<number, Instruction>()
  let wasm = 0
  for (const [at, task] of job.tasks.entries()) {
    if (!isTask(task)) return unfit(`${task} cannot be an instruction: they are DAG-CBOR by sha2-256`)
    const instruction = await loadInstruction(task, load)
    if (!instruction.ok) return instruction
    for (const arg of instruction.value.input.args) {
      const wrong = findInputs(arg, tasks, edges.add)
      if (wrong) return unfit(`the instruction ${task} ${wrong}`)
    }
    edges.close()
    const call = await checkOperation(task, instruction.value, functions)
    if (!call.ok) return call
    if (call.value !== undefined) {
      calls[at] = call.value
      weight[at] = 1
      wasm++
    }
    if (at < maxKept) kept.set(at, instruction.value)
    if (!tasks.add(task)) return unfit(`the task ${task} stands twice in the job`)
  }

  const roots = new Set<number>()
  const wrong = findInputs(job.result.value, tasks, number => roots.add(number))
  if (wrong) return unfit(`the result ${wrong}`)
  const graph = edges.graph(roots, weight)
  const idle = undemanded(graph, roots)
  if (idle >= 0) return unfit(`nothing demands the task ${tasks.cidOf(idle)}`)
  const limits = readLimits(job, tasks, calls)
  if (!limits.ok) return limits
  return ok({
    cid,
    result: job.result,
    tasks,
    graph,
    async instructionOf(task) {
      const instruction = kept.get(task)
      kept.delete(task)
      return instruction ? ok(instruction) : loadInstruction(tasks.cidOf(task), load)
    },
    functionOf: task => (calls[task] === NONE ? undefined : functions.at(calls[task]!)),
    limitsOf: limits.value,
    wasm,
  })
}

/** Loads, verifies and decodes the block of one instruction. */
export async function loadInstruction(task: CID, load: Load): Promise<Result<Instruction, DagError>> {
  const bytes = await loadBytes(task, load, new Budget({ maxBytes: maxInstruction }))
  if (!bytes.ok) return fail({ ...bytes.error, message: `an instruction of the job: ${bytes.error.message}` })
  const instruction = decodeInstruction(bytes.value)
  return instruction.ok
    ? instruction
    : fail({ ...instruction.error, message: `block ${task}: ${instruction.error.message}` })
}

type Functions = ReturnType<typeof createFunctions>

/** The number of the function that is called; undefined for a core operation. */
async function checkOperation(
  task: CID,
  { rsc, op, input, nnc }: Instruction,
  functions: Functions,
): Promise<Result<number | undefined, DagError>> {
  if (nnc !== '') return unfit(`the instruction ${task} has a nonce, which only effects have`)
  if (rsc === CORE) {
    if (input.func !== undefined) return unfit(`the instruction ${task} is a core operation and names a function`)
    return Object.hasOwn(coreOperations, op)
      ? ok(undefined)
      : unfit(`the instruction ${task} is the core operation ${JSON.stringify(op)}, which this version does not know`)
  }
  if (op !== WASM_RUN)
    return unfit(`the instruction ${task} is the effect ${JSON.stringify(op)}, which this version does not run`)
  if (input.func === undefined) return unfit(`the instruction ${task} names no function`)
  const call = await functions.find(rsc, input.func)
  if (!call.ok) return fail({ ...call.error, message: `the instruction ${task}: ${call.error.message}` })
  const { params } = functions.at(call.value)
  if (params.length !== input.args.length)
    return unfit(
      `the instruction ${task} gives ${input.args.length} arguments to \`${input.func}\`, which takes ${params.length}`,
    )
  return call
}

/** Finds what a value awaits; gives what is wrong with it. The codec has bounded its depth. */
function findInputs(value: Ipld, tasks: TaskTable, add: (input: number) => void): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const wrong = findInputs(item, tasks, add)
      if (wrong) return wrong
    }
    return undefined
  }
  if (!isMap(value)) return undefined
  const hole = holeOf(value)
  if (hole?.kind === 'param') return `uses the parameter \`${hole.name}\`, which has no value`
  if (hole) {
    const input = tasks.numberOf(hole.task)
    if (input < 0) return `awaits ${hole.task}, which is no task of the job before it`
    add(input)
    return undefined
  }
  if (posesAsHole(value)) return `holds a map that is neither {"${AWAIT_OK}": task} nor {"${PARAM}": name} but looks so`
  for (const item of Object.values(value)) {
    const wrong = findInputs(item, tasks, add)
    if (wrong) return wrong
  }
  return undefined
}

/** Gathers inputs row by row, each once, in arrays that grow by doubling. */
function createEdges(size: number) {
  const inputStart = new Uint32Array(size + 1)
  let inputs = new Uint32Array(Math.max(16, size))
  let count = 0
  let row = 0
  /** For each task the last row that had it as input, plus one. */
  const seen = new Uint32Array(size)
  return {
    add(input: number): void {
      if (seen[input] === row + 1) return
      seen[input] = row + 1
      if (count === inputs.length) {
        const wider = new Uint32Array(inputs.length * 2)
        wider.set(inputs)
        inputs = wider
      }
      inputs[count++] = input
    },
    close(): void {
      inputStart[++row] = count
    },
    graph(roots: Iterable<number>, weight: Uint8Array): Graph {
      return { size, inputStart, inputs: inputs.slice(0, count), weight, roots }
    },
  }
}

/** A task that neither another nor the result demands, -1 where there is none. */
function undemanded({ size, inputs }: Graph, roots: Set<number>): number {
  const demanded = new Uint8Array(size)
  for (const input of inputs) demanded[input] = 1
  for (const root of roots) demanded[root] = 1
  return demanded.indexOf(0)
}

/** Limits by task. Few differ within a job, so that each task holds the number of its own. */
function readLimits(job: Job, tasks: TaskTable, calls: Uint32Array): Result<(task: number) => Limits, DagError> {
  const kinds = new Map<string, number>()
  const list: Limits[] = []
  const numbers = new Uint32Array(tasks.size).fill(NONE)
  for (const [task, limits] of job.meta) {
    const number = tasks.numberOf(task)
    if (number < 0 || calls[number] === NONE) return unfit(`it has limits for ${task}, which is no Wasm task of it`)
    if (numbers[number] !== NONE) return unfit(`it has limits for the task ${task} twice`)
    const key = `${limits.time}/${limits.memory}/${limits.gas}`
    let kind = kinds.get(key)
    if (kind === undefined) kinds.set(key, (kind = list.push(limits) - 1))
    numbers[number] = kind
  }
  const without = numbers.findIndex((kind, task) => kind === NONE && calls[task] !== NONE)
  if (without >= 0) return unfit(`it has no limits for the task ${tasks.cidOf(without)}`)
  return ok(task => list[numbers[task]!]!)
}

function unfit(message: string): Result<never, DagError> {
  return fail({ code: 'job', message: `the job cannot run: ${message}` })
}
