import type { CID } from 'multiformats/cid'
import type { RunRecord, Store, UnknownCommand } from './interface.ts'
import type { Disk } from './journal/disk.ts'
import type { History } from './journal/history.ts'
import { readHistory } from './journal/journal.ts'

interface Kept {
  store: Store
  disk?: Disk
}

/**
 * All runs, newest first. Those that the store has forgotten are there by their journals: a power cut can take the store
 * back a little, and never a journal.
 */
export async function allRuns({ store, disk = store.disk }: Kept): Promise<RunRecord[]> {
  const runs = await store.runs()
  const known = new Set(runs.map(({ run }) => run))
  const lost: RunRecord[] = []
  for (const run of disk.list()) {
    if (known.has(run)) continue
    const history = readHistory(disk, run)
    if (!history?.begin) continue
    const { job, started, parent, grants } = history.begin
    lost.push({ run, job, state: history.end?.state ?? 'running', started, parent, grants })
  }
  if (lost.length === 0) return runs
  await store.adopt(lost)
  return [...lost, ...runs].sort((a, b) => b.started - a.started)
}

/** A run of a job that has begun to change something and has not ended. */
export async function unfinishedRun(job: CID, { store, disk = store.disk }: Kept): Promise<string | undefined> {
  for (const { run, job: other, state } of await allRuns({ store, disk })) {
    if (!other.equals(job) || state === 'done' || state === 'failed' || state === 'cancelled') continue
    const history = readHistory(disk, run)
    if (history?.open && !history.end) return run
  }
  return undefined
}

/**
 * Commands of which nobody knows what they came to.
 *
 * @param lost nobody is at work on them, so that those that were begun are among them
 */
export function unknownCommands({ commands }: History, lost = false): UnknownCommand[] {
  return [...commands.values()]
    .filter(({ state }) => state === 'unknown' || (lost && state === 'begun'))
    .map(({ key, task, rsc, op, args, detail }) => ({ key, task, rsc, op, args, detail }))
}

/** The runs that a run has put into the queue. */
export function childrenOf({ begin, commands }: History, now: number): RunRecord[] {
  const { run: parent, grants } = begin!
  return [...commands.values()].flatMap(({ child }) =>
    child ? [{ ...child, state: 'waiting' as const, started: now, parent, grants }] : [],
  )
}
