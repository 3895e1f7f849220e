import type { Range, View } from '../interface.ts'
import { itemAt } from '../tree.ts'
import { entityAt, usesIn } from './references.ts'

/** The places of a body that name one thing which has no name outside of it; they can be written at once. */
export function linkedRanges(view: View, offset: number): Range[] | undefined {
  const entity = entityAt(view, offset)
  const item = itemAt(view.tree, offset)
  if (entity?.kind !== 'local' || entity.shared || !item) return undefined
  const uses = usesIn(view, entity)
  // An argument of a call in another job names a parameter.
  if (!uses.every(({ start, end }) => item.start <= start && end <= item.end)) return undefined
  return uses.map(({ start, end }) => ({ start, end }))
}
