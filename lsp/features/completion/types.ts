import { scalars } from '../../../dag/types.ts'
import { generics } from '../../../compiler/check/types.ts'
import type { View } from '../../interface.ts'
import { typeText } from '../../describe/type.ts'
import { itemBefore } from '../../tree.ts'
import { Tier, type Candidate } from './candidates.ts'
import type { Place } from './place.ts'
import { keywordsAt } from './words.ts'

/** What a type can begin with. */
export function typeNames(view: View, { range, next }: Place): Candidate[] {
  const item = itemBefore(view.tree, range.start)
  const found: Candidate[] = []
  for (const [name, symbol] of view.scope) {
    const tier = symbol.home === view.checker ? Tier.own : Tier.imported
    const about = { kind: 'name', name } as const
    // A type is not made of itself.
    if (symbol.kind === 'type' && symbol.node !== item) {
      const detail = (): string => typeText(view, symbol.home.typeOf(symbol))
      found.push({ label: name, kind: 'type', tier, about, detail })
    } else if (symbol.kind === 'lost' && lostTypes.has(symbol.node.kind))
      found.push({ label: name, kind: 'type', tier, about })
    else if (symbol.kind === 'module' && symbol.component && symbol.component.types.size > 0)
      found.push({ label: name, kind: 'module', tier, about, detail: symbol.node.from.value, commit: ['.'] })
  }
  const plain = [...scalars.filter(scalar => scalar !== 'unit'), 'bytes', 'failure']
  for (const name of plain)
    if (!view.scope.has(name))
      found.push({ label: name, kind: 'type', tier: Tier.language, about: { kind: 'type', name } })
  for (const [name, { most }] of Object.entries(generics)) {
    const kind = view.scope.get(name)?.kind
    // What else has the name hides no type.
    if (kind === 'type' || kind === 'lost') continue
    const base = { label: name, kind: 'type', tier: Tier.language, about: { kind: 'type', name } } as const
    const text = most === 2 ? `${name}<$1, $0>` : `${name}<$0>`
    found.push(next === 'Less' ? base : { ...base, text, snippet: true })
  }
  return [...found, ...keywordsAt('type')]
}

/** What may be a type of what names stand for of which that is not known. */
const lostTypes = new Set(['TypeDeclaration', 'ImportedName'])
