import type { CID } from 'multiformats/cid'
import { block } from './cid.ts'
import type { DagError } from './interface.ts'
import { isLink, isMap, type Block, type Ipld } from './ipld.ts'
import { Budget, loadIpld, type Load, type ReadOptions } from './load.ts'
import { fail, ok, type Result } from './result.ts'
import { encodedSize, headSize } from './size.ts'

/** Key of an inner node of a list in pieces (docs/dag.md, Lists in pieces; `value.ipldsch`, ListNode). */
export const LIST = 'ipvm/list'
/** Bytes of the longest list that stays in one piece, and of the largest leaf. */
export const maxListSize = 256 * 1024
/** Most elements of a leaf, and most parts of an inner node. */
export const fanOut = 1024
/** How many parts are asked for at the same time. */
const atOnce = 32
/** With 1,024 parts a node, more than any memory holds. */
const maxListDepth = 5

/** A value where it stands in a block, and the blocks that it links to, parts before what they are part of. */
export interface Placed {
  value: Ipld
  blocks: Block[]
}

/** A list as it is where its encoding is at most 256 KiB, else a link to it in pieces. */
export function splitList(items: Ipld[]): Placed {
  return encodedSize(items) <= maxListSize ? { value: items, blocks: [] } : listInPieces(items)
}

interface Part {
  cid: CID
  count: number
}

/**
 * Cuts a list into leaves, filled from the front up to 1,024 elements or 256 KiB, under inner nodes of 1,024 parts.
 * The shape follows from the elements alone.
 */
export function listInPieces(items: Ipld[]): Placed {
  const blocks: Block[] = []
  const add = (value: Ipld): CID => {
    const made = block(value)
    blocks.push(made)
    return made.cid
  }
  let parts: Part[] = leavesOf(items).map(leaf => ({ cid: add(leaf), count: leaf.length }))
  for (let depth = 1; depth === 1 || parts.length > 1; depth++) {
    const nodes: Part[] = []
    for (let i = 0; i < parts.length; i += fanOut) {
      const below = parts.slice(i, i + fanOut)
      const count = below.reduce((sum, part) => sum + part.count, 0)
      nodes.push({ cid: add({ [LIST]: { count, depth, parts: below.map(part => part.cid) } }), count })
    }
    parts = nodes
  }
  return { value: parts[0]!.cid, blocks }
}

function leavesOf(items: Ipld[]): Ipld[][] {
  const leaves: Ipld[][] = []
  let start = 0
  let size = 0
  for (let i = 0; i < items.length; i++) {
    const added = encodedSize(items[i]!)
    const count = i - start
    if (count > 0 && (count === fanOut || size + added + headSize(count + 1) > maxListSize)) {
      leaves.push(items.slice(start, i))
      start = i
      size = 0
    }
    size += added
  }
  leaves.push(items.slice(start))
  return leaves
}

/** The elements of a list in any of its forms: in place, behind a link, in pieces. The elements stay as they stand. */
export async function readList(
  list: Ipld,
  load: Load,
  options: ReadOptions | Budget = {},
): Promise<Result<Ipld[], DagError>> {
  if (Array.isArray(list)) return ok(list)
  if (!isLink(list)) return fail({ code: 'value', message: 'a list or a link to one was expected' })
  const budget = Budget.of(options)
  const content = await loadIpld(list, load, budget)
  if (!content.ok) return content
  const items = await itemsOf(content.value, list, load, budget)
  return items ?? fail({ code: 'value', message: `block ${list} is not a list` })
}

/** The elements of a list whose block has this content; undefined where it is neither a list nor a node of one. */
export async function itemsOf(
  content: Ipld,
  cid: CID,
  load: Load,
  budget: Budget,
): Promise<Result<Ipld[], DagError> | undefined> {
  if (Array.isArray(content)) return ok(content)
  if (!isMap(content) || !Object.hasOwn(content, LIST)) return undefined
  const items: Ipld[] = []
  const take = (leaf: Ipld[]): void => {
    for (const item of leaf) items.push(item)
  }
  const wrong = await gather(content, cid, undefined, { count: 0, take }, load, budget)
  return wrong ? fail(wrong) : ok(items)
}

/** Where the elements of a list in pieces stand: its leaves, and the number of the first element of each. */
export interface Pieces {
  leaves: CID[]
  starts: number[]
  length: number
}

/**
 * Reads a list in pieces to know where its elements stand, and keeps none of them. Undefined where the block is of
 * another form.
 */
export async function piecesOf(
  list: CID,
  load: Load,
  options: ReadOptions | Budget = {},
): Promise<Result<Pieces | undefined, DagError>> {
  const budget = Budget.of(options)
  const content = await loadIpld(list, load, budget)
  if (!content.ok) return content
  if (!isMap(content.value) || !Object.hasOwn(content.value, LIST)) return ok(undefined)
  const leaves: CID[] = []
  const starts: number[] = []
  const elements: Elements = {
    count: 0,
    take(_, leaf) {
      leaves.push(leaf)
      starts.push(elements.count)
    },
  }
  const wrong = await gather(content.value, list, undefined, elements, load, budget)
  return wrong ? fail(wrong) : ok({ leaves, starts, length: elements.count })
}

/** What takes elements as they are read, a leaf at a time, and how many there were before. */
interface Elements {
  count: number
  take: (items: Ipld[], leaf: CID) => void
}

/** Reads the elements below a node. `depth` is what the node above says, or undefined at the top. */
async function gather(
  content: Ipld,
  cid: CID,
  depth: number | undefined,
  elements: Elements,
  load: Load,
  budget: Budget,
): Promise<DagError | undefined> {
  const damaged = (what: string): DagError => ({
    code: 'value',
    message: `block ${cid} is not a part of a list: ${what}`,
  })
  if (depth === 0) {
    if (!Array.isArray(content) || content.length === 0 || content.length > fanOut)
      return damaged(`a leaf must be a list of 1 to ${fanOut} elements`)
    elements.take(content, cid)
    elements.count += content.length
    return undefined
  }
  const node = readNode(content)
  if (!node) return damaged('it is no inner node')
  if (node.depth !== (depth ?? node.depth)) return damaged('its depth does not follow from the node above')
  const before = elements.count
  // Not all at once: a node has up to 1,024 leaves of 256 KiB.
  for (let from = 0; from < node.parts.length; from += atOnce) {
    const parts = node.parts.slice(from, from + atOnce)
    const contents = await Promise.all(parts.map(part => loadIpld(part, load, budget)))
    for (const [i, part] of contents.entries()) {
      if (!part.ok) return part.error
      const wrong = await gather(part.value, parts[i]!, node.depth - 1, elements, load, budget)
      if (wrong) return wrong
    }
  }
  return elements.count - before === node.count ? undefined : damaged('its count is not that of its elements')
}

function readNode(content: Ipld): { count: number; depth: number; parts: CID[] } | undefined {
  if (!isMap(content) || Object.keys(content).length !== 1) return undefined
  const node = content[LIST]
  if (node === undefined || !isMap(node) || Object.keys(node).length !== 3) return undefined
  const { count, depth, parts } = node
  if (typeof count !== 'number' || typeof depth !== 'number' || !Array.isArray(parts)) return undefined
  if (depth < 1 || depth > maxListDepth || parts.length === 0 || parts.length > fanOut) return undefined
  return parts.every(isLink) ? { count, depth, parts } : undefined
}
