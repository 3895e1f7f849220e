import { popsOf, pushesOf } from './arity.ts'
import type { Writer } from './binary.ts'
import { opcode as op, slotOf, slots } from './opcodes.ts'

/** How the lanes of a value are read: for a vector, operations of both kinds may read the same one. */
const single = 1
const double = 2
const any = single | double

/** What an instruction does with floating point operands. */
const flow = {
  /** Looks at bits, or hands them to where they may be looked at. */
  observes: 0,
  /** Gives a NaN of open bits where an operand is a NaN, or has none: addition and its like. */
  arithmetic: 1,
  /** Asks only whether an operand is a NaN: comparisons, conversions to integers. */
  asks: 2,
  /** Changes the sign bit of one operand and no other. */
  sign: 3,
} as const

/**
 * Flow and kind of lanes that are read. The instructions whose NaNs the specification leaves open (Core
 * Specification, 4.3.3, "nans{…}") are those of `arithmetic`: no others.
 */
const rows: readonly (readonly [from: number, to: number, flow: number, lanes: number])[] = [
  [0x5b, 0x60, flow.asks, single], // f32 comparisons
  [0x61, 0x66, flow.asks, double], // f64 comparisons
  [0x8b, 0x8c, flow.sign, single], // f32.abs neg
  [0x8d, 0x97, flow.arithmetic, single], // f32.ceil … max
  [0x99, 0x9a, flow.sign, double], // f64.abs neg
  [0x9b, 0xa5, flow.arithmetic, double], // f64.ceil … max
  [0xa8, 0xa9, flow.asks, single], // i32.trunc_f32
  [0xaa, 0xab, flow.asks, double], // i32.trunc_f64
  [0xae, 0xaf, flow.asks, single], // i64.trunc_f32
  [0xb0, 0xb1, flow.asks, double], // i64.trunc_f64
  [0xb6, 0xb6, flow.arithmetic, double], // f32.demote_f64
  [0xbb, 0xbb, flow.arithmetic, single], // f64.promote_f32
  [0xfc00, 0xfc01, flow.asks, single], // i32.trunc_sat_f32
  [0xfc02, 0xfc03, flow.asks, double], // i32.trunc_sat_f64
  [0xfc04, 0xfc05, flow.asks, single], // i64.trunc_sat_f32
  [0xfc06, 0xfc07, flow.asks, double], // i64.trunc_sat_f64
  [0xfd41, 0xfd46, flow.asks, single], // f32x4 comparisons
  [0xfd47, 0xfd4c, flow.asks, double], // f64x2 comparisons
  [0xfd5e, 0xfd5e, flow.arithmetic, double], // f32x4.demote_f64x2_zero
  [0xfd5f, 0xfd5f, flow.arithmetic, single], // f64x2.promote_low_f32x4
  [0xfd67, 0xfd6a, flow.arithmetic, single], // f32x4.ceil floor trunc nearest
  [0xfd74, 0xfd75, flow.arithmetic, double], // f64x2.ceil floor
  [0xfd7a, 0xfd7a, flow.arithmetic, double], // f64x2.trunc
  [0xfd94, 0xfd94, flow.arithmetic, double], // f64x2.nearest
  [0xfde0, 0xfde1, flow.sign, single], // f32x4.abs neg
  [0xfde3, 0xfde9, flow.arithmetic, single], // f32x4.sqrt add sub mul div min max
  [0xfdec, 0xfded, flow.sign, double], // f64x2.abs neg
  [0xfdef, 0xfdf5, flow.arithmetic, double], // f64x2.sqrt add sub mul div min max
  [0xfdf8, 0xfdf9, flow.asks, single], // i32x4.trunc_sat_f32x4
  [0xfdfc, 0xfdfd, flow.asks, double], // i32x4.trunc_sat_f64x2_zero
]

const flows = new Uint8Array(slots)
const lanesRead = new Uint8Array(slots)
for (const [from, to, kind, lanes] of rows) {
  flows.fill(kind, slotOf(from), slotOf(to) + 1)
  lanesRead.fill(lanes, slotOf(from), slotOf(to) + 1)
}

/** Conversions give the other kind of lanes than they read. */
const converts: ReadonlySet<number> = new Set([0xb6, 0xbb, 0xfd5e, 0xfd5f])

/** A floating point instruction: where it ends, and what kind of value it leaves. */
export interface Site {
  at: number
  vector: boolean
  lanes: number
}

/** Operands are followed as numbers: one that nobody needs to follow, a site (even), or what a local holds (odd). */
const free = -1

/**
 * Follows the results of floating point arithmetic through one function, to find those whose NaN bits something may
 * see. What arithmetic gives for a NaN does not depend on the NaN's bits, nor does a comparison or a conversion to an
 * integer; so a result that only goes to such instructions, directly, over a sign, or over locals of which all reads do,
 * may keep whatever bits the machine gave it. Everything else counts as seeing: stores, reinterpretations, calls,
 * globals, results of blocks, `select`, `copysign`, and lanes that are read as lanes of another kind.
 */
export class NanFlow {
  readonly #operands: number[] = []
  readonly #sites: Site[] = []
  /** Kinds of lanes of which somebody sees the bits, by site and by local. */
  readonly #seenSites: number[] = []
  readonly #seenLocals: number[] = []
  /** What was put into each local. */
  readonly #sources: number[][] = []

  get height(): number {
    return this.#operands.length
  }

  /** Any instruction but control instructions, calls, `drop` and `select`. */
  step(instruction: number, index: number, end: number): void {
    if (instruction === op.localGet) return void this.#operands.push(2 * index + 1)
    if (instruction === op.localSet) return this.#put(index, this.#operands.pop()!)
    if (instruction === op.localTee) return this.#put(index, this.#operands.at(-1)!)
    const slot = slotOf(instruction)
    const kind = flows[slot]!
    const lanes = lanesRead[slot]!
    // In lanes of another kind it is a bit of the payload at most: what arithmetic made stays a quiet NaN.
    if (kind === flow.sign) return
    for (let left = popsOf(instruction); left > 0; left--)
      this.#see(this.#operands.pop()!, kind === flow.observes ? any : any ^ lanes)
    if (kind !== flow.arithmetic) return this.push(pushesOf(instruction))
    const given = converts.has(instruction) ? any ^ lanes : lanes
    const site = this.#sites.push({ at: end, vector: instruction > 0xfd00, lanes: given }) - 1
    this.#operands.push(2 * site)
  }

  #put(local: number, operand: number): void {
    if (operand !== free) (this.#sources[local] ??= []).push(operand)
  }

  #see(operand: number, lanes: number): void {
    if (operand < 0) return
    const seen = operand % 2 === 0 ? this.#seenSites : this.#seenLocals
    seen[operand >> 1] = (seen[operand >> 1] ?? 0) | lanes
  }

  /** Takes operands at whose bits nobody looks. */
  drop(count: number): void {
    this.#operands.length -= count
  }

  push(count: number): void {
    for (; count > 0; count--) this.#operands.push(free)
  }

  /** Takes operands that may be seen anywhere. */
  observe(count: number): void {
    for (; count > 0; count--) this.#see(this.#operands.pop()!, any)
  }

  /** Operands that may be seen anywhere, and stay. */
  replace(count: number): void {
    this.observe(count)
    this.push(count)
  }

  /** Leaves what is below `base`, and `count` operands upon it. */
  reset(base: number, count: number): void {
    this.#operands.length = base
    this.push(count)
  }

  /** The sites of whose NaNs something sees the bits. */
  observed(): Site[] {
    // What is seen of a local is seen of all that was put there, which may be other locals.
    const pending = Object.keys(this.#seenLocals).map(Number)
    const done: number[] = []
    for (let local = pending.pop(); local !== undefined; local = pending.pop()) {
      const seen = this.#seenLocals[local]!
      if (done[local] === seen) continue
      done[local] = seen
      for (const source of this.#sources[local] ?? []) {
        this.#see(source, seen)
        if (source % 2 === 1) pending.push(source >> 1)
      }
    }
    return this.#sites.filter(({ lanes }, site) => ((this.#seenSites[site] ?? 0) & lanes) !== 0)
  }
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
