import { statSync } from 'node:fs'
import type { Host } from '../../compiler/interface.ts'
import { serveStdio } from '../../lsp/stdio.ts'
import type { Context } from '../context.ts'
import { findSources } from '../files.ts'
import { createHost, StoreDoor } from '../host.ts'
import type { Reply } from '../output.ts'

/** `ipvm lsp`: the language server on standard input and output. It ends with the editor. */
export function lsp({ store, version }: Context): Promise<Reply> {
  const host = createHost(new StoreDoor(store).load)
  serveStdio({ host: remembering(host), sources, version })
  return new Promise(() => undefined)
}

/** Bytes of files, as long as these are what they were. */
function remembering(host: Host): Host {
  const known = new Map<string, { stamp: string; bytes: ReturnType<Host['readFile']> }>()
  return {
    ...host,
    readFile(path) {
      const stat = statSync(path, { throwIfNoEntry: false })
      if (!stat?.isFile()) {
        known.delete(path)
        return host.readFile(path)
      }
      const stamp = `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
      const found = known.get(path)
      if (found?.stamp === stamp) return found.bytes
      const bytes = host.readFile(path)
      known.set(path, { stamp, bytes })
      return bytes
    },
  }
}

function sources(folder: string): string[] {
  try {
    return findSources(folder)
  } catch {
    // A folder that is gone, or may not be read, has none.
    return []
  }
}
