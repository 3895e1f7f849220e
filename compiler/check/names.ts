import type { NumberLiteral, Reference } from '../../grammar/nodes.ts'
import { isHeadOpen } from '../../grammar/unread.ts'
import { resolve, variable, type Open } from '../open.ts'
import { symbolWords, type Symbol } from '../scope.ts'
import { nearest, type Near } from '../../dag/suggest.ts'
import { isBuiltIn } from './builtins.ts'
import { caseOfHint, caseValue, hasCases } from './case.ts'
import { broken, note, report, type Context, type ModuleContext, type Typed } from './context.ts'
import { check } from './expression.ts'
import { callIt } from './fixes.ts'
import { foreignNames } from './foreign.ts'
import { checkNumber, undecided } from './literals.ts'

export function checkReference(context: Context, node: Reference, hint: Open | undefined): Typed {
  const { name } = node
  const local = context.locals.get(name)
  if (local) note(context.module, node, { kind: 'local', binding: local })
  if (local?.literal) {
    context.named.add(local.literal)
    return check(context, local.literal)
  }
  if (local) return { core: { kind: 'local', binding: local }, type: local.type }
  if (context.bareCases && hint) {
    const found = caseValue(context, resolve(hint), { text: name, start: node.start, end: node.end })
    if (found) return found
  }
  const symbol = context.module.scope.get(name)
  if (symbol) note(context.module, node, { kind: 'symbol', symbol })
  if (symbol?.kind === 'const') return constant(context, symbol, node)
  if (symbol?.kind === 'lost') return broken(context)
  if (symbol) {
    const params = { name, what: symbolWords[symbol.kind], hint: hints[symbol.kind](name) }
    report(context, 'NotAValue', params, node, { fixes: callIt(context, node, takesNothing(symbol)) })
    return broken(context)
  }
  if (name === 'none') {
    const some = variable()
    undecided(context, node, some, '`none`', 'let x: option<u8> = none')
    return { core: { kind: 'value', value: null }, type: { kind: 'option', some } }
  }
  if (isBuiltIn(name)) {
    report(context, 'NotAValue', { name, what: 'a built-in', hint: `Call it: \`${name}(…)\`.` }, node)
    return broken(context)
  }
  if (name === 'some' || name === 'ok' || name === 'err')
    report(context, 'CasePayload', { name, wants: `carries a value: write \`${name}(…)\`` }, node)
  else {
    const known = (): string[] => [...context.locals.keys(), ...constants(context), 'none']
    unknownName(context, name, node, known, { meant: caseOfHint(context, hint, name) })
  }
  return broken(context)
}

/** Whether a symbol can be called without arguments. */
function takesNothing(symbol: Symbol): boolean {
  if (symbol.kind === 'compiled') return [...symbol.job.params.values()].every(param => param.default !== undefined)
  return symbol.kind === 'job' && !isHeadOpen(symbol.node) && symbol.node.params.every(param => param.default)
}

const hints = {
  module: (name: string) => `Call a function of it: \`${name}.function(…)\`.`,
  compiled: (name: string) => `Call it: \`${name}(…)\`.`,
  type: (name: string) => `Name one of its cases: \`${name}.case\`.`,
  effect: (name: string) => `Call one of its operations: \`${name}.operation(…)\`.`,
  job: (name: string) => `Call it: \`${name}(…)\`.`,
} as const

function constants(context: Context): string[] {
  return [...context.module.scope].filter(([, symbol]) => symbol.kind === 'const').map(([name]) => name)
}

/** The names of a file behind which functions, operations or cases stand. */
export function withMembers({ module }: Context): string[] {
  return [...module.scope].flatMap(([name, symbol]) => {
    if (symbol.kind === 'type') return hasCases(resolve(module.typeOf(symbol))) ? [name] : []
    return symbol.kind === 'module' || symbol.kind === 'effect' ? [name] : []
  })
}

/** A number without a type of its own counts as the literal that it is; every other constant has its one type. */
function constant(context: Context, symbol: Symbol & { kind: 'const' }, use: Reference): Typed {
  const literal = literalOfConst(context, symbol, use)
  // It stands in another item, to which its notes belong.
  if (literal) return checkNumber(context, literal)
  const found = context.module.constOf(symbol)
  return { core: { kind: 'constant', value: found.core }, type: found.type }
}

/** The literal that a constant without a type stands for; one of another file counts as written where it is used. */
export function literalOfConst(
  context: Context,
  symbol: Symbol & { kind: 'const' },
  use: Reference,
): NumberLiteral | undefined {
  const { type, value } = symbol.node
  if (type || value.kind !== 'NumberLiteral') return undefined
  return symbol.home.scope === context.module.scope ? value : { ...value, start: use.start, end: use.end }
}

/** The name that was meant, of the first ones that are unknown; `place` tells unknown names of one text apart. */
export function nearName(
  { unknownNames, suggestions }: ModuleContext,
  place: string,
  name: string,
  known: () => string[],
): Near | undefined {
  unknownNames.add(`${place} ${name}`)
  return unknownNames.size > suggestions ? undefined : nearest(name, known())
}

/**
 * @param known the names that could be meant
 * @param instead what is written for it, where that is known; `meant` stands in its place
 * @param called whether it is called; otherwise nothing is meant that can only be called
 */
export function unknownName(
  context: Context,
  name: string,
  node: { start: number; end: number },
  known: () => string[],
  {
    instead,
    meant,
    called,
  }: { instead?: string | undefined; meant?: string | undefined; called?: boolean | undefined } = {},
): void {
  if (context.later.some(names => names.has(name))) return report(context, 'UsedTooEarly', { name }, node)
  const dash = name.lastIndexOf('-')
  const left = name.slice(0, dash)
  const { unknownNames, suggestions } = context.module
  const names = unknownNames.size < suggestions ? known() : []
  const minus = dash > 0 && names.includes(left) ? `${left} - ${name.slice(dash + 1)}` : undefined
  const foreign = foreignNames.get(name)
  const other = foreign !== undefined && (called || isConstant(foreign)) ? foreign : undefined
  const near = minus ? undefined : (meant ?? other ?? (instead ? undefined : nearest(name, names)))
  // Of what is nowhere declared one `import` or `let` is missing, however often it is used.
  if (unknownNames.has(name) && !minus && !near && !instead) context.failed = true
  else {
    const once = minus || near || instead ? {} : { once: name }
    report(context, 'UnknownName', { name, minus, near, instead: near ? undefined : instead }, node, once)
  }
  unknownNames.add(name)
}

/** Whether a word of the language is a value by itself. */
function isConstant(word: string): boolean {
  return word === 'none' || word === 'true' || word === 'false'
}
