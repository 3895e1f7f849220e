import { availableParallelism } from 'node:os'
import type { Executor, WasmCall, WasmOutcome } from '../interface.ts'
import { costOf } from './abi/costs.ts'
import { Cache } from './cache.ts'
import type { Starter } from './channels.ts'
import { failure, shortage } from './failure.ts'
import type { LogEntry } from './log.ts'
import { Processes } from './processes.ts'
import { Queue } from './queue.ts'
import { type Ending, Seat, type Sent } from './seat.ts'
import { Threads } from './threads.ts'

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
  /** Core instances that a worker has made and the engine has not freed, at which another takes its place. */
  recycle?: number
  /** Megabytes of JavaScript heap of each worker; values cross through it. Linear memories are not in it. */
  heap?: number
  /** What components write: standard output and error, and logging interfaces. */
  onLog?: (call: WasmCall, entries: LogEntry[]) => void
}

/** A call on its way. */
interface Job extends Sent {
  call: WasmCall
  /** Somebody waits for it. */
  wanted: boolean
  /** Whose signal it heeds, where it has one. */
  caller: Caller | undefined
  /** Workers that were lost while they ran it. */
  losses: number
  seat: Seat<Job> | undefined
  resolve: (outcome: WasmOutcome) => void
  reject: (error: unknown) => void
}

/** What one signal stops, which is listened to while there is something. */
interface Caller {
  signal: AbortSignal
  /** How many calls are waited for. */
  calls: number
}

/** More live memories than this and V8 refuses new ones to the whole process. */
const liveMemories = 10_000
/** So many workers are lost on one call, or had no memory or stack left for it, before it is to blame. */
const most = { lost: 3, exhausted: 2 }
/** Bytes of dead instances and values that all workers together may leave standing. */
const garbage = 48 << 20
/** A call whose arguments count more bytes than this is with no other one in a worker. */
const large = 1 << 20
/** Milliseconds of work that a worker is given ahead, so that it does not wait for the next call. */
const ahead = 4
/** What a component is until it is loaded. */
const nothing = new Uint8Array()

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

/** What a call comes to whose arguments alone are more than it may have: what a worker would say. */
function tooLarge(cost: number, limit: number): WasmOutcome {
  return { ok: false, failure: failure('memory', shortage(cost, limit)), ms: 0, memory: limit, gas: 0 }
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
  readonly #queue = new Queue<Job>()
  readonly #bytes: Cache<{ size: number; bytes: Uint8Array | Promise<Uint8Array> }>
  /** Those whose components are being loaded. */
  readonly #loading = new Set<Job>()
  readonly #callers = new Map<AbortSignal, Caller>()
  /** The component that was called last. */
  #named: { cid: WasmCall['component']; text: string } | undefined
  /** Milliseconds that a call takes, of late. */
  #mean: number | undefined
  #dispatching = false
  #leveling = false
  #closed = false

  constructor(options: LocalExecutorOptions) {
    this.#options = options
    this.width = Math.max(1, options.workers ?? availableParallelism())
    this.#recycle = options.recycle ?? Math.min(2000, Math.floor(liveMemories / this.width))
    const cache = options.cache ?? 256 << 20
    this.#bytes = new Cache(cache)
    const worker = {
      url: (options.workerUrl ?? beside('worker')).href,
      cache,
      heap: options.heap ?? 4096,
      garbage: Math.floor(garbage / this.width),
    }
    const Kind = options.isolation === 'process' ? Processes : Threads
    this.#starter = new Kind(worker, options.keeperUrl ?? beside('keeper'))
  }

  call(call: WasmCall, signal?: AbortSignal): Promise<WasmOutcome> {
    if (this.#closed) return Promise.reject(new Error('the executor is closed'))
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { func, args, limits } = call
    const cost = costOf(args, limits.memory)
    if (cost > limits.memory) return Promise.resolve(tooLarge(cost, limits.memory))
    return new Promise((resolve, reject) => {
      const component = this.#textOf(call.component)
      const job: Job = {
        call,
        wanted: true,
        caller: signal && this.#enter(signal),
        component,
        func,
        args,
        limits,
        bytes: nothing,
        losses: 0,
        alone: cost > large,
        seat: undefined,
        turn: 0,
        id: 0,
        size: 0,
        carries: false,
        stopped: false,
        resolve,
        reject,
      }
      this.#prepare(job)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const closed = new Error('the executor was closed')
    for (const job of this.#all()) this.#leave(job, closed)
    this.#queue.keep(() => false)
    await this.#starter.close()
  }

  /** A CID finds its text anew each time, and calls that follow each other mostly have the same one. */
  #textOf(cid: WasmCall['component']): string {
    if (this.#named?.cid !== cid) this.#named = { cid, text: cid.toString() }
    return this.#named.text
  }

  #enter(signal: AbortSignal): Caller {
    let caller = this.#callers.get(signal)
    if (!caller) {
      this.#callers.set(signal, (caller = { signal, calls: 0 }))
      signal.addEventListener('abort', this.#abort)
    }
    caller.calls++
    return caller
  }

  /** Settles a call, unless nobody waits for it. */
  #leave(job: Job, error: unknown, outcome?: WasmOutcome): void {
    if (!job.wanted) return
    job.wanted = false
    const { caller } = job
    if (caller && --caller.calls === 0) {
      this.#callers.delete(caller.signal)
      caller.signal.removeEventListener('abort', this.#abort)
    }
    if (outcome) job.resolve(outcome)
    else job.reject(error)
  }

  /** The calls that are loading, queued or with a worker. */
  #all(): Job[] {
    return [...this.#loading, ...this.#queue.all, ...this.#seats.flatMap(seat => seat.calls)]
  }

  readonly #abort = ({ target: signal }: Event): void => {
    const stopped = this.#all().filter(job => job.caller?.signal === signal)
    for (const job of stopped) this.#leave(job, job.caller!.signal.reason)
    this.#queue.keep(job => job.wanted)
    for (const job of stopped) job.seat?.stop(job)
    this.#next()
  }

  /** Queues a call when the bytes of its component are there. */
  #prepare(job: Job): void {
    const bytes = this.#load(job)
    if (bytes instanceof Uint8Array) return this.#enqueue(job, bytes)
    this.#loading.add(job)
    bytes
      .then(
        loaded => this.#enqueue(job, loaded),
        (error: unknown) => this.#leave(job, error),
      )
      .finally(() => this.#loading.delete(job))
  }

  #enqueue(job: Job, bytes: Uint8Array): void {
    if (!job.wanted) return
    job.bytes = bytes
    this.#queue.push(job)
    this.#next()
  }

  #load({ call, component }: Job): Uint8Array | Promise<Uint8Array> {
    const known = this.#bytes.get(component)
    if (known) return known.bytes
    const bytes = call.load().then(loaded => {
      const shared = new Uint8Array(new SharedArrayBuffer(loaded.length))
      shared.set(loaded)
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
    const depth = this.#depth()
    for (;;) {
      const job = this.#queue.first
      const seat = job && this.#choose(job.alone, depth)
      if (!seat) break
      this.#queue.shift()
      job.seat = seat
      seat.add(job)
    }
    for (const seat of this.#seats) seat.send()
    if (this.#queue.length > 0 || this.#leveling || !this.#isUneven()) return
    this.#leveling = true
    // What has just ended may be about to bring more.
    setImmediate(() => {
      this.#leveling = false
      if (!this.#closed && this.#queue.length === 0 && this.#isUneven()) this.#level()
    })
  }

  /**
   * The seat that is given the next call: an idle one, a new one, or the one with the fewest calls.
   *
   * @param depth how many calls a worker is given at a time
   */
  #choose(alone: boolean, depth: number): Seat<Job> | undefined {
    let best: Seat<Job> | undefined
    for (const seat of this.#seats) if (seat.open && (!best || seat.load < best.load)) best = seat
    if (best?.load === 0) return best
    if (this.#seats.length < this.width) {
      const seat = new Seat<Job>(this.#starter, this.#recycle, {
        ended: (job, ending) => this.#ended(job, ending),
        changed: () => this.#next(),
      })
      this.#seats.push(seat)
      return seat
    }
    return best && !alone && best.load < depth ? best : undefined
  }

  /** How many calls a worker is given at a time. */
  #depth(): number {
    return this.#mean === undefined ? 2 : Math.max(2, Math.ceil(ahead / this.#mean))
  }

  /** Whether a worker is idle while another has more than it can execute. */
  #isUneven(): boolean {
    return this.#seats.some(seat => seat.open && seat.load === 0) && this.#seats.some(seat => seat.load > 1)
  }

  /** Asks for half of what the busiest worker has and has not begun. */
  #level(): void {
    const busiest = this.#seats.reduce((a, b) => (b.load > a.load ? b : a))
    busiest.askBack(Math.floor(busiest.load / 2))
  }

  #ended(job: Job, ending: Ending): void {
    job.seat = undefined
    if (!job.wanted) return
    if (ending.kind === 'bug') return this.#leave(job, new Error(ending.message))
    const before = job.losses
    const outcome = this.#outcome(job, ending)
    if (!outcome) {
      this.#queue.unshift(job)
      return
    }
    const { ms } = outcome
    this.#mean = this.#mean === undefined ? ms : this.#mean * 0.9 + ms * 0.1
    this.#leave(job, undefined, before === 0 ? outcome : { ...outcome, lost: before })
  }

  /** What an ending means; `undefined` to ask once more. */
  #outcome(job: Job, ending: Exclude<Ending, { kind: 'bug' }>): WasmOutcome | undefined {
    switch (ending.kind) {
      case 'done':
        if (ending.log.length > 0) this.#options.onLog?.(job.call, ending.log)
        return ending.outcome
      case 'overrun': {
        const detail = `the limit is ${job.call.limits.time} ms`
        return { ok: false, failure: failure('time', detail), ms: ending.ms, memory: 0, gas: 0 }
      }
      case 'exhausted':
      case 'lost':
        if (++job.losses < most[ending.kind]) return undefined
        return { ok: false, failure: failure('crash', ending.message), ms: 0, memory: 0, gas: 0 }
      case 'back':
        // The next time it is known which one is to blame.
        if (ending.suspect) job.alone = true
        return undefined
      case 'missing':
        return undefined
    }
  }
}
