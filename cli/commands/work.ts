import type { RunOutcome, RunState } from '../../runtime/interface.ts'
import { resume } from '../../runtime/run.ts'
import { queueOf } from '../../runtime/runs.ts'
import type { Ipld } from '../../dag/ipld.ts'
import type { Context } from '../context.ts'
import { storedDebug } from '../debug-index.ts'
import { StoreDoor } from '../host.ts'
import { exits, plural, success, type Reply } from '../output.ts'
import { performing, type PerformOptions } from '../perform.ts'
import { replyTo } from '../outcome.ts'

interface Options extends PerformOptions {
  limit?: number
}

/** What a run of the queue came to; where it is not done, also why. */
interface Turn {
  run: string
  job: string
  state: RunState
  failure?: Ipld
  diagnostics?: Ipld
}

/**
 * `ipvm work`: runs what was enqueued, the oldest first, until nothing waits. A run of the queue whose process was lost is
 * gone on with.
 */
export async function work(context: Context, _: string[], given: Record<string, unknown>): Promise<Reply> {
  const options = given as unknown as Options
  const door = new StoreDoor(context.store, context.gateways)
  const turns: Turn[] = []
  let limited = false
  let exit: number = exits.ok
  const signal = context.interruptible()
  const once = { ...context, interruptible: () => signal }
  try {
    const store = door.existing()
    if (!store) return success([], undefined, 'Nothing waits.')
    for await (const next of queueOf({ store })) {
      if (signal.aborted) break
      limited = turns.length === options.limit
      if (limited) break
      const { run, job, grants: granted } = next
      const outcome = await performing(once, door, options, { job, granted }, means => resume(run, means))
      if (!outcome.ok) return outcome.error
      if (isTaken(outcome.value)) continue
      const debug = await storedDebug(door, job)
      const means = { blocks: store.blocks, debug, operand: next.run, out: undefined, json: false }
      const reply = await replyTo(outcome.value, means)
      const state = (await store.stateOf(next.run))!
      const { ok: _, ...why } = reply.json
      turns.push({ run: next.run, job: next.job.toString(), state, ...('value' in why ? {} : why) })
      context.note(reply.exit === exits.ok ? `${next.run}: ${state}` : `${next.run}: ${reply.stderr}`)
      if (reply.exit !== exits.ok && exit !== exits.unknown) exit = reply.exit
    }
  } finally {
    await door.close()
  }
  const value: Ipld = turns.map(turn => ({ ...turn }))
  if (signal.aborted) {
    const message = 'The work was stopped; `ipvm work` goes on with it.'
    const failure = { kind: 'stopped', message, runs: value }
    return { exit: exits.stopped, json: { ok: false, failure }, stderr: `stopped: ${message}` }
  }
  const all = plural(turns.length, 'run')
  const rest = limited ? 'others wait' : 'nothing else waits'
  if (exit === exits.ok) return success(value, undefined, turns.length === 0 ? 'Nothing waits.' : `${all}; ${rest}.`)
  const message = `Not done: ${turns.filter(({ state }) => state !== 'done').length} of ${all}.`
  return { exit, json: { ok: false, failure: { kind: 'work', message, runs: value } }, stderr: `error: ${message}` }
}

/** Whether another worker has it, or has ended it since it was looked for. */
function isTaken(outcome: RunOutcome): boolean {
  return !outcome.ok && 'error' in outcome && (outcome.error.code === 'held' || outcome.error.code === 'run')
}
