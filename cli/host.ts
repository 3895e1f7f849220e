import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Host, LockFile } from '../compiler/interface.ts'
import type { Load } from '../dag/load.ts'
import { loadFrom } from '../runtime/blocks.ts'
import type { GatewayClient } from '../runtime/gateway/client.ts'
import { FetchingBlockstore } from '../runtime/gateway/fetching.ts'
import type { Store } from '../runtime/interface.ts'
import { StoreError } from '../runtime/store/errors.ts'
import { openStore } from '../runtime/store/open.ts'
import { entries, readBytes, tryWrite } from './files.ts'

/**
 * The store of one command, opened when it is needed and closed at the end. What is wrong with it is thrown as a
 * `StoreError`, as the store itself does, and becomes a reply at the rim (`main.ts`).
 */
export class StoreDoor {
  readonly folder: string
  readonly #gateways: readonly GatewayClient[]
  #store: Store | undefined

  /** @param gateways what is asked for blocks that the store lacks; what they give is kept in it */
  constructor(folder: string, gateways: readonly GatewayClient[] = []) {
    this.folder = folder
    this.#gateways = gateways
  }

  /** The store, where there is one already or blocks are to be fetched to it: a command that only reads makes none. */
  existing(): Store | undefined {
    const isThere = this.#gateways.length > 0 || existsSync(join(this.folder, 'store.db'))
    return this.#store ?? (isThere ? this.open() : undefined)
  }

  /** The store, made where there is none. */
  open(): Store {
    if (this.#store) return this.#store
    const opened = openStore(this.folder)
    if (!opened.ok) throw new StoreError(opened.error)
    const store = opened.value
    const { length } = this.#gateways
    return (this.#store =
      length > 0 ? { ...store, blocks: new FetchingBlockstore(store.blocks, this.#gateways) } : store)
  }

  /** Where it has to be fetched, a block with all that can be reached from it. */
  async fetchWhole(cid: CID): Promise<Uint8Array | undefined> {
    const blocks = this.existing()?.blocks
    return blocks instanceof FetchingBlockstore ? blocks.read(cid, true) : this.load(cid)
  }

  /** Where blocks are looked for, as people name it. */
  get places(): string {
    return [`the store ${this.folder}`, ...this.#gateways.map(({ name }) => `the gateway ${name}`)].join(', nor at ')
  }

  /** Blocks of the store where there is one. */
  readonly load: Load = async (cid: CID) => {
    const store = this.existing()
    return store && loadFrom(store.blocks)(cid)
  }

  async close(): Promise<void> {
    const store = this.#store
    this.#store = undefined
    await store?.close()
  }
}

/**
 * Files of this machine, and blocks.
 *
 * @param read takes the paths of the files that are read
 */
export function createHost(load: Load, read?: Set<string>): Host {
  return {
    readFile(path) {
      const bytes = readBytes(path)
      if (typeof bytes !== 'string') read?.add(path)
      return bytes === 'special' || bytes === 'large' ? 'unreadable' : bytes
    },
    realPath(path) {
      try {
        return realpathSync.native(path)
      } catch {
        return undefined
      }
    },
    list: entries,
    readBlock: load,
  }
}

/**
 * Writes `ipvm.lock` where something new came up. That it cannot be written is no reason to stop: a folder may be there
 * to be read alone.
 *
 * @returns what to tell people
 */
export function writeLock(lock: LockFile | undefined): string | undefined {
  const why = lock && tryWrite(lock.path, lock.text)
  return why && `warning: \`${lock.file}\` cannot be written: ${why}. What \`ipfs://\` imports came to is not pinned.`
}
