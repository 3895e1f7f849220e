import { evaluateCore } from '../dag/core.ts'
import { ArgumentReader, type Read } from '../dag/core/operation.ts'
import { DAG_CBOR } from '../dag/cid.ts'
import { isLink, type Block, type Ipld } from '../dag/ipld.ts'
import type { Pieces } from '../dag/lists.ts'
import { Budget, loadIpld, type Load } from '../dag/load.ts'
import { fail, ok } from '../dag/result.ts'
import { Unfit } from './blocks.ts'
import { Misfit } from './resolve.ts'

/** The elements of a list, each as it stands where it is picked from the list alone. */
export interface Elements {
  length: number
  /** Throws {@link Misfit} where the element is no placed value, {@link Unfit} where a block is missing. */
  at(index: number): Ipld | Promise<Ipld>
}

/** Leaves that are kept: instances run in the order of their elements, a few at a time. */
const maxLeaves = 8

/**
 * The elements of a list in any of its forms. Those of a list in pieces are read again when they are asked for, so that
 * a long list is never whole in memory.
 *
 * @param put keeps blocks that elements bring about
 */
export async function elementsOf(
  list: Ipld,
  load: Load,
  put: (blocks: Block[]) => Promise<void>,
): Promise<Read<Elements>> {
  const pick = async (items: Ipld, index: number): Promise<Ipld> => {
    const outcome = await evaluateCore('core/index', [items, index], load)
    if (outcome.kind === 'needs') throw new Unfit({ code: 'missing', message: `block ${outcome.link} is missing` })
    if (outcome.kind === 'fail') throw new Misfit({ code: 'value', message: outcome.detail })
    await put(outcome.blocks)
    return outcome.value
  }
  if (isLink(list) && list.code === DAG_CBOR) {
    const pieces = await new ArgumentReader(load).pieces(list)
    if (!pieces.ok) return pieces
    if (pieces.value) {
      const leafAt = createLeaves(pieces.value, load)
      const { length } = pieces.value
      return ok({
        length,
        async at(index) {
          const { items, start } = await leafAt(index)
          return pick(items, index - start)
        },
      })
    }
  }
  const read = await new ArgumentReader(load).items(list)
  if (!read.ok) return fail(read.error)
  const items = read.value
  return ok({
    length: items.length,
    at(index) {
      const item = items[index]!
      return typeof item === 'number' || isLink(item) ? item : pick(items as Ipld, index)
    },
  })
}

/** Reads the leaf that an element stands in. */
function createLeaves({ leaves, starts }: Pieces, load: Load) {
  const kept = new Map<number, Promise<Ipld[]>>()
  const read = async (leaf: number): Promise<Ipld[]> => {
    const content = await loadIpld(leaves[leaf]!, load, new Budget({}))
    if (!content.ok) throw new Unfit(content.error)
    return content.value as Ipld[]
  }
  return async (index: number): Promise<{ items: Ipld[]; start: number }> => {
    let low = 0
    for (let high = starts.length; high - low > 1;) {
      const middle = (low + high) >>> 1
      if (starts[middle]! <= index) low = middle
      else high = middle
    }
    let items = kept.get(low)
    if (!items) {
      kept.set(low, (items = read(low)))
      if (kept.size > maxLeaves) kept.delete(kept.keys().next().value!)
    }
    return { items: await items, start: starts[low]! }
  }
}
