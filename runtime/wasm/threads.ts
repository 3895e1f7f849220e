import { MessageChannel, Worker } from 'node:worker_threads'
import type { Channel, Listener, Starter } from './channels.ts'
import { isLarge, newFlow, through } from './flow.ts'
import { Spent } from './garbage.ts'
import { free, type Pack } from './pack.ts'
import type { Notice, Order, WorkerOptions } from './protocol.ts'
import { addBusy, claim, newBusy, newClaims, newClock } from './shared.ts'

/** Starts worker threads, kept and watched by a thread of their own (`keeper.ts`). */
export class Threads implements Starter {
  readonly #options: WorkerOptions
  readonly #keeperUrl: URL
  /** How many workers have calls. */
  readonly #busy = newBusy()
  readonly #listeners = new Map<number, Listener>()
  readonly #spent = new Spent()
  #keeper: Worker | undefined
  #seats = 0

  constructor(options: WorkerOptions, keeperUrl: URL) {
    this.#options = options
    this.#keeperUrl = keeperUrl
  }

  start(listener: Listener): Channel {
    const keeper = (this.#keeper ??= this.#start())
    const seat = ++this.#seats
    const { port1, port2 } = new MessageChannel()
    const [times, claims, flow] = [newClock(), newClaims(), newFlow()]
    let held = false
    const hold = (busy: boolean): void => {
      if (busy === held) return
      held = busy
      addBusy(this.#busy, busy ? 1 : -1)
      if (busy) port1.ref()
      else port1.unref()
    }
    const gone = (): void => {
      this.#listeners.delete(seat)
      hold(false)
      port1.close()
    }
    this.#listeners.set(seat, {
      ...listener,
      loss: loss => {
        gone()
        listener.loss(loss)
      },
    })
    port1.on('message', (pack: Pack) => {
      const large = isLarge(pack)
      listener.answers(pack)
      free(pack.block)
      if (large) void this.#spent.freed().then(() => through(flow))
    })
    port1.unref()
    const order: Order = {
      kind: 'open',
      seat,
      options: this.#options,
      port: port2,
      clock: times,
      claims,
      flow,
    }
    keeper.postMessage(order, [port2])
    return {
      send: (pack, transfer) => port1.postMessage(pack, transfer),
      withdraw: ids =>
        listener.withdrawn(
          ids,
          ids.filter(id => claim(claims, id)),
        ),
      hold,
      end: () => {
        gone()
        this.#keeper?.postMessage({ kind: 'end', seat } satisfies Order)
      },
    }
  }

  #start(): Worker {
    const keeper = new Worker(this.#keeperUrl, {
      workerData: { busy: this.#busy },
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
    })
    const lost = (message: string): void => {
      if (this.#keeper !== keeper) return
      this.#keeper = undefined
      for (const listener of [...this.#listeners.values()]) listener.loss({ kind: 'lost', id: 0, message })
    }
    keeper.on('message', ({ seat, loss }: Notice) => this.#listeners.get(seat)?.loss(loss))
    keeper.on('error', error => lost(String(error)))
    keeper.on('exit', code => lost(`the keeper of the workers ended with ${code}`))
    keeper.unref()
    return keeper
  }

  async close(): Promise<void> {
    const keeper = this.#keeper
    this.#keeper = undefined
    await keeper?.terminate()
  }
}
