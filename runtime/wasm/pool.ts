import { availableParallelism } from 'node:os'
import type { Executor, WasmCall, WasmOutcome } from '../interface.ts'
import { Cache } from './cache.ts'
import { failure } from './failure.ts'
import type { LogEntry } from './log.ts'
import { type Ending, Seat } from './seat.ts'
import { ownBuffers } from './transfer.ts'

export interface LocalExecutorOptions {
  /** Worker threads at the most; as many as the machine has cores by default. Each is started when it is needed. */
  workers?: number
  /** Entry of a worker; by default the one beside this file, or beside the bundle that holds it. */
  workerUrl?: URL
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
interface Job {
  call: WasmCall
  component: string
  /** Workers that were lost while they ran it. */
  losses: number
  seat?: Seat
  settle: (outcome: WasmOutcome) => void
  reject: (error: unknown) => void
}

/** More live memories than this and V8 refuses new ones to the whole process. */
const liveMemories = 10_000

/**
 * Runs calls in worker threads of this process: each in a fresh instance, one at a time in a worker, started in the
 * order in which they were given.
 *
 * Time limits count from the moment in which a worker begins to execute, not what waits or is compiled. A worker that
 * overruns is ended. One that is lost (its heap was exhausted) is replaced, and its call tried once more, then it is a
 * failure of kind `crash`.
 */
export function createLocalExecutor(options: LocalExecutorOptions = {}): Executor {
  return new Pool(options)
}

function defaultWorkerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
}

class Pool implements Executor {
  readonly width: number
  readonly #options: LocalExecutorOptions
  readonly #seats: Seat[] = []
  readonly #queue: Job[] = []
  readonly #bytes: Cache<{ size: number; bytes: Promise<SharedArrayBuffer> }>
  readonly #running = new Set<Job>()
  #closed = false

  constructor(options: LocalExecutorOptions) {
    this.#options = options
    this.width = Math.max(1, options.workers ?? availableParallelism())
    this.#bytes = new Cache(options.cache ?? 256 << 20)
  }

  call(call: WasmCall, signal?: AbortSignal): Promise<WasmOutcome> {
    if (this.#closed) return Promise.reject(new Error('the executor is closed'))
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<WasmOutcome>()
    const aborted = (): void => this.#abort(job, signal!.reason)
    const leave = (): void => signal?.removeEventListener('abort', aborted)
    const job: Job = {
      call,
      component: call.component.toString(),
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
    this.#queue.push(job)
    this.#next()
    return promise
  }

  async close(): Promise<void> {
    this.#closed = true
    const closed = new Error('the executor was closed')
    for (const job of this.#queue.splice(0)) job.reject(closed)
    for (const job of this.#running) job.reject(closed)
    this.#running.clear()
    await Promise.all(this.#seats.map(seat => seat.end()))
  }

  #abort(job: Job, reason: unknown): void {
    const queued = this.#queue.indexOf(job)
    if (queued >= 0) this.#queue.splice(queued, 1)
    else if (this.#running.delete(job)) job.seat?.stop()
    job.reject(reason)
  }

  /** Gives waiting calls to workers that are free, and starts workers while there are fewer than may be. */
  #next(): void {
    while (this.#queue.length > 0) {
      let seat = this.#seats.find(one => one.free)
      if (!seat) {
        if (this.#seats.length >= this.width) return
        seat = new Seat({
          url: this.#options.workerUrl ?? defaultWorkerUrl(),
          cache: this.#options.cache ?? 256 << 20,
          heap: this.#options.heap ?? 4096,
          recycle: this.#options.recycle ?? Math.min(2000, Math.floor(liveMemories / this.width)),
        })
        this.#seats.push(seat)
      }
      const job = this.#queue.shift()!
      job.seat = seat
      this.#running.add(job)
      seat.free = false
      void this.#run(job, seat).then(settle => {
        // The seat is free before the caller hears, who may have the next call ready.
        seat.free = true
        this.#running.delete(job)
        settle()
        this.#next()
      })
    }
  }

  /** @returns what tells the caller, who may have left in the meantime */
  async #run(job: Job, seat: Seat): Promise<() => void> {
    const { call } = job
    try {
      let bytes = seat.holds(job.component) ? undefined : await this.#load(job)
      while (this.#running.has(job)) {
        const [args, transfer] = ownBuffers(call.args)
        const { memory, gas } = call.limits
        const request = { component: job.component, func: call.func, args, limits: { memory, gas } }
        const ending = await seat.ask(bytes ? { ...request, bytes } : request, transfer, call.limits.time)
        if (!this.#running.has(job)) break
        const outcome = this.#outcome(job, ending)
        if (outcome) return () => job.settle(outcome)
        bytes = await this.#load(job)
      }
    } catch (error) {
      return () => job.reject(error)
    }
    return () => undefined
  }

  /** What a reply means; `undefined` to ask once more, with the component's bytes. */
  #outcome(job: Job, reply: Ending): WasmOutcome | undefined {
    switch (reply.kind) {
      case 'ok':
      case 'failed': {
        if (reply.log.length > 0) this.#options.onLog?.(job.call, reply.log)
        const { memory, gas, ms } = reply
        return reply.kind === 'ok'
          ? { ok: true, value: reply.value, ms, memory, gas }
          : { ok: false, failure: reply.failure, ms, memory, gas }
      }
      case 'overrun': {
        const detail = `the limit is ${job.call.limits.time} ms`
        return { ok: false, failure: failure('time', detail), ms: reply.ms, memory: 0, gas: 0 }
      }
      case 'exhausted':
      case 'lost':
        if (job.losses++ === 0) return undefined
        return { ok: false, failure: failure('crash', reply.message), ms: 0, memory: 0, gas: 0 }
      case 'missing':
        return undefined
      case 'bug':
        throw reply.error
    }
  }

  async #load({ call, component }: Job): Promise<SharedArrayBuffer> {
    const known = this.#bytes.get(component)
    if (known) return known.bytes
    const bytes = call.load().then(loaded => {
      const shared = new SharedArrayBuffer(loaded.length)
      new Uint8Array(shared).set(loaded)
      this.#bytes.set(component, { size: loaded.length, bytes })
      return shared
    })
    // Calls that ask while it is loading share it; what could not be loaded may be asked for again.
    this.#bytes.set(component, { size: 0, bytes })
    bytes.catch(() => this.#bytes.delete(component))
    return bytes
  }
}
