import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { DAG_CBOR, DAG_PB, parseIpfsUrl, RAW } from '../../dag/cid.ts'
import { decode } from '../../dag/codec.ts'
import { isMap, type Ipld } from '../../dag/ipld.ts'
import { keyOfCid } from '../../dag/links.ts'
import { linksIn, linksOf } from '../../dag/reach.ts'
import { ok, type Result } from '../../dag/result.ts'
import type { RunRecord, RunState, Store } from '../interface.ts'
import { readHistory } from '../journal/journal.ts'
import { allRuns } from '../runs.ts'
import { invocationOf, namedBy } from '../ucan/request.ts'
import type { Disk } from '../journal/disk.ts'
import { besideIn } from './entries.ts'
import { StoreError, type StoreFailure } from './errors.ts'
import { openFolder } from './open.ts'
import type { Database } from './sqlite.ts'

export interface GarbageOptions {
  /** Keeps so many of the runs that have ended, the newest. Without this and `since` all are kept. */
  keep?: number
  /** Keeps the runs that have started then or later, milliseconds since 1970. */
  since?: number
  /** Changes nothing. */
  dry?: boolean
  /** What else is kept with a job. */
  beside?: (job: CID) => CID | undefined
  /** Called with the jobs that are kept, while nobody else can use the store; not where it is dry. */
  clean?: (kept: readonly CID[]) => void
  /** How long to wait for others that use the store, milliseconds. */
  patience?: number
}

/** What was removed, and what is left. */
export interface Collected {
  /** Runs whose records are gone, newest first. */
  runs: string[]
  blocks: number
  /** Of the blocks. */
  bytes: number
  /** Results that are remembered no more. */
  forgotten: number
  /** Jobs of the runs that are kept, and pins. */
  kept: CID[]
  /** Size of the file before and after. */
  file: { before: number; after: number }
}

/** Ended runs may go; what is under way, can be resumed or waits may not. */
const ended: ReadonlySet<RunState> = new Set(['done', 'failed', 'cancelled'])

/**
 * Removes what nothing refers to that is kept: runs and pins, their jobs with components and files, results, receipts,
 * and what is remembered of them. A run that has not ended is kept in any case. No other process can have the store open
 * meanwhile. It is one transaction: a crash leaves all or nothing of it, and a store that works.
 *
 * @returns a failure where others use the store, or it cannot be used
 */
export async function collectGarbage(
  dir: string,
  options: GarbageOptions = {},
): Promise<Result<Collected, StoreFailure>> {
  const opened = openFolder(dir, {
    alone: options.dry !== true,
    ...(options.patience === undefined ? {} : { patience: options.patience }),
  })
  if (!opened.ok) return opened
  const { store, db } = opened.value
  try {
    return ok(await collect(store, db, join(dir, 'store.db'), options))
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, error: { code: error.code, message: error.message } }
    throw error
  } finally {
    await store.close()
  }
}

async function collect(store: Store, db: Database, file: string, options: GarbageOptions): Promise<Collected> {
  const before = sizeOf(file)
  const { kept, removed } = choose(await allRuns({ store }), options)
  const marks = new Marks(db)
  const jobs = new Map<string, CID>()
  const results = db.prepare('SELECT result FROM runs WHERE run = ?')
  for (const { run, job, state, grants } of kept) {
    jobs.set(keyOfCid(job), job)
    for (const invocation of grants.flatMap(grant => invocationOf(grant) ?? [])) marks.invocation(invocation)
    if (!ended.has(state)) for (const child of marks.journal(store.disk, run)) jobs.set(keyOfCid(child), child)
    const result = results.get(run)?.['result']
    if (result instanceof Uint8Array) marks.value(decoded(result))
    else if (state === 'done') marks.journal(store.disk, run)
    for (const { receipt } of await store.tasks(run)) marks.root(receipt)
  }
  for (const cid of await store.pins()) jobs.set(keyOfCid(cid), cid)
  for (const job of jobs.values()) {
    marks.root(job)
    const beside = options.beside?.(job)
    if (beside) marks.root(beside)
  }
  const sweep = new Sweep(db, marks)
  const collected = { runs: removed.map(({ run }) => run), kept: [...jobs.values()] }
  if (options.dry) return { ...collected, ...sweep.count(), file: { before, after: before } }
  // A journal that is left would bring its run back.
  for (const { run } of removed) store.disk.remove(run)
  const counts = db.transaction(() => {
    sweep.runs(collected.runs)
    return sweep.all()
  })
  options.clean?.(collected.kept)
  db.shrink()
  return { ...collected, ...counts, file: { before, after: sizeOf(file) } }
}

function choose(runs: RunRecord[], { keep, since }: GarbageOptions): { kept: RunRecord[]; removed: RunRecord[] } {
  if (keep === undefined && since === undefined) return { kept: runs, removed: [] }
  const unfinished = new Set(runs.filter(({ state }) => !ended.has(state)).map(({ run }) => run))
  // A run that goes on puts those into the queue that are not there, so that one that is gone would run once more.
  const over = runs.filter(({ state, parent }) => ended.has(state) && !(parent !== null && unfinished.has(parent)))
  const removed = over.filter(({ started }, at) => at >= (keep ?? 0) && !(since !== undefined && started >= since))
  const gone = new Set(removed)
  return { kept: runs.filter(run => !gone.has(run)), removed }
}

/** Of the file and its log. */
function sizeOf(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
}

function decoded(bytes: Uint8Array): Ipld {
  const value = decode(bytes)
  // What is damaged has no links that could be followed.
  return value.ok ? value.value : null
}

/** The blocks that are kept. */
class Marks {
  readonly #get
  readonly #marked = new Set<string>()

  constructor(db: Database) {
    this.#get = db.prepare('SELECT bytes FROM blocks WHERE cid = ?', 'often')
  }

  has(cid: Uint8Array): boolean {
    return this.#marked.has(textOf(cid))
  }

  /** Marks a block, if it is there, and all that can be reached from it. */
  root(cid: CID): void {
    const open = [cid]
    for (let next = open.pop(); next; next = open.pop()) {
      const key = textOf(next.bytes)
      if (this.#marked.has(key)) continue
      if (next.code === RAW) this.#marked.add(key)
      if (next.code !== DAG_CBOR && next.code !== DAG_PB) continue
      const bytes = this.#get.get(next.bytes)?.['bytes'] as Uint8Array | undefined
      if (!bytes) continue
      this.#marked.add(key)
      for (const link of linksFrom(next, bytes)) open.push(link)
    }
  }

  /**
   * Marks what the journal of a run refers to that has not ended, or whose result is not
   * recorded: it goes on, and tells that, by what stands there.
   *
   * @returns the jobs that it has put into the queue
   */
  journal(disk: Disk, run: string): CID[] {
    const history = readHistory(disk, run, ({ cid, bytes }) => {
      this.root(cid)
      for (const link of linksFrom(cid, bytes)) this.root(link)
    })
    const jobs: CID[] = []
    for (const out of history?.queries.values() ?? []) if (out[0] === 'ok') this.value(out[1])
    for (const { args, out, child } of history?.commands.values() ?? []) {
      if (args) this.value(args)
      if (out?.[0] === 'ok') this.value(out[1])
      if (child) jobs.push(child.job)
    }
    if (history?.end?.result) this.value(history.end.result)
    return jobs
  }

  /** Marks an invocation and the delegations that it names, as text. */
  invocation(cid: CID): void {
    this.root(cid)
    const bytes = this.#get.get(cid.bytes)?.['bytes'] as Uint8Array | undefined
    for (const named of bytes ? namedBy(bytes) : []) this.root(named)
  }

  /** Marks what a value links to. */
  value(value: Ipld): void {
    for (const link of linksIn(value)) this.root(link)
  }
}

/** The bytes of a CID as a string: rows may hold any. */
function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

/** Links of a block, and the component that an instruction names in its `rsc`. */
function* linksFrom(cid: CID, bytes: Uint8Array): Generator<CID> {
  yield* linksOf(cid, bytes)
  if (cid.code !== DAG_CBOR) return
  const value = decoded(bytes)
  const rsc = isMap(value) ? value['rsc'] : undefined
  const url = typeof rsc === 'string' ? parseIpfsUrl(rsc) : undefined
  if (url?.ok) yield url.value.cid
}

/** Rows that are looked at together. */
const PAGE = 1000

/** Removes what is not marked, inside a transaction. */
class Sweep {
  readonly #db: Database
  readonly #marks: Marks

  constructor(db: Database, marks: Marks) {
    this.#db = db
    this.#marks = marks
  }

  runs(runs: readonly string[]): void {
    const remove = ['runs', 'tasks'].map(table => this.#db.prepare(`DELETE FROM ${table} WHERE run = ?`))
    for (const run of runs) for (const statement of remove) statement.run(run)
  }

  all(): Pick<Collected, 'blocks' | 'bytes' | 'forgotten'> {
    const block = this.#db.prepare('DELETE FROM blocks WHERE rowid = ?')
    const memo = this.#db.prepare('DELETE FROM memo WHERE semantics = ? AND ran = ?')
    const counts = this.#walk(
      rowid => block.run(rowid),
      (semantics, ran) => memo.run(semantics, ran),
    )
    this.#db.prepare('DELETE FROM leases WHERE until < ?').run(Date.now())
    return counts
  }

  count(): Pick<Collected, 'blocks' | 'bytes' | 'forgotten'> {
    return this.#walk(
      () => undefined,
      () => undefined,
    )
  }

  #walk(
    block: (rowid: number) => void,
    memo: (semantics: number, ran: Uint8Array) => void,
  ): Pick<Collected, 'blocks' | 'bytes' | 'forgotten'> {
    let [blocks, bytes, forgotten] = [0, 0, 0]
    const page = this.#db.prepare(
      `SELECT rowid, cid, length(bytes) AS size FROM blocks WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`,
    )
    let last = 0
    for (let rows = page.all(last); rows.length > 0; rows = page.all(last))
      for (const row of rows) {
        last = row['rowid'] as number
        if (this.#marks.has(row['cid'] as Uint8Array)) continue
        blocks++
        bytes += row['size'] as number
        block(last)
      }
    const entries = this.#db.prepare(
      `SELECT semantics, ran, entry FROM memo WHERE (semantics, ran) > (?, ?) ORDER BY semantics, ran LIMIT ${PAGE}`,
    )
    let at: [number, Uint8Array] = [-1, new Uint8Array()]
    for (let rows = entries.all(...at); rows.length > 0; rows = entries.all(...at))
      for (const row of rows) {
        at = [row['semantics'] as number, row['ran'] as Uint8Array]
        const beside = besideIn(row['entry'] as Uint8Array)
        if (beside && this.#marks.has(beside.bytes)) continue
        forgotten++
        memo(...at)
      }
    return { blocks, bytes, forgotten }
  }
}
