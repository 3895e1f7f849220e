import { evaluateCore } from './core.ts'
import {
  awaited,
  compositesOf,
  isBody,
  isComposite,
  leavesOf,
  partsOf,
  walk,
  type Body,
  type Composite,
  type Graph,
  type Operand,
  type Task,
} from './graph.ts'
import { dropIndices } from './indices.ts'
import { maxInline } from './inline.ts'
import type { Block, Ipld } from './ipld.ts'
import { CORE } from './job.ts'
import { placeShallow } from './place.ts'
import { linksIn, linksOf } from './reach.ts'
import { encodedSize, headSize, textSize } from './size.ts'

export interface Normal {
  graph: Graph
  /** Placed values that this brought about. */
  blocks: Block[]
  /** The task of the given graph that each task of the new one came from. */
  origins: Map<Task, Task>
}

export interface NormalOptions {
  /** Leaves large literals in place, for a caller that places the result itself. */
  whole?: boolean
}

/**
 * The normal form (docs/dag.md): puts known values in the place of parameters, projects literals, folds constant core
 * operations, takes the branches that are known, and drops what nothing demands, indices of loops among it. What is equal is shared when the graph
 * is written. A core operation that would fail stays, so that it fails where it is demanded; one whose argument stands
 * in a block of its own stays too, since blocks need not be at hand.
 *
 * The compiler runs it last and `bind` runs it again, with placed values for parameters: normalising before they are
 * known changes nothing of what comes out when they are.
 */
export async function normalize(
  graph: Graph,
  values: Map<string, Ipld> = new Map(),
  options: NormalOptions = {},
): Promise<Normal> {
  return new Normalizer(values, options.whole ?? false).graph(graph)
}

/** Encoded bytes of the largest result that folding puts in the place of an operation. */
const maxFolded = 16 * 1024

type Literal = Extract<Operand, { kind: 'value' }>

class Normalizer {
  readonly #values: Map<string, Ipld>
  readonly #whole: boolean
  /** Whether a body counts its elements. */
  #indexed = false
  /** What each task of the given graph has become. */
  readonly #done = new Map<Task, Operand>()
  /** What is performed in the place of each branch that is known. */
  readonly #taken = new Map<Task, Task[]>()
  readonly #origins = new Map<Task, Task>()
  readonly #bodies = new Map<Body, Body>()
  readonly #blocks = new Map<string, Block>()
  /** Composites stay shared: they may be the parts of many. Large values are placed once. */
  readonly #rewritten = new Map<Operand, Operand>()
  readonly #params = new Map<string, Operand>()
  /** Of what stands in the new graph: the bytes of literals, undefined where something has a hole. */
  readonly #sizes = new Map<Operand, number | undefined>()
  /** Composites that hold promises. */
  readonly #awaiting = new Set<Operand>()

  constructor(values: Map<string, Ipld>, whole: boolean) {
    this.#values = values
    this.#whole = whole
  }

  async graph(graph: Graph): Promise<Normal> {
    for (const [name, value] of this.#values) this.#params.set(name, await this.#value({ kind: 'value', value }))
    for (const step of walk(graph)) {
      if (!isBody(step)) await this.#task(step)
      else {
        const body = this.#bodyFor(step)
        body.value = await this.#rewrite(step.value)
        body.commands = this.#commands(step.commands)
      }
    }
    const value = await this.#rewrite(graph.result.value)
    const params = new Map([...graph.params].filter(([name]) => !this.#values.has(name)))
    const normal = { params, result: { type: graph.result.type, value }, commands: this.#commands(graph.commands) }
    if (this.#indexed) dropIndices(normal)
    return { graph: normal, blocks: this.#blocksOf(normal), origins: this.#origins }
  }

  /** The placed values that are still there. */
  #blocksOf(graph: Graph): Block[] {
    const reached = new Map<string, Block>()
    if (this.#blocks.size === 0) return []
    const seen = new Set<Operand>()
    const enter = (operand: Operand): void => {
      for (const leaf of leavesOf(operand, seen)) {
        const open = leaf.kind === 'value' ? [...linksIn(leaf.value)] : []
        for (let cid = open.pop(); cid; cid = open.pop()) {
          const key = cid.toString()
          const block = this.#blocks.get(key)
          if (!block || reached.has(key)) continue
          reached.set(key, block)
          open.push(...linksOf(block.cid, block.bytes))
        }
      }
    }
    for (const step of walk(graph)) {
      if (isBody(step)) enter(step.value)
      else for (const arg of step.args) enter(arg)
    }
    enter(graph.result.value)
    return [...reached.values()]
  }

  #commands(commands: Task[]): Task[] {
    return commands.flatMap(command => {
      const taken = this.#taken.get(command)
      if (taken) return taken
      const now = this.#done.get(command)!
      return now.kind === 'await' && performs(now.task) ? [now.task] : []
    })
  }

  async #task(task: Task): Promise<void> {
    const args: Operand[] = []
    for (const arg of task.args) args.push(this.#known(arg) ?? (await this.#rewrite(arg)))
    const bodies = task.bodies?.map(body => this.#bodyFor(body))
    const within = task.within && this.#bodyFor(task.within)

    const taken = bodies && takenBranch(task.op, args, bodies)
    if (taken) {
      // What the body performs is performed where the branch stood.
      for (const command of taken.commands) {
        if (within) command.within = within
        else delete command.within
      }
      this.#taken.set(task, taken.commands)
      this.#done.set(task, taken.value)
      return
    }
    const folded = task.rsc !== CORE ? undefined : await this.#fold(task.op, args, bodies)
    if (folded) {
      this.#done.set(task, folded)
      return
    }

    const kept: Task = { rsc: task.rsc, op: task.op, args }
    if (task.func !== undefined) kept.func = task.func
    if (task.limits) kept.limits = task.limits
    if (bodies) kept.bodies = bodies
    this.#indexed ||= task.op === 'core/map' && task.bodies![0]!.slots.length === 2
    if (task.after) {
      const before = await this.#before(task.after)
      if (before.length > 0) kept.after = before
    }
    if (task.undo) kept.undo = this.#bodyFor(task.undo)
    if (within && performs(kept)) kept.within = within
    this.#origins.set(kept, task)
    this.#done.set(task, { kind: 'await', task: kept })
  }

  /** What an effect comes after, each once; what has become a value came before anyway. */
  async #before(after: Operand[]): Promise<Operand[]> {
    const tasks = new Set<Task>()
    for (const operand of after) for (const task of awaited(await this.#rewrite(operand))) tasks.add(task)
    return [...tasks].map(task => ({ kind: 'await', task }))
  }

  #bodyFor(body: Body): Body {
    let fresh = this.#bodies.get(body)
    if (!fresh) {
      const made: Body = { slots: [], value: nothing, commands: [] }
      made.slots = body.slots.map((_, index) => ({ kind: 'slot', body: made, index }))
      this.#bodies.set(body, (fresh = made))
    }
    return fresh
  }

  async #rewrite(operand: Operand): Promise<Operand> {
    for (const composite of compositesOf(operand, this.#rewritten)) {
      const fresh: Composite =
        composite.kind === 'list'
          ? { kind: 'list', items: await this.#leaves(composite.items) }
          : { kind: 'map', entries: await this.#entries(composite.entries) }
      this.#rewritten.set(composite, await this.#compose(fresh))
    }
    return this.#known(operand) ?? this.#value(operand as Literal)
  }

  async #leaves(operands: Operand[]): Promise<Operand[]> {
    const leaves: Operand[] = []
    for (const operand of operands) leaves.push(this.#known(operand) ?? (await this.#rewrite(operand)))
    return leaves
  }

  /** In the order of keys in DAG-CBOR, so that it does not count who wrote them. */
  async #entries(entries: [string, Operand][]): Promise<[string, Operand][]> {
    const sorted = entries.toSorted(([a], [b]) => compareKeys(a, b))
    const parts = await this.#leaves(sorted.map(([, part]) => part))
    return sorted.map(([key], i) => [key, parts[i]!])
  }

  /** What an operand has become, unless it is a composite or a literal that is met the first time. */
  #known(operand: Operand): Operand | undefined {
    switch (operand.kind) {
      case 'param':
        return this.#params.get(operand.name) ?? operand
      case 'slot':
        return this.#bodyFor(operand.body).slots[operand.index]!
      case 'await':
        return this.#done.get(operand.task)!
      default:
        return this.#sizes.has(operand) ? operand : this.#rewritten.get(operand)
    }
  }

  /** A literal in place, or where it is too large for that, the link to it. */
  async #value(operand: Literal): Promise<Operand> {
    const size = encodedSize(operand.value)
    if (size <= maxInline || this.#whole) {
      this.#sizes.set(operand, size)
      return operand
    }
    const placed = await this.#place(operand.value)
    this.#rewritten.set(operand, placed)
    return placed
  }

  async #place(value: Ipld): Promise<Operand> {
    const placed = await placeShallow(value)
    // What is too large for a block is refused when the graph is written.
    if (!placed.ok) return { kind: 'value', value }
    this.#keep(placed.value.blocks)
    return this.#literal(placed.value.value)
  }

  #keep(blocks: Block[]): void {
    for (const block of blocks) this.#blocks.set(block.cid.toString(), block)
  }

  #literal(value: Ipld): Operand {
    const operand: Operand = { kind: 'value', value }
    this.#sizes.set(operand, encodedSize(value))
    return operand
  }

  /** One without holes is the literal that it is. */
  async #compose(composite: Composite): Promise<Operand> {
    let size: number | undefined = headSize(partsOf(composite).length)
    if (composite.kind === 'map') for (const [key] of composite.entries) size += textSize(key)
    for (const part of partsOf(composite)) {
      const added: number | undefined = this.#sizes.get(part)
      size = size === undefined || added === undefined ? undefined : size + added
      if (part.kind === 'await' || this.#awaiting.has(part)) this.#awaiting.add(composite)
    }
    if (size === undefined) return composite
    this.#sizes.set(composite, size)
    if (size > maxInline && this.#whole) return composite
    const values = partsOf(composite).map(part => (part as Literal).value)
    const value =
      composite.kind === 'list' ? values : Object.fromEntries(composite.entries.map(([key], i) => [key, values[i]!]))
    return size > maxInline ? this.#place(value) : this.#literal(value)
  }

  async #fold(op: string, args: Operand[], bodies: Body[] | undefined): Promise<Operand | undefined> {
    if (bodies) {
      const [first] = bodies
      if (first!.commands.length > 0 || first!.value.kind === 'await' || this.#awaiting.has(first!.value))
        return undefined
      // What is made of literals and parameters cannot fail.
      if (op === 'core/try') return this.#compose({ kind: 'map', entries: [['ok', first!.value]] })
      return op === 'core/catch' ? first!.value : undefined
    }
    const known = project(op, args)
    if (typeof known === 'number') return this.#literal(known)
    return known ?? this.#evaluate(op, args)
  }

  async #evaluate(op: string, args: Operand[]): Promise<Operand | undefined> {
    const values: Ipld[] = []
    for (const arg of args) {
      if (arg.kind !== 'value' || (this.#sizes.get(arg) ?? Infinity) > maxInline) return undefined
      values.push(arg.value)
    }
    if (op === 'core/range' && !isShort(values)) return undefined
    const outcome = await evaluateCore(op, values, async () => undefined)
    if (outcome.kind !== 'value' || (this.#whole && outcome.blocks.length > 0)) return undefined
    const size = outcome.blocks.reduce((sum, { bytes }) => sum + bytes.length, encodedSize(outcome.value))
    if (size > maxFolded) return undefined
    this.#keep(outcome.blocks)
    return this.#literal(outcome.value)
  }
}

/** Whether a task that was a command still is: an operation may have lost the branch that performed something. */
function performs({ rsc, bodies }: Task): boolean {
  return rsc !== CORE || (bodies?.some(body => body.commands.length > 0) ?? false)
}

const nothing: Operand = { kind: 'value', value: null }

function compareKeys(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Whether a range has no more elements than the budget of folding has bytes, so that nobody counts them in vain. */
function isShort([from, to]: Ipld[]): boolean {
  const isInteger = (value: Ipld | undefined): value is number | bigint =>
    typeof value === 'number' || typeof value === 'bigint'
  return isInteger(from) && isInteger(to) && BigInt(to) - BigInt(from) <= maxFolded
}

/** The body that a known selector picks. */
function takenBranch(op: string, [selector]: Operand[], bodies: Body[]): Body | undefined {
  if (op !== 'core/branch' || selector?.kind !== 'value') return undefined
  if (typeof selector.value === 'boolean') return bodies[selector.value ? 0 : 1]
  return typeof selector.value === 'number' ? bodies[selector.value] : undefined
}

/** What an access to a composite with holes, or a question about it, comes to whatever fills them. */
function project(op: string, [object, key, names]: Operand[]): Operand | number | undefined {
  if (!object || !isComposite(object) || key?.kind !== 'value') return undefined
  switch (op) {
    case 'core/field':
      return object.kind === 'map' ? object.entries.find(([name]) => name === key.value)?.[1] : undefined
    case 'core/item':
    case 'core/index':
      return object.kind === 'list' && typeof key.value === 'number' ? object.items[key.value] : undefined
    case 'core/unwrap': {
      if (key.value === 'option') return object
      const content = key.value === 'result' ? 'ok' : 'some'
      return object.kind === 'map' ? object.entries.find(([name]) => name === content)?.[1] : undefined
    }
    case 'core/case': {
      if (names?.kind !== 'value' || !Array.isArray(names.value)) return undefined
      const name = key.value === 'option' ? 'some' : object.kind === 'map' ? object.entries[0]?.[0] : undefined
      const index = name === undefined ? -1 : names.value.indexOf(name)
      return index < 0 ? names.value.length : index
    }
  }
  return undefined
}
