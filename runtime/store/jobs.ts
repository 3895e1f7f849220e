import type { Ipld } from '../../dag/ipld.ts'
import type { Memo } from '../interface.ts'
import { SEMANTICS } from '../receipt.ts'
import { openEntry, RECORD, sealEntry } from './entries.ts'
import type { Sealer } from './seal.ts'
import type { Database } from './sqlite.ts'

/**
 * What whole jobs came to, among what is remembered of instructions: a job is no instruction, so that their CIDs differ,
 * and is itself what its entry is kept with. It counts as long as the run is kept that has found it out: whatever keeps
 * that run keeps what its tasks came to.
 */
export function createJobs(db: Database, sealer: () => Sealer): Pick<Memo, 'getJob' | 'putJob'> {
  const find = db.prepare('SELECT entry FROM memo WHERE semantics = ? AND ran = ?')
  const put = db.prepare('INSERT OR REPLACE INTO memo (semantics, ran, entry) VALUES (?, ?, ?)')
  const isKept = db.prepare(`SELECT 1 FROM runs WHERE run = ? AND job = ? AND state = 'done'`)
  const isDamaged = db.prepare(`SELECT 1 FROM tasks WHERE run = ? AND length(entries) % ${RECORD} <> 0`)
  return {
    async getJob(job) {
      const row = find.get(SEMANTICS, job.bytes)
      const entry = row && openEntry(sealer(), job, row['entry'] as Uint8Array)
      if (!entry) return undefined
      const [result, tasks, known, run] = entry.remembered as [Ipld, number, number, string]
      return isKept.get(run, job.bytes) && !isDamaged.get(run) ? { result, tasks, known, run } : undefined
    },
    async putJob(job, { result, tasks, known, run }) {
      put.run(SEMANTICS, job.bytes, sealEntry(sealer(), job, job, [result, tasks, known, run]))
    },
  }
}
