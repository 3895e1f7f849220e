import type { Call, Expression, Fold, For, Lambda, Name, Reduce } from '../../grammar/nodes.ts'
import type { Binding, CheckedBody, Core } from '../core.ts'
import { close, fits, holdsSecret, lost, resolve, reveal, settleFloats, unveil, veil, type Open } from '../open.ts'
import { duplicate } from '../scope.ts'
import { checkBlock, expectBlock } from './block.ts'
import { pathOf } from './case.ts'
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
import { check, describe, expect, fit, operation, widen } from './expression.ts'

const u64: Open = { kind: 'u64' }

/** What a loop goes over. */
interface Elements {
  list: Core
  /** The type of the list. */
  from: Open
  /** Of each element; secret where the list is. */
  element: Open
  secret: boolean
}

/**
 * Checks what a loop goes over: a list, or a link to one.
 *
 * @returns nothing where it is none, which was reported
 */
function elementsOf(context: Context, node: Expression, what: string): Elements | undefined {
  const before = watch(context)
  const typed = check(context, node)
  if (settle(context, before)) return undefined
  const { type, secret } = reveal(typed.type)
  if (type.kind === 'list') {
    // What decides about an element may stand in a line that nothing demands.
    settleFloats(type.element)
    return { list: widen(typed, type), from: type, element: veil(type.element, secret), secret }
  }
  if (type.kind === 'variable' && type.domain === 'any') unknownType(context, node, `what \`${what}\` goes over`)
  else report(context, 'NotAList', { what, type: describe(typed.type), hint: listFrom(type) }, node)
  return undefined
}

function listFrom(type: Open): string | undefined {
  switch (type.kind) {
    case 'ipld':
      return 'Say that it is a list: `x as list<ipld>`.'
    case 'option':
    case 'result':
      return 'Take its content with `?`, or `match` it.'
    case 'string':
      return 'For its bytes write `x as bytes`.'
    default:
      return reveal(type).type.kind === 'variable' || /^[us]\d/.test(type.kind)
        ? 'To count write `range(n)`.'
        : undefined
  }
}

/** Whether two names differ; reports where they do not. */
function differ(context: Context, [a, b]: Name[]): boolean {
  if (!a || !b || a.text !== b.text || a.text === '_' || a.text === '') return true
  context.failed = true
  context.module.diagnostics.push(duplicate(b, 'another one', a, context.module.file))
  return false
}

/** `for x, i in xs { … }` */
export function checkFor(context: Context, node: For, hint: Open | undefined): Typed {
  const elements = elementsOf(context, node.list, 'for')
  const params = paramsOf(context, node, elements)
  const wanted = wantedElement(hint, elements?.secret ?? false)
  const decision = decisionOf(node.list, elements?.secret ?? false)
  const before = decide(context, decision)
  const { body, type } = wanted
    ? { body: expectBlock(context, node.body, params, wanted), type: wanted }
    : checkBlock(context, node.body, params)
  context.secretDecision = before
  if (!elements) return broken(context)
  const { list, from, secret } = elements
  // Of a secret list all is secret, its length too.
  const to: Open = { kind: 'list', element: secret ? unveil(type).type : type }
  return { core: { kind: 'for', list, from, to, body, decision, site: siteOf(context, node) }, type: veil(to, secret) }
}

function paramsOf(context: Context, { name, index }: For, elements: Elements | undefined): Binding[] {
  const element = { name: name.text, type: elements?.element ?? broken(context).type, at: name }
  if (!index) return [element]
  return [element, { name: index.text, type: differ(context, [name, index]) ? u64 : lost(), at: index }]
}

/** The type of the elements of a list that is expected, where it is known to its last part; those of a secret one are. */
function wantedElement(hint: Open | undefined, secret: boolean): Open | undefined {
  const expected = hint && resolve(hint)
  return expected?.kind === 'list' && close(expected.element) ? veil(expected.element, secret) : undefined
}

/** `reduce xs with f` */
export function checkReduce(context: Context, node: Reduce): Typed {
  const elements = elementsOf(context, node.list, 'reduce')
  const element = elements?.element ?? broken(context).type
  const decision = decisionOf(node.list, elements?.secret ?? false)
  const before = decide(context, decision)
  const body = checkFunction(context, node.combine, 'reduce', [element, element], element)
  context.secretDecision = before
  if (!elements || !body) return broken(context)
  const { list, from } = elements
  return { core: { kind: 'reduce', list, from, body, decision, site: siteOf(context, node) }, type: element }
}

/** `fold xs from init with (acc, x) => e` */
export function checkFold(context: Context, node: Fold, hint: Open | undefined): Typed {
  const elements = elementsOf(context, node.list, 'fold')
  const element = elements?.element ?? broken(context).type
  const state = stateOf(context, node, hint, element)
  const decision = decisionOf(node.list, elements?.secret ?? false)
  const before = decide(context, decision)
  const body = checkFunction(context, node.step, 'fold', [state.type, element], state.type)
  context.secretDecision = before
  if (!elements || !body) return broken(context)
  const { list, from } = elements
  return {
    core: { kind: 'fold', list, from, init: state.core, body, decision, site: siteOf(context, node) },
    type: state.type,
  }
}

/** What a fold starts from, and its type at every step; with secret elements it is secret. */
function stateOf(context: Context, node: Fold, hint: Open | undefined, element: Open): Typed {
  const secret = holdsSecret(element)
  if (hint && resolve(hint).kind !== 'variable' && close(hint)) {
    const type = veil(hint, secret)
    return { core: expect(context, node.init, type), type }
  }
  const init = check(context, node.init)
  settleFloats(init.type)
  const type = veil(init.type, secret)
  return { core: widen(init, type), type }
}

/** What a loop does with two values, as a body that takes them and gives a value of a type. */
function checkFunction(
  context: Context,
  node: Expression,
  what: string,
  types: [Open, Open],
  result: Open,
): CheckedBody | undefined {
  if (node.kind === 'Lambda') return checkLambda(context, node, what, types, result)
  const path = pathOf(node)
  if (!path) {
    // The parser has said that nothing else may stand there.
    context.failed = true
    return undefined
  }
  // A function is called with names that no source can have.
  const params = types.map((type, i): Binding => ({ name: ` ${i}`, type }))
  const { start, end } = node
  const args = params.map(({ name }) => {
    const value = { kind: 'Reference', name, start, end } as const
    return { kind: 'Argument', value, start, end } as const
  })
  const call: Call = { kind: 'Call', callee: node, args: [...args], start, end }
  const body = expectCall(context, call, params, result)
  const { notes } = context.module
  if (!notes) return body
  const made = [call, ...args.map(({ value }) => value)]
  const met = made.flatMap(made => notes.fits.get(made) ?? [])
  // These are no nodes of the tree.
  const all = [notes.types, notes.expected, notes.targets, notes.fits, notes.calls]
  for (const known of all) for (const node of made) known.delete(node as never)
  if (met.length > 0) notes.fits.set(node, met)
  return body
}

/** A call of a function by its name. One that joins what is linked to is taken for one that joins links. */
function expectCall(context: Context, node: Expression, params: Binding[], result: Open): CheckedBody | undefined {
  const before = watch(context)
  const { body, type } = checkBlock(context, node, params)
  if (settle(context, before)) return undefined
  const end = resolve(result)
  if (end.kind === 'link' && resolve(type).kind !== 'link' && fits(type, end.target)) {
    const args = [widen({ core: body.value, type }, end.target), { kind: 'type', type: end.target } as const]
    return { ...body, value: operation(context, node, 'core/link', args) }
  }
  return { ...body, value: fit(context, node, { core: body.value, type }, result, 'It joins two elements to one.') }
}

function checkLambda(
  context: Context,
  node: Lambda,
  what: string,
  types: [Open, Open],
  result: Open,
): CheckedBody | undefined {
  const different = differ(context, node.params)
  if (node.params.length !== types.length) {
    const example = what === 'fold' ? '(state, x) => …' : '(a, b) => …'
    report(context, 'StepParameters', { what, count: node.params.length, example }, placeOf(node))
    return undefined
  }
  const params = node.params.map((at, i): Binding => ({ name: at.text, type: different ? types[i]! : lost(), at }))
  return expectBlock(context, node.body, params, result)
}

/** The parameters of a function. */
function placeOf({ params, start, end }: Lambda): { start: number; end: number } {
  return params.length === 0 ? { start, end } : { start: params[0]!.start, end: params.at(-1)!.end }
}
