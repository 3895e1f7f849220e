import type { Writer } from './binary.ts'
import { opcode as op } from './opcodes.ts'

/** How the lanes of a value are read: for a vector, operations of both kinds may read the same one. */
export const single = 1
export const double = 2
export const any = single | double

/** A floating point instruction: where it ends, and what kind of value it leaves. */
export interface Site {
  at: number
  vector: boolean
  lanes: number
}

/** Locals that hold a value while it is looked at, by the kind of value. */
export interface NanLocals {
  f32: number
  f64: number
  v128: number
}

/** The NaN that every other becomes: positive, quiet, no payload (Core Specification, "canonical NaN"). */
const quiet = { 1: [0x00, 0x00, 0xc0, 0x7f], 2: [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f] } as const

/** Puts the canonical NaN in the place of the value on the stack, or of those of its lanes, that are NaNs. */
export function writeCanonical(out: Writer, { vector, lanes }: Site, locals: NanLocals): void {
  const nan = quiet[lanes as 1 | 2]
  if (vector) {
    const value = locals.v128
    out.u8(op.localTee).u32(value)
    out
      .u8(0xfd)
      .u32(op.v128Const & 0xff)
      .u8(...nan, ...nan)
    if (lanes === single) out.u8(...nan, ...nan)
    out.u8(op.localGet).u32(value).u8(op.localGet).u32(value)
    out.u8(0xfd).u32((lanes === single ? op.f32x4Eq : op.f64x2Eq) & 0xff)
    out.u8(0xfd).u32(op.v128Bitselect & 0xff)
    return
  }
  const value = lanes === single ? locals.f32 : locals.f64
  out.u8(op.localTee).u32(value)
  out.u8(lanes === single ? op.f32Const : op.f64Const, ...nan)
  out.u8(op.localGet).u32(value).u8(op.localGet).u32(value)
  // `x <= x` is one jump on x64, where `x == x` is two.
  out.u8(lanes === single ? op.f32Le : op.f64Le).u8(op.select)
}
