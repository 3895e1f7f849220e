import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { KNOWN, type Template } from '../../../runtime/nodes.ts'
import {
  causeOf,
  createSchedule,
  endOf,
  identify,
  step,
  type Instances,
  type ScheduleEvent,
} from '../../../runtime/schedule.ts'

/**
 * Jobs with bodies in a form that is easy to make up and to evaluate: the scheduler is held against an evaluator that
 * follows the language's rules alone.
 */
export interface Level {
  params: number
  tasks: Step[]
  /** References as in a {@link Template}. */
  value: number[]
  commands: number[]
}

export type Step =
  | { kind: 'call'; inputs: number[]; outcome: 'ok' | 'fails' | 'final' }
  /** What its bodies take: what the operation hands in, then the captured references. */
  | { kind: Operation; inputs: number[]; captures: number[]; bodies: Level[]; count: number }

type Operation = 'map' | 'fold' | 'reduce' | 'branch' | 'try' | 'catch'
const handed: Record<Operation, number[]> = {
  map: [1],
  fold: [2],
  reduce: [2],
  branch: [0, 0],
  try: [0],
  catch: [0, 1],
}
const operations = Object.keys(handed) as Operation[]

/** Values are made of values, so that a short job can have one that no memory holds: those that are long are hashed. */
function hashed(value: string): string {
  return value.length > 120 ? createHash('sha256').update(value).digest('hex') : value
}

/** A value, written as what it was computed from, or the task that has failed. */
export type Outcome = { value: string } | { failed: string; final: boolean }

/**
 * Evaluates by demand, one task at a time, from the definition. Gives which calls were evaluated, too.
 *
 * @param nameOf what stands for a call in values and failures, by its place in the run
 * @param caught the value that a failure becomes
 * @param short keeps values from growing beyond measure
 */
export function reference(
  job: Level,
  nameOf: (call: Step, path: string) => string = (_, path) => path,
  caught: (failed: string) => string = failed => `error ${failed}`,
  short: (value: string) => string = hashed,
): { outcome: Outcome; calls: Set<string> } {
  const calls = new Set<string>()

  const instance = (level: Level, path: string, args: (() => Outcome)[]): Outcome => {
    const known = new Map<number, Outcome>()
    const get = (at: number): Outcome => {
      if (at < 0) return args[~at]!()
      let outcome = known.get(at)
      if (!outcome) known.set(at, (outcome = perform(level.tasks[at]!, `${path}/${at}`, get)))
      return outcome
    }
    const parts = all(level.value, get)
    if ('failed' in parts) return parts
    const done = all(level.commands, get)
    return 'failed' in done ? done : { value: short(`{${parts.values}}`) }
  }

  const perform = (task: Step, path: string, get: (at: number) => Outcome): Outcome => {
    const inputs = all(task.inputs, get)
    if ('failed' in inputs) return inputs
    if (task.kind === 'call') {
      const name = nameOf(task, path)
      calls.add(name)
      if (task.outcome !== 'ok') return { failed: name, final: task.outcome === 'final' }
      return { value: short(`${name}(${inputs.values})`) }
    }
    const { count, bodies } = task
    const captured = task.captures.map(at => () => get(at))
    const given = (values: string[]): (() => Outcome)[] => [
      ...values.map(value => (): Outcome => ({ value })),
      ...captured,
    ]
    let turn = 0
    const run = (body: number, values: string[]): Outcome => instance(bodies[body]!, `${path}.${turn++}`, given(values))
    switch (task.kind) {
      case 'map': {
        const values: string[] = []
        for (let i = 0; i < count; i++) {
          const outcome = run(0, [`e${i}`])
          if ('failed' in outcome) return outcome
          values.push(outcome.value)
        }
        return { value: short(`[${values.map(one => `${one};`).join('')}]`) }
      }
      case 'fold': {
        let state = 'init'
        for (let i = 0; i < count; i++) {
          const outcome = run(0, [state, `e${i}`])
          if ('failed' in outcome) return outcome
          state = outcome.value
        }
        return { value: state }
      }
      case 'reduce': {
        const tree = pairs(count)
        // A pair is computed where its operands are asked for: left before right, both before the pair itself.
        const at = (pair: number): Outcome => {
          const values: string[] = []
          for (const operand of tree[pair]!) {
            if (operand < 0) values.push(`e${~operand}`)
            else {
              const outcome = at(operand)
              if ('failed' in outcome) return outcome
              values.push(outcome.value)
            }
          }
          return instance(bodies[0]!, `${path}.${pair}`, given(values))
        }
        return tree.length === 0 ? { value: 'e0' } : at(tree.length - 1)
      }
      case 'branch':
        return run(count % 2, [])
      case 'try': {
        const outcome = run(0, [])
        if ('failed' in outcome) return outcome.final ? outcome : { value: caught(outcome.failed) }
        return { value: short(`ok ${outcome.value}`) }
      }
      case 'catch': {
        const outcome = run(0, [])
        if (!('failed' in outcome) || outcome.final) return outcome
        return run(1, [caught(outcome.failed)])
      }
    }
  }
  return { outcome: instance(job, 'job', []), calls }
}

function all(
  references: number[],
  get: (at: number) => Outcome,
): { values: string[] } | Extract<Outcome, { failed: string }> {
  const values: string[] = []
  for (const at of references) {
    const outcome = get(at)
    if ('failed' in outcome) return outcome
    values.push(outcome.value)
  }
  return { values }
}

/** Operands of each pair: an earlier pair, or `~n` for element `n`; an odd one is carried over to the next level. */
export function pairs(count: number): [number, number][] {
  const made: [number, number][] = []
  let row = Array.from({ length: count }, (_, at) => ~at)
  while (row.length > 1) {
    const next: number[] = []
    for (let at = 0; at + 1 < row.length; at += 2) next.push(made.push([row[at]!, row[at + 1]!]) - 1)
    if (row.length % 2 === 1) next.push(row.at(-1)!)
    row = next
  }
  return made
}

/** Runs of one body, what is handed to each, and its name in paths. */
interface Frame {
  level: Level
  paths: (instance: number) => string
  values: (instance: number, param: number) => string | undefined
}

export interface Simulation {
  outcome: Outcome
  /** Calls that were started, each once, by path. */
  calls: string[]
  /** Results that were not released at the end. */
  left: number[]
  steps: number
}

/**
 * Runs a job through the scheduler, computing values as the evaluator does.
 *
 * @param pick which of the tasks under way ends next
 * @param drop whether a task that was started comes to nothing and is to be started again
 */
export function simulate(
  job: Level,
  window: number,
  pick: (open: number) => number,
  drop: () => boolean = () => false,
): Simulation {
  const schedule = createSchedule<Frame>(templateOf(job), window, {
    level: job,
    paths: () => 'job',
    values: () => undefined,
  })
  const { nodes } = schedule
  const values = new Map<number, string>()
  const failures = new Map<number, { failed: string; final: boolean }>()
  const progress = new Map<number, { turn: number; state: string }>()
  const calls: string[] = []
  const started = new Set<number>()

  const begin = (node: number) => {
    const { of, instance, task } = identify(schedule, node)
    return { node, of, instance, task, frame: of.frame! }
  }
  const perform = ({ node, of, instance, task, frame }: ReturnType<typeof begin>): ScheduleEvent<Frame> => {
    const { level, paths, values: handedIn } = frame
    const get = (at: number): string => {
      const input = at >= 0 ? node - task + at : nodes.argumentOf(of, instance, ~at)
      const value = input === KNOWN ? handedIn(instance, ~at) : values.get(input)
      if (value === undefined) throw new Error(`the value of ${input} was asked for and is not there`)
      return value
    }
    const done = (value: string): ScheduleEvent<Frame> => {
      values.set(node, hashed(value))
      return { kind: 'done', task: node }
    }
    if (task === level.tasks.length) {
      level.commands.forEach(get)
      return done(`{${level.value.map(get)}}`)
    }
    const step = level.tasks[task]!
    const path = `${paths(instance)}/${task}`
    const inputs = step.inputs.map(get)
    if (step.kind === 'call') {
      if (!started.has(node)) calls.push(path)
      started.add(node)
      if (drop()) return { kind: 'dropped', task: node }
      if (step.outcome === 'ok') return done(`${path}(${inputs})`)
      const final = step.outcome === 'final'
      failures.set(node, { failed: path, final })
      return { kind: 'failed', task: node, final }
    }
    const { kind, count, bodies } = step
    const before = progress.get(node)
    const turn = before?.turn ?? 0
    const expand = (
      body: number,
      turns: number,
      how: Partial<Instances<Frame>>,
      give: (instance: number, param: number) => string,
    ): ScheduleEvent<Frame> => {
      const level = bodies[body]!
      // What is captured may be a value that was handed to the instance around it.
      const known = step.captures.map(at => (at < 0 ? handedIn(instance, ~at) : undefined))
      const own = level.params - known.length
      const frame: Frame = {
        level,
        paths: i => `${path}.${turn + i}`,
        values: (i, param) => (param < own ? give(i, param) : known[param - own]),
      }
      const instances = { template: templateOf(level), count: turns, all: false, catches: false, frame, ...how }
      return { kind: 'expanded', task: node, instances }
    }
    const next = (state: string): void => {
      progress.set(node, { turn: turn + 1, state })
    }
    const ended = (instance = 0): Outcome => {
      const end = endOf(schedule, node, instance)
      const cause = causeOf(schedule, end)
      return cause === undefined ? { value: values.get(end)! } : failures.get(cause)!
    }
    switch (kind) {
      case 'map': {
        if (count === 0) return done('[]')
        if (before)
          return done(
            `[${Array.from({ length: count }, (_, i) => `${(ended(i) as { value: string }).value};`).join('')}]`,
          )
        next('')
        return expand(0, count, { all: true }, i => `e${i}`)
      }
      case 'fold': {
        const state = before ? (ended() as { value: string }).value : 'init'
        if (turn === count) return done(state)
        next(state)
        return expand(0, 1, {}, (_, param) => (param === 0 ? state : `e${turn}`))
      }
      case 'reduce': {
        const tree = pairs(count)
        if (tree.length === 0) return done('e0')
        if (before) return done((ended(tree.length - 1) as { value: string }).value)
        next('')
        const operands = Int32Array.from(tree.flat(), operand => (operand < 0 ? KNOWN : operand))
        return expand(0, tree.length, { handed: operands }, (i, param) => `e${~tree[i]![param]!}`)
      }
      case 'branch':
        if (before) return done((ended() as { value: string }).value)
        next('')
        return expand(count % 2, 1, {}, () => '')
      case 'try': {
        if (!before) {
          next('')
          return expand(0, 1, { catches: true }, () => '')
        }
        const outcome = ended()
        return done('failed' in outcome ? `error ${outcome.failed}` : `ok ${outcome.value}`)
      }
      case 'catch': {
        if (turn === 0) {
          next('')
          return expand(0, 1, { catches: true }, () => '')
        }
        const outcome = ended()
        if (!('failed' in outcome)) return done(outcome.value)
        next('')
        return expand(1, 1, {}, () => `error ${outcome.failed}`)
      }
    }
  }

  const open: ReturnType<typeof begin>[] = []
  let events: ScheduleEvent<Frame>[] = []
  for (let steps = 1; ; steps++) {
    const commands = step(schedule, events)
    for (const node of commands.release)
      if (!values.delete(node)) throw new Error(`${node} was released and has no result`)
    open.push(...commands.start.map(begin))
    if (open.length > window) throw new Error('more tasks are under way than the window has room for')
    if (commands.end) {
      if (open.length > 0) throw new Error('it has ended while tasks are under way')
      const { end } = commands
      if (end.state === 'stopped' || end.state === 'unknown') throw new Error(`it is ${end.state}`)
      const outcome: Outcome = end.state === 'done' ? { value: values.get(schedule.root)! } : failures.get(end.task)!
      values.delete(schedule.root)
      return { outcome, calls, left: [...values.keys()], steps }
    }
    const [task] = open.splice(pick(open.length), 1)
    events = [perform(task!)]
  }
}

const templates = new WeakMap<Level, Template>()

function templateOf(level: Level): Template {
  const known = templates.get(level)
  if (known) return known
  const { tasks, value, commands, params } = level
  const rows = [...tasks.map(task => task.inputs), [...value, ...commands]].map(row => [...new Set(row)])
  const inputStart = new Uint32Array(rows.length + 1)
  rows.forEach((row, at) => (inputStart[at + 1] = inputStart[at]! + row.length))
  const captures = new Map<number, Int32Array>()
  tasks.forEach((task, at) => {
    if (task.kind !== 'call') captures.set(at, Int32Array.from(task.captures))
  })
  const template = { params, size: tasks.length, inputStart, inputs: Int32Array.from(rows.flat()), captures }
  templates.set(level, template)
  return template
}

/** Random jobs: bodies in bodies, shared inputs, captures that are lazy, failures. */
export function levels(failing: boolean): fc.Arbitrary<Level> {
  const outcome = failing
    ? fc.constantFrom<('ok' | 'fails' | 'final')[]>('ok', 'ok', 'ok', 'fails', 'fails', 'final')
    : fc.constant('ok' as const)
  const some = (max: number): fc.Arbitrary<number[]> => fc.array(fc.nat({ max: 1000 }), { maxLength: max })
  interface Raw {
    tasks: RawStep[]
    value: number[]
    commands: number[]
  }
  interface RawStep {
    inputs: number[]
    outcome: 'ok' | 'fails' | 'final'
    operation?: { kind: Operation; captures: number[]; count: number; bodies: Raw[] }
  }
  const raw = (depth: number): fc.Arbitrary<Raw> =>
    fc.record({
      tasks: fc.array(
        depth === 0
          ? fc.record({ inputs: some(3), outcome })
          : fc.record(
              {
                inputs: some(3),
                outcome,
                operation: fc.record({
                  kind: fc.constantFrom(...operations),
                  captures: some(3),
                  count: fc.nat({ max: 4 }),
                  bodies: fc.tuple(raw(depth - 1), raw(depth - 1)),
                }),
              },
              { requiredKeys: ['inputs', 'outcome'] },
            ),
        { maxLength: depth === 2 ? 7 : 3 },
      ),
      value: some(3),
      commands: some(2),
    })
  const settle = (level: Raw, params: number): Level => {
    // Any number names something that is there: an earlier task or a parameter.
    const fit = (list: number[], tasks: number): number[] => {
      if (tasks + params === 0) return []
      return list.map(n => n % (tasks + params)).map(n => (n < tasks ? n : ~(n - tasks)))
    }
    const tasks = level.tasks.map(({ inputs, outcome, operation }, at): Step => {
      if (!operation) return { kind: 'call', inputs: fit(inputs, at), outcome }
      const { kind, count } = operation
      const captures = fit(operation.captures, at)
      const bodies = handed[kind].map((given, i) => settle(operation.bodies[i]!, given + captures.length))
      return { kind, inputs: fit(inputs, at), captures, bodies, count }
    })
    const value = fit(level.value, tasks.length)
    const commands = fit(level.commands, tasks.length)
    // No job has a task that nothing needs.
    const needed = new Set([
      ...tasks.flatMap(task => (task.kind === 'call' ? task.inputs : [...task.inputs, ...task.captures])),
      ...value,
      ...commands,
    ])
    value.push(...tasks.keys().filter(at => !needed.has(at)))
    return { params, tasks, value, commands }
  }
  return raw(2).map(level => settle(level, 0))
}
