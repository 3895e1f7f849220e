import { findHomes, type Homes } from '../../../dag/homes.ts'
import { isBody, isComposite, walk, type Body, type Graph, type Operand, type Task } from '../../../dag/graph.ts'
import { CORE } from '../../../dag/job.ts'
import type { Load } from '../../../dag/load.ts'
import { normalize, type Normal } from '../../../dag/normalize.ts'
import { readList } from '../../../dag/place.ts'
import { Inexpressible } from './values.ts'

/** Most tasks that loops may come to. */
const maxTasks = 10_000

/**
 * The graph with its loops written out, as far as their lists are known: `for`, `reduce` and `fold`. All others stay.
 *
 * @throws Inexpressible where that would be too many tasks
 */
export async function unroll(graph: Graph, load: Load): Promise<Normal> {
  const steps = walk(graph)
  const loops = steps.some(step => !isBody(step) && step.bodies !== undefined)
  if (!loops) return { graph, blocks: [], origins: new Map() }
  const homes = findHomes(graph, steps)
  if (!homes.ok) throw new Inexpressible('loops', homes.error.message)
  const tasks = steps.filter((step): step is Task => !isBody(step))
  const unroller = new Unroller(homes.value, tasks, load)
  return normalize({ ...graph, result: { ...graph.result, value: await unroller.result(graph.result.value) } })
}

/** One instance of a body, or the job. */
interface Frame {
  body: Body | undefined
  parent: Frame | undefined
  slots: Operand[]
  done: Map<Task, Operand>
}

class Unroller {
  readonly #homes: Homes
  readonly #load: Load
  /** In post-order, by the body that they belong to. */
  readonly #tasks: Map<Body | undefined, Task[]>
  #count = 0

  constructor(homes: Homes, tasks: Task[], load: Load) {
    this.#homes = homes
    this.#load = load
    this.#tasks = Map.groupBy(tasks, task => homes.of(task))
  }

  async result(value: Operand): Promise<Operand> {
    return this.#value(value, { body: undefined, parent: undefined, slots: [], done: new Map() })
  }

  /** The value of a level, its own tasks made first, in their order: however long a chain, it is none of calls. */
  async #value(value: Operand, frame: Frame): Promise<Operand> {
    for (const task of this.#tasks.get(frame.body) ?? []) frame.done.set(task, await this.#task(task, frame))
    return this.#operand(value, frame)
  }

  async #task(task: Task, frame: Frame): Promise<Operand> {
    if (++this.#count > maxTasks)
      throw new Inexpressible(`loops of more than ${maxTasks} tasks`, 'each is a task of its own there')
    const args = task.args.map(arg => this.#operand(arg, frame))
    const items = task.rsc === CORE && task.bodies ? await this.#itemsOf(args[0]) : undefined
    if (items) {
      const [body] = task.bodies as [Body]
      const each = (...slots: Operand[]): Promise<Operand> =>
        this.#value(body.value, { body, parent: frame, slots, done: new Map() })
      if (task.op === 'core/map') return this.#map(items, each)
      if (task.op === 'core/fold') return this.#fold(items, args[2]!, each)
      if (task.op === 'core/reduce' && items.length > 0) return this.#reduce(items, each)
    }
    return { kind: 'await', task: { ...task, args } }
  }

  async #map(items: Operand[], each: (item: Operand, index: Operand) => Promise<Operand>): Promise<Operand> {
    const made: Operand[] = []
    for (const [i, item] of items.entries()) made.push(await each(item, { kind: 'value', value: i }))
    return { kind: 'list', items: made }
  }

  async #fold(
    items: Operand[],
    init: Operand,
    each: (state: Operand, item: Operand) => Promise<Operand>,
  ): Promise<Operand> {
    let state = init
    for (const item of items) state = await each(state, item)
    return state
  }

  /** Neighbours are joined, level by level; an odd one is carried over. */
  async #reduce(items: Operand[], each: (a: Operand, b: Operand) => Promise<Operand>): Promise<Operand> {
    let level = items
    while (level.length > 1) {
      const next: Operand[] = []
      for (let i = 0; i < level.length; i += 2)
        next.push(i + 1 < level.length ? await each(level[i]!, level[i + 1]!) : level[i]!)
      level = next
    }
    return level[0]!
  }

  /** The elements of a list whose length is known. */
  async #itemsOf(list: Operand | undefined): Promise<Operand[] | undefined> {
    if (list?.kind === 'list') return list.items
    if (list?.kind !== 'value') return undefined
    if (list.value instanceof Uint8Array) return Array.from(list.value, value => ({ kind: 'value', value }))
    const items = await readList(list.value, this.#load)
    return items.ok ? items.value.map(value => ({ kind: 'value', value })) : undefined
  }

  #operand(operand: Operand, frame: Frame): Operand {
    if (operand.kind === 'await') return this.#frameOf(this.#homes.of(operand.task), frame).done.get(operand.task)!
    if (operand.kind === 'slot') return this.#frameOf(operand.body, frame).slots[operand.index]!
    if (!isComposite(operand)) return operand
    return operand.kind === 'list'
      ? { kind: 'list', items: operand.items.map(item => this.#operand(item, frame)) }
      : { kind: 'map', entries: operand.entries.map(([key, part]) => [key, this.#operand(part, frame)]) }
  }

  #frameOf(body: Body | undefined, frame: Frame): Frame {
    let at: Frame | undefined = frame
    while (at && at.body !== body) at = at.parent
    if (!at) throw new Error('a loop takes what is not in reach')
    return at
  }
}
