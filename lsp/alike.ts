import { matchParts } from '../dag/types.ts'
import { resolve, reveal, type Open } from '../compiler/open.ts'
import { memberEntity, type Entity } from './entity.ts'
import { withImporters } from './importers.ts'
import type { View } from './interface.ts'
import { isVirtual } from './virtual.ts'
import type { Workspace } from './workspace.ts'

/**
 * A field or a case, and those of its name in types that are made like its own, and whose values stand for each other:
 * such types have to stay alike.
 *
 * @param files of the workspace, by their paths
 * @param path of a file that names it
 * @param goOn asked before each of them; throws where nobody waits for the answer any more
 * @returns their keys
 */
export async function membersAlike(
  workspace: Workspace,
  files: readonly string[],
  path: string,
  entity: Entity,
  goOn: () => void,
): Promise<ReadonlySet<string>> {
  const alike = new Map([[entity.key, entity]])
  const pairs: [Entity, Entity][] = []
  const seen = new Set<string>()
  const homes = new Set([path])
  // More are added while this goes on.
  for (const { declaration } of alike.values()) {
    if (declaration && !isVirtual(declaration.path)) homes.add(declaration.path)
    for (const file of await withImporters(workspace, files, homes, goOn)) {
      if (seen.has(file)) continue
      seen.add(file)
      goOn()
      await workspace.use(file, view => void pairs.push(...meetings(view, entity)))
    }
    join(alike, pairs)
  }
  return new Set(alike.keys())
}

/** Adds what is paired with something that is there, over others too. */
function join(alike: Map<string, Entity>, pairs: [Entity, Entity][]): void {
  for (const key of alike.keys())
    for (const [one, other] of pairs) {
      if (one.key === key) alike.set(other.key, other)
      if (other.key === key) alike.set(one.key, one)
    }
}

/** The members of a kind and a name in types of which values of the one stand where the other is expected. */
function meetings(view: View, { kind, name }: Entity): [Entity, Entity][] {
  const found: [Entity, Entity][] = []
  const meet = (from: Open, to: Open): boolean => {
    const [source, target] = [resolve(reveal(from).type), resolve(reveal(to).type)]
    if (source === target) return true
    const [one, other] = [memberEntity(view, name, source), memberEntity(view, name, target)]
    if (one?.kind === kind && other?.kind === kind && one.key !== other.key) found.push([one, other])
    return matchParts(source, target, meet)
  }
  for (const notes of view.checker.allNotes()) for (const [from, to] of [...notes.fits.values()].flat()) meet(from, to)
  return found
}
