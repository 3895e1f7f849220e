import type { CoreOperation } from '../../dag/core.ts'
import { integerKinds } from '../../dag/types.ts'
import type { Access, Expression, Index, TupleAccess } from '../../grammar/nodes.ts'
import type { Core } from '../core.ts'
import { resolve, show, type Open } from '../open.ts'
import { suggest } from '../suggest.ts'
import { caseValue, hasCases, pathOf, unknownCase } from './case.ts'
import { broken, report, siteOf, type Context, type Typed } from './context.ts'
import { check, fit } from './expression.ts'
import { memberOf } from './member.ts'
import { throughLink } from './types.ts'

/** `value.field`, `Type.case`, `module.type.case`. */
export function checkAccess(context: Context, node: Access): Typed {
  if (node.name.text === '') {
    check(context, node.object)
    return broken(context)
  }
  const path = pathOf(node)
  const root = path && !context.locals.has(path[0]!.text) ? context.module.scope.get(path[0]!.text) : undefined
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
    const { name } = node
    report(
      context,
      'NotAValue',
      { name: name.text, what: 'a function', hint: `Call it: \`${path.map(part => part.text).join('.')}(…)\`.` },
      node,
    )
    return broken(context)
  }
  return fieldOf(context, node)
}

function caseOf(context: Context, type: Open, name: { text: string; start: number; end: number }): Typed {
  if (type.kind === 'variable') return broken(context)
  return caseValue(context, type, name) ?? unknownCase(context, type, name)
}

function fieldOf(context: Context, node: Access): Typed {
  const object = check(context, node.object)
  const type = throughLink(object.type)
  const name = node.name.text
  if (type.kind === 'record') {
    const field = type.fields.find(entry => entry.name === name)
    if (field) return part(context, node, 'core/field', object.core, name, field.type)
    const near = suggest(
      name,
      type.fields.map(entry => entry.name),
    )
    report(context, 'UnknownField', { name, type: show(type), near }, node.name)
    return broken(context)
  }
  return noAccess(context, type, `.${name}`, node.name, 'only records have fields')
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
  const args: Core[] = [object, { kind: 'value', value: key }]
  return { core: { kind: 'operation', op, args, site: siteOf(context, node) }, type }
}

/** `tuple.0` */
export function checkTupleAccess(context: Context, node: TupleAccess): Typed {
  const object = check(context, node.object)
  const place = { start: node.object.end, end: node.end }
  const type = throughLink(object.type)
  const { index } = node
  if (type.kind !== 'tuple')
    return noAccess(
      context,
      type,
      `.${index}`,
      place,
      type.kind === 'list' ? `write \`[${index}]\`` : 'only tuples have items',
    )
  const item = type.items[index]
  if (item) return part(context, node, 'core/item', object.core, index, item)
  report(context, 'TupleRange', { index, length: type.items.length }, place)
  return broken(context)
}

/** `list[i]` */
export function checkIndex(context: Context, node: Index): Typed {
  // An index may fail, and a constant may not.
  if (context.constant !== undefined) {
    report(context, 'NotConstant', { what: context.constant }, node)
    return broken(context)
  }
  const object = check(context, node.object)
  const index = check(context, node.index)
  const type = throughLink(object.type)
  if (type.kind !== 'list')
    return noAccess(
      context,
      type,
      '[…]',
      { start: node.object.end, end: node.end },
      type.kind === 'tuple' ? 'items of a tuple are read with `.0`' : 'only lists have elements',
    )
  const end = resolve(index.type)
  const core =
    end.kind !== 'variable' && (integerKinds as readonly string[]).includes(end.kind)
      ? index.core
      : fit(context, node.index, index, { kind: 'u64' })
  return {
    core: { kind: 'operation', op: 'core/index', args: [object.core, core], site: siteOf(context, node) },
    type: type.element,
  }
}

function noAccess(
  context: Context,
  type: Open,
  access: string,
  node: { start: number; end: number },
  hint: string,
): Typed {
  if (type.kind === 'variable' && type.domain !== 'number' && type.domain !== 'float') {
    // Of what was reported already the type is not known either.
    if (!context.failed)
      report(context, 'CannotInfer', { what: `the value before \`${access}\``, example: 'let x: T = …' }, node)
    return broken(context)
  }
  report(context, 'NoSuchAccess', { type: show(type), access, hint }, node)
  return broken(context)
}
