import { posix } from 'node:path'
import { childrenOf, type Node, type Text } from '../../grammar/nodes.ts'
import { parse } from '../../grammar/parse.ts'
import { mayLeadTo } from '../importers.ts'
import type { Edit } from '../interface.ts'
import type { Workspace } from '../workspace.ts'
import type { FileEdits } from './rename.ts'

/** A file or a folder that gets another path; both absolute. */
export interface RenamedFile {
  from: string
  to: string
}

/**
 * What has to be written in files before others get other paths: the paths of `import` and `embed`, in files that lead to
 * what is renamed, and in those that are renamed. It is told by the paths that they have now.
 *
 * @param files of the workspace, by their paths
 */
export function renameFiles(workspace: Workspace, files: Iterable<string>, renamed: RenamedFile[]): FileEdits[] {
  const found: FileEdits[] = []
  for (const path of files) {
    const moves = movedTo(path, renamed) !== path
    const text = workspace.textOf(path)
    if (text === undefined || !(moves || renamed.some(({ from }) => mayLeadTo(text, from)))) continue
    const edits = editsOf(workspace, path, text, renamed)
    if (edits.length > 0) found.push({ path, text, edits })
  }
  return found
}

function editsOf(workspace: Workspace, path: string, text: string, renamed: RenamedFile[]): Edit[] {
  const edits: Edit[] = []
  const folder = posix.dirname(path)
  const newFolder = posix.dirname(movedTo(path, renamed))
  for (const node of pathsIn(parse(text, path).module)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(node.value) || posix.isAbsolute(node.value) || node.value === '') continue
    const named = posix.resolve(folder, node.value)
    const target = workspace.host.realPath(named) ?? named
    const newTarget = movedTo(target, renamed)
    if (newTarget === target && newFolder === folder) continue
    // What is reached over a symbolic link, and stays, is reached so again.
    const relative = posix.relative(newFolder, newTarget === target ? movedTo(named, renamed) : newTarget)
    const written = relative.startsWith('../') ? relative : `./${relative}`
    if (written !== node.value && posix.normalize(written) !== posix.normalize(node.value))
      edits.push({ start: node.start, end: node.end, text: quoted(written) })
  }
  return edits.sort((a, b) => a.start - b.start)
}

/** The path that a file has afterwards. */
function movedTo(path: string, renamed: RenamedFile[]): string {
  for (const { from, to } of renamed) {
    if (path === from) return to
    if (path.startsWith(`${from}/`)) return to + path.slice(from.length)
  }
  return path
}

/** The paths of `import` and `embed`. */
function pathsIn(module: Node): Text[] {
  const found: Text[] = []
  const open = [module]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'Import' || next.kind === 'ImportNames') found.push(next.from)
    else if (next.kind === 'Embed') found.push(next.path)
    for (const child of childrenOf(next)) open.push(child)
  }
  return found.filter(({ start, end }) => start < end)
}

/** A text as it is written. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('${', '\\${')}"`
}
