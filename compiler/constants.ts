import { evaluateCore } from '../dag/core.ts'
import { awaited, type Operand, type Task } from '../dag/graph.ts'
import { CORE } from '../dag/job.ts'
import { normalize } from '../dag/normalize.ts'
import { unit } from '../dag/types.ts'
import type { Core, Site } from './core.ts'
import { literal } from './literal.ts'
import { lowerConstants } from './lower.ts'

/** A core operation of a constant that fails, and why. */
export interface ConstantFailure {
  site: Site
  why: string
}

/**
 * What fails when constants are computed. The normal form leaves an operation that would fail where it stands, so that
 * it fails where it is demanded; a constant is to be known, whether or not anything demands it.
 */
export async function constantFailures(cores: Core[]): Promise<ConstantFailure[]> {
  const lowered = await lowerConstants(cores)
  if (!lowered.ok) return []
  const { operands, sites } = lowered.value
  const value: Operand = { kind: 'list', items: operands }
  if (awaited(value).next().done) return []
  const { graph, origins } = await normalize({ params: new Map(), result: { type: unit, value }, commands: [] })
  const failures: ConstantFailure[] = []
  const seen = new Set<Task>()
  const open = [...awaited(graph.result.value)]
  for (let task = open.pop(); task; task = open.pop()) {
    if (seen.has(task)) continue
    seen.add(task)
    const inputs = task.args.flatMap(arg => [...awaited(arg)])
    for (const input of inputs) open.push(input)
    if (inputs.length > 0 || task.rsc !== CORE || task.bodies) continue
    const outcome = await evaluateCore(task.op, task.args.map(literal), async () => undefined)
    const site = sites.get(origins.get(task) ?? task)
    if (outcome.kind === 'fail' && site) failures.push({ site, why: outcome.detail })
  }
  return failures
}
