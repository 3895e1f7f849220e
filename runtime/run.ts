import type { CID } from 'multiformats/cid'
import { bind } from '../dag/bind.ts'
import type { DagError } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import { operationName, readJob } from '../dag/job.ts'
import type { Load } from '../dag/load.ts'
import { materialize } from '../dag/place.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { loadFrom, putAll, Unfit } from './blocks.ts'
import { refuseEffects } from './effects/check.ts'
import type { RunError, RunOptions, RunOutcome, Store } from './interface.ts'
import { loadJob, type Plan } from './load.ts'
import { drive, type Ended } from './drive.ts'
import { StoreError, type StoreFailure } from './store/errors.ts'

/**
 * Runs a job: binds its arguments, loads and checks it, and performs its tasks as they become ready (docs/runtime.md).
 *
 * @param job the CID of a job whose blocks, components included, are in the store
 * @param args placed values by the name of the parameter; those that are absent take their defaults
 * @returns the placed result, the failure of a task, that it was stopped, or what makes the job or the store unfit
 */
export async function run(job: CID, args: Map<string, Ipld>, options: RunOptions): Promise<RunOutcome> {
  const { store } = options
  const began = performance.now()
  let ended: Ended | undefined
  try {
    const load = loadFrom(store.blocks)
    const closed = await close(job, args, load, options)
    if (!closed.ok) return closed
    const { plan, origin } = closed.value
    const refused = options.effects && (await refuseEffects(plan, options.effects, load))
    if (refused) return { ok: false, error: refused }
    options.onEvent?.({ kind: 'planned', tasks: plan.job.work })
    const id = await store.begin(plan.cid)
    ended = await drive(id, plan, load, origin, options, began)
    return await finish(ended, plan, store)
  } catch (error) {
    const unfit = unfitness(error)
    if (!unfit) throw error
    return { ok: false, error: unfit, ...(ended ? { summary: ended.summary } : {}) }
  }
}

interface Closed {
  plan: Plan
  /** The instruction of the job as it was given, by that of the job as it runs. */
  origin: (task: CID) => CID
}

/** Checks and binds the arguments, and loads the closed job. */
async function close(
  job: CID,
  args: Map<string, Ipld>,
  load: Load,
  { store, effects }: RunOptions,
): Promise<Result<Closed, DagError | RunError>> {
  const given = await readJob(job, load)
  if (!given.ok) return given
  if (!effects && given.value.uses.length > 0)
    return fail({
      code: 'effects',
      message: `the job performs ${given.value.uses.map(operationName).join(', ')}; this run performs none`,
    })
  if (given.value.params.size === 0 && args.size === 0) {
    const plan = await loadJob(job, given.value, load)
    return plan.ok ? ok({ plan: plan.value, origin: task => task }) : plan
  }
  for (const [name, value] of args) {
    const param = given.value.params.get(name)
    const read = param && (await materialize(param.type, value, load))
    if (read && !read.ok)
      return fail({ code: 'argument', message: `the argument \`${name}\` does not fit: ${read.error.message}` })
  }
  const bound = await bind(job, args, load)
  if (!bound.ok) return bound
  await putAll(store.blocks, bound.value.blocks)
  const read = await readJob(bound.value.job, load)
  if (!read.ok) return read
  const plan = await loadJob(bound.value.job, read.value, load)
  if (!plan.ok) return plan
  const { origin } = bound.value
  return ok({ plan: plan.value, origin: task => origin.get(task.toString()) ?? task })
}

async function finish(ended: Ended, plan: Plan, store: Store): Promise<RunOutcome> {
  const { summary } = ended
  switch (ended.state) {
    case 'done': {
      await store.end(summary.run, 'done', ended.result)
      return { ok: true, summary, type: plan.result.type, result: ended.result }
    }
    case 'failed': {
      await store.end(summary.run, 'failed')
      const { failure, task, origin, func } = ended
      return { ok: false, summary, failure, task, origin, ...(func === undefined ? {} : { func }) }
    }
    case 'refused':
      await store.end(summary.run, 'failed')
      return { ok: false, summary, error: { code: 'effects', message: ended.message } }
    case 'stopped':
      await store.end(summary.run, 'stopped')
      return { ok: false, summary, stopped: true }
    case 'broken': {
      const unfit = unfitness(ended.error)
      // What has been computed is kept where the store still takes it.
      if (unfit) await store.end(summary.run, 'failed').catch(() => undefined)
      throw ended.error
    }
  }
}

function unfitness(error: unknown): DagError | StoreFailure | RunError | undefined {
  if (error instanceof Unfit) return error.error
  if (error instanceof StoreError) return { code: error.code, message: error.message }
  return undefined
}
