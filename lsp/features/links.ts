import { childrenOf, type Node } from '../../grammar/nodes.ts'
import type { Range, View } from '../interface.ts'
import { fileOf } from './definition.ts'

/** A path in a file, and where it leads. */
export interface DocumentLink extends Range {
  path: string
}

/** The paths of `import` and `embed` that lead to something; what stands between the quotes. */
export function documentLinks(view: View): DocumentLink[] {
  const found: DocumentLink[] = []
  const open: Node[] = [view.tree]
  for (let node = open.pop(); node; node = open.pop()) {
    for (const child of childrenOf(node)) open.push(child)
    if (node.kind !== 'Import' && node.kind !== 'ImportNames' && node.kind !== 'Embed') continue
    const text = node.kind === 'Embed' ? node.path : node.from
    const target = fileOf(view, text, node)
    if (target && text.end - text.start > 2) found.push({ start: text.start + 1, end: text.end - 1, path: target.path })
  }
  return found.sort((a, b) => a.start - b.start)
}
