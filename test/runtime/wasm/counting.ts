import { Reader, Writer } from '../../../runtime/wasm/binary.ts'
import { opcode as op, walk } from '../../../runtime/wasm/opcodes.ts'
import {
  bytesPerUnit,
  costOf,
  entriesPerUnit,
  instructionCosts,
  unitsPerNewEntry,
  unitsPerPage,
} from '../../../runtime/wasm/schedule.ts'
import { outline, sectionId, sectionOrder } from '../../../runtime/wasm/sections.ts'
import { nanArithmetic } from './signatures.ts'

const [i64, i32, f32, f64, v128] = [0x7e, 0x7f, 0x7d, 0x7c, 0x7b]

/** More than this and a run of {@link counting} traps. */
export const countingLimit = 3_000_000n

/**
 * The simplest meter that could be: a module that counts each instruction by itself, just before it is executed, in a
 * global that it exports as `count`; and that makes every NaN canonical right behind all arithmetic. No regions, no
 * flow: what the rewriter does must come to the same.
 */
export function counting(bytes: Uint8Array): Uint8Array {
  const module = outline(bytes)
  const globals = globalsOf(bytes)
  const writer = new Writer().copy(bytes, 0, 8)
  for (const id of sectionOrder) {
    const section = module.sections.find(one => one.id === id)
    const out = new Writer()
    const reader = new Reader(bytes, section?.start ?? 0, section?.end ?? 0)
    const extend = (write: () => void): void => {
      out.u32((section ? reader.count() : 0) + 1)
      if (section) out.copy(bytes, reader.at, section.end)
      write()
    }
    if (id === sectionId.global) extend(() => out.u8(i64, 1, op.i64Const, 0, op.end))
    else if (id === sectionId.export) extend(() => out.name('count').u8(3).u32(globals))
    else if (id === sectionId.code) {
      out.u32(module.bodies.length)
      for (let i = 0; i < module.bodies.length; i++) out.sized(body(bytes, i, globals))
    } else if (section) out.copy(bytes, section.start, section.end)
    else continue
    writer.u8(id).sized(out.done())
  }
  return writer.done()
}

function globalsOf(bytes: Uint8Array): number {
  const module = outline(bytes)
  const section = module.sections.find(one => one.id === sectionId.global)
  return module.importedGlobals + (section ? new Reader(bytes, section.start, section.end).count() : 0)
}

function body(bytes: Uint8Array, index: number, count: number): Uint8Array {
  const module = outline(bytes)
  const { code, end, locals, groups, count: declared } = module.bodies[index]!
  const type = module.types[module.functionTypes[module.importedFunctions + index]!]!
  const first = type.params.length + declared
  const temporary = { i: first, j: first + 1, f: first + 2, d: first + 3, v: first + 4 }
  const reader = new Reader(bytes, locals, end)
  reader.u32()
  const out = new Writer().u32(groups + 4).copy(bytes, reader.at, code)
  out.u8(2, i32, 1, f32, 1, f64, 1, v128)
  /** Adds what is on the stack, an i64. */
  const add = (): Writer => out.u8(op.globalGet).u32(count).u8(op.i64Add, op.globalSet).u32(count)
  const addLength = (shift: number, round: number): void => {
    out.u8(op.localTee).u32(temporary.i).u8(op.localGet).u32(temporary.i).u8(op.i64ExtendI32U)
    out
      .u8(op.i64Const)
      .s64(BigInt(round))
      .u8(op.i64Add, op.i64Const)
      .s64(BigInt(Math.abs(shift)))
    out.u8(shift < 0 ? op.i64ShrU : op.i64Shl)
    add()
  }
  walk(new Reader(bytes, code, end), (instruction, start, at, to) => {
    let cost = costOf(instruction)
    const calls = instruction === op.call || instruction === op.returnCall
    if (calls && to < module.importedFunctions) cost = instructionCosts.distantCall
    if (cost > 0) {
      out.u8(op.i64Const).s64(BigInt(cost))
      add()
      out.u8(op.globalGet).u32(count).u8(op.i64Const).s64(countingLimit).u8(op.i64GtU)
      out.u8(op.if, 0x40, op.unreachable, op.end)
    }
    if ([op.memoryInit, op.memoryCopy, op.memoryFill].includes(instruction as never))
      addLength(-Math.log2(bytesPerUnit), bytesPerUnit - 1)
    if ([op.tableInit, op.tableCopy, op.tableFill].includes(instruction as never))
      addLength(-Math.log2(entriesPerUnit), entriesPerUnit - 1)
    const grows = instruction === op.memoryGrow || instruction === op.tableGrow
    if (grows) out.u8(op.localTee).u32(temporary.i)
    out.copy(bytes, start, at)
    if (grows) {
      // Charged where it succeeds: it gives -1 otherwise.
      const units = instruction === op.memoryGrow ? unitsPerPage : unitsPerNewEntry
      const [n, before] = [temporary.i, temporary.j]
      out.u8(op.localTee).u32(before).u8(op.localGet).u32(before).u8(op.i32Const, 0x7f, 0x47)
      out.u8(op.if, 0x40, op.localGet).u32(n).u8(op.i64ExtendI32U, op.i64Const)
      out.s64(BigInt(Math.log2(units))).u8(op.i64Shl)
      add().u8(op.end)
    }
    canonical(out, instruction, temporary)
  })
  return out.done()
}

function canonical(out: Writer, instruction: number, temporary: { f: number; d: number; v: number }): void {
  const kind = nanArithmetic.get(instruction)
  if (kind === undefined) return
  const single = [0, 0, 0xc0, 0x7f]
  const double = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]
  if (kind === 'f' || kind === 'd') {
    const local = temporary[kind]
    out
      .u8(op.localTee)
      .u32(local)
      .u8(kind === 'f' ? op.f32Const : op.f64Const, ...(kind === 'f' ? single : double))
    out.u8(op.localGet).u32(local).u8(op.localGet).u32(local)
    out.u8(kind === 'f' ? 0x5b : 0x61, op.select)
    return
  }
  out.u8(op.localTee).u32(temporary.v)
  out.u8(0xfd, 0x0c, ...(kind === 'f32x4' ? [single, single, single, single] : [double, double]).flat())
  out.u8(op.localGet).u32(temporary.v).u8(op.localGet).u32(temporary.v)
  out.u8(0xfd, kind === 'f32x4' ? 0x41 : 0x47, 0xfd, 0x52)
}
