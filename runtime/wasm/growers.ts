import { Writer } from './binary.ts'
import { bytesPerTableEntry } from './budget.ts'
import { opcode as op } from './opcodes.ts'
import { unitsPerNewEntry, unitsPerPage } from './schedule.ts'
import type { FuncType, Growable } from './sections.ts'

/** A function that grows one memory or table in the place of `memory.grow` or `table.grow`. */
export interface Grower {
  growable: Growable
  /** Index of the function. */
  func: number
  /** Index of the global that holds the maximum of an imported memory or table. */
  maximum: number | undefined
}

/** Indices of the globals that a rewritten module imports. */
export interface Counters {
  gas: number
  stack: number
  used: number
  limit: number
  over: number
}

const i32 = 0x7f
const i64 = 0x7e

export function growerType({ growable }: Grower): FuncType {
  return growable.kind === 'memory'
    ? { params: [i32], results: [i32] }
    : { params: [growable.element!, i32], results: [i32] }
}

/**
 * (n) -> size before, or (entry, n) for a table:
 *
 *     if size + n > maximum: return -1
 *     gas = gas - n * units; if gas < 0: trap
 *     total = used + n * bytes; if total > limit: over = total; trap
 *     if grow(n) is -1, then the engine has no more: over = -1; trap
 *     used = total
 */
export function growerBody({ growable, maximum }: Grower, { gas, used, limit, over }: Counters): Uint8Array {
  const { index } = growable
  const table = growable.kind === 'table'
  const [n, total, before] = table ? [1, 2, 3] : [0, 1, 2]
  const out = new Writer().u8(2, 1, i64, 1, i32)
  const count = (times: number): Writer =>
    out
      .u8(op.localGet, n, op.i64ExtendI32U, op.i64Const)
      .s64(BigInt(Math.log2(times)))
      .u8(op.i64Shl)
  if (table) out.u8(0xfc, 0x10).u32(index)
  else out.u8(op.memorySize, 0)
  out.u8(op.i64ExtendI32U, op.localGet, n, op.i64ExtendI32U, op.i64Add)
  if (maximum === undefined) out.u8(op.i64Const).s64(BigInt(growable.max))
  else out.u8(op.globalGet).u32(maximum)
  out.u8(op.i64GtU, op.if, 0x40, op.i32Const, 0x7f, op.return, op.end)
  out.u8(op.globalGet).u32(gas)
  count(table ? unitsPerNewEntry : unitsPerPage)
  out.u8(op.i64Sub, op.localTee, total, op.globalSet).u32(gas)
  out.u8(op.localGet, total, op.i64Const, 0, op.i64LtS, op.if, 0x40, op.unreachable, op.end)
  count(table ? bytesPerTableEntry : 65536)
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
