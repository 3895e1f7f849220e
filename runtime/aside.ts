import type { FailureKind } from '../dag/failure.ts'
import { keyOfCid } from '../dag/links.ts'
import type { Remembered, Store } from './interface.ts'
import { rememberedBy } from './receipt.ts'

/** Failures that could be others with other limits, on another machine or on another day. */
export const ofResources: ReadonlySet<FailureKind> = new Set(['time', 'memory', 'crash'])

/** Where successes are found and put. */
export type Remembering = Pick<Store, 'memo' | 'leases'>

/** Most that one run keeps so. What came first is forgotten first. */
const most = 1 << 16

/**
 * Remembers for the length of a run: what stands below a failure of resources that the job has caught. What is
 * remembered for all runs is found here too.
 */
export function createAside({ memo, leases }: Remembering): Remembering {
  const own = new Map<string, Remembered>()
  return {
    memo: {
      ...memo,
      get: async ran => own.get(keyOfCid(ran)) ?? memo.get(ran),
      async put(run, receipt) {
        own.set(keyOfCid(receipt.ran), rememberedBy(run, receipt))
        if (own.size > most) own.delete(own.keys().next().value!)
      },
    },
    leases: { elsewhere: leases.elsewhere, take: () => true, drop: () => undefined },
  }
}
