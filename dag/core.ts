import { access } from './core/access.ts'
import { arithmetic } from './core/arithmetic.ts'
import { comparison } from './core/compare.ts'
import { conversion } from './core/convert.ts'
import { text } from './core/text.ts'
import { lists } from './core/lists.ts'
import { ArgumentReader, type CoreOutcome, type Operation } from './core/operation.ts'
import type { Ipld } from './ipld.ts'
import type { Load } from './load.ts'

export {
  bodyOperation,
  bodyOperations,
  checkBodies,
  type BodyOperation,
  type BodyOperationName,
} from './core/bodies.ts'
export { sameForm } from './core/convert.ts'
export type { CoreOutcome } from './core/operation.ts'

/**
 * The operations of `ipvm:core` without bodies, on placed values (docs/dag.md, Core operations). The normal form folds
 * them where their arguments are known, the runtime computes them inline; both by this table, so that they cannot differ.
 *
 * A result stands as `place` puts it: equal values are placed alike, whatever they were made from.
 */
export const coreOperations = { ...access, ...arithmetic, ...comparison, ...conversion, ...lists, ...text }

export type CoreOperation = keyof typeof coreOperations

/** Computes one core operation. Arguments hold no promises and no parameters; nothing in them makes it throw. */
export async function evaluateCore(op: string, args: Ipld[], load: Load): Promise<CoreOutcome> {
  const row: Operation | undefined = Object.hasOwn(coreOperations, op) ? coreOperations[op as CoreOperation] : undefined
  if (!row) return { kind: 'fail', failure: 'refused', detail: `there is no operation ${op}` }
  if (args.length < row.args || (args.length > row.args && !row.more))
    return { kind: 'fail', failure: 'refused', detail: `${op} has ${args.length} arguments and needs ${row.args}` }
  return row.run(args, new ArgumentReader(load))
}
