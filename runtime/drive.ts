import { setMaxListeners } from 'node:events'
import { setImmediate as breathe } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import type { Block, Ipld } from '../dag/ipld.ts'
import { holeOf, type Hole } from '../dag/job.ts'
import type { Load } from '../dag/load.ts'
import { putAll, Unfit } from './blocks.ts'
import { systemClock } from './clock.ts'
import type { Instances, OutcomeOf, Step } from './expand.ts'
import type { Failure, RunOptions, RunSummary } from './interface.ts'
import { NONE, type Level } from './level.ts'
import type { Plan } from './load.ts'
import { KNOWN } from './nodes.ts'
import { fillAll, type ValueOf } from './resolve.ts'
import {
  causeOf,
  createSchedule,
  endOf,
  frameOf,
  identify,
  maxNodes,
  step,
  type Commands,
  type ScheduleEvent,
} from './schedule.ts'
import { open, perform, valueFailure, type Settled, type Started, type Surroundings } from './task.ts'

/** How the tasks of a run ended. */
export type Ended = { summary: RunSummary } & (
  | { state: 'done'; result: Ipld }
  | { state: 'failed'; failure: Failure; task: CID; origin: CID; func?: string }
  /** An effect that is not allowed or not given. */
  | { state: 'refused'; message: string }
  | { state: 'stopped' }
  /** A block is missing or damaged, the store has failed, or a bug. */
  | { state: 'broken'; error: unknown }
)

/** Instances of one body: which, and what they are given. */
interface Frame {
  level: Level
  handed: Instances['handed']
  /** What is captured and no task's result, by its place among the captured. */
  captured: (at: number) => Ipld | Promise<Ipld>
  /** How the operation goes on. */
  next: Instances['next']
  /** The task that made them, for what fails in none of theirs. */
  by: { level: Level; task: number } | undefined
}

/** Why a task failed. */
interface Fault {
  level: Level
  task: number
  failure?: Failure
  refused?: string
}

/** Calls that are given to the executor for each that it runs, so that it can send short ones together. */
const AHEAD = 16
/** Milliseconds after which timers and signals get their turn, also where nothing else waits. */
const BREATH = 20

/** Performs the tasks of a plan as the scheduler says, and gives the result at the end of the run. */
export function drive(
  run: string,
  plan: Plan,
  load: Load,
  origin: (task: CID) => CID,
  options: RunOptions,
  began: number,
): Promise<Ended> {
  return new Driver(run, plan, load, origin, options, began).run()
}

class Driver {
  readonly #run: string
  readonly #plan: Plan
  readonly #origin: (task: CID) => CID
  readonly #options: RunOptions
  readonly #began: number
  readonly #schedule
  readonly #around: Surroundings
  readonly #results = new Map<number, Ipld>()
  readonly #faults = new Map<number, Fault>()
  /** Failures that the job has caught. */
  readonly #caught = new Set<number>()
  /** Resolved instructions of bodies that have a record: each has one, however often it is met. */
  readonly #recorded = new Set<string>()
  readonly #counts: { tasks: number; ran: number; hits: number; gas: number }
  readonly #broken: unknown[] = []
  readonly #stop = new AbortController()
  #events: ScheduleEvent<Frame>[] = []
  #wake: () => void = () => undefined

  constructor(run: string, plan: Plan, load: Load, origin: (task: CID) => CID, options: RunOptions, began: number) {
    this.#run = run
    this.#plan = plan
    this.#origin = origin
    this.#options = options
    this.#began = began
    const { store, executor, effects, memo = true, clock = systemClock, random = Math.random } = options
    const never = (): never => {
      throw new Error('the job stands in no body')
    }
    const frame: Frame = { level: plan.job, handed: never, captured: never, next: never, by: undefined }
    this.#schedule = createSchedule(plan.job.graph, executor.width * AHEAD, frame)
    const { signal } = this.#stop
    // One listener for each call under way is no leak.
    setMaxListeners(0, signal)
    this.#around = { plan, store, load, executor, effects, queries: new Map(), memo, signal, clock, random }
    this.#counts = { tasks: plan.job.work, ran: 0, hits: 0, gas: 0 }
  }

  async run(): Promise<Ended> {
    const halt = (): void => this.#halt()
    const { signal } = this.#options
    signal?.addEventListener('abort', halt)
    if (signal?.aborted) halt()
    try {
      let breath = performance.now()
      for (;;) {
        const happened = this.#events
        this.#events = []
        const commands = step(this.#schedule, happened)
        for (const node of commands.release) this.#results.delete(node)
        for (const node of commands.start) this.#begin(node)
        if (commands.end) return this.#conclude(commands.end)
        if (this.#events.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
        if (performance.now() - breath > BREATH) {
          await breathe()
          breath = performance.now()
        }
      }
    } finally {
      signal?.removeEventListener('abort', halt)
    }
  }

  #tell(event: ScheduleEvent<Frame>): void {
    this.#events.push(event)
    this.#wake()
  }

  #halt(): void {
    this.#tell({ kind: 'stop' })
    this.#stop.abort()
  }

  #begin(node: number): void {
    const { of, instance, task } = identify(this.#schedule, node)
    const frame = of.frame!
    const { level } = frame
    const base = node - task
    const { nodes } = this.#schedule
    const results = this.#results
    const nodeAt = (hole: Hole): number => {
      if (hole.kind === 'await') return base + level.tasks.numberOf(hole.task)
      if (hole.kind === 'slot') return nodes.argumentOf(of, instance, hole.index)
      throw new Error('a job that runs has no parameters')
    }
    const valueOf: ValueOf = hole => {
      const input = nodeAt(hole)
      if (input !== KNOWN) {
        const result = results.get(input)
        if (result === undefined) throw new Error(`the result of task ${input} was needed and is not there`)
        return result
      }
      const { index } = hole as Extract<Hole, { kind: 'slot' }>
      return index < of.handed ? frame.handed(instance, index) : frame.captured(index - of.handed)
    }
    if (task === level.graph.size) {
      this.#finish(node, frame, valueOf)
      return
    }
    const started: Started = {
      level,
      task,
      valueOf,
      nodeOf(value) {
        const hole = holeOf(value)
        return hole ? nodeAt(hole) : KNOWN
      },
      onStart: func => this.#options.onEvent?.({ kind: 'started', ...this.#named(level, task), func }),
    }
    const before = frameOf(this.#schedule, node)
    void this.#attempt(node, async () => {
      if (level.bodies.has(task)) return this.#operate(node, started, before)
      const settled = await perform(started, this.#around)
      if (!settled.ok) throw new Unfit(settled.error)
      await this.#settle(node, started, settled.value, of.op >= 0)
    })
  }

  async #attempt(node: number, body: () => Promise<void>): Promise<void> {
    try {
      await body()
    } catch (error) {
      if (error !== this.#stop.signal.reason) {
        this.#broken.push(error)
        this.#halt()
      }
      this.#tell({ kind: 'dropped', task: node })
    }
  }

  /** Ends an instance: its value is that of its body. A value that stands there already needs no waiting. */
  #finish(node: number, frame: Frame, valueOf: ValueOf): void {
    const { value } = frame.level
    const hole = holeOf(value)
    const ready = hole ? valueOf(hole) : undefined
    if (ready !== undefined && !(ready instanceof Promise)) {
      this.#done(node, ready)
      return
    }
    void this.#attempt(node, async () => {
      const blocks: Block[] = []
      const filled = await fillAll([value], valueOf, blocks)
      await putAll(this.#options.store.blocks, blocks)
      if (filled.ok) return this.#done(node, filled.value[0]!)
      const failure = valueFailure(filled.error)
      // The result of the job is no task that could fail.
      if (!frame.by || !failure) throw new Unfit(filled.error)
      this.#fail(node, { ...frame.by, failure })
    })
  }

  /** Begins an operation with bodies, or goes on with it when the instances are there that it had made before. */
  async #operate(node: number, started: Started, before: Frame | undefined): Promise<void> {
    let step: Step
    let captured: Frame['captured']
    if (before) {
      captured = before.captured
      step = await before.next(instance => this.#outcomeOf(node, instance))
    } else {
      const opened = await open(started, this.#around)
      if (!opened.ok) throw new Unfit(opened.error)
      step = opened.value.step
      const values = opened.value.captured
      captured = at => {
        const hole = holeOf(values[at]!)
        return hole ? started.valueOf(hole) : values[at]!
      }
    }
    if (step.kind === 'instances') return this.#expand(node, started, step, captured)
    await putAll(this.#options.store.blocks, step.blocks)
    if (step.kind === 'done') this.#done(node, step.value)
    else this.#fail(node, { ...started, failure: step.failure })
  }

  #expand(node: number, by: Started, step: Instances, captured: Frame['captured']): void {
    const level = by.level.bodies.get(by.task)![step.body]!
    const { count, from, all, catches, handed, next } = step
    if (this.#schedule.nodes.count + count * (level.graph.size + 1) > maxNodes)
      throw new Unfit({ code: 'size', message: `the job expands to more than ${maxNodes} tasks` })
    this.#counts.tasks += level.work * count
    const frame: Frame = { level, handed, captured, next, by: { level: by.level, task: by.task } }
    const instances = { template: level.graph, count, all, catches, frame, ...(from ? { handed: from } : {}) }
    this.#tell({ kind: 'expanded', task: node, instances })
  }

  #outcomeOf(op: number, instance: number): ReturnType<OutcomeOf> {
    const end = endOf(this.#schedule, op, instance)
    const cause = causeOf(this.#schedule, end)
    if (cause === undefined) return { ok: true, value: this.#results.get(end)! }
    this.#caught.add(cause)
    return { ok: false, failure: this.#faults.get(cause)!.failure! }
  }

  async #settle(node: number, { level, task }: Started, settled: Settled, inBody: boolean): Promise<void> {
    if ('refused' in settled) {
      this.#faults.set(node, { level, task, refused: settled.refused })
      this.#tell({ kind: 'failed', task: node, final: true })
      return
    }
    const { out, by, receipt } = settled
    if (by === 'execution') {
      this.#counts.ran++
      this.#counts.gas += receipt?.meta.gas ?? 0
    }
    if (by === 'memory') this.#counts.hits++
    if (receipt) {
      // Tasks of bodies are told apart by what they came to be.
      const name = inBody ? receipt.ran : level.tasks.cidOf(task)
      const isNew = !inBody || !this.#recorded.has(name.toString())
      if (inBody) this.#recorded.add(name.toString())
      const block = by === 'execution' ? settled.instruction : undefined
      if (isNew) await this.#options.store.record(this.#run, name, receipt, by === 'memory', block)
    }
    if (level.limits[task] !== NONE)
      this.#options.onEvent?.({
        kind: 'finished',
        ...this.#named(level, task),
        hit: by === 'memory',
        failed: out[0] === 'error',
        ms: by === 'execution' ? (receipt?.meta.ms ?? 0) : 0,
      })
    if (out[0] === 'ok') this.#done(node, out[1])
    else this.#fail(node, { level, task, failure: out[1] })
  }

  #done(node: number, value: Ipld): void {
    this.#results.set(node, value)
    this.#tell({ kind: 'done', task: node })
  }

  #fail(node: number, { level, task, failure }: Fault): void {
    this.#faults.set(node, { level, task, failure: failure! })
    this.#tell({ kind: 'failed', task: node })
  }

  #named(level: Level, task: number): { task: CID; origin: CID; func?: string } {
    const cid = level.tasks.cidOf(task)
    const func = this.#plan.functionOf(level, task)?.name ?? level.effects.get(task)
    return { task: cid, origin: this.#origin(cid), ...(func === undefined ? {} : { func }) }
  }

  #conclude(end: NonNullable<Commands['end']>): Ended {
    // What a job that is done has failed in, it has caught or had no need of.
    const failed = end.state === 'done' ? 0 : this.#faults.size - this.#caught.size
    const ms = performance.now() - this.#began
    const summary = { run: this.#run, job: this.#plan.cid, ...this.#counts, failed, ms }
    if (this.#broken.length > 0) return { summary, state: 'broken', error: this.#broken[0] }
    if (end.state === 'done') return { summary, state: 'done', result: this.#results.get(this.#schedule.root)! }
    if (end.state === 'stopped') return { summary, state: 'stopped' }
    const { level, task, failure, refused } = this.#faults.get(end.task)!
    if (refused !== undefined) return { summary, state: 'refused', message: refused }
    return { summary, state: 'failed', failure: failure!, ...this.#named(level, task) }
  }
}
