import type { Item, Job, Test } from '../grammar/nodes.ts'

/** How many are the same at the beginning and at the end of two lists. */
export function sameEnds(before: readonly object[], now: readonly object[]): { first: number; last: number } {
  const most = Math.min(before.length, now.length)
  let first = 0
  while (first < most && before[first] === now[first]) first++
  let last = 0
  while (last < most - first && before[before.length - last - 1] === now[now.length - last - 1]) last++
  return { first, last }
}

/** A job or a test of which something is written in another way than before. */
export type Replaced = { before: Job; now: Job } | { before: Test; now: Test }

/**
 * What is different between the items of a file and those that it had before, where each of them has another one of its
 * kind and name in its place, and jobs say what they result in, so that nothing else is needed to know what they are for
 * others; undefined where more is different.
 */
export function replacedItems(before: readonly Item[], items: readonly Item[]): Replaced[] | undefined {
  if (before.length !== items.length) return undefined
  const replaced: Replaced[] = []
  const { first, last } = sameEnds(before, items)
  for (let i = first; i < items.length - last; i++) {
    const [old, now] = [before[i]!, items[i]!]
    if (old === now) continue
    if (old.kind === 'Job' && now.kind === 'Job' && isSameJob(old, now)) replaced.push({ before: old, now })
    else if (old.kind === 'Test' && now.kind === 'Test' && old.name.value === now.name.value)
      replaced.push({ before: old, now })
    else return undefined
  }
  return replaced
}

function isSameJob(before: Job, now: Job): boolean {
  return before.name.text === now.name.text && before.result !== undefined && now.result !== undefined
}
