import { setMaxListeners } from 'node:events'
import { setImmediate as breathe } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import type { Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { Unfit } from './blocks.ts'
import type { Failure, RunOptions, RunSummary } from './interface.ts'
import type { Plan } from './load.ts'
import type { ResultOf } from './resolve.ts'
import { createSchedule, step, type ScheduleEvent } from './schedule.ts'
import { perform, type Settled, type Surroundings } from './task.ts'

/** How the tasks of a run ended. */
export type Ended = { summary: RunSummary } & (
  | { state: 'done'; resultOf: ResultOf }
  | { state: 'failed'; failure: Failure; task: CID; origin: CID; func?: string }
  | { state: 'stopped' }
  /** A block is missing or damaged, the store has failed, or a bug. */
  | { state: 'broken'; error: unknown }
)

/** Calls that are given to the executor for each that it runs, so that none of its workers waits for the next. */
const AHEAD = 2
/** Milliseconds after which timers and signals get their turn, also where nothing else waits. */
const BREATH = 20

/** Performs the tasks of a plan as the scheduler says, and gives their results until the end of the run. */
export async function drive(
  run: string,
  plan: Plan,
  load: Load,
  origin: (task: CID) => CID,
  options: RunOptions,
  began: number,
): Promise<Ended> {
  const { store, executor, onEvent } = options
  const { tasks } = plan
  const schedule = createSchedule(plan.graph, executor.width * AHEAD)
  const results: (Ipld | undefined)[] = new Array(plan.graph.size)
  const failures = new Map<number, Failure>()
  const counts = { ran: 0, hits: 0 }
  const broken: unknown[] = []
  const stop = new AbortController()
  // One listener for each call under way is no leak.
  setMaxListeners(0, stop.signal)

  let events: ScheduleEvent[] = []
  let wake: () => void = () => undefined
  const tell = (event: ScheduleEvent): void => {
    events.push(event)
    wake()
  }
  const halt = (): void => {
    tell({ kind: 'stop' })
    stop.abort()
  }
  const named = (task: number): { task: CID; origin: CID } => {
    const cid = tasks.cidOf(task)
    return { task: cid, origin: origin(cid) }
  }
  const around: Surroundings = {
    plan,
    store,
    load,
    executor,
    memo: options.memo ?? true,
    signal: stop.signal,
    resultOf: task => results[tasks.numberOf(task)]!,
    onStart: task => onEvent?.({ kind: 'started', ...named(task), func: plan.functionOf(task)!.name }),
  }

  const settle = async (task: number, settled: Settled): Promise<void> => {
    const { out, by, receipt } = settled
    if (by === 'execution') counts.ran++
    if (by === 'memory') counts.hits++
    if (receipt) {
      const block = by === 'execution' ? settled.instruction : undefined
      await store.record(run, tasks.cidOf(task), receipt, by === 'memory', block)
    }
    if (out[0] === 'ok') results[task] = out[1]
    else failures.set(task, out[1])
    if (plan.functionOf(task))
      onEvent?.({
        kind: 'finished',
        ...named(task),
        hit: by === 'memory',
        failed: out[0] === 'error',
        ms: by === 'execution' ? receipt.meta.ms : 0,
      })
    tell({ kind: out[0] === 'ok' ? 'done' : 'failed', task })
  }
  const begin = async (task: number): Promise<void> => {
    try {
      const settled = await perform(task, around)
      if (!settled.ok) throw new Unfit(settled.error)
      await settle(task, settled.value)
    } catch (error) {
      if (error !== stop.signal.reason) {
        broken.push(error)
        halt()
      }
      tell({ kind: 'dropped', task })
    }
  }

  options.signal?.addEventListener('abort', halt)
  if (options.signal?.aborted) halt()
  try {
    let breath = performance.now()
    for (;;) {
      const happened = events
      events = []
      const commands = step(schedule, happened)
      for (const task of commands.release) results[task] = undefined
      for (const task of commands.start) void begin(task)
      if (commands.end) {
        const summary = { run, job: plan.cid, tasks: plan.wasm, ...counts, failed: failures.size, gas: 0 }
        const timed = { ...summary, ms: performance.now() - began }
        return { summary: timed, ...conclude(commands.end) }
      }
      if (events.length === 0) await new Promise<void>(resolve => (wake = resolve))
      if (performance.now() - breath > BREATH) {
        await breathe()
        breath = performance.now()
      }
    }
  } finally {
    options.signal?.removeEventListener('abort', halt)
  }

  function conclude(end: NonNullable<ReturnType<typeof step>['end']>) {
    if (broken.length > 0) return { state: 'broken' as const, error: broken[0] }
    if (end.state === 'done') return { state: 'done' as const, resultOf: around.resultOf }
    if (end.state === 'stopped') return { state: 'stopped' as const }
    const func = plan.functionOf(end.task)?.name
    return {
      state: 'failed' as const,
      failure: failures.get(end.task)!,
      ...named(end.task),
      ...(func === undefined ? {} : { func }),
    }
  }
}
