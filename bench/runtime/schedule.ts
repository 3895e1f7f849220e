import { createSchedule, step, type Graph } from '../../runtime/schedule.ts'

/**
 * The scheduler alone on a chain, a fan and a mesh of `size` tasks: seconds, nanoseconds a task, bytes of index a task
 * and the peak of the process.
 */
const size = Number(process.argv[2] ?? 1_000_000)

function graphOf(inputsOf: (task: number) => number[]): Graph {
  const inputStart = new Uint32Array(size + 1)
  const inputs: number[] = []
  for (let task = 0; task < size; task++) {
    for (const input of inputsOf(task)) inputs.push(input)
    inputStart[task + 1] = inputs.length
  }
  return { size, inputStart, inputs: Uint32Array.from(inputs), roots: [size - 1] }
}

const shapes: Record<string, () => Graph> = {
  chain: () => graphOf(task => (task === 0 ? [] : [task - 1])),
  fan: () => graphOf(task => (task < size - 1 ? [] : Array.from({ length: size - 1 }, (_, at) => at))),
  mesh: () => graphOf(task => [...new Set([task - 1, task - 7, task >> 1])].filter(at => at >= 0 && at < task)),
}

console.log(`${size} tasks, window 8`)
for (const [name, make] of Object.entries(shapes)) {
  const graph = make()
  globalThis.gc?.()
  const before = process.memoryUsage().arrayBuffers
  const began = performance.now()
  const schedule = createSchedule(graph, 8)
  const planned = performance.now()
  let open: number[] = []
  let steps = 0
  for (;;) {
    const { start, end } = step(
      schedule,
      open.map(task => ({ kind: 'done', task })),
    )
    steps++
    if (end) break
    open = start
  }
  const done = performance.now()
  const index = process.memoryUsage().arrayBuffers - before
  const graphBytes = graph.inputStart.byteLength + graph.inputs.byteLength
  console.log(
    `${name.padEnd(6)} plan ${(planned - began).toFixed(0)} ms, ${steps} steps ${(done - planned).toFixed(0)} ms, ` +
      `${(((done - began) * 1e6) / size).toFixed(0)} ns/task, ${((index + graphBytes) / size).toFixed(0)} bytes/task, ` +
      `process ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  )
}
