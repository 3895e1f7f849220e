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
import { Made } from './secrecy.ts'

/** Operations that come to a value whatever their arguments are, sizes that no machine holds left aside. */
const TOTAL = new Set([
  ...['core/field', 'core/item', 'core/case', 'core/switch', 'core/widen', 'core/load', 'core/link', 'core/length'],
  ...['core/equal', 'core/unequal', 'core/less', 'core/less-equal', 'core/greater', 'core/greater-equal', 'core/not'],
  ...['core/text', 'core/format', 'core/concat', 'core/flatten'],
  ...['core/map', 'core/fold', 'core/branch', 'core/try', 'core/catch'],
])

/** A `try` or `catch` that is none of a secret, and what in it may fail because of one. */
export interface Outcome {
  task: Task
  cause: Task
}

/**
 * Finds where an outcome tells of a secret though its type does not say so: an effect is tried, whose result is its own,
 * and what it is given is made of a secret by something that may fail.
 *
 * @param secrets what is secret by its type, as it comes into the graph
 */
export function secretOutcomes(graph: Graph, secrets: readonly Operand[]): Outcome[] {
  if (secrets.length === 0) return []
  const made = new Made(graph, new Set(secrets))
  const causes = new Causes(made)
  const found: Outcome[] = []
  for (const step of walk(graph)) {
    causes.enter(step)
    if (isBody(step) || (step.op !== 'core/try' && step.op !== 'core/catch')) continue
    const cause = causes.of(step.bodies![0]!)
    if (cause && !made.has({ kind: 'await', task: step })) found.push({ task: step, cause })
  }
  return found
}

/** The first task below each that may fail because of a secret, and whose failure is its own; steps come after what they are made of. */
class Causes {
  readonly #made: Made
  readonly #steps = new Map<Task | Body, Task>()
  readonly #composites = new Map<Operand, Task | undefined>()

  constructor(made: Made) {
    this.#made = made
  }

  of(step: Task | Body): Task | undefined {
    return this.#steps.get(step)
  }

  enter(step: Task | Body): void {
    const cause = isBody(step) ? this.#first([step.value], step.commands) : this.#causeOf(step)
    if (cause) this.#steps.set(step, cause)
  }

  #causeOf(task: Task): Task | undefined {
    const { args, after = [], bodies = [], op } = task
    if (mayFail(task) && args.some(arg => this.#made.has(arg))) return task
    // What is tried fails nobody else.
    const open = op === 'core/try' ? [] : op === 'core/catch' ? bodies.slice(1) : bodies
    return this.#first([...args, ...after], open)
  }

  #first(operands: readonly Operand[], steps: readonly (Task | Body)[]): Task | undefined {
    for (const operand of operands) {
      const cause = this.#below(operand)
      if (cause) return cause
    }
    for (const step of steps) if (this.#steps.has(step)) return this.#steps.get(step)
    return undefined
  }

  #below(operand: Operand): Task | undefined {
    for (const composite of compositesOf(operand, this.#composites)) {
      const causes = partsOf(composite).map(part => this.#at(part))
      this.#composites.set(
        composite,
        causes.find(cause => cause !== undefined),
      )
    }
    return this.#at(operand)
  }

  #at(operand: Operand): Task | undefined {
    if (isComposite(operand)) return this.#composites.get(operand)
    return operand.kind === 'await' ? this.#steps.get(operand.task) : undefined
  }
}

/** That an effect fails is the world's doing. */
function mayFail({ rsc, op }: Task): boolean {
  return rsc === CORE ? !TOTAL.has(op) : op === WASM_RUN
}
