import type { Target } from '../../compiler/notes.ts'
import type { Name, Node, Reference } from '../../grammar/nodes.ts'
import { entityOf, symbolAt, type Entity } from '../entity.ts'
import type { Range, View } from '../interface.ts'
import { allTargets, nameAt, textOf } from '../tree.ts'
import { isVirtual } from '../virtual.ts'
import type { Workspace } from '../workspace.ts'

/** A name that stands for what is asked about. */
export interface Use extends Range {
  /** `write` where it is declared or given a value. */
  kind: 'read' | 'write'
  /** Whether it is declared there. */
  declares: boolean
  /** Whether that is a name of this file alone: `as` gives it. */
  alias: boolean
}

/** A use in one of several files. */
export interface PlacedUse extends Use {
  path: string
}

/** What stands at an offset, where it is a name that the language has not itself. */
export function entityAt(view: View, offset: number): Entity | undefined {
  const named = nameAt(view, offset)
  return named && entityOf(view, named.node, named.target)
}

/**
 * All places of a file that name a thing, in their order.
 *
 * @param keys of what else of its name counts
 */
export function usesIn(view: View, entity: Entity, keys: ReadonlySet<string> = new Set([entity.key])): Use[] {
  const { declaration } = entity
  const isAlias = aliasesOf(view)
  const found: Use[] = []
  for (const [node, target] of allTargets(view)) {
    if (nameOf(view, node, target) !== entity.name || !keys.has(entityOf(view, node, target)?.key ?? '')) continue
    const { start, end } = node
    const declares = declaration?.path === view.path && declaration.name.start === start
    const kind = declares || isGiven(view, node, target) ? 'write' : 'read'
    found.push({ start, end, kind, declares, alias: isAlias(node, target) })
  }
  return found.sort((a, b) => a.start - b.start)
}

/** Tells which names of a file are those that `as` gives to what it imports. */
export function aliasesOf({ tree }: View): (node: Name | Reference, target: Target) => boolean {
  const imported = tree.items.flatMap(item => (item.kind === 'ImportNames' ? item.names : []))
  const aliases = new Set(imported.flatMap(({ alias }) => alias?.text ?? []))
  const names = new Set<Node>(imported.flatMap(({ name, alias }) => (alias ? name : [])))
  return (node, target) => target.kind === 'symbol' && aliases.has(textOf(node)) && !names.has(node)
}

/** What a name stands for is called so where it is declared; what is imported may have another name here. */
function nameOf(view: View, node: Name | Reference, target: Target): string {
  if (target.kind === 'symbol' && target.symbol.kind !== 'lost') return symbolAt(view, node, target.symbol).name
  return textOf(node)
}

/** Whether a value is given to what stands there: to a parameter, or to a field. */
function isGiven({ text }: View, { end }: Name | Reference, { kind }: Target): boolean {
  if (kind === 'parameter') return true
  COLON.lastIndex = end
  return kind === 'field' && COLON.test(text)
}
const COLON = /\s*:/y

/** The places of a file that name what stands at an offset of it. */
export function documentHighlights(view: View, offset: number): Use[] {
  const entity = entityAt(view, offset)
  return entity ? usesIn(view, entity) : []
}

/**
 * The places of all files that name what stands at an offset of one, by files.
 *
 * @param files of the workspace, by their paths; those that do not hold the name are not checked
 * @param goOn asked before each of them; throws where nobody waits for the answer any more
 */
export async function references(
  workspace: Workspace,
  files: Iterable<string>,
  path: string,
  offset: number,
  goOn: () => void = () => undefined,
): Promise<PlacedUse[]> {
  const entity = await workspace.use(path, view => entityAt(view, offset))
  if (!entity) return []
  const found: PlacedUse[] = []
  const { declaration } = entity
  if (declaration && isVirtual(declaration.path))
    found.push({ path: declaration.path, ...declaration.name, kind: 'write', declares: true, alias: false })
  for (const file of filesNaming(workspace, files, path, entity)) {
    goOn()
    const uses = await workspace.use(file, view => usesIn(view, entity))
    for (const use of uses ?? []) found.push({ path: file, ...use })
  }
  return found
}

/** The files that may name a thing, that of the declaration first. */
export function filesNaming(
  workspace: Workspace,
  files: Iterable<string>,
  path: string,
  { name, shared, declaration }: Entity,
): string[] {
  if (!shared) return [path]
  const found = new Set<string>()
  if (declaration && !isVirtual(declaration.path)) found.add(declaration.path)
  found.add(path)
  for (const file of files) if (!found.has(file) && workspace.textOf(file)?.includes(name)) found.add(file)
  return [...found]
}
