import { isLink, isMap } from '../../../dag/ipld.ts'
import type { Load } from '../../../dag/load.ts'
import { toHomestar } from './export.ts'
import { signaturesOf, type Imported } from './import.ts'
import type { WorkflowTask } from './read.ts'

/** A task of a workflow whose instruction has another CID when the imported job is exported again, and why. */
export interface Changed {
  task: string
  why: string
}

/**
 * What of a workflow is not the same any more once it is one of our jobs: a value may be written in more than one way
 * there, and here in one alone.
 *
 * @param load has the blocks of the job
 */
export async function compareExport(tasks: WorkflowTask[], imported: Imported, load: Load): Promise<Changed[]> {
  const exported = await toHomestar(imported.job, load, signaturesOf(imported))
  if (!exported.ok) return tasks.map(({ at }) => ({ task: at, why: exported.error }))
  const kept = new Set(exported.value.instructions.map(String))
  const changed = tasks.filter(({ cid }) => !kept.has(cid.toString()))
  const gone = new Set(changed.map(({ cid }) => cid.toString()))
  return changed.map(({ at, args, hasNonce }) => {
    const awaits = args.some(arg => isMap(arg) && Object.values(arg).some(link => isLink(link) && gone.has(`${link}`)))
    const why = awaits
      ? 'a task that it awaits has another one'
      : hasNonce
        ? 'its nonce is left out, which makes no difference to a pure function'
        : 'a value of it can be written in another way, as 5 for 5.0, and is'
    return { task: at, why }
  })
}
