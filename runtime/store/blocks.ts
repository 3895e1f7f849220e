import { BaseBlockstore } from 'blockstore-core'
import type { InputPair, Pair } from 'interface-blockstore'
import { CID } from 'multiformats/cid'
import { verifyBlock } from '../../dag/cid.ts'
import type { Block } from '../../dag/ipld.ts'
import { NotFoundError, StoreError } from './errors.ts'
import type { Database, Statement } from './sqlite.ts'

/** Blocks are written in transactions of at most this many, or this many bytes. */
const BATCH = 512
const BATCH_BYTES = 8 << 20
/** So many are compared at once with what is there: most often all of a job is, or nothing. */
const COMPARED = 32

type Bytes = InputPair['bytes']

/**
 * Blocks in the database, behind the interface of the IPFS ecosystem. What is put must hash to its CID, and what is
 * read is verified again: a block that was damaged on disk is a {@link StoreError} and never comes out. Putting a
 * block repairs a damaged one.
 */
export class SqliteBlockstore extends BaseBlockstore {
  readonly #db: Database
  readonly #get: Statement
  readonly #has: Statement
  readonly #same: Statement
  readonly #put: Statement
  readonly #delete: Statement

  constructor(db: Database) {
    super()
    this.#db = db
    this.#get = db.prepare('SELECT bytes FROM blocks WHERE cid = ?', 'often')
    this.#has = db.prepare('SELECT 1 FROM blocks WHERE cid = ?')
    const values = Array(COMPARED).fill('(?, ?)').join()
    this.#same = db.prepare(
      `SELECT count(*) AS n FROM (VALUES ${values}) AS given JOIN blocks ON cid = column1 AND bytes = column2`,
      'often',
    )
    this.#put = db.prepare(
      `INSERT INTO blocks (cid, bytes) VALUES (?, ?)
       ON CONFLICT (cid) DO UPDATE SET bytes = excluded.bytes WHERE bytes IS NOT excluded.bytes`,
    )
    this.#delete = db.prepare('DELETE FROM blocks WHERE cid = ?')
  }

  /** The block, undefined where it is not here. */
  read(cid: CID): Uint8Array | undefined {
    const bytes = this.#get.get(cid.bytes)?.['bytes']
    return bytes === undefined ? undefined : intact(cid, bytes as Uint8Array)
  }

  /** Writes one block, inside a transaction of the caller's or alone. */
  write(cid: CID, bytes: Uint8Array): void {
    if (!verifyBlock(cid, bytes).ok) throw new Error(`the bytes given for block ${cid} do not hash to it`)
    this.#put.run(cid.bytes, bytes)
  }

  override async has(cid: CID): Promise<boolean> {
    return this.#has.get(cid.bytes) !== undefined
  }

  override async put(cid: CID, bytes: Bytes): Promise<CID> {
    this.write(cid, await collect(bytes))
    return cid
  }

  /** A CID comes out when its block is safe; blocks are gathered into transactions. */
  override async *putMany(source: Iterable<InputPair> | AsyncIterable<InputPair>): AsyncGenerator<CID> {
    let batch: Block[] = []
    let size = 0
    for await (const { cid, bytes } of source) {
      const collected = await collect(bytes)
      batch.push({ cid, bytes: collected })
      size += collected.length
      if (batch.length < BATCH && size < BATCH_BYTES) continue
      this.#commit(batch)
      for (const written of batch) yield written.cid
      batch = []
      size = 0
    }
    if (batch.length === 0) return
    this.#commit(batch)
    for (const written of batch) yield written.cid
  }

  /** {@link putMany} of blocks that are at hand. */
  writeAll(blocks: readonly Block[]): void {
    for (let at = 0; at < blocks.length;) {
      const from = at
      for (let size = 0; at < blocks.length && at - from < BATCH && size < BATCH_BYTES; at++)
        size += blocks[at]!.bytes.length
      this.#commit(blocks.slice(from, at))
    }
  }

  #commit(batch: readonly Block[]): void {
    const missing = this.#missing(batch)
    if (missing.length === 0) return
    this.#db.transaction(() => missing.forEach(({ cid, bytes }) => this.write(cid, bytes)))
  }

  /** Without those that are there already, and are what they should be, as far as whole groups of them are. */
  #missing(blocks: readonly Block[]): Block[] {
    const missing: Block[] = []
    for (let at = 0; at < blocks.length; at += COMPARED) {
      const group = blocks.slice(at, at + COMPARED)
      const isThere = group.length === COMPARED && this.#same.get(...group.flatMap(pairOf))!['n'] === COMPARED
      if (!isThere) missing.push(...group)
    }
    return missing
  }

  override *get(cid: CID): Generator<Uint8Array> {
    const bytes = this.read(cid)
    if (bytes === undefined) throw new NotFoundError(`block ${cid} is not in the store`)
    yield bytes
  }

  override async delete(cid: CID): Promise<void> {
    this.#delete.run(cid.bytes)
  }

  override async *getAll(): AsyncGenerator<Pair> {
    // A page at a time, so that writing in between neither blocks nor surprises.
    const page = this.#db.prepare('SELECT cid, bytes FROM blocks WHERE cid > ? ORDER BY cid LIMIT 64')
    let last: Uint8Array = new Uint8Array()
    for (let rows = page.all(last); rows.length > 0; rows = page.all(last)) {
      for (const row of rows) {
        last = row['cid'] as Uint8Array
        const cid = CID.decode(last)
        yield { cid, bytes: chunks(intact(cid, row['bytes'] as Uint8Array)) }
      }
    }
  }
}

function pairOf({ cid, bytes }: Block): [Uint8Array, Uint8Array] {
  return [cid.bytes, bytes]
}

function intact(cid: CID, bytes: Uint8Array): Uint8Array {
  if (verifyBlock(cid, bytes).ok) return bytes
  throw new StoreError({
    code: 'damaged',
    message: `block ${cid} in the store is damaged: it does not hash to its CID`,
  })
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes
}

/** The bytes of a block that comes in pieces. */
export async function collect(bytes: Bytes): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes
  const parts: Uint8Array[] = []
  if (Symbol.iterator in bytes) parts.push(...bytes)
  else for await (const part of bytes) parts.push(part)
  return parts.length === 1 ? parts[0]! : new Uint8Array(Buffer.concat(parts))
}
