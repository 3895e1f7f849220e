import { posix } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Host } from '../../compiler/interface.ts'

/** The current folder of hosts in memory. */
const CURRENT = '/project'

/** Files by path, seen from {@link CURRENT}; a folder is the path of a file up to a slash. */
export function memoryHost(files: Record<string, string | Uint8Array>, blocks = new Map<string, Uint8Array>()): Host {
  const contents = new Map(Object.entries(files).map(([name, content]) => [posix.resolve(CURRENT, name), content]))
  const folders = new Set([CURRENT, '/'])
  for (const path of contents.keys())
    for (let at = posix.dirname(path); !folders.has(at); at = posix.dirname(at)) folders.add(at)
  const absolute = (path: string): string => posix.resolve(CURRENT, path)
  return {
    readFile(path) {
      const content = contents.get(absolute(path))
      if (content !== undefined) return typeof content === 'string' ? new TextEncoder().encode(content) : content
      return folders.has(absolute(path)) ? 'directory' : 'missing'
    },
    realPath(path) {
      const real = absolute(path)
      return contents.has(real) || folders.has(real) ? real : undefined
    },
    list: folder =>
      [...contents.keys(), ...folders]
        .filter(path => posix.dirname(path) === absolute(folder))
        .map(path => posix.basename(path)),
    readBlock: async (cid: CID) => blocks.get(cid.toString()),
  }
}
