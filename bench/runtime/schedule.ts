import { execFileSync } from 'node:child_process'
import type { Template } from '../../runtime/nodes.ts'
import { createSchedule, identify, step, type Instances, type ScheduleEvent } from '../../runtime/schedule.ts'

/**
 * The scheduler alone on a chain, a fan and a mesh of `size` tasks, and on bodies that expand: processor time, bytes of
 * index a task and the peak of the process. Each shape runs in a process of its own: `schedule.ts [SIZE] [SHAPE]`.
 */
const size = Number(process.argv[2] ?? 1_000_000)
const only = process.argv[3]

function templateOf(tasks: number, inputsOf: (task: number) => number[], end: number[], params = 0): Template {
  const inputStart = new Uint32Array(tasks + 2)
  const inputs: number[] = []
  for (let task = 0; task <= tasks; task++) {
    for (const input of task < tasks ? inputsOf(task) : end) inputs.push(input)
    inputStart[task + 1] = inputs.length
  }
  return { params, size: tasks, inputStart, inputs: Int32Array.from(inputs), captures: new Map() }
}

/** What the operations of a shape expand to; a task that is none is done at once. */
interface Shape {
  job: Template
  /** The instances that a task needs next; undefined where it is done. */
  expand?: (depth: number, turn: number) => Omit<Instances<number>, 'frame'> | undefined
}

/** A body of one task that needs the element. */
const leaf = templateOf(1, () => [~0], [0], 1)
const inner: Template = { ...leaf, captures: new Map([[0, new Int32Array(0)]]) }
const job: Template = { ...templateOf(1, () => [], [0]), captures: new Map([[0, new Int32Array(0)]]) }
const all = (template: Template, count: number) => ({ template, count, all: true, catches: false })

const side = Math.round(Math.sqrt(size))
const shapes: Record<string, () => Shape> = {
  chain: () => ({ job: templateOf(size, task => (task === 0 ? [] : [task - 1]), [size - 1]) }),
  fan: () => ({
    job: templateOf(size, task => (task < size - 1 ? [] : Array.from({ length: size - 1 }, (_, at) => at)), [size - 1]),
  }),
  mesh: () => ({
    job: templateOf(size, task => [...new Set([task - 1, task - 7, task >> 1])].filter(at => at >= 0 && at < task), [
      size - 1,
    ]),
  }),
  map: () => ({ job, expand: (depth, turn) => (depth === 0 && turn === 0 ? all(leaf, size) : undefined) }),
  'map in map': () => ({
    job,
    expand: (depth, turn) => (depth < 2 && turn === 0 ? all(depth === 0 ? inner : leaf, side) : undefined),
  }),
  fold: () => ({
    job,
    expand: (depth, turn) => (depth === 0 && turn < size / 10 ? { ...all(leaf, 1), all: false } : undefined),
  }),
}

if (only === undefined) {
  console.log(`${size} tasks (a tenth of them steps of the fold), window 8`)
  const own = ['--expose-gc', import.meta.filename, String(size)]
  for (const name of Object.keys(shapes)) execFileSync(process.execPath, [...own, name], { stdio: 'inherit' })
} else measure(only, shapes[only]!())

function measure(name: string, { job, expand }: Shape): void {
  globalThis.gc?.()
  const before = memory()
  const began = processor()
  const schedule = createSchedule<number>(job, 8, 0)
  const planned = processor()
  const turns = new Map<number, number>()
  let open: number[] = []
  let steps = 0
  for (;;) {
    const events = open.map((task): ScheduleEvent<number> => {
      const { of, task: own } = identify(schedule, task)
      // The end of an instance is none of its tasks.
      const depth = of.frame ?? 0
      const next =
        own < of.template.size && of.template.captures.size > 0 ? expand?.(depth, turns.get(task) ?? 0) : undefined
      if (!next) return { kind: 'done', task }
      turns.set(task, (turns.get(task) ?? 0) + 1)
      return { kind: 'expanded', task, instances: { ...next, frame: depth + 1 } }
    })
    const { start, end } = step(schedule, events)
    steps++
    if (end) break
    open = start
  }
  const done = processor()
  const tasks = name === 'fold' ? size / 10 : size
  const bytes = memory() - before + job.inputStart.byteLength + job.inputs.byteLength
  console.log(
    `${name.padEnd(10)} plan ${(planned - began).toFixed(0)} ms, ${steps} steps ${(done - planned).toFixed(0)} ms, ` +
      `${(((done - began) * 1e6) / tasks).toFixed(0)} ns/task, ${(bytes / tasks).toFixed(0)} bytes/task, ` +
      `process ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  )
  turns.clear()
  if (!schedule.ended) throw new Error('it has not ended')
}

/** What is held: the arrays outside of the heap, and the heap where it is collected before. */
function memory(): number {
  globalThis.gc?.()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + (globalThis.gc ? heapUsed : 0)
}

/** Milliseconds of processor time, which other work on the machine changes least. */
function processor(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
