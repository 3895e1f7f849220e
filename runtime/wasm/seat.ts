import { Worker } from 'node:worker_threads'
import { clock, newClock, type Reply, type Request, type Response, type WorkerData } from './protocol.ts'
import { engineStack } from './schedule.ts'

/** How a call ended for the pool: as the worker says, or with the worker. */
export type Ending = Reply | { kind: 'overrun'; ms: number } | { kind: 'lost'; message: string }

export interface SeatOptions {
  url: URL
  cache: number
  /** Core instances after which a worker is replaced. */
  recycle: number
  /** Megabytes. */
  heap: number
}

/** How often the watchdog looks again at a call that has not begun to execute. */
const glance = 20

interface Asked {
  id: number
  answer: (ending: Ending) => void
  timer: NodeJS.Timeout | undefined
}

/**
 * A place for one worker thread. The thread is started with the first call, and replaced when it is lost, ended or
 * worn out; while none of its calls is under way it does not keep the process alive.
 */
export class Seat {
  /** Whether the pool may give it a call. */
  free = true
  readonly #options: SeatOptions
  #worker: Worker | undefined
  #clock = newClock()
  #asked: Asked | undefined
  #calls = 0
  #given = new Set<string>()

  constructor(options: SeatOptions) {
    this.#options = options
  }

  /** @param time limit in milliseconds, counted from the moment in which the worker begins to execute */
  ask(request: Omit<Request, 'id'>, transfer: ArrayBuffer[], time: number): Promise<Ending> {
    const worker = (this.#worker ??= this.#start())
    const id = ++this.#calls
    const { promise, resolve } = Promise.withResolvers<Ending>()
    this.#asked = { id, answer: resolve, timer: undefined }
    if (request.bytes) this.#given.add(request.component)
    worker.ref()
    worker.postMessage({ ...request, id } satisfies Request, transfer)
    this.#watch(id, time, time)
    return promise
  }

  /** Whether the worker that sits here was given this component; it may have dropped it since. */
  holds(component: string): boolean {
    return this.#given.has(component)
  }

  /** Ends the worker in the middle of its call, if it has one. */
  stop(): void {
    if (!this.#asked) return
    void this.end()
    this.#answer({ kind: 'lost', message: 'the call was stopped' })
  }

  /** Ends the worker. The next call starts another. */
  async end(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #start(): Worker {
    const times = newClock()
    this.#clock = times
    this.#given = new Set()
    const worker = new Worker(this.#options.url, {
      workerData: { clock: times, cache: this.#options.cache } satisfies WorkerData,
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heap, stackSizeMb: engineStack },
    })
    worker.on('message', (response: Response) => this.#hear(worker, response))
    worker.on('error', error => this.#lose(worker, String(error)))
    worker.on('exit', code => this.#lose(worker, `the worker ended with ${code}`))
    return worker
  }

  #hear(worker: Worker, { id, reply, instances }: Response): void {
    if (worker !== this.#worker || id !== this.#asked?.id) return
    worker.unref()
    // After a shortage the engine may still hold what a new thread would not.
    if (reply.kind === 'exhausted' || instances >= this.#options.recycle) void this.end()
    this.#answer(reply)
  }

  #lose(worker: Worker, message: string): void {
    if (worker !== this.#worker) return
    this.#worker = undefined
    this.#answer({ kind: 'lost', message })
  }

  #answer(ending: Ending): void {
    const asked = this.#asked
    this.#asked = undefined
    clearTimeout(asked?.timer)
    asked?.answer(ending)
  }

  /** Looks after `wait` milliseconds whether call `id` has had its time. */
  #watch(id: number, time: number, wait: number): void {
    // A timer of Node holds 31 bits; a longer limit is looked at again.
    const timer = setTimeout(() => this.#look(id, time), Math.min(wait, 0x7fffffff))
    if (this.#asked) this.#asked.timer = timer
  }

  #look(id: number, time: number): void {
    if (this.#asked?.id !== id) return
    const executing = Atomics.load(this.#clock, clock.call) === BigInt(id)
    if (!executing) return this.#watch(id, time, glance)
    const ms = Number(process.hrtime.bigint() - Atomics.load(this.#clock, clock.began)) / 1e6
    if (ms < time) return this.#watch(id, time, Math.max(1, Math.ceil(time - ms)))
    void this.end()
    this.#answer({ kind: 'overrun', ms })
  }
}
