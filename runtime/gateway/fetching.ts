import { BaseBlockstore } from 'blockstore-core'
import type { Blockstore, InputPair, Pair } from 'interface-blockstore'
import type { CID } from 'multiformats/cid'
import { DAG_PB } from '../../dag/cid.ts'
import { keyOfCid } from '../../dag/links.ts'
import type { Load } from '../../dag/load.ts'
import { loadFrom, putAll } from '../blocks.ts'
import { NotFoundError, StoreError } from '../store/errors.ts'
import type { GatewayClient } from './client.ts'

const IDENTITY = 0
/** Most CIDs of which it is known that no gateway has them. */
const maxAbsent = 100_000

/**
 * The blocks of a store, and what it lacks from gateways, the first one that has it. What was fetched is kept. A file of
 * several blocks comes whole, where the gateway sends CARs.
 */
export class FetchingBlockstore extends BaseBlockstore {
  readonly #kept: Blockstore
  readonly #load: Load
  readonly #gateways: readonly GatewayClient[]
  readonly #absent = new Set<string>()
  readonly #underway = new Map<string, Promise<Uint8Array | undefined>>()

  constructor(kept: Blockstore, gateways: readonly GatewayClient[]) {
    super()
    this.#kept = kept
    this.#load = loadFrom(kept)
    this.#gateways = gateways
  }

  override async *get(cid: CID): AsyncGenerator<Uint8Array> {
    const bytes = await this.read(cid, cid.code === DAG_PB)
    if (bytes === undefined) throw new NotFoundError(`block ${cid} is neither in the store nor at a gateway`)
    yield bytes
  }

  /**
   * A block, undefined where nobody has it.
   *
   * @param whole where it has to be fetched, with all that can be reached from it
   * @throws StoreError where a gateway that might have it cannot be asked, or gives something else
   */
  async read(cid: CID, whole = false): Promise<Uint8Array | undefined> {
    const { code, digest } = cid.multihash
    if (code === IDENTITY) return digest
    const here = await this.#load(cid)
    if (here) return here
    const key = keyOfCid(cid)
    if (this.#absent.has(key)) return undefined
    let fetched = this.#underway.get(key)
    if (!fetched) {
      fetched = this.#fetch(cid, whole).finally(() => this.#underway.delete(key))
      this.#underway.set(key, fetched)
    }
    return fetched
  }

  async #fetch(cid: CID, whole: boolean): Promise<Uint8Array | undefined> {
    let trouble: StoreError | undefined
    for (const gateway of this.#gateways) {
      try {
        const blocks = whole ? await gateway.dag(cid) : undefined
        const bytes = blocks?.find(block => block.cid.equals(cid))?.bytes ?? (await gateway.block(cid))
        if (bytes === undefined) continue
        await putAll(this.#kept, blocks ?? [{ cid, bytes }])
        return bytes
      } catch (error) {
        if (!(error instanceof StoreError) || (error.code !== 'gateway' && error.code !== 'forged')) throw error
        // Another one may have it; that one lies is told before that one is down.
        if (trouble?.code !== 'forged') trouble = error
      }
    }
    if (trouble) throw trouble
    if (this.#absent.size < maxAbsent) this.#absent.add(keyOfCid(cid))
    return undefined
  }

  override has(cid: CID): Promise<boolean> | boolean {
    return this.#kept.has(cid)
  }

  override put(cid: CID, bytes: InputPair['bytes']): Promise<CID> | CID {
    return this.#kept.put(cid, bytes)
  }

  override async *putMany(source: Iterable<InputPair> | AsyncIterable<InputPair>): AsyncGenerator<CID> {
    yield* this.#kept.putMany(source)
  }

  override delete(cid: CID): Promise<void> | void {
    return this.#kept.delete(cid)
  }

  override async *getAll(): AsyncGenerator<Pair> {
    yield* this.#kept.getAll()
  }
}
