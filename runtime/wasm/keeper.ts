/**
 * The place where worker threads are kept: started, watched and ended. It is a thread of its own beside the scheduler's,
 * for all workers of a pool; or, where code of others is kept apart, a process of its own for each worker.
 */
import { Socket } from 'node:net'
import { MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'
import { newFlow, through } from './flow.ts'
import { FrameReader, writeFrame } from './frames.ts'
import {
  descriptors,
  messageBytes,
  packNotice,
  unpackOrder,
  type Loss,
  type Notice,
  type Order,
  type ProcessNotice,
  type WorkerData,
  type WorkerOptions,
} from './protocol.ts'
import { engineStack } from './schedule.ts'
import { claim, clock, newBusy, newClaims, newClock, type Busy, type Clock } from './shared.ts'
import { Unpacker } from './unpacker.ts'
import { watch, type Watched } from './watchdog.ts'

/**
 * Megabytes of a worker's heap for what is young. With more room a worker takes some more calls in a second, and more
 * memory: a process has a thread beside its worker that takes some as well.
 */
const young = parentPort ? 12 : 6

class Kept implements Watched {
  readonly clock: Clock
  seen = { id: 0, since: 0 }
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
      transferList: data.line instanceof MessagePort ? [data.line] : [],
      env: {},
      argv: [],
      // Of a process of its own it inherits what that may do.
      ...(parentPort ? { execArgv: [] } : {}),
      stdin: false,
      resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: young, stackSizeMb: engineStack },
    })
    const lost = (message: string): void =>
      this.#tell({ kind: 'lost', id: Atomics.load(this.clock.words, clock.at), message })
    this.#worker.on('error', error => lost(String(error)))
    this.#worker.on('exit', code => lost(`the worker ended with ${code}`))
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
    const { options, port: line, clock, claims, flow } = order
    const data = { line, clock, claims, flow, cache: options.cache, garbage: options.garbage }
    const kept = new Kept(options, data, loss => {
      if (seats.get(seat) === kept) seats.delete(seat)
      port.postMessage({ seat, loss } satisfies Notice)
    })
    seats.set(seat, kept)
  })
  // Values of a map that changes meanwhile are those that it has then.
  void watch({ [Symbol.iterator]: () => seats.values() }, busy)
}

/**
 * Serves the process that started this one, which is at the other end of the streams, and ends with it. Calls and answers
 * are the worker's own; what is left is to keep it.
 */
function serveProcess(options: WorkerOptions): void {
  const busy = newBusy()
  const claims = newClaims()
  const flow = newFlow()
  const stream = new Socket({ fd: descriptors.orders })
  const tell = (notice: ProcessNotice): void => writeFrame(stream, packNotice(notice))
  const frames = new FrameReader(
    () => messageBytes,
    pack => {
      const order = unpackOrder(new Unpacker(pack))
      if (order.kind === 'through') through(flow)
      else tell({ kind: 'withdrawn', had: order.ids.filter(id => claim(claims, id)) })
    },
  )
  const line = { calls: descriptors.calls, answers: descriptors.answers, busy }
  const data = { line, clock: newClock(), claims, flow, cache: options.cache, garbage: options.garbage }
  const kept = new Kept(options, data, loss => tell({ kind: 'loss', loss }))
  stream.on('data', chunk => frames.push(chunk))
  stream.on('close', () => process.exit())
  stream.on('error', () => process.exit())
  void watch([kept], busy)
}

if (parentPort) serveThread(parentPort, workerData as { busy: Busy })
else serveProcess(JSON.parse(process.argv[2]!) as WorkerOptions)
