import { isInteger } from '../../dag/types.ts'
import type { CoreOperation } from '../../dag/core.ts'
import type { Fix } from '../../grammar/diagnostics.ts'
import type { Binary, BinaryOperator, Expression, Unary } from '../../grammar/nodes.ts'
import type { CheckedBody, Core } from '../core.ts'
import { holdsSecret, isNumeric, join, resolve, reveal, show, unveil, veil, type Open } from '../open.ts'
import {
  broken,
  decide,
  decisionOf,
  noteFit,
  report,
  settle,
  unknownType,
  watch,
  type Context,
  type Typed,
} from './context.ts'
import { unknownCase } from './case.ts'
import { check, describe, operation, widen } from './expression.ts'
import { around, isLoose } from './fixes.ts'

type Lazy = '&&' | '||'
type Strict = Exclude<BinaryOperator, Lazy>

/** What each operator computes, and of what: numbers, what has an order, or any one type. */
const operators = {
  '+': { op: 'core/add', takes: 'numbers' },
  '-': { op: 'core/subtract', takes: 'numbers' },
  '*': { op: 'core/multiply', takes: 'numbers' },
  '/': { op: 'core/divide', takes: 'numbers' },
  '%': { op: 'core/remainder', takes: 'numbers' },
  '<': { op: 'core/less', takes: 'ordered' },
  '<=': { op: 'core/less-equal', takes: 'ordered' },
  '>': { op: 'core/greater', takes: 'ordered' },
  '>=': { op: 'core/greater-equal', takes: 'ordered' },
  '==': { op: 'core/equal', takes: 'any' },
  '!=': { op: 'core/unequal', takes: 'any' },
} as const satisfies Record<Strict, { op: CoreOperation; takes: 'numbers' | 'ordered' | 'any' }>

const bool: Open = { kind: 'bool' }

/** `a + b`, `a == b`, `a && b` */
export function checkBinary(context: Context, node: Binary): Typed {
  const { operator } = node
  if (operator === '&&' || operator === '||') return checkLazy(context, node, operator)
  const { takes } = operators[operator]
  const before = watch(context)
  const left = check(context, node.left)
  const right = check(context, node.right)
  if (settle(context, before)) return takes === 'numbers' ? broken(context) : { core: { kind: 'error' }, type: bool }
  return combine(context, node, operator, left, right)
}

function combine(context: Context, node: Binary, operator: Strict, left: Typed, right: Typed): Typed {
  const { op, takes } = operators[operator]
  for (const [side, { type }] of [
    [node.left, left],
    [node.right, right],
  ] as const)
    if (!accepts(context, node, side, reveal(type).type, takes)) return broken(context)

  // Two links are compared as what they are; everything else is read through them.
  const both = takes === 'any' ? [left.type, right.type] : [reveal(left.type).type, reveal(right.type).type]
  const joined = join(both[0]!, both[1]!)
  if (!joined) {
    if (!unknownFlag(context, node.left, right.type) && !unknownFlag(context, node.right, left.type))
      report(context, 'OperandTypes', mismatch(operator, left.type, right.type), node)
    return broken(context)
  }
  noteFit(context.module, node, both[0]!, both[1]!)
  const { type } = unveil(joined)
  const secret = [left.type, right.type].some(holdsSecret)
  const args = [widen(left, type), widen(right, type), { kind: 'type', type } as const]
  return { core: operation(context, node, op, args), type: veil(takes === 'numbers' ? type : bool, secret) }
}

/** Whether one of some flags that are written out is not among those of a type, which is reported. */
function unknownFlag(context: Context, node: Expression, type: Open): boolean {
  const flags = resolve(reveal(type).type)
  if (node.kind !== 'FlagsLiteral' || flags.kind !== 'flags') return false
  const name = node.flags.find(({ text }) => !flags.flags.includes(text))
  if (name) unknownCase(context, flags, name)
  return name !== undefined
}

/** Whether an operator takes a value of a type; reports where it does not. */
function accepts(context: Context, node: Binary, side: Expression, type: Open, takes: string): boolean {
  const { kind } = resolve(type)
  if (takes === 'any' || isNumber(type) || (takes === 'ordered' && (kind === 'char' || kind === 'string'))) return true
  if (kind === 'variable') {
    unknownType(context, side, `what \`${node.operator}\` takes`)
    return false
  }
  const wants = takes === 'numbers' ? 'numbers' : 'numbers, characters and texts'
  const put = node.operator === '+' ? together(context, node, kind) : undefined
  const hint = put ? `${put.how}: \`${put.text}\`.` : instead(kind)
  const fixes = put
    ? [{ title: `Replace with \`${put.text}\``, edits: [{ start: node.start, end: node.end, text: put.text }] }]
    : []
  report(context, 'BadOperand', { operator: node.operator, type: show(type), wants, hint }, side, { fixes })
  return false
}

function isNumber(type: Open): boolean {
  const end = resolve(type)
  return isNumeric(end.kind) || (end.kind === 'variable' && (end.domain === 'number' || end.domain === 'float'))
}

/** What is written for the `+` of other languages. */
function together(context: Context, { left, right }: Binary, kind: string): { how: string; text: string } | undefined {
  const [a, b] = [left, right].map(({ start, end }) => context.module.source.slice(start, end)) as [string, string]
  if (kind === 'string') {
    const text = `"${inText(left, a)}${inText(right, b)}"`
    // A text is one line.
    return /[\n\r]/.test(text) ? undefined : { how: 'Texts are put together in a text', text }
  }
  return kind === 'list' ? { how: 'Lists are put together by a built-in', text: `concat(${a}, ${b})` } : undefined
}

function inText({ kind }: Expression, text: string): string {
  return kind === 'Text' || kind === 'Template' ? text.slice(1, -1) : `\${${text}}`
}

function instead(kind: string): string | undefined {
  if (kind === 'option' || kind === 'result') return 'Take its content with `?`, or `match` it.'
  if (kind === 'ipld') return 'Say with `as` what it is: `x as u32`.'
  return kind === 'bool' ? 'Write `if x { 1 } else { 0 }`.' : undefined
}

/** What `as` makes of two types that no conversion without a word makes one. */
function mismatch(
  operator: Strict,
  left: Open,
  right: Open,
): { operator: string; left: string; right: string; hint: string | undefined } {
  const [a, b] = [reveal(left).type, reveal(right).type].map(resolve) as [Open, Open]
  const types = { operator, left: describe(left), right: describe(right) }
  if (isNumber(a) && isNumber(b))
    return { ...types, hint: `Write \`as ${common(a.kind, b.kind)}\` behind one of them, or behind both.` }
  if (a.kind === 'option' && b.kind !== 'option' && join(a.some, b))
    return { ...types, hint: 'Write `some(…)` around the second.' }
  if (b.kind === 'option' && a.kind !== 'option' && join(b.some, a))
    return { ...types, hint: 'Write `some(…)` around the first.' }
  if ((a.kind === 'char' && b.kind === 'string') || (a.kind === 'string' && b.kind === 'char'))
    return { ...types, hint: 'A text stands in double quotes: `"c"`.' }
  if ((a.kind === 'string' && isNumber(b)) || (isNumber(a) && b.kind === 'string'))
    return { ...types, hint: 'Write the number in a text: `"${…}"`.' }
  if ((a.kind === 'enum' && b.kind === 'string') || (a.kind === 'string' && b.kind === 'enum'))
    return { ...types, hint: 'Tell cases apart with `match x { a => … }`, or compare their texts, `"${x}"`.' }
  if (a.kind === 'ipld' || b.kind === 'ipld') return { ...types, hint: 'Say with `as` what the `ipld` is: `x as u32`.' }
  return { ...types, hint: undefined }
}

/** The narrowest type that holds all numbers of two others, as far as there is one. */
function common(a: string, b: string): string {
  if (!isInteger(a) || !isInteger(b)) return 'f64'
  const bits = [a, b].map(kind => Number(kind.slice(1)) * (kind.startsWith('u') ? 2 : 1))
  return `s${Math.min(64, Math.max(...bits))}`
}

/** `&&` and `||` are branches: what stands behind is computed only where it decides. */
function checkLazy(context: Context, node: Binary, operator: Lazy): Typed {
  const left = checkCondition(context, node.left, `\`${operator}\``)
  const decision = decisionOf(node.left, left.secret)
  const before = decide(context, decision)
  const right = checkCondition(context, node.right, `\`${operator}\``)
  context.secretDecision = before
  const known: CheckedBody = { params: [], statements: [], value: { kind: 'value', value: operator === '||' } }
  const asked: CheckedBody = { params: [], statements: [], value: right.core }
  const bodies = operator === '&&' ? [asked, known] : [known, asked]
  const { site } = operation(context, node, 'core/not', [])
  return {
    core: { kind: 'branch', selector: left.core, bodies, decision, site },
    type: veil(bool, left.secret || right.secret),
  }
}

/** A `bool`, and whether it is a secret. */
export interface Condition {
  core: Core
  secret: boolean
}

/**
 * Checks what has to be a `bool`.
 *
 * @param what takes it, in words
 */
export function checkCondition(context: Context, node: Expression, what: string): Condition {
  const before = watch(context)
  const typed = check(context, node)
  return asCondition(context, node, typed, settle(context, before), what)
}

function asCondition(context: Context, node: Expression, typed: Typed, wrong: boolean, what: string): Condition {
  const { type, secret } = reveal(typed.type)
  const end = resolve(type)
  if (end.kind === 'bool') return { core: widen(typed, bool), secret }
  if (end.kind === 'variable' && end.domain === 'any') {
    if (wrong) return { core: { kind: 'error' }, secret }
    if (!end.lost) end.bound = bool
    return { core: typed.core, secret }
  }
  if (wrong) return { core: { kind: 'error' }, secret }
  const asked = conditionFrom(end)
  const fixes = asked ? askingFor(context, node, asked) : []
  report(context, 'NotACondition', { what, type: describe(type), hint: asked?.hint }, node, { fixes })
  return { core: { kind: 'error' }, secret }
}

/** How something is asked of a value: in words, and what is written before and behind it, where that is certain. */
interface Asked {
  hint: string
  before?: string
  after?: string
}

function conditionFrom(type: Open): Asked | undefined {
  if (isNumber(type)) return { hint: 'Compare it: `x != 0`.', after: ' != 0' }
  switch (type.kind) {
    case 'string':
      return { hint: 'Compare it: `x != ""`.', after: ' != ""' }
    case 'list':
      return { hint: 'Ask for its length: `len(x) > 0`.', before: 'len(', after: ') > 0' }
    case 'option': {
      const hint = 'Compare it: `x != none`.'
      // Of one that may be false, its content may be meant.
      return resolve(unveil(type.some).type).kind === 'bool' ? { hint } : { hint, after: ' != none' }
    }
    case 'result':
      return { hint: '`match` it.' }
    case 'ipld':
      return { hint: 'Say that it is one: `x as bool`.', after: ' as bool' }
    default:
      return undefined
  }
}

function askingFor({ module: { source } }: Context, node: Expression, { before = '', after }: Asked): Fix[] {
  if (after === undefined) return []
  const inner = before === '' && isLoose(node) ? ['(', ')'] : ['', '']
  const outer = /!\s*$/.test(source.slice(Math.max(0, node.start - 100), node.start)) ? ['(', ')'] : ['', '']
  const title = `Write \`${before}x${after}\``
  return [around(title, node, `${outer[0]}${before}${inner[0]}`, `${inner[1]}${after}${outer[1]}`)]
}

/** `!a`, `-a` */
export function checkUnary(context: Context, node: Unary, hint?: Open): Typed {
  if (node.operator === '!') {
    const { core, secret } = checkCondition(context, node.value, '`!`')
    return { core: operation(context, node, 'core/not', [core]), type: veil(bool, secret) }
  }
  const before = watch(context)
  const typed = check(context, node.value)
  return settle(context, before) ? broken(context) : negate(context, node, typed, hint)
}

function negate(context: Context, node: Unary, typed: Typed, hint: Open | undefined): Typed {
  const { type, secret } = reveal(typed.type)
  const end = resolve(type)
  if (!isNumber(type)) {
    if (end.kind === 'variable') return unknownType(context, node.value, 'what `-` takes')
    report(context, 'BadOperand', { operator: '-', type: show(type), wants: 'numbers', hint: undefined }, node.value)
    return broken(context)
  }
  // What a literal comes to be is known when all of its uses were seen. Of `- -a` the inner one is told.
  if (node.value.kind !== 'Unary')
    context.decided.push(() => {
      const { kind } = resolve(type)
      if (!kind.startsWith('u')) return
      const wanted = hint && resolve(hint).kind
      const place = { start: node.start + 1, end: node.end }
      const fits = wanted === undefined || wanted === 's64' || wanted === 'variable'
      const fixes = fits ? [around('Write `-(x as s64)`', place, '(', ' as s64)')] : []
      report(context, 'NegatedUnsigned', { type: kind }, node, { fixes })
    })
  const core = operation(context, node, 'core/negate', [widen(typed, type), { kind: 'type', type }])
  return { core, type: veil(type, secret) }
}
