import { setImmediate as breathe } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import type { Block, Ipld } from '../dag/ipld.ts'
import { holeOf, type Hole } from '../dag/job.ts'
import { keyOfCid } from '../dag/links.ts'
import { Unfit } from './blocks.ts'
import type { Instances, OutcomeOf, Step } from './expand.ts'
import { identityOf, placeWithin, type Place } from './identity.ts'
import type { Failure } from './interface.ts'
import { NONE, type Level } from './level.ts'
import { KNOWN } from './nodes.ts'
import { ofResources } from './aside.ts'
import { fillAll, type ValueOf } from './resolve.ts'
import {
  causeOf,
  createSchedule,
  doomOf,
  endOf,
  frameOf,
  identify,
  maxNodes,
  step,
  type Commands,
  type ScheduleEvent,
} from './schedule.ts'
import { takesSecret, type Secrets } from './secrets.ts'
import type { Ended, Root, Session } from './session.ts'
import { open, perform, valueFailure, type Outcome, type Settled, type Started } from './task.ts'

/** Instances of one body: which, and what they are given. */
interface Frame {
  level: Level
  place: Place
  handed: Instances['handed']
  /** What is handed in is a secret. */
  secret: boolean
  /** It is there, or as it is, for a failure that could be another with other limits or on another day. */
  contingent: boolean
  /** What is captured and no task's result, by its place among the captured. */
  captured: (at: number) => Ipld | Promise<Ipld>
  capturedSecret: (at: number) => boolean
  /** How the operation goes on. */
  next: Instances['next']
  /** How many times the operation made instances before. */
  turn: number
  /** The task that made them, for what fails in none of theirs. */
  by: { level: Level; task: number } | undefined
}

/** Why a task failed. */
interface Fault {
  level: Level
  task: number
  secret: boolean
  contingent: boolean
  failure?: Failure
  refused?: string
}

/** Calls that are given to the executor for each that it runs, so that it can send short ones together. */
const AHEAD = 16
/** Milliseconds after which timers and signals get their turn, also where nothing else waits. */
const BREATH = 20

/** Performs tasks as the scheduler says, and gives the result at the end. */
export function drive(session: Session, root: Root): Promise<Ended> {
  return new Driver(session, root).run()
}

class Driver {
  readonly #session: Session
  readonly #isUndo: boolean
  readonly #schedule
  readonly #results = new Map<number, Ipld>()
  /** Tasks whose results are secrets. */
  readonly #secret = new Set<number>()
  readonly #hasSecrets: boolean
  /** Tasks whose results follow from a failure that could be another with other limits or on another day. */
  readonly #contingent = new Set<number>()
  readonly #faults = new Map<number, Fault>()
  /** Failures that the job has caught. */
  readonly #caught = new Set<number>()
  /** Commands that wait for the barrier. */
  readonly #held = new Map<number, { key: string; task: CID }>()
  readonly #broken: unknown[] = []
  #events: ScheduleEvent<Frame>[] = []
  #wake: () => void = () => undefined

  constructor(session: Session, { level, values, secret, place }: Root) {
    this.#session = session
    this.#isUndo = session.transaction ? session.transaction.undoing !== null : false
    this.#hasSecrets = secret
    const never = (): never => {
      throw new Error('the job stands in no body')
    }
    const handed = (_: number, param: number): Ipld => values[param]!
    const nothing = { contingent: false, captured: never, capturedSecret: never, next: never, by: undefined, turn: 0 }
    const frame: Frame = { level, place, handed, secret, ...nothing }
    const patient = session.transaction?.resumed ?? false
    this.#schedule = createSchedule(level.graph, session.executor.width * AHEAD, frame, patient)
    session.counts.tasks += level.work
  }

  async run(): Promise<Ended> {
    const halt = (): void => this.#halt()
    const { signal } = this.#session
    signal.addEventListener('abort', halt)
    if (signal.aborted) halt()
    try {
      let breath = performance.now()
      for (;;) {
        const happened = this.#events
        this.#events = []
        const commands = step(this.#schedule, happened)
        for (const node of commands.release) this.#results.delete(node)
        for (const node of commands.start) this.#begin(node)
        // What is wrong is found before anything is changed by it, or told.
        if ((commands.end || commands.barrier) && !signal.aborted) await this.#session.audit?.settle()
        if (commands.end) return this.#conclude(commands.end)
        if (commands.barrier && !this.#open(commands.barrier)) return { state: 'failing' }
        if (this.#events.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
        if (performance.now() - breath > BREATH) {
          await breathe()
          breath = performance.now()
        }
      }
    } catch (error) {
      return error === signal.reason ? { state: 'stopped' } : { state: 'broken', error }
    } finally {
      signal.removeEventListener('abort', halt)
    }
  }

  /** Opens the barrier, unless the job is being taken back. */
  #open(held: number[]): boolean {
    const transaction = this.#session.transaction!
    const { history } = transaction.journal
    if (history.failing) return false
    if (!history.open) transaction.open(held.map(node => this.#held.get(node)!))
    this.#tell({ kind: 'open' })
    return true
  }

  #tell(event: ScheduleEvent<Frame>): void {
    this.#events.push(event)
    this.#wake()
  }

  #halt(): void {
    this.#tell({ kind: 'stop' })
    this.#session.stop.abort()
  }

  #begin(node: number): void {
    const { of, instance, task } = identify(this.#schedule, node)
    const frame = of.frame!
    const { level } = frame
    const base = node - task
    const { nodes } = this.#schedule
    const results = this.#results
    let { contingent } = frame
    const nodeAt = (hole: Hole): number => {
      if (hole.kind === 'await') return base + level.tasks.numberOf(hole.task)
      if (hole.kind === 'slot') return nodes.argumentOf(of, instance, hole.index)
      throw new Error('a job that runs has no parameters')
    }
    const secrets: Secrets = {
      any: () => this.#hasSecrets || this.#secret.size > 0,
      has: hole => {
        const input = nodeAt(hole)
        if (input !== KNOWN) return this.#secret.has(input)
        const { index } = hole as Extract<Hole, { kind: 'slot' }>
        return index < of.handed ? frame.secret : frame.capturedSecret(index - of.handed)
      },
    }
    const valueOf: ValueOf = hole => {
      const input = nodeAt(hole)
      if (input !== KNOWN) {
        const result = results.get(input)
        if (result === undefined) throw new Error(`the result of task ${input} was needed and is not there`)
        if (this.#contingent.has(input)) contingent = true
        return result
      }
      const { index } = hole as Extract<Hole, { kind: 'slot' }>
      return index < of.handed ? frame.handed(instance, index) : frame.captured(index - of.handed)
    }
    if (task === level.graph.size) {
      this.#finish(node, frame, valueOf, secrets, () => contingent)
      return
    }
    const started: Started = {
      level,
      task,
      valueOf,
      secrets,
      secret: false,
      contingent: () => contingent,
      identity: () => identityOf(frame.place, instance, level.tasks.cidOf(task)),
      identityOf: value => {
        const hole = holeOf(value)
        return hole ? this.#identityOf(nodeAt(hole)) : ''
      },
      mayBegin: () => this.#session.transaction!.mayBegin && doomOf(this.#schedule) === undefined,
      onStart: func => this.#session.onEvent?.({ kind: 'started', ...this.#named(level, task), func }),
    }
    const before = frameOf(this.#schedule, node)
    void this.#attempt(node, async () => {
      if (level.bodies.has(task)) return this.#operate(node, started, before, { place: frame.place, instance })
      const settled = await perform(started, this.#session)
      if (!settled.ok) throw new Unfit(settled.error)
      await this.#settle(node, started, settled.value, of.op >= 0)
    })
  }

  /** Names a task, whatever it came to: an instance by where it stands. */
  #identityOf(node: number): string {
    if (node === KNOWN) return ''
    const { of, instance, task } = identify(this.#schedule, node)
    const { level, place } = of.frame!
    return task < level.graph.size ? identityOf(place, instance, level.tasks.cidOf(task)) : `${place.name}/${instance}`
  }

  async #attempt(node: number, body: () => Promise<void>): Promise<void> {
    try {
      await body()
    } catch (error) {
      if (error !== this.#session.signal.reason) {
        this.#broken.push(error)
        this.#halt()
      }
      this.#tell({ kind: 'dropped', task: node })
    }
  }

  /** Ends an instance: its value is that of its body. A value that stands there already needs no waiting. */
  #finish(node: number, frame: Frame, valueOf: ValueOf, secrets: Secrets, contingent: () => boolean): void {
    const { value } = frame.level
    const secret = takesSecret(value, secrets)
    const hole = holeOf(value)
    const ready = hole ? valueOf(hole) : undefined
    if (ready !== undefined && !(ready instanceof Promise)) {
      this.#done(node, ready, secret, contingent())
      return
    }
    void this.#attempt(node, async () => {
      const blocks: Block[] = []
      const filled = await fillAll([value], valueOf, blocks)
      await this.#session.blocks.put(blocks, secret)
      if (filled.ok) return this.#done(node, filled.value[0]!, secret, contingent())
      const failure = valueFailure(filled.error)
      // The result of the job is no task that could fail.
      if (!frame.by || !failure) throw new Unfit(filled.error)
      this.#fail(node, { ...frame.by, failure, secret, contingent: contingent() })
    })
  }

  /** Begins an operation with bodies, or goes on with it when the instances are there that it had made before. */
  async #operate(
    node: number,
    started: Started,
    before: Frame | undefined,
    around: { place: Place; instance: number },
  ): Promise<void> {
    let step: Step
    let captured: Frame['captured']
    let capturedSecret: Frame['capturedSecret']
    let secret: boolean
    let contingent: boolean
    if (before) {
      ;({ captured, capturedSecret, secret, contingent } = before)
      step = await before.next(instance => {
        secret ||= this.#isSecret(node, instance)
        contingent ||= this.#isContingent(node, instance)
        return this.#outcomeOf(node, instance)
      })
    } else {
      const opened = await open(started, this.#session)
      if (!opened.ok) throw new Unfit(opened.error)
      step = opened.value.step
      const values = opened.value.captured
      captured = at => {
        const hole = holeOf(values[at]!)
        return hole ? started.valueOf(hole) : values[at]!
      }
      capturedSecret = at => takesSecret(values[at]!, started.secrets)
      ;({ secret } = started)
      contingent = started.contingent()
    }
    if (step.kind === 'instances') {
      const turn = before ? before.turn + 1 : 0
      const op = started.level.tasks.cidOf(started.task)
      const place = placeWithin(around.place, around.instance, op, step.body, turn)
      return this.#expand(node, started, step, { place, turn, secret, contingent, captured, capturedSecret })
    }
    await this.#session.blocks.put(step.blocks, secret)
    if (step.kind === 'done') this.#done(node, step.value, secret, contingent)
    else this.#fail(node, { level: started.level, task: started.task, failure: step.failure, secret, contingent })
  }

  #expand(
    node: number,
    by: Started,
    step: Instances,
    rest: Pick<Frame, 'place' | 'turn' | 'secret' | 'contingent' | 'captured' | 'capturedSecret'>,
  ): void {
    const level = by.level.bodies.get(by.task)![step.body]!
    const { count, from, all, catches, handed, next } = step
    if (this.#schedule.nodes.count + count * (level.graph.size + 1) > maxNodes)
      throw new Unfit({ code: 'size', message: `the job expands to more than ${maxNodes} tasks` })
    this.#session.counts.tasks += level.work * count
    const frame: Frame = { level, handed, next, by: { level: by.level, task: by.task }, ...rest }
    const instances = { template: level.graph, count, all, catches, frame, ...(from ? { handed: from } : {}) }
    this.#tell({ kind: 'expanded', task: node, instances })
  }

  /** Whether what an instance came to tells of a secret. */
  #isSecret(op: number, instance: number): boolean {
    const end = endOf(this.#schedule, op, instance)
    const cause = causeOf(this.#schedule, end)
    return cause === undefined ? this.#secret.has(end) : this.#faults.get(cause)!.secret
  }

  /** Whether what an instance came to could be another with other limits or on another day. */
  #isContingent(op: number, instance: number): boolean {
    const end = endOf(this.#schedule, op, instance)
    const cause = causeOf(this.#schedule, end)
    if (cause === undefined) return this.#contingent.has(end)
    const { contingent, failure } = this.#faults.get(cause)!
    return contingent || ofResources.has(failure!.kind)
  }

  #outcomeOf(op: number, instance: number): ReturnType<OutcomeOf> {
    const end = endOf(this.#schedule, op, instance)
    const cause = causeOf(this.#schedule, end)
    if (cause === undefined) return { ok: true, value: this.#results.get(end)! }
    this.#caught.add(cause)
    return { ok: false, failure: this.#faults.get(cause)!.failure! }
  }

  async #settle(node: number, started: Started, settled: Settled, inBody: boolean): Promise<void> {
    const { level, task } = started
    if ('held' in settled) {
      this.#held.set(node, settled.held)
      this.#tell({ kind: 'held', task: node })
    } else if ('unknown' in settled) this.#tell({ kind: 'unknown', task: node })
    else if ('refused' in settled) {
      this.#faults.set(node, { level, task, refused: settled.refused, secret: false, contingent: false })
      this.#tell({ kind: 'failed', task: node, final: true })
    } else {
      await this.#record(started, settled, inBody)
      const { out, secret = started.secret } = settled
      const contingent = started.contingent()
      if (out[0] === 'ok') this.#done(node, out[1], secret, contingent)
      else this.#fail(node, { level, task, failure: out[1], secret: started.secret, contingent })
    }
  }

  /** Counts, tells and keeps what a task came to. */
  async #record({ level, task }: Started, settled: Outcome, inBody: boolean): Promise<void> {
    const { run, store, counts, recorded, undos, onEvent } = this.#session
    const { out, by, receipt, instruction } = settled
    const meta = receipt && 'meta' in receipt ? receipt.meta : undefined
    if (by === 'execution') {
      counts.ran++
      counts.gas += meta?.gas ?? settled.gas ?? 0
    }
    if (by === 'memory') counts.hits++
    if (by !== 'neither' && out[0] === 'error') this.#session.succeeds = false
    if (settled.undo && !this.#isUndo) undos.set(settled.undo.key, settled.undo)
    if (receipt) {
      // Tasks of bodies are told apart by what they came to be.
      const name = inBody ? receipt.ran : level.tasks.cidOf(task)
      const isNew = !inBody || !recorded.has(keyOfCid(name))
      if (inBody) recorded.add(keyOfCid(name))
      const block = by === 'execution' ? instruction : undefined
      if (isNew) await store.record(run, name, receipt, by === 'memory', block)
    }
    if (level.limits[task] === NONE) return
    const ms = by === 'execution' ? (meta?.ms ?? 0) : 0
    onEvent?.({ kind: 'finished', ...this.#named(level, task), hit: by === 'memory', failed: out[0] === 'error', ms })
  }

  #done(node: number, value: Ipld, secret: boolean, contingent: boolean): void {
    this.#results.set(node, value)
    if (secret) this.#secret.add(node)
    if (contingent) this.#contingent.add(node)
    this.#tell({ kind: 'done', task: node })
  }

  #fail(node: number, fault: Fault): void {
    this.#faults.set(node, fault)
    this.#tell({ kind: 'failed', task: node })
  }

  #named(level: Level, task: number): { task: CID; origin: CID; func?: string } {
    const cid = level.tasks.cidOf(task)
    const func = this.#session.plan.functionOf(level, task)?.name ?? level.effects.get(task)
    return { task: cid, origin: this.#session.origin(cid), ...(func === undefined ? {} : { func }) }
  }

  #conclude(end: NonNullable<Commands['end']>): Ended {
    // What a job that is done has failed in, it has caught or had no need of.
    if (end.state !== 'done') this.#session.counts.failed += this.#faults.size - this.#caught.size
    if (this.#broken.length > 0) return { state: 'broken', error: this.#broken[0] }
    if (end.state === 'done') return this.#result()
    if (end.state !== 'failed') return end
    const { level, task, failure, refused } = this.#faults.get(end.task)!
    if (refused !== undefined) return { state: 'refused', message: refused }
    return { state: 'failed', failure: failure!, ...this.#named(level, task) }
  }

  #result(): Ended {
    const { root } = this.#schedule
    if (!this.#secret.has(root) || this.#isUndo) return { state: 'done', result: this.#results.get(root)! }
    const message =
      'the result of the job holds a secret, which would be kept and shown; it has to be declassified first'
    return { state: 'broken', error: new Unfit({ code: 'secret', message }) }
  }
}
