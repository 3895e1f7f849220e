import { isInteger } from '../../dag/types.ts'
import type { Call, Expression } from '../../grammar/nodes.ts'
import type { Core, TypeArgument } from '../core.ts'
import { holdsSecret, join, lost, resolve, reveal, unveil, veil, type Open } from '../open.ts'
import { broken, noteFit, report, settle, unknownType, watch, type Context, type Typed } from './context.ts'
import { check, describe, notConstant, operation, widen } from './expression.ts'

/** Checks a call whose arguments are right in number and in themselves. */
type Check = (context: Context, node: Call, args: Typed[]) => Typed | undefined

interface BuiltIn {
  /** How it is called. */
  shape: string
  /** What it takes and gives, for people. */
  params: readonly string[]
  result: string
  doc: string
  least: number
  most: number
  check: Check
}

const u64: Open = { kind: 'u64' }

/** What the language computes itself. A name of the file or of a block goes before them. */
const table = {
  len: {
    ...{ shape: 'len(x)', least: 1, most: 1, check: checkLen },
    ...{ params: ['x: list<T>'], result: 'u64' },
    doc: 'The number of the elements of a list, of the characters of a string, or of the entries of an `ipld`.',
  },
  range: {
    ...{ shape: 'range(n)` or `range(from, to)', least: 1, most: 2, check: checkRange },
    ...{ params: ['from: N', 'to: N'], result: 'list<N>' },
    doc: 'The integers from the first to the second, which is not among them; `range(n)` counts from 0.',
  },
  zip: {
    ...{ shape: 'zip(a, b)', least: 2, most: 2, check: checkZip },
    ...{ params: ['a: list<A>', 'b: list<B>'], result: 'list<tuple<A, B>>' },
    doc: 'Two lists of one length as one list of pairs.',
  },
  concat: {
    ...{ shape: 'concat(a, b)', least: 1, most: Infinity, check: checkConcat },
    ...{ params: ['a: list<T>', 'b: list<T>'], result: 'list<T>' },
    doc: 'Lists of one type, or strings, one behind the other.',
  },
  flatten: {
    ...{ shape: 'flatten(lists)', least: 1, most: 1, check: checkFlatten },
    ...{ params: ['lists: list<list<T>>'], result: 'list<T>' },
    doc: 'A list of lists as one list.',
  },
  keys: {
    ...{ shape: 'keys(x)', least: 1, most: 1, check: checkKeys },
    ...{ params: ['x: ipld'], result: 'list<string>' },
    doc: 'The names in a map of `ipld`.',
  },
  link: {
    ...{ shape: 'link(x)', least: 1, most: 1, check: checkLinkOf },
    ...{ params: ['x: T'], result: 'link<T>' },
    doc: 'A value in a block of its own, named by its CID.',
  },
} as const satisfies Record<string, BuiltIn>

export const builtIns: string[] = [...Object.keys(table), 'declassify']

/** Of a built-in other than `declassify`: what it takes and gives, for people. */
export function builtInSignature(name: string): Pick<BuiltIn, 'params' | 'result' | 'doc' | 'most'> | undefined {
  return Object.hasOwn(table, name) ? table[name as keyof typeof table] : undefined
}

export function isBuiltIn(name: string): boolean {
  return builtIns.includes(name)
}

/** A call of a built-in other than `declassify`; nothing where the name is none. */
export function checkBuiltIn(context: Context, node: Call, name: string): Typed | undefined {
  if (!Object.hasOwn(table, name)) return undefined
  const row: BuiltIn = table[name as keyof typeof table]
  if (context.bareCases || (context.constant !== undefined && name === 'link')) return notConstant(context, node)
  const args: Typed[] = []
  const before = watch(context)
  // Without an iterator, which takes room on the stack: calls nest deep.
  for (let i = 0; i < node.args.length; i++) args.push(check(context, node.args[i]!.value))
  countArguments(context, node, name, row)
  return (settle(context, before) ? undefined : row.check(context, node, args)) ?? broken(context)
}

function countArguments(context: Context, node: Call, name: string, { shape, least, most }: BuiltIn): void {
  const named = node.args.find(arg => arg.name)
  const count = node.args.length
  if (named)
    report(context, 'BuiltInArguments', { name, shape, why: 'takes its arguments by their places' }, named.name!)
  else if (count < least || count > most) {
    const takes = most === Infinity ? `${least} or more` : least === most ? String(least) : `${least} or ${most}`
    const why = `takes ${takes} argument${takes === '1' ? '' : 's'}`
    report(context, 'BuiltInArguments', { name, shape, why }, node)
  }
}

function refuse(context: Context, node: Call, at: number, { type }: Typed, wants: string, hint?: string): undefined {
  const place = node.args[at]!.value
  const end = resolve(unveil(type).type)
  if (end.kind === 'variable' && end.domain === 'any') unknownType(context, place, 'this argument')
  else report(context, 'BuiltInTakes', { name: nameOf(node), wants, type: describe(type), hint }, place)
}

function nameOf({ callee }: Call): string {
  return callee.kind === 'Reference' ? callee.name : ''
}

function compute(
  context: Context,
  node: Expression,
  op: Parameters<typeof operation>[2],
  args: (Core | TypeArgument)[],
  type: Open,
  secret: boolean,
): Typed {
  return { core: operation(context, node, op, args), type: veil(type, secret) }
}

const typeArgument = (type: Open): TypeArgument => ({ kind: 'type', type })

/** The length of a list, of a string in characters, or of what `ipld` holds. */
function checkLen(context: Context, node: Call, [arg]: Typed[]): Typed | undefined {
  const { type, secret } = reveal(arg!.type)
  const { kind } = type
  if (kind !== 'list' && kind !== 'string' && kind !== 'ipld') {
    const hint =
      kind === 'record' || kind === 'tuple' ? 'The parts of a record or tuple are those of its type.' : undefined
    return refuse(context, node, 0, arg!, 'a list, a string, or a list or map of `ipld`', hint)
  }
  return compute(context, node, 'core/length', [widen(arg!, type), typeArgument(type)], u64, secret)
}

/** `range(n)` counts from 0, `range(a, b)` from `a`; the end is not among them. */
function checkRange(context: Context, node: Call, args: Typed[]): Typed | undefined {
  for (const [i, arg] of args.entries()) {
    const end = resolve(reveal(arg.type).type)
    if (!isInteger(end.kind) && !(end.kind === 'variable' && end.domain === 'number'))
      return refuse(context, node, i, arg, 'integers')
  }
  const types = args.map(arg => reveal(arg.type))
  const type = types.length === 1 ? types[0]!.type : join(types[0]!.type, types[1]!.type)
  if (!type) {
    report(
      context,
      'OperandTypes',
      {
        operator: 'range',
        left: describe(args[0]!.type),
        right: describe(args[1]!.type),
        hint: 'Write `as` behind one of them.',
      },
      node,
    )
    return undefined
  }
  const zero: Core = { kind: 'number', value: 0n, type }
  const bounds = args.map(arg => widen(arg, type))
  const secret = types.some(entry => entry.secret)
  const all = args.length === 1 ? [zero, ...bounds] : bounds
  return compute(context, node, 'core/range', [...all, typeArgument(type)], { kind: 'list', element: type }, secret)
}

/** Two lists of one length as one list of pairs. */
function checkZip(context: Context, node: Call, args: Typed[]): Typed | undefined {
  const sides = args.map(arg => reveal(arg.type))
  for (const [i, { type }] of sides.entries())
    if (type.kind !== 'list') return refuse(context, node, i, args[i]!, 'lists')
  const [a, b] = sides.map(({ type }) => type as Open & { kind: 'list' })
  const secret = sides.some(side => side.secret)
  const type: Open = { kind: 'list', element: { kind: 'tuple', items: [a!.element, b!.element] } }
  const [left, right] = [widen(args[0]!, a!), widen(args[1]!, b!)]
  return compute(context, node, 'core/zip', [left, typeArgument(a!), right, typeArgument(b!)], type, secret)
}

/** Lists of one type, or strings, one behind the other. */
function checkConcat(context: Context, node: Call, args: Typed[]): Typed | undefined {
  let type: Open | undefined
  for (const [i, arg] of args.entries()) {
    const part = reveal(arg.type).type
    if (part.kind !== 'list' && part.kind !== 'string') {
      const among = type?.kind === 'list' ? 'Put it in a list: `[x]`.' : 'Write it in a text: `"${…}"`.'
      const hint = isPart(part) ? among : undefined
      return refuse(context, node, i, arg, 'lists, or strings', hint)
    }
    const both: Open | undefined = type ? join(type, part) : part
    if (!both) {
      report(
        context,
        'OperandTypes',
        { operator: 'concat', left: describe(type!), right: describe(arg.type), hint: elementHint(type!, part) },
        node.args[i]!.value,
      )
      return undefined
    }
    if (type) noteFit(context.module, node.args[i]!.value, type, part)
    type = both
  }
  const secret = args.some(arg => reveal(arg.type).secret)
  const parts = args.map(arg => widen(arg, type!))
  return compute(context, node, 'core/concat', [typeArgument(type!), ...parts], type!, secret)
}

function isPart({ kind }: Open): boolean {
  return kind === 'char' || kind === 'bool' || kind === 'variable' || isInteger(kind)
}

/** A list and something that could be an element of it. */
function elementHint(type: Open, part: Open): string | undefined {
  return type.kind === 'list' && part.kind === 'list' ? 'The elements of a list have one type.' : undefined
}

/** A list of lists as one list. */
function checkFlatten(context: Context, node: Call, [arg]: Typed[]): Typed | undefined {
  const outer = reveal(arg!.type)
  const inner = outer.type.kind === 'list' ? unveil(outer.type.element) : undefined
  const element = inner && resolve(inner.type)
  if (outer.type.kind !== 'list' || element?.kind !== 'list') {
    const hint =
      element?.kind === 'option' || element?.kind === 'result' ? 'Take the contents with `?` in a `for`.' : undefined
    if (element?.kind === 'variable' && element.domain === 'any')
      return void unknownType(context, node.args[0]!.value, 'this argument')
    return refuse(context, node, 0, arg!, 'a list of lists', hint)
  }
  const args = [widen(arg!, outer.type), typeArgument(outer.type)]
  return compute(context, node, 'core/flatten', args, element, outer.secret || inner!.secret)
}

/** The names of an `ipld` map. */
function checkKeys(context: Context, node: Call, [arg]: Typed[]): Typed | undefined {
  const { type, secret } = reveal(arg!.type)
  if (type.kind !== 'ipld') {
    const hint = type.kind === 'record' ? 'The fields of a record are those of its type.' : undefined
    return refuse(context, node, 0, arg!, 'a map of `ipld`', hint)
  }
  return compute(context, node, 'core/keys', [widen(arg!, type)], { kind: 'list', element: { kind: 'string' } }, secret)
}

/** A value in a block of its own. */
function checkLinkOf(context: Context, node: Call, [arg]: Typed[]): Typed | undefined {
  const { type } = arg!
  if (holdsSecret(type)) {
    report(context, 'SecretStored', {}, node)
    return { core: { kind: 'error' }, type: { kind: 'link', target: lost() } }
  }
  return compute(context, node, 'core/link', [arg!.core, typeArgument(type)], { kind: 'link', target: type }, false)
}

/** A type that has a length, for the message of those who write it as a field. */
export function hasLength(type: Open): boolean {
  return type.kind === 'list' || type.kind === 'string' || type.kind === 'ipld'
}
