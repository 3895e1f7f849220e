/**
 * The place where worker threads are kept: started, watched and ended. It is a thread of its own beside the scheduler's,
 * for all workers of a pool; or, where code of others is kept apart, a process of its own for each worker.
 */
import { MessageChannel, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  addBusy,
  newClaims,
  newClock,
  offer,
  places,
  type Busy,
  type Clock,
  type Loss,
  type Notice,
  type Order,
  type ProcessNotice,
  type ProcessOrder,
  type Response,
  type WorkerData,
  type WorkerOptions,
} from './protocol.ts'
import { engineStack } from './schedule.ts'
import { watch, type Watched } from './watchdog.ts'

class Kept implements Watched {
  readonly clock: Clock
  readonly #worker: Worker
  #tell: (loss: Loss) => void

  /** @param tell is told once, when the worker is no more and was not ended by {@link end} */
  constructor({ url, heap }: WorkerOptions, data: WorkerData, tell: (loss: Loss) => void) {
    this.clock = data.clock
    this.#tell = loss => {
      this.#tell = () => undefined
      tell(loss)
    }
    this.#worker = new Worker(new URL(url), {
      workerData: data,
      transferList: [data.port],
      env: {},
      argv: [],
      // Of a process of its own it inherits what that may do.
      ...(parentPort ? { execArgv: [] } : {}),
      stdin: false,
      resourceLimits: { maxOldGenerationSizeMb: heap, stackSizeMb: engineStack },
    })
    this.#worker.on('error', error => this.#tell({ kind: 'lost', message: String(error) }))
    this.#worker.on('exit', code => this.#tell({ kind: 'lost', message: `the worker ended with ${code}` }))
  }

  readonly overrun = (id: number, ms: number): void => {
    this.#tell({ kind: 'overrun', id, ms })
    this.end()
  }

  end(): void {
    this.#tell = () => undefined
    void this.#worker.terminate()
  }
}

/** Serves the thread that started this one. */
function serveThread(port: NonNullable<typeof parentPort>, { busy }: { busy: Busy }): void {
  const seats = new Map<number, Kept>()
  port.on('message', (order: Order) => {
    const { seat } = order
    seats.get(seat)?.end()
    seats.delete(seat)
    if (order.kind === 'end') return
    const { options, port: calls, clock, claims } = order
    const data = { port: calls, clock, claims, cache: options.cache }
    const kept = new Kept(options, data, loss => {
      if (seats.get(seat) === kept) seats.delete(seat)
      port.postMessage({ seat, loss } satisfies Notice)
    })
    seats.set(seat, kept)
  })
  // Values of a map that changes meanwhile are those that it has then.
  void watch({ [Symbol.iterator]: () => seats.values() }, busy)
}

/** Serves the process that started this one, and ends with it. */
function serveProcess(): void {
  const busy: Busy = newClaims(1)
  const kept: Kept[] = []
  const tell = (notice: ProcessNotice): void => void process.send!(notice)
  const { port1: calls, port2: port } = new MessageChannel()
  process.on('disconnect', () => process.exit())
  process.on('message', (order: ProcessOrder) => {
    if (order.kind === 'calls') {
      addBusy(busy, order.requests.length)
      offer(claims, order.requests)
      return calls.postMessage(order.requests)
    }
    const data = { port, clock: newClock(), claims, cache: order.options.cache }
    kept.push(new Kept(order.options, data, loss => tell({ kind: 'loss', loss })))
  })
  const claims = newClaims(places)
  calls.on('message', (responses: Response[]) => {
    addBusy(busy, -responses.length)
    tell({ kind: 'replies', responses })
  })
  void watch(kept, busy)
}

if (parentPort) serveThread(parentPort, workerData as { busy: Busy })
else serveProcess()
