import type { CID } from 'multiformats/cid'
import type { DagError, Instruction, Job, Limits } from '../dag/interface.ts'
import type { Load } from '../dag/load.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { WasmFunction } from './functions.ts'
import { LevelLoader, NONE, type Level } from './level.ts'

/** A closed job that is fit to run. */
export interface Plan {
  cid: CID
  result: Job['result']
  /** It performs no effects. */
  pure: boolean
  job: Level
  /** The instruction of a task of a level. */
  instructionOf(level: Level, task: number): Promise<Result<Instruction, DagError>>
  /** The function that a task calls; absent for others than Wasm tasks. */
  functionOf(level: Level, task: number): WasmFunction | undefined
  /** The limits of a Wasm or effect task. */
  limitsOf(level: Level, task: number): Limits
}

/**
 * Reads all of a closed job, with its bodies, and checks it: that every block is there and intact, is an instruction of
 * a known kind, and awaits only tasks before it in the same body; that something demands every task, and what performs
 * an effect is listed; that components are there and have the functions that are called, with as many parameters; that
 * every Wasm and effect task has limits. What is wrong is the answer.
 */
export async function loadJob(cid: CID, job: Job, load: Load): Promise<Result<Plan, DagError>> {
  const unfit = (what: string): Result<never, DagError> => fail({ code: 'job', message: `the job cannot run: ${what}` })
  if (job.params.size > 0) return unfit(`the job has parameters without a value: ${[...job.params.keys()].join(', ')}`)
  const { tasks, commands, result, meta, uses } = job
  const loader = new LevelLoader(meta, load)
  if (loader.limits.wrong !== undefined) return unfit(loader.limits.wrong)
  const level = await loader.level({ params: 0, tasks, value: result.value, commands }, 0)
  if (!level.ok) return level
  const stray = loader.limits.surplus()
  if (stray !== undefined) return unfit(stray)
  const missing = [...loader.uses].find(use => !uses.includes(use))
  if (missing !== undefined) return unfit(`it performs ${missing}, which its \`uses\` does not name`)
  const surplus = uses.find(use => !loader.uses.has(use))
  if (surplus !== undefined) return unfit(`its \`uses\` names ${surplus}, which it does not perform`)
  return ok({
    cid,
    result,
    pure: uses.length === 0,
    job: level.value,
    instructionOf: (at, task) => loader.instructionOf(at, task),
    functionOf(at, task) {
      const call = at.calls[task]!
      return call !== NONE ? loader.functionAt(call) : undefined
    },
    limitsOf: (at, task) => loader.limits.at(at.limits[task]!),
  })
}
