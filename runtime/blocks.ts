import type { Blockstore } from 'interface-blockstore'
import type { DagError } from '../dag/interface.ts'
import type { Block } from '../dag/ipld.ts'
import { keyOfCid } from '../dag/links.ts'
import type { Load } from '../dag/load.ts'
import type { RunError } from './interface.ts'
import { collect, SqliteBlockstore } from './store/blocks.ts'

/**
 * Reads a block store as the functions of `dag` want it: what is not there is undefined.
 *
 * @param first those that are looked at before
 */
export function loadFrom(blocks: Blockstore, first: readonly Block[] = []): Load {
  if (first.length > 0) {
    const [early, late] = [loadFromList(first), loadFrom(blocks)]
    return async cid => (await early(cid)) ?? late(cid)
  }
  if (blocks instanceof SqliteBlockstore) return async cid => blocks.read(cid)
  return async cid => {
    try {
      return await collect(blocks.get(cid))
    } catch (error) {
      // The name is what the ecosystem agrees on, not the class.
      if (error instanceof Error && error.name === 'NotFoundError') return undefined
      throw error
    }
  }
}

const indices = new WeakMap<readonly Block[], Map<string, Uint8Array>>()

/** Reads a list of blocks, which does not change. */
export function loadFromList(blocks: readonly Block[]): Load {
  let index = indices.get(blocks)
  if (!index) indices.set(blocks, (index = new Map(blocks.map(({ cid, bytes }) => [keyOfCid(cid), bytes]))))
  return async cid => index.get(keyOfCid(cid))
}

/** Writes blocks together. */
export async function putAll(store: Blockstore, blocks: readonly Block[]): Promise<void> {
  if (blocks.length === 0) return
  if (store instanceof SqliteBlockstore) return store.writeAll(blocks)
  for await (const _ of store.putMany(blocks));
}

/** The blocks of a run: those of its store, and those that hold secrets, which end with it. */
export class RunBlocks {
  readonly #store: Blockstore
  readonly #fromStore: Load
  readonly #secret = new Map<string, Uint8Array>()

  constructor(store: Blockstore) {
    this.#store = store
    this.#fromStore = loadFrom(store)
  }

  readonly load: Load = async cid =>
    (this.#secret.size > 0 ? this.#secret.get(cid.toString()) : undefined) ?? this.#fromStore(cid)

  /** Keeps blocks, in memory alone where they hold a secret. */
  async put(blocks: readonly Block[], secret: boolean): Promise<void> {
    if (!secret) return putAll(this.#store, blocks)
    for (const { cid, bytes } of blocks) this.#secret.set(cid.toString(), bytes)
  }
}

/** Ends a run from where it can only be thrown: a block that is unfit, or what the run itself has found out. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
  readonly error: DagError | RunError
  constructor(error: DagError | RunError) {
    super(error.message)
    this.error = error
  }
}
