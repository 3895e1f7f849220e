/**
 * Small isolated tasks per second through the worker pool, from the call to its outcome; beside them the floor: what one
 * thread does of the same calls when it makes an instance and calls it and nothing else, times the cores, and what as many
 * threads as there are cores do of that at once, since two cores of a machine may be one that is shared. And the processor
 * time of a call in all threads of this process beside that of the floor, which says as much on a machine that has other
 * things to do. All of it in turns, the best round of each.
 *
 * Run: `node bench/wasm/pool.ts [calls]`
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import type { Value } from '../../dag/value.ts'
import type { Executor, WasmCall } from '../../runtime/interface.ts'
import { callComponent, compileComponent } from '../../runtime/wasm/component.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { places } from '../../runtime/wasm/shared.ts'
import { Task } from '../../runtime/wasm/task.ts'

/** Calls in a round. */
const count = Number(process.argv[2] ?? 20_000)
/** Many, since a machine may be slow for some seconds. */
const rounds = 100
const limits = { time: 10_000, memory: 256 << 20, gas: 1e9, retry: 0, check: 0 }
const subjects: [name: string, file: string, func: string, args: (i: number) => Value[]][] = [
  ['a greeting (C, 1 KB)', 'examples/hello/hello.wasm', 'greet', i => [`Ada ${i}`]],
]

type Subject = (typeof subjects)[number]

/** The floor: what a thread does that does nothing else. */
function floor([, file, func, args]: Subject): () => Promise<void> {
  const task = new Task()
  const compiled = compileComponent(readFileSync(file), task.log)
  if (!compiled.ok) throw new Error(compiled.error.message)
  return async () => {
    for (let i = 0; i < count; i++) {
      const outcome = callComponent(compiled.value, task, func, args(i), limits)
      if (!outcome.ok) throw new Error(outcome.failure.message)
      // An engine frees dead memories only when its thread has nothing to do.
      if (i % 500 === 499) await new Promise(resolve => setImmediate(resolve))
    }
  }
}

if (isMainThread) await measure()
else {
  const works = subjects.map(floor)
  parentPort!.on('message', async (at: number) => {
    await works[at]!()
    parentPort!.postMessage(at)
  })
}

async function measure(): Promise<void> {
  const cores = availableParallelism()
  const others = Array.from({ length: cores }, () => new Worker(new URL(import.meta.url), { argv: [String(count)] }))
  for (const [at, subject] of subjects.entries()) {
    const [name, file, func, args] = subject
    const bytes = readFileSync(file)
    const component = CID.createV1(0x55, await sha256.digest(bytes))
    const load = async (): Promise<Uint8Array> => bytes
    const one = (i: number): WasmCall => ({ component, load, func, args: args(i), limits })
    const together = async (): Promise<void> => {
      const ends = others.map(other => new Promise(resolve => other.once('message', resolve)))
      for (const other of others) other.postMessage(at)
      await Promise.all(ends)
    }
    const pooled = (pool: Executor) => async (): Promise<void> => {
      // As many are under way as workers take, and each that ends lets the next one in.
      let next = 0
      const lane = async (): Promise<void> => {
        while (next < count) {
          const outcome = await pool.call(one(next++))
          if (!outcome.ok) throw new Error(outcome.failure.message)
        }
      }
      await Promise.all(Array.from({ length: places * pool.width }, lane))
    }
    const [threads, processes] = [createLocalExecutor(), createLocalExecutor({ isolation: 'process' })]
    const [alone, all, byThread, byProcess] = await best([floor(subject), together, pooled(threads), pooled(processes)])
    await Promise.all([threads.close(), processes.close()])

    // Each of them has done all of the calls.
    const atOnce = { wall: all!.wall / cores, cpu: all!.cpu / cores }
    const rate = ({ wall }: Cost): string => `${String(Math.round(1e6 / wall)).padStart(7)} calls/s`
    const share = ({ wall }: Cost): string =>
      `${(alone!.wall / cores / wall).toFixed(2)} of the floor times the cores, ${(atOnce.wall / wall).toFixed(2)} of all at once`
    const processor = ({ cpu }: Cost): string => `${cpu.toFixed(1)} µs of processor time a call`
    console.log(`${name}, on ${cores} cores`)
    console.log(`  floor, one thread  ${rate(alone!)}; ${processor(alone!)}`)
    console.log(`  floor, all at once ${rate(atOnce)}; ${processor(atOnce)}`)
    console.log(
      `  pool, by thread    ${rate(byThread!)}, ${share(byThread!)}; ${processor(byThread!)}, ` +
        `${(atOnce.cpu / byThread!.cpu).toFixed(2)} of it the floor's`,
    )
    console.log(`  pool, by process   ${rate(byProcess!)}, ${share(byProcess!)}`)
  }
  for (const other of others) await other.terminate()
}

/** Microseconds of a call. */
interface Cost {
  wall: number
  cpu: number
}

async function best(works: (() => Promise<void>)[]): Promise<Cost[]> {
  const least = works.map((): Cost => ({ wall: Infinity, cpu: Infinity }))
  for (let round = 0; round < rounds; round++)
    for (const [i, work] of works.entries()) {
      const [start, used] = [performance.now(), process.cpuUsage()]
      await work()
      const { user, system } = process.cpuUsage(used)
      least[i]!.wall = Math.min(least[i]!.wall, ((performance.now() - start) * 1000) / count)
      least[i]!.cpu = Math.min(least[i]!.cpu, (user + system) / count)
    }
  return least
}
