import { statSync } from 'node:fs'
import type { Host } from '../../compiler/interface.ts'
import { importFile } from '../../dag/unixfs.ts'
import { serveStdio } from '../../lsp/stdio.ts'
import { putAll } from '../../runtime/blocks.ts'
import type { Context } from '../context.ts'
import { findSources } from '../files.ts'
import { createHost, StoreDoor } from '../host.ts'
import type { Reply } from '../output.ts'

/** `ipvm lsp`: the language server on standard input and output. It ends with the editor. */
export function lsp({ store, version }: Context): Promise<Reply> {
  const door = new StoreDoor(store)
  const host = createHost(door.load)
  serveStdio({ host: remembering(host), sources, keep: path => keep(door, host, path), version })
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

/** Puts the content of a file into the store. */
async function keep(door: StoreDoor, host: Host, path: string): Promise<void> {
  const bytes = host.readFile(path)
  if (typeof bytes === 'string') throw new Error(`${path} cannot be read: ${bytes}`)
  const { blocks } = await importFile(bytes)
  await putAll(door.open().blocks, blocks)
}

function sources(folder: string): string[] {
  try {
    return findSources(folder)
  } catch {
    // A folder that is gone, or may not be read, has none.
    return []
  }
}
