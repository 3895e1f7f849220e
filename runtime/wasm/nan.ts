import { popsOf, pushesOf } from './arity.ts'
import { Reader } from './binary.ts'
import { any, double, single, type Site } from './canonical.ts'
import { opcode as op, slotOf, slots } from './opcodes.ts'
import type { Body } from './sections.ts'
import { free, Versions } from './versions.ts'

const [f32, v128] = [0x7d, 0x7b]

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

/** So many locals are followed from place to place; of the others all that is put into one is taken together. */
const followed = 64
/** Values of one function, and what was added to them; where there are more, all of its locals are taken together. */
const mostValues = 1 << 18

/** The first floating point locals and vectors of a function, of those that are worth to be told apart. */
export function floatLocals({ locals, code }: Body, params: readonly number[], bytes: Uint8Array): number[] {
  const found: number[] = []
  const isFloat = (type: number): boolean => type >= v128 && type <= f32
  for (const [local, type] of params.entries()) if (isFloat(type)) found.push(local)
  const reader = new Reader(bytes, locals, code)
  let local = params.length
  for (let left = reader.u32(); left > 0; left--) {
    const end = local + reader.u32()
    if (isFloat(reader.u8())) while (local < end && found.length < followed) found.push(local++)
    local = end
  }
  return found.slice(0, followed)
}

/**
 * Follows the results of floating point arithmetic through one function, to find those whose NaN bits something may
 * see. What arithmetic gives for a NaN does not depend on the NaN's bits, nor does a comparison or a conversion to an
 * integer; so a result that only goes to such instructions, directly, over a sign, over `select`, or over locals where
 * all that reads it there does, may keep whatever bits the machine gave it. Everything else counts as seeing: stores,
 * reinterpretations, calls, globals, results of blocks, `copysign`, and lanes that are read as lanes of another kind.
 *
 * Values are numbers: {@link free}, or a node of a graph, which knows what it may be a copy of. All that is ever put into
 * a local which is not followed from place to place is one node, told by a number below that of `free`.
 */
export class NanFlow {
  readonly #operands: number[] = []
  /** Kinds of lanes of which somebody sees the bits, and of what it may be a copy, by node. */
  readonly #seen: number[] = []
  readonly #sources: (number[] | undefined)[] = []
  #added = 0
  readonly #sites: { node: number; site: Site }[] = []
  /** The node of each local that is not followed from place to place, and the number of each that is. */
  readonly #shared: number[] = []
  readonly #followed: number[] = []
  readonly versions: Versions

  /** @param locals those that are followed from place to place, 64 at the most */
  constructor(locals: readonly number[]) {
    for (const [i, local] of locals.entries()) this.#followed[local] = i
    this.versions = new Versions(locals.length, {
      join: (a, b) => (this.exceeded ? a : this.#join(a, b)),
      open: value => (this.exceeded ? value : this.#node(value === free ? undefined : [value])),
      add: (to, value) => {
        if (!this.exceeded) this.#add(to, value)
      },
    })
  }

  get height(): number {
    return this.#operands.length
  }

  /** Whether there are too many values to tell them all apart: what is known of them is of no use then. */
  get exceeded(): boolean {
    return this.#followed.length > 0 && this.#seen.length + this.#added > mostValues
  }

  /** Any instruction but control instructions, calls, `drop` and `select`. */
  step(instruction: number, index: number, end: number): void {
    if (instruction === op.localGet) return void this.#operands.push(this.#held(index))
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
    const node = this.#node(undefined)
    this.#sites.push({ node, site: { at: end, vector: instruction > 0xfd00, lanes: given } })
    this.#operands.push(node)
  }

  #held(local: number): number {
    const number = this.#followed[local]
    return number === undefined ? free - 1 - local : this.versions.get(number)
  }

  #put(local: number, value: number): void {
    const number = this.#followed[local]
    if (number !== undefined) this.versions.set(number, value)
    else if (value !== free) this.#add(this.#nodeOf(free - 1 - local), value)
  }

  #node(sources: number[] | undefined): number {
    this.#sources.push(sources)
    return this.#seen.push(0) - 1
  }

  #nodeOf(value: number): number {
    return value > free ? value : (this.#shared[free - 1 - value] ??= this.#node(undefined))
  }

  #join(a: number, b: number): number {
    if (a === b || b === free) return a
    return a === free ? b : this.#node([a, b])
  }

  #add(to: number, value: number): void {
    if (value === free || value === to) return
    ;(this.#sources[to] ??= []).push(value)
    this.#added++
  }

  #see(value: number, lanes: number): void {
    if (value !== free) this.#seen[this.#nodeOf(value)]! |= lanes
  }

  /** Takes operands at whose bits nobody looks. */
  drop(count: number): void {
    this.#operands.length -= count
  }

  push(count: number): void {
    for (; count > 0; count--) this.#operands.push(free)
  }

  /** Takes two operands for one that is either of them. */
  select(): void {
    const other = this.#operands.pop()!
    this.#operands.push(this.#join(this.#operands.pop()!, other))
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
    const seen = this.#seen
    // What is seen of a value is seen of all that it may be a copy of.
    const pending: number[] = []
    for (let node = 0; node < seen.length; node++) if (seen[node] !== 0) pending.push(node)
    for (let node = pending.pop(); node !== undefined; node = pending.pop())
      for (const value of this.#sources[node] ?? []) {
        const source = this.#nodeOf(value)
        if ((seen[source]! | seen[node]!) === seen[source]) continue
        seen[source]! |= seen[node]!
        pending.push(source)
      }
    return this.#sites.filter(({ node, site }) => (seen[node]! & site.lanes) !== 0).map(({ site }) => site)
  }
}
