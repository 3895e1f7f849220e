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
 * everything else out and hands it in (docs/dag.md, Bodies). A body is that of one task alone.
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

export type Composite = Extract<Operand, { kind: 'list' | 'map' }>
export type Leaf = Exclude<Operand, Composite>

/** Where commands stand: a job or a body. */
export type Level = Pick<Graph, 'commands'> | Body

/**
 * What an operand is made of, composites taken apart, from left to right.
 *
 * @param seen composites that are passed over, since their parts were given before; grows
 */
export function* leavesOf(operand: Operand, seen = new Set<Operand>()): Generator<Leaf> {
  const open = [operand]
  for (let next = open.pop(); next; next = open.pop()) {
    if (!isComposite(next)) yield next
    else if (!seen.has(next)) {
      seen.add(next)
      const parts = partsOf(next)
      for (let i = parts.length; i-- > 0;) open.push(parts[i]!)
    }
  }
}

/** The tasks that an operand awaits, at any depth; see {@link leavesOf}. */
export function* awaited(operand: Operand, seen = new Set<Operand>()): Generator<Task> {
  for (const leaf of leavesOf(operand, seen)) if (leaf.kind === 'await') yield leaf.task
}

export function isComposite(operand: Operand): operand is Composite {
  return operand.kind === 'list' || operand.kind === 'map'
}

/** The parts of a composite, in their order. */
export function partsOf(composite: Composite): Operand[] {
  return composite.kind === 'list' ? composite.items : composite.entries.map(([, part]) => part)
}

/**
 * The composites that an operand is made of, parts before what they are part of, each once. What is `known` when it
 * is met is left out with all that is below it: whoever asks makes each known before asking for the next.
 */
export function* compositesOf(operand: Operand, known: { has(operand: Operand): boolean }): Generator<Composite> {
  if (!isComposite(operand)) return
  const open = [{ composite: operand, entered: false }]
  for (let top = open.at(-1); top; top = open.at(-1)) {
    if (top.entered || known.has(top.composite)) {
      open.pop()
      if (!known.has(top.composite)) yield top.composite
      continue
    }
    top.entered = true
    const parts = partsOf(top.composite)
    for (let i = parts.length; i-- > 0;) {
      const part = parts[i]!
      if (isComposite(part)) open.push({ composite: part, entered: false })
    }
  }
}

/** A task, or a body whose content has been passed. */
export type Step = Task | Body

export function isBody(step: Step): step is Body {
  return 'slots' in step
}

/** The order of what has none of its own. */
export interface Arrangement {
  commands(level: Level): Task[]
  after(task: Task): Operand[]
}

export const asGiven: Arrangement = { commands: level => level.commands, after: task => task.after ?? [] }

/**
 * All tasks and bodies of a graph in post-order from the result, then from the commands: what a task awaits, and the
 * bodies that it has, stand before it, and the content of a body before the body. Arguments come first, then bodies,
 * `after` and `undo`; in a body its value, then its commands.
 *
 * Keeps no stack of the machine, so that a chain may be as long as memory allows.
 */
export function walk(graph: Pick<Graph, 'result' | 'commands'>, arrangement = asGiven): Step[] {
  const order: Step[] = []
  const seen = new Set<Step>()
  // Composites are shared, so that without this a short graph could take forever. Nothing below a task of a composite
  // can hold that composite, so what is passed over has been entered to its end.
  const composites = new Set<Operand>()
  const stack: { step: Step | undefined; rest: Iterator<Step> }[] = [
    { step: undefined, rest: contentOf(graph.result.value, arrangement.commands(graph), composites) },
  ]
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const next = top.rest.next()
    if (next.done) {
      if (top.step) order.push(top.step)
      stack.pop()
    } else if (!seen.has(next.value)) {
      const step = next.value
      seen.add(step)
      const rest = isBody(step)
        ? contentOf(step.value, arrangement.commands(step), composites)
        : inputsOf(step, arrangement, composites)
      stack.push({ step, rest })
    }
  }
  return order
}

function* contentOf(value: Operand, commands: Task[], composites: Set<Operand>): Generator<Step> {
  yield* awaited(value, composites)
  yield* commands
}

function* inputsOf(task: Task, arrangement: Arrangement, composites: Set<Operand>): Generator<Step> {
  for (const arg of task.args) yield* awaited(arg, composites)
  if (task.bodies) yield* task.bodies
  if (task.after) for (const before of arrangement.after(task)) yield* awaited(before, composites)
  if (task.undo) yield task.undo
}

/** The tasks of a {@link walk}. */
export function postOrder(graph: Pick<Graph, 'result' | 'commands'>): Task[] {
  return walk(graph).filter((step): step is Task => !isBody(step))
}
