import type { CoreOperation } from '../../dag/core.ts'
import { bytes, partsOf } from '../../dag/types.ts'
import type { Fix } from '../../grammar/diagnostics.ts'
import type { Block, Expression, NodeOf } from '../../grammar/nodes.ts'
import type { Core, TypeArgument } from '../core.ts'
import { assign, fits, isNumeric, resolve, reveal, show, tooLarge, unveil, type Open } from '../open.ts'
import { checkAccess, checkIndex, checkTupleAccess } from './access.ts'
import { checkBlock } from './block.ts'
import { checkCall } from './call.ts'
import { broken, noteFit, report, settle, siteOf, watch, type Context, type Typed } from './context.ts'
import { inText, type Place } from './fixes.ts'
import { checkAfter, checkDo, checkUndo } from './manner.ts'
import { checkCatch, checkIf, checkTry, checkUnwrap } from './control.ts'
import { checkAs, convertible } from './convert.ts'
import { checkFold, checkFor, checkReduce } from './loops.ts'
import { checkMatch } from './patterns.ts'
import {
  checkEmbed,
  checkFlags,
  checkLink,
  checkList,
  checkNumber,
  checkRecord,
  checkTuple,
  misplacedUnit,
} from './literals.ts'
import { checkReference } from './names.ts'
import { admitted } from './secrets.ts'
import { checkBinary, checkUnary } from './operators.ts'
import { checkTemplate } from './templates.ts'
import { checkWith } from './with.ts'

/** Checks an expression where a type is expected, and makes it one of that type. */
export function expect(context: Context, node: Expression, expected: Open): Core {
  const before = watch(context)
  return held(context, node, check(context, node, expected), expected, before)
}

/**
 * Makes an expression one of a type that was expected when it was checked.
 *
 * @param before what `watch` gave before it was checked
 */
export function held(context: Context, node: Expression, typed: Typed, expected: Open, before: boolean): Core {
  // What is wrong inside is the mistake; that the whole does not fit follows from it.
  if (!settle(context, before)) return fit(context, node, typed, expected)
  fits(typed.type, expected)
  return { kind: 'error' }
}

/** Makes a checked expression one of the expected type, or reports that it is none. */
export function fit(context: Context, node: Expression, typed: Typed, expected: Open, because?: string): Core {
  if (fits(admitted(context, node, typed.type, expected), expected)) {
    noteFit(context.module, node, typed.type, expected)
    return widen(typed, expected)
  }
  const hint = undecidedHint(context, node, typed.type, expected) ?? mismatchHint(typed.type, expected) ?? because
  const fixes = isText(typed.type, expected) ? asText(context, node) : []
  report(context, 'TypeMismatch', { expected: show(expected), found: describe(typed.type), hint }, node, { fixes })
  return { kind: 'error' }
}

/** What is no secret, and becomes a text by being written in one. */
function isText(found: Open, expected: Open): boolean {
  const { type, secret } = reveal(found)
  return resolve(expected).kind === 'string' && isPrintable(type) && !secret
}

/**
 * A value as a text: a literal in quotes, which may stand in a pattern, everything else in a text.
 *
 * @param place where it stands with what goes with it, up to `until`
 */
export function asText(
  { module: { source } }: Context,
  node: Expression,
  place: Place = node,
  until = place.end,
): Fix[] {
  const isLiteral = node.kind === 'NumberLiteral' || node.kind === 'BoolLiteral' || node.kind === 'CharLiteral'
  if (!isLiteral) return inText(source, place, until)
  const written = source.slice(node.start, node.end)
  const plain = /^(-?(?:0|[1-9]\d*)|true|false)$|^'([^\\"$])'$/u.exec(written)
  if (!plain) return []
  const text = `"${plain[1] ?? plain[2]}"`
  return [{ title: `Replace with \`${text}\``, edits: [{ start: place.start, end: until, text }] }]
}

/** A value as one of a type that it was found to fit. */
export function widen({ core, type }: Typed, to: Open): Core {
  return { kind: 'widen', value: core, from: type, to }
}

/** A core operation, under the name that its place in the source has. */
export function operation(
  context: Context,
  node: Expression,
  op: CoreOperation,
  args: (Core | TypeArgument)[],
): Core & { kind: 'operation' } {
  return { kind: 'operation', op, args, site: siteOf(context, node) }
}

/** A type in a message; a number that has no type yet is just that. */
export function describe(type: Open): string {
  const end = resolve(type)
  if (end.kind === 'variable' && (end.domain === 'number' || end.domain === 'float')) return 'a number'
  if (end.kind === 'variable' && typeof end.domain === 'object') return 'a set of flags'
  return `\`${show(end)}\``
}

/** Where it is declared nothing has decided of which type numbers are. */
function undecidedHint({ module, locals }: Context, node: Expression, found: Open, expected: Open): string | undefined {
  const name = node.kind === 'Call' ? node.callee : node
  if (name.kind !== 'Reference' || locals.has(name.name) || !convertible(reveal(found).type, resolve(expected)))
    return undefined
  const symbol = module.scope.get(name.name)
  const text = show(expected)
  if (text.endsWith('…') || !isDefault(found)) return undefined
  const told = (declaration: string): string =>
    `Write \`as ${text}\` behind it, or the type where it is declared: \`${declaration}\`.`
  if (symbol?.kind === 'const' && !symbol.node.type) return told(`const ${symbol.name}: ${text} = …`)
  const isOpen = symbol?.kind === 'job' && node.kind === 'Call' && !symbol.node.result
  return isOpen ? told(`job ${symbol.name}(…) -> ${text}`) : undefined
}

/** Whether there are numbers in a type of which it is made where nothing else decides. */
function isDefault(type: Open): boolean {
  const { kind } = resolve(type)
  return kind === 's64' || kind === 'f64' || partsOf(resolve(type)).some(isDefault)
}

function mismatchHint(found: Open, expected: Open): string | undefined {
  const [from, to] = [resolve(found), resolve(expected)]
  if (from.kind === 'variable' && typeof from.domain === 'object')
    return 'Names in braces are flags: for a value leave the braces out.'
  if (to.kind === 'option' && assign(from, to.some)) return 'Write `some(…)` around it.'
  if (to.kind === 'result' && assign(from, to.ok)) return 'Write `ok(…)` around it.'
  if (to.kind === 'link' && assign(from, to.target)) return 'Write `link(…)` around it.'
  if (from.kind === 'secret' && assign(from.of, to))
    return 'A secret stays one: `declassify(…)` opens it, which has to be granted.'
  const read = reveal(from).type
  if (read.kind === 'option' && assign(read.some, to)) return 'Write `?` behind it, or `match` it.'
  if (read.kind === 'result' && assign(read.ok, to)) return 'Write `?` behind it, or `match` it.'
  if (read.kind === 'string' && to.kind === 'list' && resolve(to.element).kind === 'u8')
    return 'Bytes are written `b"…"`; for those of a string write `as bytes`.'
  if (read.kind === 'string' && to.kind === 'char') return "A character is written in single quotes: `'c'`."
  if (to.kind === 'string' && isPrintable(read)) return 'Write it in a text: `"${…}"`.'
  if (convertible(read, to)) return `Write \`as ${show(to)}\` behind it.`
  return undefined
}

export function isPrintable({ kind }: Open): boolean {
  return isNumeric(kind) || kind === 'bool' || kind === 'char' || kind === 'variable'
}

/**
 * Checks an expression and finds its type.
 *
 * @param hint the type that is expected, where one is: it decides literals, and the parts of what is written out are
 *   held against it; whether the whole is of that type, whoever asked has to see to
 */
export function check(context: Context, node: Expression, hint?: Open): Typed {
  if (context.constant !== undefined && !isConstant(context, node.kind)) return notConstant(context, node)
  const { notes } = context.module
  if (hint) notes?.expected.set(node, hint)
  const open = hint && !forwarding.has(node.kind) ? unveil(hint).type : hint
  const typed = (checkers[node.kind] as Checker<Expression>)(context, node, open)
  notes?.types.set(node, typed.type)
  return tooLarge(typed.type) === undefined ? typed : refuseLarge(context, node, typed.type)
}

/** Expressions that give the value of a part of them, which may be a secret where one is expected; others make theirs. */
const forwarding = new Set<Expression['kind']>([
  ...(['If', 'Match', 'Catch', 'Fold', 'Block', 'With', 'After', 'Do', 'Undo'] as const),
])

/** Whether such an expression may stand in a constant; an argument of the command line is a literal and nothing more. */
function isConstant(context: Context, kind: Expression['kind']): boolean {
  return !tasks.has(kind) && !(context.bareCases && computed.has(kind))
}

/** Expressions that are computed from others. */
const computed = new Set<Expression['kind']>([
  'Template',
  'Index',
  'Binary',
  'Unary',
  'As',
  'Unwrap',
  'If',
  'Match',
  'Block',
])

/** Expressions that come to tasks, or that have bodies which the normal form does not expand. */
const tasks = new Set<Expression['kind']>([
  'For',
  'Reduce',
  'Fold',
  'Lambda',
  'Try',
  'Catch',
  'After',
  'Do',
  'Undo',
  'With',
])

export function notConstant(context: Context, node: Expression): Typed {
  report(context, 'NotConstant', { what: context.constant! }, node)
  return broken(context)
}

/** What is made of a type that is too large is too large again a few levels further: it is told once. */
function refuseLarge(context: Context, node: Expression, type: Open): Typed {
  if (!context.module.diagnostics.some(({ name }) => name === 'TypeTooLarge'))
    report(context, 'TypeTooLarge', { why: tooLarge(type) ?? '' }, node, { once: '' })
  return broken(context)
}

type Checker<N> = (context: Context, node: N, hint: Open | undefined) => Typed

/** A table, so that the frame of `check` stays small however many kinds there are: expressions nest deep. */
const checkers: { [K in Expression['kind']]: Checker<NodeOf<K>> } = {
  Missing: broken,
  NumberLiteral: checkNumber,
  BoolLiteral: (_, { value }) => ({ core: { kind: 'value', value }, type: { kind: 'bool' } }),
  Text: (_, { value }) => ({ core: { kind: 'value', value }, type: { kind: 'string' } }),
  CharLiteral: (_, { value }) => ({ core: { kind: 'value', value }, type: { kind: 'char' } }),
  BytesLiteral: (_, { value }) => ({ core: { kind: 'value', value }, type: bytes }),
  DurationLiteral: (context, node) => misplacedUnit(context, node, 'A duration'),
  SizeLiteral: (context, node) => misplacedUnit(context, node, 'A size'),
  CidLiteral: (context, node) => checkLink(context, node.text.value, node),
  Embed: checkEmbed,
  List: checkList,
  Tuple: checkTuple,
  RecordLiteral: checkRecord,
  FlagsLiteral: checkFlags,
  Reference: checkReference,
  Access: checkAccess,
  TupleAccess: checkTupleAccess,
  Index: checkIndex,
  Call: checkCall,
  With: checkWith,
  Template: checkTemplate,
  Binary: checkBinary,
  Unary: checkUnary,
  As: checkAs,
  Unwrap: checkUnwrap,
  Try: checkTry,
  Catch: checkCatch,
  If: checkIf,
  Match: checkMatch,
  For: checkFor,
  Reduce: checkReduce,
  Fold: checkFold,
  // The parser has said that a function stands behind `with` alone.
  Lambda: broken,
  Block: checkInnerBlock,
  After: checkAfter,
  Do: checkDo,
  Undo: checkUndo,
}

/** A block behind `=>`. */
function checkInnerBlock(context: Context, node: Block, hint: Open | undefined): Typed {
  const { body, type } = checkBlock(context, node, [], hint)
  return { core: { kind: 'block', body }, type }
}
