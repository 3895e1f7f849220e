import { decodeInstruction } from '../dag/job.ts'
import { drive } from './drive.ts'
import type { Session } from './session.ts'
import { placeOfRun } from './identity.ts'
import type { UndoReport } from './interface.ts'
import { failure } from './wasm/failure.ts'

/**
 * Undoes what the commands of a job that has failed have done, the latest first; each that has no undo stands. One that
 * fails is reported, and the others go on.
 *
 * @returns what was done; undefined where it came to an end before: a command of it has an unknown outcome, or the run was
 *   stopped
 */
export async function takeBack(session: Session): Promise<UndoReport | undefined> {
  const transaction = session.transaction!
  const { history } = transaction.journal
  const report: UndoReport = { undone: 0, failed: [], standing: 0 }
  for (const key of [...history.done].reverse()) {
    const { task, op, undoes } = history.commands.get(key)!
    if (undoes !== null) continue
    const undo = session.undos.get(key)
    if (!undo) {
      // It may have one whose values could not be computed again.
      const bytes = await session.blocks.load(task)
      const instruction = bytes && decodeInstruction(bytes)
      if (instruction?.ok && !instruction.value.input.undo) report.standing++
      else
        report.failed.push({ task, op, failure: failure('effect', 'what its undo needs could not be computed again') })
      continue
    }
    transaction.undoing = key
    const ended = await drive(session, { ...undo, place: placeOfRun(history.begin!.nonce, key) })
    transaction.undoing = null
    if (ended.state === 'done') report.undone++
    else if (ended.state === 'broken') throw ended.error
    else if (ended.state === 'failed') report.failed.push({ task, op, failure: ended.failure })
    else if (ended.state === 'refused') report.failed.push({ task, op, failure: failure('refused', ended.message) })
    else return undefined
  }
  return report
}
