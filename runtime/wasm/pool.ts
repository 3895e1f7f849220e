import { availableParallelism } from 'node:os'
import type { Executor, WasmCall, WasmOutcome } from '../interface.ts'
import { Cache } from './cache.ts'
import { Processes, Threads, type Starter } from './channels.ts'
import { failure } from './failure.ts'
import type { LogEntry } from './log.ts'
import { type Ending, Seat, type Sent } from './seat.ts'
import { ownBuffers } from './transfer.ts'

/** `thread`: threads of this process; `process`: processes of their own, for components of others. */
export type Isolation = 'thread' | 'process'

export interface LocalExecutorOptions {
  /** Workers at the most; as many as the machine has cores by default. Each is started when it is needed. */
  workers?: number
  /** What workers are; threads by default. */
  isolation?: Isolation
  /** Entry of a worker, and of what keeps workers; by default those beside this file, or beside the bundle that holds it. */
  workerUrl?: URL
  keeperUrl?: URL
  /** Bytes of components that each worker keeps compiled, and the pool keeps as bytes. */
  cache?: number
  /** Core instances that one worker makes before another takes its place. */
  recycle?: number
  /** Megabytes of JavaScript heap of each worker; values cross through it. Linear memories are not in it. */
  heap?: number
  /** What components write: standard output and error, and logging interfaces. */
  onLog?: (call: WasmCall, entries: LogEntry[]) => void
}

/** A call on its way. */
interface Job extends Sent {
  call: WasmCall
  /** Workers that were lost while they ran it. */
  losses: number
  seat?: Seat<Job>
  settle: (outcome: WasmOutcome) => void
  reject: (error: unknown) => void
}

/** More live memories than this and V8 refuses new ones to the whole process. */
const liveMemories = 10_000
/** So many workers are lost on one call, or had no memory or stack left for it, before it is to blame. */
const most = { lost: 3, exhausted: 2 }
/** Milliseconds of work that a worker is given ahead, so that it does not wait for the next call. */
const ahead = 4

/**
 * Runs calls in workers: each in a fresh instance, one at a time in a worker, sent in the order in which they were given,
 * several at once where they are short.
 *
 * Time limits count from the moment in which a worker begins to execute, not what waits or is compiled. A worker that
 * overruns is ended. One that is lost (its heap was exhausted, it was killed) is replaced, and its call tried twice more,
 * then it is a failure of kind `crash`; other calls that were sent to it run again as if nothing had been.
 */
export function createLocalExecutor(options: LocalExecutorOptions = {}): Executor {
  return new Pool(options)
}

function beside(name: string): URL {
  return new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
}

class Pool implements Executor {
  readonly width: number
  readonly #options: LocalExecutorOptions
  readonly #starter: Starter
  readonly #recycle: number
  readonly #seats: Seat<Job>[] = []
  readonly #queue: Job[] = []
  readonly #bytes: Cache<{ size: number; bytes: SharedArrayBuffer | Promise<SharedArrayBuffer> }>
  /** Those that are waited for, queued or sent. */
  readonly #jobs = new Set<Job>()
  /** Milliseconds that a call takes, of late. */
  #mean: number | undefined
  #dispatching = false
  #closed = false

  constructor(options: LocalExecutorOptions) {
    this.#options = options
    this.width = Math.max(1, options.workers ?? availableParallelism())
    this.#recycle = options.recycle ?? Math.min(2000, Math.floor(liveMemories / this.width))
    const cache = options.cache ?? 256 << 20
    this.#bytes = new Cache(cache)
    const worker = { url: (options.workerUrl ?? beside('worker')).href, cache, heap: options.heap ?? 4096 }
    const Kind = options.isolation === 'process' ? Processes : Threads
    this.#starter = new Kind(worker, options.keeperUrl ?? beside('keeper'))
  }

  call(call: WasmCall, signal?: AbortSignal): Promise<WasmOutcome> {
    if (this.#closed) return Promise.reject(new Error('the executor is closed'))
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<WasmOutcome>()
    const aborted = (): void => this.#abort(job, signal!.reason)
    const leave = (): void => {
      signal?.removeEventListener('abort', aborted)
      this.#jobs.delete(job)
    }
    const { func, limits } = call
    const { memory, gas, time } = limits
    const job: Job = {
      call,
      request: { component: call.component.toString(), func, args: call.args, limits: { memory, gas }, time },
      transfer: [],
      losses: 0,
      settle: outcome => {
        leave()
        resolve(outcome)
      },
      reject: error => {
        leave()
        reject(error)
      },
    }
    signal?.addEventListener('abort', aborted)
    this.#jobs.add(job)
    this.#prepare(job)
    return promise
  }

  async close(): Promise<void> {
    this.#closed = true
    const closed = new Error('the executor was closed')
    this.#queue.length = 0
    for (const job of [...this.#jobs]) job.reject(closed)
    await this.#starter.close()
  }

  #abort(job: Job, reason: unknown): void {
    const queued = this.#queue.indexOf(job)
    if (queued >= 0) this.#queue.splice(queued, 1)
    job.reject(reason)
    job.seat?.stop(job)
    this.#next()
  }

  /** Queues a call when the bytes of its component are there. */
  #prepare(job: Job): void {
    const bytes = this.#load(job)
    if (bytes instanceof SharedArrayBuffer) return this.#enqueue(job, bytes)
    bytes.then(
      loaded => this.#enqueue(job, loaded),
      (error: unknown) => job.reject(error),
    )
  }

  #enqueue(job: Job, bytes: SharedArrayBuffer): void {
    if (!this.#jobs.has(job)) return
    job.request.bytes = bytes
    this.#queue.push(job)
    this.#next()
  }

  #load({ call, request: { component } }: Job): SharedArrayBuffer | Promise<SharedArrayBuffer> {
    const known = this.#bytes.get(component)
    if (known) return known.bytes
    const bytes = call.load().then(loaded => {
      const shared = new SharedArrayBuffer(loaded.length)
      new Uint8Array(shared).set(loaded)
      this.#bytes.set(component, { size: loaded.length, bytes: shared })
      return shared
    })
    // Calls that ask while it is loading share it; what could not be loaded may be asked for again.
    this.#bytes.set(component, { size: 0, bytes })
    bytes.catch(() => this.#bytes.delete(component))
    return bytes
  }

  /** Sends what waits when all that is given now is there, so that it goes together. */
  #next(): void {
    if (this.#dispatching) return
    this.#dispatching = true
    queueMicrotask(() => {
      this.#dispatching = false
      if (!this.#closed) this.#dispatch()
    })
  }

  #dispatch(): void {
    const batches = new Map<Seat<Job>, Job[]>()
    const loadOf = (seat: Seat<Job>): number => seat.load + (batches.get(seat)?.length ?? 0)
    while (this.#queue.length > 0) {
      const seat = this.#choose(loadOf)
      if (!seat) break
      const job = this.#queue.shift()!
      job.seat = seat
      const batch = batches.get(seat)
      if (batch) batch.push(job)
      else batches.set(seat, [job])
    }
    if (this.#queue.length === 0) this.#level(batches, loadOf)
    for (const [seat, batch] of batches) this.#give(seat, batch)
  }

  /** The seat that is given the next call: an idle one, a new one, or the one with the fewest calls. */
  #choose(loadOf: (seat: Seat<Job>) => number): Seat<Job> | undefined {
    let best: Seat<Job> | undefined
    for (const seat of this.#seats) if (seat.open && (!best || loadOf(seat) < loadOf(best))) best = seat
    if (best && loadOf(best) === 0) return best
    if (this.#seats.length < this.width) {
      const seat = new Seat<Job>(this.#starter, this.#recycle, (job, ending) => this.#ended(job, ending))
      this.#seats.push(seat)
      return seat
    }
    return best && loadOf(best) < this.#depth() ? best : undefined
  }

  /** How many calls a worker is given at a time. */
  #depth(): number {
    const wanted = this.#mean === undefined ? 2 : Math.max(2, Math.ceil(ahead / this.#mean))
    return Math.min(this.#starter.ahead, wanted)
  }

  /** Gives idle workers half of what others have and have not begun. */
  #level(batches: Map<Seat<Job>, Job[]>, loadOf: (seat: Seat<Job>) => number): void {
    for (const idle of this.#seats) {
      if (!idle.open || loadOf(idle) > 0) continue
      const busiest = this.#seats.reduce((a, b) => (b.load > a.load ? b : a))
      const batch: Job[] = []
      for (let left = Math.floor(busiest.load / 2); left > 0; left--) {
        const job = busiest.takeBack()
        if (!job) break
        job.seat = idle
        batch.unshift(job)
      }
      if (batch.length > 0) batches.set(idle, batch)
    }
  }

  #give(seat: Seat<Job>, batch: Job[]): void {
    for (const job of batch) [job.request.args, job.transfer] = ownBuffers(job.call.args)
    try {
      seat.give(batch)
    } catch (error) {
      for (const job of batch) job.reject(error)
    }
  }

  #ended(job: Job, ending: Ending): void {
    delete job.seat
    this.#next()
    if (!this.#jobs.has(job)) return
    if (ending.kind === 'bug') return job.reject(ending.error)
    const outcome = this.#outcome(job, ending)
    if (outcome) {
      const { ms } = outcome
      this.#mean = this.#mean === undefined ? ms : this.#mean * 0.9 + ms * 0.1
      return job.settle(outcome)
    }
    this.#queue.unshift(job)
  }

  /** What an ending means; `undefined` to ask once more. */
  #outcome(job: Job, ending: Exclude<Ending, { kind: 'bug' }>): WasmOutcome | undefined {
    switch (ending.kind) {
      case 'ok':
      case 'failed': {
        if (ending.log.length > 0) this.#options.onLog?.(job.call, ending.log)
        const { memory, gas, ms } = ending
        return ending.kind === 'ok'
          ? { ok: true, value: ending.value, ms, memory, gas }
          : { ok: false, failure: ending.failure, ms, memory, gas }
      }
      case 'overrun': {
        const detail = `the limit is ${job.call.limits.time} ms`
        return { ok: false, failure: failure('time', detail), ms: ending.ms, memory: 0, gas: 0 }
      }
      case 'exhausted':
      case 'lost':
        if (++job.losses < most[ending.kind]) return undefined
        return { ok: false, failure: failure('crash', ending.message), ms: 0, memory: 0, gas: 0 }
      case 'missing':
      case 'back':
        return undefined
    }
  }
}
