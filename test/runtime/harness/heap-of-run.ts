/**
 * Runs a long job and prints how many bytes each call leaves behind, on the heap and beside it: `heap-of-run.ts
 * chain|fan|results CALLS`, with `--expose-gc`. The calls of `results` come to 900 bytes, each of which is needed once. Nothing is executed: what grows is what the run itself keeps.
 */
import type { CID } from 'multiformats/cid'
import type { Type } from '../../../dag/types.ts'
import type { Executor } from '../../../runtime/interface.ts'
import { run } from '../../../runtime/run.ts'
import { memoryStore } from '../../../runtime/store/open.ts'
import { arithmetic } from './arithmetic.ts'
import { body, call, core, each, fold, jobOf, listOf, putFile, s32, value } from './jobs.ts'

const shape = process.argv[2]
const calls = Number(process.argv[3])
const store = memoryStore()
const math = await putFile(store, await arithmetic())
const numbers = core('core/range', [0, calls, value('u32')])
const u32: Type = { kind: 'u32' }
const shapes: Record<string, () => Promise<CID>> = {
  fan: () => {
    const made = body(1, (_, element) => call(math, 'add', [element, 1]))
    return jobOf(store, each(numbers, made, s32, u32), listOf(s32))
  },
  chain: () => {
    const made = body(2, (_, element, state) => call(math, 'add', [state, element]))
    return jobOf(store, fold(numbers, 0, made, u32))
  },
  results: () => {
    const made = body(1, (_, element) => call(math, 'length', [call(math, 'blob', [element, 0])]))
    return jobOf(store, each(numbers, made, u32, u32), listOf(u32))
  },
}
const job = await shapes[shape!]!()
const heaps: number[] = []
const part = calls / 4
let given = 0
let measured: Promise<void> | undefined
const executor: Executor = {
  width: 2,
  async call({ func }) {
    const number = given++
    const value = func === 'blob' ? new Uint8Array(900).fill(number) : number
    if (number % part === 0 && number > 0 && number < calls) measured = measure()
    await measured
    return { ok: true, value, ms: 0, memory: 1, gas: 1 }
  },
  close: async () => undefined,
}

/** What is to be written is on its way out, however slow the machine is. */
async function measure(): Promise<void> {
  await store.flush()
  // Several times, since code that is no longer used goes only then.
  for (let turn = 0; turn < 10; turn++) globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  heaps.push(heapUsed + external)
}

const outcome = await run(job, new Map(), { store, executor })
if (!outcome.ok || outcome.summary.ran !== given) throw new Error(JSON.stringify(outcome))
// Of two parts that with more: what the engine keeps of modules that were loaded, some megabytes, goes at some time.
const more = heaps.slice(1).map((heap, i) => heap - heaps[i]!)
console.log(Math.round(Math.max(...more) / part))
