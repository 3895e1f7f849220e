import type { Blockstore } from 'interface-blockstore'
import type { CID } from 'multiformats/cid'
import type { Ipld } from '../dag/ipld.ts'
import { BlocksElsewhere } from './elsewhere.ts'
import type { RunEvent, RunOptions, RunOutcome, Store } from './interface.ts'
import { run } from './run.ts'

export type WatchedEvent = RunEvent | { kind: 'ended'; outcome: RunOutcome }

/**
 * Runs a job and gives what happens as it happens; what it has come to is the last of it. The run begins with the first
 * event that is asked for, and is stopped where nobody asks any more (`break`).
 */
export async function* watch(
  job: CID,
  args: Map<string, Ipld>,
  options: Omit<RunOptions, 'onEvent'>,
): AsyncGenerator<WatchedEvent, void> {
  const stop = new AbortController()
  const halt = (): void => stop.abort()
  options.signal?.addEventListener('abort', halt)
  if (options.signal?.aborted) halt()
  let events: RunEvent[] = []
  let wake = Promise.withResolvers<void>()
  let ended = false
  const outcome = run(job, args, {
    ...options,
    signal: stop.signal,
    onEvent(event) {
      events.push(event)
      wake.resolve()
    },
  }).finally(() => {
    ended = true
    wake.resolve()
  })
  // Whoever reads is told by the last event; one that is never asked for is nobody's.
  outcome.catch(() => undefined)
  try {
    while (!ended || events.length > 0) {
      await wake.promise
      wake = Promise.withResolvers<void>()
      const now = events
      events = []
      yield* now
    }
    yield { kind: 'ended', outcome: await outcome }
  } finally {
    options.signal?.removeEventListener('abort', halt)
    halt()
    await outcome.catch(() => undefined)
  }
}

/** The same store, whose blocks are kept elsewhere: in memory, in a bucket, behind a gateway. What is read is verified there. */
export function withBlocks(store: Store, blocks: Blockstore): Store {
  return { ...store, blocks: new BlocksElsewhere(blocks) }
}
