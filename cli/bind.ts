import { CID } from 'multiformats/cid'
import { bind } from '../dag/bind.ts'
import { debugBlocks } from '../dag/debug.ts'
import type { DagError, DebugInfo } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { ok, type Result } from '../dag/result.ts'
import type { Debug } from './car.ts'
import { recallDebug, rememberDebug } from './debug-index.ts'

/** A job with the names and places of its tasks, and blocks of it that may not be in the store. */
export interface Named {
  job: CID
  debug: Debug
  blocks: Block[]
}

/**
 * Gives a job its arguments. The bound job gets a debug block of its own, so that whoever has its CID alone, a run above
 * all, can speak in the terms of the source as well.
 *
 * @param folder of the store
 */
export async function bindNamed(
  { job, debug, blocks }: Named,
  args: Map<string, Ipld>,
  load: Load,
  folder: string,
): Promise<Result<Named, DagError>> {
  const bound = await bind(job, args, load)
  if (!bound.ok) return bound
  const { origin } = bound.value
  let named: Promise<DebugInfo | undefined> | undefined
  const debugBound: Debug = () => (named ??= debug().then(info => info && namesOf(info, bound.value.job, origin)))
  const all = [...blocks, ...bound.value.blocks]
  if (!recallDebug(folder, bound.value.job)) {
    const info = await debugBound()
    if (info) {
      const [root, ...rest] = debugBlocks(info)
      all.push(root!, ...rest)
      rememberDebug(folder, { job: bound.value.job, debug: root!.cid })
    }
  }
  return ok({ job: bound.value.job, debug: debugBound, blocks: all })
}

/** What is known of the tasks of a template, under the instructions that they have come to be. */
function namesOf({ name, file, tasks }: DebugInfo, job: CID, origin: ReadonlyMap<string, CID>): DebugInfo {
  const byTask = Map.groupBy(tasks, ({ task }) => task.toString())
  const own: DebugInfo['tasks'] = []
  for (const [text, from] of origin)
    for (const entry of byTask.get(from.toString()) ?? []) own.push({ ...entry, task: CID.parse(text) })
  return { job, name, file, tasks: own }
}
