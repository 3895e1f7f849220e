import { firstOf } from '../grammar/bisect.ts'
import { childrenOf, type Item, type Module, type Name, type Node, type Reference } from '../grammar/nodes.ts'
import type { ModuleContext } from '../compiler/check/context.ts'
import type { Elsewhere, Target } from '../compiler/notes.ts'
import type { Symbol } from '../compiler/scope.ts'
import type { View } from './interface.ts'
import { remembered } from './remembered.ts'

/** The nodes around an offset, from the module to the innermost. One that ends there counts. */
export function nodesAt(tree: Module, offset: number): Node[] {
  const path: Node[] = [tree]
  for (let node: Node | undefined = tree; node;) {
    let next: Node | undefined
    if (node === tree) {
      const item = itemAt(tree, offset)
      if (item) path.push(item)
      node = item
      continue
    }
    // Of two that touch there the one that starts there is meant, unless it is empty; a name goes before what is none.
    for (const child of childrenAt(node, offset))
      if (child.start <= offset && offset <= child.end && !(next && next.end > offset && isName(next))) {
        if (!next || (child.start >= next.end && child.start < child.end) || isName(child)) next = child
      }
    if (next) path.push(next)
    node = next
  }
  return path
}

/** The children of a node, of many lines only those around an offset. */
function childrenAt(node: Node, offset: number): Node[] {
  if (node.kind !== 'Block') return childrenOf(node)
  const { statements, value } = node
  const at = firstOf(statements, ({ end }) => end >= offset)
  return [...statements.slice(at, at + 2), ...(value ? [value] : [])]
}

function isName(node: Node): node is Name | Reference {
  return node.kind === 'Name' || node.kind === 'Reference'
}

/** The item around an offset. */
export function itemAt(module: Module, offset: number): Item | undefined {
  const item = itemBefore(module, offset)
  return item && offset <= item.end ? item : undefined
}

/** The last item that begins at an offset or before it. */
export function itemBefore(module: Module, offset: number): Item | undefined {
  return module.items[itemsBefore(module, offset) - 1]
}

/** How many items begin at an offset or before it. */
export function itemsBefore({ items }: Module, offset: number): number {
  return firstOf(items, ({ start }) => start > offset)
}

/** A name as it is written. */
export function textOf(node: Name | Reference): string {
  return node.kind === 'Name' ? node.text : node.name
}

/** A name in a file, and what it stands for. */
export interface Named {
  node: Name | Reference
  target: Target
  /** From the module to the name. */
  path: Node[]
}

/** The name at an offset, where it is known what it stands for. */
export function nameAt(view: View, offset: number): Named | undefined {
  const path = nodesAt(view.tree, offset)
  const node = path.at(-1)!
  // One that is missing is there as well, and is all that stands in its place.
  if (!isName(node) || (node.kind === 'Name' && node.text === '')) return undefined
  const target = targetOf(view, node, path[1])
  return target && { node, target, path }
}

/**
 * What a name stands for, where that is known.
 *
 * @param item in which it stands
 */
export function targetOf(
  view: View,
  name: Name | Reference,
  item: Node | undefined = itemAt(view.tree, name.start),
): Target | undefined {
  // The name of an item itself belongs to the file.
  const noted = (item && view.notesOf(item)?.targets.get(name)) ?? view.checker.notes?.targets.get(name)
  return noted && lookUp(view, noted)
}

/** All names of a file, and what they stand for. */
export function* allTargets(view: View): Generator<[Name | Reference, Target]> {
  for (const notes of view.checker.allNotes())
    for (const [node, noted] of notes.targets) {
      const target = lookUp(view, noted)
      if (target) yield [node, target]
    }
}

function lookUp(view: View, noted: Target | Elsewhere): Target | undefined {
  if (noted.kind !== 'elsewhere') return noted
  const { checker, scope } = view
  const found = elsewhere.get(view) ?? remembered((key: string) => effectElsewhere(checker, key))
  elsewhere.set(view, found)
  const effect = found(`${noted.effect}.${noted.operation}`)
  const operation = effect && checker.effectOf(effect, noted.operation)
  if (noted.part === 'operation') return effect && operation && { kind: 'operation', effect, operation }
  const symbol = effect ?? scope.get(noted.effect)
  return symbol && { kind: 'symbol', symbol }
}

/** What effects are that a file has no names for. */
const elsewhere = new WeakMap<View, (operation: string) => (Symbol & { kind: 'effect' }) | undefined>()

/** The effect of `effect.operation`, of those that the files know from which this one imports, and those from which they do. */
function effectElsewhere(checker: ModuleContext, path: string): (Symbol & { kind: 'effect' }) | undefined {
  const [effect, operation] = path.split('.') as [string, string]
  const homes = new Set([checker])
  // More are added while this goes on.
  for (const { scope } of homes)
    for (const symbol of scope.values()) {
      if (symbol.kind === 'effect' && symbol.name === effect && checker.effectOf(symbol, operation)) return symbol
      homes.add(symbol.home)
    }
  return undefined
}
