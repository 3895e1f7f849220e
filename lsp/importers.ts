import { posix } from 'node:path'
import { fileBehind } from './features/definition.ts'
import type { Workspace } from './workspace.ts'

/**
 * Some files, and those that import them, over others too.
 *
 * @param files of the workspace, by their paths
 * @param goOn asked before each of them; throws where nobody waits for the answer any more
 */
export async function withImporters(
  workspace: Workspace,
  files: readonly string[],
  imported: Iterable<string>,
  goOn: () => void,
): Promise<Set<string>> {
  const texts = files.map(path => ({ path, text: workspace.textOf(path) ?? '' }))
  const found = new Set(imported)
  // More are added while this goes on.
  for (const target of found)
    for (const { path, text } of texts) {
      if (found.has(path) || !mayLeadTo(text, target)) continue
      goOn()
      const leads = await workspace.useItems(path, view =>
        view.tree.items.some(item => item.kind === 'ImportNames' && fileBehind(view, item.from)?.path === target),
      )
      if (leads) found.add(path)
    }
  return found
}

/** Whether a text may hold a path that ends with the name of a file, or leads through it: it may be written with escapes. */
export function mayLeadTo(text: string, path: string): boolean {
  return text.includes(posix.basename(path)) || text.includes('\\')
}
