import { statSync, type Stats } from 'node:fs'
import type { Host } from '../compiler/interface.ts'

type Content = ReturnType<Host['readFile']>

interface Entry {
  stamp: string
  content: Content
}

/** Bytes of files, the same ones as long as a file is what it was. */
export class RememberedBytes {
  readonly #disk: Pick<Host, 'readFile'>
  #fresh = new Map<string, Entry>()
  #old = new Map<string, Entry>()

  constructor(disk: Pick<Host, 'readFile'>) {
    this.#disk = disk
  }

  read(path: string): Content {
    const stat = statOf(path)
    if (!stat?.isFile()) return this.#disk.readFile(path)
    const stamp = `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
    const known = this.#fresh.get(path) ?? this.#old.get(path)
    const entry = known?.stamp === stamp ? known : { stamp, content: this.#disk.readFile(path) }
    this.#fresh.set(path, entry)
    return entry.content
  }

  /** Forgets what was not read since this was called the last time. */
  release(): void {
    this.#old = this.#fresh
    this.#fresh = new Map()
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    // It is not there, or no path at all: a document without a file has none.
    return undefined
  }
}
