/**
 * Runs a long job and prints how many bytes of heap each call leaves behind: `heap-of-run.ts chain|fan CALLS`, with
 * `--expose-gc`. Nothing is executed: what grows is what the run itself keeps.
 */
import type { Executor } from '../../../runtime/interface.ts'
import { run } from '../../../runtime/run.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { arithmetic } from './arithmetic.ts'
import { body, call, core, each, fold, jobOf, listOf, putFile, s32, value } from './jobs.ts'

const shape = process.argv[2]
const calls = Number(process.argv[3])
const store = memoryStore()
const math = await putFile(store, await arithmetic())
const numbers = core('core/range', [0, calls, value('s32')])
const job =
  shape === 'fan'
    ? await jobOf(
        store,
        each(
          numbers,
          body(1, (_, element) => call(math, 'add', [element, 1])),
        ),
        listOf(s32),
      )
    : await jobOf(
        store,
        fold(
          numbers,
          0,
          body(2, (_, element, state) => call(math, 'add', [state, element])),
        ),
      )
const heapAt = new Map<number, number>()
const [early, late] = [calls / 4, (calls * 3) / 4]
let given = 0
let measured: Promise<void> | undefined
const executor: Executor = {
  width: 2,
  async call() {
    const value = given++
    if (value === early || value === late) measured = measure(value)
    await measured
    return { ok: true, value, ms: 0, memory: 1, gas: 1 }
  },
  close: async () => undefined,
}

/** What is to be written is on its way out, however slow the machine is. */
async function measure(at: number): Promise<void> {
  await store.flush()
  // Several times, since code that is no longer used goes only then.
  for (let turn = 0; turn < 10; turn++) globalThis.gc!()
  heapAt.set(at, process.memoryUsage().heapUsed)
}

const outcome = await run(job, new Map(), { store, executor })
if (!outcome.ok || outcome.summary.ran !== calls) throw new Error(JSON.stringify(outcome))
console.log(Math.round((heapAt.get(late)! - heapAt.get(early)!) / (late - early)))
