import { setImmediate } from 'node:timers/promises'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Task } from './task.ts'

type Collect = (how: { type: 'major' | 'minor'; flavor?: 'last-resort' }) => void

let collector: Collect | undefined

function collectorOf(): Collect {
  if (!collector) {
    // Contexts that are made from now on have the function.
    setFlagsFromString('--expose-gc')
    collector = runInNewContext('gc') as Collect
  }
  return collector
}

/** Has the engine free what nothing in this thread holds. Takes some milliseconds, and more where much is held. */
function collect(): void {
  const collector = collectorOf()
  collector({ type: 'major' })
  // A heap that was large keeps its memory for what may come, unless there is nowhere else to have some.
  if (unused() > mostSpent) collector({ type: 'major', flavor: 'last-resort' })
  // It waits until what the first one has found is given back, which another thread does.
  collector({ type: 'minor' })
}

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

  /** To be called between two calls, when nothing holds what the first one gave. */
  free(): void {
    collect()
  }
}

/**
 * Has the engine free large results in the thread that was given them, as soon as that has let go of them: until then
 * its own count of what is dead would grow with how much there is.
 */
export class Spent {
  /** Bytes of the heap, and what is beside it, when it was last looked through. */
  #floor = Infinity

  /** Frees what was given away now, when the other callbacks of this turn have used it. */
  async freed(): Promise<void> {
    await setImmediate()
    const used = inUse()
    if (used > this.#floor + mostSpent || unused() > mostSpent) {
      collect()
      this.#floor = inUse()
    } else this.#floor = Math.min(this.#floor, used)
  }
}

/** Has the engine free what a stream has read, every few megabytes: it would let 64 of them stand. */
export class Chunks {
  #read = 0

  count(bytes: number): void {
    this.#read += bytes
    if (this.#read < mostSpent) return
    this.#read = 0
    // They are young.
    collectorOf()({ type: 'minor' })
  }
}

/** Bytes that may have come to a heap since it was looked through, or be free in it. */
const mostSpent = 8 << 20

/** Bytes that the heap keeps for what may come. */
function unused(): number {
  const { total_heap_size, used_heap_size } = getHeapStatistics()
  return total_heap_size - used_heap_size
}

function inUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}
