import type { RunRecord } from '../../runtime/interface.ts'
import { readHistory } from '../../runtime/journal/journal.ts'
import { allRuns, unknownCommands } from '../../runtime/runs.ts'
import type { Context } from '../context.ts'
import { jobNames } from '../debug-index.ts'
import { StoreDoor } from '../host.ts'
import { unknownForm } from '../outcome.ts'
import { success, type Reply } from '../output.ts'

/** `ipvm runs`: the runs of the store, newest first. */
export async function runsCommand(context: Context): Promise<Reply> {
  const door = new StoreDoor(context.store)
  try {
    const store = door.existing()
    if (!store) return success([], '', `There is no store ${context.store}, and so no run.`)
    const runs = await allRuns({ store })
    const unknown = ({ run, state }: RunRecord) => {
      const history = state === 'unknown' ? readHistory(store.disk, run) : undefined
      return history ? unknownForm(unknownCommands(history, true)) : []
    }
    const value = runs.map(record => ({
      run: record.run,
      job: record.job.toString(),
      state: record.state,
      started: new Date(record.started).toISOString(),
      unknown: unknown(record),
    }))
    const nameOf = jobNames(door)
    const lines: string[] = []
    for (const { run, job, state, started } of runs) {
      const when = new Date(started).toISOString().slice(0, 19).replace('T', ' ')
      lines.push(`${run}  ${state.padEnd(9)}  ${when}  ${(await nameOf(job)) ?? job}`)
    }
    const none = runs.length === 0 ? 'There is no run.' : undefined
    return success(value, lines.map(line => `${line}\n`).join(''), none)
  } finally {
    await door.close()
  }
}
