import { awaited, type Body, type Operand, type Task } from '../../dag/graph.ts'
import { CORE, WASM_RUN } from '../../dag/job.ts'
import { normalize } from '../../dag/normalize.ts'
import type { Site } from '../../compiler/core.ts'
import { lowerJob } from '../../compiler/lower.ts'
import type { CheckedView, Location } from '../interface.ts'

/** What a job comes to, to be drawn. */
export interface JobGraph {
  nodes: GraphNode[]
  /** From what is needed to what needs it, with a word for how. */
  edges: [from: string, to: string, label?: string][]
}

export interface GraphNode {
  id: string
  label: string
  kind: 'param' | 'task' | 'effect' | 'core' | 'body' | 'result'
  location?: Location
}

/** More boxes than this cannot be read. */
const MAX_NODES = 2000

/** The graph of a job in its normal form; a sentence where there is none. */
export async function jobGraph(view: CheckedView, name: string): Promise<JobGraph | { why: string }> {
  if (!view.isRight) return { why: 'The file has errors.' }
  const job = view.checker.jobs.get(name)
  if (!job) return { why: `There is no job \`${name}\` here.` }
  const lowered = await lowerJob(job)
  if (!lowered.ok) return { why: lowered.error }
  const { graph, origins } = await normalize(lowered.value.graph)
  const drawing = new Drawing(task => lowered.value.sites.get(origins.get(task) ?? task))
  drawing.need({ id: 'result', label: `result of ${name}`, kind: 'result' }, graph.result.value)
  for (const command of graph.commands) drawing.idOf(command)
  drawing.run()
  return drawing.nodes.length > MAX_NODES
    ? { why: `The graph has more than ${MAX_NODES} nodes.` }
    : { nodes: drawing.nodes, edges: drawing.edges }
}

class Drawing {
  readonly nodes: GraphNode[] = []
  readonly edges: JobGraph['edges'] = []
  readonly #siteOf: (task: Task) => Site | undefined
  readonly #ids = new Map<Task, string>()
  readonly #params = new Set<string>()
  readonly #open: Task[] = []

  constructor(siteOf: (task: Task) => Site | undefined) {
    this.#siteOf = siteOf
  }

  idOf(task: Task): string {
    const known = this.#ids.get(task)
    if (known !== undefined) return known
    const id = `t${this.#ids.size}`
    this.#ids.set(task, id)
    const site = this.#siteOf(task)
    const kind = task.rsc === CORE ? 'core' : task.op === WASM_RUN ? 'task' : 'effect'
    const label = site?.name ?? task.func ?? task.op
    const { file: path, start, end } = site ?? {}
    const location =
      path === undefined || start === undefined || end === undefined ? undefined : { path, range: { start, end } }
    this.nodes.push({ id, label, kind, ...(location ? { location } : {}) })
    this.#open.push(task)
    return id
  }

  /** Adds a node that needs a value. */
  need(node: GraphNode, value: Operand): void {
    this.nodes.push(node)
    this.#uses(value, node.id)
  }

  run(): void {
    for (let task = this.#open.pop(); task && this.nodes.length <= MAX_NODES; task = this.#open.pop()) {
      const id = this.idOf(task)
      for (const arg of task.args) this.#uses(arg, id)
      for (const operand of task.after ?? []) this.#uses(operand, id, 'after')
      task.bodies?.forEach((body, i) => this.#body(body, id, `${task.op} ${i + 1}`))
      if (task.undo) this.#body(task.undo, id, 'undo')
    }
  }

  #body(body: Body, of: string, label: string): void {
    const id = `${of}-${label.replace(/\W+/g, '-')}`
    this.need({ id, label, kind: 'body' }, body.value)
    for (const command of body.commands) this.edges.push([this.idOf(command), id])
    this.edges.push([id, of, 'each'])
  }

  #uses(operand: Operand, by: string, label?: string): void {
    for (const task of awaited(operand)) this.edges.push(label ? [this.idOf(task), by, label] : [this.idOf(task), by])
    for (const name of paramsIn(operand)) {
      const id = `p-${name}`
      if (!this.#params.has(name)) this.nodes.push({ id, label: name, kind: 'param' })
      this.#params.add(name)
      this.edges.push([id, by])
    }
  }
}

function* paramsIn(operand: Operand): Generator<string> {
  const open = [operand]
  for (let next = open.pop(); next; next = open.pop())
    if (next.kind === 'param') yield next.name
    else if (next.kind === 'list') open.push(...next.items)
    else if (next.kind === 'map') open.push(...next.entries.map(([, value]) => value))
}

/** The same for Graphviz. */
export function toDot({ nodes, edges }: JobGraph): string {
  const text = (value: string): string => JSON.stringify(value)
  const lines = [
    ...nodes.map(({ id, label, kind }) => `  ${text(id)} [label=${text(label)}, class=${kind}]`),
    ...edges.map(([from, to, label]) => `  ${text(from)} -> ${text(to)}${label ? ` [label=${text(label)}]` : ''}`),
  ]
  return `digraph job {\n  node [shape=box]\n${lines.join('\n')}\n}\n`
}
