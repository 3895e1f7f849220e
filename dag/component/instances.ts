import type { CoreExternType, ExternDecl, ExternType, Named } from './ast.ts'
import { coreSortOf, readCoreSort, readSort, type SortCode } from './alias.ts'
import { declFacts } from './facts.ts'
import { coreMismatch, Matcher } from './match.ts'
import { Names, quote } from './names.ts'
import { hex, type Reader, refuse } from './reader.ts'
import { entry, instanceOf, type Scope } from './scope.ts'
import { Substituter, type Substitution } from './substitute.ts'
import { readExternName } from './type-section.ts'

/** `core:instance` (Binary.md, Instance Definitions). */
export function readCoreInstance(reader: Reader, scope: Scope): void {
  const at = reader.at
  const form = reader.byte()
  if (form === 0) return instantiateCore(reader, scope, at)
  if (form !== 1) refuse('malformed', `${hex(form)} is no form of a core instance.`, at)
  const types = new Map<string, CoreExternType>()
  const exports = reader.list(3, () => {
    const at = reader.at
    const name = reader.name()
    if (types.has(name)) refuse('invalid', `A core instance exports ${quote(name)} twice.`, at)
    const sort = coreSortOf(readCoreSort(reader)) ?? refuse('unsupported', 'A core instance exports a module.', at)
    const index = reader.u32()
    types.set(name, scope.coreEntry(sort, index, at))
    return { name, sort, index }
  })
  scope.file.budget.define(exports.length, at)
  scope.coreInstances.push(types)
  scope.define({ kind: 'core-bundle', exports }, at)
}

function instantiateCore(reader: Reader, scope: Scope, at: number): void {
  const index = reader.u32()
  const module = entry(scope.coreModules, index, 'core module', at)
  const given = new Map<string, Map<string, CoreExternType>>()
  const args = reader.list(3, () => {
    const at = reader.at
    const name = reader.name()
    if (given.has(name)) refuse('invalid', `A core module is given ${quote(name)} twice.`, at)
    reader.expect(0x12, 'Argument of a core module')
    const instance = reader.u32()
    given.set(name, entry(scope.coreInstances, instance, 'core instance', at))
    return { name, instance }
  })
  scope.file.budget.spend(module.imports.length + module.exports.length, at)
  for (const { module: from, name, type } of module.imports) {
    const actual = given.get(from)?.get(name)
    const import_ = `The core import ${quote(from)} ${quote(name)}`
    if (!actual) refuse('invalid', `${import_} is not given.`, at)
    const why = coreMismatch(actual, type)
    if (why) refuse('invalid', `${import_} does not fit: ${why}.`, at)
  }
  scope.coreInstances.push(new Map(module.exports.map(item => [item.name, item.type])))
  scope.define({ kind: 'core-instantiate', module: index, args }, at)
}

/** `instance`: the instantiation of a component, or a bundle of what is there. */
export function readInstance(reader: Reader, scope: Scope): void {
  const at = reader.at
  const form = reader.byte()
  if (form === 0) return instantiate(reader, scope, at)
  if (form !== 1) refuse('malformed', `${hex(form)} is no form of an instance.`, at)
  const names = new Names()
  const decls: ExternDecl[] = []
  const exports = reader.list(4, () => {
    const name = names.add(readExternName(reader), 'exports of an instance', reader.at)
    const { named, type } = readNamed(reader, scope, name)
    decls.push({ name, type })
    return named
  })
  scope.file.budget.define(exports.length, at)
  scope.instances.push(instanceOf(decls, at))
  scope.define({ kind: 'bundle', exports }, at)
}

function instantiate(reader: Reader, scope: Scope, at: number): void {
  const index = reader.u32()
  const component = entry(scope.components, index, 'component', at)
  const given: ExternDecl[] = []
  const names = new Set<string>()
  const args = reader.list(3, () => {
    const at = reader.at
    const name = reader.name()
    if (names.has(name)) refuse('invalid', `A component is given ${quote(name)} twice.`, at)
    names.add(name)
    const { named, type } = readNamed(reader, scope, name)
    given.push({ name, type })
    return named
  })
  scope.file.budget.define(args.length, at)
  const matcher = new Matcher(component.takes, scope.file.budget, at)
  const why = matcher.decls(given, component.imports)
  if (why) refuse('invalid', `Component ${index} cannot be instantiated: ${why}.`, at)
  const map: Substitution = new Map(matcher.map)
  const resources = scope.renew(component.introduces, map, `instance ${scope.instances.length}`, at)
  for (const { resource } of resources) scope.own.add(resource.id)
  const exports = new Substituter(map, scope.file.budget, at).decls(component.exports)
  scope.instances.push(instanceOf(exports, at))
  scope.define({ kind: 'instantiate', component: index, args, resources }, at)
}

/** `sortidx` of something that gets a name, with its type. */
export function readNamed(reader: Reader, scope: Scope, name: string): { named: Named; type: ExternType } {
  const at = reader.at
  const sort = readSort(reader)
  const index = reader.u32()
  const type = typeOf(sort, index, scope, at)
  scope.file.budget.spend(declFacts(type).size, at)
  if (type.sort !== 'type') return { named: { name, sort: type.sort, index }, type }
  const resource = type.type.kind === 'resource' ? { resource: type.type.resource } : {}
  return { named: { name, sort: 'type', ...resource }, type }
}

function typeOf(sort: SortCode, index: number, scope: Scope, at: number): ExternType {
  switch (sort) {
    case 'func':
      return { sort, type: entry(scope.funcs, index, 'function', at) }
    case 'instance':
      return entry(scope.instances, index, 'instance', at)
    case 'component':
      return entry(scope.components, index, 'component', at)
    case 'type':
      return { sort, type: scope.type(index, at) }
    case 'core-module':
      return { sort, ...entry(scope.coreModules, index, 'core module', at) }
    case 'value':
      return refuse('unsupported', 'The component passes a value at instantiation.', at)
    default:
      return refuse('invalid', `A ${sort} stands where only components and their parts may.`, at)
  }
}
