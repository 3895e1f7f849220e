import {
  isBody,
  isComposite,
  compositesOf,
  partsOf,
  type Body,
  type Graph,
  type Operand,
  type Step,
  type Task,
} from './graph.ts'
import type { DagError } from './interface.ts'
import { maxBodyDepth } from './job.ts'
import { fail, ok, type Result } from './result.ts'

/** Where each task belongs. */
export interface Homes {
  /** The innermost body that a task depends on, absent for the level of the job. */
  of(task: Task): Body | undefined
  /** The operation or the command that a body belongs to. */
  owner(body: Body): Task
  /** How many bodies a body stands in, itself counted: 1 and up. */
  depth(body: Body): number
  /** A number for each body, those within it before it. */
  number(body: Body): number
}

/**
 * Finds the home of each task (docs/dag.md, Bodies): the innermost of the bodies whose slots it depends on, through
 * anything that it takes or awaits, or that it stands `within`. Fails (`size`) where bodies nest too deep.
 *
 * @param steps all of the graph, in post-order
 */
export function findHomes(graph: Graph, steps: Step[]): Result<Homes, DagError> {
  const numbers = new Map<Body, number>()
  for (const step of steps) if (isBody(step)) numbers.set(step, numbers.size)
  const bodies = [...numbers.keys()]
  const owners = new Map<Body, Task>()
  const needs = new Map<Step, Needs>()
  const homes: Homes = {
    of: task => {
      const innermost = needs.get(task)
      return innermost && bodies[innermost.body]
    },
    owner: body => owners.get(body)!,
    depth: body => depths.get(body)!,
    number: body => numbers.get(body)!,
  }
  const depths = new Map<Body, number>()
  if (bodies.length === 0) return ok(homes)

  const sets = new NeedsTable()
  const composites = new Map<Operand, Needs | undefined>()
  const of = (operand: Operand): Needs | undefined => {
    if (operand.kind === 'await') return needs.get(operand.task)
    if (operand.kind === 'slot') return sets.only(numbers.get(operand.body)!)
    if (!isComposite(operand)) return undefined
    for (const composite of compositesOf(operand, composites))
      composites.set(
        composite,
        partsOf(composite).reduce<Needs | undefined>((all, part) => sets.union(all, leaf(part)), undefined),
      )
    return composites.get(operand)
  }
  const leaf = (part: Operand): Needs | undefined => (isComposite(part) ? composites.get(part) : of(part))

  for (const step of steps) {
    let all: Needs | undefined
    if (isBody(step)) {
      all = of(step.value)
      for (const command of step.commands) all = sets.union(all, needs.get(command))
      // What is within it has smaller numbers and is gone by now, so it is the first if it is there at all.
      if (all && all.body === numbers.get(step)) all = all.rest
    } else {
      for (const arg of step.args) all = sets.union(all, of(arg))
      for (const before of step.after ?? []) all = sets.union(all, of(before))
      for (const body of bodiesOf(step)) {
        owners.set(body, step)
        all = sets.union(all, needs.get(body))
      }
      if (step.within) all = sets.union(all, sets.only(numbers.get(step.within)!))
    }
    if (all && all.size > maxBodyDepth) return tooDeep()
    if (all) needs.set(step, all)
  }
  const escaped = of(graph.result.value) ?? graph.commands.map(command => needs.get(command)).find(Boolean)
  if (escaped) throw new Error('a slot is used outside of its body')

  for (const step of steps.toReversed()) {
    if (isBody(step)) continue
    const home = homes.of(step)
    const depth = 1 + (home ? depths.get(home)! : 0)
    for (const body of bodiesOf(step)) {
      if (depth > maxBodyDepth) return tooDeep()
      depths.set(body, depth)
    }
  }
  return ok(homes)
}

/** The bodies of a task, its `undo` too. */
export function bodiesOf(task: Task): Body[] {
  const bodies = task.bodies ?? []
  return task.undo ? [...bodies, task.undo] : bodies
}

function tooDeep(): Result<never, DagError> {
  return fail({ code: 'size', message: `loops and branches stand in each other more than ${maxBodyDepth} deep.` })
}

/** The bodies that something depends on, by their numbers, innermost first. Equal sets are one object. */
interface Needs {
  body: number
  rest: Needs | undefined
  size: number
  /** Sets that this is the rest of, by their first. */
  longer: Map<number, Needs>
  unions: Map<Needs, Needs>
}

class NeedsTable {
  readonly #single = new Map<number, Needs>()

  only(body: number): Needs {
    return this.#add(body, undefined)
  }

  union(a: Needs | undefined, b: Needs | undefined): Needs | undefined {
    if (a === b || !b) return a
    if (!a) return b
    let known = a.unions.get(b)
    if (!known) {
      const firsts: number[] = []
      let [left, right]: (Needs | undefined)[] = [a, b]
      while (left && right && left !== right) {
        const body = Math.min(left.body, right.body)
        firsts.push(body)
        if (left.body === body) left = left.rest
        if (right && right.body === body) right = right.rest
      }
      known = firsts.reduceRight<Needs | undefined>((rest, body) => this.#add(body, rest), left ?? right)!
      a.unions.set(b, known)
    }
    return known
  }

  #add(body: number, rest: Needs | undefined): Needs {
    const longer = rest ? rest.longer : this.#single
    let set = longer.get(body)
    if (!set)
      longer.set(body, (set = { body, rest, size: 1 + (rest?.size ?? 0), longer: new Map(), unions: new Map() }))
    return set
  }
}
