import type { CID } from 'multiformats/cid'
import type { Ipld } from '../dag/ipld.ts'
import type { Place } from './identity.ts'
import type { Failure, RunOptions, RunSummary } from './interface.ts'
import type { Level } from './level.ts'
import type { Surroundings } from './task.ts'

/** How the tasks of a job, or of what undoes a command, ended. */
export type Ended =
  | { state: 'done'; result: Ipld }
  | { state: 'failed'; failure: Failure; task: CID; origin: CID; func?: string }
  /** An effect that is not given. */
  | { state: 'refused'; message: string }
  | { state: 'stopped' }
  /** All that is left needs a command of which nobody knows what it came to. */
  | { state: 'unknown' }
  /** The job is being taken back, so that the commands that are left do not begin. */
  | { state: 'failing' }
  /** A block is missing or damaged, the store has failed, or a bug. */
  | { state: 'broken'; error: unknown }

/** What the parts of a run share: the job, and what undoes its commands. */
export interface Session extends Surroundings {
  /** The instruction of the job as it was given, by that of the job as it runs. */
  origin: (task: CID) => CID
  counts: Pick<RunSummary, 'tasks' | 'ran' | 'hits' | 'failed' | 'gas' | 'checked'>
  /** All calls have succeeded so far, so that each of them is remembered. */
  succeeds: boolean
  /** Resolved instructions of bodies that have a record: each has one, however often it is met. */
  recorded: Set<string>
  /** How to undo commands that have happened, by their keys. */
  undos: Map<string, Undo>
  onEvent: RunOptions['onEvent']
  /** Ends the run: nothing new begins. */
  stop: AbortController
}

/** A body that undoes a command, with its result and what it captures. */
export interface Undo {
  level: Level
  values: Ipld[]
  secret: boolean
}

/** What is driven: the job, or a body with the values of its parameters. */
export interface Root {
  level: Level
  values: readonly Ipld[]
  /** Its values are secrets. */
  secret: boolean
  place: Place
}
