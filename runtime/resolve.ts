import type { CID } from 'multiformats/cid'
import type { DagError, Instruction } from '../dag/interface.ts'
import { isMap, setKey, type Block, type Ipld, type IpldMap } from '../dag/ipld.ts'
import { callCid } from '../dag/call-key.ts'
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
      const filling = fill(arg, valueOf, blocks)
      const value = filling instanceof Promise ? await filling : filling
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

/** The key of the memo, and the `ran` of the receipt. */
export interface Key {
  ran: CID
  /** Its block; absent where there was nothing to fill, so that it is the task itself. */
  instruction?: () => Block
}

/**
 * The CID of the instruction with its holes filled (docs/dag.md, Receipts), so that `f(1)` and `f(g())` with g() = 1 come
 * to the same.
 */
export function keyOf(task: () => CID, { rsc, op, input, nnc }: Instruction, args: Ipld[]): Key {
  if (args.every((arg, i) => arg === input.args[i])) return { ran: task() }
  const { func } = input
  const ran = callCid({ rsc, op, func, args, nnc })
  const resolved = func === undefined ? { args } : { func, args }
  return { ran, instruction: () => instructionBlock({ rsc, op, input: resolved, nnc }) }
}

type Filled = Result<Ipld, DagError>

/** Fills the holes in a placed value. Most need no waiting, and a promise for each would cost more than they do. */
function fill(value: Ipld, valueOf: ValueOf, blocks: Block[]): Filled | Promise<Filled> {
  if (typeof value !== 'object') return ok(value)
  const hole = holeOf(value)
  if (hole) {
    const given = valueOf(hole)
    return given instanceof Promise ? given.then(ok) : ok(given)
  }
  return Array.isArray(value) || isMap(value) ? fillParts(value, valueOf, blocks) : ok(value)
}

/**
 * A composite that held a hole stood inline whatever its size; with its parts known it is placed as any other value would
 * be, from the inside out.
 */
async function fillParts(value: Ipld[] | IpldMap, valueOf: ValueOf, blocks: Block[]): Promise<Filled> {
  const parts = Array.isArray(value) ? value : Object.values(value)
  const filled: Ipld[] = []
  for (const part of parts) {
    const filling = fill(part, valueOf, blocks)
    const one = filling instanceof Promise ? await filling : filling
    if (!one.ok) return one
    filled.push(one.value)
  }
  if (filled.every((part, i) => part === parts[i])) return ok(value)
  if (Array.isArray(value)) return settle(filled, blocks)
  const map: IpldMap = {}
  Object.keys(value).forEach((key, i) => setKey(map, key, filled[i]!))
  return settle(map, blocks)
}

async function settle(value: Ipld, blocks: Block[]): Promise<Filled> {
  const placed = await placeShallow(value)
  if (!placed.ok) return placed
  blocks.push(...placed.value.blocks)
  return ok(placed.value.value)
}
