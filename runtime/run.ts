import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { CID } from 'multiformats/cid'
import type { DagError } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import { fail } from '../dag/result.ts'
import { createAside } from './aside.ts'
import { Audit } from './audit.ts'
import { loadFrom, putAll, RunBlocks, Unfit } from './blocks.ts'
import { systemClock } from './clock.ts'
import { close, planOf, type Planned } from './close.ts'
import { drive } from './drive.ts'
import type { Ended, Session } from './session.ts'
import { refuseEffects } from './effects/check.ts'
import { placeOfRun } from './identity.ts'
import type {
  RunError,
  RunOptions,
  RunOutcome,
  RunRecord,
  RunState,
  RunSummary,
  Store,
  UndoReport,
} from './interface.ts'
import { Journal, readHistory } from './journal/journal.ts'
import type { RunEnd } from './journal/records.ts'
import { StoreError, type StoreFailure } from './store/errors.ts'
import { Transaction } from './transaction.ts'
import { childrenOf, findRun, unfinishedRun, unknownCommands } from './runs.ts'
import { takeBack } from './undo.ts'
import { rememberedJob, rememberJob, repeatJob } from './whole.ts'
import { failure } from './wasm/failure.ts'

/**
 * Runs a job: binds its arguments, loads and checks it, and performs its tasks as they become ready (docs/runtime.md). It
 * is a new intent: commands of an earlier run are no part of it.
 *
 * @param job the CID of a job whose blocks, components included, are in the store or among the options
 * @param args placed values by the name of the parameter; those that are absent take their defaults
 * @returns the placed result, the failure of a task, that it was stopped, or what makes the job or the store unfit
 */
export async function run(job: CID, args: Map<string, Ipld>, options: RunOptions): Promise<RunOutcome> {
  const began = performance.now()
  return guarded(async begin => {
    const { store, jobBlocks = [] } = options
    const load = loadFrom(store.blocks, jobBlocks)
    const closed = await close(job, args, load, options)
    if (!closed.ok) return closed
    const known = await rememberedJob(closed.value, options)
    if (known) return repeatJob(known, closed.value, options, began)
    const planned = await planOf(closed.value, load)
    if (!planned.ok) return planned
    await putAll(store.blocks, jobBlocks)
    const { plan } = planned.value
    const refused = await refuseEffects(plan, options.effects, load)
    if (refused) return fail(refused)
    const unfinished =
      options.again || plan.job.commands.size === 0 ? undefined : await unfinishedRun(plan.cid, options)
    if (unfinished !== undefined)
      return fail({
        code: 'unfinished',
        message: `the run ${unfinished} of the same job has begun to change something and has not ended`,
        run: unfinished,
      })
    const barred = await options.admit?.()
    if (barred) return fail(barred)
    const id = await options.store.begin(plan.cid, options.grants ?? [])
    return begin({ id, ...planned.value, parent: null, cancel: false }, options)
  })
}

/**
 * Goes on with a run that was stopped, or whose process was lost: what is known is not done again.
 *
 * @param options `cancel` takes it back: what its commands have done is undone
 */
export async function resume(id: string, options: RunOptions & { cancel?: boolean }): Promise<RunOutcome> {
  return guarded(async begin => {
    const { store } = options
    const record = await findRun(id, options)
    if (!record) return fail({ code: 'run', message: `there is no run ${id} in this store` })
    if (over.has(record.state) && !(await isUntold(record, options)))
      return fail({ code: 'run', message: `the run ${id} has ended: ${record.state}` })
    const cancel = options.cancel === true || record.state === 'cancelling'
    const load = loadFrom(store.blocks)
    const closed = await close(record.job, new Map(), load, options)
    if (!closed.ok) return closed
    const planned = await planOf(closed.value, load)
    if (!planned.ok) return planned
    // What is taken back asks for what it needs when it needs it.
    const refused = cancel ? undefined : await refuseEffects(planned.value.plan, options.effects, load)
    if (refused) return fail(refused)
    if (!cancel) await store.end(id, 'running')
    return begin({ id, ...planned.value, parent: record.parent, cancel }, { grants: record.grants, ...options })
  })
}

/**
 * Takes a run back: stops it, where another process is at it, and undoes what its commands have done. It resolves when that
 * is done, by whichever process.
 */
export async function cancel(id: string, options: RunOptions): Promise<RunOutcome> {
  return guarded(async () => {
    const record = await findRun(id, options)
    if (!record || over.has(record.state)) return resume(id, options)
    await options.store.end(id, 'cancelling')
    const { run, job } = record
    return untilCancelled({ run, job, tasks: 0, ran: 0, hits: 0, failed: 0, gas: 0, ms: 0 }, options)
  })
}

/** Whether the store has forgotten what a run gave, and its journal has not. */
async function isUntold({ run, state }: RunRecord, { store, disk = store.disk }: RunOptions): Promise<boolean> {
  return state === 'done' && (await store.resultOf(run)) === undefined && readHistory(disk, run)?.end !== undefined
}

/** Takes a run back that somebody wants to be cancelled, or waits until another process has done so. */
async function untilCancelled(summary: RunSummary, options: RunOptions): Promise<RunOutcome> {
  const { store, disk = store.disk, clock = systemClock, signal } = options
  const { run } = summary
  for (;;) {
    if ((await store.stateOf(run)) === 'cancelled') {
      const undone = readHistory(disk, run)?.end?.undone
      return { ok: false, summary, cancelled: true, ...(undone ? { undone } : {}) }
    }
    const outcome = await resume(run, { ...options, cancel: true })
    if (outcome.ok || !('error' in outcome) || outcome.error.code !== 'held') return outcome
    await clock.sleep(GLANCE, signal).catch(() => undefined)
    if (signal?.aborted) return { ok: false, summary, stopped: true }
  }
}

const over: ReadonlySet<RunState> = new Set(['done', 'failed', 'cancelled'])
/** Milliseconds between two looks at whether somebody wants a run to be cancelled. */
const GLANCE = 200

interface Started extends Planned {
  id: string
  parent: string | null
  cancel: boolean
}

/** Makes an outcome of what is thrown for reasons that lie outside of this program. */
async function guarded(
  body: (begin: (started: Started, options: RunOptions) => Promise<RunOutcome>) => Promise<RunOutcome>,
): Promise<RunOutcome> {
  const began = performance.now()
  let summary: (() => RunSummary) | undefined
  try {
    return await body(async (started, options) => {
      const { id: run, plan } = started
      const counts: Session['counts'] = { tasks: 0, ran: 0, hits: 0, failed: 0, gas: 0 }
      summary = () => ({ run, job: plan.cid, ...counts, ms: performance.now() - began })
      return takenBack(started, options, await perform(started, options, counts, summary))
    })
  } catch (error) {
    const unfit = unfitness(error)
    if (!unfit) throw error
    return { ok: false, error: unfit, ...(summary ? { summary: summary() } : {}) }
  }
}

/** What becomes of a run that was stopped because somebody wants it to be cancelled. */
async function takenBack({ id, cancel }: Started, options: RunOptions, outcome: RunOutcome): Promise<RunOutcome> {
  const { store, signal } = options
  if (outcome.ok || !('stopped' in outcome) || signal?.aborted || cancel || (await isWanted(store, id))) return outcome
  return untilCancelled(outcome.summary, options)
}

async function isWanted(store: Store, run: string): Promise<boolean> {
  const state = await store.stateOf(run)
  return state !== 'cancelling' && state !== 'cancelled'
}

async function perform(
  { id, plan, origin, parent, cancel }: Started,
  options: RunOptions,
  counts: Session['counts'],
  summary: () => RunSummary,
): Promise<RunOutcome> {
  const { store, executor, effects, memo = true, clock = systemClock, random = Math.random } = options
  const stop = new AbortController()
  const { signal } = stop
  // One listener for each call under way is no leak.
  setMaxListeners(0, signal)
  const blocks = new RunBlocks(store.blocks)
  const around = { clock, random, signal }
  const journal = plan.job.commands.size > 0 ? await openJournal(id, plan.cid, parent, options) : undefined
  const transaction = journal && new Transaction(journal, { ...around, keep: made => blocks.put(made, false) })
  const session: Session = {
    ...around,
    ...{ run: id, plan, origin, store, blocks, executor, effects, transaction, memo, counts, stop },
    audit: options.check === undefined ? undefined : new Audit(options.check, random, counts),
    aside: createAside(store),
    queries: new Map(),
    recorded: new Set(),
    succeeds: true,
    undos: new Map(),
    onEvent: options.onEvent,
  }
  const halt = (): void => stop.abort()
  const look = (): void => void isWanted(store, id).then(wanted => wanted || cancel || halt())
  const glance = setInterval(look, GLANCE)
  options.signal?.addEventListener('abort', halt)
  if (options.signal?.aborted) halt()
  try {
    const known = journal?.history.end
    if (known) return await recall(known, session, summary)
    if (cancel && transaction) cancelled(transaction)
    options.onEvent?.({ kind: 'planned', tasks: plan.job.work })
    const nonce = journal?.history.begin?.nonce ?? new Uint8Array()
    const root = { level: plan.job, values: [], secret: false, place: placeOfRun(nonce, null) }
    const ended: Ended = cancel && !transaction?.mayUndo ? { state: 'failing' } : await drive(session, root)
    return await finish(ended, session, summary)
  } finally {
    clearInterval(glance)
    options.signal?.removeEventListener('abort', halt)
    await journal?.close()
  }
}

/** The journal of a run, which begins with it. */
async function openJournal(
  run: string,
  job: CID,
  parent: string | null,
  { store, disk = store.disk, grants = [] }: RunOptions,
): Promise<Journal> {
  const blocks: { cid: CID; bytes: Uint8Array }[] = []
  const journal = Journal.open(disk, run, block => blocks.push(block))
  if (!journal) throw new Unfit({ code: 'held', message: `the run ${run} is under way in another process` })
  await putAll(store.blocks, blocks)
  if (!journal.history.begin) {
    const nonce = new Uint8Array(randomBytes(16))
    // It goes to the disk with the barrier: before that there is nothing that must not be forgotten.
    journal.add({ kind: 'begin', run, nonce, job, started: Date.now(), parent, grants: [...grants] })
  }
  return journal
}

/** Says that the run is taken back, if it has begun to change anything. */
function cancelled({ journal }: Transaction): void {
  if (!journal.history.open || journal.history.failing) return
  journal.add({ kind: 'failing', failure: null, task: null })
}

async function finish(ended: Ended, session: Session, summary: () => RunSummary): Promise<RunOutcome> {
  const { store, run, transaction, plan } = session
  const history = transaction?.journal.history
  if (ended.state === 'broken') {
    // What has been computed is kept where the store still takes it.
    const unfit = unfitness(ended.error)
    if (unfit) await store.end(run, history?.open ? 'stopped' : 'failed').catch(() => undefined)
    throw ended.error
  }
  if (transaction && history?.open) return settle(ended, session, transaction, summary)
  switch (ended.state) {
    case 'done':
      // It counts from the end on, and that there is no room for it is told before.
      if (plan.pure && session.succeeds) await rememberJob(session, ended.result)
      await store.end(run, 'done', ended.result)
      return { ok: true, summary: summary(), type: plan.result.type, result: ended.result }
    case 'failed':
      await store.end(run, 'failed')
      return failed(ended, summary())
    case 'refused':
      await store.end(run, 'failed')
      return refused(ended, summary())
    case 'failing':
      await store.end(run, 'cancelled')
      return { ok: false, summary: summary(), cancelled: true }
    case 'stopped':
      await leave(store, run, 'stopped')
      return { ok: false, summary: summary(), stopped: true }
    case 'unknown':
      throw new Error('a command was begun before the barrier')
  }
}

/** Ends a run that has changed the world, or leaves it to be resumed. */
async function settle(
  ended: Exclude<Ended, { state: 'broken' }>,
  session: Session,
  { journal }: Transaction,
  summary: () => RunSummary,
): Promise<RunOutcome> {
  const { store, run, plan, effects } = session
  const { history } = journal
  const left = async (state: 'stopped' | 'unknown'): Promise<RunOutcome> => {
    await leave(store, run, state)
    return state === 'stopped'
      ? { ok: false, summary: summary(), stopped: true }
      : { ok: false, summary: summary(), unknown: unknownCommands(history, true) }
  }
  const end = async (state: RunEnd, result: Ipld | null, undone: UndoReport | null): Promise<void> => {
    // The end says that nothing is left to do, so that all of it has to be there.
    await store.flush()
    // What is taken back does not go on.
    if (state !== 'cancelled') await store.adopt(childrenOf(history, Date.now()))
    await store.sync()
    journal.add({ kind: 'end', state, result, undone })
    // Whoever waits for it reads there what was undone.
    await journal.commit()
    await store.end(run, state, result ?? undefined)
  }
  if (ended.state === 'stopped') return left('stopped')
  if (!history.failing && (ended.state === 'failed' || ended.state === 'refused')) {
    const what = ended.state === 'failed' ? ended.failure : failure('refused', ended.message)
    // It goes to the disk with the first intent of what undoes, if not before.
    journal.add({ kind: 'failing', failure: what, task: ended.state === 'failed' ? ended.task : null })
  }
  // Nothing is under way, so that what was begun and not come to again is as unknown. What undoes is come to below.
  const unknown = unknownCommands(history, true)
  if (unknown.some(({ key }) => history.commands.get(key)!.undoes === null)) return left('unknown')
  if (!history.failing) {
    if (ended.state !== 'done') throw new Error(`a run ended in the state ${ended.state}`)
    await end('done', ended.result, null)
    return { ok: true, summary: summary(), type: plan.result.type, result: ended.result }
  }
  const undone = await takeBack(session)
  // One that could not be begun again is told as it is: unknown, if it may not be done twice, else not done.
  const isUnknown = unknownCommands(history, true, undone && effects).length > 0
  if (!undone || isUnknown) return left(isUnknown ? 'unknown' : 'stopped')
  await end(history.failing.failure ? 'failed' : 'cancelled', null, undone)
  if (ended.state === 'refused') return refused(ended, summary())
  return { ...afterwards(ended, session, summary()), undone }
}

/** Leaves a run to be resumed, or taken back. */
async function leave(store: Store, run: string, state: RunState): Promise<void> {
  await store.flush()
  if (await isWanted(store, run)) await store.end(run, state)
}

/** What is told of a run that has been taken back. */
function afterwards(
  ended: Ended,
  { transaction, plan, origin }: Session,
  summary: RunSummary,
): Extract<RunOutcome, { failure: unknown } | { cancelled: true }> {
  if (ended.state === 'failed') return failed(ended, summary)
  const { failure, task } = transaction!.journal.history.failing!
  if (!failure) return { ok: false, summary, cancelled: true }
  const named = task ?? plan.cid
  return { ok: false, summary, failure, task: named, origin: origin(named) }
}

function refused({ message }: Extract<Ended, { state: 'refused' }>, summary: RunSummary): RunOutcome {
  return { ok: false, summary, error: { code: 'effects', message } }
}

function failed({ failure, task, origin, func }: Extract<Ended, { state: 'failed' }>, summary: RunSummary) {
  return { ok: false as const, summary, failure, task, origin, ...(func === undefined ? {} : { func }) }
}

/** What became of a run whose journal has its end, though the process was lost before it could tell. */
async function recall(
  { state, result, undone }: NonNullable<Journal['history']['end']>,
  session: Session,
  summary: () => RunSummary,
): Promise<RunOutcome> {
  const { store, run, plan } = session
  await store.end(run, state, result ?? undefined)
  return state === 'done'
    ? { ok: true, summary: summary(), type: plan.result.type, result: result! }
    : { ...afterwards({ state: 'failing' }, session, summary()), ...(undone ? { undone } : {}) }
}

function unfitness(error: unknown): DagError | StoreFailure | RunError | undefined {
  if (error instanceof Unfit) return error.error
  if (error instanceof StoreError) return { code: error.code, message: error.message }
  return undefined
}
