import type { FailureKind } from '../dag/failure.ts'
import type { Instruction } from '../dag/interface.ts'
import type { Ipld } from '../dag/ipld.ts'
import { instructionBlock } from '../dag/job.ts'
import { putAll } from './blocks.ts'
import { passing } from './call.ts'
import type { EffectOutcome } from './interface.ts'
import type { Settled, Started, Surroundings } from './task.ts'

/**
 * Performs an effect: a command once for each task, a query once for all that ask the same in a run. Queries that come
 * after different tasks ask at different times, whatever these tasks came to, and so are different.
 */
export async function performEffect(
  started: Started,
  instruction: Instruction,
  args: Ipld[],
  around: Surroundings,
): Promise<Settled> {
  const { level, task } = started
  if (level.commands.has(task)) return perform(started, instruction, args, 0, around)
  const { rsc, op } = instruction
  const { cid } = instructionBlock({ rsc, op, input: { args }, nnc: '' })
  const after = (instruction.input.after ?? []).map(started.nodeOf).sort((a, b) => a - b)
  const key = [cid, ...after].join(' ')
  const known = around.queries.get(key)
  if (known) {
    const settled = await known
    return 'refused' in settled ? settled : { out: settled.out, by: 'memory' }
  }
  const { retry } = around.plan.limitsOf(level, task)
  const asked = perform(started, instruction, args, retry, around)
  around.queries.set(key, asked)
  return asked
}

/** Failures of a query that may be others at the next attempt. */
const passingEffect: ReadonlySet<FailureKind> = new Set([...passing, 'effect'])

async function perform(
  { onStart }: Started,
  { rsc, op }: Instruction,
  args: Ipld[],
  retry: number,
  { effects, load, store, signal }: Surroundings,
): Promise<Settled> {
  signal.throwIfAborted()
  onStart(op)
  let outcome: EffectOutcome
  let attempts = 0
  do outcome = await effects!.perform({ rsc, op, args, load, key: '', sent: () => undefined }, signal)
  while (outcome.kind === 'failed' && passingEffect.has(outcome.failure.kind) && attempts++ < retry)
  switch (outcome.kind) {
    case 'ok':
      await putAll(store.blocks, outcome.blocks)
      return { out: ['ok', outcome.value], by: 'execution' }
    case 'failed':
    case 'lost':
      return { out: ['error', outcome.failure], by: 'execution' }
    case 'refused':
      return { refused: outcome.message }
  }
}
