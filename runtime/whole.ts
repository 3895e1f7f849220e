import { fail } from '../dag/result.ts'
import type { Ipld } from '../dag/ipld.ts'
import type { Closed } from './close.ts'
import type { Session } from './session.ts'
import type { RememberedJob, RunOptions, RunOutcome } from './interface.ts'

/** What the job came to before, where what is remembered is to be used, and not looked at. */
export async function rememberedJob({ cid }: Closed, options: RunOptions): Promise<RememberedJob | undefined> {
  const { store, memo = true, check, signal } = options
  return memo && check === undefined && !signal?.aborted ? store.memo.getJob(cid) : undefined
}

/** A run of a job of which it is remembered what it comes to. */
export async function repeatJob(
  known: RememberedJob,
  { cid, head }: Closed,
  options: RunOptions,
  began: number,
): Promise<RunOutcome> {
  const { store, onEvent } = options
  const barred = await options.admit?.()
  if (barred) return fail(barred)
  const { result, tasks, known: hits } = known
  const run = await store.repeat(cid, options.grants ?? [], known)
  onEvent?.({ kind: 'planned', tasks })
  onEvent?.({ kind: 'remembered', hits })
  const summary = { run, job: cid, tasks, ran: 0, hits, failed: 0, gas: 0, ms: performance.now() - began }
  return { ok: true, summary, type: head.result.type, result }
}

/** Remembers what the whole job came to. */
export async function rememberJob({ store, run, plan, counts }: Session, result: Ipld): Promise<void> {
  await store.memo.putJob(plan.cid, { result, tasks: counts.tasks, known: counts.ran + counts.hits, run })
}
