import { Reader, Refusal } from './binary.ts'
import { reserved } from './budget.ts'
import { Doom } from './doomed.ts'
import { opcode, valueType, walk } from './opcodes.ts'

/** A section of a core module: `start` and `end` bound its content, `header` is where its id stands. */
export interface Section {
  id: number
  header: number
  start: number
  end: number
}

export const sectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const

/** The order in which sections stand; ids do not give it, since `dataCount` came later. */
export const sectionOrder = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11] as const

/** A memory or table: `min` and `max` in pages or entries. `import` names where it comes from. */
export interface Growable {
  kind: 'memory' | 'table'
  index: number
  min: number
  max: number
  /** Reference type of a table. */
  element?: number
  import?: { module: string; name: string }
}

/** A type of functions: the bytes of its value types. */
export interface FuncType {
  params: number[]
  results: number[]
}

/** Of the code section: `start` is where its size stands, `locals` where their groups begin, `code` the instructions. */
export interface Body {
  start: number
  locals: number
  code: number
  end: number
  /** How many locals it declares, its parameters not among them, and in how many groups. */
  count: number
  groups: number
  /** Whether it declares vectors. */
  vectors: boolean
  /** Blocks behind whose end the task cannot but end (`doomed.ts`). */
  doomed: ReadonlySet<number>
}

/** A `global.get` of a global of the module itself, in a constant expression. */
export interface ConstantSite {
  start: number
  end: number
  index: number
}

/** What there is to know about a core module before it is changed. */
export interface Outline {
  bytes: Uint8Array
  sections: Section[]
  types: FuncType[]
  /** Type of each function, imported ones first. */
  functionTypes: number[]
  importedFunctions: number
  importedGlobals: number
  memories: Growable[]
  tables: Growable[]
  exports: { name: string; kind: number; index: number; at: number; end: number }[]
  bodies: Body[]
  /** Whether it has or imports a global that is a vector. */
  vectorGlobals: boolean
  /** Globals of its own, and segments of data and elements. */
  globals: number
  segments: number
  /** In the order of the bytes. */
  constants: ConstantSite[]
  /** Memories and tables that it grows. */
  grown: Set<Growable>
  /** Globals of its own that can be changed, integers all. */
  mutableGlobals: number[]
  /** Whether its code may change what nobody can put back: tables, dropped segments, globals of other types. */
  indelible: boolean
  /** Bytes of the data segments, and entries of the element segments, that its instantiation copies. */
  dataBytes: number
  elements: number
}

const v128 = 0x7b
/** i32 and i64: the bits of a NaN do not come through JavaScript. */
const integers = new Set([0x7f, 0x7e])
/** What changes tables and segments. */
const lasting = new Set<number>([
  ...[opcode.tableSet, opcode.tableInit, opcode.tableCopy, opcode.tableGrow, opcode.tableFill],
  ...[opcode.dataDrop, opcode.elemDrop],
])
const memoryPages = 65536
/** Blocks within each other: more than any label of a `br_table` can need. */
const deepest = 100_000
const tableEntries = 0xffffffff

/**
 * Reads a core module as far as rewriting needs it, and refuses every feature that is not allowed. What it does not
 * look at, the engine's own validation does.
 */
export function outline(bytes: Uint8Array): Outline {
  const reader = new Reader(bytes)
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    if (reader.u8() !== byte) throw new Refusal('it is not a core module of version 1')
  const module: Outline = {
    bytes,
    sections: [],
    types: [],
    functionTypes: [],
    importedFunctions: 0,
    importedGlobals: 0,
    memories: [],
    tables: [],
    exports: [],
    bodies: [],
    vectorGlobals: false,
    globals: 0,
    segments: 0,
    constants: [],
    grown: new Set(),
    mutableGlobals: [],
    indelible: false,
    dataBytes: 0,
    elements: 0,
  }
  let last = -1
  while (reader.at < bytes.length) {
    const header = reader.at
    const id = reader.u8()
    const size = reader.count()
    const section = { id, header, start: reader.at, end: reader.at + size }
    const place = sectionOrder.indexOf(id as (typeof sectionOrder)[number])
    if (id !== sectionId.custom) {
      if (place <= last && place >= 0) throw new Refusal('its sections are out of order')
      last = place
    }
    module.sections.push(section)
    readSection(module, section)
    reader.skip(size)
  }
  return module
}

function readSection(module: Outline, { id, start, end }: Section): void {
  const reader = new Reader(module.bytes, start, end)
  switch (id) {
    case sectionId.custom:
    case sectionId.start:
    case sectionId.dataCount:
      return
    case sectionId.type:
      return types(module, reader)
    case sectionId.import:
      return imports(module, reader)
    case sectionId.function:
      for (let left = reader.count(); left > 0; left--) module.functionTypes.push(reader.u32())
      return
    case sectionId.table:
      for (let left = reader.count(); left > 0; left--)
        module.tables.push({ ...table(reader), index: module.tables.length })
      return
    case sectionId.memory:
      for (let left = reader.count(); left > 0; left--)
        module.memories.push({ ...memory(reader), index: module.memories.length })
      if (module.memories.length > 1) throw new Refusal('it uses multiple memories, which are not allowed')
      return
    case sectionId.global:
      module.globals = reader.count()
      for (let at = 0; at < module.globals; at++) {
        const { type, mutable } = global(module, reader)
        if (mutable && integers.has(type)) module.mutableGlobals.push(module.importedGlobals + at)
        else if (mutable) module.indelible = true
        expression(module, reader)
      }
      return
    case sectionId.export:
      for (let left = reader.count(); left > 0; left--) {
        const at = reader.at
        const name = reader.name()
        const kind = reader.u8()
        module.exports.push({ name, kind, index: reader.u32(), at, end: reader.at })
      }
      return
    case sectionId.element:
      for (let left = reader.count(); left > 0; left--) element(module, reader)
      return
    case sectionId.code:
      for (let left = reader.count(); left > 0; left--) body(module, reader)
      return
    case sectionId.data:
      for (let left = reader.count(); left > 0; left--) data(module, reader)
      return
    case 13:
      throw new Refusal('it uses exception handling, which is not allowed')
    default:
      throw new Refusal(`it has the unknown section ${id}`)
  }
}

function types(module: Outline, reader: Reader): void {
  for (let left = reader.count(); left > 0; left--) {
    const form = reader.u8()
    if (form >= 0x4e && form <= 0x5f) throw new Refusal('it uses garbage collection, which is not allowed')
    if (form !== 0x60) throw new Refusal(`it has the unknown type form 0x${form.toString(16)}`)
    module.types.push({ params: valueTypes(reader), results: valueTypes(reader) })
  }
}

function valueTypes(reader: Reader): number[] {
  const types: number[] = []
  for (let left = reader.count(); left > 0; left--) {
    const type = reader.u8()
    valueType(type)
    types.push(type)
  }
  return types
}

function imports(module: Outline, reader: Reader): void {
  for (let left = reader.count(); left > 0; left--) {
    const from = { module: reader.name(), name: reader.name() }
    if (from.module === reserved) throw new Refusal(`it imports from ${reserved}, a name that only its host may use`)
    const kind = reader.u8()
    if (kind === 0) {
      module.importedFunctions++
      module.functionTypes.push(reader.u32())
    } else if (kind === 1) module.tables.push({ ...table(reader), index: module.tables.length, import: from })
    else if (kind === 2) module.memories.push({ ...memory(reader), index: module.memories.length, import: from })
    else if (kind === 3) {
      global(module, reader)
      module.importedGlobals++
    } else if (kind === 4) throw new Refusal('it uses exception handling, which is not allowed')
    else throw new Refusal(`it has an import of the unknown kind ${kind}`)
  }
}

function global(module: Outline, reader: Reader): { type: number; mutable: boolean } {
  const type = reader.u8()
  valueType(type)
  if (type === v128) module.vectorGlobals = true
  const flags = reader.u8()
  if (flags === 2 || flags === 3) throw new Refusal('it uses threads, which are not allowed')
  if (flags > 1) throw new Refusal('it has a global of an unknown kind')
  return { type, mutable: flags === 1 }
}

function limits(reader: Reader, largest: number): { min: number; max: number } {
  const flags = reader.u8()
  if (flags & 0x08) throw new Refusal('it uses custom page sizes, which are not allowed')
  if (flags & 0x04) throw new Refusal('it uses 64-bit memory, which is not allowed')
  if (flags & 0x02) throw new Refusal('it uses threads, which are not allowed')
  if (flags > 1) throw new Refusal('it has limits of an unknown kind')
  const min = reader.u32()
  return { min, max: flags & 1 ? reader.u32() : largest }
}

function memory(reader: Reader): Omit<Growable, 'index'> {
  return { kind: 'memory', ...limits(reader, memoryPages) }
}

function table(reader: Reader): Omit<Growable, 'index'> {
  const element = reader.u8()
  if (element === 0x40) throw new Refusal('it uses typed function references, which are not allowed')
  valueType(element)
  return { kind: 'table', element, ...limits(reader, tableEntries) }
}

function element(module: Outline, reader: Reader): void {
  module.segments++
  const flags = reader.u32()
  if (flags > 7) throw new Refusal('it has an element segment of an unknown kind')
  const passive = (flags & 1) !== 0
  const explicit = (flags & 2) !== 0
  const expressions = (flags & 4) !== 0
  if (!passive) {
    if (explicit) reader.u32()
    expression(module, reader)
  }
  if (passive || explicit) {
    const kind = reader.u8()
    if (expressions) valueType(kind)
    else if (kind !== 0) throw new Refusal('it has an element segment of an unknown kind')
  }
  const count = reader.count()
  if (!passive) module.elements += count
  for (let left = count; left > 0; left--) {
    if (expressions) expression(module, reader)
    else reader.u32()
  }
}

function data(module: Outline, reader: Reader): void {
  module.segments++
  const flags = reader.u32()
  if (flags > 2) throw new Refusal('it has a data segment of an unknown kind')
  if (flags === 2 && reader.u32() !== 0) throw new Refusal('it uses multiple memories, which are not allowed')
  if (flags !== 1) expression(module, reader)
  const size = reader.count()
  if (flags !== 1) module.dataBytes += size
  reader.skip(size)
}

function body(module: Outline, reader: Reader): void {
  const start = reader.at
  const size = reader.count()
  const end = reader.at + size
  const inner = new Reader(module.bytes, reader.at, end)
  const doom = new Doom()
  const doomed = doom.blocks
  const body: Body = { start, locals: reader.at, code: 0, end, count: 0, groups: inner.count(), vectors: false, doomed }
  for (let left = body.groups; left > 0; left--) {
    body.count += inner.u32()
    const type = inner.u8()
    valueType(type)
    if (type === v128) body.vectors = true
  }
  body.code = inner.at
  module.bodies.push(body)
  walk(inner, (op, _, __, index) => {
    if (lasting.has(op)) module.indelible = true
    doom.step(op)
    if (doom.depth > deepest) throw new Refusal(`a function of the module has blocks more than ${deepest} deep`)
    if (op !== opcode.memoryGrow && op !== opcode.tableGrow) return
    const growable = (op === opcode.memoryGrow ? module.memories : module.tables)[index]
    if (!growable) throw new Refusal('it grows a memory or table that it does not have')
    module.grown.add(growable)
  })
  if (inner.at !== inner.end) throw new Refusal('a function of the module has bytes after its end')
  reader.skip(size)
}

function expression(module: Outline, reader: Reader): void {
  walk(reader, (op, start, end, index) => {
    if (op === opcode.globalGet && index >= module.importedGlobals) module.constants.push({ start, end, index })
  })
}
