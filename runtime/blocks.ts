import type { Blockstore } from 'interface-blockstore'
import type { DagError } from '../dag/interface.ts'
import type { Block } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import type { RunError } from './interface.ts'
import { collect } from './store/blocks.ts'

/** Reads a block store as the functions of `dag` want it: what is not there is undefined. */
export function loadFrom(blocks: Blockstore): Load {
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

/** Writes blocks together. */
export async function putAll(store: Blockstore, blocks: readonly Block[]): Promise<void> {
  if (blocks.length === 0) return
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
