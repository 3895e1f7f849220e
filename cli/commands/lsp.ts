import type { CID } from 'multiformats/cid'
import type { Host } from '../../compiler/interface.ts'
import type { Block } from '../../dag/ipld.ts'
import { importFile } from '../../dag/unixfs.ts'
import { remembered } from '../../lsp/remembered.ts'
import { serveStdio } from '../../lsp/stdio.ts'
import { putAll } from '../../runtime/blocks.ts'
import { StoreError } from '../../runtime/store/errors.ts'
import type { Context } from '../context.ts'
import { findSources } from '../files.ts'
import { createHost, StoreDoor } from '../host.ts'
import type { Reply } from '../output.ts'
import { RememberedBytes } from '../remembered-bytes.ts'

/** `ipvm lsp`: the language server on standard input and output. It ends with the editor. */
export function lsp({ storeIn, version }: Context): Promise<Reply> {
  const stores = remembered((folder: string) => new Blocks(folder))
  const host = createHost(async () => undefined)
  const bytes = new RememberedBytes(host)
  serveStdio({
    ...{ host: { ...host, readFile: path => bytes.read(path) }, version },
    async readBlock(cid, folders) {
      for (const store of new Set([...folders].map(storeIn))) {
        const found = await stores(store).load(cid)
        if (found) return found
      }
      return undefined
    },
    release: () => bytes.release(),
    // A folder that may not be read has none.
    sources: folder => findSources(folder).sources,
    keep: (path, folder) => keep(stores(storeIn(folder)), host, path),
  })
  return new Promise(() => undefined)
}

/** Milliseconds after which a store is closed that nobody uses. */
const rest = 1000

/** The blocks of a store, which is open only while it is used: an editor that stands open keeps no `ipvm gc` waiting. */
class Blocks {
  readonly #door: StoreDoor
  #timer: NodeJS.Timeout | undefined
  /** How many are using it. */
  #users = 0
  /** What was said of the store last. */
  #said = ''

  constructor(folder: string) {
    this.#door = new StoreDoor(folder)
  }

  /** A store that cannot be read has nothing. */
  async load(cid: CID): Promise<Uint8Array | undefined> {
    let found: Uint8Array | undefined
    const why = await this.#use(async () => void (found = await this.#door.load(cid)))
    if (why !== undefined && why !== this.#said) console.error(why)
    this.#said = why ?? ''
    return found
  }

  /** @returns why that cannot be done */
  keep(all: Block[]): Promise<string | undefined> {
    return this.#use(() => putAll(this.#door.open().blocks, all))
  }

  async #use(body: () => Promise<void>): Promise<string | undefined> {
    clearTimeout(this.#timer)
    this.#users++
    try {
      await body()
      return undefined
    } catch (error) {
      if (error instanceof StoreError) return `${error.message[0]!.toUpperCase()}${error.message.slice(1)}.`
      throw error
    } finally {
      if (--this.#users === 0) this.#timer = setTimeout(() => void this.#door.close(), rest)
    }
  }
}

/** Puts the content of a file into the store, or says why not. */
async function keep(blocks: Blocks, host: Host, path: string): Promise<string | undefined> {
  const bytes = host.readFile(path)
  if (bytes === 'missing') return `There is no file \`${path}\`.`
  if (typeof bytes === 'string') return `\`${path}\` ${bytes === 'directory' ? 'is a folder.' : 'cannot be read.'}`
  return blocks.keep((await importFile(bytes)).blocks)
}
