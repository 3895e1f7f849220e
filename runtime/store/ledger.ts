import type { CID } from 'multiformats/cid'
import { verifyBlock } from '../../dag/cid.ts'
import type { Block } from '../../dag/ipld.ts'
import { keyOfCid } from '../../dag/links.ts'
import type { Receipt, Store } from '../interface.ts'
import { readReceipt, SEMANTICS, signReceipt, type Signer } from '../receipt.ts'
import type { SqliteBlockstore } from './blocks.ts'
import { cidIn, type Database } from './sqlite.ts'

/** Receipts gather up to this many, or this long (milliseconds), before they are signed and written together. */
const BATCH = 64
const DELAY = 50
/** Records of what is remembered gather up to this many: they are not signed again. */
const RECORDS = 2048
/** Beyond this many, whoever adds one waits for those before. */
const CROWD = 4096

interface Entry {
  receipt: Receipt
  remember: boolean
}

interface Row {
  run: string
  task: CID
  receipt: Receipt
  hit: boolean
}

export interface Ledger {
  remembered: Store['memo']['get']
  remember: Store['memo']['put']
  record: Store['record']
  flush: Store['flush']
  tasks: Store['tasks']
}

/**
 * Receipts, what is remembered of them, and which run got them. Writes are gathered: a signature and a transaction
 * for each task would cost more than small tasks do. What is gathered is seen by reads at once; a crash loses at most
 * that, which is work that can be done again.
 */
export function createLedger(db: Database, blocks: SqliteBlockstore, signer: () => Signer): Ledger {
  const findMemo = db.prepare(
    'SELECT cid, bytes FROM memo JOIN blocks ON cid = receipt WHERE semantics = ? AND ran = ?',
  )
  const putMemo = db.prepare('INSERT OR REPLACE INTO memo (semantics, ran, receipt) VALUES (?, ?, ?)')
  const putTask = db.prepare('INSERT OR REPLACE INTO tasks (run, task, receipt, hit) VALUES (?, ?, ?, ?)')
  const findTasks = db.prepare('SELECT task, receipt, hit FROM tasks WHERE run = ?')

  /** Where receipts that are written stand, and all that were given to be written or came from here. */
  const written = new WeakMap<Receipt, CID>()
  const given = new WeakSet<Receipt>()
  let entries = new Map<Receipt, Entry>()
  let rows: Row[] = []
  let instructions: Block[] = []
  /** What is gathered or being written, by the bytes of the resolved instruction. */
  const fresh = new Map<string, Receipt>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let failed = false

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const batch = [...entries.values()]
    const lines = rows
    const besides = instructions
    entries = new Map()
    rows = []
    instructions = []
    if (batch.length > 0 || lines.length > 0) {
      const before = writing
      writing = write(batch, lines, besides, before)
      // Nobody may be listening right now; whoever flushes or adds next is told.
      writing.catch(() => (failed = true))
    }
    return writing
  }

  const write = async (batch: Entry[], lines: Row[], besides: Block[], before: Promise<void>): Promise<void> => {
    const author = batch.length > 0 ? signer() : undefined
    const signed = await Promise.all(batch.map(({ receipt }) => signReceipt(receipt, author!)))
    await before
    db.transaction(() => {
      for (const { cid, bytes } of besides) blocks.write(cid, bytes)
      batch.forEach(({ receipt, remember }, at) => {
        const { cid, bytes } = signed[at]!
        blocks.write(cid, bytes)
        if (remember) putMemo.run(SEMANTICS, receipt.ran.bytes, cid.bytes)
        written.set(receipt, cid)
      })
      for (const { run, task, receipt, hit } of lines)
        putTask.run(run, task.bytes, written.get(receipt)!.bytes, hit ? 1 : 0)
    })
    for (const { receipt } of batch) {
      const key = keyOfCid(receipt.ran)
      if (fresh.get(key) === receipt) fresh.delete(key)
    }
  }

  const gathered = (): Promise<void> => {
    if (entries.size >= BATCH || rows.length >= RECORDS) void flush()
    else timer ??= setTimeout(() => void flush(), DELAY)
    return failed || fresh.size > CROWD ? writing : Promise.resolve()
  }

  const add = (receipt: Receipt, remember: boolean): void => {
    const entry = entries.get(receipt)
    if (entry) entry.remember ||= remember
    else if (remember || !given.has(receipt)) entries.set(receipt, { receipt, remember })
    given.add(receipt)
  }

  return {
    async remembered(ran) {
      const waiting = fresh.get(keyOfCid(ran))
      if (waiting) return waiting
      const row = findMemo.get(SEMANTICS, ran.bytes)
      if (!row) return undefined
      const cid = cidIn(row, 'cid')
      const receipt = recall(ran, cid, row['bytes'] as Uint8Array)
      if (receipt) {
        written.set(receipt, cid)
        given.add(receipt)
      }
      return receipt
    },
    remember(receipt) {
      add(receipt, true)
      fresh.set(keyOfCid(receipt.ran), receipt)
      return gathered()
    },
    record(run, task, receipt, hit, instruction) {
      add(receipt, false)
      if (instruction) instructions.push(instruction)
      rows.push({ run, task, receipt, hit })
      return gathered()
    },
    flush,
    async tasks(run) {
      await flush()
      return findTasks.all(run).map(row => ({
        task: cidIn(row, 'task'),
        receipt: cidIn(row, 'receipt'),
        hit: row['hit'] === 1,
      }))
    },
  }
}

/** The remembered success; one that is damaged or not what it should be is not remembered. */
function recall(ran: CID, cid: CID, bytes: Uint8Array): Receipt | undefined {
  if (!verifyBlock(cid, bytes).ok) return undefined
  const receipt = readReceipt(bytes)
  return receipt.ok && receipt.value.out[0] === 'ok' && receipt.value.ran.equals(ran) ? receipt.value : undefined
}
