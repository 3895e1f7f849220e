import type { CID } from 'multiformats/cid'
import { bind } from '../dag/bind.ts'
import type { DagError } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import { operationName, readHead, readJob, type Head } from '../dag/job.ts'
import type { Load } from '../dag/load.ts'
import { materialize } from '../dag/place.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { putAll } from './blocks.ts'
import type { RunError, RunOptions } from './interface.ts'
import { loadJob, type Plan } from './load.ts'

/** A job without parameters. */
export interface Closed {
  cid: CID
  head: Head
  /** The instruction of the job as it was given, by that of the job as it runs. */
  origin: (task: CID) => CID
}

export interface Planned {
  plan: Plan
  origin: Closed['origin']
}

/** Checks and binds the arguments. */
export async function close(
  job: CID,
  args: Map<string, Ipld>,
  load: Load,
  { store, effects }: RunOptions,
): Promise<Result<Closed, DagError | RunError>> {
  const given = await readHead(job, load)
  if (!given.ok) return given
  if (!effects && given.value.uses.length > 0)
    return fail({
      code: 'effects',
      message: `the job performs ${given.value.uses.map(operationName).join(', ')}; this run performs none`,
    })
  if (given.value.params.size === 0 && args.size === 0) return ok({ cid: job, head: given.value, origin: task => task })
  for (const [name, value] of args) {
    const param = given.value.params.get(name)
    const read = param && (await materialize(param.type, value, load))
    if (read && !read.ok)
      return fail({ code: 'argument', message: `the argument \`${name}\` does not fit: ${read.error.message}` })
  }
  const bound = await bind(job, args, load)
  if (!bound.ok) return bound
  await putAll(store.blocks, bound.value.blocks)
  const head = await readHead(bound.value.job, load)
  if (!head.ok) return head
  const { job: cid, origin } = bound.value
  return ok({ cid, head: head.value, origin: task => origin.get(task.toString()) ?? task })
}

/** Loads a closed job. */
export async function planOf({ cid, origin }: Closed, load: Load): Promise<Result<Planned, DagError>> {
  const job = await readJob(cid, load)
  if (!job.ok) return job
  const plan = await loadJob(cid, job.value, load)
  return plan.ok ? ok({ plan: plan.value, origin }) : plan
}
