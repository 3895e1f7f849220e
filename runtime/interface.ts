import type { Blockstore } from 'interface-blockstore'
import type { CID } from 'multiformats/cid'
import type { FailureKind } from '../dag/failure.ts'
import type { DagError, Limits } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import type { Result } from '../dag/result.ts'
import type { Type } from '../dag/types.ts'
import type { Value } from '../dag/value.ts'
import type { Clock } from './clock.ts'
import type { Disk } from './journal/disk.ts'
import type { Enqueued, RunEnd } from './journal/records.ts'
import type { StoreFailure } from './store/errors.ts'

/** The failure of a task: what `catch` sees (`kind`, `message`), and what varies (`detail`), which only the receipt keeps. */
export interface Failure {
  kind: FailureKind
  /** A fixed text for the kind, the same on every machine. */
  message: string
  /** The limit and the figure, the trap's own words, the name of a refused import. */
  detail?: string
  /** The error that `?` met: a placed value of type `ipld`. */
  data?: Ipld
}

/** One call of a component's function in an instance of its own. */
export interface WasmCall {
  component: CID
  /** Gives the component's bytes; called once for each component and executor. */
  load: () => Promise<Uint8Array>
  func: string
  /** Arguments in JavaScript form (`dag/value.ts`). Those that do not fit are a failure of kind `value`. */
  args: Value[]
  limits: Limits
}

export type WasmOutcome = (
  | { ok: true; value: Value; ms: number; memory: number; gas: number }
  | { ok: false; failure: Failure; ms: number; memory: number; gas: number }
) & {
  /** Workers that were lost on the call before; absent where there was none. */
  lost?: number
}

/** Runs Wasm calls, many at once. The local one keeps worker threads (`wasm/pool.ts`). */
export interface Executor {
  /** How many calls can run at the same time. */
  readonly width: number
  call(call: WasmCall, signal?: AbortSignal): Promise<WasmOutcome>
  close(): Promise<void>
}

/** What keeps a job from being performed. */
export interface EffectProblem {
  /** The operation as sources name it: `http.get`. */
  op: string
  message: string
  /** What would have to be granted, as `--allow` takes it; absent where no grant would help. */
  missing?: string
  /** Why the delegations that there are do not grant it. */
  denied?: Denial
}

/** Why delegations do not grant something. */
export interface Denial {
  /** Who asks, by DID. */
  holder: string
  /** The command that is missing: `/http/get`. */
  command: string
  /** A sentence without its end. */
  message: string
}

/** Why a run could not begin or go on, though the job and the store are sound. `code` is stable, `message` is for people. */
export interface RunError {
  code:
    /** The job has effects, and this run may not or cannot perform them. */
    | 'effects'
    /** A call that was checked gave two results. */
    | 'nondeterminism'
    /** The result of the job holds a secret. */
    | 'secret'
    /** There is no such run, or it has ended. */
    | 'run'
    /** Another process has it. */
    | 'held'
    /** A run of the same job has changed something and has not ended. */
    | 'unfinished'
    /** The invocation that asks for it was followed before. */
    | 'replayed'
  message: string
  /** Of `effects`, where nothing was started: all that is in the way. */
  problems?: EffectProblem[]
  /** Of `unfinished`. */
  run?: string
}

/** What a task came to. */
export interface Receipt {
  /** CID of the resolved instruction: every promise replaced by a placed result. */
  ran: CID
  out: ['ok', Ipld] | ['error', Failure]
  meta: {
    /** Milliseconds of all attempts. */
    ms: number
    /** Peak in bytes, and units, of the last attempt. */
    memory: number
    gas: number
    /** All that were made, the last one last; none where a remembered figure alone made it a failure. */
    attempts: Attempt[]
    host: string
  }
}

export interface Attempt {
  ms: number
  /** What it failed by. */
  kind: FailureKind | null
}

/** A receipt that is kept, by its CID. */
export interface KeptReceipt {
  ran: CID
  cid: CID
}

/** A success that is remembered: its placed value, and the peak of memory and the gas that it used. */
export interface Remembered {
  value: Ipld
  memory: number
  gas: number
  /** The run that executed it; of what was taken from others the `did:key` of who has signed it. */
  run: string
  receipt: Receipt | KeptReceipt
}

/** What a whole job came to that performs no effects. */
export interface RememberedJob {
  /** Placed. */
  result: Ipld
  /** As its {@link RunSummary} counts them; each of them has succeeded. */
  tasks: number
  /** Those of them that were executed or remembered. */
  known: number
  /** The run that has found it out, whose record is kept. */
  run: string
}

export interface Memo {
  /** The remembered success of a resolved instruction. */
  get(ran: CID): Promise<Remembered | undefined>
  /** Remembers a success of a run of our own. It is seen at once and kept at the latest by {@link Store.flush}. */
  put(run: string, receipt: Receipt): Promise<void>
  /** The versions of the semantics by which it is remembered; it is found by the present one alone. */
  versions(ran: CID): Promise<number[]>
  /** Remembers successes that others have signed, whose blocks are in the store. Whoever calls it has checked them. */
  adopt(receipts: readonly { receipt: Receipt; cid: CID; iss: string }[]): Promise<void>
  /** What a closed job came to; undefined where the run that has found it out is no longer kept. */
  getJob(job: CID): Promise<RememberedJob | undefined>
  /** Remembers it, from the end of that run on. All that it called has succeeded. */
  putJob(job: CID, known: RememberedJob): Promise<void>
}

/**
 * Tells other processes on the same store that something is being computed, best effort: a lease that is not given back
 * ends by itself, and nothing depends on it.
 */
export interface Leases {
  /** Whether another process computes it. */
  elsewhere(ran: CID): boolean
  /** Takes the lease or makes it last longer. False where another process has it. */
  take(ran: CID): boolean
  /** Gives it back; that of a success is given back when it is remembered. */
  drop(ran: CID): void
}

export interface RunRecord {
  run: string
  job: CID
  state: RunState
  /** Milliseconds since 1970. */
  started: number
  /** The run that has put it into the queue. */
  parent: string | null
  /** What it may do, as `--allow` takes it; those that it puts into the queue may do no more. */
  grants: string[]
}

export type RunState =
  /** Under way, or its process was lost. */
  | 'running'
  /** Ended from outside; it can be resumed. */
  | 'stopped'
  /** What some command came to has to be said before it can go on. */
  | 'unknown'
  /** In the queue. */
  | 'waiting'
  /** Somebody wants it to be taken back. */
  | 'cancelling'
  | RunEnd

/**
 * Everything that a run keeps: blocks, memo, receipts and run records, in one place. What the environment causes
 * (a damaged block, a full disk) is thrown as a `StoreError` (`store/errors.ts`), which `run` gives back as a value.
 */
export interface Store {
  /** Verifies what it reads: a damaged block never comes out. */
  blocks: Blockstore
  memo: Memo
  /** The `did:key` by which its receipts are signed. */
  issuer(): string
  /** A varsig of DAG-CBOR by the same key. */
  sign(payload: Uint8Array): Uint8Array
  leases: Leases
  /** Journals of the runs that have commands. */
  disk: Disk
  /** Records the start of a run and gives its id: 12 hexadecimal digits. */
  begin(job: CID, grants: readonly string[]): Promise<string>
  /** Records runs of which the record was lost, or that wait in the queue; those that are there stay as they are. */
  adopt(records: readonly RunRecord[]): Promise<void>
  /**
   * Maps a task of a run to its receipt. One that is not kept yet is signed and kept at the latest by {@link Store.flush},
   * together with the resolved instruction where its block is given.
   */
  record(run: string, task: CID, receipt: Receipt | KeptReceipt, hit: boolean, instruction?: Block): Promise<void>
  /** Records a run that is done, of a job that is known as a whole, and gives its id: all of it, or nothing. */
  repeat(job: CID, grants: readonly string[], known: RememberedJob): Promise<string>
  /** Resolves when all that was recorded and remembered is written. */
  flush(): Promise<void>
  /** Resolves when all that was written stands on the disk, also after a power cut. */
  sync(): Promise<void>
  /** Writes what was recorded, and how far the run has come. */
  end(run: string, state: RunState, result?: Ipld): Promise<void>
  /** Newest first. */
  runs(): Promise<RunRecord[]>
  find(run: string): Promise<RunRecord | undefined>
  /** What a run gave; undefined where that is not recorded. */
  resultOf(run: string): Promise<Ipld | undefined>
  stateOf(run: string): Promise<RunState | undefined>
  /** Blocks that are kept, with all that can be reached from them, whatever else is removed. */
  pins(): Promise<CID[]>
  pin(cid: CID, pinned: boolean): Promise<void>
  /** The tasks of a run that came to something, with the CIDs of their signed receipts. */
  tasks(run: string): Promise<{ task: CID; receipt: CID; hit: boolean }[]>
  close(): Promise<void>
}

/** What becomes of a command when nobody knows whether it has happened (docs/runtime.md, Effects). */
export type Recovery =
  /** It is sent again: twice is the same as once. */
  | 'idempotent'
  /** It is sent again with the same key for so many milliseconds: the receiver remembers keys for that time. */
  | { keyed: number }
  /** A question tells whether it has happened; asked when so many milliseconds have passed since it was sent. */
  | { probe: number }
  /** It is never sent again. */
  | 'irrevocable'

/** What is known of an operation. */
export interface OperationTraits {
  /** Absent where the job's word is taken for it: a command, or a query. */
  kind?: 'query' | 'note' | 'command'
  recovery: Recovery
  /** Which arguments may hold secrets, by position; absent where all may. */
  secrets?: readonly boolean[]
  /** Whether its result is a secret. */
  secret: boolean
  /** Of its result, where it is known. */
  result?: Type
  /** Of a command: whether it awaits `sent` itself; otherwise it is taken to be sent as soon as it is performed. */
  announces?: boolean
}

/** Performs effects. Everything that touches the world stands behind it: the providers, or what a test has given. */
export interface Effects {
  /** What it knows of an operation under a scheme; an error names what is wrong with it. */
  operation(rsc: string, op: string): Result<OperationTraits, string>
  /**
   * What would have to be granted for these arguments, as `--allow` takes it: `http.get=example.com`. Undefined where it is
   * granted; where an argument is not known yet (a hole), only what is sure to be missing.
   */
  missing(call: Pick<EffectCall, 'rsc' | 'op' | 'args' | 'load'>): Promise<string | undefined>
  /** Why the delegations that there are do not grant what is missing; undefined where there are none. */
  denied?(call: Pick<EffectCall, 'rsc' | 'op' | 'args' | 'load'>): Promise<Denial | undefined>
  /** Called when all that it needs has succeeded. */
  perform(call: EffectCall, signal: AbortSignal): Promise<EffectOutcome>
  /** The run that a command has put into the queue, by its key; absent or undefined where it is none that does. */
  child?(call: EffectCall): Enqueued | undefined
  /** Asks whether a command with recovery `probe` has happened. */
  probe?(call: EffectCall, signal: AbortSignal): Promise<EffectOutcome | { kind: 'absent' }>
}

export interface EffectCall {
  /** The scheme: `https:`. */
  rsc: string
  /** `http/get` */
  op: string
  /** Placed values, without holes; `load` finds their blocks. */
  args: Ipld[]
  load: Load
  /** Names a command among all there ever were: 64 hexadecimal digits. */
  key: string
  /** To be awaited right before the first byte is handed over by which it may happen. Rejects where it must not be. */
  sent: () => Promise<void>
}

export type EffectOutcome =
  /**
   * A placed value, and the blocks that it needs. `again`: it says that nothing has happened, and the next attempt may come
   * to something else.
   */
  | { kind: 'ok'; value: Ipld; blocks: Block[]; again?: boolean }
  /** It is known not to have happened, or what the receiver has said instead. */
  | { kind: 'failed'; failure: Failure }
  /** It may have happened or not. */
  | { kind: 'lost'; failure: Failure }
  /** Not given: ends the run, and nothing catches it. */
  | { kind: 'refused'; message: string }

export interface RunOptions {
  store: Store
  executor: Executor
  /** Without it a job that has effects is refused. */
  effects?: Effects
  /** Use remembered results; default true. */
  memo?: boolean
  /** How many remembered results are computed again, chosen by chance, and compared; a difference ends the run. */
  check?: number
  /** Blocks of the job that need not be in the store yet: they are put there when the job is found fit to run. */
  jobBlocks?: readonly Block[]
  signal?: AbortSignal
  onEvent?: (event: RunEvent) => void
  /** What retries wait by; the system's by default. */
  clock?: Clock
  /** What the run may do, as `--allow` takes it: for those who resume it, and for those that it puts into the queue. */
  grants?: readonly string[]
  /** Begin, though a run of the same job has changed something and has not ended. */
  again?: boolean
  /** Asked when nothing else is in the way of a new run: an error keeps it from beginning. */
  admit?: () => Promise<RunError | undefined>
  /** Where the journal is kept; that of the store by default. */
  disk?: Disk
  /** Gives numbers from 0 up to 1; `Math.random` by default. */
  random?: () => number
}

/**
 * What a run tells while it goes on, of its Wasm and effect tasks. `task` is the instruction of the job as it runs, `origin` that of
 * the job as it was given, which its debug block knows.
 */
export type RunEvent =
  /** How many are known at the start: those that stand in no body. */
  | { kind: 'planned'; tasks: number }
  /** What the whole job came to is remembered, so that nothing else is told of its tasks, of which so many would be hits. */
  | { kind: 'remembered'; hits: number }
  /** A call was given to the executor, or an effect to its provider; `func` is its function, or its operation. */
  | { kind: 'started'; task: CID; origin: CID; func: string }
  | { kind: 'finished'; task: CID; origin: CID; func?: string; hit: boolean; failed: boolean; ms: number }

export interface RunSummary {
  run: string
  /** The closed job that ran. */
  job: CID
  /** Wasm and effect tasks that came up: those of bodies once for each instance. */
  tasks: number
  /** Those that were executed. */
  ran: number
  /** Those whose result was remembered. */
  hits: number
  /** Failures that the job has not caught; none where it is done. */
  failed: number
  /** Remembered results that were computed again, where it was asked for. */
  checked?: number
  /** Units of gas of what was executed; of several attempts that of the last. */
  gas: number
  ms: number
}

export type RunOutcome =
  | { ok: true; summary: RunSummary; type: Type; result: Ipld /* placed */ }
  /** A task has failed, and what commands had done was undone as far as they say how. */
  | { ok: false; summary: RunSummary; failure: Failure; task: CID; origin: CID; func?: string; undone?: UndoReport }
  /** The signal ended it: nothing new was started, and what could be kept was kept. */
  | { ok: false; summary: RunSummary; stopped: true }
  /** What these commands came to is not known; what does not need them was done. */
  | { ok: false; summary: RunSummary; unknown: UnknownCommand[] }
  /** It was taken back. */
  | { ok: false; summary: RunSummary; cancelled: true; undone?: UndoReport }
  /**
   * The job, its arguments or the store are not fit to run. Without a summary nothing was started; with one, a block
   * or the store turned out to be missing or damaged on the way, an effect was refused, or a call not deterministic.
   */
  | { ok: false; error: DagError | StoreFailure | RunError; summary?: RunSummary }

/** What became of the commands of a job that has failed. */
export interface UndoReport {
  /** Commands that were undone. */
  undone: number
  /** Those whose undo has failed, so that they stand. */
  failed: { task: CID; op: string; failure: Failure }[]
  /** How many stand since they have no undo. */
  standing: number
}

export interface UnknownCommand {
  /** 64 hexadecimal digits. */
  key: string
  /** Its instruction. */
  task: CID
  rsc: string
  op: string
  /** Null where they hold a secret. */
  args: Ipld[] | null
  /** Why nobody knows. */
  detail: string
}
