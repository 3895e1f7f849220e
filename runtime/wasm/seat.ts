import type { Channel, Starter } from './channels.ts'
import type { Loss, Reply, Request, Response } from './protocol.ts'

/**
 * How a call ended for the pool: as the worker says, or with the worker; `back` is one that the worker had not begun,
 * or that was under way when another was to blame.
 */
export type Ending = Reply | Loss | { kind: 'back' }

/** A call as it is sent to a worker. */
export interface Sent {
  request: Omit<Request, 'id'>
  /** Buffers of its arguments that are handed over. */
  transfer: ArrayBuffer[]
}

/**
 * A place for one worker, which is started with the first call, and replaced when it is lost, ended or worn out. While
 * none of its calls is under way it does not keep the process alive.
 */
export class Seat<C extends Sent> {
  readonly #starter: Starter
  /** Core instances after which the worker is replaced. */
  readonly #recycle: number
  readonly #ended: (call: C, ending: Ending) => void
  /** Calls that the worker has, the oldest first. */
  readonly #calls = new Map<number, C>()
  #channel: Channel | undefined
  #given = new Set<string>()
  #ids = 0
  /** The worker is to be replaced when it has answered all that it has. */
  #worn = false

  constructor(starter: Starter, recycle: number, ended: (call: C, ending: Ending) => void) {
    this.#starter = starter
    this.#recycle = recycle
    this.#ended = ended
  }

  /** How many calls the worker has. */
  get load(): number {
    return this.#calls.size
  }

  /** Whether it may be given calls. */
  get open(): boolean {
    return !this.#worn
  }

  /** Whether the worker that sits here was given this component; it may have dropped it since. */
  holds(component: string): boolean {
    return this.#given.has(component)
  }

  give(calls: readonly C[]): void {
    const channel = (this.#channel ??= this.#start())
    const requests: Request[] = []
    const transfer: ArrayBuffer[] = []
    for (const call of calls) {
      const id = ++this.#ids
      this.#calls.set(id, call)
      const { component } = call.request
      const { bytes, ...known } = call.request
      requests.push(this.#given.has(component) || !bytes ? { ...known, id } : { ...known, bytes, id })
      this.#given.add(component)
      transfer.push(...call.transfer)
    }
    channel.hold(true)
    channel.send(requests, transfer)
  }

  /** Takes the newest call back, if the worker has others and has not begun this one. */
  takeBack(): C | undefined {
    const [id, call] = [...this.#calls].at(-1) ?? []
    if (id === undefined || this.#calls.size < 2 || !this.#channel!.withdraw(id)) return undefined
    this.#calls.delete(id)
    return call
  }

  /** Gives a call up; the worker ends with it, if it has begun. */
  stop(call: C): void {
    for (const [id, one] of this.#calls) {
      if (one !== call) continue
      this.#calls.delete(id)
      if (!this.#channel!.withdraw(id)) this.#replace()
      else if (this.#calls.size === 0) this.#channel!.hold(false)
      return
    }
  }

  #start(): Channel {
    this.#given = new Set()
    const channel: Channel = this.#starter.start({
      replies: responses => {
        if (channel === this.#channel) this.#hear(responses)
      },
      loss: loss => {
        if (channel === this.#channel) this.#lose(channel, loss)
      },
    })
    return channel
  }

  #hear(responses: Response[]): void {
    const ended: [C, Reply][] = []
    let exhausted = false
    for (const { id, reply, instances } of responses) {
      const call = this.#calls.get(id)
      if (!call) continue
      this.#calls.delete(id)
      ended.push([call, reply])
      if (reply.kind === 'missing') this.#given.delete(call.request.component)
      // After a shortage the engine may still hold what a new thread would not.
      if (reply.kind === 'exhausted') exhausted = true
      if (instances >= this.#recycle) this.#worn = true
    }
    if (exhausted || (this.#worn && this.#calls.size === 0)) this.#replace()
    else if (this.#calls.size === 0) this.#channel?.hold(false)
    for (const [call, reply] of ended) this.#ended(call, reply)
  }

  #lose(channel: Channel, loss: Loss): void {
    const blamed = loss.kind === 'overrun' ? loss.id : (channel.executing() ?? 0)
    // Where none was executing it was what comes before that: the loading of the first one's component.
    const guilty = this.#calls.get(blamed) ?? this.#calls.values().next().value
    if (guilty) for (const [id, call] of this.#calls) if (call === guilty) this.#calls.delete(id)
    this.#forget()
    if (guilty) this.#ended(guilty, loss)
  }

  /** Ends the worker; what it has comes back. */
  #replace(): void {
    this.#channel?.end()
    this.#forget()
  }

  #forget(): void {
    this.#channel = undefined
    this.#worn = false
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const call of calls.reverse()) this.#ended(call, { kind: 'back' })
  }
}
