import type { CID } from 'multiformats/cid'
import { evaluateCore } from '../dag/core.ts'
import type { DagError, Instruction } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { materialize, place } from '../dag/place.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { readFile } from '../dag/unixfs.ts'
import { toIpld, type Value } from '../dag/value.ts'
import { putAll, Unfit } from './blocks.ts'
import { join } from './flights.ts'
import { maxComponent, type WasmFunction } from './functions.ts'
import type { Executor, Receipt, Store, WasmOutcome } from './interface.ts'
import type { Plan } from './load.ts'
import { resolve, type Resolved, type ResultOf } from './resolve.ts'
import { failure } from './wasm/failure.ts'

/** What tasks of one run share. */
export interface Surroundings {
  plan: Plan
  store: Store
  load: Load
  executor: Executor
  /** Whether remembered results are used. */
  memo: boolean
  signal: AbortSignal
  resultOf: ResultOf
  onStart: (task: number) => void
}

/** What a task came to, and by what: a core operation, or a call whose arguments do not fit, needs neither. */
export type Settled = { out: Receipt['out'] } & (
  | { by: 'execution'; receipt: Receipt; instruction?: Block }
  | { by: 'memory'; receipt: Receipt }
  | { by: 'neither'; receipt?: undefined }
)

/** Errors of which the task itself is the cause, so that they are its failure; any other says that a block is unfit. */
const ofValues: ReadonlySet<DagError['code']> = new Set(['value', 'type', 'size'])

/**
 * Performs one task whose inputs are there.
 *
 * @returns an error where a block that is needed is missing or damaged
 * @throws what ends the run: an abort, a failure of the store, a bug
 */
export async function perform(task: number, around: Surroundings): Promise<Result<Settled, DagError>> {
  const { plan, store } = around
  const instruction = await plan.instructionOf(task)
  if (!instruction.ok) return instruction
  const resolved = await resolve(plan.tasks.cidOf(task), instruction.value, around.resultOf)
  if (!resolved.ok) return ofValue(resolved.error)
  await putAll(store.blocks, resolved.value.blocks)
  const func = plan.functionOf(task)
  return func ? call(task, func, resolved.value, around) : compute(instruction.value, resolved.value, around)
}

async function compute(
  { op }: Instruction,
  { args }: Resolved,
  { load, store }: Surroundings,
): Promise<Result<Settled, DagError>> {
  const outcome = await evaluateCore(op, args, load)
  switch (outcome.kind) {
    case 'value':
      await putAll(store.blocks, outcome.blocks)
      return ok({ out: ['ok', outcome.value], by: 'neither' })
    case 'fail':
      return ok({ out: ['error', failure(outcome.failure, outcome.detail)], by: 'neither' })
    case 'needs':
      return fail({ code: 'missing', message: `block ${outcome.link} is missing` })
  }
}

async function call(
  task: number,
  func: WasmFunction,
  resolved: Resolved,
  around: Surroundings,
): Promise<Result<Settled, DagError>> {
  const { store, signal } = around
  if (!around.memo) return execute(task, func, resolved, around, () => undefined)
  const joined = await join(store, resolved.ran, signal)
  if ('receipt' in joined) return ok(recalled(joined.receipt, around.plan.limitsOf(task).memory))
  let landed: Receipt | undefined
  try {
    return await execute(task, func, resolved, around, receipt => (landed = receipt))
  } finally {
    joined.land(landed)
  }
}

/** A remembered success; one that used more memory than this task may is the failure that execution would have given. */
function recalled(receipt: Receipt, limit: number): Settled {
  const { memory } = receipt.meta
  if (memory <= limit) return { out: receipt.out, receipt, by: 'memory' }
  const out: Receipt['out'] = [
    'error',
    failure('memory', `${memory} bytes were needed when it was computed, the limit is ${limit}`),
  ]
  return { out, receipt: { ...receipt, out, meta: { ...receipt.meta, ms: 0, attempts: 0 } }, by: 'memory' }
}

async function execute(
  task: number,
  func: WasmFunction,
  resolved: Resolved,
  around: Surroundings,
  remember: (receipt: Receipt) => void,
): Promise<Result<Settled, DagError>> {
  const { store, executor, load, plan } = around
  const given = await values(func, resolved.args, load)
  if (!given.ok) return ofValue(given.error)
  around.onStart(task)
  const outcome = await executor.call(
    {
      component: func.component,
      load: () => componentBytes(func.component, load),
      func: func.name,
      args: given.value,
      limits: plan.limitsOf(task),
    },
    around.signal,
  )
  const out = await outOf(func, outcome, store)
  const meta = { ms: outcome.ms, memory: outcome.memory, attempts: 1, host }
  const receipt: Receipt = { ran: resolved.ran, out, meta }
  if (out[0] === 'ok') {
    await store.memo.put(receipt)
    remember(receipt)
  }
  const { instruction } = resolved
  return ok({ out, receipt, by: 'execution', ...(instruction ? { instruction } : {}) })
}

/** What the figures of a receipt depend on, and nothing that names a machine or a person. */
const host = `node ${process.version} ${process.platform}-${process.arch}`

async function values({ params }: WasmFunction, args: Ipld[], load: Load): Promise<Result<Value[], DagError>> {
  const list: Value[] = []
  for (const [at, type] of params.entries()) {
    const value = await materialize(type, args[at]!, load)
    if (!value.ok) return fail({ ...value.error, message: `argument ${at + 1}: ${value.error.message}` })
    list.push(value.value)
  }
  return ok(list)
}

async function outOf({ result }: WasmFunction, outcome: WasmOutcome, store: Store): Promise<Receipt['out']> {
  if (!outcome.ok) return ['error', outcome.failure]
  const placed = await place(result, toIpld(result, outcome.value))
  if (!placed.ok) return ['error', failure('value', `its result cannot be kept: ${placed.error.message}`)]
  // Before the receipt, so that whoever sees it finds them.
  await putAll(store.blocks, placed.value.blocks)
  return ['ok', placed.value.value]
}

async function componentBytes(component: CID, load: Load): Promise<Uint8Array> {
  const bytes = await readFile(component, load, { maxBytes: maxComponent })
  if (!bytes.ok) throw new Unfit(bytes.error)
  return bytes.value
}

function ofValue(error: DagError): Result<Settled, DagError> {
  return ofValues.has(error.code) ? ok({ out: ['error', failure('value', error.message)], by: 'neither' }) : fail(error)
}
