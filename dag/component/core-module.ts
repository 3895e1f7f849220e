import type { Result } from '../result.ts'
import type { CoreExport, CoreExternType, CoreFuncType, CoreImport, CoreModule, CoreSort } from './ast.ts'
import { readFuncDefinition, readGlobalType, readMemoryType, readTableType } from './core-types.ts'
import { detect } from './detect.ts'
import type { ComponentError } from './interface.ts'
import { quote } from './names.ts'
import { attempt, hex, Reader, refuse } from './reader.ts'

/**
 * Decodes the borders of a core module: imports, exports, memories, tables, custom sections (core specification 5.5).
 * Function bodies are left to the engine, which validates the whole module before it runs.
 */
export function decodeCoreModule(bytes: Uint8Array): Result<CoreModule, ComponentError> {
  return attempt(() => {
    const found = detect(bytes)
    if (found.kind === 'other') refuse('not-wasm', `This is not WebAssembly: ${found.hint}.`, 0)
    if (found.kind === 'component') refuse('kind', 'This is a component where a core module is needed.', 0)
    return readCoreModule(new Reader(bytes))
  })
}

/** Section ids in the order in which they must stand; 12 (data count) and 13 (tags) came later. */
const order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]
const maxItems = 1_000_000

interface Spaces {
  types: CoreFuncType[]
  func: CoreExternType[]
  table: CoreExternType[]
  memory: CoreExternType[]
  global: CoreExternType[]
  tag: CoreExternType[]
}

const sorts: CoreSort[] = ['func', 'table', 'memory', 'global', 'tag']

export function readCoreModule(reader: Reader): CoreModule {
  const offset = reader.at
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) reader.expect(byte, 'Preamble of a core module')
  const module: CoreModule = {
    offset,
    bytes: reader.file.subarray(offset, reader.end),
    imports: [],
    exports: [],
    memories: [],
    tables: [],
    customs: [],
  }
  const spaces: Spaces = { types: [], func: [], table: [], memory: [], global: [], tag: [] }
  let last = -1
  while (!reader.done) {
    const at = reader.at
    const id = reader.byte()
    const section = reader.window(reader.u32())
    if (id === 0) {
      keepCustom(module.customs, section, at)
      continue
    }
    const position = order.indexOf(id)
    if (position < 0) refuse('unsupported', `A core module has a section of the unknown kind ${hex(id)}.`, at)
    if (position <= last) refuse('malformed', 'The sections of a core module are out of order.', at)
    last = position
    readSection(id, section, module, spaces)
  }
  return module
}

/** Custom sections that somebody here reads. There may be millions of others, which leave no trace. */
const knownCustoms = /^(component-type(:.*)?|wit-component-encoding|package-docs)$/s
const maxCustoms = 1000

/** Adds a custom section, which begins with its name, to the others. */
export function keepCustom(customs: CoreModule['customs'], section: Reader, at: number): void {
  const name = section.name()
  if (!knownCustoms.test(name)) return
  if (customs.push({ name, bytes: section.bytes() }) > maxCustoms)
    refuse('limit', `There are more than ${maxCustoms} custom sections of ${quote(name)}.`, at)
}

function readSection(id: number, section: Reader, module: CoreModule, spaces: Spaces): void {
  switch (id) {
    case 1:
      spaces.types = items(section, 3, () => readFuncDefinition(section))
      break
    case 2:
      module.imports = items(section, 4, () => readImport(section, spaces))
      break
    case 3:
      items(section, 1, () => spaces.func.push({ sort: 'func', ...typeAt(section, spaces) }))
      break
    case 4:
      module.tables = items(section, 3, () => {
        const initialised = section.peek() === 0x40
        if (initialised) {
          section.byte()
          section.expect(0, 'Table with a first value')
        }
        const type = readTableType(section)
        if (initialised) skipConstant(section)
        spaces.table.push({ sort: 'table', ...type })
        return type
      })
      break
    case 5:
      module.memories = items(section, 2, () => {
        const type = readMemoryType(section)
        spaces.memory.push({ sort: 'memory', ...type })
        return type
      })
      break
    case 6:
      items(section, 4, () => {
        spaces.global.push({ sort: 'global', ...readGlobalType(section) })
        skipConstant(section)
      })
      break
    case 7:
      module.exports = readExports(section, spaces)
      break
    case 13:
      items(section, 2, () => spaces.tag.push(readTag(section, spaces)))
      break
    default:
      return
  }
  section.finish('A section of a core module')
}

function items<T>(section: Reader, size: number, read: () => T): T[] {
  const at = section.at
  const count = section.count(size)
  if (count > maxItems) refuse('limit', `A core module has more than ${maxItems} entries in a section.`, at)
  const list: T[] = []
  for (let i = 0; i < count; i++) list.push(read())
  return list
}

function readImport(section: Reader, spaces: Spaces): CoreImport {
  const [module, name] = [section.name(), section.name()]
  const type = readExternType(section, reader => typeAt(reader, spaces))
  spaces[type.sort].push(type)
  return { module, name, type }
}

/** `core:externtype`: sort and type; `typeOf` reads a type index and resolves it. */
export function readExternType(reader: Reader, typeOf: (reader: Reader) => CoreFuncType): CoreExternType {
  const at = reader.at
  const code = reader.byte()
  switch (code) {
    case 0:
      return { sort: 'func', ...typeOf(reader) }
    case 1:
      return { sort: 'table', ...readTableType(reader) }
    case 2:
      return { sort: 'memory', ...readMemoryType(reader) }
    case 3:
      return { sort: 'global', ...readGlobalType(reader) }
    case 4:
      reader.expect(0, 'Tag')
      return { sort: 'tag', ...typeOf(reader) }
    default:
      return refuse('malformed', `${hex(code)} is no kind of core import or export.`, at)
  }
}

function readExports(section: Reader, spaces: Spaces): CoreExport[] {
  const names = new Set<string>()
  return items(section, 3, () => {
    const at = section.at
    const name = section.name()
    if (names.has(name)) refuse('invalid', `A core module exports ${quote(name)} twice.`, at)
    names.add(name)
    const code = section.byte()
    const sort = sorts[code] ?? refuse('malformed', `${hex(code)} is no kind of core export.`, at)
    const type = spaces[sort][section.u32()]
    return { name, type: type ?? refuse('invalid', `The core export ${quote(name)} names nothing.`, at) }
  })
}

function readTag(section: Reader, spaces: Spaces): CoreExternType {
  section.expect(0, 'Tag')
  return { sort: 'tag', ...typeAt(section, spaces) }
}

function typeAt(section: Reader, spaces: Spaces): CoreFuncType {
  const at = section.at
  return spaces.types[section.u32()] ?? refuse('invalid', 'A core module names a type that it does not define.', at)
}

/** Passes over a constant expression (core specification 3.4.14, extended constants included). */
function skipConstant(section: Reader): void {
  for (;;) {
    const at = section.at
    const code = section.byte()
    if (code === 0x0b) return
    if (code === 0x41 || code === 0x23 || code === 0xd2 || code === 0xd0) section.skipLeb(5)
    else if (code === 0x42) section.skipLeb(10)
    else if (code === 0x43) section.window(4)
    else if (code === 0x44) section.window(8)
    else if (code === 0xfd && section.u32() === 0x0c) section.window(16)
    else if (![0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e].includes(code)) {
      refuse('unsupported', `The initial value of a global uses the instruction ${hex(code)}.`, at)
    }
  }
}
