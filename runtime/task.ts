import { evaluateCore } from '../dag/core.ts'
import type { DagError, Instruction } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import type { Load } from '../dag/load.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { putAll } from './blocks.ts'
import { call } from './call.ts'
import type { Clock } from './clock.ts'
import { performEffect } from './effect.ts'
import { expand, type Step } from './expand.ts'
import type { Effects, Executor, Failure, Receipt, Store } from './interface.ts'
import type { Level } from './level.ts'
import type { Plan } from './load.ts'
import { fillAll, type ValueOf } from './resolve.ts'
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
  clock: Clock
  random: () => number
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
  onStart: (func: string) => void
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
 * Performs one task whose inputs are there and that has no bodies.
 *
 * @returns an error where a block that is needed is missing or damaged
 * @throws what ends the run: an abort, a failure of the store, a bug
 */
export async function perform(started: Started, around: Surroundings): Promise<Result<Settled, DagError>> {
  const { level, task } = started
  const instruction = await around.plan.instructionOf(level, task)
  if (!instruction.ok) return instruction
  const args = await argumentsOf(started, instruction.value.input.args, around)
  if (!args.ok) return ofValue(args.error)
  const func = around.plan.functionOf(level, task)
  if (func) return call(started, func, instruction.value, args.value, around)
  return level.effects.has(task)
    ? ok(await performEffect(started, instruction.value, args.value, around))
    : compute(instruction.value, args.value, around)
}

/** Begins an operation with bodies: what it does first, and the arguments that its bodies capture, with holes. */
export async function open(
  started: Started,
  around: Surroundings,
): Promise<Result<{ step: Step; captured: Ipld[] }, DagError>> {
  const { level, task } = started
  const { plan, load, store } = around
  const instruction = await plan.instructionOf(level, task)
  if (!instruction.ok) return instruction
  const { op, input } = instruction.value
  const own = input.args.length - level.graph.captures.get(task)!.length
  const args = await argumentsOf(started, input.args.slice(0, own), around)
  if (!args.ok) {
    const failed = valueFailure(args.error)
    return failed ? ok({ step: { kind: 'failed', failure: failed, blocks: [] }, captured: [] }) : args
  }
  const step = await expand(op, args.value, level.bodies.get(task)!, load, blocks => putAll(store.blocks, blocks))
  return ok({ step, captured: input.args.slice(own) })
}

async function argumentsOf(
  { valueOf }: Started,
  args: Ipld[],
  { store }: Surroundings,
): Promise<Result<Ipld[], DagError>> {
  const blocks: Block[] = []
  const filled = await fillAll(args, valueOf, blocks)
  await putAll(store.blocks, blocks)
  return filled
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

/** The failure of a task whose values do not fit; undefined where the error is of a block. */
export function valueFailure(error: DagError): Failure | undefined {
  return ofValues.has(error.code) ? failure('value', error.message) : undefined
}

export function ofValue(error: DagError): Result<Settled, DagError> {
  const failed = valueFailure(error)
  return failed ? ok({ out: ['error', failed], by: 'neither' }) : fail(error)
}
