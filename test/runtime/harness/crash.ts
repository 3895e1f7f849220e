import type { Ipld } from '../../../dag/ipld.ts'
import { ok } from '../../../dag/result.ts'
import type { Effects, EffectOutcome, Recovery } from '../../../runtime/interface.ts'
import type { Disk } from '../../../runtime/journal/disk.ts'
import { StoreError } from '../../../runtime/store/errors.ts'
import { failure } from '../../../runtime/wasm/failure.ts'

/** A process that may end at any of its steps; what it does afterwards nobody sees. */
export class Process {
  readonly steps: string[] = []
  readonly #end: number
  readonly #died = Promise.withResolvers<string>()

  /** @param end number of the step at which it ends, from 0; it does not happen any more */
  constructor(end = Infinity) {
    this.#end = end
  }

  get dead(): boolean {
    return this.steps.length > this.#end
  }

  /** Resolves with the step at which it has ended. */
  get died(): Promise<string> {
    return this.#died.promise
  }

  /** A step that takes time: of a process that has ended it is never over. */
  async step(name: string): Promise<void> {
    if (!this.#take(name)) return new Promise(() => undefined)
  }

  /** A step at once. */
  stepNow(name: string): void {
    if (!this.#take(name)) throw new Error('the process has ended')
  }

  #take(name: string): boolean {
    if (this.dead) return false
    this.steps.push(name)
    if (this.dead) this.#died.resolve(name)
    return !this.dead
  }
}

/** What a power cut leaves of what was not synced. */
export type Tear = 'nothing' | 'all' | 'half' | 'zeros'

interface File {
  content: Uint8Array
  durable: Uint8Array
  named: boolean
}

/** A disk that forgets what was not synced. */
export class ForgetfulDisk {
  readonly #files = new Map<string, File>()
  /** How many more writes it has room for. */
  room = Infinity

  /** What a process has of it. */
  disk(process: Process): Disk {
    const held = new Set<string>()
    return {
      list: () => [...this.#files.keys()],
      read: run => this.#files.get(run)?.content,
      remove: run => void this.#files.delete(run),
      hold: run => {
        if (held.has(run)) return undefined
        held.add(run)
        let file = this.#files.get(run)
        if (!file) this.#files.set(run, (file = { content: new Uint8Array(), durable: new Uint8Array(), named: false }))
        const own = file
        return {
          read: () => own.content,
          truncate(size) {
            process.stepNow('truncate')
            own.content = own.content.slice(0, size)
          },
          append: bytes => {
            process.stepNow('append')
            const whole = Buffer.concat(bytes)
            const fits = this.room-- > 0
            own.content = Buffer.concat([own.content, fits ? whole : whole.subarray(0, whole.length / 2)])
            if (!fits) throw new StoreError({ code: 'full', message: 'the disk is full' })
          },
          async sync() {
            await process.step('sync')
            own.durable = own.content.slice()
          },
          syncName() {
            process.stepNow('sync the name')
            own.named = true
          },
          close: discard => {
            held.delete(run)
            if (discard && !process.dead) this.#files.delete(run)
          },
        }
      },
    }
  }

  /** The power goes: what was not synced is gone, or torn. */
  cut(tear: Tear): void {
    for (const [run, file] of this.#files) {
      if (!file.named && tear === 'nothing') {
        this.#files.delete(run)
        continue
      }
      const { content, durable } = file
      // What was cut off and what was appended are one change here: the longer content is the newer.
      const fresh = content.length > durable.length ? content.slice(durable.length) : new Uint8Array()
      const left = {
        nothing: () => new Uint8Array(),
        all: () => fresh,
        half: () => fresh.slice(0, fresh.length / 2),
        zeros: () => fresh.map((byte, at) => (at < fresh.length / 2 ? byte : 0)),
      }[tear]()
      file.content = Buffer.concat([durable, left])
      file.durable = file.content.slice()
    }
  }
}

/** What has reached the receivers, whatever became of those who sent it. */
export class World {
  /** In the order of arrival. */
  readonly arrived: { key: string; line: string }[] = []
  /** Answers to questions so far: each gets another. */
  asked = 0
  /** Operations of the commands that were about to be sent, by key. */
  readonly announced = new Map<string, string>()
  /** Operations that the run has told to be finished, each time. */
  readonly finished: string[] = []
  /** How often an operation was tried, whether or not it was sent. */
  readonly tried = new Map<string, number>()

  /** The keys under which an operation has arrived. */
  keysOf(op: string): string[] {
    return this.arrived.filter(({ line }) => line.startsWith(`${op}(`)).map(({ key }) => key)
  }
}

const kinds: Record<string, Recovery> = {
  'put/set': 'idempotent',
  'put/back': 'idempotent',
  'pay/charge': { keyed: 60_000 },
  'start/job': { probe: 0 },
  'send/mail': 'irrevocable',
  'send/refuse': 'irrevocable',
  'send/flaky': 'irrevocable',
  'send/back': 'irrevocable',
}

/** What a process sees of the world. Each way to it and back is a step. */
export function effectsOf(world: World, process: Process): Effects {
  const done = (value: Ipld): EffectOutcome => ({ kind: 'ok', value, blocks: [] })
  const lineOf = (op: string, args: Ipld[]): string => `${op}(${args.join()})`
  return {
    operation: (_, op) =>
      ok(
        op === 'ask/now'
          ? { kind: 'query', recovery: 'irrevocable', secret: false }
          : { kind: 'command', recovery: kinds[op]!, secret: false, announces: true },
      ),
    missing: async () => undefined,
    async perform({ op, args, key, sent }) {
      const line = lineOf(op, args)
      await process.step(`before ${line}`)
      if (op === 'ask/now') return done(++world.asked)
      const times = (world.tried.get(op) ?? 0) + 1
      world.tried.set(op, times)
      if (op === 'send/flaky' && times === 1) return { kind: 'failed', failure: failure('effect', 'no connection') }
      world.announced.set(key, op)
      await sent()
      await process.step(`on the way ${line}`)
      world.arrived.push({ key, line })
      await process.step(`on the way back ${line}`)
      return op === 'send/refuse' ? { kind: 'failed', failure: failure('effect', 'no') } : done(args[0]!)
    },
    async probe({ op, args, key }) {
      await process.step(`ask about ${lineOf(op, args)}`)
      return world.arrived.some(entry => entry.key === key) ? done(args[0]!) : { kind: 'absent' }
    },
  }
}
