import { isBody, leavesOf, walk, type Body, type Graph, type Operand } from './graph.ts'

/** Takes from the bodies of `map` the index that is counted and that nothing in them uses. */
export function dropIndices(graph: Pick<Graph, 'result' | 'commands'>): void {
  const unused = new Set<Body>()
  const seen = new Set<Operand>()
  const enter = (operand: Operand): void => {
    for (const leaf of leavesOf(operand, seen)) if (leaf.kind === 'slot' && leaf.index === 1) unused.delete(leaf.body)
  }
  const steps = walk(graph)
  for (const step of steps)
    if (!isBody(step) && step.op === 'core/map' && step.bodies![0]!.slots.length === 2) unused.add(step.bodies![0]!)
  if (unused.size === 0) return
  for (const step of steps) {
    if (isBody(step)) enter(step.value)
    else for (const arg of step.args) enter(arg)
  }
  for (const body of unused) body.slots.pop()
}
