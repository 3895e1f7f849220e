import { builtIns } from '../../compiler/builtin/index.ts'
import { locate } from '../../compiler/files.ts'
import type { Import, Node, Text } from '../../grammar/nodes.ts'
import { entityOf, type Declaration } from '../entity.ts'
import type { Range, View } from '../interface.ts'
import { nameAt, nodesAt } from '../tree.ts'
import { witOf, witPath } from '../virtual.ts'

/** What leads from a place of a file to where something is declared. */
export interface Definition {
  /** What is underlined. */
  origin: Range
  target: Declaration
}

/**
 * Where what stands at an offset is declared: in this file, in another one, or in a text that no file holds
 * (`isVirtual`). A path of an `import` or `embed` leads to the file, or to the interface of the component.
 */
export function definition(view: View, offset: number): Definition | undefined {
  const path = nodesAt(view.tree, offset)
  const node = path.at(-1)!
  const around = path.at(-2)
  const origin = { start: node.start, end: node.end }
  // Who asks where the declaration of an import leads has seen the declaration.
  if (around?.kind === 'Import' && node === around.name) return to(origin, interfaceOf(view, around))
  if (node.kind === 'Text' && around) return to(origin, fileOf(view, node, around))
  const named = nameAt(view, offset)
  return named && to(origin, entityOf(view, named.node, named.target)?.declaration)
}

function to(origin: Range, target: Declaration | undefined): Definition | undefined {
  return target && { origin, target }
}

/** What a path stands for. */
export function fileOf(view: View, text: Text, around: Node): Declaration | undefined {
  if (around.kind === 'Import') return interfaceOf(view, around) ?? fileBehind(view, text)
  if (around.kind === 'ImportNames') return builtIns.has(text.value) ? startOf(text.value) : fileBehind(view, text)
  return around.kind === 'Embed' ? fileBehind(view, text) : undefined
}

function interfaceOf({ scope }: View, { name }: Import): Declaration | undefined {
  const symbol = scope.get(name.text)
  return symbol?.kind === 'module' && witOf(symbol) ? startOf(witPath(symbol)) : undefined
}

/** The file that a path in a file names, where it is there and is no folder. */
export function fileBehind({ checker, path }: View, text: Text): Declaration | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text.value)) return undefined
  const { host, file, root } = checker
  const found = locate({ host, file, path, root }, text)
  return found.ok && host.readFile(found.value) !== 'directory' ? startOf(found.value) : undefined
}

function startOf(path: string): Declaration {
  const start = { start: 0, end: 0 }
  return { path, ...start, name: start }
}
