import type { DebugInfo, SourceSpan } from '../dag/interface.ts'
import { printable } from '../grammar/render.ts'
import type { RunOutcome } from '../runtime/interface.ts'
import { undoForm, undoLines } from './undo.ts'
import { defined, exits, plural, type Reply } from './output.ts'
import { renderFailure } from './report.ts'

type Failed = Extract<RunOutcome, { task: unknown }>

/** A task failed: what, why, and where it stands in the source, if the debug block knows and the file is there. */
export function reportFailure(
  { summary, failure, task, origin, func, undone }: Failed,
  debug: DebugInfo | undefined,
): Reply {
  const site = debug?.tasks.find(entry => entry.task.equals(origin))
  const name = site?.name ?? func
  const { kind, message, detail } = failure
  const { run, job, tasks, ran, hits, failed, gas, ms } = summary
  const json = defined({
    kind,
    task: task.toString(),
    name,
    message,
    detail,
    span: site && placeOf(site.span),
    run,
    job: job.toString(),
    tasks,
    ran,
    hits,
    failed,
    gas,
    ms,
    ...undoForm(undone),
  })
  const sentence = `${name === undefined ? 'A task' : `\`${name}\``} failed: ${message}`
  const lines = [renderFailure(kind, sentence, site).trimEnd()]
  if (detail !== undefined && detail !== message) lines.push(`  ${printable(detail)}`)
  lines.push(`  task ${task}`, '')
  lines.push(`${plural(tasks, 'task')}: ${ran} ran, ${plural(hits, 'hit')}, ${failed} failed`)
  if (undone) lines.push(...undoLines(undone))
  // A component may be refused something too, which is its own fault.
  const exit = kind === 'refused' && func !== undefined && isEffect(func) ? exits.refused : exits.failed
  return {
    exit,
    json: { ok: false, failure: json },
    stderr: lines.join('\n'),
  }
}

/** Whether the name of what a task calls is that of an effect, `http/get`, and no function of a component. */
function isEffect(func: string): boolean {
  return func.includes('/') && !func.includes('#')
}

export function placeOf({ file, start, end }: SourceSpan) {
  return {
    file,
    start: { line: start.line, column: start.column },
    end: { line: end.line, column: end.column },
  }
}
