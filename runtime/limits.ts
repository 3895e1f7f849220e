import type { CID } from 'multiformats/cid'
import type { Limits } from '../dag/interface.ts'
import { isTask, TaskTable } from './table.ts'

/** Limits by task. Few differ within a job, so that each task holds the number of its own. */
export class LimitsTable {
  readonly #list: Limits[] = []
  readonly #tasks: TaskTable
  readonly #numbers: Uint32Array
  readonly #taken: Uint8Array
  /** What is wrong with the limits alone. */
  readonly wrong: string | undefined

  constructor(meta: [CID, Limits][]) {
    this.#tasks = new TaskTable(meta.length)
    this.#numbers = new Uint32Array(meta.length)
    this.#taken = new Uint8Array(meta.length)
    const kinds = new Map<string, number>()
    let kind = -1
    for (const [at, [task, limits]] of meta.entries()) {
      if (!isTask(task)) this.wrong ??= `it has limits for ${task}, which is no task of it`
      else if (!this.#tasks.add(task)) this.wrong ??= `it has limits for the task ${task} twice`
      if (this.wrong !== undefined) return
      // Most often they are those of the task before.
      if (kind < 0 || !areEqual(limits, this.#list[kind]!)) {
        const key = Object.values(limits).join('/')
        kind = kinds.get(key) ?? this.#list.push(limits) - 1
        kinds.set(key, kind)
      }
      this.#numbers[at] = kind
    }
  }

  at(number: number): Limits {
    return this.#list[number]!
  }

  /** The number of the limits of a task. */
  take(task: CID): number | undefined {
    const at = this.#tasks.numberOf(task)
    if (at < 0) return undefined
    this.#taken[at] = 1
    return this.#numbers[at]!
  }

  /** What is wrong with the limits when every task has taken its own. */
  surplus(): string | undefined {
    const surplus = this.#taken.indexOf(0)
    return surplus < 0
      ? undefined
      : `it has limits for ${this.#tasks.cidOf(surplus)}, which is no Wasm or effect task of it`
  }
}

function areEqual(a: Limits, b: Limits): boolean {
  return a.time === b.time && a.memory === b.memory && a.gas === b.gas && a.retry === b.retry && a.check === b.check
}
