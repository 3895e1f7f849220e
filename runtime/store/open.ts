import { randomBytes, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { decode, encode } from '../../dag/codec.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { signerOf } from '../did.ts'
import type { RunRecord, RunState, Store } from '../interface.ts'
import { SEMANTICS, varsigOf } from '../receipt.ts'
import { SqliteBlockstore } from './blocks.ts'
import type { Disk } from '../journal/disk.ts'
import { folderDisk } from '../journal/folder.ts'
import { memoryDisk } from '../journal/memory.ts'
import { StoreError, type StoreFailure } from './errors.ts'
import { makeFolder } from './folder.ts'
import { createJobs } from './jobs.ts'
import { newKey, storeKey } from './key.ts'
import { createLedger, type Author } from './ledger.ts'
import { createLeases } from './leases.ts'
import { Sealer } from './seal.ts'
import { cidIn, holdFile, openDatabase, type Database, type SqlRow } from './sqlite.ts'

/** How long to wait for a process that collects garbage, and for processes that use the store, milliseconds. */
const PATIENCE = { shared: 60_000, alone: 5000 }

/**
 * Opens the store in a folder, which is made where there is none: `store.db`, and `key` from the first receipt on.
 * Several processes may have it open at the same time.
 */
export function openStore(dir: string): Result<Store, StoreFailure> {
  const opened = openFolder(dir, { alone: false })
  return opened.ok ? ok(opened.value.store) : opened
}

interface Opening {
  /** No other process has it open, and none can open it meanwhile. */
  alone: boolean
  /** How long to wait for others, milliseconds. */
  patience?: number
}

/** Opens a store with what it is made of. */
export function openFolder(
  dir: string,
  { alone, patience = alone ? PATIENCE.alone : PATIENCE.shared }: Opening,
): Result<{ store: Store; db: Database }, StoreFailure> {
  try {
    makeFolder(dir)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return fail({ code: 'path', message: `the folder of the store ${dir} cannot be made: ${code}` })
  }
  const lock = lockStore(dir, !alone, patience)
  if (!lock.ok) return lock
  const release = lock.value
  const db = openDatabase(join(dir, 'store.db'))
  const key = (): KeyObject => storeKey(join(dir, 'key'))
  if (!db.ok) {
    release()
    return db
  }
  const store = storeOf(db.value, key, folderDisk(join(dir, 'runs')), release)
  if (store.ok) return ok({ store: store.value, db: db.value })
  release()
  return store
}

/** Gives what lets go of the lock of a store. */
function lockStore(dir: string, shared: boolean, patience: number): Result<() => void, StoreFailure> {
  try {
    const release = holdFile(join(dir, 'lock'), shared, patience)
    if (release) return ok(release)
    const why = shared ? 'is being cleaned up by another process' : 'is in use by another process'
    return fail({ code: 'busy', message: `the store ${dir} ${why}` })
  } catch (error) {
    if (error instanceof StoreError) return fail({ code: error.code, message: error.message })
    throw error
  }
}

/** A store that ends with the process, for tests and embedding. */
export function memoryStore(): Store {
  const db = openDatabase(':memory:')
  const store = db.ok ? storeOf(db.value, newKey, memoryDisk(), () => undefined) : db
  if (!store.ok) throw new Error(store.error.message)
  return store.value
}

function storeOf(db: Database, key: () => KeyObject, disk: Disk, release: () => void): Result<Store, StoreFailure> {
  try {
    return ok(assemble(db, key, disk, release))
  } catch (error) {
    db.close()
    if (error instanceof StoreError) return fail({ code: error.code, message: error.message })
    throw error
  }
}

function authorOf(key: KeyObject): Author {
  return { ...signerOf(key), sealer: new Sealer(key, `memo ${SEMANTICS}`) }
}

function assemble(db: Database, key: () => KeyObject, disk: Disk, release: () => void): Store {
  let author: Author | undefined
  const blocks = new SqliteBlockstore(db)
  const leases = createLeases(db)
  const authorHere = (): Author => (author ??= authorOf(key()))
  const ledger = createLedger(db, blocks, leases, authorHere)
  const insertRun = db.prepare(
    'INSERT OR IGNORE INTO runs (run, job, state, started, parent, grants) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const endRun = db.prepare('UPDATE runs SET state = ?, result = ? WHERE run = ?')
  const findRun = db.prepare('SELECT run, job, state, started, parent, grants FROM runs WHERE run = ?')
  const findResult = db.prepare('SELECT result FROM runs WHERE run = ?')
  const findState = db.prepare('SELECT state FROM runs WHERE run = ?')
  const allRuns = db.prepare('SELECT run, job, state, started, parent, grants FROM runs ORDER BY id DESC')
  const allPins = db.prepare('SELECT cid FROM pins ORDER BY cid')
  const addPin = db.prepare('INSERT OR IGNORE INTO pins (cid) VALUES (?)')
  const removePin = db.prepare('DELETE FROM pins WHERE cid = ?')
  const begin = (job: CID, grants: readonly string[]): string => {
    const run = randomBytes(6).toString('hex')
    insertRun.run(run, job.bytes, 'running', Date.now(), null, JSON.stringify(grants))
    return run
  }
  return {
    blocks,
    memo: {
      get: ledger.remembered,
      put: ledger.remember,
      versions: ledger.versions,
      adopt: ledger.adopt,
      ...createJobs(db, () => authorHere().sealer),
    },
    issuer: () => authorHere().did,
    sign: payload => varsigOf(payload, authorHere()),
    leases,
    record: ledger.record,
    flush: ledger.flush,
    sync: async () => db.sync(),
    disk,
    tasks: ledger.tasks,
    async begin(job, grants) {
      return begin(job, grants)
    },
    async repeat(job, grants, { run: of, result }) {
      await ledger.flush()
      return db.transaction(() => {
        const run = begin(job, grants)
        ledger.copy(run, of)
        endRun.run('done', encode(result), run)
        return run
      })
    },
    async adopt(records) {
      db.transaction(() => {
        for (const { run, job, state, started, parent, grants } of records)
          insertRun.run(run, job.bytes, state, started, parent, JSON.stringify(grants))
      })
    },
    async end(run, state, result) {
      await ledger.flush()
      endRun.run(state, result === undefined ? null : encode(result), run)
    },
    async stateOf(run) {
      return findState.get(run)?.['state'] as RunState | undefined
    },
    async runs() {
      return allRuns.all().map(recordIn)
    },
    async find(run) {
      const row = findRun.get(run)
      return row && recordIn(row)
    },
    async resultOf(run) {
      const bytes = findResult.get(run)?.['result']
      const result = bytes instanceof Uint8Array ? decode(bytes) : undefined
      return result?.ok ? result.value : undefined
    },
    async pins() {
      return allPins.all().map(row => cidIn(row, 'cid'))
    },
    async pin(cid, pinned) {
      ;(pinned ? addPin : removePin).run(cid.bytes)
    },
    async close() {
      try {
        await ledger.flush()
      } finally {
        db.close()
        release()
      }
    },
  }
}

function recordIn(row: SqlRow): RunRecord {
  return {
    run: row['run'] as string,
    job: cidIn(row, 'job'),
    state: row['state'] as RunState,
    started: row['started'] as number,
    parent: row['parent'] as string | null,
    grants: JSON.parse(row['grants'] as string) as string[],
  }
}
