import { failureType } from '../../dag/failure.ts'
import { scalars, unit, type Scalar } from '../../dag/types.ts'
import { diagnose, type DiagnosticName, type Fix, type ParamsOf } from '../../grammar/diagnostics.ts'
import type { Name, NamedType, TypeNode } from '../../grammar/nodes.ts'
import { lost, tooLarge, veil, type Open } from '../open.ts'
import { nearest } from '../../dag/suggest.ts'
import { origins, type Composite } from '../notes.ts'
import { note, type ModuleContext } from './context.ts'
import { dropRepeated, keeping } from './fixes.ts'
import { foreignTypes } from './foreign.ts'
import { nearName } from './names.ts'

/** The type that a type expression stands for. What is wrong is reported and becomes a type that fits everywhere. */
export function typeOfNode(context: ModuleContext, node: TypeNode): Open {
  const type = typeOf(context, node)
  const why = tooLarge(type)
  if (why === undefined) return type
  if (context.diagnostics.some(({ name }) => name === 'TypeTooLarge')) return lost()
  return complain(context, 'TypeTooLarge', { why }, node, { once: '' })
}

function typeOf(context: ModuleContext, node: TypeNode): Open {
  switch (node.kind) {
    case 'Missing':
      return lost()
    case 'UnitType':
      return unit
    case 'RecordType': {
      const names = node.fields.map(field => field.name)
      const fields = node.fields.map(field => ({ name: field.name.text, type: typeOfNode(context, field.type) }))
      if (!areNames(context, node, 'A record', names, node.fields)) return lost()
      const type: Open = { kind: 'record', fields }
      for (const [i, { name, type: of }] of fields.entries())
        note(context, names[i], { kind: 'field', of: type, name, type: of })
      return declared(context, node, type)
    }
    case 'VariantType': {
      const names = node.cases.map(entry => entry.name)
      const cases = node.cases.map(({ name, type }) =>
        type ? { name: name.text, type: typeOfNode(context, type) } : { name: name.text },
      )
      if (!areNames(context, node, 'A variant', names, node.cases)) return lost()
      return declareCases(context, node, names, { kind: 'variant', cases })
    }
    case 'EnumType': {
      const cases = node.cases.map(name => name.text)
      if (!areNames(context, node, 'An enum', node.cases)) return lost()
      return declareCases(context, node, node.cases, { kind: 'enum', cases })
    }
    case 'FlagsType': {
      const flags = node.flags.map(name => name.text)
      if (!areNames(context, node, 'A set of flags', node.flags)) return lost()
      return declareCases(context, node, node.flags, { kind: 'flags', flags })
    }
    case 'NamedType':
      return namedType(context, node)
  }
}

/** Notes where a type with names in it is written out. */
function declared(context: ModuleContext, node: Composite, type: Open): Open {
  if (context.notes) origins.set(type, { home: context, node })
  return type
}

function declareCases(
  context: ModuleContext,
  node: Composite,
  names: Name[],
  type: Open & { kind: 'variant' | 'enum' | 'flags' },
): Open {
  for (const [i, name] of names.entries()) {
    const payload = type.kind === 'variant' ? type.cases[i]!.type : undefined
    note(context, name, { kind: 'case', of: type, name: name.text, ...(payload ? { payload } : {}) })
  }
  return declared(context, node, type)
}

function complain<N extends DiagnosticName>(
  context: ModuleContext,
  name: N,
  params: ParamsOf<N>,
  node: { start: number; end: number },
  more: { once?: string; fixes?: Fix[] } = {},
): Open {
  const fixes = keeping(context.source, more.fixes ?? [])
  const span = { file: context.file, start: node.start, end: node.end }
  context.diagnostics.push(diagnose(name, params, span, { ...more, fixes }))
  return lost()
}

/**
 * Whether there are names, and each is there once; what is wrong is reported.
 *
 * @param entries what has the names, where that is more than a name
 */
function areNames(
  context: ModuleContext,
  node: { start: number; end: number },
  what: string,
  names: Name[],
  entries: readonly { start: number; end: number }[] = names,
): boolean {
  if (names.length === 0) complain(context, 'EmptyType', { what }, node)
  const seen = new Map<string, number>()
  for (const [at, name] of names.entries()) {
    const first = seen.get(name.text)
    if (first !== undefined) {
      const fixes = dropRepeated(context.source, entries, first, at, entry => entry)
      complain(context, 'RepeatedField', { name: name.text }, name, { fixes })
      return false
    }
    seen.set(name.text, at)
  }
  return names.length > 0
}

/** Names of types that take arguments, and how many. */
export const generics = {
  list: { takes: 'one type: `list<T>`', least: 1, most: 1 },
  option: { takes: 'one type: `option<T>`', least: 1, most: 1 },
  link: { takes: 'one type: `link<T>`', least: 1, most: 1 },
  secret: { takes: 'one type: `secret<T>`', least: 1, most: 1 },
  result: { takes: 'up to two types: `result<T, E>`', least: 0, most: 2 },
  tuple: { takes: 'one type or more: `tuple<A, B>`', least: 1, most: Infinity },
} as const

function namedType(context: ModuleContext, node: NamedType): Open {
  const [first, ...rest] = node.path
  const name = first?.text ?? ''
  if (rest.length > 0) return exportedType(context, node)

  const symbol = context.scope.get(name)
  // What is no type hides none of the language: `secret` is an effect too.
  const known = symbol?.kind === 'type' || symbol?.kind === 'lost' ? undefined : typeOfLanguage(context, node, name)
  if (known) return known
  if (symbol) note(context, first, { kind: 'symbol', symbol })
  if (symbol?.kind === 'type') return plain(context, node, context.typeOf(symbol))
  if (symbol?.kind === 'lost') return lost()
  const hint = halfTypes.get(name)
  if (hint !== undefined) return complain(context, 'UnknownType', { name, near: undefined, hint }, first ?? node)
  const near = foreignTypes.get(name) ?? nearName(context, 'type', name, () => typeNames(context))
  return complain(context, 'UnknownType', { name, near }, first ?? node)
}

function typeOfLanguage(context: ModuleContext, node: NamedType, name: string): Open | undefined {
  if (Object.hasOwn(generics, name)) return generic(context, node, name as keyof typeof generics)
  if (name === 'failure') return plain(context, node, failureType)
  if (name === 'bytes') return plain(context, node, { kind: 'list', element: { kind: 'u8' } })
  if (name !== 'unit' && (scalars as readonly string[]).includes(name))
    return plain(context, node, { kind: name as Scalar })
  return undefined
}

/** Types of which their first word alone is written. */
const halfTypes = new Map([
  ['record', 'Its fields stand in braces behind it: `record { name: string }`.'],
  ['variant', 'Its cases stand in braces behind it: `variant { one(u32), other }`.'],
  ['enum', 'Its cases stand in braces behind it: `enum { one, other }`.'],
  ['flags', 'Its flags stand in braces behind it: `flags { one, other }`.'],
])

function typeNames({ scope }: ModuleContext): string[] {
  const types = [...scope].filter(([, other]) => other.kind === 'type').map(([name]) => name)
  return [...types, ...Object.keys(generics), 'bytes', 'failure', ...scalars.filter(scalar => scalar !== 'unit')]
}

function plain(context: ModuleContext, node: NamedType, type: Open): Open {
  if (node.args.length === 0) return type
  return complain(context, 'TypeArguments', { name: node.path[0]!.text, takes: 'no types' }, node)
}

function generic(context: ModuleContext, node: NamedType, name: keyof typeof generics): Open {
  const { takes, least, most } = generics[name]
  if (node.args.length < least || node.args.length > most)
    return complain(context, 'TypeArguments', { name, takes }, node)
  const args = node.args.map(arg =>
    name === 'result' && arg.kind === 'NamedType' && arg.path.length === 1 && arg.path[0]!.text === '_'
      ? unit
      : typeOfNode(context, arg),
  )
  const [a, b] = args
  switch (name) {
    case 'list':
      return { kind: 'list', element: a! }
    case 'option':
      return { kind: 'option', some: a! }
    case 'link':
      return { kind: 'link', target: a! }
    case 'secret':
      return veil(a!, true)
    case 'result':
      return { kind: 'result', ok: a ?? unit, error: b ?? unit }
    case 'tuple':
      return { kind: 'tuple', items: args }
  }
}

/** `module.type` and `module.interface.type`: a type that a component exports. */
function exportedType(context: ModuleContext, node: NamedType): Open {
  const [module, ...rest] = node.path.map(name => name.text)
  const symbol = context.scope.get(module!)
  if (symbol) note(context, node.path[0], { kind: 'symbol', symbol })
  if (symbol?.kind === 'lost') return lost()
  if (symbol?.kind !== 'module') {
    const modules = [...context.scope].filter(([, other]) => other.kind === 'module').map(([name]) => name)
    return complain(context, 'UnknownName', { name: module!, near: nearest(module!, modules) }, node.path[0]!)
  }
  if (!symbol.component) return lost()
  const path = rest.join('.')
  const type = symbol.component.types.get(path)
  if (type) {
    for (const [i, name] of node.path.entries())
      if (i === node.path.length - 1) note(context, name, { kind: 'exported', module: symbol, path, type })
      else if (i > 0) note(context, name, { kind: 'interface', module: symbol, path: rest.slice(0, i).join('.') })
    return plain(context, node, type)
  }
  const known = [...symbol.component.types.keys()]
  const near = known.find(name => name.endsWith(`.${path}`)) ?? nearest(path, known)
  return complain(
    context,
    'UnknownType',
    { name: path, near },
    { start: node.path[1]!.start, end: node.path.at(-1)!.end },
  )
}
