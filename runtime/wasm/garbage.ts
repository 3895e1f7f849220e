import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Task } from './task.ts'

// Contexts that are made from now on have the function.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (how: { type: 'major' | 'minor' }) => void

/**
 * Has the engine free the instances and values of calls that are over. By itself it lets the memories of several dead
 * instances stand in each worker, however large: it does not know that the next one may need as much.
 */
export class Garbage {
  readonly #task: Task
  readonly #most: number
  /** Bytes of this process when it had the least. */
  #floor = process.memoryUsage.rss()

  /** @param most bytes that may be left behind */
  constructor(task: Task, most: number) {
    this.#task = task
    this.#most = most
  }

  /** Whether there is so much that it is to be freed. */
  due(): boolean {
    const task = this.#task
    if (task.left <= this.#most) return false
    task.left = 0
    const used = process.memoryUsage.rss()
    this.#floor = Math.min(this.#floor, used)
    // Pages that were never touched take no memory.
    return used > this.#floor + this.#most
  }

  /** To be called between two calls, when nothing holds what the first one gave. Takes some milliseconds. */
  free(): void {
    collect({ type: 'major' })
    // It waits until what the first one has found is given back, which another thread does.
    collect({ type: 'minor' })
  }
}
