import { BaseBlockstore } from 'blockstore-core'
import type { Blockstore, InputPair, Pair } from 'interface-blockstore'
import type { CID } from 'multiformats/cid'
import { StoreError } from './store/errors.ts'

/** Blocks that are kept by others: whatever they throw is a failure of the store, and not of this program. */
export class BlocksElsewhere extends BaseBlockstore {
  readonly #blocks: Blockstore

  constructor(blocks: Blockstore) {
    super()
    this.#blocks = blocks
  }

  override async *get(cid: CID): AsyncGenerator<Uint8Array> {
    yield* each('read', () => this.#blocks.get(cid))
  }

  override async has(cid: CID): Promise<boolean> {
    return told('read', () => this.#blocks.has(cid))
  }

  override async put(cid: CID, bytes: InputPair['bytes']): Promise<CID> {
    return told('written', () => this.#blocks.put(cid, bytes))
  }

  override async *putMany(source: Iterable<InputPair> | AsyncIterable<InputPair>): AsyncGenerator<CID> {
    yield* each('written', () => this.#blocks.putMany(source))
  }

  override async delete(cid: CID): Promise<void> {
    return told('written', () => this.#blocks.delete(cid))
  }

  override async *getAll(): AsyncGenerator<Pair> {
    yield* each('read', () => this.#blocks.getAll())
  }
}

async function told<T>(what: 'read' | 'written', act: () => Promise<T> | T): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw troubleOf(error, what)
  }
}

async function* each<T>(what: 'read' | 'written', all: () => Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* all()
  } catch (error) {
    throw troubleOf(error, what)
  }
}

/** That a block is not there is no trouble: the name is what the ecosystem agrees on, not the class. */
function troubleOf(error: unknown, what: 'read' | 'written'): unknown {
  if (error instanceof StoreError || (error instanceof Error && error.name === 'NotFoundError')) return error
  const why = error instanceof Error ? error.message : String(error)
  return new StoreError({ code: 'path', message: `blocks cannot be ${what} where they are kept: ${why}` })
}
