import type { CID } from 'multiformats/cid'
import type { DagError, Instruction } from '../dag/interface.ts'
import { isMap, setKey, type Block, type Ipld, type IpldMap } from '../dag/ipld.ts'
import { holeOf, instructionBlock, type Hole } from '../dag/job.ts'
import { placeShallow } from '../dag/place.ts'
import { fail, ok, type Result } from '../dag/result.ts'

/** The placed value for a hole: the result of a task that has succeeded, or a parameter of a body. */
export type ValueOf = (hole: Hole) => Ipld | Promise<Ipld>

/**
 * Fills the holes of arguments; a value that is handed in may turn out not to be one.
 *
 * @param blocks takes the blocks that this brings about
 */
export async function fillAll(args: Ipld[], valueOf: ValueOf, blocks: Block[]): Promise<Result<Ipld[], DagError>> {
  const filled: Ipld[] = []
  try {
    for (const arg of args) {
      const value = await fill(arg, valueOf, blocks)
      if (!value.ok) return value
      filled.push(value.value)
    }
  } catch (error) {
    if (error instanceof Misfit) return fail(error.error)
    throw error
  }
  return ok(filled)
}

/** Thrown by a {@link ValueOf}: there is such a value, and it cannot be used. */
export class Misfit extends Error {
  override readonly name = 'Misfit'
  readonly error: DagError
  constructor(error: DagError) {
    super(error.message)
    this.error = error
  }
}

/**
 * The key of the memo and the `ran` of the receipt: the CID of the instruction with its holes filled (docs/dag.md,
 * Receipts), so that `f(1)` and `f(g())` with g() = 1 come to the same. Its block is absent where there was nothing to
 * fill, so that it is the task itself.
 */
export function keyOf(
  task: () => CID,
  { rsc, op, input, nnc }: Instruction,
  args: Ipld[],
): { ran: CID; instruction?: Block } {
  if (args.every((arg, i) => arg === input.args[i])) return { ran: task() }
  const { func } = input
  const instruction = instructionBlock({ rsc, op, input: func === undefined ? { args } : { func, args }, nnc })
  return { ran: instruction.cid, instruction }
}

/**
 * Fills the holes in a placed value. A composite that held one stood inline whatever its size; with its parts known it
 * is placed as any other value would be, from the inside out.
 */
async function fill(value: Ipld, valueOf: ValueOf, blocks: Block[]): Promise<Result<Ipld, DagError>> {
  const hole = holeOf(value)
  if (hole) return ok(await valueOf(hole))
  if (Array.isArray(value)) {
    const items: Ipld[] = []
    for (const item of value) {
      const filled = await fill(item, valueOf, blocks)
      if (!filled.ok) return filled
      items.push(filled.value)
    }
    return items.every((item, i) => item === value[i]) ? ok(value) : settle(items, blocks)
  }
  if (!isMap(value)) return ok(value)
  const map: IpldMap = {}
  let changed = false
  for (const [key, item] of Object.entries(value)) {
    const filled = await fill(item, valueOf, blocks)
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
