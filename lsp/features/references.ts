import type { Name, Node, Reference } from '../../grammar/nodes.ts'
import { childrenOf } from '../../grammar/nodes.ts'
import { entityOf, type Entity } from '../entity.ts'
import type { Location, Range, View } from '../interface.ts'
import { nameAt } from '../tree.ts'
import type { Workspace } from '../workspace.ts'

/** A name that stands for what is asked about. */
export interface Use {
  range: Range
  /** `write` where it is declared, bound or given a value. */
  kind: 'read' | 'write'
  /** Where it is declared. */
  declares: boolean
  /** As it is written there. */
  text: string
  /** What it is called here, in an import that gives it another name. */
  alias: boolean
}

/** What stands at an offset, where it is a name of something that a text declares. */
export function entityAt(view: View, offset: number): Entity | undefined {
  const named = nameAt(view, offset)
  return named && entityOf(view, named.target)
}

/** All places of one file that name a thing, in their order. */
export function usesIn(view: View, entity: Entity): Use[] {
  const found: Use[] = []
  for (const notes of view.checker.allNotes())
    for (const [node, target] of notes.targets) {
      // What is imported may have another name here; everything else has its own.
      const { text } = target.kind === 'symbol' ? { text: target.symbol.name } : { text: textOf(node) }
      if (text !== entity.name || entityOf(view, target)?.key !== entity.key) continue
      const range = { start: node.start, end: node.end }
      const declares =
        entity.declaration?.path === view.path &&
        entity.declaration.name.start === node.start &&
        entity.declaration.name.end === node.end
      const kind = declares || target.kind === 'parameter' ? 'write' : 'read'
      found.push({ range, kind, declares, text: textOf(node), alias: false })
    }
  found.sort((a, b) => a.range.start - b.range.start)
  return found
}

function textOf(node: Name | Reference): string {
  return node.kind === 'Name' ? node.text : node.name
}

/** The places of this file that name what stands at an offset. */
export function documentHighlights(view: View, offset: number): Use[] {
  const entity = entityAt(view, offset)
  return entity ? usesIn(view, entity) : []
}

/**
 * The places of all files that name what stands at an offset of one.
 *
 * @param files of the workspace, by their paths; those that do not hold the name are not checked
 */
export async function references(
  workspace: Workspace,
  files: Iterable<string>,
  path: string,
  offset: number,
): Promise<(Location & Use)[]> {
  const entity = await workspace.use(path, view => entityAt(view, offset))
  if (!entity) return []
  const found: (Location & Use)[] = []
  for (const file of filesOf(workspace, files, path, entity)) {
    const uses = await workspace.use(file, view => usesIn(view, entity))
    for (const use of uses ?? []) found.push({ path: file, ...use })
  }
  return found
}

/** The files that may name a thing, that of the declaration first. */
export function filesOf(workspace: Workspace, files: Iterable<string>, path: string, entity: Entity): string[] {
  // What a body binds has no name elsewhere, but parameters have.
  const found = new Set<string>()
  const declared = entity.declaration?.path
  if (declared !== undefined && workspace.textOf(declared) !== undefined) found.add(declared)
  found.add(path)
  for (const file of files) if (!found.has(file) && workspace.textOf(file)?.includes(entity.name)) found.add(file)
  return [...found]
}
