/**
 * Small isolated tasks per second through the worker pool, from the call to its outcome; beside them the floor: what one
 * thread does of the same calls when it makes an instance and calls it and nothing else, times the cores.
 *
 * Run: `npx node bench/wasm/pool.ts [calls]`
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import type { Value } from '../../dag/value.ts'
import type { WasmCall } from '../../runtime/interface.ts'
import { callComponent, compileComponent } from '../../runtime/wasm/component.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { Task } from '../../runtime/wasm/task.ts'

const count = Number(process.argv[2] ?? 40_000)
const limits = { time: 10_000, memory: 256 << 20, gas: 1e9, retry: 0, check: 0 }
const subjects: [name: string, file: string, func: string, args: (i: number) => Value[]][] = [
  ['a greeting (C, 1 KB)', 'examples/hello/hello.wasm', 'greet', i => [`Ada ${i}`]],
]

for (const [name, file, func, args] of subjects) {
  const bytes = readFileSync(file)
  const task = new Task()
  const compiled = compileComponent(bytes, task.log)
  if (!compiled.ok) throw new Error(compiled.error.message)
  const floor = await rate(count, async n => {
    for (let i = 0; i < n; i++) {
      const outcome = callComponent(compiled.value, task, func, args(i), limits)
      if (!outcome.ok) throw new Error(outcome.failure.message)
      // An engine frees dead memories only when its thread has nothing to do.
      if (i % 500 === 499) await new Promise(resolve => setImmediate(resolve))
    }
  })
  const component = CID.createV1(0x55, await sha256.digest(bytes))
  const load = async (): Promise<Uint8Array> => bytes
  console.log(`${name}, on ${availableParallelism()} cores`)
  console.log(`  floor, one thread      ${Math.round(floor)} calls/s`)
  for (const isolation of ['thread', 'process'] as const) {
    const pool = createLocalExecutor({ isolation })
    const one = (i: number): WasmCall => ({ component, load, func, args: args(i), limits })
    await Promise.all(Array.from({ length: 500 }, (_, i) => pool.call(one(i))))
    const calls = isolation === 'thread' ? count : count / 10
    const found = await rate(calls, async n => {
      // As the scheduler does it: so many are under way, and each that ends lets the next one in.
      let next = 0
      const lane = async (): Promise<void> => {
        while (next < n) {
          const outcome = await pool.call(one(next++))
          if (!outcome.ok) throw new Error(outcome.failure.message)
        }
      }
      await Promise.all(Array.from({ length: 64 * pool.width }, lane))
    })
    await pool.close()
    const ratio = found / (floor * availableParallelism())
    console.log(
      `  pool, by ${isolation.padEnd(13)} ${Math.round(found)} calls/s, ${ratio.toFixed(2)} of the floor times the cores`,
    )
  }
}

/** Calls per second, the best of three rounds. */
async function rate(calls: number, work: (calls: number) => Promise<void>): Promise<number> {
  let best = 0
  for (let round = 0; round < 3; round++) {
    const began = performance.now()
    await work(Math.ceil(calls / 3))
    best = Math.max(best, (Math.ceil(calls / 3) / (performance.now() - began)) * 1000)
  }
  return best
}
