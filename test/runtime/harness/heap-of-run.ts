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
let given = 0
const executor: Executor = {
  width: 2,
  call: async () => ({ ok: true, value: given++, ms: 0, memory: 1, gas: 1 }),
  close: async () => undefined,
}

const heapAt = new Map<number, number>()
let finished = 0
const outcome = await run(job, new Map(), {
  ...{ store, executor },
  onEvent(event) {
    if (event.kind !== 'finished' || ++finished % (calls / 4) !== 0) return
    globalThis.gc!()
    heapAt.set(finished, process.memoryUsage().heapUsed)
  },
})
if (!outcome.ok || outcome.summary.ran !== calls) throw new Error(JSON.stringify(outcome))
const [early, late] = [calls / 4, (calls * 3) / 4]
console.log(Math.round((heapAt.get(late)! - heapAt.get(early)!) / (late - early)))
