import type { CID } from 'multiformats/cid'
import { checkBodies, bodyOperation } from './core/bodies.ts'
import type { Body, Operand, Task } from './graph.ts'
import type { BodyBlock, DagError, Instruction, Job, Limits } from './interface.ts'
import { isMap, type Ipld } from './ipld.ts'
import { CORE, decodeInstruction, holeOf, maxBodyDepth, posesAsHole, readBody, WASM_RUN } from './job.ts'
import { Budget, loadBytes, type Load } from './load.ts'
import { fail, ok, type Result } from './result.ts'

export interface Unfolded {
  value: Operand
  commands: Task[]
  /** The instruction of each task, those in bodies too. */
  cids: Map<Task, CID>
}

/**
 * Reads the blocks of a job back into the tasks that they were written from. Each operation gets bodies of its own,
 * with what it captures in the place of their parameters.
 *
 * Every promise must name a task of the same job or body that stands before it. What is refused too: a number of
 * arguments, bodies or parameters that does not fit, commands that perform nothing, operations that perform something
 * and are not among the commands, and bodies that nest too deep or unfold to too much.
 *
 * @param args what stands for each parameter of the job
 */
export async function unfold(job: Job, args: Map<string, Operand>, load: Load): Promise<Result<Unfolded, DagError>> {
  const unfolder = new Unfolder(job, args, load)
  const scope: Scope = { params: [], tasks: new Map(), depth: 0 }
  const level = await unfolder.level(job.tasks, job.commands, job.result.value, scope)
  return level.ok ? ok({ ...level.value, cids: unfolder.cids }) : level
}

/** Most tasks in bodies, each counted as often as it is unfolded, and most values and holes in their arguments. */
const MAX_TASKS = 500_000
const MAX_OPERANDS = 5_000_000

interface Scope {
  /** What the numbers of parameters stand for, in a body. */
  params: Operand[]
  /** Tasks that stand before, by their CIDs. */
  tasks: Map<string, Task>
  body?: Body
  depth: number
}

class Unfolder {
  readonly cids = new Map<Task, CID>()
  readonly #args: Map<string, Operand>
  readonly #load: Load
  readonly #limits: Map<string, Limits>
  readonly #instructions = new Map<string, Instruction>()
  readonly #bodies = new Map<string, BodyBlock>()
  #tasks = 0
  #operands = 0

  constructor(job: Job, args: Map<string, Operand>, load: Load) {
    this.#args = args
    this.#load = load
    this.#limits = new Map(job.meta.map(([cid, entry]) => [cid.toString(), entry]))
  }

  /** The tasks, value and commands of a job or a body. */
  async level(
    tasks: CID[],
    commands: CID[],
    value: Ipld,
    scope: Scope,
  ): Promise<Result<{ value: Operand; commands: Task[] }, DagError>> {
    const performing = new Set(commands.map(cid => cid.toString()))
    for (const cid of tasks) {
      const key = cid.toString()
      if (scope.tasks.has(key)) return wrong(`the task ${cid} stands twice in one list`)
      if (scope.body && ++this.#tasks > MAX_TASKS) return tooMuch(`its bodies unfold to more than ${MAX_TASKS} tasks`)
      const instruction = await this.#instruction(cid)
      if (!instruction.ok) return instruction
      const task = await this.#task(cid, instruction.value, scope, performing.has(key))
      if (!task.ok) return task
      const limits = this.#limits.get(key)
      if (limits) task.value.limits = limits
      scope.tasks.set(key, task.value)
      this.cids.set(task.value, cid)
    }
    const operand = this.#operand(value, scope)
    if (!operand.ok) return operand
    const list = commands.map(cid => scope.tasks.get(cid.toString()))
    if (!list.every(command => command !== undefined)) return wrong('a command is not one of the tasks')
    return ok({ value: operand.value, commands: list })
  }

  async #instruction(cid: CID): Promise<Result<Instruction, DagError>> {
    const key = cid.toString()
    const known = this.#instructions.get(key)
    if (known) return ok(known)
    const bytes = await loadBytes(cid, this.#load, new Budget({}))
    if (!bytes.ok) return fail({ ...bytes.error, message: `an instruction of the job: ${bytes.error.message}` })
    const instruction = decodeInstruction(bytes.value)
    if (instruction.ok) this.#instructions.set(key, instruction.value)
    return instruction
  }

  async #body(cid: CID): Promise<Result<BodyBlock, DagError>> {
    const key = cid.toString()
    const known = this.#bodies.get(key)
    if (known) return ok(known)
    const body = await readBody(cid, this.#load)
    if (body.ok) this.#bodies.set(key, body.value)
    return body
  }

  async #task(cid: CID, instruction: Instruction, scope: Scope, performs: boolean): Promise<Result<Task, DagError>> {
    const { rsc, op, input, nnc } = instruction
    const args = this.#all(input.args, scope)
    if (!args.ok) return args
    const task: Task = { rsc, op, args: args.value }
    if (input.func !== undefined) task.func = input.func
    if (input.after) {
      const after = this.#all(input.after, scope)
      if (!after.ok) return after
      task.after = after.value
    }
    if (performs && scope.body) task.within = scope.body
    if (rsc === CORE) {
      const unfolded = await this.#operation(task, input.bodies ?? [], scope)
      if (!unfolded.ok) return unfolded
    }
    if (input.undo) {
      const captured = this.#all(input.undo.args, scope)
      if (!captured.ok) return captured
      const block = await this.#body(input.undo.body)
      if (!block.ok) return block
      if (block.value.params !== captured.value.length + 1) return wrong(`the body that undoes ${cid} does not fit it`)
      const body = await this.#unfold(block.value, captured.value, scope)
      if (!body.ok) return body
      task.undo = body.value
    }
    const mayPerform = rsc === CORE ? (task.bodies ?? []).some(body => body.commands.length > 0) : op !== WASM_RUN
    if (performs && !mayPerform) return wrong(`${cid} is among the commands and performs nothing`)
    if (!performs && rsc === CORE && mayPerform) return wrong(`${cid} performs something and is not among the commands`)
    if (!performs && (nnc !== '' || task.undo)) return wrong(`${cid} is not among the commands but looks like one`)
    return ok(task)
  }

  /** Gives an operation its bodies, and takes what they capture from its arguments. */
  async #operation(task: Task, cids: CID[], scope: Scope): Promise<Result<void, DagError>> {
    const blocks: BodyBlock[] = []
    for (const cid of cids) {
      const block = await this.#body(cid)
      if (!block.ok) return block
      blocks.push(block.value)
    }
    const params = blocks.map(block => block.params)
    const misfit = checkBodies(task.op, task.args.length, params)
    if (misfit) return wrong(misfit)
    const rule = bodyOperation(task.op)
    if (!rule) return ok(undefined)
    const captured = task.args.slice(rule.args)
    task.args = task.args.slice(0, rule.args)
    task.bodies = []
    for (const block of blocks) {
      const body = await this.#unfold(block, captured, scope)
      if (!body.ok) return body
      task.bodies.push(body.value)
    }
    return ok(undefined)
  }

  async #unfold(block: BodyBlock, captured: Operand[], outer: Scope): Promise<Result<Body, DagError>> {
    if (outer.depth >= maxBodyDepth) return tooMuch(`its bodies stand in each other more than ${maxBodyDepth} deep`)
    this.#operands += block.params
    if (this.#operands > MAX_OPERANDS) return tooMuch(`its bodies unfold to more than ${MAX_OPERANDS} values`)
    const body: Body = { slots: [], value: { kind: 'value', value: null }, commands: [] }
    for (let index = 0; index < block.params - captured.length; index++) body.slots.push({ kind: 'slot', body, index })
    const scope: Scope = { params: [...body.slots, ...captured], tasks: new Map(), body, depth: outer.depth + 1 }
    const level = await this.level(block.tasks, block.commands, block.value, scope)
    return level.ok ? ok(Object.assign(body, level.value)) : level
  }

  #all(values: Ipld[], scope: Scope): Result<Operand[], DagError> {
    const operands: Operand[] = []
    for (const value of values) {
      const operand = this.#operand(value, scope)
      if (!operand.ok) return operand
      operands.push(operand.value)
    }
    return ok(operands)
  }

  /** The operand that an argument stands for; the codec has bounded its depth. */
  #operand(value: Ipld, scope: Scope): Result<Operand, DagError> {
    if (scope.body && ++this.#operands > MAX_OPERANDS)
      return tooMuch(`its bodies unfold to more than ${MAX_OPERANDS} values`)
    const hole = holeOf(value)
    if (hole) return this.#hole(hole, scope)
    if (posesAsHole(value)) return wrong('an instruction holds a promise of an unknown kind')
    if (!Array.isArray(value) && !isMap(value)) return ok({ kind: 'value', value })
    const operands = this.#all(Array.isArray(value) ? value : Object.values(value), scope)
    if (!operands.ok) return operands
    // What stands for a parameter may be a value itself, so that a value stays whole only where it holds no hole.
    const parts = Array.isArray(value) ? value : Object.values(value)
    if (operands.value.every((operand, i) => operand.kind === 'value' && operand.value === parts[i]))
      return ok({ kind: 'value', value })
    if (Array.isArray(value)) return ok({ kind: 'list', items: operands.value })
    return ok({ kind: 'map', entries: Object.keys(value).map((key, i) => [key, operands.value[i]!]) })
  }

  #hole(hole: NonNullable<ReturnType<typeof holeOf>>, scope: Scope): Result<Operand, DagError> {
    if (hole.kind === 'slot') {
      const param = scope.params[hole.index]
      return param ? ok(param) : wrong(`an instruction uses parameter ${hole.index}, which its body does not have`)
    }
    if (hole.kind === 'param') {
      const param = scope.body ? undefined : this.#args.get(hole.name)
      return param ? ok(param) : wrong(`an instruction uses the parameter \`${hole.name}\`, which is not there`)
    }
    const task = scope.tasks.get(hole.task.toString())
    if (task) return ok({ kind: 'await', task })
    return wrong(`an instruction awaits ${hole.task}, which is no task of the job before it`)
  }
}

function wrong(message: string): Result<never, DagError> {
  return fail({ code: 'job', message })
}

function tooMuch(what: string): Result<never, DagError> {
  return fail({ code: 'size', message: `the job is too large to be bound: ${what}` })
}
