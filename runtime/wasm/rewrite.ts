import { fail, ok, type Result } from '../../dag/result.ts'
import { Reader, Refusal, Writer } from './binary.ts'
import { bytesPerTableEntry, reserved } from './budget.ts'
import { opcode as op } from './opcodes.ts'
import { type Growable, type Outline, outline, type Section, sectionId, sectionOrder, type Site } from './sections.ts'

/** A core module that counts its memory, and what its instantiation has to know. */
export interface Rewritten {
  bytes: Uint8Array
  /** What its own memories and tables take at the start, in bytes. */
  initial: number
  /** Whether it imports the budget. */
  metered: boolean
  /** Imported memories and tables that it may grow: how far is known where they were made, and imported. */
  grows: { module: string; name: string; as: string }[]
  /** Own memories and tables that it exports, with the most pages or entries they may have. */
  owned: { name: string; max: number }[]
}

/**
 * Replaces `memory.grow` and `table.grow` by functions of the module itself that count against the budget of the
 * component (`budget.ts`). A grow beyond the limit *ends the task*: a refusal that the guest could see would make
 * results depend on limits. -1 is given for the maximum that the memory or table itself declares, and only for that.
 *
 * Nothing is inserted before what is there but imported globals: functions and types are appended, so that their
 * indices stay, and the indices of the module's own globals move up. A module that grows nothing is left as it is.
 *
 * @returns the bytes to compile, or the sentence that says why this module is refused
 */
export function rewrite(bytes: Uint8Array): Result<Rewritten, string> {
  try {
    const module = outline(bytes)
    const growables = [...module.memories, ...module.tables]
    return ok({
      initial: growables.reduce((sum, growable) => sum + (growable.import ? 0 : initialBytes(growable)), 0),
      owned: owned(module),
      ...replaceGrowth(module),
    })
  } catch (error) {
    if (error instanceof Refusal) return fail(error.message)
    throw error
  }
}

function initialBytes({ kind, min }: Growable): number {
  return min * (kind === 'memory' ? 65536 : bytesPerTableEntry)
}

function owned(module: Outline): Rewritten['owned'] {
  return module.exports.flatMap(({ name, kind, index }) => {
    const growable = kind === 2 ? module.memories[index] : kind === 1 ? module.tables[index] : undefined
    return growable && !growable.import ? [{ name, max: growable.max }] : []
  })
}

/** One function that grows one memory or table. */
interface Grower {
  index: number
  growable: Growable
  type: number
  func: number
  /** Global that holds the maximum of an imported memory or table. */
  maximum?: number
}

function replaceGrowth(module: Outline): Pick<Rewritten, 'bytes' | 'metered' | 'grows'> {
  const growers = new Map<string, Grower>()
  let maxima = 0
  for (const site of module.sites) {
    if (site.op !== op.memoryGrow && site.op !== op.tableGrow) continue
    const growable = (site.op === op.memoryGrow ? module.memories : module.tables)[site.index]
    if (!growable) throw new Refusal('it grows a memory or table that it does not have')
    const key = `${site.op}:${site.index}`
    if (growers.has(key)) continue
    const n = growers.size
    const grower: Grower = { index: site.index, growable, type: module.types + n, func: module.functions + n }
    if (growable.import) grower.maximum = module.importedGlobals + 3 + maxima++
    growers.set(key, grower)
  }
  if (growers.size === 0) return { bytes: module.bytes, metered: false, grows: [] }
  const added = additions([...growers.values()], module.importedGlobals)
  const shift = added[sectionId.import]!.count
  const writer = new Writer().copy(module.bytes, 0, 8)
  const patch = new Patch(module, growers, shift)
  for (const id of sectionOrder) {
    const section = module.sections.find(one => one.id === id)
    const extra = added[id]
    if (!section && !extra) continue
    const out = new Writer()
    const reader = new Reader(module.bytes, section?.start ?? 0, section?.end ?? 0)
    if (extra) out.u32((section ? reader.count() : 0) + extra.count)
    if (section) patch.section(out, section, reader.at)
    extra?.write(out)
    const content = out.done()
    writer.u8(id).u32(content.length).copy(content)
  }
  const grows = [...growers.values()].flatMap(({ growable, maximum }) =>
    growable.import ? [{ ...growable.import, as: maximumName(maximum!) }] : [],
  )
  return { bytes: writer.done(), metered: true, grows }
}

function maximumName(global: number): string {
  return `max${global}`
}

type Addition = { count: number; write: (out: Writer) => void }

/** What is appended to which section. */
function additions(growers: readonly Grower[], importedGlobals: number): { [id: number]: Addition } {
  const maxima = growers.flatMap(({ maximum }) => (maximum === undefined ? [] : [maximum]))
  const shared = ['used', 'limit', 'over']
  const each = (write: (out: Writer, grower: Grower) => void): Addition => ({
    count: growers.length,
    write: out => growers.forEach(grower => write(out, grower)),
  })
  return {
    [sectionId.type]: each((out, { growable }) =>
      growable.kind === 'memory' ? out.u8(0x60, 1, i32, 1, i32) : out.u8(0x60, 2, growable.element!, i32, 1, i32),
    ),
    [sectionId.import]: {
      count: shared.length + maxima.length,
      write: out => {
        for (const name of shared) out.name(reserved).name(name).u8(0x03, i64, 0x01)
        for (const global of maxima) out.name(reserved).name(maximumName(global)).u8(0x03, i64, 0x00)
      },
    },
    [sectionId.function]: each((out, { type }) => out.u32(type)),
    [sectionId.code]: each((out, grower) => {
      const body = growerBody(grower, importedGlobals)
      out.u32(body.length).copy(body)
    }),
  }
}

const i32 = 0x7f
const i64 = 0x7e

/**
 * (n) -> size before, or (entry, n) for a table:
 *
 *     if size + n > maximum: return -1
 *     total = used + n * bytes; if total > limit: over = total; trap
 *     if grow(n) is -1, then the engine has no more: over = -1; trap
 *     used = total
 */
function growerBody({ growable, index, maximum }: Grower, used: number): Uint8Array {
  const [limit, over] = [used + 1, used + 2]
  const table = growable.kind === 'table'
  const [n, total, before] = table ? [1, 2, 3] : [0, 1, 2]
  const shift = Math.log2(table ? bytesPerTableEntry : 65536)
  const out = new Writer().u8(2, 1, i64, 1, i32)
  if (table) out.u8(0xfc, 0x10).u32(index)
  else out.u8(op.memorySize, 0)
  out.u8(op.i64ExtendI32U, op.localGet, n, op.i64ExtendI32U, op.i64Add)
  if (maximum === undefined) out.u8(op.i64Const).s64(BigInt(growable.max))
  else out.u8(op.globalGet).u32(maximum)
  out.u8(op.i64GtU, op.if, 0x40, op.i32Const, 0x7f, op.return, op.end)
  out.u8(op.localGet, n, op.i64ExtendI32U, op.i64Const).s64(BigInt(shift)).u8(op.i64Shl)
  out.u8(op.globalGet).u32(used).u8(op.i64Add, op.localTee, total)
  out.u8(op.globalGet).u32(limit).u8(op.i64GtU)
  out.u8(op.if, 0x40, op.localGet, total, op.globalSet).u32(over).u8(op.unreachable, op.end)
  if (table) out.u8(op.localGet, 0, op.localGet, n, 0xfc, 0x0f).u32(index)
  else out.u8(op.localGet, n, op.memoryGrow, 0)
  out.u8(op.localTee, before, op.i32Const, 0x7f, op.i32Eq)
  out.u8(op.if, 0x40, op.i64Const, 0x7f, op.globalSet).u32(over).u8(op.unreachable, op.end)
  out.u8(op.localGet, total, op.globalSet).u32(used)
  return out.u8(op.localGet, before, op.end).done()
}

/** Copies sections, with the sites in them replaced. */
class Patch {
  readonly #module: Outline
  readonly #growers: ReadonlyMap<string, Grower>
  readonly #shift: number
  /** Sites stand in the order of the bytes, and are passed in that order. */
  #next = 0

  constructor(module: Outline, growers: ReadonlyMap<string, Grower>, shift: number) {
    this.#module = module
    this.#growers = growers
    this.#shift = shift
  }

  /** Copies the content of a section from `start` on. */
  section(out: Writer, { id, end }: Section, start: number): void {
    if (id === sectionId.code) this.#bodies(out)
    else if (id === sectionId.export) this.#exports(out)
    else this.#span(out, start, end)
  }

  #span(out: Writer, start: number, end: number): void {
    const { bytes, sites } = this.#module
    for (; this.#next < sites.length && sites[this.#next]!.start < end; this.#next++) {
      const site = sites[this.#next]!
      out.copy(bytes, start, site.start)
      this.#replace(out, site)
      start = site.end
    }
    out.copy(bytes, start, end)
  }

  #replace(out: Writer, { op: instruction, index }: Site): void {
    const grower = this.#growers.get(`${instruction}:${index}`)
    if (grower) out.u8(op.call).u32(grower.func)
    else out.u8(instruction).u32(index + this.#shift)
  }

  #bodies(out: Writer): void {
    const { bytes, bodies, sites } = this.#module
    for (const { start, body, end } of bodies) {
      const site = sites[this.#next]
      if (!site || site.start >= end) {
        out.copy(bytes, start, end)
        continue
      }
      const inner = new Writer()
      this.#span(inner, body, end)
      const changed = inner.done()
      out.u32(changed.length).copy(changed)
    }
  }

  #exports(out: Writer): void {
    const { exports, importedGlobals } = this.#module
    out.u32(exports.length)
    for (const { name, kind, index } of exports)
      out
        .name(name)
        .u8(kind)
        .u32(kind === 3 && index >= importedGlobals ? index + this.#shift : index)
  }
}
