import { posix } from 'node:path'
import type { Host } from './interface.ts'

/** What a folder holds that is the root of a project. */
const markers = ['ipvm.lock', 'ipvm.config.ts', 'package.json', '.git']

/**
 * The root of the project that a file belongs to: the nearest folder upwards that holds one of the {@link markers}, else
 * the current folder if it holds the file, else the file's own. Nothing outside of it is read.
 *
 * @param path absolute, symbolic links followed
 * @returns the same
 */
export function projectRoot(host: Host, path: string): string {
  const own = posix.dirname(path)
  for (let folder = own; ; folder = posix.dirname(folder)) {
    if (markers.some(name => host.realPath(posix.join(folder, name)) !== undefined)) return folder
    if (folder === posix.dirname(folder)) break
  }
  const current = host.realPath('.')
  return current !== undefined && isInside(current, path) ? current : own
}

/** Whether a path is a folder or lies in it; both are absolute. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
