import type { Context } from './check/context.ts'

type JobCall = Context['calls'][number]

/** Jobs that call each other in a circle, from the first one on with that one again at the end, and the call that closes it. */
export interface Cycle {
  cycle: string[]
  node: JobCall['node']
}

/**
 * The circles of the jobs of a file.
 *
 * @param callsOf the calls of each job that has any
 * @param isOwn whether a job is one of the file
 */
export function cyclesOf(callsOf: ReadonlyMap<string, JobCall[]>, isOwn: (job: JobCall['job']) => boolean): Cycle[] {
  const cycles: Cycle[] = []
  const done = new Set<string>()
  for (const root of callsOf.keys()) {
    /** The jobs that call each other from the root on, in that order. */
    const path = new Map<string, Iterator<JobCall>>()
    const open: string[] = []
    const enter = (name: string): void => {
      path.set(name, (callsOf.get(name) ?? []).values())
      open.push(name)
    }
    if (!done.has(root)) enter(root)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = path.get(top)!.next()
      if (next.done) {
        done.add(top)
        path.delete(top)
        open.pop()
        continue
      }
      const { job, node } = next.value
      if (!isOwn(job)) continue
      if (path.has(job.name)) {
        const names = [...path.keys()]
        cycles.push({ cycle: [...names.slice(names.indexOf(job.name)), job.name], node })
      } else if (!done.has(job.name)) enter(job.name)
    }
  }
  return cycles
}
