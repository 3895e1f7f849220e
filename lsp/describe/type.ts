import { showType } from '../../dag/types.ts'
import { close, resolve, show, type Open } from '../../compiler/open.ts'
import type { Scope } from '../../compiler/scope.ts'
import type { View } from '../interface.ts'

/** So many types of a file are looked at for the name of one. */
const MAX_NAMED = 2000
const MAX_SHOWN = 160

const names = new WeakMap<Scope, Map<string, string>>()

/** A type as people write it in a file: by its name there, where it has one. */
export function typeText(view: View, type: Open): string {
  const text = write(namesOf(view), type)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** The name of a type in a file, where it is one with fields or cases. */
export function typeName(view: View, type: Open): string | undefined {
  const closed = close(type)
  return closed && namesOf(view).get(showType(closed))
}

function write(known: Map<string, string>, type: Open): string {
  const end = resolve(type)
  switch (end.kind) {
    case 'list':
      return resolve(end.element).kind === 'u8' ? 'bytes' : `list<${write(known, end.element)}>`
    case 'option':
      return `option<${write(known, end.some)}>`
    case 'result':
      return `result<${write(known, end.ok)}, ${write(known, end.error)}>`
    case 'tuple':
      return `tuple<${end.items.map(item => write(known, item)).join(', ')}>`
    case 'link':
      return `link<${write(known, end.target)}>`
    case 'secret':
      return `secret<${write(known, end.of)}>`
    case 'record':
    case 'variant':
    case 'enum':
    case 'flags': {
      const closed = close(end)
      return (closed && known.get(showType(closed))) ?? show(end)
    }
    default:
      return show(end)
  }
}

/** Names of types of a file by what they stand for. */
function namesOf({ scope }: View): Map<string, string> {
  let known = names.get(scope)
  if (known) return known
  known = new Map()
  let looked = 0
  for (const [name, symbol] of scope) {
    if (symbol.kind !== 'type') continue
    if (++looked > MAX_NAMED) break
    const closed = close(symbol.home.typeOf(symbol))
    if (!closed || !('fields' in closed || 'cases' in closed || 'flags' in closed)) continue
    const text = showType(closed)
    if (!known.has(text)) known.set(text, name)
  }
  names.set(scope, known)
  return known
}
