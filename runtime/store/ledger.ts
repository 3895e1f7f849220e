import type { CID } from 'multiformats/cid'
import { DAG_CBOR } from '../../dag/cid.ts'
import type { Block, Ipld } from '../../dag/ipld.ts'
import { cidOfDigest, keyOfCid } from '../../dag/links.ts'
import type { Signer } from '../did.ts'
import type { KeptReceipt, Receipt, Remembered, Store } from '../interface.ts'
import { rememberedBy, SEMANTICS, signReceipt } from '../receipt.ts'
import type { SqliteBlockstore } from './blocks.ts'
import { DIGEST, openEntry, RECORD, sealEntry } from './entries.ts'
import { StoreError } from './errors.ts'
import type { OwnLeases } from './leases.ts'
import type { Sealer } from './seal.ts'
import type { Database, SqlRow } from './sqlite.ts'

/** Receipts gather up to this many, or this long (milliseconds), before they are signed and written together. */
const BATCH = 64
const DELAY = 50
/** Records of what is remembered gather up to this many: they are not signed again. */
const RECORDS = 2048
/** Beyond this many, whoever adds one waits for those before. */
const CROWD = 4096

/** What receipts are signed and what is remembered is sealed with, made with the first receipt. */
export interface Author extends Signer {
  sealer: Sealer
}

interface Row {
  run: string
  task: CID
  receipt: Receipt | KeptReceipt
  hit: boolean
}

export interface Ledger {
  remembered: Store['memo']['get']
  remember: Store['memo']['put']
  versions: Store['memo']['versions']
  adopt: Store['memo']['adopt']
  record: Store['record']
  /** Records for a run what another has recorded, all of it as remembered; in a transaction, of what is written. */
  copy: (run: string, of: string) => void
  flush: Store['flush']
  tasks: Store['tasks']
}

/**
 * Receipts, what is remembered of them, and which run got them. Writes are gathered: a signature and a transaction
 * for each task would cost more than small tasks do. What is gathered is seen by reads at once; a crash loses at most
 * that, which is work that can be done again.
 */
export function createLedger(db: Database, blocks: SqliteBlockstore, leases: OwnLeases, author: () => Author): Ledger {
  const findMemo = db.prepare('SELECT entry FROM memo WHERE semantics = ? AND ran = ?', 'often')
  const findVersions = db.prepare('SELECT semantics FROM memo WHERE ran = ?')
  const putMemo = db.prepare('INSERT OR REPLACE INTO memo (semantics, ran, entry) VALUES (?, ?, ?)')
  const putTasks = db.prepare('INSERT INTO tasks (run, entries) VALUES (?, ?)')
  const findTasks = db.prepare('SELECT entries FROM tasks WHERE run = ? ORDER BY rowid')

  /** Where receipts stand that are written, and all that were given to be written. */
  const written = new WeakMap<Receipt, CID>()
  const given = new WeakSet<Receipt>()
  /** Receipts to write, with the run that remembers each. */
  let receipts = new Map<Receipt, string | undefined>()
  let rows: Row[] = []
  let instructions: Block[] = []
  /** What is gathered or being written, by the bytes of the resolved instruction. */
  const fresh = new Map<string, Remembered>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let failed = false

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (receipts.size > 0 || rows.length > 0) {
      const [batch, lines, besides, before] = [receipts, rows, instructions, writing]
      receipts = new Map()
      rows = []
      instructions = []
      writing = write(batch, lines, besides, before)
      // Nobody may be listening right now; whoever flushes or adds next is told.
      writing.catch(() => (failed = true))
    }
    return writing
  }

  const write = async (
    batch: typeof receipts,
    lines: Row[],
    besides: Block[],
    before: Promise<void>,
  ): Promise<void> => {
    const list = [...batch]
    const by = list.length > 0 ? author() : undefined
    const signed = await Promise.all(list.map(([receipt]) => signReceipt(receipt, by!)))
    await before
    db.transaction(() => {
      for (const { cid, bytes } of besides) blocks.write(cid, bytes)
      list.forEach(([receipt, run], at) => {
        const { cid, bytes } = signed[at]!
        blocks.write(cid, bytes)
        written.set(receipt, cid)
        if (run === undefined) return
        const entry = entryOf(rememberedBy(run, receipt), receipt.ran, cid, by!.sealer)
        putMemo.run(SEMANTICS, receipt.ran.bytes, entry)
        leases.settle(receipt.ran)
      })
      for (const [run, own] of Map.groupBy(lines, row => row.run))
        putTasks.run(
          run,
          entriesOf(own, receipt => written.get(receipt)!),
        )
    })
    for (const [{ ran }] of list) {
      const known = fresh.get(keyOfCid(ran))
      if (known && batch.has(known.receipt as Receipt)) fresh.delete(keyOfCid(ran))
    }
  }

  const gathered = (): Promise<void> => {
    if (receipts.size >= BATCH || rows.length >= RECORDS) void flush()
    else timer ??= setTimeout(() => void flush(), DELAY)
    return failed || fresh.size > CROWD ? writing : Promise.resolve()
  }

  return {
    async remembered(ran) {
      const waiting = fresh.get(keyOfCid(ran))
      if (waiting) return waiting
      const row = findMemo.get(SEMANTICS, ran.bytes)
      return row && recall(ran, row['entry'] as Uint8Array, author().sealer)
    },
    remember(run, receipt) {
      receipts.set(receipt, run)
      given.add(receipt)
      fresh.set(keyOfCid(receipt.ran), rememberedBy(run, receipt))
      return gathered()
    },
    async adopt(given) {
      const { sealer } = author()
      const entries = given.map(({ receipt, cid, iss }): [CID, Uint8Array] => [
        receipt.ran,
        entryOf(rememberedBy(iss, receipt), receipt.ran, cid, sealer),
      ])
      db.transaction(() => entries.forEach(([ran, entry]) => putMemo.run(SEMANTICS, ran.bytes, entry)))
    },
    async versions(ran) {
      return findVersions.all(ran.bytes).map(row => row['semantics'] as number)
    },
    record(run, task, receipt, hit, instruction) {
      if (!('cid' in receipt) && !given.has(receipt)) {
        receipts.set(receipt, undefined)
        given.add(receipt)
      }
      if (instruction) instructions.push(instruction)
      rows.push({ run, task, receipt, hit })
      return gathered()
    },
    copy(run, of) {
      for (const row of findTasks.all(of)) putTasks.run(run, allHits(row))
    },
    flush,
    async tasks(run) {
      await flush()
      const found = new Map<string, ReturnType<typeof entryIn>>()
      // A run that was resumed tells of a task again: the last word counts.
      for (const row of findTasks.all(run)) for (const entry of readEntries(row)) found.set(keyOfCid(entry.task), entry)
      return [...found.values()]
    },
  }
}

function entryOf({ value, memory, gas, run }: Remembered, ran: CID, receipt: CID, sealer: Sealer): Uint8Array {
  return sealEntry(sealer, ran, receipt, [value, memory, gas, run])
}

function recall(ran: CID, entry: Uint8Array, sealer: Sealer): Remembered | undefined {
  const opened = openEntry(sealer, ran, entry)
  if (!opened) return undefined
  const [value, memory, gas, run] = opened.remembered as [Ipld, number, number, string]
  return { value, memory, gas, run, receipt: { ran, cid: opened.beside } }
}

function entriesOf(rows: Row[], cidOf: (receipt: Receipt) => CID): Uint8Array {
  const entries = new Uint8Array(rows.length * RECORD)
  rows.forEach(({ task, receipt, hit }, i) => {
    entries.set(task.multihash.digest, i * RECORD)
    entries.set(('cid' in receipt ? receipt.cid : cidOf(receipt)).multihash.digest, i * RECORD + DIGEST)
    entries[i * RECORD + 2 * DIGEST] = hit ? 1 : 0
  })
  return entries
}

function entriesIn(row: SqlRow): Uint8Array {
  const entries = row['entries'] as Uint8Array
  if (entries.length % RECORD === 0) return entries
  throw new StoreError({ code: 'damaged', message: 'the record of a run in the store is damaged' })
}

/** The same tasks, all of them remembered. */
function allHits(row: SqlRow): Uint8Array {
  const entries = entriesIn(row).slice()
  for (let at = RECORD - 1; at < entries.length; at += RECORD) entries[at] = 1
  return entries
}

function* readEntries(row: SqlRow): Generator<ReturnType<typeof entryIn>> {
  const entries = entriesIn(row)
  for (let at = 0; at < entries.length; at += RECORD) yield entryIn(entries, at)
}

function entryIn(entries: Uint8Array, at: number): { task: CID; receipt: CID; hit: boolean } {
  const cidAt = (from: number): CID => cidOfDigest(DAG_CBOR, entries.subarray(from, from + DIGEST))
  return { task: cidAt(at), receipt: cidAt(at + DIGEST), hit: entries[at + 2 * DIGEST] === 1 }
}
