import { createReadySet, type ReadySet } from './ready.ts'

/**
 * What the scheduler knows of a job: its tasks by number and what each awaits, in compressed rows.
 *
 * Tasks stand in post-order (docs/dag.md, Job): every input of a task has a lower number than the task.
 */
export interface Graph {
  /** Number of tasks. */
  size: number
  /** Inputs of task `i` are `inputs[inputStart[i]] … inputs[inputStart[i + 1] - 1]`, each at most once. */
  inputStart: Uint32Array
  inputs: Uint32Array
  /** Cost of each task for the longest path; absent means one each. */
  weight?: Uint8Array
  /** Tasks whose results are needed at the end, so that they are not released before. */
  roots: Iterable<number>
}

export type ScheduleEvent =
  | { kind: 'done'; task: number }
  | { kind: 'failed'; task: number }
  /** The task came to nothing, through no fault of its own: it is ready again. */
  | { kind: 'dropped'; task: number }
  /** Nothing new is to start; what is under way is awaited. */
  | { kind: 'stop' }

export interface Commands {
  /** Tasks to start now, in this order; the results of their inputs are there. */
  start: number[]
  /** Tasks whose results no task that can still start needs. */
  release: number[]
  /** Set once, when nothing is under way and nothing more will start. */
  end?: { state: 'done' } | { state: 'failed'; task: number } | { state: 'stopped' }
}

/** The scheduler's state: about 25 bytes a task and 8 an edge. It belongs to {@link step}, which changes it in place. */
export interface Schedule {
  readonly graph: Graph
  /** How many tasks may be under way at the same time. */
  readonly window: number
  /** Tasks in sequence, and the place of each task in it: see {@link sequence}. */
  readonly order: Uint32Array
  readonly place: Uint32Array
  /** Who awaits a task, in compressed rows. */
  readonly outputStart: Uint32Array
  readonly outputs: Uint32Array
  /** Inputs that are not there yet. */
  readonly waiting: Uint32Array
  /** Uses of a result that are still to come. */
  readonly uses: Uint32Array
  /** Places of tasks that are ready. */
  readonly ready: ReadySet
  underWay: number
  /** Place of the failure that counts, `size` where there is none: only what stands before it may still start. */
  bound: number
  stopped: boolean
  ended: boolean
}

/** @param window how many tasks may be under way at the same time, at least 1 */
export function createSchedule(graph: Graph, window: number): Schedule {
  const { size, inputs, inputStart } = graph
  const outputStart = new Uint32Array(size + 1)
  for (const input of inputs) outputStart[input + 1]!++
  const uses = outputStart.slice(1)
  for (let task = 0; task < size; task++) outputStart[task + 1]! += outputStart[task]!
  const outputs = new Uint32Array(inputs.length)
  const filled = outputStart.slice(0, size)
  for (let task = 0; task < size; task++) {
    for (let at = inputStart[task]!; at < inputStart[task + 1]!; at++) outputs[filled[inputs[at]!]!++] = task
  }
  for (const root of graph.roots) uses[root]!++

  const order = sequence(graph)
  const place = new Uint32Array(size)
  for (let at = 0; at < size; at++) place[order[at]!] = at

  const waiting = new Uint32Array(size)
  const ready = createReadySet(size)
  for (let task = 0; task < size; task++) {
    waiting[task] = inputStart[task + 1]! - inputStart[task]!
    if (waiting[task] === 0) ready.add(place[task]!)
  }
  return {
    graph,
    window: Math.max(1, window),
    order,
    place,
    outputStart,
    outputs,
    waiting,
    uses,
    ready,
    underWay: 0,
    bound: size,
    stopped: false,
    ended: false,
  }
}

/**
 * The order in which one worker alone would run the tasks: longest remaining path first, equal ones in task order.
 * It is a topological order, since an input's path is never shorter than that of what awaits it.
 */
function sequence({ size, inputs, inputStart, weight }: Graph): Uint32Array {
  const path = new Uint32Array(size)
  let longest = 0
  for (let task = size - 1; task >= 0; task--) {
    const length = (path[task]! += weight ? weight[task]! : 1)
    if (length > longest) longest = length
    for (let at = inputStart[task]!; at < inputStart[task + 1]!; at++) {
      const input = inputs[at]!
      if (path[input]! < length) path[input] = length
    }
  }
  // A counting sort keeps it linear.
  const next = new Uint32Array(longest + 2)
  for (let task = 0; task < size; task++) next[longest - path[task]! + 1]!++
  for (let length = 0; length < longest; length++) next[length + 1]! += next[length]!
  const order = new Uint32Array(size)
  for (let task = 0; task < size; task++) order[next[longest - path[task]!]!++] = task
  return order
}

/**
 * Takes what has happened, gives what to do: the whole scheduler, without clock, I/O or recursion. Amortised cost is
 * constant for each task and edge.
 *
 * A failure closes everything behind it in {@link sequence}; what stands before it still runs, and a failure there
 * takes its place. So the failure that is reported is the one that a single worker would have met, whatever the
 * window and the order of completion. What was under way is awaited.
 */
export function step(schedule: Schedule, events: readonly ScheduleEvent[]): Commands {
  const commands: Commands = { start: [], release: [] }
  for (const event of events) apply(schedule, event, commands)
  if (schedule.ended) return commands

  const { ready, order } = schedule
  let next = ready.first()
  while (next >= 0 && next < schedule.bound && schedule.underWay < schedule.window && !schedule.stopped) {
    ready.delete(next)
    schedule.underWay++
    commands.start.push(order[next]!)
    next = ready.first()
  }
  if (schedule.underWay === 0) {
    schedule.ended = true
    if (next >= 0 && next < schedule.bound) commands.end = { state: 'stopped' }
    else if (schedule.bound < schedule.graph.size) commands.end = { state: 'failed', task: order[schedule.bound]! }
    else commands.end = { state: 'done' }
  }
  return commands
}

function apply(schedule: Schedule, event: ScheduleEvent, commands: Commands): void {
  if (event.kind === 'stop') {
    schedule.stopped = true
    return
  }
  const { task } = event
  const { waiting, uses, place, outputs, outputStart } = schedule
  const { inputs, inputStart } = schedule.graph
  schedule.underWay--
  if (event.kind === 'dropped') {
    schedule.ready.add(place[task]!)
    return
  }
  for (let at = inputStart[task]!; at < inputStart[task + 1]!; at++) {
    const input = inputs[at]!
    if (--uses[input]! === 0) commands.release.push(input)
  }
  if (event.kind === 'failed') {
    schedule.bound = Math.min(schedule.bound, place[task]!)
    return
  }
  if (uses[task] === 0) commands.release.push(task)
  for (let at = outputStart[task]!; at < outputStart[task + 1]!; at++) {
    const output = outputs[at]!
    if (--waiting[output]! === 0) schedule.ready.add(place[output]!)
  }
}
