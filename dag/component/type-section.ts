import type { CoreFuncType, ExternType, ResourceBinding } from './ast.ts'
import { readAlias } from './alias.ts'
import { readExternType } from './core-module.ts'
import { readFuncDefinition } from './core-types.ts'
import { declFacts, measureExtern } from './facts.ts'
import { checkExternName, quote } from './names.ts'
import { hex, type Reader, refuse } from './reader.ts'
import { type CoreModuleType, type CoreTypeEntry, entry, type ExternOf, Scope } from './scope.ts'
import { exportedResources } from './substitute.ts'
import { readFuncType, readValueDefinition } from './value-types.ts'

/** One entry of the type section (Binary.md, Type Definitions), appended to the type space. */
export function readTypeDefinition(reader: Reader, scope: Scope): void {
  const at = reader.at
  scope.file.budget.define(1, at)
  const code = reader.peek()
  switch (code) {
    case 0x3f:
      reader.byte()
      return readResource(reader, scope, at)
    case 0x40:
    case 0x43: {
      reader.byte()
      const type = readFuncType(reader, scope, code === 0x43, at)
      return void scope.types.push({ kind: 'extern', type: { sort: 'func', type } })
    }
    case 0x41:
      reader.byte()
      return void scope.types.push({ kind: 'extern', type: readComponentType(reader, scope, at) })
    case 0x42:
      reader.byte()
      return void scope.types.push({ kind: 'extern', type: readInstanceType(reader, scope, at) })
    default:
      return void scope.types.push({ kind: 'value', type: readValueDefinition(reader, scope) })
  }
}

function readResource(reader: Reader, scope: Scope, at: number): void {
  if (scope.kind === 'type') refuse('invalid', 'A resource is defined inside a type.', at)
  const rep = reader.byte()
  if (rep !== 0x7f) refuse('unsupported', `A resource is represented by ${hex(rep)} instead of i32.`, at)
  const resource = scope.file.resource(`resource ${scope.types.length}`)
  const hasDtor = reader.byte()
  if (hasDtor > 1) refuse('unsupported', 'A resource has an asynchronous destructor.', at)
  scope.own.add(resource.id)
  scope.defined.add(resource.id)
  scope.types.push({ kind: 'resource', resource })
  if (!hasDtor) return scope.define({ kind: 'resource', resource }, at)
  const dtor = reader.u32()
  const { params, results } = scope.coreFunc(dtor, at)
  if (params.join() !== 'i32' || results.length > 0) {
    refuse('invalid', 'The destructor of a resource is not a function (i32) -> ().', at)
  }
  scope.define({ kind: 'resource', resource, dtor }, at)
}

function readInstanceType(reader: Reader, outer: Scope, at: number): ExternOf<'instance'> {
  const scope = new Scope('type', outer.file, outer, at)
  reader.list(2, () => readDeclaration(reader, scope, false))
  const introduces = exportedResources(scope.exports, scope.own)
  return measureExtern({ sort: 'instance', exports: scope.exports, introduces }, at)
}

function readComponentType(reader: Reader, outer: Scope, at: number): ExternOf<'component'> {
  const scope = new Scope('type', outer.file, outer, at)
  reader.list(2, () => readDeclaration(reader, scope, true))
  return measureExtern({ sort: 'component', ...componentTypeOf(scope) }, at)
}

export function componentTypeOf(scope: Scope): Omit<ExternOf<'component'>, 'sort'> {
  const { imports, exports, takes } = scope
  return { imports, exports, takes, introduces: exportedResources(exports, scope.own) }
}

function readDeclaration(reader: Reader, scope: Scope, component: boolean): void {
  const at = reader.at
  const code = reader.byte()
  if (code === 0x00) scope.coreTypes.push(readCoreType(reader, scope))
  else if (code === 0x01) readTypeDefinition(reader, scope)
  else if (code === 0x02) readAlias(reader, scope)
  else if (code === 0x03 && component) readImport(reader, scope)
  else if (code === 0x04) {
    const name = scope.exportNames.add(readExternName(reader), 'exports', at)
    const { type, bindings } = readDeclared(reader, scope, name)
    for (const { resource } of bindings) scope.own.add(resource.id)
    scope.exports.push({ name, type })
    scope.push(type)
  } else refuse('malformed', `${hex(code)} is no declaration of a type.`, at)
}

/** `import` of a component or component type: name and type; pushes onto the space of its sort. */
export function readImport(reader: Reader, scope: Scope): void {
  const at = reader.at
  const name = scope.importNames.add(readExternName(reader), 'imports', at)
  const { type, bindings } = readDeclared(reader, scope, name)
  for (const { path, resource } of bindings) scope.takes.push({ path: [name, ...path], resource })
  scope.imports.push({ name, type })
  scope.push(type)
  if (scope.kind === 'component') scope.define({ kind: 'import', name, type, resources: bindings }, at)
}

/** `nameattributes`: what the attributes of the third form say does not matter to validation. */
export function readExternName(reader: Reader): string {
  const at = reader.at
  const form = reader.byte()
  if (form > 2) refuse('malformed', `${hex(form)} is no form of a name.`, at)
  const name = checkExternName(reader.name(), at)
  if (form === 2) {
    reader.list(2, () => {
      const attribute = reader.byte()
      if (attribute > 2)
        refuse('unsupported', `The name ${quote(name)} has an attribute of the kind ${hex(attribute)}.`, at)
      reader.name()
    })
  }
  return name
}

/** `externtype` of something that is introduced here: every resource in it that has no other origin is new. */
export function readDeclared(
  reader: Reader,
  scope: Scope,
  name: string,
): { type: ExternType; bindings: ResourceBinding[] } {
  const at = reader.at
  const made = readUncounted(reader, scope, name, at)
  scope.file.budget.spend(declFacts(made.type).size, at)
  return made
}

function readUncounted(
  reader: Reader,
  scope: Scope,
  name: string,
  at: number,
): { type: ExternType; bindings: ResourceBinding[] } {
  const code = reader.byte()
  switch (code) {
    case 0x00: {
      reader.expect(0x11, 'Type of a core module')
      const index = reader.u32()
      const found = entry(scope.coreTypes, index, 'core type', at)
      if (found.kind !== 'module') refuse('invalid', `Core type ${index} is not the type of a module.`, at)
      return { type: { sort: 'core-module', ...found.type }, bindings: [] }
    }
    case 0x01:
      return { type: scope.externType('func', reader.u32(), at), bindings: [] }
    case 0x02:
      return refuse('unsupported', `${quote(name)} is a value import or export.`, at)
    case 0x03: {
      const bound = reader.byte()
      if (bound === 0) return { type: { sort: 'type', type: scope.type(reader.u32(), at) }, bindings: [] }
      if (bound !== 1) refuse('malformed', `${hex(bound)} is no bound of a type.`, at)
      const resource = scope.file.resource(name)
      return { type: { sort: 'type', type: { kind: 'resource', resource } }, bindings: [{ path: [], resource }] }
    }
    case 0x04:
      return { type: scope.externType('component', reader.u32(), at), bindings: [] }
    case 0x05: {
      const type = scope.externType('instance', reader.u32(), at)
      return type.introduces.length === 0 ? { type, bindings: [] } : scope.freshen(type, name, at)
    }
    default:
      return refuse('malformed', `${hex(code)} is no kind of import or export.`, at)
  }
}

/** `core:type`: a function type or a module type. */
export function readCoreType(reader: Reader, scope: Scope): CoreTypeEntry {
  const at = reader.at
  scope.file.budget.define(1, at)
  if (reader.peek() === 0x00) {
    refuse('unsupported', 'There are struct, array or recursive core types (garbage collection).', at)
  }
  if (reader.peek() !== 0x50) return { kind: 'func', type: readFuncDefinition(reader) }
  reader.byte()
  return { kind: 'module', type: readModuleType(reader, scope) }
}

/** Declarations of a module type; its type space begins empty and holds function types only. */
function readModuleType(reader: Reader, scope: Scope): CoreModuleType {
  const types: CoreFuncType[] = []
  const type: CoreModuleType = { imports: [], exports: [] }
  const typeAt = (from: Reader): CoreFuncType => {
    const at = from.at
    return entry(types, from.u32(), 'core type', at)
  }
  const names = new Set<string>()
  reader.list(2, () => {
    const at = reader.at
    scope.file.budget.define(1, at)
    const code = reader.byte()
    if (code === 0)
      type.imports.push({ module: reader.name(), name: reader.name(), type: readExternType(reader, typeAt) })
    else if (code === 1) types.push(readFuncDefinition(reader))
    else if (code === 2) types.push(readOuterCoreType(reader, scope, types))
    else if (code === 3) {
      const name = reader.name()
      if (names.has(name)) refuse('invalid', `A type of a core module exports ${quote(name)} twice.`, at)
      names.add(name)
      type.exports.push({ name, type: readExternType(reader, typeAt) })
    } else refuse('malformed', `${hex(code)} is no declaration of a module type.`, at)
  })
  return type
}

function readOuterCoreType(reader: Reader, scope: Scope, types: CoreFuncType[]): CoreFuncType {
  const at = reader.at
  reader.expect(0x10, 'Alias inside a module type')
  reader.expect(0x01, 'Alias inside a module type')
  const count = reader.u32()
  const index = reader.u32()
  if (count === 0) return entry(types, index, 'core type', at)
  let target: Scope | undefined = scope
  for (let i = 1; i < count && target; i++) target = target.outer
  const found = entry(target?.coreTypes ?? [], index, 'core type', at)
  return found.kind === 'func' ? found.type : refuse('invalid', 'An alias names no core function type.', at)
}
