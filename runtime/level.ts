import type { CID } from 'multiformats/cid'
import { bodyOperation, checkBodies, coreOperations } from '../dag/core.ts'
import type { BodyBlock, DagError, Instruction, Limits } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import { CORE, decodeInstruction, maxBodyDepth, readBody, WASM_RUN } from '../dag/job.ts'
import { Budget, loadBytes, type Load } from '../dag/load.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { createFunctions, type WasmFunction } from './functions.ts'
import { LimitsTable } from './limits.ts'
import { sequence, type Template } from './nodes.ts'
import { Rows } from './rows.ts'
import { maxNodes } from './schedule.ts'
import { isTask, TaskTable } from './table.ts'

/** A job or a body that is fit to run. Only what scheduling needs is kept, and the instructions of small ones. */
export interface Level {
  graph: Template
  tasks: TaskTable
  /** With holes. */
  value: Ipld
  /** The function of a Wasm task, by its number; {@link NONE} for others. */
  calls: Uint32Array
  /** Limits of Wasm and effect tasks, by their number; {@link NONE} for others. */
  limits: Uint32Array
  /** Bodies of the tasks that have any. */
  bodies: Map<number, Level[]>
  /** Operations of the effect tasks, as `http/get`. */
  effects: Map<number, string>
  /** Bodies that undo the commands that have one. */
  undos: Map<number, Level>
  /** Effects that are performed whatever the value needs, by task: commands and notes. Others are queries. */
  commands: Set<number>
  /** Instructions that need not be read again. */
  kept: Map<number, Instruction>
  /** How many of its own tasks are Wasm or effect tasks. */
  work: number
  /** How many bodies stand around it where it was met first, and how deep they stand in it. */
  depth: number
  height: number
  /** Length of its longest path, in calls. */
  longest: number
}

export const NONE = 0xffffffff

/** No block of a job may be larger (docs/dag.md, Blocks); a bound for one instruction alone. */
const maxInstruction = 1 << 20
/** Bytes of the instructions that are kept from checking to running; others are read again. */
const maxKept = 16 << 20

/** Loads and checks the levels of one job: each body once, wherever it is used. */
export class LevelLoader {
  readonly limits: LimitsTable
  readonly uses = new Set<string>()
  readonly #load: Load
  readonly #functions: ReturnType<typeof createFunctions>
  readonly #bodies = new Map<string, Level>()
  #left = maxKept
  #tasks = 0

  constructor(meta: [CID, Limits][], load: Load) {
    this.limits = new LimitsTable(meta)
    this.#load = load
    this.#functions = createFunctions(load)
  }

  functionAt(number: number): WasmFunction {
    return this.#functions.at(number)
  }

  /** The instruction of a task. */
  async instructionOf({ tasks, kept, depth }: Level, task: number): Promise<Result<Instruction, DagError>> {
    const instruction = kept.get(task)
    // One that stands in no body is asked for once.
    if (depth === 0) kept.delete(task)
    return instruction ? ok(instruction) : this.#read(tasks.cidOf(task), () => undefined)
  }

  /** @param depth how many bodies stand around it */
  async level(block: BodyBlock, depth: number): Promise<Result<Level, DagError>> {
    const size = block.tasks.length
    this.#tasks += size
    if (this.#tasks > maxNodes) return unfit(`it has more than ${maxNodes} tasks`)
    const tasks = new TaskTable(size)
    const rows = new Rows(size, block.params, tasks)
    const level: Level = {
      graph: rows.template,
      tasks,
      value: block.value,
      calls: new Uint32Array(size).fill(NONE),
      limits: new Uint32Array(size).fill(NONE),
      bodies: new Map(),
      effects: new Map(),
      undos: new Map(),
      commands: new Set(),
      kept: new Map(),
      work: 0,
      depth,
      height: 0,
      longest: 0,
    }
    const performing = new Set<number>()
    const onlyCommands: number[] = []
    for (const [at, task] of block.tasks.entries()) {
      if (!isTask(task)) return unfit(`${task} cannot be an instruction: they are DAG-CBOR by sha2-256`)
      const instruction = await this.#read(task, instruction => level.kept.set(at, instruction))
      if (!instruction.ok) return instruction
      const kind = await this.#task(task, instruction.value, at, level, rows, depth)
      if (!kind.ok) return kind
      if (kind.value.performs) performing.add(at)
      if (kind.value.onlyCommand) onlyCommands.push(at)
      if (!tasks.add(task)) return unfit(`the task ${task} stands twice in ${depth === 0 ? 'the job' : 'a body'}`)
    }
    const stray = block.commands.find(command => tasks.numberOf(command) < 0)
    if (stray) return unfit(`the command ${stray} is no task of ${depth === 0 ? 'it' : 'its body'}`)
    const end = rows.end(block)
    if (end) return unfit(`${depth === 0 ? 'the result' : 'the value of a body'} ${end}`)
    for (const command of block.commands) {
      const at = tasks.numberOf(command)
      if (!level.effects.has(at) && !performing.has(at)) return unfit(`the command ${command} performs nothing`)
      level.commands.add(at)
      performing.delete(at)
    }
    const [silent] = performing
    if (silent !== undefined) return unfit(`the task ${tasks.cidOf(silent)} performs something and is no command`)
    const query = onlyCommands.find(at => !level.commands.has(at))
    if (query !== undefined) return unfit(`the task ${tasks.cidOf(query)} has a nonce or an undo and is no command`)
    const idle = rows.undemanded()
    if (idle >= 0) return unfit(`nothing demands the task ${tasks.cidOf(idle)}`)
    level.longest = sequence(level.graph).longest
    return ok(level)
  }

  /** Loads, verifies and decodes the block of one instruction; `keep` takes it while there is room. */
  async #read(task: CID, keep: (instruction: Instruction) => void): Promise<Result<Instruction, DagError>> {
    const bytes = await loadBytes(task, this.#load, new Budget({ maxBytes: maxInstruction }))
    if (!bytes.ok) return fail({ ...bytes.error, message: `an instruction of the job: ${bytes.error.message}` })
    const instruction = decodeInstruction(bytes.value)
    if (!instruction.ok) return fail({ ...instruction.error, message: `block ${task}: ${instruction.error.message}` })
    this.#left -= bytes.value.length
    if (this.#left > 0) keep(instruction.value)
    return instruction
  }

  /** Checks one task and takes in what it needs. */
  async #task(
    cid: CID,
    { rsc, op, input, nnc }: Instruction,
    at: number,
    level: Level,
    rows: Rows,
    depth: number,
  ): Promise<Result<{ performs: boolean; onlyCommand: boolean }, DagError>> {
    const wrong = (what: string): Result<never, DagError> => unfit(`the instruction ${cid} ${what}`)
    const { args, func, bodies, after, undo } = input
    const isEffect = rsc !== CORE && op !== WASM_RUN
    if (!isEffect && !bodies && nnc !== '') return wrong('has a nonce, which only what performs something has')
    if (rsc === CORE && func !== undefined) return wrong('is a core operation and names a function')

    const own = bodies ? (bodyOperation(op)?.args ?? 0) : args.length
    const strict = [...args.slice(0, own), ...(after ?? []), ...(undo?.args ?? [])]
    const captures = args.slice(own)
    const holes = rows.row(strict, captures)
    if (holes) return wrong(holes)

    if (bodies || bodyOperation(op)) {
      const inside = await this.#bodiesOf(cid, op, args.length, bodies ?? [], depth)
      if (!inside.ok) return inside
      rows.captures(at, captures)
      level.bodies.set(at, inside.value)
      level.height = Math.max(level.height, 1 + Math.max(...inside.value.map(body => body.height)))
      level.graph.weight![at] = Math.min(255, Math.max(...inside.value.map(body => body.longest)))
      return ok({ performs: inside.value.some(body => body.commands.size > 0), onlyCommand: nnc !== '' })
    }
    if (rsc === CORE)
      return Object.hasOwn(coreOperations, op)
        ? ok({ performs: false, onlyCommand: false })
        : wrong(`is the core operation ${JSON.stringify(op)}, which this version does not know`)

    const limits = this.limits.take(cid)
    if (limits === undefined) return unfit(`it has no limits for the task ${cid}`)
    level.limits[at] = limits
    level.graph.weight![at] = 1
    level.work++
    if (isEffect) {
      if (!/^[a-z][a-z0-9+.-]*:$/.test(rsc)) return wrong(`has no scheme: ${JSON.stringify(rsc)}`)
      if (!/^[A-Za-z_][\w-]*\/[A-Za-z_][\w-]*$/.test(op)) return wrong(`is no effect: ${JSON.stringify(op)}`)
      if (func !== undefined) return wrong('is an effect and names a function')
      this.uses.add(op)
      level.effects.set(at, op)
      if (undo) {
        const body = await this.#body(undo.body, depth + 1)
        if (!body.ok) return body
        const takes = body.value.graph.params
        if (takes !== 1 + undo.args.length) return wrong(`hands ${1 + undo.args.length} values to an undo of ${takes}`)
        level.undos.set(at, body.value)
        level.height = Math.max(level.height, 1 + body.value.height)
      }
      return ok({ performs: false, onlyCommand: nnc !== '' || undo !== undefined })
    }
    if (func === undefined) return wrong('names no function')
    const known = this.#functions.known(rsc, func)
    const call = known === undefined ? await this.#functions.find(rsc, func) : ok(known)
    if (!call.ok) return fail({ ...call.error, message: `the instruction ${cid}: ${call.error.message}` })
    const { params } = this.#functions.at(call.value)
    if (params.length !== args.length)
      return wrong(`gives ${args.length} arguments to \`${func}\`, which takes ${params.length}`)
    level.calls[at] = call.value
    return ok({ performs: false, onlyCommand: false })
  }

  async #bodiesOf(
    cid: CID,
    op: string,
    args: number,
    bodies: CID[],
    depth: number,
  ): Promise<Result<Level[], DagError>> {
    const levels: Level[] = []
    for (const body of bodies) {
      const level = await this.#body(body, depth + 1)
      if (!level.ok) return level
      levels.push(level.value)
    }
    const wrong = checkBodies(
      op,
      args,
      levels.map(({ graph }) => graph.params),
    )
    return wrong ? unfit(`the instruction ${cid}: ${wrong}`) : ok(levels)
  }

  async #body(cid: CID, depth: number): Promise<Result<Level, DagError>> {
    const key = cid.toString()
    const known = this.#bodies.get(key)
    if (depth + (known?.height ?? 0) > maxBodyDepth) return unfit(`bodies nest deeper than ${maxBodyDepth}`)
    if (known) return ok(known)
    const block = await readBody(cid, this.#load)
    if (!block.ok) return block
    const level = await this.level(block.value, depth)
    if (level.ok) this.#bodies.set(key, level.value)
    return level
  }
}

function unfit(message: string): Result<never, DagError> {
  return fail({ code: 'job', message: `the job cannot run: ${message}` })
}
