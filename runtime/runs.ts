import type { CID } from 'multiformats/cid'
import type { Effects, RunRecord, RunState, Store, UnknownCommand } from './interface.ts'
import type { Disk } from './journal/disk.ts'
import type { Deed, History } from './journal/history.ts'
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
    const record = recordIn(disk, run)
    if (record) lost.push(record)
  }
  if (lost.length === 0) return runs
  await store.adopt(lost)
  return [...lost, ...runs].sort((a, b) => b.started - a.started)
}

/** One run, also where the store has forgotten it. */
export async function findRun(run: string, { store, disk = store.disk }: Kept): Promise<RunRecord | undefined> {
  const known = await store.find(run)
  if (known) return known
  const lost = disk.list().includes(run) ? recordIn(disk, run) : undefined
  if (lost) await store.adopt([lost])
  return lost
}

/** What a journal says of its run; undefined where that has not begun. */
function recordIn(disk: Disk, run: string): RunRecord | undefined {
  const history = readHistory(disk, run)
  if (!history?.begin) return undefined
  const { job, started, parent, grants } = history.begin
  return { run, job, state: history.end?.state ?? 'running', started, parent, grants }
}

const open: ReadonlySet<RunState> = new Set(['waiting', 'running', 'stopped'])

/**
 * The runs of the queue that have not ended, each once, the oldest first; those that others put there meanwhile come
 * last. One that has ended since it was seen is left out.
 */
export async function* queueOf(kept: Kept): AsyncGenerator<RunRecord> {
  const past = new Set<string>()
  for (;;) {
    const runs = await allRuns(kept)
    const waiting = runs.filter(({ run, parent, state }) => parent !== null && open.has(state) && !past.has(run))
    if (waiting.length === 0) return
    for (const { run } of waiting.reverse()) {
      past.add(run)
      const now = await kept.store.find(run)
      if (now && open.has(now.state)) yield now
    }
  }
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
 * @param effects leaves out those of them of which it is found out when the run goes on: they are sent again, or asked about
 */
export function unknownCommands({ commands }: History, lost = false, effects?: Effects): UnknownCommand[] {
  return [...commands.values()]
    .filter(deed => deed.state === 'unknown' || (lost && deed.state === 'begun' && !(effects && mends(deed, effects))))
    .map(({ key, task, rsc, op, args, detail }) => ({ key, task, rsc, op, args, detail }))
}

/** Whether going on with the run comes to know what became of a command that was begun. */
function mends({ rsc, op, first }: Deed, effects: Effects): boolean {
  const traits = effects.operation(rsc, op)
  if (!traits.ok || traits.value.recovery === 'irrevocable') return false
  const { recovery } = traits.value
  return recovery === 'idempotent' || !('keyed' in recovery) || Date.now() - first < recovery.keyed
}

/** The runs that a run has put into the queue. */
export function childrenOf({ begin, commands }: History, now: number): RunRecord[] {
  const { run: parent, grants } = begin!
  return [...commands.values()].flatMap(({ child }) =>
    child ? [{ ...child, state: 'waiting' as const, started: now, parent, grants }] : [],
  )
}
