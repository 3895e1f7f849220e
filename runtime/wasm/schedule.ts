import { slotOf, slots } from './opcodes.ts'

/**
 * What everything costs, in units of gas (docs/gas.md, which a test compares with this file). A change of a figure, or
 * of where the rewriter counts, is a new {@link METER_VERSION}, and with it a new version of the semantics.
 */

/** Version of the rewriter of core modules and of this schedule. */
export const METER_VERSION = 1

/** Instructions by class: what one costs wherever control reaches it. */
export const instructionCosts = {
  /** `block loop else end nop drop`: they only say what others do. */
  structure: 0,
  /** All that are in no other class. */
  plain: 1,
  /** Integer division and remainder, floating division and square root. */
  division: 8,
  /** `call return_call` of a function of the module itself. */
  call: 4,
  /** `call return_call` of an imported function; `call_indirect return_call_indirect`. */
  distantCall: 8,
  /** Bulk operations and growing, apart from what is charged by length. */
  bulk: 16,
} as const

export type CostClass = keyof typeof instructionCosts

/** Operations by length: bytes for one unit of gas, begun ones count; `memory.copy memory.fill memory.init`. */
export const bytesPerUnit = 8
/** Entries for one unit of gas; `table.copy table.fill table.init`. */
export const entriesPerUnit = 1
/** Units for each page that a memory has at the start or grows by. */
export const unitsPerPage = 4096
/** Units for each entry that a table has at the start or grows by. */
export const unitsPerNewEntry = 4

/** Units for each call that crosses the boundary of a component, in either direction. */
export const unitsPerCrossing = 100
/** Units for each byte that is lifted or lowered (docs/gas.md says how lifted values are counted). */
export const unitsPerCrossedByte = 1
/** Units for each core instance, apart from its memories, tables and segments. */
export const unitsPerInstance = 10_000
/** Units for each definition that the instances of a call carry out, beyond what real components have. */
export const unitsPerDefinition = 100

/** What the calls that are open in a task may take together, in bytes as {@link frameBytes} counts them. */
export const stackBytes = 4 << 20
/**
 * What the engine has for a thread that runs components, in megabytes: far more, since an optimising compiler may keep
 * more values at once than a function has locals and operands.
 */
export const engineStack = 64
/** A function that calls nothing is counted from this size on. */
export const leafBytes = 1024
/** What a crossing from one component to another takes, or a destructor. */
export const crossingBytes = 4096

/**
 * What a call of a function takes, the same on every engine: about what one needs that keeps all locals and operands on
 * the stack, and a byte for each instruction, whose result an optimising one may keep there.
 */
export function frameBytes(localsAndOperands: number, vectors: boolean, instructions: number): number {
  return 96 + localsAndOperands * (vectors ? 16 : 8) + instructions
}

/** Opcodes of each class, from and to; all others are plain. `call` costs more where its function is imported. */
export const costRows: readonly (readonly [from: number, to: number, cost: CostClass])[] = [
  [0x01, 0x03, 'structure'], // nop block loop
  [0x05, 0x05, 'structure'], // else
  [0x0b, 0x0b, 'structure'], // end
  [0x10, 0x10, 'call'], // call
  [0x11, 0x11, 'distantCall'], // call_indirect
  [0x12, 0x12, 'call'], // return_call
  [0x13, 0x13, 'distantCall'], // return_call_indirect
  [0x1a, 0x1a, 'structure'], // drop
  [0x40, 0x40, 'bulk'], // memory.grow
  [0x6d, 0x70, 'division'], // i32.div rem
  [0x7f, 0x82, 'division'], // i64.div rem
  [0x91, 0x91, 'division'], // f32.sqrt
  [0x95, 0x95, 'division'], // f32.div
  [0x9f, 0x9f, 'division'], // f64.sqrt
  [0xa3, 0xa3, 'division'], // f64.div
  [0xfc08, 0xfc08, 'bulk'], // memory.init
  [0xfc0a, 0xfc0c, 'bulk'], // memory.copy memory.fill table.init
  [0xfc0e, 0xfc0f, 'bulk'], // table.copy table.grow
  [0xfc11, 0xfc11, 'bulk'], // table.fill
  [0xfde3, 0xfde3, 'division'], // f32x4.sqrt
  [0xfde7, 0xfde7, 'division'], // f32x4.div
  [0xfdef, 0xfdef, 'division'], // f64x2.sqrt
  [0xfdf3, 0xfdf3, 'division'], // f64x2.div
]

const costs = new Uint8Array(slots).fill(instructionCosts.plain)
for (const [from, to, cost] of costRows) costs.fill(instructionCosts[cost], slotOf(from), slotOf(to) + 1)

/** Units of one instruction by its opcode (`opcodes.ts`), without what depends on lengths or on where a call goes. */
export function costOf(op: number): number {
  return costs[slotOf(op)]!
}
