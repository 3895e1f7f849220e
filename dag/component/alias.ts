import type { CoreSort, ExternType } from './ast.ts'
import { bodyFacts, lookUp } from './facts.ts'
import { quote } from './names.ts'
import { hex, type Reader, refuse } from './reader.ts'
import { entry, type Scope } from './scope.ts'

/** Sorts of the binary format, those of core WebAssembly with `core-` before them. */
export type SortCode =
  | `core-${CoreSort}`
  | 'core-type'
  | 'core-module'
  | 'core-instance'
  | 'func'
  | 'value'
  | 'type'
  | 'component'
  | 'instance'

const coreSorts: Record<number, SortCode> = {
  0x00: 'core-func',
  0x01: 'core-table',
  0x02: 'core-memory',
  0x03: 'core-global',
  0x04: 'core-tag',
  0x10: 'core-type',
  0x11: 'core-module',
  0x12: 'core-instance',
}
const sorts: Record<number, SortCode> = { 1: 'func', 2: 'value', 3: 'type', 4: 'component', 5: 'instance' }

export function readSort(reader: Reader): SortCode {
  const at = reader.at
  const code = reader.byte()
  return code === 0 ? readCoreSort(reader) : (sorts[code] ?? refuse('malformed', `${hex(code)} is no sort.`, at))
}

export function readCoreSort(reader: Reader): SortCode {
  const at = reader.at
  const code = reader.byte()
  return coreSorts[code] ?? refuse('malformed', `${hex(code)} is no core sort.`, at)
}

/** The sorts of entries of core instances, or nothing. */
export function coreSortOf(sort: SortCode): CoreSort | undefined {
  const core = sort.slice('core-'.length) as CoreSort
  return sort.startsWith('core-') && ['func', 'table', 'memory', 'global', 'tag'].includes(core) ? core : undefined
}

/** `alias`, as a definition or inside a type (Binary.md, Alias Definitions). */
export function readAlias(reader: Reader, scope: Scope): void {
  const at = reader.at
  scope.file.budget.define(1, at)
  const sort = readSort(reader)
  const form = reader.byte()
  if (form === 0) aliasExport(sort, reader.u32(), reader.name(), scope, at)
  else if (form === 1) aliasCoreExport(sort, reader.u32(), reader.name(), scope, at)
  else if (form === 2) aliasOuter(sort, reader.u32(), reader.u32(), scope, at)
  else refuse('malformed', `${hex(form)} is no form of an alias.`, at)
}

function aliasExport(sort: SortCode, index: number, name: string, scope: Scope, at: number): void {
  const instance = entry(scope.instances, index, 'instance', at)
  const type = lookUp(instance.exports, name)
  if (!type) refuse('invalid', `Instance ${index} exports no ${quote(name)}.`, at)
  if (type.sort !== sort) refuse('invalid', `The export ${quote(name)} is a ${type.sort}, not a ${sort}.`, at)
  if (scope.kind === 'type' && type.sort !== 'type' && type.sort !== 'instance') {
    refuse('invalid', `A type holds an alias of a ${type.sort}.`, at)
  }
  scope.push(type)
  if (scope.kind === 'component' && type.sort !== 'type') {
    scope.define({ kind: 'alias', instance: index, name, sort: type.sort }, at)
  }
}

function aliasCoreExport(sort: SortCode, index: number, name: string, scope: Scope, at: number): void {
  const type = entry(scope.coreInstances, index, 'core instance', at).get(name)
  if (!type) refuse('invalid', `Core instance ${index} exports no ${quote(name)}.`, at)
  if (coreSortOf(sort) !== type.sort) refuse('invalid', `The core export ${quote(name)} is a ${type.sort}.`, at)
  scope.core[type.sort].push(type)
  scope.define({ kind: 'core-alias', instance: index, name, sort: type.sort }, at)
}

function aliasOuter(sort: SortCode, count: number, index: number, scope: Scope, at: number): void {
  let target: Scope | undefined = scope
  let leaves = false
  for (let i = 0; i < count && target; i++) {
    leaves ||= target.kind === 'component'
    target = target.outer
  }
  if (!target) refuse('invalid', `An alias goes ${count} levels out, where there is nothing.`, at)
  switch (sort) {
    case 'type': {
      const type = entry(target.types, index, 'type', at)
      if (leaves && bodyFacts(type).resources) refuse('invalid', 'An alias brings a resource into a component.', at)
      scope.types.push(type)
      return
    }
    case 'core-type':
      scope.coreTypes.push(entry(target.coreTypes, index, 'core type', at))
      return
    case 'core-module':
    case 'component': {
      if (scope.kind === 'type') refuse('invalid', `A type holds an alias of a ${sort}.`, at)
      const type: ExternType =
        sort === 'component'
          ? entry(target.components, index, 'component', at)
          : { sort, ...entry(target.coreModules, index, 'core module', at) }
      scope.push(type)
      scope.define({ kind: 'outer-alias', count, index, sort }, at)
      return
    }
    default:
      refuse('invalid', `A ${sort} cannot be taken from an outer component.`, at)
  }
}
