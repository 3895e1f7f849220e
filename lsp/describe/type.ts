import { showType } from '../../dag/types.ts'
import { close, resolve, show, type Open } from '../../compiler/open.ts'
import { origins, type Composite } from '../../compiler/notes.ts'
import type { Symbol } from '../../compiler/scope.ts'
import type { TypeNode } from '../../grammar/nodes.ts'
import type { View } from '../interface.ts'

/** Up to so many types of a file are compared with one whose name is not known. */
const MAX_NAMED = 300
const MAX_SHOWN = 160

interface Names {
  /** By what is written out for the type. */
  written: Map<Composite, string>
  /** By what it stands for; absent where there are many. */
  made: Map<string, string> | undefined
}

/** By what the names of a file stand for (`ModuleChecker`). */
const names = new WeakMap<object, Names>()

/** A type as people write it in a file: by its name there, where it has one. */
export function typeText(view: View, type: Open): string {
  const text = write(view, type)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** The name of a type in a file, where it is one with fields or cases. */
export function typeName(view: View, type: Open): string | undefined {
  const end = resolve(type)
  const { written, made } = namesOf(view)
  const origin = origins.get(end)
  const known = origin && written.get(origin.node)
  if (known !== undefined || !made) return known
  const closed = close(end)
  return closed && made.get(showType(closed))
}

function write(view: View, type: Open): string {
  const end = resolve(type)
  switch (end.kind) {
    case 'list':
      return resolve(end.element).kind === 'u8' ? 'bytes' : `list<${write(view, end.element)}>`
    case 'option':
      return `option<${write(view, end.some)}>`
    case 'result':
      return `result<${write(view, end.ok)}, ${write(view, end.error)}>`
    case 'tuple':
      return `tuple<${end.items.map(item => write(view, item)).join(', ')}>`
    case 'link':
      return `link<${write(view, end.target)}>`
    case 'secret':
      return `secret<${write(view, end.of)}>`
    case 'record':
    case 'variant':
    case 'enum':
    case 'flags':
      return typeName(view, end) ?? show(end)
    default:
      return show(end)
  }
}

function namesOf({ scope, checker }: View): Names {
  const known = names.get(checker.meanings)
  if (known) return known
  const types: [string, Symbol & { kind: 'type' }][] = []
  const exported: [string, Open][] = []
  for (const [name, symbol] of scope)
    if (symbol.kind === 'type') types.push([name, symbol])
    else if (symbol.kind === 'module')
      for (const [path, type] of symbol.component?.types ?? []) exported.push([`${name}.${path}`, type])
  const written = new Map<Composite, string>()
  for (const [name, { node }] of types) if (isComposite(node.type)) written.set(node.type, name)
  const isMany = types.length + exported.length > MAX_NAMED
  const made = isMany
    ? undefined
    : namesByMake([...types.map(([name, symbol]) => [name, symbol.home.typeOf(symbol)] as const), ...exported])
  const found = { written, made }
  names.set(checker.meanings, found)
  return found
}

function isComposite(node: TypeNode): node is Composite {
  return (
    node.kind === 'RecordType' || node.kind === 'VariantType' || node.kind === 'EnumType' || node.kind === 'FlagsType'
  )
}

/** Of types that are the same the first has its name: one of the file itself before one that a component exports. */
function namesByMake(types: (readonly [string, Open])[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, type] of types) {
    const closed = close(type)
    if (!closed || !('fields' in closed || 'cases' in closed || 'flags' in closed)) continue
    const text = showType(closed)
    if (!found.has(text)) found.set(text, name)
  }
  return found
}
