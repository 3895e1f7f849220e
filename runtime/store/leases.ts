import { randomBytes } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { keyOfCid } from '../../dag/links.ts'
import type { Leases } from '../interface.ts'
import { StoreError } from './errors.ts'
import type { Database } from './sqlite.ts'

/** Milliseconds that a lease lasts: so long others wait for a process that is gone. */
export const LEASE = 5000

/** Leases of this process, or of this one of its stores; the clock is that of the machine, which all of them share. */
export interface OwnLeases extends Leases {
  /** Gives back that of a success, in the transaction in which it is remembered. */
  settle(ran: CID): void
}

export function createLeases(db: Database, now: () => number = Date.now): OwnLeases {
  const holder = randomBytes(6).toString('hex')
  const find = db.prepare('SELECT holder, until FROM leases WHERE ran = ?', 'often')
  const put = db.prepare(
    // Numbered parameters (?1) are none of place to the node:sqlite of Node 22.
    `INSERT INTO leases (ran, holder, until) VALUES (?, ?, ?)
     ON CONFLICT (ran) DO UPDATE SET holder = excluded.holder, until = excluded.until
     WHERE holder = excluded.holder OR leases.until <= ? OR leases.until > excluded.until`,
  )
  const remove = db.prepare('DELETE FROM leases WHERE ran = ? AND holder = ?')
  const held = new Set<string>()

  const elsewhere = (ran: CID): boolean => {
    const row = find.get(ran.bytes)
    if (!row || row['holder'] === holder) return false
    const left = (row['until'] as number) - now()
    // What lasts longer than any lease is the work of a clock that was set back.
    return left > 0 && left <= LEASE
  }
  return {
    elsewhere,
    take(ran) {
      try {
        const at = now()
        put.run(ran.bytes, holder, at + LEASE, at)
        if (elsewhere(ran)) return false
        held.add(keyOfCid(ran))
        return true
      } catch (error) {
        // Nothing depends on leases: what is wrong with the store is told by what does.
        if (error instanceof StoreError) return true
        throw error
      }
    },
    drop(ran) {
      if (!held.delete(keyOfCid(ran))) return
      try {
        remove.run(ran.bytes, holder)
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
      }
    },
    settle(ran) {
      if (held.delete(keyOfCid(ran))) remove.run(ran.bytes, holder)
    },
  }
}
