import type { CID } from 'multiformats/cid'
import type { DagError, Instruction } from '../dag/interface.ts'
import { isMap, setKey, type Block, type Ipld, type IpldMap } from '../dag/ipld.ts'
import { holeOf, instructionBlock } from '../dag/job.ts'
import { placeShallow } from '../dag/place.ts'
import { ok, type Result } from '../dag/result.ts'

/** The placed result of a task that has succeeded. */
export type ResultOf = (task: CID) => Ipld

export interface Resolved {
  /** The arguments, placed, without promises. */
  args: Ipld[]
  /** The CID of the resolved instruction: the key of the memo and the `ran` of the receipt. */
  ran: CID
  /** Its block; absent where there was nothing to replace, so that it is the task itself. */
  instruction?: Block
  /** Values that were too large for the instruction. */
  blocks: Block[]
}

/**
 * Replaces every promise of an instruction by its placed result (docs/dag.md, Receipts), so that `f(1)` and `f(g())`
 * with g() = 1 come to the same block.
 */
export async function resolve(
  task: CID,
  instruction: Instruction,
  resultOf: ResultOf,
): Promise<Result<Resolved, DagError>> {
  const args: Ipld[] = []
  const blocks: Block[] = []
  for (const arg of instruction.input.args) {
    const filled = await fill(arg, resultOf, blocks)
    if (!filled.ok) return filled
    args.push(filled.value)
  }
  const { rsc, op, input, nnc } = instruction
  if (args.every((arg, i) => arg === input.args[i])) return ok({ args, ran: task, blocks })
  const resolved = instructionBlock({ rsc, op, input: { ...input, args }, nnc })
  return ok({ args, ran: resolved.cid, instruction: resolved, blocks })
}

/**
 * Replaces the promises in a placed value. A composite that held one stood inline whatever its size; with its parts
 * known it is placed as any other value would be, from the inside out.
 *
 * @param blocks takes the blocks that this brings about
 */
export async function fill(value: Ipld, resultOf: ResultOf, blocks: Block[]): Promise<Result<Ipld, DagError>> {
  const hole = holeOf(value)
  if (hole?.kind === 'await') return ok(resultOf(hole.task))
  if (Array.isArray(value)) {
    const items: Ipld[] = []
    for (const item of value) {
      const filled = await fill(item, resultOf, blocks)
      if (!filled.ok) return filled
      items.push(filled.value)
    }
    return items.every((item, i) => item === value[i]) ? ok(value) : settle(items, blocks)
  }
  if (!isMap(value)) return ok(value)
  const map: IpldMap = {}
  let changed = false
  for (const [key, item] of Object.entries(value)) {
    const filled = await fill(item, resultOf, blocks)
    if (!filled.ok) return filled
    changed ||= filled.value !== item
    setKey(map, key, filled.value)
  }
  return changed ? settle(map, blocks) : ok(value)
}

async function settle(value: Ipld, blocks: Block[]): Promise<Result<Ipld, DagError>> {
  const placed = await placeShallow(value)
  if (!placed.ok) return placed
  blocks.push(...placed.value.blocks)
  return ok(placed.value.value)
}
