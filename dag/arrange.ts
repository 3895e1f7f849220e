import { hash } from 'node:crypto'
import { encode } from './codec.ts'
import {
  compositesOf,
  isBody,
  partsOf,
  type Arrangement,
  type Body,
  type Composite,
  type Graph,
  type Level,
  type Operand,
  type Slot,
  type Step,
  type Task,
} from './graph.ts'
import type { Homes } from './homes.ts'
import type { Ipld } from './ipld.ts'

/**
 * An order for what has none: the commands of a job or a body, and what an effect comes after. It follows from what
 * they are alone, never from the order in which they were given, since the numbers of equal commands and of captured
 * values are counted along it (docs/dag.md, Commands). There is none where nothing needs an order.
 *
 * @param steps all of the graph, in post-order
 */
export function arrange(graph: Graph, steps: Step[], homes: Homes): Arrangement | undefined {
  const isOrdered = (step: Step): boolean =>
    isBody(step) ? step.commands.length < 2 : step.after === undefined || step.after.length < 2
  if (graph.commands.length < 2 && steps.every(isOrdered)) return undefined
  const nodes = new Nodes(graph, steps, homes)
  const colors = colorsOf(nodes)
  const colorOf = (task: Task): string => colors[nodes.idOf(task)]!
  const byColor = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return {
    commands: level => level.commands.toSorted((a, b) => byColor(colorOf(a), colorOf(b))),
    after: task =>
      (task.after ?? []).toSorted((a, b) =>
        a.kind === 'await' && b.kind === 'await' ? byColor(colorOf(a.task), colorOf(b.task)) : 0,
      ),
  }
}

/** A task, a body, a composite or the job. What stands below has smaller ids. */
interface Node {
  /** What it is, without what it is made of. */
  label: string
  /** By id, or a leaf. */
  parts: (number | string)[]
  /** Parts without an order. */
  loose: number[]
  /** The nodes that it is a part of, and as which: its place, -1 where it has none. */
  users: { id: number; place: number }[]
  /** Of those that perform something: where they stand. */
  level?: Level
}

/** The graph with what is equal shared, so that it does not count who shares and who copies. */
class Nodes {
  readonly list: Node[] = []
  readonly #homes: Homes
  readonly #ids = new Map<Step | Operand, number>()
  readonly #known = new Map<string, number>()
  readonly #values = new Map<Ipld, string>()

  constructor(graph: Graph, steps: Step[], homes: Homes) {
    this.#homes = homes
    const levels = new Map<Task, Level>(graph.commands.map(command => [command, graph]))
    for (const step of steps) if (isBody(step)) for (const command of step.commands) levels.set(command, step)
    for (const step of steps) this.#ids.set(step, isBody(step) ? this.#body(step) : this.#task(step, levels.get(step)))
    const value = this.#part(graph.result.value)
    this.#node('job', [value], this.#idsOf(graph.commands))
  }

  idOf(task: Task): number {
    return this.#ids.get(task)!
  }

  #task({ rsc, op, func, args, bodies = [], after = [], undo }: Task, level: Level | undefined): number {
    // Equal commands of two levels are two, and what comes after both tells them apart by how deep they stand.
    const depth = level && 'slots' in level ? this.#homes.depth(level) : 0
    const label = JSON.stringify(['task', rsc, op, func ?? null, args.length, bodies.length, undo !== undefined, depth])
    const parts = args.map(arg => this.#part(arg))
    for (const body of undo ? [...bodies, undo] : bodies) parts.push(this.#ids.get(body)!)
    const before = after.flatMap(operand => (operand.kind === 'await' ? [operand.task] : []))
    return this.#node(label, parts, this.#idsOf(before), level)
  }

  #body({ slots, value, commands }: Body): number {
    return this.#node(`body ${slots.length}`, [this.#part(value)], this.#idsOf(commands))
  }

  #idsOf(tasks: Task[]): number[] {
    return [...new Set(tasks.map(task => this.#ids.get(task)!))].sort((a, b) => a - b)
  }

  #part(operand: Operand): number | string {
    for (const composite of compositesOf(operand, this.#ids)) this.#ids.set(composite, this.#composite(composite))
    return this.#leaf(operand)
  }

  #composite(composite: Composite): number {
    const keys = composite.kind === 'map' ? composite.entries.map(([key]) => key) : null
    return this.#node(
      JSON.stringify(['composite', keys]),
      partsOf(composite).map(part => this.#leaf(part)),
      [],
    )
  }

  #leaf(operand: Operand): number | string {
    switch (operand.kind) {
      case 'value':
        return this.#value(operand.value)
      case 'param':
        return `param ${operand.name}`
      case 'slot':
        return this.#slot(operand)
      case 'await':
        return this.#ids.get(operand.task)!
      default:
        return this.#ids.get(operand)!
    }
  }

  /** Of the bodies that a task can stand in, one has each depth. */
  #slot({ body, index }: Slot): string {
    return `slot ${this.#homes.depth(body)} ${(this.#homes.owner(body).bodies ?? []).indexOf(body)} ${index}`
  }

  #value(value: Ipld): string {
    let known = this.#values.get(value)
    if (known === undefined) this.#values.set(value, (known = `value ${digest(encode(value))}`))
    return known
  }

  #node(label: string, parts: (number | string)[], loose: number[], level?: Level): number {
    const key = level ? undefined : JSON.stringify([label, parts, loose])
    const known = key === undefined ? undefined : this.#known.get(key)
    if (known !== undefined) return known
    const id = this.list.push({ label, parts, loose, users: [], ...(level ? { level } : {}) }) - 1
    for (const [place, part] of parts.entries())
      if (typeof part === 'number') this.list[part]!.users.push({ id, place })
    for (const part of loose) this.list[part]!.users.push({ id, place: -1 })
    if (key !== undefined) this.#known.set(key, id)
    return id
  }
}

/** So many nodes are coloured at most, all rounds together. Commands that are equal then stay as they were given. */
const maxWork = 2_000_000

/**
 * Colours that tell nodes apart by their form: first by what is below them, and where two commands of one level are
 * equal so far, by what uses them too, as colour refinement does it (Weisfeiler and Leman). Of those that are still
 * equal any may be the first; it is set apart, and the others are told apart by it.
 */
function colorsOf({ list }: Nodes): string[] {
  const marks = new Map<number, number>()
  let colors = downward(list, id => list[id]!.label)
  let work = list.length
  for (let ties = tiesOf(list, colors); ties.length > 0 && work < maxWork; ties = tiesOf(list, colors)) {
    for (let before = -1, kinds = 0; before < kinds && work < maxWork;) {
      const above = upward(list, colors)
      colors = downward(list, id => `${above[id]} ${marks.get(id) ?? ''}`)
      work += 2 * list.length
      before = kinds
      kinds = new Set(colors).size
    }
    ties = tiesOf(list, colors)
    const twins = ties.filter(tie => areTwins(list, tie))
    for (const tie of twins) for (const [i, id] of tie.entries()) marks.set(id, i)
    const first = ties[0]?.[0]
    if (twins.length === 0 && first !== undefined) marks.set(first, marks.size)
  }
  return colors
}

/** Commands of one level with one colour, those of the least colour first. */
function tiesOf(list: Node[], colors: string[]): number[][] {
  const groups = new Map<Level, Map<string, number[]>>()
  for (const [id, { level }] of list.entries()) {
    if (!level) continue
    let group = groups.get(level)
    if (!group) groups.set(level, (group = new Map<string, number[]>()))
    const same = group.get(colors[id]!)
    if (same) same.push(id)
    else group.set(colors[id]!, [id])
  }
  const ties = [...groups.values()].flatMap(group => [...group.values()].filter(same => same.length > 1))
  return ties.sort((a, b) => (colors[a[0]!]! < colors[b[0]!]! ? -1 : 1))
}

/** Whether it makes no difference at all which of them is which: made of the same, and nothing uses them. */
function areTwins(list: Node[], tie: number[]): boolean {
  const form = ({ parts, loose }: Node): string => JSON.stringify([parts, loose])
  const first = form(list[tie[0]!]!)
  return tie.every(id => list[id]!.users.length === 1 && form(list[id]!) === first)
}

function downward(list: Node[], base: (id: number) => string): string[] {
  const colors: string[] = []
  for (const [id, { parts, loose }] of list.entries()) {
    const ordered = parts.map(part => (typeof part === 'number' ? colors[part]! : part))
    colors.push(digest(JSON.stringify([base(id), ordered, loose.map(part => colors[part]!).sort()])))
  }
  return colors
}

function upward(list: Node[], colors: string[]): string[] {
  const above: string[] = new Array(list.length)
  for (let id = list.length; id-- > 0;) {
    const users = list[id]!.users.map(user => `${above[user.id]} ${user.place}`).sort()
    above[id] = digest(JSON.stringify([colors[id]!, users]))
  }
  return above
}

function digest(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64')
}
