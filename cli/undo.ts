import type { Ipld } from '../dag/ipld.ts'
import { operationName } from '../dag/job.ts'
import { printable } from '../grammar/render.ts'
import type { UndoReport } from '../runtime/interface.ts'
import { defined, plural } from './output.ts'

/** What was undone and what stands, in sentences. */
export function undoLines({ undone, failed, standing }: UndoReport): string[] {
  const stuck = failed.map(
    ({ op, failure }) =>
      `\`${operationName(op)}\` stands: its undo failed (${printable(failure.detail ?? failure.message)}).`,
  )
  const kept =
    standing === 0 ? [] : [`${plural(standing, 'command stands and has', 'commands stand and have')} no undo.`]
  return [`${plural(undone, 'command was', 'commands were')} undone.`, ...stuck, ...kept]
}

/** The same for `--json`. */
export function undoForm(report: UndoReport | undefined): { [key: string]: Ipld } {
  if (!report) return {}
  const { undone, standing } = report
  const failed = report.failed.map(({ task, op, failure: { kind, message, detail } }) =>
    defined({ task: task.toString(), op, kind, message, detail }),
  )
  return { undone, standing, ...(failed.length > 0 ? { undoFailed: failed } : {}) }
}
