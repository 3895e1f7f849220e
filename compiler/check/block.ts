import { unit } from '../../dag/types.ts'
import type { Assert, Expression, Given, Let, Name, NumberLiteral, Statement } from '../../grammar/nodes.ts'
import type { Binding, CheckedBody, Core } from '../core.ts'
import { lost, settleFloats, type Open } from '../open.ts'
import { duplicate } from '../scope.ts'
import { noteLocal, report, settle, watch, type Context, type Typed } from './context.ts'
import { checkPerform, quote } from './effects.ts'
import { check, expect, held } from './expression.ts'
import { literalOfConst } from './names.ts'
import { typeOfNode } from './types.ts'

/** A checked block or function, and the type of its value. */
export interface TypedBody {
  body: CheckedBody
  type: Open
}

/**
 * Checks a block, or an expression that stands for one, in a scope of its own.
 *
 * @param params what the construct around it binds; `_` binds nothing
 * @param hint the type that is expected, as `check` takes it
 */
export function checkBlock(context: Context, node: Expression, params: Binding[], hint?: Open): TypedBody {
  enter(context, params)
  const statements = node.kind === 'Block' ? checkStatements(context, node.statements) : []
  const last = node.kind === 'Block' ? node.value : node
  const { core, type } = last ? check(context, last, hint) : nothing
  context.locals.leave()
  return { body: { params, statements, value: core }, type }
}

/** Checks a block whose value must be of a type. */
export function expectBlock(context: Context, node: Expression, params: Binding[], expected: Open): CheckedBody {
  enter(context, params)
  const statements = node.kind === 'Block' ? checkStatements(context, node.statements) : []
  const last = node.kind === 'Block' ? node.value : node
  // `expect` in place, here and below, since blocks nest deep.
  const before = watch(context)
  const typed = last ? check(context, last, expected) : nothing
  const value = held(context, last ?? node, typed, expected, before)
  context.locals.leave()
  return { params, statements, value }
}

function enter({ locals, module }: Context, params: Binding[]): void {
  locals.enter()
  for (const param of params)
    if (param.name !== '_') {
      locals.set(param.name, param)
      noteLocal(module, param)
    }
}

const nothing: Typed = { core: { kind: 'value', value: null }, type: unit }

/**
 * Checks lines in the order of the source; `let`s are bound in the scope that is open.
 *
 * @param promise takes the lines that stand in tests alone, with the number of the others before them
 */
export function checkStatements(
  context: Context,
  nodes: Statement[],
  promise?: (node: Assert | Given, before: number) => void,
): CheckedBody['statements'] {
  const later = new Later(nodes)
  context.later.push(later)
  const names = new Map<string, Name>()
  const statements: CheckedBody['statements'] = []
  const lines = context.lines?.areOf(nodes) ? context.lines : undefined
  // Without an iterator, which takes room on the stack: blocks nest deep.
  for (let i = 0; i < nodes.length; i++) {
    i += lines?.run(i, statements) ?? 0
    if (i === nodes.length) break
    const node = nodes[i]!
    later.at = i
    const known = lines?.take(context, i)
    if (known) {
      statements.push(known)
      continue
    }
    const mark = lines?.mark(context, i)
    const [wrong, count] = [mark && watch(context), statements.length]
    if (node.kind === 'Let') {
      const type = node.type && typeOfNode(context.module, node.type)
      const before = watch(context)
      const typed = check(context, node.value, type)
      const core = type ? held(context, node.value, typed, type, before) : typed.core
      settle(context, before)
      statements.push(bind(context, node, { core, type: type ?? typed.type }, names))
    } else if (node.kind === 'Perform') {
      const before = nodes[i - 1]
      if (before?.kind === 'Let' && isIndex(node.value)) refuseIndex(context, before, node.value)
      else statements.push({ value: checkPerform(context, node, promise !== undefined) })
    } else if (promise) promise(node, statements.length)
    // The parser has said that these stand in tests alone.
    else context.failed = true
    if (!lines || !mark || wrong === undefined) continue
    if (!settle(context, wrong) && statements.length > count) lines.keep(context, i, mark, statements[count]!)
  }
  lines?.leave()
  context.later.pop()
  return statements
}

/** Whether a line looks like an index that was meant for the line above. */
function isIndex(node: Expression): boolean {
  const [item, ...more] = node.kind === 'List' ? node.items : []
  return more.length === 0 && (item?.kind === 'NumberLiteral' || item?.kind === 'Reference' || item?.kind === 'Text')
}

/** What the `let` was meant to be is not known then. */
function refuseIndex(context: Context, { name, value, end }: Let, node: Expression): void {
  const fixes = [{ title: 'Write it on the line above', edits: [{ start: end, end: node.start, text: '' }] }]
  const params = { before: quote(context, value).slice(1, -1), index: quote(context, node).slice(1, -1) }
  report(context, 'IndexBelow', params, node, { fixes })
  context.locals.set(name.text, { name: name.text, type: lost() })
  context.lines?.touch(name.text)
}

/** The names that lines bind from one on. */
export class Later {
  readonly #nodes: readonly Statement[]
  #first: Map<string, number> | undefined
  at = 0

  constructor(nodes: readonly Statement[]) {
    this.#nodes = nodes
  }

  has(name: string): boolean {
    this.#first ??= new Map(
      this.#nodes
        .flatMap((node, i): [string, number][] => (node.kind === 'Let' ? [[node.name.text, i]] : []))
        .reverse(),
    )
    return (this.#first.get(name) ?? -1) >= this.at
  }
}

function bind(
  context: Context,
  node: Let,
  { core, type }: Typed,
  names: Map<string, Name>,
): { binding?: Binding; value: Core } {
  const { lines } = context
  const name = node.name.text
  if (name === '_') return { value: core }
  const first = names.get(name) ?? (lines?.isOf(node) ? lines.bound(name)?.node.name : undefined)
  if (first) {
    context.failed = true
    context.module.diagnostics.push(duplicate(node.name, 'a `let`', first, context.module.file))
  }
  names.set(name, node.name)
  const literal = node.type ? undefined : literalOf(context, node.value)
  if (!node.type) settleFloats(type)
  // Which of two is meant where the name is used is not known.
  const found: Binding = {
    ...{ name, type: first ? lost() : type, at: node.name },
    ...(literal && !first ? { literal } : {}),
  }
  const binding = lines?.isOf(node) ? lines.bind(found, name) : found
  noteLocal(context.module, binding)
  context.locals.set(name, binding)
  context.sources.set(binding, core)
  return { binding, value: core }
}

/** The value of a constant, of the type that is written, where one is. */
export function checkTyped(context: Context, node: Pick<Let, 'type' | 'value'>): Typed {
  if (!node.type) return check(context, node.value)
  const type = typeOfNode(context.module, node.type)
  return { core: expect(context, node.value, type), type }
}

/** The literal that a `let` or a constant without a type stands for, over other names too. */
function literalOf(context: Context, node: Expression): NumberLiteral | undefined {
  if (node.kind === 'NumberLiteral') return node
  if (node.kind !== 'Reference') return undefined
  const local = context.locals.get(node.name)
  if (local) return local.literal
  const symbol = context.module.scope.get(node.name)
  return symbol?.kind === 'const' ? literalOfConst(context, symbol, node) : undefined
}
