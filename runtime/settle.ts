import type { Block, Ipld } from '../dag/ipld.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { putAll } from './blocks.ts'
import type { Effects, Failure, RunError, Store, UnknownCommand } from './interface.ts'
import type { Disk } from './journal/disk.ts'
import { Journal } from './journal/journal.ts'
import { blockRecords } from './journal/records.ts'
import { unknownCommands } from './runs.ts'

/** What somebody has found out about a command: its placed result with the blocks of it, or that it has not happened. */
export type Settlement = { value: Ipld; blocks: readonly Block[] } | { failure: Failure }

/**
 * Says what a command came to of which nobody knew; the run can be resumed then.
 *
 * @param pick chooses the command among those that are unknown; an error says why it cannot
 * @param kept `effects` tells which commands are sent again, or asked about, when the run goes on: nobody has to say
 * @returns the commands that are still unknown
 */
export async function settleCommand(
  run: string,
  pick: (commands: UnknownCommand[]) => Promise<Result<{ key: string; as: Settlement }, RunError>>,
  { store, disk = store.disk, effects }: { store: Store; disk?: Disk; effects?: Effects },
): Promise<Result<UnknownCommand[], RunError>> {
  const wrong = (message: string): Result<never, RunError> => fail({ code: 'run', message })
  if (!disk.list().includes(run)) return wrong(`the run ${run} has no command whose outcome is unknown`)
  const blocks: Block[] = []
  const journal = Journal.open(disk, run, block => blocks.push(block))
  if (!journal) return fail({ code: 'held', message: `the run ${run} is under way in another process` })
  try {
    const { history } = journal
    const unknown = history.end ? [] : unknownCommands(history, true, effects)
    if (unknown.length === 0) return wrong(`the run ${run} has no command whose outcome is unknown`)
    const picked = await pick(unknown)
    if (!picked.ok) return picked
    const { key, as } = picked.value
    if ('failure' in as) journal.add({ kind: 'failed', key, failure: as.failure })
    else {
      await putAll(store.blocks, as.blocks)
      journal.add(...blockRecords(as.blocks), { kind: 'done', key, value: as.value, at: Date.now(), child: null })
    }
    await journal.commit()
    const left = unknownCommands(history, true, effects)
    if (left.length === 0) await store.end(run, 'stopped')
    return ok(left)
  } finally {
    await journal.close()
  }
}
