import type { Blockstore } from 'interface-blockstore'
import type { DagError } from '../dag/interface.ts'
import type { Block } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
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

/** Carries a {@link DagError} out of a call-back that can only throw. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
  readonly error: DagError
  constructor(error: DagError) {
    super(error.message)
    this.error = error
  }
}
