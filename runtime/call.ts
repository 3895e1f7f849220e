import type { CID } from 'multiformats/cid'
import { show } from '../dag/core/show.ts'
import type { DagError, Instruction, Limits } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import { ok, type Result } from '../dag/result.ts'
import type { Remembering } from './aside.ts'
import { Unfit } from './blocks.ts'
import { backoff } from './clock.ts'
import { join } from './flights.ts'
import { Elsewhere, underLease } from './lease.ts'
import { agree, componentBytes, outOf, passing, values } from './execution.ts'
import type { WasmFunction } from './functions.ts'
import type { Attempt, Receipt, Remembered, WasmCall, WasmOutcome } from './interface.ts'
import { rememberedBy } from './receipt.ts'
import { keyOf } from './resolve.ts'
import { ofValue, type Outcome, type Settled, type Started, type Surroundings } from './task.ts'
import { failure } from './wasm/failure.ts'

/** Calls a function of a component, or remembers what it came to. */
export async function call(
  started: Started,
  func: WasmFunction,
  instruction: Instruction,
  args: Ipld[],
  around: Surroundings,
): Promise<Result<Settled, DagError>> {
  const { store, signal, plan, clock } = around
  const { ran, instruction: resolved } = keyOf(() => started.level.tasks.cidOf(started.task), instruction, args)
  const memory = started.contingent() ? around.aside : store
  const wanted = { func, args, ran, memory, ...(resolved ? { resolved } : {}) }
  // What a secret came to is remembered nowhere.
  if (!around.memo || started.secret) return execute(started, wanted, around)
  for (;;) {
    const joined = await join(memory, ran, clock, signal)
    if ('known' in joined) {
      const known = recalled(ran, joined.known, plan.limitsOf(started.level, started.task))
      if (!known) return execute(started, wanted, around)
      if (known.out[0] === 'ok') around.audit?.offer(() => again(started, wanted, known.out, around))
      return ok(known)
    }
    let landed: Remembered | undefined
    try {
      return await execute(started, wanted, around, success => (landed = success))
    } catch (error) {
      if (!(error instanceof Elsewhere)) throw error
    } finally {
      if (!landed) memory.leases.drop(ran)
      joined.land(landed)
    }
  }
}

/** A call that is to be executed. */
interface Wanted {
  func: WasmFunction
  args: Ipld[]
  ran: CID
  /** The block of `ran`, where it is not the task itself. */
  resolved?: () => Block
  memory: Remembering
}

/**
 * A remembered success; one that used more than this task may is the failure that execution would have given. Where it
 * used more of both, only execution tells of which it would have run out first: then it is undefined.
 */
function recalled(ran: CID, { value, memory, gas, receipt }: Remembered, limits: Limits): Outcome | undefined {
  const over = gas > limits.gas
  if (memory <= limits.memory && !over) return { out: ['ok', value], receipt, by: 'memory' }
  if (memory > limits.memory && over) return undefined
  const [kind, used, unit] = over ? (['gas', gas, 'units'] as const) : (['memory', memory, 'bytes'] as const)
  const detail = `${used} ${unit} were needed when it was computed, the limit is ${limits[kind]}`
  const out: Receipt['out'] = ['error', failure(kind, detail)]
  return { out, receipt: { ran, out, meta: { ms: 0, memory, gas, attempts: [], host } }, by: 'memory' }
}

type Attempted = WasmOutcome & { out: Receipt['out'] }

/** How to execute a call once, by whichever signal ends it; an error where its arguments do not fit. */
async function prepare(
  { level, task, secret }: Started,
  { func, args }: Wanted,
  { blocks, executor, plan }: Surroundings,
): Promise<Result<(signal: AbortSignal) => Promise<Attempted>, DagError>> {
  const given = await values(func, args, blocks.load)
  if (!given.ok) return given
  const wanted: WasmCall = {
    component: func.component,
    load: () => componentBytes(func.component, blocks.load),
    func: func.name,
    args: given.value,
    limits: plan.limitsOf(level, task),
  }
  return ok(async signal => {
    const outcome = await executor.call(wanted, signal)
    return { ...outcome, out: await outOf(func, outcome, blocks, secret) }
  })
}

/** @param land takes the success that others may be waiting for; absent where it is computed for nobody else */
async function execute(
  started: Started,
  wanted: Wanted,
  around: Surroundings,
  land?: (success: Remembered) => void,
): Promise<Result<Settled, DagError>> {
  const { level, task, onStart, secret } = started
  const { func, ran, resolved, memory: remembering } = wanted
  const prepared = await prepare(started, wanted, around)
  if (!prepared.ok) return ofValue(prepared.error)
  onStart(func.name)
  const once = prepared.value
  const attempt = land ? () => underLease(ran, remembering.leases, around, once) : () => once(around.signal)
  const limits = around.plan.limitsOf(level, task)
  const attempts: Attempt[] = []
  let tries = 0
  let last: Attempted
  for (;;) {
    last = await attempt()
    // So many workers came to no end of it; the executor had others try without a wait.
    for (let lost = 0; lost < (last.lost ?? 0); lost++) attempts.push({ ms: 0, kind: 'crash' })
    tries++
    attempts.push({ ms: last.ms, kind: last.out[0] === 'ok' ? null : last.out[1].kind })
    if (last.ok || !passing.has(last.failure.kind) || tries > limits.retry) break
    await around.clock.sleep(backoff(tries, around.random), around.signal)
  }
  for (let checked = 0; checked < limits.check; checked++) {
    const again = (await attempt()).out
    if (!agree(last.out, again)) throw different(level.tasks.cidOf(task), func.name, last.out, again)
  }
  const { out, memory, gas } = last
  if (secret) return ok({ out, by: 'execution', gas })
  const receipt: Receipt = { ran, out, meta: { ms: lengthOf(attempts), memory, gas, attempts, host } }
  if (out[0] === 'ok') {
    await remembering.memo.put(around.run, receipt)
    land?.(rememberedBy(around.run, receipt))
  }
  return ok({ out, receipt, by: 'execution', ...(resolved ? { instruction: resolved() } : {}) })
}

/** Executes again what was remembered, to compare. */
async function again(started: Started, wanted: Wanted, known: Receipt['out'], around: Surroundings): Promise<void> {
  const once = await prepare(started, wanted, around)
  // Arguments that do not fit were no arguments of a success.
  const out: Receipt['out'] = once.ok ? (await once.value(around.signal)).out : ['error', failure('value')]
  if (!agree(known, out)) throw different(started.level.tasks.cidOf(started.task), wanted.func.name, known, out)
}

/** What the figures of a receipt depend on, and nothing that names a machine or a person. */
export const host = `node ${process.version} ${process.platform}-${process.arch}`

/** Milliseconds of attempts. */
export function lengthOf(attempts: Attempt[]): number {
  return attempts.reduce((sum, { ms }) => sum + ms, 0)
}

function different(task: CID, func: string, first: Receipt['out'], second: Receipt['out']): Unfit {
  const said = ([tag, content]: Receipt['out']): string => (tag === 'ok' ? show(content) : `a failure: ${content.kind}`)
  return new Unfit({
    code: 'nondeterminism',
    message: `the task ${task} (\`${func}\`) is not deterministic: it gave ${said(first)}, then ${said(second)}`,
  })
}
