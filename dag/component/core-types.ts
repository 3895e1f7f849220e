import type { CoreFuncType, CoreValueType, MemoryType, TableType } from './ast.ts'
import { hex, type Reader, refuse } from './reader.ts'

/** Types of core modules (core specification 5.3), shared by modules themselves and module types of components. */

const numeric: Record<number, CoreValueType> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
  0x7b: 'v128',
  0x70: 'funcref',
  0x6f: 'externref',
}

export function readCoreValueType(reader: Reader): CoreValueType {
  const at = reader.at
  const code = reader.byte()
  const plain = numeric[code]
  if (plain) return plain
  if (code === 0x63 || code === 0x64) {
    reader.s33()
    return 'ref'
  }
  if (code >= 0x68 && code <= 0x74) return 'ref'
  return refuse('malformed', `${hex(code)} is no core value type.`, at)
}

export function readCoreFuncType(reader: Reader): CoreFuncType {
  return {
    params: reader.list(1, () => readCoreValueType(reader)),
    results: reader.list(1, () => readCoreValueType(reader)),
  }
}

/** A function type with its opcode; recursive types of the garbage collection proposal are refused by name. */
export function readFuncDefinition(reader: Reader): CoreFuncType {
  const at = reader.at
  const code = reader.byte()
  if (code === 0x60) return readCoreFuncType(reader)
  if ([0x4e, 0x4f, 0x50, 0x5e, 0x5f].includes(code)) {
    refuse('unsupported', 'The module defines struct, array or recursive types (garbage collection).', at)
  }
  return refuse('malformed', `${hex(code)} is no core type.`, at)
}

export function readMemoryType(reader: Reader): MemoryType {
  const at = reader.at
  const flags = reader.byte()
  if (flags > 0x0f) refuse('malformed', `${hex(flags)} is no kind of memory.`, at)
  const size = flags & 4 ? () => reader.u64() : () => BigInt(reader.u32())
  const type: MemoryType = { min: size(), shared: (flags & 2) !== 0, memory64: (flags & 4) !== 0, pageBits: 16 }
  if (flags & 1) type.max = size()
  if (flags & 8) type.pageBits = reader.u32()
  return type
}

export function readTableType(reader: Reader): TableType {
  const element = readCoreValueType(reader)
  const at = reader.at
  const flags = reader.byte()
  if (flags > 0x07) refuse('malformed', `${hex(flags)} is no kind of table.`, at)
  const size = flags & 4 ? () => reader.u64() : () => BigInt(reader.u32())
  const type: TableType = { element, min: size(), table64: (flags & 4) !== 0 }
  if (flags & 1) type.max = size()
  return type
}

export function readGlobalType(reader: Reader): { value: CoreValueType; mutable: boolean } {
  const value = readCoreValueType(reader)
  const at = reader.at
  const mutable = reader.byte()
  if (mutable === 2 || mutable === 3) refuse('unsupported', 'A global is shared between threads.', at)
  if (mutable > 1) refuse('malformed', `${hex(mutable)} is no mutability of a global.`, at)
  return { value, mutable: mutable === 1 }
}
