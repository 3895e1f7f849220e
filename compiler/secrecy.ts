import {
  compositesOf,
  isBody,
  leavesOf,
  partsOf,
  walk,
  type Body,
  type Graph,
  type Operand,
  type Task,
} from '../dag/graph.ts'
import { CORE, WASM_RUN } from '../dag/job.ts'
import type { Decided, Decisions } from './lower.ts'

/**
 * The tasks about whose bodies a secret decides: by its type, or since what decides is made of a secret that a job was
 * given for a parameter that is none, which its types do not tell.
 */
export function secretDecisions(graph: Graph, decisions: Decisions): Map<Task, Decided> {
  const secret = new Map([...decisions].filter(([, decision]) => decision.secret))
  const given = [...decisions.values()].flatMap(decision => decision.given)
  if (given.length === 0) return secret
  const made = new Made(graph, new Set(given))
  for (const [task, decision] of decisions)
    if (decision.given.length > 0 && made.has(decidedBy(task))) secret.set(task, decision)
  return secret
}

/** What is known before a body is chosen: of a `catch`, what may fail. */
function decidedBy({ op, args, bodies }: Task): Operand {
  return op === 'core/catch' ? bodies![0]!.value : args[0]!
}

/** What is made of certain operands. */
export class Made {
  /** Tasks, and the bodies that are handed in something of it. */
  readonly #steps = new Set<Task | Body>()
  readonly #leaves = new Set<Operand>()
  readonly #composites = new Map<Operand, boolean>()

  constructor(graph: Graph, sources: Set<Operand>) {
    for (const source of sources)
      for (const leaf of leavesOf(source))
        if (leaf.kind === 'await') this.#steps.add(leaf.task)
        else if (leaf.kind !== 'value') this.#leaves.add(leaf)
    const steps = walk(graph)
    // What one step of a loop gives the next one takes, so that one pass is not enough.
    for (let before = -1; before < this.#steps.size;) {
      before = this.#steps.size
      this.#composites.clear()
      for (const step of steps) if (!isBody(step)) this.#pass(step)
    }
  }

  has(operand: Operand): boolean {
    for (const composite of compositesOf(operand, this.#composites))
      this.#composites.set(
        composite,
        partsOf(composite).some(part => this.#isMade(part)),
      )
    return this.#isMade(operand)
  }

  #isMade(operand: Operand): boolean {
    if (operand.kind === 'await') return this.#steps.has(operand.task)
    if (operand.kind === 'slot' && this.#steps.has(operand.body)) return true
    return this.#leaves.has(operand) || this.#composites.get(operand) === true
  }

  #pass(task: Task): void {
    const { rsc, op, args, bodies = [] } = task
    // What an effect gives is as secret as it says, whatever it was given.
    if (rsc !== CORE && op !== WASM_RUN) return
    if (!args.some(arg => this.has(arg)) && !bodies.some(body => this.has(body.value))) return
    this.#steps.add(task)
    for (const body of bodies) this.#steps.add(body)
  }
}
