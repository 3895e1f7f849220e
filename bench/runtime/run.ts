import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Task } from '../../dag/graph.ts'
import { run } from '../../runtime/run.ts'
import { openStore } from '../../runtime/store/open.ts'
import { createLocalExecutor } from '../../runtime/wasm/pool.ts'
import { arithmetic } from '../../test/runtime/harness/arithmetic.ts'
import { awaited, call, jobOf, limits, list, putFile } from '../../test/runtime/harness/jobs.ts'

/**
 * Tasks a second of whole runs on disk, beside the floor: the same calls given to the executor alone. The job sums
 * `size` small calls that do not wait for each other.
 */
const size = Number(process.argv[2] ?? 10_000)
const dir = mkdtempSync(join(tmpdir(), 'ipvm-bench-'))
const opened = openStore(dir)
if (!opened.ok) throw new Error(opened.error.message)
const store = opened.value
const executor = createLocalExecutor()
const component = await arithmetic()
const math = await putFile(store, component)

const sums: Task[] = []
for (let from = 0; from < size; from += 100) {
  const calls = Array.from({ length: Math.min(100, size - from) }, (_, n) => call(math, 'add', [from + n, 1]))
  sums.push(call(math, 'sum', [list(...calls.map(awaited))]))
}
const total = call(math, 'sum', [list(...sums.map(awaited))])
const job = await jobOf(store, total)
/** Jobs with one task more, so that they are not known as a whole. */
const others = [await jobOf(store, call(math, 'add', [total, 1])), await jobOf(store, call(math, 'add', [total, 2]))]

async function timed(name: string, tasks: number, body: () => Promise<unknown>): Promise<number> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await body()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const rate = Math.round((tasks * 1000) / ms)
  console.log(
    `${name.padEnd(28)} ${String(rate).padStart(7)} tasks/s  ${((ms * 1000) / tasks).toFixed(0).padStart(5)} µs a task  ` +
      `${((user + system) / tasks).toFixed(0).padStart(5)} µs processor`,
  )
  return rate
}

const load = async () => component
const floor = (tasks: number) => async () => {
  // As many under way as a run has.
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < tasks) await executor.call({ component: math, load, func: 'add', args: [next++, 1], limits })
  }
  await Promise.all(Array.from({ length: executor.width * 16 }, lane))
}
const whole = (job: CID, memo: boolean) => async () => {
  const outcome = await run(job, new Map(), { store, executor, memo })
  if (!outcome.ok) throw new Error('it failed')
  tasks = outcome.summary.tasks
}

let tasks = 0
await whole(job, false)()
const alone = await timed('executor alone', tasks, floor(tasks))
const cold = await timed('run, nothing remembered', tasks, whole(job, false))
await timed('executor alone, again', tasks, floor(tasks))
for (const other of others) await timed('run, all but one remembered', tasks, whole(other, true))
await timed('run, known as a whole', tasks, whole(job, true))
console.log(`a run that executes reaches ${((cold / alone) * 100).toFixed(0)} % of the executor alone`)
await executor.close()
await store.close()
rmSync(dir, { recursive: true })
