/**
 * What the scheduler knows of a job or of a body: its tasks by number and what each needs.
 *
 * Tasks stand in post-order (docs/dag.md, Job): what a task needs has a lower number. A *reference* is a task of the
 * same template, or `~n` for its parameter `n`.
 */
export interface Template {
  /** Parameters: those that the operation hands in, then what it captures. A job has none. */
  params: number
  /** Number of tasks. */
  size: number
  /**
   * References of task `i`, each once, in the order of its arguments: `inputs[inputStart[i]] …
   * inputs[inputStart[i + 1] - 1]`. Row `size` is the end: what the value needs, then the commands.
   */
  inputStart: Uint32Array
  inputs: Int32Array
  /** What the bodies of a task capture, a reference for each of their last parameters, {@link KNOWN} for a value. */
  captures: Map<number, Int32Array>
  /** Cost of each task for the longest path; absent means one each. */
  weight?: Uint8Array
}

/** Stands for a value where a reference, or a node, could stand. */
export const KNOWN = 0x7fffffff

/** Instances of one body that one operation made together. */
export interface Expansion<Frame> {
  /** The node of the operation, -1 for the job itself. */
  op: number
  template: Template
  /** Instances stand one behind the other from this node on, each with its tasks and then its end. */
  first: number
  count: number
  /** Place of the operation, or of the one of the job that it stands in, in the order of starting. */
  place: number
  /** Parameters that the operation hands in; for each instance its nodes, {@link KNOWN} for a value. */
  handed: number
  nodes?: Int32Array
  /** The node of each parameter that is captured, {@link KNOWN} for a value. */
  captured: readonly number[]
  /** The operation awaits every instance; otherwise the last one alone. */
  all: boolean
  /** The operation goes on when the instance has failed. */
  catches: boolean
  /** What the caller of the scheduler needs to know of the instances; gone when the operation is past them. */
  frame: Frame | undefined
}

/** Nobody has demanded it yet. */
export const IDLE = 0
/** Its inputs are not there. */
export const WAITING = 1
/** Its instances are not there. */
export const EXPANDED = 2
/** It can be started. */
export const QUEUED = 3
export const RUNNING = 4
/** It was started and waits for more than its inputs: for the barrier, or for good. */
export const HELD = 5
export const DONE = 6
export const FAILED = 7
/** Nothing can need it any more, and it was never decided. */
export const CLOSED = 8

/** Flags: its inputs know that it awaits them; it demands them. */
export const LINKED = 1
export const ACTIVE = 2

/** No entry. */
export const NONE = 0xffffffff

/** The inputs of a node, in order: by position through {@link Nodes.inputAt}. */
export interface Row<Frame> {
  count: number
  /** Instances that are inputs: the end of the first one and the distance to the next. */
  stride: number
  first: number
  /** Otherwise: nodes that are handed to the end of an instance stand before what its template says. */
  handed: number
  start: number
  index: number
  of: Expansion<Frame>
}

/**
 * The tasks of a run, those of expanded bodies included, by number: about 30 bytes each, and 12 for each input that is
 * awaited. Numbers are not used again.
 */
export class Nodes<Frame> {
  count = 0
  /** Number of the expansion that it stands in. */
  owner = new Uint32Array(0)
  state = new Uint8Array(0)
  flags = new Uint8Array(0)
  /** How many nodes demand it. */
  demand = new Uint32Array(0)
  /** How many nodes that are not decided may still need it. */
  uses = new Uint32Array(0)
  /** Inputs that are not there yet. Of one that has failed: the task whose failure it is. */
  waiting = new Uint32Array(0)
  readonly expansions: Expansion<Frame>[] = []
  /** The instances that a node awaits, or has awaited until it goes on. */
  readonly current = new Map<number, Expansion<Frame>>()

  /** Newest entry of those who await a node. */
  #waiters = new Uint32Array(0)
  #waiterNode = new Uint32Array(16)
  #waiterPosition = new Uint32Array(16)
  #waiterNext = new Uint32Array(16)
  #waiterCount = 0
  #waiterFree = NONE

  /** Adds the nodes of an expansion. Their uses are those within their instance. */
  add(expansion: Expansion<Frame>): void {
    const { template, first, count } = expansion
    const stride = template.size + 1
    const end = first + stride * count
    this.#reserve(end)
    const number = this.expansions.push(expansion) - 1
    const uses = usesOf(template)
    if (count === 1) this.uses.set(uses, first)
    else for (let at = first; at < end; at += stride) for (let i = 0; i < stride; i++) this.uses[at + i] = uses[i]!
    this.owner.fill(number, first, end)
    this.#waiters.fill(NONE, first, end)
    this.count = end
  }

  expansionOf(node: number): Expansion<Frame> {
    return this.expansions[this.owner[node]!]!
  }

  row(node: number): Row<Frame> {
    if (this.state[node] === EXPANDED) {
      const of = this.current.get(node)!
      const { template, count, first, all } = of
      const stride = template.size + 1
      return all
        ? { count, stride, first: first + template.size, handed: 0, start: 0, index: 0, of }
        : { count: 1, stride, first: first + count * stride - 1, handed: 0, start: 0, index: 0, of }
    }
    const of = this.expansionOf(node)
    const { template, first } = of
    const stride = template.size + 1
    const index = of.count === 1 ? 0 : Math.floor((node - first) / stride)
    const local = node - first - index * stride
    const handed = of.nodes && local === template.size ? of.handed : 0
    const start = template.inputStart[local]!
    return {
      count: handed + template.inputStart[local + 1]! - start,
      stride: 0,
      first: first + index * stride,
      handed,
      start,
      index,
      of,
    }
  }

  /** The node at a position of a row, {@link KNOWN} for a value. */
  inputAt(row: Row<Frame>, position: number): number {
    if (row.stride > 0) return row.first + position * row.stride
    const reference = this.referenceAt(row, position)
    return reference >= 0 ? row.first + reference : this.argumentOf(row.of, row.index, ~reference)
  }

  /** What the template says of a position of a row whose inputs are no instances; below 0 it stands outside. */
  referenceAt(row: Row<Frame>, position: number): number {
    return position < row.handed ? ~position : row.of.template.inputs[row.start + position - row.handed]!
  }

  /** The node of a parameter, {@link KNOWN} for a value. */
  argumentOf({ handed, nodes, captured }: Expansion<Frame>, index: number, param: number): number {
    if (param >= handed) return captured[param - handed]!
    return nodes ? nodes[index * handed + param]! : KNOWN
  }

  /** The nodes that the bodies of a task capture. */
  capturedBy(node: number): readonly number[] {
    const of = this.expansionOf(node)
    const index = Math.floor((node - of.first) / (of.template.size + 1))
    const base = of.first + index * (of.template.size + 1)
    const references = of.template.captures.get(node - base)
    if (!references || references.length === 0) return none
    return Array.from(references, reference =>
      reference === KNOWN ? KNOWN : reference >= 0 ? base + reference : this.argumentOf(of, index, ~reference),
    )
  }

  /** Lets a node be told when another is decided. */
  await(input: number, node: number, position: number): void {
    let entry = this.#waiterFree
    if (entry !== NONE) this.#waiterFree = this.#waiterNext[entry]!
    else {
      entry = this.#waiterCount++
      if (entry === this.#waiterNode.length) {
        this.#waiterNode = grown(this.#waiterNode, entry * 2)
        this.#waiterPosition = grown(this.#waiterPosition, entry * 2)
        this.#waiterNext = grown(this.#waiterNext, entry * 2)
      }
    }
    this.#waiterNode[entry] = node
    this.#waiterPosition[entry] = position
    this.#waiterNext[entry] = this.#waiters[input]!
    this.#waiters[input] = entry
  }

  /** Gives and forgets who awaits a node, in the order in which they began to: the first entry. */
  takeWaiters(input: number): number {
    let first = NONE
    for (let newer = this.#waiters[input]!; newer !== NONE;) {
      const older = this.#waiterNext[newer]!
      this.#waiterNext[newer] = first
      first = newer
      newer = older
    }
    this.#waiters[input] = NONE
    return first
  }

  /** Calls for each who awaits a node. */
  eachWaiter(input: number, visit: (node: number) => void): void {
    for (let entry = this.#waiters[input]!; entry !== NONE; entry = this.#waiterNext[entry]!)
      visit(this.#waiterNode[entry]!)
  }

  waiter(entry: number): number {
    return this.#waiterNode[entry]!
  }

  waiterPosition(entry: number): number {
    return this.#waiterPosition[entry]!
  }

  /** The next entry; this one may be used again. */
  nextWaiter(entry: number): number {
    const next = this.#waiterNext[entry]!
    this.#waiterNext[entry] = this.#waiterFree
    this.#waiterFree = entry
    return next
  }

  #reserve(size: number): void {
    if (size <= this.owner.length) return
    // Exact at first: most jobs never grow.
    const room = this.count === 0 ? size : Math.max(size, this.owner.length * 2)
    this.owner = grown(this.owner, room)
    this.state = grown(this.state, room)
    this.flags = grown(this.flags, room)
    this.demand = grown(this.demand, room)
    this.uses = grown(this.uses, room)
    this.waiting = grown(this.waiting, room)
    this.#waiters = grown(this.#waiters, room)
  }
}

const none: readonly number[] = []

function grown<T extends Uint32Array | Uint8Array>(array: T, size: number): T {
  const wider = new (array.constructor as new (size: number) => T)(size)
  wider.set(array)
  return wider
}

const counted = new WeakMap<Template, Uint32Array>()

/** How many tasks of the same template, its end included, may need each task. */
function usesOf(template: Template): Uint32Array {
  const known = counted.get(template)
  if (known) return known
  const uses = new Uint32Array(template.size + 1)
  for (const reference of template.inputs) if (reference >= 0) uses[reference]!++
  for (const references of template.captures.values())
    for (const reference of references) if (reference >= 0 && reference !== KNOWN) uses[reference]!++
  counted.set(template, uses)
  return uses
}

/**
 * The order in which one worker alone would run the tasks of a template: longest remaining path first, equal ones in
 * task order. It is a topological order, since an input's path is never shorter than that of what needs it.
 *
 * @returns the tasks in their order, and how long the longest path is
 */
export function sequence({ size, inputs, inputStart, captures, weight }: Template): {
  order: Uint32Array
  longest: number
} {
  const path = new Uint32Array(size)
  let longest = 0
  for (let task = size - 1; task >= 0; task--) {
    const length = (path[task]! += weight ? weight[task]! : 1)
    if (length > longest) longest = length
    const through = (reference: number): void => {
      if (reference >= 0 && reference !== KNOWN && path[reference]! < length) path[reference] = length
    }
    for (let at = inputStart[task]!; at < inputStart[task + 1]!; at++) through(inputs[at]!)
    captures.get(task)?.forEach(through)
  }
  // A counting sort keeps it linear.
  const next = new Uint32Array(longest + 2)
  for (let task = 0; task < size; task++) next[longest - path[task]! + 1]!++
  for (let length = 0; length < longest; length++) next[length + 1]! += next[length]!
  const order = new Uint32Array(size)
  for (let task = 0; task < size; task++) order[next[longest - path[task]!]!++] = task
  return { order, longest }
}
