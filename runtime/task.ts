import { evaluateCore } from '../dag/core.ts'
import type { DagError, Instruction } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { putAll, Unfit } from './blocks.ts'
import { call } from './call.ts'
import { performEffect } from './effect.ts'
import { expand, type Step } from './expand.ts'
import type { Effects, Executor, Failure, Receipt, Store } from './interface.ts'
import { EFFECT_TASK, type Level } from './level.ts'
import type { Plan } from './load.ts'
import { resolve, type ValueOf } from './resolve.ts'
import { failure } from './wasm/failure.ts'

/** What tasks of one run share. */
export interface Surroundings {
  plan: Plan
  store: Store
  load: Load
  executor: Executor
  effects: Effects | undefined
  /** What queries came to in this run, by what they ask. */
  queries: Map<string, Promise<Settled>>
  /** Whether remembered results are used. */
  memo: boolean
  signal: AbortSignal
}

/** A task that was started. */
export interface Started {
  level: Level
  /** Its number in the level. */
  task: number
  valueOf: ValueOf
  /** Names the tasks of this run by what an effect comes after: their numbers. */
  nodeOf: (hole: Ipld) => number
  /** Tells that it is given to the executor or to a provider. */
  onStart: () => void
}

/** What a task came to, and by what: a core operation, or a call whose arguments do not fit, needs neither. */
export type Settled =
  | { out: Receipt['out']; by: 'execution'; receipt?: Receipt; instruction?: Block }
  | { out: Receipt['out']; by: 'memory'; receipt?: Receipt }
  | { out: Receipt['out']; by: 'neither'; receipt?: undefined }
  /** An effect that is not allowed or not given. */
  | { refused: string }

/** Errors of which the task itself is the cause, so that they are its failure; any other says that a block is unfit. */
const ofValues: ReadonlySet<string> = new Set(['value', 'type', 'size'])

/**
 * Performs one task whose inputs are there. One with bodies answers with what it needs next.
 *
 * @returns an error where a block that is needed is missing or damaged
 * @throws what ends the run: an abort, a failure of the store, a bug
 */
export async function perform(started: Started, around: Surroundings): Promise<Result<Settled | Step, DagError>> {
  const { plan, store, load } = around
  const { level, task } = started
  const read = await plan.instructionOf(level, task)
  if (!read.ok) return read
  const instruction = read.value
  const { op } = instruction
  const bodies = level.bodies.get(task)
  const own = bodies && (level.graph.captures.get(task)?.length ?? 0)
  const resolved = await settleValues(() =>
    resolve(instruction, started.valueOf, instruction.input.args.length - (own ?? 0)),
  )
  if (!resolved.ok) return ofValue(resolved.error)
  const { args, blocks } = resolved.value
  const put = (made: Block[]): Promise<void> => putAll(store.blocks, made)
  await put(blocks)
  if (bodies) return ok(await expand(op, args, bodies, load, put))
  const func = plan.functionOf(level, task)
  if (func) return call(started, func, instruction, args, around)
  return level.calls[task] === EFFECT_TASK
    ? ok(await performEffect(started, instruction, args, around))
    : compute(instruction, args, around)
}

async function compute(
  { op }: Instruction,
  args: Ipld[],
  { load, store }: Surroundings,
): Promise<Result<Settled, DagError>> {
  const outcome = await evaluateCore(op, args, load)
  switch (outcome.kind) {
    case 'value':
      await putAll(store.blocks, outcome.blocks)
      return ok({ out: ['ok', outcome.value], by: 'neither' })
    case 'fail': {
      await putAll(store.blocks, outcome.blocks ?? [])
      const failed: Failure = failure(outcome.failure, outcome.detail)
      if (outcome.data !== undefined) failed.data = outcome.data
      return ok({ out: ['error', failed], by: 'neither' })
    }
    case 'needs':
      return fail({ code: 'missing', message: `block ${outcome.link} is missing` })
  }
}

/** Gives as a value what a value that is handed in can only throw. */
export async function settleValues<T>(read: () => Promise<Result<T, DagError>>): Promise<Result<T, DagError>> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Unfit && ofValues.has(error.error.code)) return fail(error.error as DagError)
    throw error
  }
}

/** The failure of a task whose values do not fit; any other error is of a block. */
export function ofValue(error: DagError): Result<Settled, DagError> {
  return ofValues.has(error.code) ? ok({ out: ['error', failure('value', error.message)], by: 'neither' }) : fail(error)
}
