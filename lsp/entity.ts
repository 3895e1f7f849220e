import { failureType } from '../dag/failure.ts'
import { checkType, encodeType } from '../dag/types.ts'
import { origins, type Composite, type Target } from '../compiler/notes.ts'
import { close, resolve, type Open } from '../compiler/open.ts'
import type { Symbol } from '../compiler/scope.ts'
import type { Call, Name, Node, Param, Reference } from '../grammar/nodes.ts'
import type { Range, View } from './interface.ts'
import { itemAt, targetOf, textOf } from './tree.ts'
import { witOf, witPath } from './virtual.ts'

/** Where something is declared. */
export interface Declaration extends Range {
  path: string
  /** Of its name. */
  name: Range
}

/** What a name stands for, wherever it is used: plain data, which stays good when the view does not. */
export interface Entity {
  kind: 'local' | 'parameter' | Symbol['kind'] | 'operation' | 'interface' | 'function' | 'exported' | 'field' | 'case'
  /** As it is declared. */
  name: string
  /** The same for all names of one thing, and for no others. */
  key: string
  /** Whether other files can name it. */
  shared: boolean
  /** Absent where no text declares it. */
  declaration?: Declaration
}

/** What a name of a file stands for, as a thing of its own; undefined of what the language has itself. */
export function entityOf(view: View, node: Name | Reference, target: Target): Entity | undefined {
  switch (target.kind) {
    case 'local': {
      const { name, at } = target.binding
      return at && { ...placed('local', name, view.path, at, at), shared: isShared(view, at) }
    }
    case 'symbol':
      return symbolEntity(symbolAt(view, node, target.symbol))
    case 'operation': {
      const effect = current(target.effect)
      const name = target.operation.op.slice(target.operation.op.indexOf('/') + 1)
      const node = effect.node.operations.find(operation => operation.name.text === name)
      return node && placed('operation', name, effect.home.path, node, node.name)
    }
    case 'parameter':
      return parameterEntity(view, target)
    case 'interface':
      return componentEntity('interface', target.module, target.path)
    case 'function':
      return componentEntity('function', target.module, target.func.path)
    case 'exported':
      return componentEntity('exported', target.module, target.path)
    case 'stated':
      return componentEntity('parameter', target.module, `${target.func.path}#${target.name}`)
    case 'field':
    case 'case':
      return memberEntity(view, target.name, target.of)
  }
}

function symbolEntity({ kind, home, node }: Symbol): Entity {
  const at = node.kind === 'ImportedName' ? (node.alias ?? node.name) : node.name
  const name = at.text
  const known = home.scope.get(name)
  // Two of one name are told apart by their places, and what they are called by stands for neither.
  const place = known?.kind === 'lost' && known.clash && kind !== 'lost' ? ` ${at.start}` : ''
  const key = `symbol ${home.path} ${name}${place}`
  const shared = kind === 'job' ? node.exported : kind === 'type' || kind === 'const' || kind === 'effect'
  return { kind, name, key, shared, declaration: { path: home.path, ...rangeOf(node), name: rangeOf(at) } }
}

/** Whether calls in other files may name a parameter. */
function isShared({ tree }: View, { start }: Name): boolean {
  const item = itemAt(tree, start)
  return item?.kind === 'EffectDeclaration' || (item?.kind === 'Job' && item.exported && start < item.body.start)
}

/** A symbol as its file has it now: what was checked before may have noted one of a text before. */
export function current<S extends Symbol>(symbol: S): S {
  const now = symbol.home.scope.get(symbol.name)
  return now?.kind === symbol.kind ? (now as S) : symbol
}

/** What a name stands for in its file now: what was checked before may have noted what it stood for then. */
export function symbolAt(view: View, node: Name | Reference, symbol: Symbol): Symbol {
  // Names of imports are noted each time.
  if (itemAt(view.tree, node.start)?.kind === 'ImportNames') return symbol
  const now = view.scope.get(textOf(node))
  return now?.kind === symbol.kind ? now : current(symbol)
}

function placed(
  kind: Entity['kind'],
  name: string,
  path: string,
  node: { start: number; end: number },
  at: { start: number; end: number },
): Entity {
  const declaration = { path, ...rangeOf(node), name: rangeOf(at) }
  return { kind, name, key: `at ${path} ${at.start}`, shared: true, declaration }
}

function rangeOf({ start, end }: { start: number; end: number }): Range {
  return { start, end }
}

/** The parameter that a named argument goes to, where what is called is declared. */
function parameterEntity(view: View, { call, name }: Target & { kind: 'parameter' }): Entity | undefined {
  const callee = calleeOf(view, call)
  switch (callee?.kind) {
    case 'symbol': {
      const { symbol } = callee
      return symbol.kind === 'job' ? ofParams(symbol.node.params, symbol.home.path, name) : undefined
    }
    case 'operation': {
      const effect = current(callee.effect)
      const op = callee.operation.op.slice(callee.operation.op.indexOf('/') + 1)
      const node = effect.node.operations.find(operation => operation.name.text === op)
      return node && ofParams(node.params, effect.home.path, name)
    }
    case 'function':
      return componentEntity('parameter', callee.module, `${callee.func.path}#${name}`)
  }
  return undefined
}

function ofParams(params: Param[], path: string, name: string): Entity | undefined {
  const node = params.find(param => param.name.text === name)
  return node && placed('local', name, path, node, node.name)
}

/** What a call calls. */
export function calleeOf(view: View, { callee }: Call): Target | undefined {
  const name = callee.kind === 'Access' ? callee.name : callee
  const target = name.kind === 'Name' || name.kind === 'Reference' ? targetOf(view, name) : undefined
  return target?.kind === 'symbol'
    ? { ...target, symbol: symbolAt(view, name as Name | Reference, target.symbol) }
    : target
}

function componentEntity(kind: Entity['kind'], module: Symbol & { kind: 'module' }, path: string): Entity {
  const { component } = module
  const name = path.slice(Math.max(path.lastIndexOf('.'), path.lastIndexOf('#')) + 1)
  const found = witOf(module)?.places.get(path)
  const key = `component ${component?.cid} ${path}`
  return {
    kind,
    name,
    key,
    shared: true,
    ...(found ? { declaration: { path: witPath(module), ...found, name: found } } : {}),
  }
}

/**
 * A field, a case or a flag. Types are what they are made of, whatever they are called: it is that of the type that the
 * value was given by its source, else that of the first type of the file that is made alike, else of the first that its
 * components export, else that of all types of the file that are made alike.
 */
export function memberEntity(view: View, name: string, type: Open): Entity | undefined {
  const of = resolve(type)
  if (of === failureType || !namesOf(of)?.includes(name)) return undefined
  const kind = of.kind === 'record' ? 'field' : 'case'
  const written = writtenMember(of, name) ?? writtenMember(aliasOf(view, of), name)
  if (written) return placed(kind, name, written.path, written.node, written.name)
  const exported = exportedAs(view, of)
  if (exported) return componentEntity(kind, exported.module, `${exported.path}#${name}`)
  return { kind, name, key: `member ${name} of ${printOf(of)} in ${view.path}`, shared: false }
}

function writtenMember(type: Open | undefined, name: string): { path: string; node: Node; name: Name } | undefined {
  const origin = type && origins.get(type)
  const member = origin && memberOf(origin.node, name)
  if (!member) return undefined
  const { path, source } = origin.home
  // The text may have changed around it since.
  return source.slice(member.name.start, member.name.end) === name ? { path, ...member } : undefined
}

function memberOf(type: Composite, member: string): { node: Node; name: Name } | undefined {
  switch (type.kind) {
    case 'RecordType':
      return named(type.fields, member)
    case 'VariantType':
      return named(type.cases, member)
    default: {
      const name = (type.kind === 'EnumType' ? type.cases : type.flags).find(({ text }) => text === member)
      return name && { node: name, name }
    }
  }
}

function named(nodes: (Node & { name: Name })[], member: string): { node: Node; name: Name } | undefined {
  const node = nodes.find(({ name }) => name.text === member)
  return node && { node, name: node.name }
}

/** The types of a file that have names in them, the first of those that are made alike. */
const aliases = new WeakMap<View, Map<string, Open>>()

function aliasOf(view: View, type: Open): Open | undefined {
  const print = namesOf(type) && printOf(type)
  if (print === undefined) return undefined
  const known = aliases.get(view) ?? aliasesOf(view)
  aliases.set(view, known)
  return known.get(print)
}

function aliasesOf(view: View): Map<string, Open> {
  const found = new Map<string, Open>()
  for (const symbol of view.scope.values()) {
    if (symbol.kind !== 'type') continue
    const type = resolve(view.checker.typeOf(symbol))
    const print = namesOf(type) && printOf(type)
    if (print !== undefined && !found.has(print)) found.set(print, type)
  }
  return found
}

/** Types that the components of a file export, by how they are made. */
const exports = new WeakMap<View, Map<string, Exported>>()

interface Exported {
  module: Symbol & { kind: 'module' }
  path: string
}

function exportedAs(view: View, type: Open): Exported | undefined {
  const print = namesOf(type) && printOf(type)
  if (print === undefined) return undefined
  const known = exports.get(view) ?? exportsOf(view)
  exports.set(view, known)
  return known.get(print)
}

/** The type that a component of the file exports, which a type is or is made like. */
export function exportedType(view: View, type: Open): Declaration | undefined {
  const found = exportedAs(view, resolve(type))
  return found && componentEntity('exported', found.module, found.path).declaration
}

function exportsOf({ scope }: View): Map<string, Exported> {
  const found = new Map<string, Exported>()
  for (const module of scope.values())
    if (module.kind === 'module')
      for (const [path, type] of module.component?.types ?? []) {
        const print = namesOf(type) && printOf(type)
        if (print !== undefined && !found.has(print)) found.set(print, { module, path })
      }
  return found
}

/** A type as a text that is the same for types that are made alike; undefined where it is open. */
function printOf(type: Open): string | undefined {
  const closed = close(type)
  return closed && checkType(closed).ok ? JSON.stringify(encodeType(closed)) : undefined
}

/** The type of a file that a type was given its names by, or is made like. */
export function writtenType(view: View, type: Open): Declaration | undefined {
  const end = resolve(type)
  const origin = origins.get(end) ?? origins.get(aliasOf(view, end) ?? end)
  if (!origin) return undefined
  const { home, node } = origin
  for (const symbol of home.scope.values())
    if (symbol.kind === 'type' && symbol.node.type === node) {
      const { start, end, name } = symbol.node
      return { path: symbol.home.path, start, end, name: rangeOf(name) }
    }
  return undefined
}

function namesOf(type: Open): string[] | undefined {
  switch (type.kind) {
    case 'record':
      return type.fields.map(field => field.name)
    case 'variant':
      return type.cases.map(entry => entry.name)
    case 'enum':
      return type.cases
    case 'flags':
      return type.flags
    default:
      return undefined
  }
}
