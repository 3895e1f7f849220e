import { importWorkflow, type Imported } from '../compiler/targets/homestar/import.ts'
import { readWorkflow, type WorkflowTask } from '../compiler/targets/homestar/read.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { cliRows, complain } from './diagnostics.ts'
import type { StoreDoor } from './host.ts'
import type { Reply } from './output.ts'

/** Reads a workflow of Homestar as a job; everything that keeps it from that is a reply. */
export async function readWorkflowFile(
  file: string,
  bytes: Uint8Array,
  store: StoreDoor,
): Promise<Result<{ tasks: WorkflowTask[]; imported: Imported }, Reply>> {
  const tasks = readWorkflow(bytes)
  if (!tasks.ok) return fail(complain(cliRows.NotTaken, `\`${file}\` is no workflow: ${tasks.error}.`, { file }))
  const imported = await importWorkflow(tasks.value, store.load)
  if (imported.ok) return ok({ tasks: tasks.value, imported: imported.value })
  const { message, component } = imported.error
  if (component === undefined)
    return fail(complain(cliRows.NotTaken, `\`${file}\` cannot be taken: ${message}.`, { file }))
  const how = 'Give its file with `--component FILE`.'
  return fail(complain(cliRows.NotAtHand, `The component ${component} of \`${file}\` is not at hand. ${how}`, { file }))
}
