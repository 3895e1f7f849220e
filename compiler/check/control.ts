import { failureType } from '../../dag/failure.ts'
import { unit } from '../../dag/types.ts'
import type { Block, Catch, Expression, If, Try, Unwrap } from '../../grammar/nodes.ts'
import type { Binding, CheckedBody, Core } from '../core.ts'
import { close, holdsSecret, isOptionWrapped, join, lost, resolve, reveal, unveil, veil, type Open } from '../open.ts'
import { checkBlock, expectBlock, type TypedBody } from './block.ts'
import {
  broken,
  decide,
  decisionOf,
  report,
  settle,
  siteOf,
  unknownType,
  watch,
  type Context,
  type Typed,
} from './context.ts'
import { check, describe, fit, operation, widen } from './expression.ts'
import { checkCondition } from './operators.ts'

/** A block of which it depends whether it gives the value. */
export interface Branch {
  node: Expression
  params: Binding[]
}

/**
 * Checks branches, one of which gives the value: all of them are of one type.
 *
 * @param hint the type that is expected of each, where one is
 */
export function checkBranches(
  context: Context,
  branches: Branch[],
  hint: Open | undefined,
): { bodies: CheckedBody[]; type: Open } {
  // Without iterators, which take room on the stack: branches nest deep.
  if (hint && isDecided(hint)) {
    const bodies: CheckedBody[] = []
    for (let i = 0; i < branches.length; i++)
      bodies.push(expectBlock(context, branches[i]!.node, branches[i]!.params, hint))
    return { bodies, type: hint }
  }
  const typed: TypedBody[] = []
  for (let i = 0; i < branches.length; i++)
    typed.push(checkBlock(context, branches[i]!.node, branches[i]!.params, hint))
  return joinBranches(context, branches, typed)
}

/** Whether a type is known to its last part, so that something can be held against it. */
function isDecided(hint: Open): boolean {
  return resolve(hint).kind !== 'variable' && close(hint) !== undefined
}

function joinBranches(context: Context, branches: Branch[], typed: TypedBody[]): { bodies: CheckedBody[]; type: Open } {
  let type = typed[0]!.type
  for (const [i, other] of typed.entries()) {
    const both = join(type, other.type)
    if (!both) {
      fitBody(context, branches[i]!.node, other, type, 'All branches give a value of one type.')
      return { bodies: typed.map(({ body }) => body), type }
    }
    type = both
  }
  return { bodies: typed.map((other, i) => fitBody(context, branches[i]!.node, other, type)), type }
}

function fitBody(
  context: Context,
  node: Expression,
  { body, type }: TypedBody,
  to: Open,
  because?: string,
): CheckedBody {
  const place = (node.kind === 'Block' && node.value) || node
  return { ...body, value: fit(context, place, { core: body.value, type }, to, because) }
}

/** `if c { a } else { b }` */
export function checkIf(context: Context, node: If, hint: Open | undefined): Typed {
  if (lacksElse(node, hint)) return checkUnfinished(context, node, hint)
  const condition = checkCondition(context, node.condition, '`if`')
  const decision = decisionOf(node.condition, condition.secret)
  const before = decide(context, decision)
  const { bodies, type } = node.otherwise
    ? checkBranches(context, [node.then, node.otherwise].map(inPlace), hint)
    : checkLoneIf(context, node)
  context.secretDecision = before
  return {
    core: { kind: 'branch', selector: condition.core, bodies, decision, site: siteOf(context, node) },
    type: veil(type, condition.secret),
  }
}

function inPlace(node: Expression): Branch {
  return { node, params: [] }
}

/** An `if` without `else` is `()`: its lines only perform. Where one is wrong, a value may have been meant. */
function checkLoneIf(context: Context, node: If): { bodies: CheckedBody[]; type: Open } {
  const nothing: CheckedBody = { params: [], statements: [], value: { kind: 'value', value: null } }
  const before = watch(context)
  const { body } = checkBlock(context, node.then, [])
  return { bodies: [body, nothing], type: settle(context, before) ? lost() : unit }
}

/** Whether a chain that ends without `else` is meant for a value. */
function lacksElse(node: If, hint: Open | undefined): boolean {
  const expected = hint && resolve(unveil(hint).type).kind
  let meant = expected !== undefined && expected !== 'unit' && expected !== 'variable'
  let at: Expression | undefined = node
  for (; at?.kind === 'If'; at = at.otherwise) {
    const last = at.then.statements.at(-1)
    // A block that is empty is not finished.
    meant ||= last ? last.kind === 'Perform' && !mayPerform(last.value) : !at.then.value
  }
  return meant && at === undefined
}

/** Checks a chain that lacks its `else`, with the last line of each block as the value that it was meant for. */
function checkUnfinished(context: Context, node: If, hint: Open | undefined): Typed {
  const [before, decision] = [watch(context), context.secretDecision]
  let last = node
  for (let at: Expression | undefined = node; at?.kind === 'If'; at = at.otherwise) {
    const { secret } = checkCondition(context, at.condition, '`if`')
    decide(context, decisionOf(at.condition, secret))
    checkBlock(context, withValue(at.then), [], hint)
    last = at
  }
  context.secretDecision = decision
  if (!settle(context, before)) report(context, 'IfWithoutElse', {}, last)
  return broken(context)
}

function withValue(block: Block): Block {
  const last = block.statements.at(-1)
  if (block.value || last?.kind !== 'Perform') return block
  return { ...block, statements: block.statements.slice(0, -1), value: last.value }
}

/** Whether a line may be meant to perform something; of one that is no call that follows from what stands in it. */
function mayPerform(node: Expression): boolean {
  return performing.has(node.kind)
}
const performing = new Set<Expression['kind']>([
  'Call',
  'With',
  'Do',
  'Undo',
  'After',
  'Try',
  'Catch',
  'Unwrap',
  'If',
  'Match',
  'For',
  'Reduce',
  'Fold',
  'Missing',
])

/** `e?`: the content of `ok` or `some`, or the task fails. */
export function checkUnwrap(context: Context, node: Unwrap): Typed {
  const before = watch(context)
  const typed = check(context, node.value)
  if (settle(context, before)) return broken(context)
  const { type, secret } = reveal(typed.type)
  if (type.kind === 'variable') return unknownType(context, node.value, 'the value before `?`')
  if (type.kind !== 'option' && type.kind !== 'result') {
    const place = { start: node.value.end, end: node.end }
    const fixes = [{ title: 'Remove `?`', edits: [{ ...place, text: '' }] }]
    report(context, 'NothingToUnwrap', { type: describe(typed.type) }, place, { fixes })
    return typed
  }
  const form: Core & { kind: 'value' } = { kind: 'value', value: type.kind }
  if (type.kind === 'option')
    context.decided.push(() => {
      if (isOptionWrapped(type.some)) form.value = 'some'
    })
  const core = operation(context, node, 'core/unwrap', [widen(typed, type), form])
  // The failure carries the error with it, so that whoever sees it learns of a secret in it.
  const told = type.kind === 'result' && holdsSecret(type.error)
  return { core, type: veil(type.kind === 'option' ? type.some : type.ok, secret || told) }
}

/** `try e`: the outcome as a value. */
export function checkTry(context: Context, node: Try, hint: Open | undefined): Typed {
  const expected = hint && resolve(hint)
  const inner = checkBlock(context, node.value, [], expected?.kind === 'result' ? expected.ok : undefined)
  const { type, secret } = unveil(inner.type)
  return {
    core: { kind: 'try', body: inner.body, site: siteOf(context, node) },
    type: veil({ kind: 'result', ok: type, error: failureType }, secret || holdsSecret(type)),
  }
}

/** `e catch failure => alternative` */
export function checkCatch(context: Context, node: Catch, hint: Open | undefined): Typed {
  const body = checkBlock(context, node.value, [], hint)
  const decision = decisionOf(node.value, holdsSecret(body.type))
  const failure: Binding = { name: node.name.text, type: veil(failureType, decision.secret), at: node.name }
  const { pure } = context
  context.pure = 'the alternative of a `catch`'
  const alternative = checkBlock(context, node.alternative, [failure], hint)
  context.pure = pure
  // What is asked of the whole is asked of both, so that the one is told that does not give it.
  const type = hint && isDecided(hint) ? hint : (join(body.type, alternative.type) ?? body.type)
  const because = 'The alternative gives what the value would have been.'
  return {
    core: {
      kind: 'catch',
      body: fitBody(context, node.value, body, type),
      alternative: fitBody(context, node.alternative, alternative, type, because),
      decision,
      site: siteOf(context, node),
    },
    type,
  }
}
