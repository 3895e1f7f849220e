import type { Ipld } from '../dag/ipld.ts'
import { operationName } from '../dag/job.ts'
import type { UndoReport } from '../runtime/interface.ts'
import { plural } from './output.ts'

/** What was undone, in words. */
export function undoLine(undone: UndoReport): string {
  const { undone: done, failed, standing } = undone
  const stuck = failed.map(
    ({ op, failure }) => `\`${operationName(op)}\` stands, since its undo failed: ${failure.detail ?? failure.message}`,
  )
  return [
    `${plural(done, 'command')} ${done === 1 ? 'was' : 'were'} undone`,
    ...stuck,
    ...(standing > 0 ? [`${plural(standing, 'command')} ${standing === 1 ? 'stands and has' : 'stand and have'} no undo`] : []),
  ].join('; ')
}

/** The same for `--json`. */
export function undoForm(undone: UndoReport | undefined): { [key: string]: Ipld } {
  if (!undone) return {}
  const failed = undone.failed.map(({ task, op, failure: { kind, message } }) => ({
    task: task.toString(),
    op,
    kind,
    message,
  }))
  return { undone: undone.undone, standing: undone.standing, ...(failed.length > 0 ? { undoFailed: failed } : {}) }
}
