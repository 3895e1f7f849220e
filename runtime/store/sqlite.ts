import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { fail, ok, type Result } from '../../dag/result.ts'
import { CID } from 'multiformats/cid'
import { damaged, failureOf, StoreError, type StoreFailure } from './errors.ts'

/** `IPVM` in ASCII: marks a file as ours (https://sqlite.org/fileformat.html#application_id). */
const APPLICATION = 0x4950564d
const VERSION = 2
/** How long to wait for another process, milliseconds. Transactions are short. */
const PATIENCE = 10_000

const schema = `
  CREATE TABLE blocks (cid BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE memo (
    semantics INTEGER NOT NULL, ran BLOB NOT NULL, receipt BLOB NOT NULL, PRIMARY KEY (semantics, ran)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, job BLOB NOT NULL, state TEXT NOT NULL,
    started INTEGER NOT NULL, result BLOB, parent TEXT, grants TEXT NOT NULL
  ) STRICT;
  CREATE TABLE tasks (
    run TEXT NOT NULL, task BLOB NOT NULL, receipt BLOB NOT NULL, hit INTEGER NOT NULL, PRIMARY KEY (run, task)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
`

/** The columns of each table, as the statements of this room use them. */
const columns = {
  blocks: ['cid', 'bytes'],
  memo: ['semantics', 'ran', 'receipt'],
  runs: ['id', 'run', 'job', 'state', 'started', 'result', 'parent', 'grants'],
  tasks: ['run', 'task', 'receipt', 'hit'],
} as const

/** Columns that hold bytes wherever they are read; a damaged file may hold anything in them. */
const blobs = ['cid', 'bytes', 'ran', 'receipt', 'job', 'task'] as const

/** A database whose expected failures are {@link StoreError}s. */
export interface Database {
  prepare(sql: string): Statement
  /** Runs `body` in one transaction; what it throws undoes it. */
  transaction<T>(body: () => T): T
  /** Returns when all that was committed stands on the disk. */
  sync(): void
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
 * Holds a lock that the system takes back when the process ends, however it ends: that of SQLite on an empty file.
 *
 * @returns what lets go of it; undefined where another holds it
 */
export function holdFile(path: string): (() => void) | undefined {
  const db = new (sqlite().DatabaseSync)(path, { timeout: 0 })
  try {
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
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
  // Losing the last transactions to a power cut costs work that can be done again; the file stays consistent.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;')
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
  if (version < VERSION) return damaged(path)
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
  return {
    prepare(sql) {
      const statement: StatementSync = guard(() => db.prepare(sql))
      return {
        get: (...values) => guard(() => whole(statement.get(...values) as SqlRow | undefined, path)),
        all: (...values) => guard(() => (statement.all(...values) as SqlRow[]).map(row => whole(row, path))),
        run: (...values) => guard(() => void statement.run(...values)),
      }
    },
    transaction(body) {
      guard(() => db.exec('BEGIN IMMEDIATE'))
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
        // A commit in this mode syncs the whole log, and with it all commits before (https://sqlite.org/wal.html).
        db.exec('PRAGMA synchronous = FULL')
        try {
          db.exec(`PRAGMA user_version = ${VERSION}`)
        } finally {
          db.exec('PRAGMA synchronous = NORMAL')
        }
      })
    },
    close: () => {
      if (db.isOpen) db.close()
    },
  }
}

/** A row whose columns are of their types. */
function whole<T extends SqlRow | undefined>(row: T, path: string): T {
  if (row)
    for (const name of blobs) if (name in row && !(row[name] instanceof Uint8Array)) throw new StoreError(damaged(path))
  return row
}

/** The CID in a column. */
export function cidIn(row: SqlRow, column: (typeof blobs)[number]): CID {
  try {
    return CID.decode(row[column] as Uint8Array)
  } catch {
    throw new StoreError({
      code: 'damaged',
      message: 'the store holds what is not a CID; move it away and a new one is made',
    })
  }
}
