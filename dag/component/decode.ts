import type { Result } from '../result.ts'
import type { ComponentBody, ComponentType, CoreModule } from './ast.ts'
import { readAlias } from './alias.ts'
import { readCanon } from './canon.ts'
import { keepCustom, readCoreModule } from './core-module.ts'
import { detect } from './detect.ts'
import { type Docs, readDocs } from './docs.ts'
import { interfaceOf } from './extract.ts'
import { measureExtern } from './facts.ts'
import { readCoreInstance, readInstance, readNamed } from './instances.ts'
import type { Component, ComponentError } from './interface.ts'
import { Matcher } from './match.ts'
import { quote } from './names.ts'
import { attempt, hex, Reader, refuse } from './reader.ts'
import { FileState, Scope } from './scope.ts'
import { forEachResource, Substituter } from './substitute.ts'
import {
  componentTypeOf,
  readCoreType,
  readDeclared,
  readExternName,
  readImport,
  readTypeDefinition,
} from './type-section.ts'

/**
 * Decodes and validates a component (Component Model, Binary.md): types of all imports, exports, lifted and lowered
 * functions, arguments of instantiations and the borders of core modules; not the bodies of core functions, which
 * the engine validates. Whatever the bytes, the answer is a value, in time and memory linear in their number.
 */
export function decodeComponent(bytes: Uint8Array): Result<Component, ComponentError> {
  return attempt(() => {
    const found = detect(bytes)
    if (found.kind === 'other') refuse('not-wasm', `This is not a component: ${found.hint}.`, 0)
    if (found.kind === 'core') {
      refuse('kind', 'This is a core module, not a component. It says nothing of its types.', 0)
    }
    const { body, docs } = decodeBody(new Reader(bytes), new FileState())
    return { root: body, interface: interfaceOf(body, docs) }
  })
}

export interface Decoded {
  body: ComponentBody
  docs: Docs
  customs: CoreModule['customs']
}

/** A window that begins with the preamble of a component; refuses by exception (`attempt`). */
export function decodeBody(reader: Reader, file: FileState): Decoded {
  const customs: CoreModule['customs'] = []
  const body = readBody(reader, new Scope('component', file, undefined, 0), customs)
  return { body, docs: readDocs(customs), customs }
}

function readBody(reader: Reader, scope: Scope, customs?: CoreModule['customs']): ComponentBody {
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]) reader.expect(byte, 'Preamble of a component')
  while (!reader.done) {
    const at = reader.at
    const id = reader.byte()
    const section = reader.window(reader.u32())
    if (id === 0) {
      if (customs) keepCustom(customs, section, at)
      else section.name()
    } else {
      readSection(id, section, scope, at)
      section.finish('A section')
    }
  }
  checkResources(scope, reader.end)
  return { definitions: scope.definitions, ...componentTypeOf(scope) }
}

function readSection(id: number, section: Reader, scope: Scope, at: number): void {
  switch (id) {
    case 1: {
      scope.file.module(at)
      const module = readCoreModule(section)
      scope.coreModules.push(module)
      return scope.define({ kind: 'core-module', module }, at)
    }
    case 2:
      return each(section, 2, () => readCoreInstance(section, scope))
    case 3:
      return each(section, 2, () => scope.coreTypes.push(readCoreType(section, scope)))
    case 4: {
      const component = readBody(section, new Scope('component', scope.file, scope, at))
      const { imports, exports, takes, introduces } = component
      const type: ComponentType = { imports, exports, takes, introduces }
      scope.components.push(measureExtern({ sort: 'component' as const, ...type }, at))
      return scope.define({ kind: 'component', component }, at)
    }
    case 5:
      return each(section, 2, () => readInstance(section, scope))
    case 6:
      return each(section, 3, () => readAlias(section, scope))
    case 7:
      return each(section, 1, () => readTypeDefinition(section, scope))
    case 8:
      return each(section, 1, () => readCanon(section, scope))
    case 9:
      return refuse('unsupported', 'The component has a start function.', at)
    case 10:
      return each(section, 4, () => readImport(section, scope))
    case 11:
      return each(section, 4, () => readExport(section, scope))
    case 12:
      return refuse('unsupported', 'The component defines values.', at)
    default:
      return refuse('unsupported', `The component has a section of the unknown kind ${hex(id)}.`, at)
  }
}

function each(section: Reader, size: number, read: () => void): void {
  for (let left = section.count(size); left > 0; left--) read()
}

/** `export`: makes an entry visible and pushes it once more, with the type that is stated for it if there is one. */
function readExport(section: Reader, scope: Scope): void {
  const at = section.at
  const name = scope.exportNames.add(readExternName(section), 'exports', at)
  const { named, type } = readNamed(section, scope, name)
  const stated = section.byte()
  if (stated > 1) refuse('malformed', `${hex(stated)} does not say whether a type follows.`, at)
  let visible = type
  if (stated === 1) {
    const asked = readDeclared(section, scope, name)
    const matcher = new Matcher(asked.bindings, scope.file.budget, at)
    const why = matcher.extern(type, asked.type)
    if (why) refuse('invalid', `The export ${quote(name)} is not what is stated for it: ${why}.`, at)
    visible = new Substituter(matcher.map, scope.file.budget, at).extern(asked.type)
  }
  scope.exports.push({ name, type: visible })
  scope.push(visible)
  scope.define({ kind: 'export', ...named }, at)
}

/** Every resource in an exported type is itself exported or came from outside; imports know outside ones only. */
function checkResources(scope: Scope, at: number): void {
  const visible = new Set(scope.takes.map(binding => binding.resource.id))
  const check = (what: string): void =>
    forEachResource(what === 'import' ? scope.imports : scope.exports, ({ id, name }) => {
      if (!visible.has(id)) refuse('invalid', `An ${what} mentions ${quote(name)}, which is hidden inside.`, at)
    })
  check('import')
  for (const { resource } of componentTypeOf(scope).introduces) visible.add(resource.id)
  check('export')
}
