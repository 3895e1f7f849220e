import type { Channel, Starter } from './channels.ts'
import { Malformed, type Pack } from './pack.ts'
import { Packer } from './packer.ts'
import {
  answerBytes,
  messageBytes,
  newFigures,
  packRequest,
  unpackAnswer,
  type Loss,
  type Reply,
  type Request,
} from './protocol.ts'
import { nextId, placeOf, places } from './shared.ts'
import { Unpacker } from './unpacker.ts'

/**
 * How a call ended for the pool: as the worker says, or with the worker; `back` is one that was not answered and is not
 * to blame. Of those that are `suspect` one is, and nobody knows which.
 */
export type Ending = Reply | Loss | { kind: 'back'; suspect: boolean }

/** A call that can be given to a worker. */
export interface Sent extends Request {
  /** The component's bytes. */
  bytes: Uint8Array
  /** The worker is not given another one beside it. */
  alone: boolean
  /**
   * What its seat knows of it: how many it was given before, its id, the bytes that were sent for it, and whether the
   * component was among them.
   */
  turn: number
  id: number
  size: number
  carries: boolean
  /** Nobody waits for it any more. */
  stopped: boolean
}

/** Hears of a seat. */
export interface Owner<C> {
  ended(call: C, ending: Ending): void
  /** Calls have ended, or the worker is another one: it may be given more. */
  changed(): void
}

/** A worker that has arguments of so many bytes is given no more calls. */
const ample = 4 << 20

/**
 * A place for one worker, which is started with the first call, and replaced when it is lost, ended or worn out. While
 * none of its calls is under way it does not keep the process alive.
 */
export class Seat<C extends Sent> {
  readonly #starter: Starter
  /** Core instances that a worker may hold; one that has not freed as many is replaced. */
  readonly #recycle: number
  readonly #owner: Owner<C>
  /** Calls that the worker has, each at its place. */
  readonly #calls: (C | undefined)[] = Array.from({ length: places }, () => undefined)
  /** Bytes of memory that each of them may have. */
  readonly #memories = new Float64Array(places)
  /** Ids of the calls that the worker had at each place last. */
  #ids = new Int32Array(places)
  readonly #free = Array.from({ length: places }, (_, place) => place)
  readonly #packer = new Packer(false)
  /** Those that are packed and not sent. */
  #batch: C[] = []
  /** The call that was packed last. */
  #last: Request | undefined
  /** Bytes that were sent for the calls that it has. */
  #size = 0
  /** How many calls it was ever given. */
  #turns = 0
  #channel: Channel | undefined
  /** Components that the worker was sent; it may have dropped some since. */
  #given = new Set<string>()
  /** How often it was asked to give calls back, and has not answered. */
  #asked = 0
  #alone = false
  /** The worker is to be replaced when it has answered all that it has. */
  #worn = false

  constructor(starter: Starter, recycle: number, owner: Owner<C>) {
    this.#starter = starter
    this.#recycle = recycle
    this.#owner = owner
  }

  /** How many calls the worker has. */
  get load(): number {
    return places - this.#free.length
  }

  get calls(): C[] {
    return this.#calls.filter(call => call !== undefined)
  }

  /** Whether it may be given calls. */
  get open(): boolean {
    return !this.#worn && !this.#alone && this.#free.length > 0 && this.#size < ample
  }

  /** Puts a call to those that {@link send} gives to the worker. */
  add(call: C): void {
    this.#channel ??= this.#start()
    const place = this.#free.pop()
    if (place === undefined) throw new Error('a worker is given more calls than there are places')
    const { component } = call
    call.turn = this.#turns++
    call.id = this.#ids[place] = nextId(this.#ids[place]!, place)
    call.carries = this.#last?.component !== component && !this.#given.has(component)
    call.size = 0
    this.#calls[place] = call
    this.#memories[place] = call.limits.memory
    const packer = this.#packer
    const before = packer.size
    this.#batch.push(call)
    try {
      packer.word(call.id)
      packRequest(packer, call, this.#last, call.carries ? call.bytes : undefined)
    } catch (error) {
      return this.#unsent(error, call)
    }
    this.#last = call
    call.size = packer.size - before
    this.#size += call.size
    if (call.carries) this.#given.add(component)
    this.#alone = call.alone
    if (packer.size > messageBytes) this.send()
  }

  send(): void {
    if (this.#batch.length === 0) return
    let taken
    try {
      taken = this.#packer.take()
    } catch (error) {
      return this.#unsent(error)
    }
    this.#batch = []
    this.#last = undefined
    this.#channel!.hold(true)
    this.#channel!.send(...taken)
  }

  /** What was packed cannot be sent, because of one call, or since there is no memory for all. */
  #unsent(error: unknown, cause?: C): void {
    const calls = this.#batch
    this.#batch = []
    this.#last = undefined
    this.#packer.clear()
    for (const call of calls.reverse()) {
      this.#release(call)
      if (call.carries) this.#given.delete(call.component)
      const failed = !cause || call === cause
      this.#owner.ended(call, failed ? { kind: 'bug', message: String(error) } : { kind: 'back', suspect: false })
    }
    this.#rest()
  }

  /** Asks for up to so many calls that the worker has not begun, the newest of those that it has. */
  askBack(count: number): void {
    if (count > 0 && !this.#asked) this.#ask(this.#held().slice(-count))
  }

  /** Gives a call up; the worker ends with it, if it has begun. */
  stop(call: C): void {
    if (this.#calls[placeOf(call.id)] !== call) return
    call.stopped = true
    this.#ask([call])
  }

  #ask(calls: readonly C[]): void {
    this.#asked++
    this.#channel!.withdraw(calls.map(({ id }) => id))
  }

  /** The calls that the worker has, the oldest first. */
  #held(): C[] {
    return this.calls.sort((a, b) => a.turn - b.turn)
  }

  #of(id: number): C | undefined {
    const call = this.#calls[placeOf(id)]
    return call?.id === id ? call : undefined
  }

  #take(id: number): C | undefined {
    const call = this.#of(id)
    if (call) this.#release(call)
    return call
  }

  #release({ id, size }: C): void {
    const place = placeOf(id)
    this.#calls[place] = undefined
    this.#memories[place] = 0
    this.#free.push(place)
    this.#size -= size
  }

  #start(): Channel {
    this.#given = new Set()
    this.#ids = new Int32Array(places)
    const channel: Channel = this.#starter.start({
      room: () => this.#room(),
      answers: pack => {
        if (channel === this.#channel) this.#hear(pack)
      },
      withdrawn: (asked, had) => {
        if (channel === this.#channel) this.#withdrawn(asked, had)
      },
      loss: loss => {
        if (channel === this.#channel) this.#lose(loss)
      },
    })
    return channel
  }

  /** Bytes that the next message of the worker may have at the most. */
  #room(): number {
    const memories = this.#memories
    let most = 0
    for (let place = 0; place < places; place++) if (memories[place]! > most) most = memories[place]!
    return messageBytes + answerBytes(most)
  }

  /** What a worker says is not believed: it may be a process in which the code of others has taken over. */
  #hear(pack: Pack): void {
    let exhausted = false
    try {
      const answers = new Unpacker(pack)
      const before = newFigures()
      while (answers.more) {
        const id = answers.word()
        const answer = unpackAnswer(answers, before)
        const call = this.#of(id)
        if (!call || !isPossible(answer, call)) throw new Malformed('to what nobody has asked')
        this.#release(call)
        if (answer.kind === 'missing') this.#given.delete(call.component)
        // After a shortage the engine may still hold what a new thread would not.
        if (answer.kind === 'exhausted') exhausted = true
        if (answer.instances >= this.#recycle) this.#worn = true
        this.#owner.ended(call, answer)
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#channel!.end()
      return this.#lose({ kind: 'lost', id: 0, message: `the worker gave an answer that is none: ${error.message}` })
    }
    if (exhausted) this.#replace()
    else this.#rest()
  }

  #withdrawn(asked: readonly number[], had: readonly number[]): void {
    this.#asked--
    for (const id of had.toReversed()) {
      const call = this.#take(id)
      if (!call) continue
      if (call.carries) this.#given.delete(call.component)
      this.#owner.ended(call, { kind: 'back', suspect: false })
    }
    if (asked.some(id => this.#of(id)?.stopped)) this.#replace()
    else this.#rest()
  }

  /** Something has come of calls. */
  #rest(): void {
    if (this.load === 0) {
      this.#alone = false
      if (this.#worn) return this.#replace()
      this.#channel?.hold(false)
    }
    this.#owner.changed()
  }

  #lose(loss: Loss): void {
    const held = this.#held()
    const blamed = this.#take(held.length === 1 ? held[0]!.id : loss.id)
    this.#forget(!blamed)
    if (blamed) this.#owner.ended(blamed, loss)
  }

  /** Ends the worker; what it has comes back. */
  #replace(): void {
    this.#channel?.end()
    this.#forget(false)
  }

  #forget(suspect: boolean): void {
    this.#channel = undefined
    this.#worn = false
    this.#alone = false
    this.#asked = 0
    for (const call of this.#held().reverse()) {
      this.#release(call)
      this.#owner.ended(call, { kind: 'back', suspect })
    }
    this.#owner.changed()
  }
}

/** Whether a call may have come to this. */
function isPossible(reply: Reply, { limits, carries }: Sent): boolean {
  if (reply.kind === 'missing') return !carries
  return reply.kind !== 'done' || (reply.outcome.memory <= limits.memory && reply.outcome.gas <= limits.gas)
}
