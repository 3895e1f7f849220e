import { partsOf } from '../../compiler/check/parts.ts'
import type { CheckedBody, CheckedJob, Core, TypeArgument } from '../../compiler/core.ts'

/** How many calls of components and effects something makes at most, as far as its text says. */
export interface Count {
  tasks: number
  /** Whether there are more, by lists whose length is not known, or in what was not looked at. */
  more: boolean
}

/** A loop with tasks in it. */
export interface Loop extends Count {
  /** Offset of the loop, in the file of its job. */
  start: number
  /** How often its body is computed, where that is known. */
  times: number | undefined
}

/** Most parts of jobs that are looked at for one answer. */
const MAX_PARTS = 100_000
/** Deepest nesting that is followed, calls of jobs included. */
const MAX_DEPTH = 500

/** Counts the tasks of jobs, those of the jobs that they call among them, each job once. */
export class TaskCounter {
  readonly #known = new Map<CheckedJob, { count: Count; loops: Loop[] }>()
  #parts = 0
  #depth = 0
  /** How often something was too deep to be looked at. */
  #cut = 0
  /** Of the job that is being counted. */
  #loops: Loop[] = []
  #values = new Map<object, Core>()

  /** The tasks of a job, and its own loops that have some. */
  of(job: CheckedJob): { count: Count; loops: readonly Loop[] } {
    const known = this.#known.get(job)
    if (known) return known
    const [loops, values] = [this.#loops, this.#values]
    this.#loops = []
    this.#values = new Map()
    // A job that calls itself is refused; what it would come to is not known.
    const found = { count: { tasks: 0, more: true }, loops: this.#loops }
    this.#known.set(job, found)
    const before = this.#cut
    found.count = this.#body(job.body)
    // Less deep there may be more of it.
    if (this.#cut > before) this.#known.delete(job)
    this.#loops = loops
    this.#values = values
    return found
  }

  #body({ statements, value }: CheckedBody): Count {
    for (const { binding, value } of statements) if (binding) this.#values.set(binding, value)
    return sum([...statements.map(statement => this.#part(statement.value)), this.#part(value)])
  }

  #part(core: Core | undefined): Count {
    if (!core) return none
    if (++this.#parts > MAX_PARTS) return { tasks: 0, more: true }
    if (this.#depth >= MAX_DEPTH) {
      this.#cut++
      return { tasks: 0, more: true }
    }
    this.#depth++
    const count = this.#countOf(core)
    this.#depth--
    return count
  }

  #all(parts: readonly (Core | undefined)[]): Count {
    return sum(parts.map(part => this.#part(part)))
  }

  #countOf(core: Core): Count {
    switch (core.kind) {
      case 'wasm':
        return sum([one, this.#all(core.args)])
      case 'effect':
        return sum([one, this.#all(core.args), this.#all(core.after), core.undo ? this.#body(core.undo) : none])
      case 'job':
        return sum([this.of(core.job).count, this.#all(core.args), this.#all(core.after)])
      case 'compiled':
        return sum([{ tasks: 0, more: true }, this.#all(core.args)])
      case 'block':
      case 'try':
        return this.#body(core.body)
      case 'catch':
        return sum([this.#body(core.body), this.#body(core.alternative)])
      case 'branch': {
        const bodies = core.bodies.map(body => this.#body(body))
        const tasks = Math.max(0, ...bodies.map(body => body.tasks))
        return sum([this.#part(core.selector), { tasks, more: bodies.some(({ more }) => more) }])
      }
      case 'for':
      case 'reduce':
      case 'fold': {
        const length = this.#lengthOf(core.list)
        const times = length === undefined || core.kind !== 'reduce' ? length : Math.max(0, length - 1)
        const body = this.#body(core.body)
        if (body.tasks > 0 || body.more) this.#loops.push({ ...body, start: core.site.start, times })
        const init = core.kind === 'fold' ? this.#part(core.init) : none
        return sum([this.#part(core.list), init, repeated(body, times)])
      }
      default:
        return this.#all(partsOf(core))
    }
  }

  /** How many elements a list has, where that stands in the text. */
  #lengthOf(core: Core): number | undefined {
    let list: Core | undefined = core
    // A `let` stands for what is before it, so that this comes to an end; not even a long chain of them is followed for long.
    for (let steps = 0; list && steps < 100; steps++) {
      if (list.kind === 'list') return list.items.length
      if (list.kind === 'operation' && list.op === 'core/range') return rangeOf(list.args)
      if (list.kind === 'local') list = this.#values.get(list.binding)
      else if (list.kind === 'constant' || list.kind === 'widen') list = list.value
      else if (list.kind === 'block') list = list.body.value
      else if (list.kind === 'for') ({ list } = list)
      else return undefined
    }
    return undefined
  }
}

const none: Count = { tasks: 0, more: false }
const one: Count = { tasks: 1, more: false }

function sum(counts: readonly Count[]): Count {
  return { tasks: counts.reduce((all, { tasks }) => all + tasks, 0), more: counts.some(({ more }) => more) }
}

function repeated(body: Count, times: number | undefined): Count {
  if (times === undefined) return { tasks: 0, more: body.tasks > 0 || body.more }
  return times === 0 ? none : { tasks: body.tasks * times, more: body.more }
}

/** The length of a range whose ends are written out. */
function rangeOf([from, to]: readonly (Core | TypeArgument)[]): number | undefined {
  const [first, end] = [numberOf(from), numberOf(to)]
  return first === undefined || end === undefined ? undefined : Math.max(0, end - first)
}

function numberOf(core: Core | TypeArgument | undefined): number | undefined {
  if (core?.kind === 'widen' || core?.kind === 'constant') return numberOf(core.value)
  return core?.kind === 'number' ? Number(core.value) : undefined
}

/** As `12 tasks`, `2 tasks and more`; undefined where there are none. */
export function countText({ tasks, more }: Count): string | undefined {
  if (tasks === 0) return more ? 'some tasks' : undefined
  return `${numbered(tasks)}${more ? ' and more' : ''}`
}

/** What a loop does: `10 × 2 tasks`, or `2 tasks each`. */
export function loopText({ tasks, more, times }: Loop): string {
  const each = countText({ tasks, more }) ?? 'no tasks'
  return times === undefined ? `${each} each` : `${times.toLocaleString('en')} × ${each}`
}

function numbered(tasks: number): string {
  if (tasks > 1e9) return 'over 1,000,000,000 tasks'
  return `${tasks.toLocaleString('en')} ${tasks === 1 ? 'task' : 'tasks'}`
}
