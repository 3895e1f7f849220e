import type { CID } from 'multiformats/cid'
import type { Block, Ipld } from '../dag/ipld.ts'
import { backoff, type Clock } from './clock.ts'
import type { EffectOutcome, Failure, Recovery } from './interface.ts'
import type { Deed } from './journal/history.ts'
import type { Journal } from './journal/journal.ts'
import { blockRecords, type Enqueued, type Out } from './journal/records.ts'

/** A command that is ready to be performed. */
export interface Command {
  key: string
  /** Its instruction. */
  task: CID
  rsc: string
  op: string
  /** For people; null where they hold a secret. */
  args: Ipld[] | null
  recovery: Recovery
  /** How many more times it is attempted where it is sure not to have been sent. */
  retry: number
  /** Milliseconds that one attempt may take. */
  time: number
  /** It announces by itself that it is about to be sent; otherwise that is taken to be so before it is performed. */
  announces: boolean
  /** One attempt. `sent` is awaited right before the first byte is handed over. */
  perform(sent: () => Promise<void>): Promise<EffectOutcome>
  /** Asks whether an attempt that nobody has heard of again has happened; for recovery `probe`. */
  probe?: (() => Promise<EffectOutcome | { kind: 'absent' }>) | undefined
  /** The run that it has put into the queue. */
  child: () => Enqueued | undefined
}

export type Performed =
  /** It waits for the barrier. */
  | { kind: 'held' }
  /** Its outcome is known; `attempts` is 0 where it was known before. */
  | { kind: 'settled'; out: Out; attempts: number }
  | { kind: 'unknown' }
  /** Not given: ends the run. */
  | { kind: 'refused'; message: string }

/** Attempts of a command that may be sent again, at least, before its outcome is left unknown. */
const again = 3

/**
 * The commands of one run: none before the barrier, each at most once where its receiver cannot tell, in step with the
 * journal (docs/runtime.md, Effects).
 */
export class Transaction {
  readonly journal: Journal
  /** Commands may have begun before this process had the run. */
  readonly resumed: boolean
  readonly #clock: Clock
  readonly #random: () => number
  /** Keeps the blocks of results where the run reads them. */
  readonly #keep: (blocks: readonly Block[]) => Promise<void>
  readonly #signal: AbortSignal
  /** What queries came to before the barrier. */
  readonly #pinned: { key: string; out: Out; blocks: readonly Block[] }[] = []
  /** The command whose undo runs. */
  undoing: string | null = null

  constructor(
    journal: Journal,
    around: {
      clock: Clock
      random: () => number
      keep: (blocks: readonly Block[]) => Promise<void>
      signal: AbortSignal
    },
  ) {
    this.journal = journal
    this.resumed = journal.history.open
    this.#clock = around.clock
    this.#random = around.random
    this.#keep = around.keep
    this.#signal = around.signal
  }

  /** Whether commands may begin: the barrier is open, and the job is not failing, or what it did is being undone. */
  get mayBegin(): boolean {
    return this.journal.history.open && !this.isFailing
  }

  /** Whether the job is taken back, and this is not what undoes a command. */
  get isFailing(): boolean {
    return this.journal.history.failing !== undefined && this.undoing === null
  }

  /** Whether something may have been done that has to be undone. */
  get mayUndo(): boolean {
    return this.journal.history.open
  }

  /** Whether a command was begun, so that it is known or has to be found out what it came to. */
  knows(key: string): boolean {
    const deed = this.journal.history.commands.get(key)
    return deed !== undefined && deed.state !== 'unsent'
  }

  /** What a query came to before a crash, if the barrier was open by then. */
  recall(key: string): Out | undefined {
    return this.journal.history.open ? this.journal.history.queries.get(key) : undefined
  }

  /** Remembers what a query came to: with the barrier, or where that is open with the next command. */
  pin(key: string, out: Out, blocks: readonly Block[]): void {
    if (this.journal.history.open) this.journal.add(...blockRecords(blocks), { kind: 'query', key, out })
    else this.#pinned.push({ key, out, blocks })
  }

  /** Opens the barrier. What queries came to and what is planned goes to the disk with the first intent, if not before. */
  open(planned: { key: string; task: CID }[]): void {
    for (const { key, out, blocks } of this.#pinned.splice(0))
      this.journal.add(...blockRecords(blocks), { kind: 'query', key, out })
    this.journal.add({ kind: 'barrier', planned })
  }

  /**
   * Performs a command, unless it is known what it came to.
   *
   * @throws the signal's reason where the run was stopped before it began
   */
  async perform(command: Command): Promise<Performed> {
    const known = this.journal.history.commands.get(command.key)
    if (known?.out) return { kind: 'settled', out: known.out, attempts: 0 }
    if (known && known.state !== 'unsent') return this.#recover(command, known)
    return this.mayBegin ? this.#begin(command) : { kind: 'held' }
  }

  /** Goes on with a command of which it is not known what it came to. */
  async #recover(command: Command, deed: Deed): Promise<Performed> {
    const { recovery } = command
    if (recovery === 'irrevocable')
      return this.#unknown(command, deed, 'the run was interrupted before its outcome was known')
    if (recovery === 'idempotent') return this.#begin(command)
    if ('keyed' in recovery)
      return this.#clock.now() - deed.first < recovery.keyed
        ? this.#begin(command)
        : this.#unknown(command, deed, 'its key is too old to be sent again')
    return this.#ask(command, deed.latest + recovery.probe)
  }

  /** Asks what became of a command, not before the time when it can no longer happen. */
  async #ask(command: Command, from: number): Promise<Performed> {
    await this.#clock.sleep(Math.max(0, from - this.#clock.now()), this.#signal)
    const answer = await command.probe!()
    if (answer.kind === 'absent') {
      this.journal.add({ kind: 'unsent', key: command.key })
      return this.mayBegin ? this.#begin(command) : { kind: 'held' }
    }
    if (answer.kind === 'ok') return this.#done(command, answer, 1, true)
    const deed = this.journal.history.commands.get(command.key)!
    return this.#unknown(command, deed, 'it could not be found out whether it has happened')
  }

  async #begin(command: Command): Promise<Performed> {
    const { key, recovery } = command
    for (let attempts = 1; ; attempts++) {
      this.#signal.throwIfAborted()
      const at = this.#clock.now()
      let sent: Promise<void> | undefined
      const announce = (): Promise<void> => (sent ??= this.#announce(command))
      if (!command.announces) await announce()
      const outcome = await command.perform(announce)
      // What was not announced on the disk has not been sent, whatever became of it.
      await sent
      if (!sent) this.#signal.throwIfAborted()
      if (outcome.kind === 'refused') {
        if (sent) this.journal.add({ kind: 'unsent', key })
        return outcome
      }
      const isLast = attempts > command.retry
      if (outcome.kind === 'ok') {
        if (sent || !outcome.again || isLast) return this.#done(command, outcome, attempts, sent !== undefined)
      } else if (!sent || outcome.kind === 'failed') {
        if (sent || isLast) return this.#failed(command, outcome.failure, attempts, sent !== undefined)
      } else if (typeof recovery === 'object' && 'probe' in recovery) return this.#ask(command, at + recovery.probe)
      else if (recovery === 'irrevocable' || attempts >= Math.max(again, command.retry + 1))
        return this.#unknown(command, this.journal.history.commands.get(key)!, reasonOf(outcome.failure))
      await this.#clock.sleep(backoff(attempts, this.#random), this.#signal)
    }
  }

  /** Says that the command is about to be sent, and resolves when the disk says so too. */
  async #announce(command: Command): Promise<void> {
    this.#signal.throwIfAborted()
    this.#intend(command)
    await this.journal.commit()
  }

  #intend({ key, task, rsc, op, args }: Command): void {
    this.journal.add({ kind: 'intent', key, task, rsc, op, args, at: this.#clock.now(), undoes: this.undoing })
  }

  async #done(
    command: Command,
    { value, blocks }: { value: Ipld; blocks: readonly Block[] },
    attempts: number,
    announced: boolean,
  ): Promise<Performed> {
    const { key, child } = command
    await this.#keep(blocks)
    if (!announced) this.#intend(command)
    const at = this.#clock.now()
    const enqueued = child()
    const needed = [...blocks, ...(enqueued?.blocks ?? [])]
    const of = enqueued ? { run: enqueued.run, job: enqueued.job } : null
    this.journal.add(...blockRecords(needed), { kind: 'done', key, value, at, child: of })
    await this.journal.commit()
    return { kind: 'settled', out: ['ok', value], attempts }
  }

  async #failed(command: Command, failure: Failure, attempts: number, announced: boolean): Promise<Performed> {
    if (!announced) this.#intend(command)
    this.journal.add({ kind: 'failed', key: command.key, failure })
    await this.journal.commit()
    return { kind: 'settled', out: ['error', failure], attempts }
  }

  #unknown({ key }: Command, deed: Deed, detail: string): Performed {
    // Where this is lost, the intent says as much.
    if (deed.state !== 'unknown') this.journal.add({ kind: 'unknown', key, detail })
    return { kind: 'unknown' }
  }
}

function reasonOf({ detail, message }: Failure): string {
  return detail ?? message
}
