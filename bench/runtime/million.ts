/**
 * Whole runs of a million calls on disk, one after the other (a fold) and side by side (a loop), cold and again with all
 * remembered: calls a second and the peak of the process, workers included. Beside them the floors, measured in the same
 * process: the executor alone on as many of the calls as take a second or so, and the bare store that writes a row as long
 * for each call. Each shape runs in a process of its own: `million.ts [SIZE] [SHAPE]`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import {
  awaited,
  body,
  call,
  core,
  each,
  fold,
  jobOf,
  limits,
  listOf,
  map,
  putFile,
  s32,
  value,
} from '../../test/runtime/harness/jobs.ts'
import { arithmetic } from '../../test/runtime/harness/arithmetic.ts'
import type { Task } from '../../dag/graph.ts'
import type { Type } from '../../dag/types.ts'
import type { Executor, Store } from '../../runtime/interface.ts'
import { run } from '../../runtime/run.ts'
import { openStore } from '../../runtime/store/open.ts'
import { openDatabase } from '../../runtime/store/sqlite.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'

const size = Number(process.argv[2] ?? 1_000_000)
const only = process.argv[3]
/** What is known of a call takes so many bytes: the memo's entry, its receipt and its instruction. */
const ROW = 700
const SAMPLE = 20_000

const shapes: Record<string, { lanes: number; type: Type; of: (math: CID) => Task }> = {
  chain: {
    lanes: 1,
    type: s32,
    of: math =>
      fold(
        numbers(),
        0,
        body(2, (_, element, state) => call(math, 'add', [state, element])),
      ),
  },
  fan: {
    lanes: Infinity,
    type: listOf(s32),
    of: math =>
      each(
        numbers(),
        body(1, (_, element) => call(math, 'add', [element, 1])),
      ),
  },
}

/** Two jobs with the same calls: what the second comes to is not known as a whole. */
async function jobsOf(store: Store, math: CID, { type, of }: (typeof shapes)[string]): Promise<Record<string, CID>> {
  const all: Type = { kind: 'record', fields: [{ name: 'all', type }] }
  return {
    cold: await jobOf(store, of(math), type),
    remembered: await jobOf(store, map({ all: awaited(of(math)) }), all),
  }
}

function numbers() {
  return core('core/range', [0, size, value('s32')])
}

if (only === undefined)
  for (const name of Object.keys(shapes))
    execFileSync(process.execPath, [import.meta.filename, String(size), name], { stdio: 'inherit' })
else await measure(only)

async function measure(name: string): Promise<void> {
  const { lanes } = shapes[name]!
  const dir = mkdtempSync(join(tmpdir(), 'ipvm-million-'))
  const opened = openStore(dir)
  if (!opened.ok) throw new Error(opened.error.message)
  const store = opened.value
  const executor = createLocalExecutor()
  try {
    const component = await arithmetic()
    const math = await putFile(store, component)
    const jobs = await jobsOf(store, math, shapes[name]!)
    await tell(`${name}: executor alone`, SAMPLE, () => calls(executor, math, component, lanes))
    await tell(`${name}: bare store`, size, async () => rows(join(dir, 'rows.db')))
    for (const [how, job] of Object.entries(jobs))
      await tell(`${name}: run, ${how}`, size, async () => {
        const outcome = await run(job, new Map(), { store, executor })
        if (!outcome.ok) throw new Error(`it failed: ${JSON.stringify(outcome)}`)
        const { ran, hits } = outcome.summary
        if (ran + hits !== size) throw new Error(`${ran} ran, ${hits} hits`)
      })
  } finally {
    await executor.close()
    await store.close()
    rmSync(dir, { recursive: true })
  }
}

/** The same calls, as many at a time as the shape allows. */
async function calls(executor: Executor, component: CID, bytes: Uint8Array, lanes: number): Promise<void> {
  let next = 0
  const load = async (): Promise<Uint8Array> => bytes
  const lane = async (): Promise<void> => {
    while (next < SAMPLE) await executor.call({ component, load, func: 'add', args: [next++, 1], limits })
  }
  await Promise.all(Array.from({ length: Math.min(lanes, executor.width * 16) }, lane))
}

/** As many rows in a database like that of a store, under keys in no order. */
function rows(path: string): void {
  const db = openDatabase(path)
  if (!db.ok) throw new Error(db.error.message)
  const put = db.value.prepare('INSERT OR REPLACE INTO blocks (cid, bytes) VALUES (?, ?)')
  const key = Buffer.alloc(36)
  for (let from = 0; from < size; from += 64)
    db.value.transaction(() => {
      for (let at = from; at < Math.min(size, from + 64); at++) {
        key.writeUInt32BE(Math.imul(at, 0x9e3779b1) >>> 0)
        put.run(key, new Uint8Array(ROW))
      }
    })
  db.value.close()
}

async function tell(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const before = process.cpuUsage()
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  console.log(
    `${name.padEnd(24)} ${Math.round((count * 1000) / ms)
      .toLocaleString('en')
      .padStart(8)}/s, ` +
      `${((user + system) / count).toFixed(0).padStart(4)} µs of processor each, peak ${peak()} MiB`,
  )
}

/** The most memory that the process has had so far, where Linux tells. */
function peak(): string {
  const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return kib === undefined ? 'unknown' : (Number(kib) / 1024).toFixed(0)
}
