import type { Limits, Parameter } from './interface.ts'
import type { Ipld } from './ipld.ts'
import type { Type } from './types.ts'

/**
 * A job before it is written: what the compiler builds, what `bind` reads back from blocks, and what the normal form
 * maps to itself. Tasks are shared by reference; the CIDs come when the graph is written (`emit.ts`).
 */
export interface Graph {
  params: Map<string, Parameter>
  result: { type: Type; value: Operand }
  /** Tasks that must run though no result needs them. */
  commands: Task[]
}

export interface Task {
  rsc: string
  op: string
  func?: string
  args: Operand[]
  /** Of core operations that have them (docs/dag.md, Bodies), in the order of the operation. */
  bodies?: Body[]
  /** Of effects: what must have succeeded before, though its value is not needed. */
  after?: Operand[]
  /** Of commands: how it is undone; its one parameter is the result of the command. */
  undo?: Body
  /**
   * The body whose instances each perform this task: every command and note that stands in a body has it, and every
   * operation whose own bodies perform any, so that it is not lifted out. Absent at the level of the job.
   */
  within?: Body
  /** Of Wasm and effect tasks; core operations have none. */
  limits?: Limits
}

/**
 * What a `map`, a `branch` and their like do, each time anew. What stands in a body may use tasks and parameters from
 * around it: there is one graph, and a task belongs to the innermost body whose slots it depends on. Emission lifts
 * everything else out and hands it in (docs/dag.md, Bodies).
 */
export interface Body {
  /** What the operation hands in: the element and its index, the failure, the pair to join. */
  slots: Slot[]
  value: Operand
  /** Tasks that each instance performs though its value does not need them; all are `within` this body. */
  commands: Task[]
}

/** A parameter of a body, by identity. */
export interface Slot {
  kind: 'slot'
  body: Body
  /** Its place among the slots of its body. */
  index: number
}

/** What can stand where a value is expected. */
export type Operand =
  /** A placed value without holes. */
  | { kind: 'value'; value: Ipld }
  | { kind: 'param'; name: string }
  | Slot
  /** The success of a task. */
  | { kind: 'await'; task: Task }
  /** A list or tuple, and a record, variant, option or result, with a hole somewhere inside. */
  | { kind: 'list'; items: Operand[] }
  | { kind: 'map'; entries: [key: string, value: Operand][] }

/**
 * The tasks that an operand awaits, at any depth.
 *
 * @param seen composites that are passed over, since their tasks were given before; grows
 */
export function* awaited(operand: Operand, seen = new Set<Operand>()): Generator<Task> {
  const open = [operand]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'await') yield next.task
    if (next.kind !== 'list' && next.kind !== 'map') continue
    if (seen.has(next)) continue
    seen.add(next)
    const parts = partsOf(next)
    for (let i = parts.length; i-- > 0;) open.push(parts[i]!)
  }
}

/** The parts of a composite, in their order. */
export function partsOf(composite: Extract<Operand, { kind: 'list' | 'map' }>): Operand[] {
  return composite.kind === 'list' ? composite.items : composite.entries.map(([, part]) => part)
}

/**
 * Tasks in post-order from the result, then from the commands: what a task awaits stands before it. Keeps no stack
 * of the machine, so that a chain may be as long as memory allows.
 */
export function postOrder(graph: Pick<Graph, 'result' | 'commands'>): Task[] {
  const order: Task[] = []
  const seen = new Set<Task>()
  // Composites are shared, so that without this a short graph could take forever. Nothing below a task of a composite
  // can hold that composite, so what is passed over has been entered to its end.
  const composites = new Set<Operand>()
  const roots = [...awaited(graph.result.value), ...graph.commands]
  for (const root of roots) {
    const stack: { task: Task; rest: Iterator<Task> }[] = []
    const enter = (task: Task): void => {
      if (seen.has(task)) return
      seen.add(task)
      stack.push({ task, rest: inputs(task, composites) })
    }
    enter(root)
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const next = top.rest.next()
      if (next.done) {
        order.push(top.task)
        stack.pop()
      } else enter(next.value)
    }
  }
  return order
}

function* inputs(task: Task, composites: Set<Operand>): Generator<Task> {
  for (const arg of task.args) yield* awaited(arg, composites)
}
