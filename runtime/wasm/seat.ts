import type { Channel, Starter } from './channels.ts'
import { places, type Loss, type Reply, type Request, type Response } from './protocol.ts'

/**
 * How a call ended for the pool: as the worker says, or with the worker; `back` is one that the worker had not begun,
 * or that was under way when another was to blame.
 */
export type Ending = Reply | Loss | { kind: 'back' }

/** A call as it is sent to a worker. */
export interface Sent {
  request: Omit<Request, 'id' | 'place'>
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
  readonly #calls = new Map<number, { call: C; place: number }>()
  readonly #free = Array.from({ length: places }, (_, place) => place)
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
      const place = this.#free.pop()
      if (place === undefined) throw new Error('a worker is given more calls than there are places')
      this.#calls.set(id, { call, place })
      const { component } = call.request
      const { bytes, ...known } = call.request
      requests.push({ ...known, id, place, ...(this.#given.has(component) || !bytes ? {} : { bytes }) })
      this.#given.add(component)
      transfer.push(...call.transfer)
    }
    channel.hold(true)
    channel.send(requests, transfer)
  }

  /** Takes the newest call back, if the worker has others and has not begun this one. */
  takeBack(): C | undefined {
    if (this.#calls.size < 2) return undefined
    const [id, { call, place }] = [...this.#calls].at(-1)!
    if (!this.#channel!.withdraw({ id, place })) return undefined
    this.#remove(id)
    return call
  }

  /** Gives a call up; the worker ends with it, if it has begun. */
  stop(call: C): void {
    for (const [id, { call: one, place }] of this.#calls) {
      if (one !== call) continue
      this.#remove(id)
      if (!this.#channel!.withdraw({ id, place })) this.#replace()
      else if (this.#calls.size === 0) this.#channel!.hold(false)
      return
    }
  }

  #remove(id: number): C | undefined {
    const known = this.#calls.get(id)
    if (known && this.#calls.delete(id)) this.#free.push(known.place)
    return known?.call
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
      const call = this.#remove(id)
      if (!call) continue
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
    const guilty = this.#remove(this.#calls.has(blamed) ? blamed : (this.#calls.keys().next().value ?? 0))
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
    const calls = [...this.#calls.keys()].map(id => this.#remove(id)!)
    for (const call of calls.reverse()) this.#ended(call, { kind: 'back' })
  }
}
