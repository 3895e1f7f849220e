import { slotOf, slots } from './opcodes.ts'

/** How many operands the instructions of a range take from the stack, and how many results they leave there. */
type Row = readonly [from: number, to: number, pops: number, pushes: number]

/** Control instructions, calls and parametric ones are not here: what they do depends on types and labels. */
const rows: readonly Row[] = [
  [0x01, 0x01, 0, 0], // nop
  [0x20, 0x20, 0, 1], // local.get
  [0x21, 0x21, 1, 0], // local.set
  [0x22, 0x22, 1, 1], // local.tee
  [0x23, 0x23, 0, 1], // global.get
  [0x24, 0x24, 1, 0], // global.set
  [0x25, 0x25, 1, 1], // table.get
  [0x26, 0x26, 2, 0], // table.set
  [0x28, 0x35, 1, 1], // loads
  [0x36, 0x3e, 2, 0], // stores
  [0x3f, 0x3f, 0, 1], // memory.size
  [0x40, 0x40, 1, 1], // memory.grow
  [0x41, 0x44, 0, 1], // constants
  [0x45, 0x45, 1, 1], // i32.eqz
  [0x46, 0x4f, 2, 1], // i32 comparisons
  [0x50, 0x50, 1, 1], // i64.eqz
  [0x51, 0x66, 2, 1], // i64, f32, f64 comparisons
  [0x67, 0x69, 1, 1], // i32.clz ctz popcnt
  [0x6a, 0x78, 2, 1], // i32 arithmetic
  [0x79, 0x7b, 1, 1], // i64.clz ctz popcnt
  [0x7c, 0x8a, 2, 1], // i64 arithmetic
  [0x8b, 0x91, 1, 1], // f32.abs … sqrt
  [0x92, 0x98, 2, 1], // f32.add … copysign
  [0x99, 0x9f, 1, 1], // f64.abs … sqrt
  [0xa0, 0xa6, 2, 1], // f64.add … copysign
  [0xa7, 0xc4, 1, 1], // conversions, reinterpretations, sign extensions
  [0xd0, 0xd0, 0, 1], // ref.null
  [0xd1, 0xd1, 1, 1], // ref.is_null
  [0xd2, 0xd2, 0, 1], // ref.func
]

const bulkRows: readonly Row[] = [
  [0, 7, 1, 1], // saturating conversions
  [8, 8, 3, 0], // memory.init
  [9, 9, 0, 0], // data.drop
  [10, 12, 3, 0], // memory.copy memory.fill table.init
  [13, 13, 0, 0], // elem.drop
  [14, 14, 3, 0], // table.copy
  [15, 15, 2, 1], // table.grow
  [16, 16, 0, 1], // table.size
  [17, 17, 3, 0], // table.fill
]

const simdRows: readonly Row[] = [
  [0x00, 0x0a, 1, 1], // loads
  [0x0b, 0x0b, 2, 0], // v128.store
  [0x0c, 0x0c, 0, 1], // v128.const
  [0x0d, 0x0e, 2, 1], // i8x16.shuffle i8x16.swizzle
  [0x0f, 0x14, 1, 1], // splats
  [0x15, 0x16, 1, 1], // i8x16.extract_lane
  [0x17, 0x17, 2, 1], // i8x16.replace_lane
  [0x18, 0x19, 1, 1], // i16x8.extract_lane
  [0x1a, 0x1a, 2, 1], // i16x8.replace_lane
  [0x1b, 0x1b, 1, 1], // i32x4.extract_lane
  [0x1c, 0x1c, 2, 1], // i32x4.replace_lane
  [0x1d, 0x1d, 1, 1], // i64x2.extract_lane
  [0x1e, 0x1e, 2, 1], // i64x2.replace_lane
  [0x1f, 0x1f, 1, 1], // f32x4.extract_lane
  [0x20, 0x20, 2, 1], // f32x4.replace_lane
  [0x21, 0x21, 1, 1], // f64x2.extract_lane
  [0x22, 0x22, 2, 1], // f64x2.replace_lane
  [0x23, 0x4c, 2, 1], // comparisons
  [0x4d, 0x4d, 1, 1], // v128.not
  [0x4e, 0x51, 2, 1], // v128.and andnot or xor
  [0x52, 0x52, 3, 1], // v128.bitselect
  [0x53, 0x53, 1, 1], // v128.any_true
  [0x54, 0x57, 2, 1], // v128.load_lane
  [0x58, 0x5b, 2, 0], // v128.store_lane
  [0x5c, 0x5d, 1, 1], // v128.load_zero
  [0x5e, 0xff, 2, 1], // arithmetic of lanes, but for these:
]
/** The arithmetic of lanes that takes one operand. */
const simdUnary = [
  0x5e, 0x5f, 0x60, 0x61, 0x62, 0x63, 0x64, 0x67, 0x68, 0x69, 0x6a, 0x74, 0x75, 0x7a, 0x7c, 0x7d, 0x7e, 0x7f, 0x80,
  0x81, 0x83, 0x84, 0x87, 0x88, 0x89, 0x8a, 0x94, 0xa0, 0xa1, 0xa3, 0xa4, 0xa7, 0xa8, 0xa9, 0xaa, 0xc0, 0xc1, 0xc3,
  0xc4, 0xc7, 0xc8, 0xc9, 0xca, 0xe0, 0xe1, 0xe3, 0xec, 0xed, 0xef, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
]

const pops = new Uint8Array(slots)
const pushes = new Uint8Array(slots)
for (const [prefix, of] of [
  [0, rows],
  [0xfc00, bulkRows],
  [0xfd00, simdRows],
] as const)
  for (const [from, to, taken, left] of of) {
    pops.fill(taken, slotOf(prefix + from), slotOf(prefix + to) + 1)
    pushes.fill(left, slotOf(prefix + from), slotOf(prefix + to) + 1)
  }
for (const op of simdUnary) pops[slotOf(0xfd00 + op)] = 1

/** How many operands an instruction takes; of control instructions, calls, `drop` and `select` its user knows. */
export function popsOf(op: number): number {
  return pops[slotOf(op)]!
}

/** How many results it leaves. */
export function pushesOf(op: number): number {
  return pushes[slotOf(op)]!
}
