import type { Pack } from './pack.ts'
import type { Loss } from './protocol.ts'

/** The way to one worker, from its start to its end. */
export interface Channel {
  /** Gives calls to the worker. */
  send(pack: Pack, transfer: ArrayBuffer[]): void
  /** Asks for calls that the worker has not begun. */
  withdraw(ids: readonly number[]): void
  /** Whether calls are with the worker, for which the process has to wait. */
  hold(busy: boolean): void
  end(): void
}

/** Hears of one worker. */
export interface Listener {
  /** Bytes that its next message may have, at the most. */
  room(): number
  answers(pack: Pack): void
  /** It was asked for some calls, and gives some of them back. */
  withdrawn(asked: readonly number[], had: readonly number[]): void
  /** The worker is no more; nothing is heard of it after that. */
  loss(loss: Loss): void
}

/** Starts workers. */
export interface Starter {
  start(listener: Listener): Channel
  close(): Promise<void>
}
