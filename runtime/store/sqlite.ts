import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isPlainCid, PLAIN, plainCid } from '../../dag/links.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import { CID } from 'multiformats/cid'
import { damaged, failureOf, StoreError, type StoreFailure } from './errors.ts'

/** `IPVM` in ASCII: marks a file as ours (https://sqlite.org/fileformat.html#application_id). */
const APPLICATION = 0x4950564d
const VERSION = 3
/** How long to wait for another process, milliseconds. Transactions are short. */
const PATIENCE = 10_000
/** KiB of the file that are kept in memory: what is remembered is looked up at random. */
const CACHE = 32 << 10

const schema = `
  CREATE TABLE blocks (cid BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE memo (
    semantics INTEGER NOT NULL, ran BLOB NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (semantics, ran)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, job BLOB NOT NULL, state TEXT NOT NULL,
    started INTEGER NOT NULL, result BLOB, parent TEXT, grants TEXT NOT NULL
  ) STRICT;
  CREATE TABLE pins (cid BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE leases (
    ran BLOB PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tasks (run TEXT NOT NULL, entries BLOB NOT NULL) STRICT;
  CREATE INDEX tasks_of_run ON tasks (run);
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
`

/** The columns of each table, as the statements of this room use them. */
const columns = {
  blocks: ['cid', 'bytes'],
  memo: ['semantics', 'ran', 'entry'],
  runs: ['id', 'run', 'job', 'state', 'started', 'result', 'parent', 'grants'],
  pins: ['cid'],
  leases: ['ran', 'holder', 'until'],
  tasks: ['run', 'entries'],
} as const

/** Columns that hold bytes wherever they are read; a damaged file may hold anything in them. */
const blobs = ['cid', 'bytes', 'ran', 'entry', 'job', 'entries'] as const

/** A database whose expected failures are {@link StoreError}s. */
export interface Database {
  /** @param often it is asked many times at once, and may not see what others have written in this turn of the loop */
  prepare(sql: string, often?: 'often'): Statement
  /** Runs `body` in one transaction; what it throws undoes it. */
  transaction<T>(body: () => T): T
  /** Returns when all that was committed stands on the disk. */
  sync(): void
  /** Gives what is free in the file back to the system. */
  shrink(): void
  close(): void
}

export interface Statement {
  get(...values: SqlValue[]): SqlRow | undefined
  all(...values: SqlValue[]): SqlRow[]
  run(...values: SqlValue[]): void
}

export type SqlValue = null | number | bigint | string | Uint8Array
export type SqlRow = Record<string, SqlValue>

/** @param path a file, made where there is none, or `:memory:` */
export function openDatabase(path: string): Result<Database, StoreFailure> {
  let db: DatabaseSync | undefined
  try {
    db = new (sqlite().DatabaseSync)(path, { timeout: PATIENCE })
    const wrong = prepareFile(db, path)
    if (!wrong) return ok(guarded(db, path))
    db.close()
    return fail(wrong)
  } catch (error) {
    db?.close()
    const failure = failureOf(error, path)
    if (failure) return fail(failure)
    throw error
  }
}

/** A database that nothing refers to any more would be closed, and its lock with it. */
const holding = new Set<DatabaseSync>()

/**
 * Holds a lock that the system takes back when the process ends, however it ends: that of SQLite on an empty file. It is
 * held by one alone, or shared by many.
 *
 * @param patience how long to wait for others, milliseconds
 * @returns what lets go of it; undefined where another holds it
 */
export function holdFile(path: string, shared = false, patience = 0): (() => void) | undefined {
  const db = new (sqlite().DatabaseSync)(path, { timeout: patience })
  try {
    db.exec('PRAGMA journal_mode = MEMORY')
    // Whoever has read something in a transaction has a shared lock until it ends.
    if (shared) db.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
    else db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    holding.add(db)
    return () => {
      holding.delete(db)
      db.close()
    }
  } catch (error) {
    db.close()
    const failure = failureOf(error, path)
    if (failure?.code === 'busy') return undefined
    throw failure ? new StoreError(failure) : error
  }
}

let loaded: typeof import('node:sqlite') | undefined

/**
 * Node announces `node:sqlite` as experimental at its first use. That one warning is no business of the user; it is
 * emitted while the module loads, which is synchronous, so no other warning can be lost.
 */
function sqlite(): typeof import('node:sqlite') {
  if (loaded) return loaded
  const emitWarning = process.emitWarning
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    loaded = process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
  return loaded
}

function prepareFile(db: DatabaseSync, path: string): StoreFailure | undefined {
  const wrong = identify(db, path)
  if (wrong) return wrong
  // It has a say only in a file that is empty yet.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL')
  // Losing the last transactions to a power cut costs work that can be done again; the file stays consistent.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;')
  db.exec(`PRAGMA cache_size = -${CACHE}`)
  if (number(db, 'user_version') === VERSION) return isWhole(db) ? undefined : damaged(path)
  db.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been first.
    if (number(db, 'user_version') === 0) db.exec(schema)
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
  return identify(db, path)
}

/** Whether the tables are those of the schema. */
function isWhole(db: DatabaseSync): boolean {
  return Object.entries(columns).every(([table, names]) => {
    const found = db.prepare('SELECT name FROM pragma_table_info(?)').all(table)
    return names.every(name => found.some(row => row['name'] === name))
  })
}

function identify(db: DatabaseSync, path: string): StoreFailure | undefined {
  const application = number(db, 'application_id')
  const version = number(db, 'user_version')
  const empty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!['n'] === 0
  if (application === 0 && version === 0 && empty) return undefined
  if (application !== APPLICATION) return { code: 'foreign', message: `${path} is not a store of ipvm` }
  if (version < 1) return damaged(path)
  if (version < VERSION)
    return {
      code: 'version',
      message: `the store ${path} has the old format ${version}; move it away and a new one is made`,
    }
  if (version > VERSION)
    return {
      code: 'version',
      message: `the store ${path} has format ${version}, which is newer than the ${VERSION} that this ipvm knows`,
    }
  return undefined
}

function number(db: DatabaseSync, pragma: string): number {
  return Number(db.prepare(`PRAGMA ${pragma}`).get()![pragma])
}

function guarded(db: DatabaseSync, path: string): Database {
  const guard = <T>(body: () => T): T => {
    try {
      return body()
    } catch (error) {
      const failure = failureOf(error, path)
      throw failure ? new StoreError(failure) : error
    }
  }
  // A transaction for each read costs as much as the read: frequent ones of one turn of the event loop share one.
  let reading = false
  const beginRead = (): void => {
    if (reading || db.isTransaction) return
    db.exec('BEGIN')
    reading = true
    setImmediate(endRead)
  }
  const endRead = (): void => {
    if (reading && db.isOpen) db.exec('COMMIT')
    reading = false
  }
  return {
    prepare(sql, often) {
      const statement: StatementSync = guard(() => db.prepare(sql))
      const names = statement.columns().map(({ name }) => name)
      const whole = wholeness(
        blobs.filter(name => names.includes(name)),
        path,
      )
      const before = often ? beginRead : endRead
      const using = <T>(body: () => T): T =>
        guard(() => {
          before()
          return body()
        })
      return {
        get: (...values) => using(() => whole(statement.get(...values) as SqlRow | undefined)),
        all: (...values) => using(() => (statement.all(...values) as SqlRow[]).map(whole)),
        run: (...values) => using(() => void statement.run(...values)),
      }
    },
    transaction(body) {
      guard(() => {
        endRead()
        db.exec('BEGIN IMMEDIATE')
      })
      try {
        const value = body()
        guard(() => db.exec('COMMIT'))
        return value
      } catch (error) {
        // A failure such as a full disk has already undone it.
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
    sync() {
      guard(() => {
        endRead()
        // A commit in this mode syncs the whole log, and with it all commits before (https://sqlite.org/wal.html).
        db.exec('PRAGMA synchronous = FULL')
        try {
          db.exec(`PRAGMA user_version = ${VERSION}`)
        } finally {
          db.exec('PRAGMA synchronous = NORMAL')
        }
      })
    },
    shrink() {
      guard(() => {
        endRead()
        db.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)')
      })
    },
    close: () => {
      endRead()
      if (db.isOpen) db.close()
    },
  }
}

/** Sees to it that the columns of rows are of their types. */
function wholeness(names: readonly (typeof blobs)[number][], path: string) {
  return <T extends SqlRow | undefined>(row: T): T => {
    if (row) for (const name of names) if (!(row[name] instanceof Uint8Array)) throw new StoreError(damaged(path))
    return row
  }
}

/** The CID in a column. */
export function cidIn(row: SqlRow, column: (typeof blobs)[number]): CID {
  const bytes = row[column] as Uint8Array
  if (bytes.length === PLAIN && isPlainCid(bytes, 0)) return plainCid(bytes, 0)
  try {
    return CID.decode(bytes)
  } catch {
    throw new StoreError({
      code: 'damaged',
      message: 'the store holds what is not a CID; move it away and a new one is made',
    })
  }
}
