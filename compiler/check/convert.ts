import { matchParts } from '../../dag/types.ts'
import type { Fix } from '../../grammar/diagnostics.ts'
import type { As } from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { assign, close, fits, holdsSecret, isNumeric, resolve, reveal, show, unveil, veil, type Open } from '../open.ts'
import { noteFit, report, settle, watch, type Context, type Typed } from './context.ts'
import { asText, check, describe, isPrintable, operation, widen } from './expression.ts'
import { around, beforeAs, standsAlone } from './fixes.ts'
import { typeOfNode } from './types.ts'

/** `x as u8`: a conversion that fails where the value does not fit. */
export function checkAs(context: Context, node: As, hint?: Open): Typed {
  const to = unveil(typeOfNode(context.module, node.type)).type
  const before = watch(context)
  const typed = check(context, node.value)
  const wrong = settle(context, before)
  const secret = unveil(typed.type).secret || (holdsSecret(typed.type) && !holdsSecret(to))
  const result = veil(to, secret)
  if (wrong || resolve(to).kind === 'variable') return { core: { kind: 'error' }, type: result }
  // What was converted already is of its type, and fails when it is computed.
  if (typed.core.kind === 'number' && node.value.kind !== 'As') return literal(context, node, typed.core, to)

  const from = unveil(typed.type).type
  noteFit(context.module, node, from, to)
  const decided = close(from) !== undefined && resolve(from).kind !== 'variable'
  if (decided && isSame(from, to)) {
    const place = { start: beforeAs(context.module.source, node).end, end: node.end }
    const fixes = [{ title: `Remove \`as ${show(to)}\``, edits: [{ ...place, text: '' }] }]
    report(context, 'UselessAs', { type: show(to) }, place, { fixes })
    return { core: typed.core, type: result }
  }
  // A number that nothing has decided yet is computed as what it comes to be, not as what it is converted to.
  if (!isUndecidedNumber(from) && fits(from, to)) return { core: widen(typed, result), type: result }
  const read = resolve(to).kind === 'link' || resolve(to).kind === 'ipld' ? from : reveal(from).type
  if (!convertible(read, to)) {
    const params = { from: describe(from), to: show(to), hint: hintFor(read, to) }
    report(context, 'ImpossibleAs', params, node, { fixes: instead(context, node, read, to, hint) })
    return { core: { kind: 'error' }, type: result }
  }
  const args = [widen(typed, read), { kind: 'type', type: read } as const, { kind: 'type', type: to } as const]
  return { core: operation(context, node, 'core/as', args), type: result }
}

/** A literal is of the type that it is given, as far as that holds it. */
function literal(context: Context, node: As, core: Core & { kind: 'number' }, to: Open): Typed {
  const { kind } = resolve(to)
  const { value } = core
  const bad = (hint: string): Typed => {
    const fixes = instead(context, node, core.type, to, undefined)
    report(context, 'ImpossibleAs', { from: 'a number', to: show(to), hint }, node, { fixes })
    return { core: { kind: 'error' }, type: to }
  }
  if (kind === 'char' && typeof value === 'bigint') {
    const valid = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn)
    if (!valid) return bad(`no character has the number ${value}`)
    context.numbers.pop()
    return { core: { kind: 'value', value: String.fromCodePoint(Number(value)) }, type: to }
  }
  if (kind === 'ipld') {
    const from = core.type
    const args = [core, { kind: 'type', type: from } as const, { kind: 'type', type: to } as const]
    return { core: operation(context, node, 'core/as', args), type: to }
  }
  if (!isNumeric(kind)) return bad(hintFor(core.type, to))
  const isFloat = kind === 'f32' || kind === 'f64'
  if (!isFloat && typeof value === 'number' && !Number.isInteger(value)) return bad(`${value} is no whole number`)
  const exact = isFloat ? Number(value) : BigInt(value)
  // The literal is met as what it is converted to: its range is checked, and a float is rounded as `as` rounds.
  const last = context.numbers.pop()
  if (last) context.numbers.push({ ...last, value: exact, type: to })
  return { core: { kind: 'number', value: exact, type: to }, type: to }
}

function isUndecidedNumber(type: Open): boolean {
  const end = resolve(type)
  return end.kind === 'variable' && (end.domain === 'number' || end.domain === 'float')
}

function isSame(a: Open, b: Open): boolean {
  const [one, other] = [resolve(a), resolve(b)]
  return one === other || matchParts<Open>(one, other, isSame)
}

/** Whether `as` makes the one type of the other: directly, or part by part. */
export function convertible(from: Open, to: Open): boolean {
  const [source, target] = [resolve(from), resolve(to)]
  if (isUndecidedNumber(source)) {
    if (target.kind === 'char') return assign(source, { kind: 'u32' })
    return isNumeric(target.kind) || target.kind === 'ipld'
  }
  if (source.kind === 'variable' || target.kind === 'variable') return assign(source, target)
  if (target.kind === 'secret') return convertible(unveil(source).type, target.of)
  if (source.kind === 'link' && target.kind === 'link') return true
  if (isNumeric(source.kind) && isNumeric(target.kind)) return true
  if (source.kind === 'ipld' || target.kind === 'ipld') return true
  if (source.kind === 'char' || target.kind === 'char')
    return source.kind === target.kind || source.kind === 'u32' || target.kind === 'u32'
  if (source.kind === 'string' && target.kind === 'list') return resolve(target.element).kind === 'u8'
  if (source.kind === 'list' && target.kind === 'string') return resolve(source.element).kind === 'u8'
  return matchParts<Open>(source, target, convertible)
}

/**
 * What is written instead, where nothing has to be decided for it.
 *
 * @param hint the type that is expected: that of a number which stands for a truth is written nowhere
 */
function instead(context: Context, node: As, from: Open, to: Open, hint: Open | undefined): Fix[] {
  const { source: text } = context.module
  const [source, target] = [resolve(from), resolve(to)]
  const value = beforeAs(text, node)
  const isOpen = !standsAlone(text, node)
  const written = (before: string, after: string, open = false): Fix[] => {
    const [first, last] = open ? [`(${before}`, `${after})`] : [before, after]
    return [around(`Write \`${before}x${after}\``, value, first, last, node.end)]
  }
  if (target.kind === 'string') {
    if (!isPrintable(source)) return []
    return asText(context, node.value, value, node.end)
  }
  if (target.kind === 'bool' && isNumeric(source.kind)) return written('', ' != 0', isOpen)
  if (source.kind === 'bool' && isNumeric(target.kind) && hint && isSame(hint, target))
    return written('if ', ' { 1 } else { 0 }', isOpen)
  if (target.kind === 'option' && isSame(source, target.some)) return written('some(', ')')
  if (target.kind === 'link' && isSame(source, target.target)) return written('link(', ')')
  const isNumber =
    (source.kind === 'char' && isNumeric(target.kind)) || (target.kind === 'char' && isNumeric(source.kind))
  const at = node.type.start
  return isNumber ? [{ title: 'Go by its number', edits: [{ start: at, end: at, text: 'u32 as ' }] }] : []
}

/** What is possible instead. */
function hintFor(from: Open, to: Open): string {
  const [source, target] = [resolve(from), resolve(to)]
  if (target.kind === 'string') return 'write it in a text: `"${…}"`'
  if (source.kind === 'string' && isNumeric(target.kind)) return 'a text is read by a component, `as` reads none'
  if (target.kind === 'bool') return 'compare it: `x != 0`'
  if (source.kind === 'bool') return 'write `if x { 1 } else { 0 }`'
  if (target.kind === 'option') return 'write `some(…)` around it'
  if (source.kind === 'option' || source.kind === 'result') return 'take its content with `?` or `match`'
  if (target.kind === 'link') return 'write `link(…)` around it'
  if (source.kind === 'char' || target.kind === 'char') return 'go by its number: `x as u32`'
  return '`as` converts numbers, `char` and `u32`, `bytes` and `string`, `ipld` and any type, links, and what is made of these'
}
