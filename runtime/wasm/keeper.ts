/**
 * The place where worker threads are kept: started, watched and ended. It is a thread of its own beside the scheduler's,
 * for all workers of a pool; or, where code of others is kept apart, a process of its own for each worker.
 */
import { Socket } from 'node:net'
import { MessageChannel, parentPort, Worker, workerData } from 'node:worker_threads'
import { isLarge, newFlow, through } from './flow.ts'
import { FrameReader, writeFrame } from './frames.ts'
import { free, type Pack } from './pack.ts'
import {
  packNotice,
  unpackOrder,
  type Answers,
  type Loss,
  type Notice,
  type Order,
  type ProcessNotice,
  type WorkerData,
  type WorkerOptions,
} from './protocol.ts'
import { engineStack } from './schedule.ts'
import { addBusy, claim, clock, newBusy, newClaims, newClock, offer, type Busy, type Clock } from './shared.ts'
import { Unpacker } from './unpacker.ts'
import { watch, type Watched } from './watchdog.ts'

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
      transferList: [data.port],
      env: {},
      argv: [],
      // Of a process of its own it inherits what that may do.
      ...(parentPort ? { execArgv: [] } : {}),
      stdin: false,
      resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: 6, stackSizeMb: engineStack },
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
    const { options, port: calls, clock, claims, flow } = order
    const data = { port: calls, clock, claims, flow, cache: options.cache, garbage: options.garbage }
    const kept = new Kept(options, data, loss => {
      if (seats.get(seat) === kept) seats.delete(seat)
      port.postMessage({ seat, loss } satisfies Notice)
    })
    seats.set(seat, kept)
  })
  // Values of a map that changes meanwhile are those that it has then.
  void watch({ [Symbol.iterator]: () => seats.values() }, busy)
}

/** Serves the process that started this one, which is at the other end of its fourth stream, and ends with it. */
function serveProcess(options: WorkerOptions): void {
  const busy = newBusy()
  const claims = newClaims()
  // All that is read is copied out of one buffer: many would be garbage that nobody counts.
  const buffer = new Uint8Array(65536)
  const stream: Socket = new Socket({
    fd: 3,
    onread: {
      buffer,
      callback: count => {
        frames.push(buffer.subarray(0, count))
        return true
      },
    },
  })
  const { port1: calls, port2: port } = new MessageChannel()
  const flow = newFlow()
  const tell = (notice: ProcessNotice, payload?: Pack, written?: () => void): void =>
    writeFrame(stream, packNotice(notice), payload, written)
  const frames = new FrameReader(
    () => Infinity,
    (said, payload) => {
      const { kind, ids } = unpackOrder(new Unpacker(said))
      if (kind === 'calls') {
        addBusy(busy, ids.length)
        offer(claims, ids)
        const { block, large } = payload!
        calls.postMessage(
          payload,
          [block, ...large].map(({ buffer }) => buffer as ArrayBuffer),
        )
      } else if (kind === 'through') through(flow)
      else {
        const had = ids.filter(id => claim(claims, id))
        addBusy(busy, -had.length)
        tell({ kind: 'withdrawn', had })
      }
    },
  )
  calls.on('message', ({ pack, count }: Answers) => {
    addBusy(busy, -count)
    tell({ kind: isLarge(pack) ? 'large' : 'answers' }, pack, () => [pack.block, ...pack.large].forEach(free))
  })
  const data = { port, clock: newClock(), claims, flow, cache: options.cache, garbage: options.garbage }
  const kept = new Kept(options, data, loss => tell({ kind: 'loss', loss }))
  stream.resume()
  stream.on('close', () => process.exit())
  stream.on('error', () => process.exit())
  void watch([kept], busy)
}

if (parentPort) serveThread(parentPort, workerData as { busy: Busy })
else serveProcess(JSON.parse(process.argv[2]!) as WorkerOptions)
