import type { DagError, Limits } from '../../dag/interface.ts'
import type { Load } from '../../dag/load.ts'
import { ok, type Result } from '../../dag/result.ts'
import { agree, componentBytes, outOf, values } from '../execution.ts'
import type { Executor } from '../interface.ts'
import { SEMANTICS } from '../receipt.ts'
import type { CheckedReceipt } from './check.ts'

/** What a receipt does not tell: limits are no part of an instruction. What has succeeded within less does so within these. */
const limits: Limits = { time: 600_000, memory: 2 ** 32, gas: 10 ** 12, retry: 0, check: 0 }

/**
 * Computes again what the receipt of a pure task says.
 *
 * @returns whether it came to the same; undefined where that says nothing: of effects, of failures by a limit, where the
 *   component or an argument is not at hand, where this machine was too slow for it, and where it was computed by another
 *   version of what instructions mean and comes to something else by this one
 */
export async function auditReceipt(
  { receipt, instruction, func }: CheckedReceipt,
  load: Load,
  executor: Executor,
  signal: AbortSignal,
): Promise<Result<boolean | undefined, DagError>> {
  const { out, meta } = receipt
  if (!func || (out[0] === 'error' && out[1].kind !== 'trap')) return ok(undefined)
  const args = await values(func, instruction.input.args, load)
  if (!args.ok) return args.error.code === 'missing' ? ok(undefined) : args
  const outcome = await executor.call(
    {
      component: func.component,
      load: () => componentBytes(func.component, load),
      func: func.name,
      args: args.value,
      limits: { ...limits, gas: Math.max(limits.gas, meta.gas) },
    },
    signal,
  )
  if (!outcome.ok && (outcome.failure.kind === 'time' || outcome.failure.kind === 'crash')) return ok(undefined)
  const same = agree(out, await outOf(func, outcome, { put: async () => undefined }, false))
  return ok(same || receipt.semantics === SEMANTICS ? same : undefined)
}
