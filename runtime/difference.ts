import { DAG_CBOR } from '../dag/cid.ts'
import { encode } from '../dag/codec.ts'
import { isLink, isMap, type Ipld } from '../dag/ipld.ts'
import { Budget, loadIpld, type Load } from '../dag/load.ts'
import { readList } from '../dag/place.ts'

/** A place in which two values differ; absent where one of them has nothing there. */
export interface Difference {
  /** From the value on: `.size`, `[3].name`; empty for the whole. */
  path: string
  before?: Ipld
  after?: Ipld
}

/** Places that are told of two values, and bytes of blocks that are read to find them. */
const most = 5
const maxBytes = 16 << 20
/** Characters of the longest path: what nests deeper is told as a whole. */
const longest = 400

/**
 * Where two placed values differ, the first few places in their order. What stands in a block of its own is looked into;
 * where it is too much or cannot be read, the links are what differs.
 */
export async function differences(before: Ipld, after: Ipld, load: Load): Promise<Difference[]> {
  const found: Difference[] = []
  await compare(before, after, '', found, load, new Budget({ maxBytes }))
  return found
}

async function compare(
  before: Ipld,
  after: Ipld,
  path: string,
  found: Difference[],
  load: Load,
  budget: Budget,
): Promise<void> {
  if (found.length >= most || equal(before, after)) return
  if (path.length > longest) found.push({ path, before, after })
  else if (isLink(before) && isLink(after)) {
    const [old, now] = [await content(before, load, budget), await content(after, load, budget)]
    if (old === undefined || now === undefined || isLink(old) || isLink(now)) found.push({ path, before, after })
    else await compare(old, now, path, found, load, budget)
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.min(before.length, after.length); i++)
      await compare(before[i]!, after[i]!, `${path}[${i}]`, found, load, budget)
    if (before.length !== after.length && found.length < most)
      found.push({ path: `${path}.length`, before: before.length, after: after.length })
  } else if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const at = `${path}.${key}`
      const [was, is] = [Object.hasOwn(before, key), Object.hasOwn(after, key)]
      if (was && is) await compare(before[key]!, after[key]!, at, found, load, budget)
      else if (found.length < most)
        found.push({ path: at, ...(was ? { before: before[key]! } : { after: after[key]! }) })
    }
  } else found.push({ path, before, after })
}

function equal(a: Ipld, b: Ipld): boolean {
  return a === b || Buffer.compare(encode(a), encode(b)) === 0
}

/** What a block holds, a list in pieces as the list; undefined where it is none of ours to look into. */
async function content(link: Ipld, load: Load, budget: Budget): Promise<Ipld | undefined> {
  if (!isLink(link) || link.code !== DAG_CBOR) return undefined
  const list = await readList(link, load, budget)
  if (list.ok) return list.value
  const value = await loadIpld(link, load, budget)
  return value.ok ? value.value : undefined
}
