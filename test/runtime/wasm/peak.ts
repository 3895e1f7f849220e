/**
 * Runs hostile components in a pool of its own, many tasks in a row on all workers at once, and tells what memory that
 * took: `node test/runtime/wasm/peak.ts ISOLATION`. A process of its own, since the memory of a test runner is not idle.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { createLocalExecutor, type Isolation } from '../../../runtime/wasm/pool.ts'
import { component, MiB, wat } from './harness.ts'

/** Bytes, of the program when it has nothing to do, and at the most while it ran each of the components. */
export interface Peaks {
  idle: number
  peaks: { [name: string]: number }
}

export const workers = 2
export const limit = 64 * MiB
const calls = 8

/** `f`, with what fills the memory, to the last page that the limit allows. */
const filling = (body: string, result: string): string =>
  component(
    `(func $fill (param $pages i32)
       (drop (memory.grow (i32.sub (local.get $pages) (memory.size))))
       (memory.fill (i32.const 4096) (i32.const 1) (i32.sub (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 4096))))
     (func $all (call $fill (i32.const ${limit / 65536})))
     (func $deep (param $n i32) (result i32) (i32.add (call $deep (local.get $n)) (local.get $n)))
     (func (export "f") (result i32) ${body})`,
    { f: `(result ${result})` },
  )

/** What each component comes to. A million headers stand for a megabyte each; the lie is a string of four gigabytes. */
const hostile: { readonly [name: string]: { text: string; ends: string; time?: number } } = {
  'all memory, again and again': { text: filling('(call $all) (i32.const 7)', 'u32'), ends: 'ok' },
  'a part of the memory': { text: filling('(call $fill (i32.const 370)) (i32.const 7)', 'u32'), ends: 'ok' },
  'growth without end': {
    text: filling(
      `(local $at i32)
       (loop $more
         (local.set $at (i32.mul (memory.size) (i32.const 65536)))
         (drop (memory.grow (i32.const 1)))
         (memory.fill (local.get $at) (i32.const 1) (i32.const 65536))
         (br $more))
       (i32.const 7)`,
      'u32',
    ),
    ends: 'memory',
  },
  'a million headers': {
    text: filling(
      `(local $at i32)
       (call $fill (i32.const 144)) (local.set $at (i32.const 0x100000))
       (loop $more
         (i64.store (local.get $at) (i64.const 0x0010000000000000))
         (local.set $at (i32.add (local.get $at) (i32.const 8)))
         (br_if $more (i32.lt_u (local.get $at) (i32.const 0x8a1200))))
       (i32.store (i32.const 16) (i32.const 0x100000)) (i32.store (i32.const 20) (i32.const 1000000)) (i32.const 16)`,
      '(list (list u8))',
    ),
    ends: 'memory',
  },
  'a lie about a length': {
    text: filling('(call $all) (i32.store (i32.const 20) (i32.const -1)) (i32.const 16)', 'string'),
    ends: 'trap',
  },
  'all memory and all stack': { text: filling('(call $all) (call $deep (i32.const 1))', 'u32'), ends: 'stack' },
  'all memory and all time': {
    text: filling('(call $all) (loop $more (br $more)) (i32.const 7)', 'u32'),
    ends: 'time',
    time: 300,
  },
}

/** A file about a process, which may have ended meanwhile. */
function about(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

/** This process and those that it has started. */
function tree(): number[] {
  const children = readdirSync('/proc/self/task').flatMap(thread => about(`self/task/${thread}/children`).split(' '))
  return [process.pid, ...children.filter(Boolean).map(Number)]
}

/** Bytes that all processes have in memory now, or had at the most since that was reset. */
function resident(field: 'VmRSS' | 'VmHWM'): number {
  const figure = new RegExp(`${field}:\\s+(\\d+) kB`)
  return tree().reduce((sum, pid) => sum + 1024 * Number(figure.exec(about(`${pid}/status`))?.[1] ?? 0), 0)
}

/** The most that was in memory while something ran; of processes that have ended meanwhile what was seen of them. */
async function peakOf(run: () => Promise<void>): Promise<number> {
  for (const pid of tree()) writeFileSync(`/proc/${pid}/clear_refs`, '5')
  let seen = 0
  let over = false
  const watch = (async () => {
    for (; !over; await setTimeout(5)) seen = Math.max(seen, resident('VmRSS'))
  })()
  await run()
  over = true
  await watch
  return Math.max(seen, resident('VmHWM'))
}

async function measure(isolation: Isolation): Promise<Peaks> {
  const pool = createLocalExecutor({ isolation, workers })
  const runs = async (text: string, count: number, ends: string, time = 60_000): Promise<void> => {
    const bytes = await wat(text)
    const cid = CID.createV1(0x55, await sha256.digest(bytes))
    const limits = { time, memory: limit, gas: 1e13, retry: 0, check: 0 }
    const call = { component: cid, load: async () => bytes, func: 'f', args: [], limits }
    await Promise.all(
      Array.from({ length: count }, async () => {
        const outcome = await pool.call(call)
        const came = outcome.ok ? 'ok' : outcome.failure.kind
        if (came !== ends) throw new Error(`it came to ${JSON.stringify(outcome)}`)
      }),
    )
  }
  await runs(filling('(i32.const 7)', 'u32'), 50 * workers, 'ok')
  await setTimeout(300)
  const idle = resident('VmRSS')
  const peaks: Peaks['peaks'] = {}
  for (const [name, { text, ends, time }] of Object.entries(hostile))
    peaks[name] = await peakOf(() => runs(text, (time ? 2 : calls) * workers, ends, time))
  await pool.close()
  return { idle, peaks }
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await measure(process.argv[2] as Isolation)))
