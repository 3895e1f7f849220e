/**
 * Runs a long job and prints how many bytes each call leaves behind, on the heap and beside it: `heap-of-run.ts
 * chain|fan|results CALLS`, with `--expose-gc`. The calls of `results` come to 900 bytes, each of which is needed once. Nothing is executed: what grows is what the run itself keeps.
 */
import { setTimeout } from 'node:timers/promises'
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
const heapAt = new Map<number, number>()
const [early, late] = [calls / 4, (calls * 3) / 4]
let given = 0
let measured: Promise<void> | undefined
const executor: Executor = {
  width: 2,
  async call({ func }) {
    const number = given++
    const value = func === 'blob' ? new Uint8Array(900).fill(number) : number
    if (number === early || number === late) measured = measure(number)
    await measured
    return { ok: true, value, ms: 0, memory: 1, gas: 1 }
  },
  close: async () => undefined,
}

/** What is to be written is on its way out, however slow the machine is. */
async function measure(at: number): Promise<void> {
  await store.flush()
  let least = Infinity
  // Until nothing more goes: code that is no longer used, and memory beside the heap, which other threads give back.
  for (let same = 0; same < 5;) {
    for (let turn = 0; turn < 5; turn++) globalThis.gc!()
    await setTimeout(10)
    const { heapUsed, external } = process.memoryUsage()
    same = heapUsed + external < least - 10_000 ? 0 : same + 1
    least = Math.min(least, heapUsed + external)
  }
  heapAt.set(at, least)
}

const outcome = await run(job, new Map(), { store, executor })
if (!outcome.ok || outcome.summary.ran !== given) throw new Error(JSON.stringify(outcome))
console.log(Math.round((heapAt.get(late)! - heapAt.get(early)!) / (late - early)))
