import type { FailureKind } from '../dag/failure.ts'
import type { Instruction } from '../dag/interface.ts'
import type { Block, Ipld } from '../dag/ipld.ts'
import { encode } from '../dag/codec.ts'
import { instructionBlock } from '../dag/job.ts'
import { digestHex } from './identity.ts'
import { host, lengthOf } from './call.ts'
import { passing } from './execution.ts'
import { backoff, systemClock } from './clock.ts'
import { findMissing } from './effects/check.ts'
import type { Attempt, EffectCall, EffectOutcome, Effects, OperationTraits, Receipt } from './interface.ts'
import type { Out } from './journal/records.ts'
import { fillAll, keyOf } from './resolve.ts'
import { Unfit } from './blocks.ts'
import { takesSecret } from './secrets.ts'
import type { Outcome, Settled, Started, Surroundings } from './task.ts'
import type { Transaction } from './transaction.ts'
import { failure } from './wasm/failure.ts'

/** An effect whose arguments are known. */
interface Effect {
  started: Started
  instruction: Instruction
  args: Ipld[]
  traits: OperationTraits
  effects: Effects
  /** It takes a secret, so that only its name may be told. */
  secret: boolean
  /** Attempts that were made. */
  made: Attempt[]
}

/**
 * Performs an effect: a command once for each task, in step with the journal; a query once for all that ask the same in a
 * run; a note each time. Queries that come after different tasks ask at different times, whatever these tasks came to, and
 * so are different.
 */
export async function performEffect(
  started: Started,
  instruction: Instruction,
  args: Ipld[],
  around: Surroundings,
): Promise<Settled> {
  const { rsc, op, input } = instruction
  const effects = around.effects!
  const traits = effects.operation(rsc, op)
  if (!traits.ok) return { refused: traits.error }
  const secrets = input.args.map(arg => takesSecret(arg, started.secrets))
  const open = secrets.findIndex((secret, at) => secret && traits.value.secrets?.[at] === false)
  if (open >= 0) return neither('refused', `argument ${open + 1} is a secret, and the operation does not keep it one`)
  const missing = await findMissing(effects, { rsc, op, args, load: around.blocks.load })
  if (missing) return neither('refused', missing.message)
  const secret = secrets.includes(true)
  const effect: Effect = { started, instruction, args, traits: traits.value, effects, secret, made: [] }
  switch (traits.value.kind ?? (started.level.commands.has(started.task) ? 'command' : 'query')) {
    case 'command':
      return command(effect, around, around.transaction!)
    case 'query':
      return query(effect, around)
    case 'note':
      return attempts(effect, around)
  }
}

function neither(kind: FailureKind, detail: string): Settled {
  return { out: ['error', failure(kind, detail)], by: 'neither' }
}

async function query(effect: Effect, around: Surroundings): Promise<Settled> {
  const key = queryKey(effect)
  const known = around.queries.get(key)
  if (known) {
    const settled = await known
    return 'out' in settled ? { out: settled.out, by: 'memory', secret: settled.secret! } : settled
  }
  const asked = ask(effect, key, around)
  around.queries.set(key, asked)
  return asked
}

/** What a query asks, after what; one that takes or gives a secret is known by its name. */
function queryKey({ started, instruction, args, traits, secret }: Effect): string {
  if (secret || traits.secret) return started.identity()
  const { rsc, op, input } = instruction
  const { cid } = instructionBlock({ rsc, op, input: { args }, nnc: '' })
  const after: Ipld[] = (input.after ?? []).map(hole => started.identityOf(hole)).sort()
  return digestHex(encode([cid, ...after]))
}

async function ask(effect: Effect, key: string, around: Surroundings): Promise<Settled> {
  const known = around.transaction?.recall(key)
  if (known) return { out: known, by: 'memory', secret: false }
  // What is taken back needs nothing that is not known, except what is never kept.
  if (around.transaction?.isFailing && !effect.secret && !effect.traits.secret)
    return { held: { key, task: effect.started.level.tasks.cidOf(effect.started.task) } }
  const kept: Block[] = []
  const settled = await attempts(effect, around, kept)
  if ('out' in settled && !effect.traits.secret) around.transaction?.pin(key, settled.out, kept)
  return settled
}

const nothing = async (): Promise<void> => undefined

/** Failures of a query that may be others at the next attempt. */
const passingEffect: ReadonlySet<FailureKind> = new Set([...passing, 'effect'])

/** Asks as often as the limits of the task say. */
async function attempts(effect: Effect, around: Surroundings, kept: Block[] = []): Promise<Settled> {
  const { started, traits } = effect
  const { signal, clock, random, plan } = around
  const { retry } = plan.limitsOf(started.level, started.task)
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    if (attempt === 1) started.onStart(effect.instruction.op)
    const outcome = await once(effect, around, '', nothing, signal)
    if (outcome.kind === 'refused') return { refused: outcome.message }
    const isLast = attempt > retry
    if (outcome.kind === 'ok' && (isLast || !outcome.again)) {
      kept.push(...outcome.blocks)
      await around.blocks.put(outcome.blocks, traits.secret)
      return executed(effect, ['ok', outcome.value])
    }
    if ('failure' in outcome && (isLast || !passingEffect.has(outcome.failure.kind)))
      return executed(effect, ['error', outcome.failure])
    await clock.sleep(backoff(attempt, random), signal)
  }
}

async function command(effect: Effect, around: Surroundings, transaction: Transaction): Promise<Settled> {
  const { started, instruction, args, traits, effects, secret } = effect
  const { level, task } = started
  const { retry, time } = around.plan.limitsOf(level, task)
  const key = started.identity()
  const { rsc, op } = instruction
  const call = { rsc, op, args, load: around.blocks.load, key, sent: nothing }
  if (!transaction.knows(key) && !started.mayBegin()) return { held: { key, task: level.tasks.cidOf(task) } }
  const performed = await transaction.perform({
    ...{ key, task: level.tasks.cidOf(task), rsc, op, args: secret ? null : args, retry, time },
    recovery: traits.recovery,
    announces: traits.announces ?? false,
    perform(sent) {
      started.onStart(op)
      return once(effect, around, key, sent)
    },
    probe: effects.probe && (() => effects.probe!(call, around.signal)),
    child: () => effects.child?.(call),
  })
  switch (performed.kind) {
    case 'held':
      return { held: { key, task: level.tasks.cidOf(task) } }
    case 'unknown':
      return { unknown: true }
    case 'refused':
      return { refused: performed.message }
    case 'settled': {
      const { out, attempts } = performed
      const settled: Outcome = attempts > 0 ? executed(effect, out) : { out, by: 'memory', secret: traits.secret }
      const undo = out[0] === 'ok' ? await undoOf(effect, key, out[1], around) : undefined
      return undo ? { ...settled, undo } : settled
    }
  }
}

/** How a command that has happened is undone: with its result, and with what its undo captures. */
async function undoOf(
  { started, instruction, traits }: Effect,
  key: string,
  value: Ipld,
  { blocks }: Surroundings,
): Promise<Outcome['undo']> {
  const { undo } = instruction.input
  const level = started.level.undos.get(started.task)
  if (!undo || !level) return undefined
  const secret = traits.secret || takesSecret(undo.args, started.secrets)
  const made: Block[] = []
  const captured = await fillAll(undo.args, started.valueOf, made)
  if (!captured.ok) throw new Unfit(captured.error)
  await blocks.put(made, secret)
  return { key, level, values: [value, ...captured.value], secret }
}

/** One attempt, which ends with the time of its task whatever the provider does. */
async function once(
  { instruction: { rsc, op }, args, effects, started, secret, made }: Effect,
  { blocks, plan }: Surroundings,
  key: string,
  sent: () => Promise<void>,
  stop?: AbortSignal,
): Promise<EffectOutcome> {
  const { time } = plan.limitsOf(started.level, started.task)
  const { promise: late, resolve } = Promise.withResolvers<EffectOutcome>()
  const end = new AbortController()
  const timer = new AbortController()
  const timeOver = (): void => {
    resolve({ kind: 'lost', failure: failure('time', `it took longer than ${time} ms`) })
    end.abort()
  }
  systemClock.sleep(time, timer.signal).then(timeOver, () => undefined)
  const halt = (): void => end.abort(stop?.reason)
  stop?.addEventListener('abort', halt)
  const call: EffectCall = { rsc, op, args, load: blocks.load, key, sent }
  try {
    const began = performance.now()
    const outcome = await Promise.race([effects.perform(call, end.signal), late])
    stop?.throwIfAborted()
    made.push({ ms: performance.now() - began, kind: 'failure' in outcome ? outcome.failure.kind : null })
    return secret && 'failure' in outcome ? { ...outcome, failure: failure(outcome.failure.kind) } : outcome
  } finally {
    timer.abort()
    stop?.removeEventListener('abort', halt)
  }
}

/** With a receipt, unless a secret is in it. */
function executed({ started, instruction, args, traits, secret, made }: Effect, out: Out): Outcome {
  const settled = { out, by: 'execution' as const, secret: traits.secret }
  if (secret || traits.secret) return settled
  const { ran, instruction: resolved } = keyOf(() => started.level.tasks.cidOf(started.task), instruction, args)
  const receipt: Receipt = { ran, out, meta: { ms: lengthOf(made), memory: 0, gas: 0, attempts: made, host } }
  return { ...settled, receipt, ...(resolved ? { instruction: resolved() } : {}) }
}
