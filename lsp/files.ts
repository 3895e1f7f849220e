import { posix } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Host } from '../compiler/interface.ts'
import { importFile } from '../dag/unixfs.ts'

/** Files in memory, by absolute paths, and blocks of those that were kept: a world for the compiler where there is no disk. */
export class Files {
  readonly #files = new Map<string, Uint8Array>()
  /** What each folder holds, by the last parts of the paths; one that holds nothing is gone. */
  readonly #folders = new Map<string, Set<string>>([['/', new Set()]])
  readonly #blocks = new Map<string, Uint8Array>()

  readonly host: Host = {
    readFile: path => this.#files.get(absolute(path)) ?? (this.#folders.has(absolute(path)) ? 'directory' : 'missing'),
    realPath: path =>
      this.#files.has(absolute(path)) || this.#folders.has(absolute(path)) ? absolute(path) : undefined,
    list: folder => [...(this.#folders.get(absolute(folder)) ?? [])],
    readBlock: (cid: CID) => Promise.resolve(this.#blocks.get(cid.toString())),
  }

  /** @param content `null` takes the file away */
  set(file: string, content: string | Uint8Array | null): void {
    const path = absolute(file)
    if (content === null) {
      if (this.#files.delete(path)) this.#leave(path)
      return
    }
    this.#files.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content)
    this.#enter(path)
  }

  #enter(path: string): void {
    for (let at = path; at !== '/'; at = posix.dirname(at)) {
      const folder = posix.dirname(at)
      const names = this.#folders.get(folder) ?? new Set()
      this.#folders.set(folder, names.add(posix.basename(at)))
    }
  }

  #leave(path: string): void {
    for (let at = path; at !== '/'; at = posix.dirname(at)) {
      const folder = posix.dirname(at)
      const names = this.#folders.get(folder)!
      names.delete(posix.basename(at))
      if (names.size > 0 || folder === '/') return
      this.#folders.delete(folder)
    }
  }

  /** The `.ipvm` files below a folder, sorted. */
  sources(folder: string): string[] {
    const below = absolute(folder) === '/' ? '/' : `${absolute(folder)}/`
    return [...this.#files.keys()].filter(path => path.startsWith(below) && path.endsWith('.ipvm')).sort()
  }

  /** Puts the content of a file among the blocks; gives a sentence where there is none. */
  async keep(path: string): Promise<string | undefined> {
    const bytes = this.#files.get(absolute(path))
    if (!bytes) return `There is no file \`${path}\`.`
    const { blocks } = await importFile(bytes)
    for (const { cid, bytes } of blocks) this.#blocks.set(cid.toString(), bytes)
    return undefined
  }
}

function absolute(path: string): string {
  return posix.resolve('/', path)
}
