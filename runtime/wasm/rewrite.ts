import { fail, ok, type Result } from '../../dag/result.ts'
import { Reader, Refusal, Writer } from './binary.ts'
import { type Around, rewriteBody } from './body.ts'
import { bytesPerTableEntry, reserved } from './budget.ts'
import { type Counters, type Grower, growerBody, growerType } from './growers.ts'
import { opcode as op } from './opcodes.ts'
import { bytesPerUnit, entriesPerUnit, unitsPerInstance, unitsPerNewEntry, unitsPerPage } from './schedule.ts'
import {
  type FuncType,
  type Growable,
  type Outline,
  outline,
  type Section,
  sectionId,
  sectionOrder,
} from './sections.ts'

/** A core module that counts what it uses, and what its instantiation has to know. */
export interface Rewritten {
  bytes: Uint8Array
  /** What its own memories and tables take at the start, in bytes. */
  initial: number
  /** What an instance of it costs, in units of gas, apart from its start function. */
  gas: number
  /** How many definitions of a component an instance of it counts as (`definitions.ts`). */
  definitions: number
  /** Whether it imports the counters of gas and stack, and those of memory. */
  metered: boolean
  growing: boolean
  /** Imported memories and tables that it may grow: how far is known where they were made, and imported. */
  grows: { module: string; name: string; as: string }[]
  /** Own memories and tables that it exports, with the most pages or entries they may have. */
  owned: { name: string; max: number }[]
  /**
   * Exports that hold all that calls can change in an instance: its own memory and mutable globals. `undefined` where
   * there is more, such as a table, or a segment that is dropped.
   */
  state: string[] | undefined
}

/**
 * Makes a core module count its gas, its stack and its memory against the budget of the component (`budget.ts`), and
 * give the same NaNs on every machine. `body.ts` says what becomes of a function; `memory.grow` and `table.grow` become
 * calls of functions that are added (`growers.ts`). A grow beyond the limit *ends the task*: a refusal that the guest
 * could see would make results depend on limits. -1 is given for the maximum that the memory or table itself declares,
 * and only for that.
 *
 * Nothing is inserted before what is there but imported globals: functions and types are appended, so that their
 * indices stay, and the indices of the module's own globals move up. Custom sections are left out.
 *
 * @returns the bytes to compile, or the sentence that says why this module is refused
 */
export function rewrite(bytes: Uint8Array): Result<Rewritten, string> {
  try {
    const module = outline(bytes)
    // What is written trusts the indices and labels that it reads.
    if (!WebAssembly.validate(bytes)) return fail(invalidity(bytes))
    const growables = [...module.memories, ...module.tables].filter(growable => !growable.import)
    return ok({
      initial: growables.reduce((sum, growable) => sum + initialBytes(growable), 0),
      gas: instanceGas(module, growables),
      definitions: weightOf(module),
      owned: owned(module),
      state: module.indelible ? undefined : stateOf(module).map(({ name }) => name),
      ...meter(module),
    })
  } catch (error) {
    if (error instanceof Refusal) return fail(error.message)
    throw error
  }
}

function invalidity(bytes: Uint8Array): string {
  try {
    void new WebAssembly.Module(bytes)
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return error.message.replace(/^WebAssembly\.Module\(\): /, '')
    throw error
  }
  throw new Error('a module is valid and is not')
}

function initialBytes({ kind, min }: Growable): number {
  return min * (kind === 'memory' ? 65536 : bytesPerTableEntry)
}

function instanceGas({ dataBytes, elements }: Outline, growables: Growable[]): number {
  const made = growables.reduce(
    (sum, { kind, min }) => sum + min * (kind === 'memory' ? unitsPerPage : unitsPerNewEntry),
    0,
  )
  return unitsPerInstance + made + Math.ceil(dataBytes / bytesPerUnit) + Math.ceil(elements / entriesPerUnit)
}

/** By what engines keep for each instance: about 400 bytes for an exported function or a table, 16 for any function. */
function weightOf(module: Outline): number {
  const { functionTypes, importedFunctions, importedGlobals, memories, tables, globals, segments } = module
  const imports = importedFunctions + importedGlobals + [...memories, ...tables].filter(one => one.import).length
  const exports = module.exports.length + addedState(module).length
  return imports + 2 * (exports + tables.length) + Math.floor((functionTypes.length + globals + segments) / 16)
}

function owned(module: Outline): Rewritten['owned'] {
  return module.exports.flatMap(({ name, kind, index }) => {
    const growable = kind === 2 ? module.memories[index] : kind === 1 ? module.tables[index] : undefined
    return growable && !growable.import ? [{ name, max: growable.max }] : []
  })
}

/** An export under which the host finds a memory or a global. */
interface StateExport {
  name: string
  kind: number
  index: number
}

/** A module without code changes nothing by itself: what others can change of it, it exports already. */
function stateOf({ bodies, exports, memories, mutableGlobals }: Outline): StateExport[] {
  if (bodies.length === 0) {
    const globals = new Set(mutableGlobals)
    return exports.filter(({ kind, index }) =>
      kind === 2 ? !memories[index]!.import : kind === 3 && globals.has(index),
    )
  }
  const own = [
    ...memories.flatMap((memory, index) => (memory.import ? [] : [{ kind: 2, index }])),
    ...mutableGlobals.map(index => ({ kind: 3, index })),
  ]
  // A name that no export has before its last slash.
  const taken = new Set(exports.map(({ name }) => name.slice(0, name.lastIndexOf('/'))))
  let free = 0
  while (taken.has(`${reserved}/${free}`)) free++
  return own.map((one, at) => ({ ...one, name: `${reserved}/${free}/${at}` }))
}

/** What is exported on top of the module's own exports. */
function addedState(module: Outline): StateExport[] {
  return module.indelible || module.bodies.length === 0 ? [] : stateOf(module)
}

function meter(module: Outline): Pick<Rewritten, 'bytes' | 'metered' | 'growing' | 'grows'> {
  if (module.bodies.length === 0) return { bytes: module.bytes, metered: false, growing: false, grows: [] }
  const growing = module.grown.size > 0
  const counters = countersOf(module, growing)
  let globals = growing ? counters.over + 1 : counters.stack + 1
  const growers = [...module.grown].map((growable, n): Grower => {
    const maximum = growable.import ? globals++ : undefined
    return { growable, func: module.functionTypes.length + n, maximum }
  })
  const bytes = write(module, counters, growers, globals - module.importedGlobals)
  const grows = growers.flatMap(({ growable, maximum }) =>
    growable.import ? [{ ...growable.import, as: maximumName(maximum!) }] : [],
  )
  return { bytes, metered: true, growing, grows }
}

function countersOf({ importedGlobals: first }: Outline, growing: boolean): Counters {
  const memory = growing ? { used: first + 2, limit: first + 3, over: first + 4 } : { used: -1, limit: -1, over: -1 }
  return { gas: first, stack: first + 1, ...memory }
}

function maximumName(global: number): string {
  return `max${global}`
}

type Addition = { count: number; write: (out: Writer) => void }

const i32 = 0x7f
const i64 = 0x7e

/** @param shift how many globals are imported on top of its own imports */
function write(module: Outline, counters: Counters, growers: readonly Grower[], shift: number): Uint8Array {
  const types = new Types(module.types)
  const around: Around = {
    module,
    counters,
    growers: new Map(growers.map(grower => [grower.growable, grower])),
    shift,
    typeIndex: type => types.indexOf(type),
  }
  // Before the types are written, since they may ask for more of them.
  const bodies = new Writer()
  for (let i = 0; i < module.bodies.length; i++) bodies.sized(rewriteBody(around, i))
  for (const grower of growers) bodies.sized(growerBody(grower, counters))
  const growerTypes = growers.map(grower => types.indexOf(growerType(grower)))
  const imported = importedCounters(counters, growers)
  const state = addedState(module)
  const added: { [id: number]: Addition } = {
    [sectionId.type]: { count: types.added.length, write: out => types.added.forEach(type => writeType(out, type)) },
    [sectionId.import]: { count: shift, write: out => void out.copy(imported) },
    [sectionId.export]: { count: state.length, write: out => writeExports(out, module, state, shift) },
    [sectionId.function]: { count: growers.length, write: out => growerTypes.forEach(type => out.u32(type)) },
  }
  const writer = new Writer().copy(module.bytes, 0, 8)
  for (const id of sectionOrder) {
    const section = module.sections.find(one => one.id === id)
    const extra = added[id]
    if (!section && !extra) continue
    const out = new Writer()
    if (id === sectionId.code) out.u32(module.bodies.length + growers.length).copy(bodies.done())
    else if (id === sectionId.export) extra!.write(out)
    else {
      const reader = new Reader(module.bytes, section?.start ?? 0, section?.end ?? 0)
      if (extra) out.u32((section ? reader.count() : 0) + extra.count)
      if (section) copyConstants(out, module, reader.at, section, shift)
      extra?.write(out)
    }
    writer.u8(id).sized(out.done())
  }
  return writer.done()
}

/** The types of a module, and those that are appended to them. */
class Types {
  readonly added: FuncType[] = []
  readonly #first: number
  readonly #indices = new Map<string, number>()

  constructor(types: readonly FuncType[]) {
    this.#first = types.length
    types.forEach((type, i) => this.#indices.set(keyOf(type), i))
  }

  indexOf(type: FuncType): number {
    const key = keyOf(type)
    const known = this.#indices.get(key)
    if (known !== undefined) return known
    const index = this.#first + this.added.push(type) - 1
    this.#indices.set(key, index)
    return index
  }
}

function keyOf({ params, results }: FuncType): string {
  return `${params.join()}>${results.join()}`
}

function writeType(out: Writer, { params, results }: FuncType): void {
  out.u8(0x60).u32(params.length)
  for (const type of params) out.u8(type)
  out.u32(results.length)
  for (const type of results) out.u8(type)
}

function importedCounters({ used }: Counters, growers: readonly Grower[]): Uint8Array {
  const out = new Writer()
  const mutable = (name: string, type: number): Writer => out.name(reserved).name(name).u8(0x03, type, 0x01)
  mutable('gas', i64)
  mutable('stack', i32)
  if (used >= 0) for (const name of ['used', 'limit', 'over']) mutable(name, i64)
  for (const { maximum } of growers)
    if (maximum !== undefined) out.name(reserved).name(maximumName(maximum)).u8(0x03, i64, 0x00)
  return out.done()
}

function writeExports(
  out: Writer,
  { exports, importedGlobals }: Outline,
  state: readonly StateExport[],
  shift: number,
): void {
  out.u32(exports.length + state.length)
  for (const { name, kind, index } of [...exports, ...state])
    out
      .name(name)
      .u8(kind)
      .u32(kind === 3 && index >= importedGlobals ? index + shift : index)
}

/** Copies the content of a section, with the globals in its constant expressions moved up. */
function copyConstants(
  out: Writer,
  { bytes, constants }: Outline,
  start: number,
  { end }: Section,
  shift: number,
): void {
  for (const site of constants) {
    if (site.start < start || site.start >= end) continue
    out
      .copy(bytes, start, site.start)
      .u8(op.globalGet)
      .u32(site.index + shift)
    start = site.end
  }
  out.copy(bytes, start, end)
}
