import {
  compositesOf,
  isBody,
  isComposite,
  partsOf,
  walk,
  type Body,
  type Graph,
  type Operand,
  type Task,
} from '../dag/graph.ts'
import { CORE, WASM_RUN } from '../dag/job.ts'
import type { Decided } from './lower.ts'

/** Most places of demand that are followed, all tasks of a graph together. */
const MAX_WORK = 5_000_000

/** Where something is demanded: in the job, in a body, or where an access may or may not come to it. */
type Level = Body | typeof JOB | { maybe: Task }

const JOB = { job: true }

/**
 * In which bodies of a graph each task is demanded, and which secrets decide about that. The graph is in normal form,
 * so that what it demands is what the runtime demands. Failures are left out of account: that a job fails because of a
 * secret is seen in any case.
 */
export class Demand {
  readonly #levels = new Map<Task | Operand, Set<Level>>()
  /** The tasks that have each body. */
  readonly #owners = new Map<Level, Task>()
  readonly #decisions: ReadonlyMap<Task, Decided>
  readonly #found = new Map<Set<Level>, Decided | undefined>()
  #work = 0

  /** @param decisions those of secrets */
  constructor(graph: Graph, decisions: ReadonlyMap<Task, Decided>) {
    this.#decisions = decisions
    const order = demandOrder(graph)
    const job = new Set<Level>([JOB])
    this.#demand(graph.result.value, job)
    for (const command of graph.commands) this.#add(command, job)
    for (const step of order) {
      if ('kind' in step) for (const part of partsOf(step)) this.#demand(part, this.#levels.get(step)!)
      else if (isBody(step)) this.#body(step)
      else this.#task(step)
      if (this.tooLarge) return
    }
  }

  /** Whether the graph is too entangled to be followed; nothing is known of it then. */
  get tooLarge(): boolean {
    return this.#work > MAX_WORK
  }

  effects(): Task[] {
    return [...this.#levels.keys()].filter(
      (key): key is Task => 'rsc' in key && key.rsc !== CORE && key.op !== WASM_RUN,
    )
  }

  #body(body: Body): void {
    const inside = new Set<Level>([body])
    this.#demand(body.value, inside)
    for (const command of body.commands) this.#add(command, inside)
  }

  #task(task: Task): void {
    const levels = this.#levels.get(task)!
    for (const body of task.bodies ?? []) this.#owners.set(body, task)
    if (task.undo) this.#owners.set(task.undo, task)
    for (const before of task.after ?? []) this.#demand(before, levels)
    const [object] = task.args
    if (task.op === 'core/index' && object && isComposite(object)) {
      // Where the index becomes known one element is left.
      const maybe = { maybe: task }
      this.#owners.set(maybe, task)
      this.#demand(object, new Set<Level>([maybe]))
      this.#demand(task.args[1]!, levels)
    } else for (const arg of task.args) this.#demand(arg, levels)
  }

  #demand(operand: Operand, levels: Set<Level>): void {
    if (operand.kind === 'await') this.#add(operand.task, levels)
    else if (isComposite(operand)) this.#add(operand, levels)
  }

  #add(key: Task | Operand, levels: Set<Level>): void {
    const known = this.#levels.get(key)
    if (known === levels) return
    if (known) {
      this.#work += known.size + levels.size
      this.#levels.set(key, new Set([...known, ...levels]))
    } else this.#levels.set(key, levels)
  }

  /** The levels in which what has a level is demanded; none of the job. */
  #around(level: Level): Set<Level> {
    const owner = this.#owners.get(level)
    return (owner && this.#levels.get(owner)) ?? new Set()
  }

  /** The secret that decides whether a task is demanded. */
  decidedBy(task: Task): Decided | undefined {
    const levels = this.#levels.get(task)!
    // Many tasks are demanded in the same levels.
    if (!this.#found.has(levels)) this.#found.set(levels, this.#decidedAt(levels))
    return this.#found.get(levels)
  }

  #decidedAt(levels: Set<Level>): Decided | undefined {
    const certain = this.#certain(levels)
    const open = [...levels]
    const seen = new Set<Level>(open)
    for (let level = open.pop(); level; level = open.pop()) {
      const decision = this.#decisionAt(level)
      const around = this.#around(level)
      if (decision && ![...around].every(outer => this.#isCertain(outer, certain))) return decision
      for (const outer of around)
        if (!seen.has(outer)) {
          seen.add(outer)
          open.push(outer)
        }
    }
    return undefined
  }

  #decisionAt(level: Level): Decided | undefined {
    const owner = this.#owners.get(level)
    return owner && 'slots' in level ? this.#decisions.get(owner) : undefined
  }

  /** Levels whose computation comes to what is demanded in some, whichever bodies are chosen in them. */
  #certain(levels: Set<Level>): Set<Level> {
    const certain = new Set(levels)
    for (const level of certain) {
      const owner = this.#owners.get(level)
      if (owner?.bodies && isInevitable(owner, certain)) for (const outer of this.#around(level)) certain.add(outer)
    }
    return certain
  }

  /** Whether a level is among those, or inside of them whatever leads to it. */
  #isCertain(level: Level, certain: Set<Level>): boolean {
    const open = [level]
    const seen = new Set<Level>(open)
    for (let next = open.pop(); next; next = open.pop()) {
      if (certain.has(next)) continue
      const around = this.#around(next)
      if (around.size === 0) return false
      for (const outer of around)
        if (!seen.has(outer)) {
          seen.add(outer)
          open.push(outer)
        }
    }
    return true
  }
}

/** Whether a task cannot be computed without one of the bodies in a set. */
function isInevitable({ op, bodies = [] }: Task, among: Set<Level>): boolean {
  if (op === 'core/branch') return bodies.every(body => among.has(body))
  return (op === 'core/try' || op === 'core/catch') && among.has(bodies[0]!)
}

/** Tasks, bodies and composites, each before what it is made of. */
function demandOrder(graph: Graph): (Task | Body | Extract<Operand, { kind: 'list' | 'map' }>)[] {
  const order: ReturnType<typeof demandOrder> = []
  const seen = new Set<Operand>()
  const enter = (operand: Operand): void => {
    for (const composite of compositesOf(operand, seen)) {
      seen.add(composite)
      order.push(composite)
    }
  }
  for (const step of walk(graph)) {
    if (isBody(step)) enter(step.value)
    else for (const operand of [...step.args, ...(step.after ?? [])]) enter(operand)
    order.push(step)
  }
  enter(graph.result.value)
  return order.reverse()
}
