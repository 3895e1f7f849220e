import { CORE } from './job.ts'
import { evaluateCore } from './core.ts'
import { postOrder, type Graph, type Operand, type Task } from './graph.ts'
import type { Block, Ipld } from './ipld.ts'

export interface Normal {
  graph: Graph
  /** Placed values that folding brought about. */
  blocks: Block[]
  /** The task of the given graph that each task of the new one came from. */
  origins: Map<Task, Task>
}

/**
 * The normal form (docs/dag.md): projects literals, folds constant core operations and drops what nothing demands.
 * What is equal is shared when the graph is written. A core operation that would fail stays, so that it fails where
 * it is demanded; one whose argument stands in a block of its own stays too, since blocks need not be at hand.
 *
 * The compiler runs it last and `bind` runs it again, with placed values for parameters: normalising before they are
 * known changes nothing of what comes out when they are.
 */
export async function normalize(graph: Graph, values: Map<string, Ipld> = new Map()): Promise<Normal> {
  const done = new Map<Task, Operand>()
  const origins = new Map<Task, Task>()
  const blocks: Block[] = []
  const rewritten = new Map<Operand, Operand>()
  const rewrite = (operand: Operand): Operand => {
    switch (operand.kind) {
      case 'value':
        return operand
      case 'param': {
        const value = values.get(operand.name)
        return value === undefined ? operand : { kind: 'value', value }
      }
      case 'await':
        return done.get(operand.task)!
    }
    // Composites stay shared: they may be the parts of many.
    const known = rewritten.get(operand)
    if (known) return known
    const fresh: Operand =
      operand.kind === 'list'
        ? { kind: 'list', items: operand.items.map(rewrite) }
        : { kind: 'map', entries: operand.entries.map(([key, value]) => [key, rewrite(value)]) }
    rewritten.set(operand, fresh)
    return fresh
  }
  const keep = (task: Task, args: Operand[]): Task => {
    const kept = { ...task, args }
    origins.set(kept, task)
    return kept
  }

  for (const task of postOrder(graph)) {
    const args = task.args.map(rewrite)
    const folded = task.rsc === CORE ? await fold(task, args, blocks) : undefined
    done.set(task, folded ?? { kind: 'await', task: keep(task, args) })
  }
  const params = new Map([...graph.params].filter(([name]) => !values.has(name)))
  const commands = graph.commands.map(command => taskOf(done.get(command)!))
  const value = rewrite(graph.result.value)
  return { graph: { params, result: { type: graph.result.type, value }, commands }, blocks, origins }
}

/** A command is never folded. */
function taskOf(operand: Operand): Task {
  if (operand.kind !== 'await') throw new Error('a command was folded')
  return operand.task
}

async function fold(task: Task, args: Operand[], blocks: Block[]): Promise<Operand | undefined> {
  const projected = project(task.op, args)
  if (projected) return projected
  const values = args.map(arg => (arg.kind === 'value' ? arg.value : undefined))
  if (!values.every(value => value !== undefined)) return undefined
  const outcome = await evaluateCore(task.op, values, async () => undefined)
  if (outcome.kind !== 'value') return undefined
  blocks.push(...outcome.blocks)
  return { kind: 'value', value: outcome.value }
}

/** The part of a composite with holes that an access picks. */
function project(op: string, [object, key]: Operand[]): Operand | undefined {
  if (key?.kind !== 'value') return undefined
  if (op === 'core/field' && object?.kind === 'map') return object.entries.find(([name]) => name === key.value)?.[1]
  if ((op === 'core/item' || op === 'core/index') && object?.kind === 'list')
    return typeof key.value === 'number' ? object.items[key.value] : undefined
  return undefined
}
