import type { CID } from 'multiformats/cid'
import type { Block, Ipld } from '../dag/ipld.ts'
import { backoff, type Clock } from './clock.ts'
import type { EffectOutcome, Failure, Recovery } from './interface.ts'
import type { Deed } from './journal/history.ts'
import type { Journal } from './journal/journal.ts'
import { blockRecords, type Child, type Out } from './journal/records.ts'

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
  /** One attempt. `sent` is called right before the first byte is handed over. */
  perform(sent: () => void): Promise<EffectOutcome>
  /** Asks whether an attempt that nobody has heard of again has happened; for recovery `probe`. */
  probe?: (() => Promise<EffectOutcome | { kind: 'absent' }>) | undefined
  /** The run that it has put into the queue, by its result. */
  child?: ((value: Ipld) => Child | undefined) | undefined
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
    this.#clock = around.clock
    this.#random = around.random
    this.#keep = around.keep
    this.#signal = around.signal
  }

  /** Whether commands may begin: the barrier is open, and the job is not failing, or what it did is being undone. */
  get mayBegin(): boolean {
    const { open, failing } = this.journal.history
    return open && (!failing || this.undoing !== null)
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
    if (answer.kind === 'ok') return this.#done(command, answer, 1)
    const deed = this.journal.history.commands.get(command.key)!
    return this.#unknown(command, deed, 'it could not be found out whether it has happened')
  }

  async #begin(command: Command): Promise<Performed> {
    const { key, task, rsc, op, args, recovery } = command
    for (let attempts = 1; ; attempts++) {
      this.#signal.throwIfAborted()
      const at = this.#clock.now()
      this.journal.add({ kind: 'intent', key, task, rsc, op, args, at, undoes: this.undoing })
      await this.journal.commit()
      if (this.#signal.aborted) {
        await this.#note({ kind: 'unsent', key })
        throw this.#signal.reason
      }
      let sent = false
      const outcome = await command.perform(() => (sent = true))
      if (outcome.kind === 'ok') return this.#done(command, outcome, attempts)
      if (outcome.kind === 'refused') {
        await this.#note({ kind: 'unsent', key })
        return outcome
      }
      const { failure } = outcome
      if (!sent) {
        if (attempts > command.retry) return this.#failed(key, failure, attempts)
        await this.#note({ kind: 'unsent', key })
      } else if (outcome.kind === 'failed') return this.#failed(key, failure, attempts)
      else if (typeof recovery === 'object' && 'probe' in recovery) return this.#ask(command, at + recovery.probe)
      else if (recovery === 'irrevocable' || attempts >= Math.max(again, command.retry + 1))
        return this.#unknown(command, this.journal.history.commands.get(key)!, failure.detail ?? failure.message)
      await this.#clock.sleep(backoff(attempts, this.#random), this.#signal)
    }
  }

  async #note(record: { kind: 'unsent'; key: string }): Promise<void> {
    this.journal.add(record)
    await this.journal.commit()
  }

  async #done(
    { key, child }: Command,
    { value, blocks }: { value: Ipld; blocks: readonly Block[] },
    attempts: number,
  ): Promise<Performed> {
    await this.#keep(blocks)
    const at = this.#clock.now()
    this.journal.add(...blockRecords(blocks), { kind: 'done', key, value, at, child: child?.(value) ?? null })
    await this.journal.commit()
    return { kind: 'settled', out: ['ok', value], attempts }
  }

  async #failed(key: string, failure: Failure, attempts: number): Promise<Performed> {
    this.journal.add({ kind: 'failed', key, failure })
    await this.journal.commit()
    return { kind: 'settled', out: ['error', failure], attempts }
  }

  #unknown({ key }: Command, deed: Deed, detail: string): Performed {
    // Where this is lost, the intent says as much.
    if (deed.state !== 'unknown') this.journal.add({ kind: 'unknown', key, detail })
    return { kind: 'unknown' }
  }
}
