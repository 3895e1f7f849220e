import type { CID } from 'multiformats/cid'
import { block } from './cid.ts'
import type { Load } from './load.ts'
import type { DebugInfo, SourceSpan } from './interface.ts'
import { isLink, isMap, type Block, type Ipld } from './ipld.ts'
import { loadValue } from './job.ts'
import { readList, splitList } from './place.ts'

/**
 * The debug block (docs/dag.md, Job): names and places for people, the second root of a CAR. It names its job; the
 * job does not link to it, so that nothing in it has a part in identity.
 */
export function debugBlocks(info: DebugInfo): Block[] {
  const tasks = splitList(info.tasks.map(({ task, name, span }) => ({ task, name, span: spanToIpld(span) })))
  const root = block({ 'ipvm/debug': { job: info.job, name: info.name, file: info.file, tasks: tasks.value } })
  return [root, ...tasks.blocks]
}

function spanToIpld({ file, start, end }: SourceSpan): Ipld {
  return { file, start: [start.offset, start.line, start.column], end: [end.offset, end.line, end.column] }
}

/** What a debug block tells of its job as a whole; undefined where it is none. */
export async function readDebugHead(cid: CID, load: Load): Promise<Omit<DebugInfo, 'tasks'> | undefined> {
  const head = await readHead(cid, load)
  return head && { job: head.job, name: head.name, file: head.file }
}

/** Reads a debug block. It is a help only: whatever is wrong with it, there is none. */
export async function readDebug(cid: CID, load: Load): Promise<DebugInfo | undefined> {
  const head = await readHead(cid, load)
  if (!head) return undefined
  const { job, name, file } = head
  const tasks = await readList(head.tasks, load)
  if (!tasks.ok) return undefined
  const entries = tasks.value.map(taskOf)
  return entries.every(entry => entry !== undefined) ? { job, name, file, tasks: entries } : undefined
}

async function readHead(
  cid: CID,
  load: Load,
): Promise<(Pick<DebugInfo, 'job' | 'name' | 'file'> & { tasks: Ipld }) | undefined> {
  const root = await loadValue(cid, load)
  const body = root.ok && isMap(root.value) ? root.value['ipvm/debug'] : undefined
  if (body === undefined || !isMap(body)) return undefined
  const { job, name, file, tasks = null } = body
  return isLink(job) && typeof name === 'string' && typeof file === 'string' ? { job, name, file, tasks } : undefined
}

function taskOf(value: Ipld): DebugInfo['tasks'][number] | undefined {
  if (!isMap(value) || !isLink(value['task']) || typeof value['name'] !== 'string') return undefined
  const span = value['span'] === undefined ? undefined : spanOf(value['span'])
  return span && { task: value['task'], name: value['name'], span }
}

function spanOf(value: Ipld): SourceSpan | undefined {
  if (!isMap(value) || typeof value['file'] !== 'string') return undefined
  const start = positionOf(value['start'])
  const end = positionOf(value['end'])
  return start && end && { file: value['file'], start, end }
}

function positionOf(value: Ipld | undefined): SourceSpan['start'] | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined
  const [offset, line, column] = value
  return typeof offset === 'number' && typeof line === 'number' && typeof column === 'number'
    ? { offset, line, column }
    : undefined
}
