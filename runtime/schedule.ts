import { DONE, FAILED, HELD, KNOWN, Nodes, QUEUED, RUNNING, sequence } from './nodes.ts'
import type { Expansion, Template } from './nodes.ts'
import { Work } from './demand.ts'
import { ReadySet } from './ready.ts'

export type ScheduleEvent<Frame = unknown> =
  | { kind: 'done'; task: number }
  /** `final`: nothing catches it. */
  | { kind: 'failed'; task: number; final?: boolean }
  /** The task goes on when these instances of a body are there: it is started again then. */
  | { kind: 'expanded'; task: number; instances: Instances<Frame> }
  /** The task came to nothing, through no fault of its own: it is ready again. */
  | { kind: 'dropped'; task: number }
  /** The task waits for the barrier: it is started again when that has opened. */
  | { kind: 'held'; task: number }
  /** The barrier is open: what was held is ready. */
  | { kind: 'open' }
  /** Nobody knows what the task came to, so that what needs it waits for good. */
  | { kind: 'unknown'; task: number }
  /** Nothing new is to start; what is under way is awaited. */
  | { kind: 'stop' }

export interface Instances<Frame> {
  template: Template
  /** At least 1. */
  count: number
  /**
   * What is handed to an instance and is itself the end of an instance before it: its number, {@link KNOWN} for a
   * value. As many in a row for each instance as the operation hands in; absent where all are values.
   */
  handed?: Int32Array
  /** The task needs every instance, else the last one. */
  all: boolean
  /** The task goes on also when the instance has failed, in a way that can be caught. */
  catches: boolean
  frame: Frame
}

export interface Commands {
  /** Tasks to start now, in this order; the results of their inputs are there. */
  start: number[]
  /** Tasks whose results no task that can still start needs. */
  release: number[]
  /** Nothing is left to do but what is held, and nothing has failed that nobody catches: these tasks. */
  barrier?: number[]
  /** Set once, when nothing is under way and nothing more will start. */
  end?:
    | { state: 'done' }
    | { state: 'failed'; task: number }
    | { state: 'stopped' }
    /** All that is left needs a task of which nobody knows what it came to. */
    | { state: 'unknown' }
}

/** The scheduler's state, about 40 bytes a task and 16 an input. It belongs to {@link step}, which changes it in place. */
export interface Schedule<Frame> extends State<Frame> {
  readonly work: Work<Frame>
}

/** What of it is not for the length of one step. */
export interface State<Frame> {
  readonly nodes: Nodes<Frame>
  /** The end of the job, which needs its result and its commands. */
  readonly root: number
  /** How many tasks may be under way at the same time. */
  readonly window: number
  /** Tasks of the job in the order of starting, the end last, and the place of each task in it. */
  readonly order: Uint32Array
  readonly place: Uint32Array
  /** Places at which something is ready: the task itself, or tasks of bodies that were expanded there, latest first. */
  readonly ready: ReadySet
  readonly inner: Map<number, number[]>
  /**
   * Of nodes of which an input has failed: the position of the first that did, beyond which nothing is demanded, and
   * up to where all inputs are there.
   */
  readonly faults: Map<number, { bound: number; cursor: number }>
  /** Failures that nothing catches. */
  readonly final: Set<number>
  /** Tasks that wait for the barrier. */
  held: number[]
  /**
   * Failures are put off until nothing else is left to do, those that are caught before those that are not: for a run that
   * is resumed, so that whatever was begun before is come to again, whichever failure is seen first now.
   */
  readonly patient: boolean
  putOff: number[]
  /** There is a task of which nobody knows what it came to. */
  unknown: boolean
  underWay: number
  stopped: boolean
  ended: boolean
}

/** More tasks than this are not in one run: some 2 GB. */
export const maxNodes = 1 << 25

/**
 * A schedule for a job, or for a body whose parameters are values, of which nothing is started yet. The result and the commands of the job are demanded, and what
 * they need; a task that nothing demands is never started.
 *
 * @param window how many tasks may be under way at the same time, at least 1
 * @param frame for the one instance of the job
 */
export function createSchedule<Frame>(job: Template, window: number, frame: Frame, patient = false): Schedule<Frame> {
  const { size } = job
  const { order: tasks } = sequence(job)
  const order = new Uint32Array(size + 1)
  order.set(tasks)
  order[size] = size
  const place = new Uint32Array(size + 1)
  for (let at = 0; at <= size; at++) place[order[at]!] = at
  const state: State<Frame> = {
    nodes: new Nodes<Frame>(),
    root: size,
    window: Math.max(1, window),
    order,
    place,
    ready: new ReadySet(size + 1),
    inner: new Map(),
    faults: new Map(),
    final: new Set(),
    held: [],
    patient,
    putOff: [],
    unknown: false,
    underWay: 0,
    stopped: false,
    ended: false,
  }
  state.nodes.add({
    op: -1,
    template: job,
    first: 0,
    count: 1,
    place: 0,
    handed: job.params,
    captured: [],
    all: false,
    catches: false,
    frame,
  })
  state.nodes.uses[size] = 1
  state.nodes.demand[size] = 1
  const work = new Work(state)
  work.touched.push(size)
  return Object.assign(state, { work })
}

/** The task whose failure a task has that failed. */
export function causeOf({ nodes }: Schedule<unknown>, task: number): number | undefined {
  return nodes.state[task] === FAILED ? nodes.waiting[task]! : undefined
}

/** The end of an instance that a task awaited; it stands until the task has gone on. */
export function endOf({ nodes }: Schedule<unknown>, task: number, instance: number): number {
  const { first, template } = nodes.current.get(task)!
  return first + (template.size + 1) * (instance + 1) - 1
}

/** What came with the instances that a task awaited; undefined before it had any. */
export function frameOf<Frame>({ nodes }: Schedule<Frame>, task: number): Frame | undefined {
  return nodes.current.get(task)?.frame
}

/** What a node is: a task of a template by its number, or its end, in an instance. */
export function identify<Frame>(
  { nodes }: Schedule<Frame>,
  node: number,
): { of: Expansion<Frame>; instance: number; task: number } {
  const of = nodes.expansionOf(node)
  const stride = of.template.size + 1
  const instance = Math.floor((node - of.first) / stride)
  return { of, instance, task: node - of.first - instance * stride }
}

/**
 * Takes what has happened, gives what to do: the whole scheduler, without clock, I/O or recursion. Amortised cost is
 * constant for each task and input.
 *
 * Evaluation is by demand. A task is decided when all of its inputs are there, or when one has failed and those before
 * it are there: then its failure is that one. So the failure that is reported is that of the first input that fails,
 * in the order of arguments, whatever the window and the order of completion. What stands behind an input that has
 * failed is demanded no more; what was under way is awaited.
 */
export function step<Frame>(schedule: Schedule<Frame>, events: readonly ScheduleEvent<Frame>[]): Commands {
  const commands: Commands = { start: [], release: [] }
  if (schedule.ended) return commands
  const { work, nodes, root } = schedule
  work.released = commands.release
  for (const event of events) {
    work.apply(event)
    work.settle()
  }
  do {
    work.settle()
    while (schedule.underWay < schedule.window && !schedule.stopped) {
      const next = work.next()
      if (next < 0) break
      schedule.nodes.state[next] = RUNNING
      schedule.underWay++
      commands.start.push(next)
    }
    // Where nothing else was left to start, stopping comes too late.
    if (schedule.stopped && nodes.state[root] === QUEUED) {
      nodes.state[root] = RUNNING
      schedule.underWay++
      commands.start.push(root)
    }
    if (schedule.underWay > 0) return commands
  } while (!schedule.stopped && work.face(failure => doomOf(schedule, [failure]) === undefined))

  const state = nodes.state[root]
  schedule.ended = true
  if (state === DONE) commands.end = { state: 'done' }
  else if (state === FAILED) commands.end = { state: 'failed', task: nodes.waiting[root]! }
  else if (schedule.stopped) commands.end = { state: 'stopped' }
  else {
    const cause = doomOf(schedule)
    const held = schedule.held.filter(node => nodes.state[node] === HELD && nodes.demand[node]! > 0)
    if (cause !== undefined) commands.end = { state: 'failed', task: cause }
    else if (held.length > 0) {
      schedule.ended = false
      commands.barrier = held
    } else if (schedule.unknown) commands.end = { state: 'unknown' }
    else throw new Error('the scheduler has nothing to do and is not done')
  }
  return commands
}

/**
 * The task because of which the job is sure to fail, though what stands before it in the order of arguments is not
 * decided yet; of several the first in that order.
 *
 * @param from failures that are put off and that count; all of them by default
 */
export function doomOf<Frame>(
  { nodes, faults, final, putOff, root }: Schedule<Frame>,
  from: Iterable<number> = putOff,
): number | undefined {
  if (nodes.state[root] === FAILED) return nodes.waiting[root]!
  const failures = new Set(from)
  if (faults.size + failures.size === 0) return undefined
  const doomed = new Set<number>()
  /** Operations that catch what an instance, its end, is sure to fail with. */
  const catching: { op: number; end: number }[] = []
  const climb = [...faults.keys(), ...failures]
  const causeBelow = (from: number): number => {
    let node = from
    while (nodes.state[node] !== FAILED) {
      if (failures.has(node)) return node
      const row = nodes.row(node)
      let position = 0
      const fails = (input: number): boolean => input !== KNOWN && (nodes.state[input] === FAILED || doomed.has(input))
      while (!fails(nodes.inputAt(row, position))) position++
      node = nodes.inputAt(row, position)
    }
    return nodes.waiting[node]!
  }
  for (;;) {
    for (let node = climb.pop(); node !== undefined; node = climb.pop()) {
      if (doomed.has(node) || nodes.state[node]! >= DONE) continue
      doomed.add(node)
      nodes.eachWaiter(node, waiter => climb.push(waiter))
      const of = nodes.expansionOf(node)
      const { op, first, template, count, all, catches } = of
      const stride = template.size + 1
      const past = node - first + 1
      if (op < 0 || nodes.current.get(op) !== of || past % stride !== 0) continue
      if (!all && past !== count * stride) continue
      if (catches) catching.push({ op, end: node })
      else climb.push(op)
    }
    const caught = catching.findIndex(({ op, end }) => !doomed.has(op) && final.has(causeBelow(end)))
    if (caught < 0) break
    const { op } = catching[caught]!
    catching.splice(caught, 1)
    climb.push(op)
  }
  return doomed.has(root) ? causeBelow(root) : undefined
}
