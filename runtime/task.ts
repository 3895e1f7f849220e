import { evaluateCore } from '../dag/core.ts'
import type { DagError, Instruction } from '../dag/interface.ts'
import type { CID } from 'multiformats/cid'
import type { Block, Ipld } from '../dag/ipld.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { Remembering } from './aside.ts'
import type { Audit } from './audit.ts'
import type { RunBlocks } from './blocks.ts'
import { call } from './call.ts'
import type { Clock } from './clock.ts'
import { performEffect } from './effect.ts'
import { expand, type Step } from './expand.ts'
import type { Effects, Executor, Failure, KeptReceipt, Receipt, Store } from './interface.ts'
import type { Level } from './level.ts'
import type { Plan } from './load.ts'
import { fillAll, type ValueOf } from './resolve.ts'
import { takesSecret, type Secrets } from './secrets.ts'
import type { Undo } from './session.ts'
import type { Transaction } from './transaction.ts'
import { failure } from './wasm/failure.ts'

/** What tasks of one run share. */
export interface Surroundings {
  run: string
  plan: Plan
  store: Store
  blocks: RunBlocks
  executor: Executor
  effects: Effects | undefined
  /** Of a job that has commands. */
  transaction: Transaction | undefined
  /** What queries came to in this run, by what they ask. */
  queries: Map<string, Promise<Settled>>
  /** Whether remembered results are used. */
  memo: boolean
  /** Looks at what was remembered, where it is asked for. */
  audit: Audit | undefined
  /** Where that is remembered which is not for other runs. */
  aside: Remembering
  signal: AbortSignal
  clock: Clock
  random: () => number
}

/** A task that was started; `secret` is known when its instruction was read. */
export interface Started {
  level: Level
  /** Its number in the level. */
  task: number
  valueOf: ValueOf
  secrets: Secrets
  /** It takes a secret, or stands in a body that is handed one. */
  secret: boolean
  /** It takes what follows from a failure that could be another with other limits or on another day, as far as it was read. */
  contingent: () => boolean
  /** Names it among all tasks of all runs, however often it is resumed: 64 hexadecimal digits. */
  identity: () => string
  /** The same of what stands for a hole; empty for a value. */
  identityOf: (hole: Ipld) => string
  /** Whether a new command may begin: the barrier is open, and the job is not sure to fail. */
  mayBegin: () => boolean
  /** Tells that it is given to the executor or to a provider. */
  onStart: (func: string) => void
}

/**
 * What a task came to, and by what: a core operation, or a call whose arguments do not fit, needs neither. Without a receipt
 * it took or gave a secret, or had one before.
 */
export type Settled =
  | Outcome
  /** An effect that is not given: ends the run. */
  | { refused: string }
  /** A command that waits for the barrier. */
  | { held: { key: string; task: CID } }
  /** A command of which nobody knows what it came to. */
  | { unknown: true }

export interface Outcome {
  out: Receipt['out']
  by: 'execution' | 'memory' | 'neither'
  receipt?: Receipt | KeptReceipt
  instruction?: Block
  /** Where there is no receipt that tells it. */
  gas?: number
  /** How to undo it: of a command that has happened. */
  undo?: Undo & { key: string }
  /** Of an effect: whether its result is a secret. That of any other task is one where the task takes one. */
  secret?: boolean
}

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
  const { input } = instruction.value
  started.secret = takesSecret(input.args, started.secrets)
  const args = await argumentsOf(started, input.args, around)
  if (!args.ok) return ofValue(args.error)
  const func = around.plan.functionOf(level, task)
  if (func) return call(started, func, instruction.value, args.value, around)
  return level.effects.has(task)
    ? ok(await performEffect(started, instruction.value, args.value, around))
    : compute(started, instruction.value, args.value, around)
}

/** Begins an operation with bodies: what it does first, and the arguments that its bodies capture, with holes. */
export async function open(
  started: Started,
  around: Surroundings,
): Promise<Result<{ step: Step; captured: Ipld[] }, DagError>> {
  const { level, task } = started
  const { plan, blocks } = around
  const instruction = await plan.instructionOf(level, task)
  if (!instruction.ok) return instruction
  const { op, input } = instruction.value
  const own = input.args.length - level.graph.captures.get(task)!.length
  const given = input.args.slice(0, own)
  started.secret = takesSecret(given, started.secrets)
  const args = await argumentsOf(started, given, around)
  if (!args.ok) {
    const failed = valueFailure(args.error)
    return failed ? ok({ step: { kind: 'failed', failure: failed, blocks: [] }, captured: [] }) : args
  }
  const { secret } = started
  const step = await expand(op, args.value, level.bodies.get(task)!, blocks.load, made => blocks.put(made, secret))
  return ok({ step, captured: input.args.slice(own) })
}

async function argumentsOf(
  { valueOf, secret }: Started,
  args: Ipld[],
  { blocks }: Surroundings,
): Promise<Result<Ipld[], DagError>> {
  const made: Block[] = []
  const filled = await fillAll(args, valueOf, made)
  await blocks.put(made, secret)
  return filled
}

async function compute(
  { secret }: Started,
  { op }: Instruction,
  args: Ipld[],
  { blocks }: Surroundings,
): Promise<Result<Settled, DagError>> {
  const outcome = await evaluateCore(op, args, blocks.load)
  switch (outcome.kind) {
    case 'value':
      await blocks.put(outcome.blocks, secret)
      return ok({ out: ['ok', outcome.value], by: 'neither' })
    case 'fail': {
      await blocks.put(outcome.blocks ?? [], secret)
      const failed: Failure = failure(outcome.failure, secret ? undefined : outcome.detail)
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
