import type { Item } from '../grammar/nodes.ts'
import { hasResult } from '../grammar/unread.ts'
import { isUnit, type UnitNode } from './kinds.ts'

/** How many are the same at the beginning and at the end of two lists. */
export function sameEnds(before: readonly object[], now: readonly object[]): { first: number; last: number } {
  const most = Math.min(before.length, now.length)
  let first = 0
  while (first < most && before[first] === now[first]) first++
  let last = 0
  while (last < most - first && before[before.length - last - 1] === now[now.length - last - 1]) last++
  return { first, last }
}

/** Of which something is written in another way than before. */
export interface Replaced<N extends UnitNode = UnitNode> {
  before: N
  now: N
}

/**
 * What is different between the items of a file and those that it had before, where each of them has another one of its
 * kind and name in its place, and each job says what it results in or does not, as it did; undefined where more is different.
 */
export function replacedItems(before: readonly Item[], items: readonly Item[]): Replaced[] | undefined {
  if (before.length !== items.length) return undefined
  const replaced: Replaced[] = []
  const { first, last } = sameEnds(before, items)
  for (let i = first; i < items.length - last; i++) {
    const [old, now] = [before[i]!, items[i]!]
    if (old === now) continue
    if (!isUnit(old) || !isUnit(now) || !isSame(old, now)) return undefined
    replaced.push({ before: old, now })
  }
  return replaced
}

function isSame(before: UnitNode, now: UnitNode): boolean {
  if (before.kind !== now.kind || nameOf(before) !== nameOf(now)) return false
  return before.kind !== 'Job' || now.kind !== 'Job' || hasResult(before) === hasResult(now)
}

function nameOf({ name }: UnitNode): string {
  return name.kind === 'Name' ? name.text : name.value
}
