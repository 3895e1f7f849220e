import { type Reader, Refusal } from './binary.ts'

/**
 * The instruction set that components may use: Wasm 1.0 with sign extension, saturating conversions, multi-value,
 * bulk memory, reference types, 128-bit SIMD, tail calls and extended constant expressions. Whatever is not in these
 * tables is refused by name: a result must not depend on a feature whose determinism or metering nobody has looked at.
 */
export const opcode = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i64LtS: 0x53,
  i64GtU: 0x56,
  f32Le: 0x5f,
  f64Le: 0x65,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  /** Prefixed instructions are numbered `prefix << 8 | number` here. */
  memoryInit: 0xfc08,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  tableSet: 0x26,
  dataDrop: 0xfc09,
  elemDrop: 0xfc0d,
  tableInit: 0xfc0c,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableSize: 0xfc10,
  tableFill: 0xfc11,
  v128Const: 0xfd0c,
  f32x4Eq: 0xfd41,
  f64x2Eq: 0xfd47,
  v128Bitselect: 0xfd52,
} as const

/** Number of different {@link slotOf}. */
export const slots = 0x300

/** Opcodes as indices of a table: plain ones, then those behind `0xfc`, then those behind `0xfd`. */
export function slotOf(op: number): number {
  return op < 0x100 ? op : op - 0xfb00
}

/** What follows an opcode. */
type Immediate =
  | 'none'
  | 'block'
  | 'index'
  | 'indices'
  | 'labels'
  | 'types'
  | 'memarg'
  | 'memory'
  | 'memories'
  | 'leb'
  | 'bytes4'
  | 'bytes8'
  | 'heap'
  | 'data-memory'
  | 'lane'
  | 'memarg-lane'
  | 'bytes16'

type Row = readonly [from: number, to: number, immediate: Immediate]

const plain: readonly Row[] = [
  [0x00, 0x01, 'none'], // unreachable nop
  [0x02, 0x04, 'block'], // block loop if
  [0x05, 0x05, 'none'], // else
  [0x0b, 0x0b, 'none'], // end
  [0x0c, 0x0d, 'index'], // br br_if
  [0x0e, 0x0e, 'labels'], // br_table
  [0x0f, 0x0f, 'none'], // return
  [0x10, 0x10, 'index'], // call
  [0x11, 0x11, 'indices'], // call_indirect
  [0x12, 0x12, 'index'], // return_call
  [0x13, 0x13, 'indices'], // return_call_indirect
  [0x1a, 0x1b, 'none'], // drop select
  [0x1c, 0x1c, 'types'], // select with types
  [0x20, 0x26, 'index'], // local.* global.* table.get table.set
  [0x28, 0x3e, 'memarg'], // loads and stores
  [0x3f, 0x40, 'memory'], // memory.size memory.grow
  [0x41, 0x42, 'leb'], // i32.const i64.const
  [0x43, 0x43, 'bytes4'], // f32.const
  [0x44, 0x44, 'bytes8'], // f64.const
  [0x45, 0xc4, 'none'], // numeric
  [0xd0, 0xd0, 'heap'], // ref.null
  [0xd1, 0xd1, 'none'], // ref.is_null
  [0xd2, 0xd2, 'index'], // ref.func
]

const bulk: readonly Row[] = [
  [0, 7, 'none'], // saturating conversions
  [8, 8, 'data-memory'], // memory.init
  [9, 9, 'index'], // data.drop
  [10, 10, 'memories'], // memory.copy
  [11, 11, 'memory'], // memory.fill
  [12, 12, 'indices'], // table.init
  [13, 13, 'index'], // elem.drop
  [14, 14, 'indices'], // table.copy
  [15, 17, 'index'], // table.grow table.size table.fill
]

const simd: readonly Row[] = [
  [0x00, 0x0b, 'memarg'],
  [0x0c, 0x0d, 'bytes16'], // v128.const i8x16.shuffle
  [0x0e, 0x14, 'none'],
  [0x15, 0x22, 'lane'],
  [0x23, 0x53, 'none'],
  [0x54, 0x5b, 'memarg-lane'],
  [0x5c, 0x5d, 'memarg'],
  [0x5e, 0xff, 'none'],
]
/** Numbers inside the SIMD range that were never given to an instruction. */
const simdHoles = [
  0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2,
  0xee,
]

function table(rows: readonly Row[], holes: readonly number[] = []): (Immediate | undefined)[] {
  const out = new Array<Immediate | undefined>(256).fill(undefined)
  for (const [from, to, immediate] of rows) out.fill(immediate, from, to + 1)
  for (const hole of holes) out[hole] = undefined
  return out
}

const plainTable = table(plain)
const bulkTable = table(bulk)
const simdTable = table(simd, simdHoles)

/** Features that are known and not allowed, by the first opcodes that betray them. */
const refusedFeatures: readonly (readonly [feature: string, opcodes: readonly number[]])[] = [
  ['exception handling', [0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f]],
  ['typed function references', [0x14, 0x15, 0xd4, 0xd5, 0xd6]],
  ['garbage collection', [0xd3, 0xfb]],
  ['threads', [0xfe]],
]

function refuse(op: number, prefix?: number): never {
  if (prefix === 0xfd && op >= 0x100) throw new Refusal('it uses relaxed SIMD, which is not allowed')
  if (prefix === 0xfc && op >= 19 && op <= 22) throw new Refusal('it uses wide arithmetic, which is not allowed')
  const feature = prefix === undefined && refusedFeatures.find(([, opcodes]) => opcodes.includes(op))
  if (feature) throw new Refusal(`it uses ${feature[0]}, which ${feature[0].endsWith('s') ? 'are' : 'is'} not allowed`)
  const name = [...(prefix === undefined ? [] : [prefix]), op].map(n => `0x${n.toString(16).padStart(2, '0')}`)
  throw new Refusal(`it uses the unknown instruction ${name.join(' ')}`)
}

/** The value types that are allowed; others are refused by name. */
export function valueType(byte: number): void {
  if (byte >= 0x7b && byte <= 0x7f) return // v128 f64 f32 i64 i32
  if (byte === 0x70 || byte === 0x6f) return // funcref externref
  if (byte === 0x69 || byte === 0x74) throw new Refusal('it uses exception handling, which is not allowed')
  if (byte === 0x63 || byte === 0x64) throw new Refusal('it uses typed function references, which are not allowed')
  if (byte >= 0x67 && byte <= 0x78) throw new Refusal('it uses garbage collection, which is not allowed')
  throw new Refusal(`it uses the unknown type 0x${byte.toString(16).padStart(2, '0')}`)
}

/**
 * Is told of each instruction: `start` and `end` are offsets, `index` the first index among its immediates, or -1. Of
 * a block it is its type (a type index, {@link emptyBlock}, or less than 0 for one result of a value type), of
 * `br_table` the label that is farthest away.
 */
export type Visit = (op: number, start: number, end: number, index: number) => void

/** Goes through one expression, up to and including the `end` that closes it. */
export function walk(reader: Reader, visit: Visit): void {
  let depth = 0
  for (;;) {
    const start = reader.at
    let op = reader.u8()
    let immediate: Immediate | undefined
    if (op === 0xfc || op === 0xfd) {
      const number = reader.u32()
      immediate = number > 0xff ? undefined : (op === 0xfc ? bulkTable : simdTable)[number]
      if (immediate === undefined) refuse(number, op)
      op = op * 256 + number
    } else {
      immediate = plainTable[op]
      if (immediate === undefined) refuse(op)
    }
    const index = immediate === 'none' ? -1 : skipImmediate(reader, immediate)
    visit(op, start, reader.at, index)
    if (immediate === 'block') depth++
    else if (op === opcode.end && depth-- === 0) return
  }
}

/** Passes what follows an opcode; gives the first index in it, or -1. */
function skipImmediate(reader: Reader, immediate: Immediate): number {
  switch (immediate) {
    case 'none':
      return -1
    case 'index':
      return reader.u32()
    case 'indices': {
      const index = reader.u32()
      reader.u32()
      return index
    }
    case 'block':
      return blockType(reader)
    case 'labels': {
      let farthest = 0
      for (let left = reader.count(); left >= 0; left--) farthest = Math.max(farthest, reader.u32())
      return farthest
    }
    case 'types':
      for (let left = reader.count(); left > 0; left--) valueType(reader.u8())
      return -1
    case 'memarg':
      memarg(reader)
      return -1
    case 'memarg-lane':
      memarg(reader)
      reader.skip(1)
      return -1
    case 'memory':
      return memory(reader)
    case 'memories':
      memory(reader)
      return memory(reader)
    case 'data-memory': {
      const data = reader.u32()
      memory(reader)
      return data
    }
    case 'leb':
      reader.skipLeb()
      return -1
    case 'heap':
      valueType(reader.u8())
      return -1
    case 'lane':
      reader.skip(1)
      return -1
    case 'bytes4':
      reader.skip(4)
      return -1
    case 'bytes8':
      reader.skip(8)
      return -1
    case 'bytes16':
      reader.skip(16)
      return -1
  }
}

/** The type of a block that takes and gives nothing. */
export const emptyBlock = -64

function blockType(reader: Reader): number {
  const byte = reader.u8()
  // A type index is a signed number that is not negative; one-byte negative ones are value types.
  if (byte < 0x40) return byte
  if (byte < 0x80) {
    if (byte !== 0x40) valueType(byte)
    return byte - 0x80
  }
  reader.at--
  return reader.u32()
}

function memarg(reader: Reader): void {
  if (reader.u32() & 0x40) throw new Refusal('it uses multiple memories, which are not allowed')
  reader.skipLeb()
}

function memory(reader: Reader): number {
  const index = reader.u32()
  if (index !== 0) throw new Refusal('it uses multiple memories, which are not allowed')
  return index
}
