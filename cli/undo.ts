import type { Ipld } from '../dag/ipld.ts'
import { operationName } from '../dag/job.ts'
import type { UndoReport } from '../runtime/interface.ts'
import { plural } from './output.ts'

/** What was undone, in words. */
export function undoLine(undone: UndoReport | undefined): string | undefined {
  if (!undone) return undefined
  const done = `${plural(undone.undone, 'command')} ${undone.undone === 1 ? 'was' : 'were'} undone`
  const failures = undone.failed.map(
    ({ op, failure }) => `\`${operationName(op)}\`: ${failure.detail ?? failure.message}`,
  )
  return failures.length === 0 ? done : `${done}, and the undo of ${failures.join(', of ')}`
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
  return { undone: undone.undone, ...(failed.length > 0 ? { undoFailed: failed } : {}) }
}
