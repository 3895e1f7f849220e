import type { CoreOperation } from '../../dag/core.ts'
import { isInteger } from '../../dag/types.ts'
import type { Fix } from '../../grammar/diagnostics.ts'
import type { Access, Expression, Index, TupleAccess } from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { resolve, reveal, show, unveil, veil, type Open } from '../open.ts'
import { hasLength, isBuiltIn } from './builtins.ts'
import { constructors } from './call.ts'
import { caseValue, hasCases, pathOf, unknownCase } from './case.ts'
import { broken, note, noteField, report, unknownType, type Context, type Typed } from './context.ts'
import { check, fit, operation, widen } from './expression.ts'
import { callIt } from './fixes.ts'
import { memberOf, operationAlone } from './member.ts'
import { nearName, unknownName, withMembers } from './names.ts'

/** `value.field`, `Type.case`, `module.type.case`. */
export function checkAccess(context: Context, node: Access): Typed {
  if (node.name.text === '') {
    check(context, node.object)
    return broken(context)
  }
  const path = pathOf(node)
  const root = path && !context.locals.has(path[0]!.text) ? context.module.scope.get(path[0]!.text) : undefined
  if (path && root) note(context.module, path[0]!.node, { kind: 'symbol', symbol: root })
  if (path && root?.kind === 'type') {
    const type = resolve(context.module.typeOf(root))
    if (path.length === 2 || !hasCases(type)) return caseOf(context, type, path[1]!)
    report(
      context,
      'NoSuchAccess',
      { type: show(type), access: `.${path[2]!.text}`, hint: 'a case has no parts' },
      node,
    )
    return broken(context)
  }
  if (path && root?.kind === 'module') {
    const member = memberOf(context, root, path)
    if (member === undefined) return broken(context)
    if (member.kind === 'case') return caseOf(context, member.type, member.name)
    const called = path.map(part => part.text).join('.')
    const params = { name: node.name.text, what: 'a function', hint: `Call it: \`${called}(…)\`.` }
    report(context, 'NotAValue', params, node, { fixes: callIt(context, node, member.func.params.length === 0) })
    return broken(context)
  }
  if (path && root?.kind === 'effect') {
    operationAlone(context, root, path)
    return broken(context)
  }
  if (path?.length === 2 && !root && isUnknown(context, path[0]!.text)) {
    unknownName(context, path[0]!.text, path[0]!, () => [
      ...withField(context, node.name.text),
      ...withMembers(context),
    ])
    return broken(context)
  }
  return fieldOf(context, node)
}

/** Whether a name stands for nothing, in the language neither. */
function isUnknown({ locals }: Context, name: string): boolean {
  return !locals.has(name) && !isBuiltIn(name) && name !== 'none' && !constructors.includes(name)
}

/** The names of values that may be read with a dot. */
function withField({ locals, module }: Context, field: string): string[] {
  const constants = [...module.scope].filter(
    ([, { kind, node }]) => kind === 'const' && node.value.kind === 'RecordLiteral',
  )
  return [
    ...[...locals.keys()].filter(name => isRead(locals.get(name)!.type, field)),
    ...constants.map(([name]) => name),
  ]
}

/** Whether a value of a type is read with a dot, or meant to be. */
function isRead(of: Open, field: string): boolean {
  const { type } = reveal(of)
  if (type.kind === 'variable') return type.domain === 'any'
  if (hasLength(type) && lengths.has(field)) return true
  return type.kind === 'record' || type.kind === 'ipld' || contentOf(type)?.kind === 'record'
}

function caseOf(context: Context, type: Open, name: { text: string; start: number; end: number }): Typed {
  if (type.kind === 'variable') return broken(context)
  return caseValue(context, type, name) ?? unknownCase(context, type, name)
}

function fieldOf(context: Context, node: Access): Typed {
  const object = check(context, node.object)
  const { type, secret } = reveal(object.type)
  const name = node.name.text
  if (type.kind === 'record') {
    const field = type.fields.find(entry => entry.name === name)
    if (field) noteField(context, type, node.name, field.type)
    if (field) return part(context, node, 'core/field', object.core, name, veil(field.type, secret))
    const near = nearName(context.module, 'field', name, () => type.fields.map(entry => entry.name))
    report(context, 'UnknownField', { name, type: show(type), near }, node.name)
    return broken(context)
  }
  const { source } = context.module
  const text = source.slice(node.object.start, node.object.end)
  // Parentheses around it are no part of it.
  const end = node.object.end + /^(\s*\))*/.exec(source.slice(node.object.end, node.name.start))![0].length
  if (type.kind === 'ipld') {
    const fixes = [replaceWith({ start: end, end: node.end }, `["${name}"]`)]
    const hint = `write \`${source.slice(node.start, end)}["${name}"]\``
    return noAccess(context, type, `.${name}`, node.name, hint, fixes)
  }
  if (hasLength(type) && lengths.has(name)) {
    const fixes = [replaceWith({ start: node.start, end: node.end }, `len(${text})`)]
    return noAccess(context, type, `.${name}`, node.name, `write \`len(${text})\``, fixes)
  }
  const open = { start: end, end }
  const fixes = hasField(contentOf(type), name) ? [{ title: 'Insert `?`', edits: [{ ...open, text: '?' }] }] : []
  return noAccess(context, type, `.${name}`, node.name, insteadOf(type, 'only records have fields'), fixes)
}

/** What `?` takes out of a value. */
function contentOf(type: Open): Open | undefined {
  if (type.kind !== 'option' && type.kind !== 'result') return undefined
  return reveal(type.kind === 'option' ? type.some : type.ok).type
}

function hasField(type: Open | undefined, field: string): boolean {
  return type?.kind === 'record' && type.fields.some(({ name }) => name === field)
}

/** What people who come from other languages write for `len`. */
const lengths = new Set(['length', 'len', 'size', 'count'])

function insteadOf({ kind }: Open, otherwise: string): string {
  return kind === 'option' || kind === 'result' ? 'take its content with `?`, or `match` it' : otherwise
}

/** A part that is picked by what the source says. */
function part(
  context: Context,
  node: Expression,
  op: CoreOperation,
  object: Core,
  key: string | number,
  type: Open,
): Typed {
  return { core: operation(context, node, op, [object, { kind: 'value', value: key }]), type }
}

/** `tuple.0` */
export function checkTupleAccess(context: Context, node: TupleAccess): Typed {
  const object = check(context, node.object)
  const place = { start: node.object.end, end: node.end }
  const { type, secret } = reveal(object.type)
  const { index } = node
  if (type.kind !== 'tuple') {
    if (type.kind === 'list' || type.kind === 'ipld') {
      const fixes = [replaceWith(place, `[${index}]`)]
      return noAccess(context, type, `.${index}`, place, `write \`[${index}]\``, fixes)
    }
    return noAccess(context, type, `.${index}`, place, insteadOf(type, 'only tuples have items'))
  }
  const item = type.items[index]
  if (item) return part(context, node, 'core/item', object.core, index, veil(item, secret))
  report(context, 'TupleRange', { index, length: type.items.length }, place)
  return broken(context)
}

/** `list[i]`, `ipld["key"]` */
export function checkIndex(context: Context, node: Index): Typed {
  const object = check(context, node.object)
  const index = check(context, node.index)
  const { type, secret } = reveal(object.type)
  const key = reveal(index.type)
  const at = resolve(key.type)
  const hidden = secret || key.secret
  if (type.kind === 'ipld' && at.kind === 'string') {
    const args = [object.core, widen(index, at)]
    return { core: operation(context, node, 'core/key', args), type: veil(type, hidden) }
  }
  if (type.kind !== 'list' && type.kind !== 'ipld') {
    const place = { start: node.object.end, end: node.end }
    const written = memberInstead(type, node.index)
    if (written !== undefined)
      return noAccess(context, type, '[…]', place, `write \`${written}\``, [replaceWith(place, written)])
    const isTuple = type.kind === 'tuple'
    const elements = type.kind === 'string' ? 'its bytes are `x as bytes`' : 'only lists have elements'
    const hint = isTuple ? 'items of a tuple are read with `.0`' : insteadOf(type, elements)
    return noAccess(context, type, '[…]', place, hint)
  }
  const integer: Open = isInteger(at.kind) ? at : { kind: 'u64' }
  const core = fit(context, node.index, { core: index.core, type: unveil(index.type).type }, integer)
  const [op, content] = type.kind === 'list' ? (['core/index', type.element] as const) : (['core/key', type] as const)
  return { core: operation(context, node, op, [object.core, core]), type: veil(content, hidden) }
}

/** A part that the source names, as it is read of a record or a tuple. */
function memberInstead(type: Open, index: Expression): string | undefined {
  if (index.kind === 'Text' && hasField(type, index.value)) return `.${index.value}`
  const isItem =
    type.kind === 'tuple' && index.kind === 'NumberLiteral' && type.items[Number(index.value)] !== undefined
  return isItem ? `.${index.value}` : undefined
}

function replaceWith(place: { start: number; end: number }, text: string): Fix {
  return { title: `Replace with \`${text}\``, edits: [{ ...place, text }] }
}

function noAccess(
  context: Context,
  type: Open,
  access: string,
  node: { start: number; end: number },
  hint: string,
  fixes: Fix[] = [],
): Typed {
  if (type.kind === 'variable' && type.domain === 'any')
    return unknownType(context, node, `the value before \`${access}\``)
  report(context, 'NoSuchAccess', { type: show(type), access, hint }, node, { fixes })
  return broken(context)
}
