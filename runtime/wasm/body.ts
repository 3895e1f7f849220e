import { type Analysis, analyse, type Region } from './analysis.ts'
import { Reader, Writer } from './binary.ts'
import type { Counted } from './counted.ts'
import type { Counters, Grower } from './growers.ts'
import { type NanLocals, writeCanonical } from './canonical.ts'
import { emptyBlock, opcode as op, walk } from './opcodes.ts'
import { bytesPerUnit, entriesPerUnit, frameBytes, leafBytes } from './schedule.ts'
import type { Body, FuncType, Outline } from './sections.ts'

/** What the bodies of a module have in common. */
export interface Around {
  module: Outline
  counters: Counters
  /** By memory and table. */
  growers: ReadonlyMap<object, Grower>
  /** How far the indices of the module's own globals move up. */
  shift: number
  /** The index of a type, which is appended where the module has none. */
  typeIndex: (type: FuncType) => number
}

const [i32, i64, f32, f64, v128] = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b]

/** Writes one function with its counters, without its size. */
export function rewriteBody(around: Around, index: number): Uint8Array {
  return new BodyWriter(around, index).run()
}

/**
 * A function counts its gas at the head of each region (`analysis.ts`), in the imported global; one that has a loop
 * counts in a local, which it writes back before whatever may look at the global: calls, and its own end. Only heads
 * of loops, entries and operations by length look whether the gas has come to its end; what a piece of code without
 * them can overdraw is what stands in it, and the host sees that the counter is below zero whatever ends the task.
 *
 * What is left of the stack is counted at the entry, and given back at the end where the function calls others.
 */
class BodyWriter {
  readonly #around: Around
  readonly #body: Body
  readonly #type: FuncType
  readonly #analysis: Analysis
  readonly #out = new Writer()
  /** Whether gas is counted in a local. */
  readonly #local: boolean
  /** Whether all ways out of the function go through one end. */
  readonly #wrapped: boolean
  readonly #added: number[] = []
  readonly #firstLocal: number
  readonly #gas: number
  readonly #stack: number
  readonly #frame: number
  readonly #length: number
  readonly #nan: NanLocals
  #region = 0
  #site = 0
  /** Blocks that are open inside of the function, behind the instruction that is written. */
  #depth = 0

  constructor(around: Around, index: number) {
    const { module } = around
    this.#around = around
    this.#body = module.bodies[index]!
    this.#type = module.types[module.functionTypes[module.importedFunctions + index]!]!
    this.#firstLocal = this.#type.params.length + this.#body.count
    const analysis = (this.#analysis = analyse(module, index))
    const { nans } = analysis
    const scalar = (lanes: number): boolean => nans.some(site => !site.vector && site.lanes === lanes)
    this.#gas = this.#add(i64, true)
    this.#stack = this.#add(i32, true)
    this.#length = this.#add(i32, analysis.bulk || analysis.regions.some(({ counted }) => counted))
    this.#nan = {
      f32: this.#add(f32, scalar(1)),
      f64: this.#add(f64, scalar(2)),
      v128: this.#add(
        v128,
        nans.some(site => site.vector),
      ),
    }
    this.#frame = frameBytes(this.#firstLocal + analysis.height, analysis.vectors, analysis.instructions)
    this.#local = analysis.loops
    this.#wrapped = this.#local || analysis.calls
  }

  #add(type: number, wanted: boolean): number {
    if (wanted) this.#added.push(type)
    return this.#firstLocal + this.#added.length - 1
  }

  run(): Uint8Array {
    const { bytes } = this.#around.module
    const { locals, code, end, groups } = this.#body
    const out = this.#out
    const after = new Reader(bytes, locals, end)
    after.u32()
    out.u32(groups + this.#added.length).copy(bytes, after.at, code)
    for (const type of this.#added) out.u8(1, type)
    this.#enter()
    let from = code
    walk(new Reader(bytes, code, end), (instruction, start, at, index) => {
      if (instruction >= op.block && instruction <= op.if) this.#depth++
      else if (instruction === op.end) this.#depth--
      // Whatever is not replaced is copied as it stands, in one piece with its neighbours.
      if (this.#changes(instruction, index, at)) {
        out.copy(bytes, from, start)
        this.#step(instruction, start, at, index)
        from = at
      }
    })
    out.copy(bytes, from, end)
    return out.done()
  }

  #changes(instruction: number, index: number, at: number): boolean {
    if (this.#analysis.regions[this.#region]?.at === at || this.#analysis.nans[this.#site]?.at === at) return true
    switch (instruction) {
      case op.globalGet:
      case op.globalSet:
        return index >= this.#around.module.importedGlobals
      case op.call:
      case op.callIndirect:
        return this.#local
      case op.return:
      case op.returnCall:
      case op.returnCallIndirect:
        return this.#wrapped
      case op.end:
        return this.#wrapped && this.#depth < 0
      case op.memoryGrow:
      case op.tableGrow:
      case op.memoryInit:
      case op.memoryCopy:
      case op.memoryFill:
      case op.tableInit:
      case op.tableCopy:
      case op.tableFill:
        return true
      default:
        return false
    }
  }

  #step(instruction: number, start: number, at: number, index: number): void {
    const { module, growers, shift } = this.#around
    const out = this.#out
    const copy = (): Writer => out.copy(module.bytes, start, at)
    const region = this.#analysis.regions[this.#region]
    if (region?.at === at && region.counted) this.#chargeRounds(region.cost, region.counted)
    switch (instruction) {
      case op.globalGet:
      case op.globalSet:
        out.u8(instruction).u32(index < module.importedGlobals ? index : index + shift)
        break
      case op.call:
      case op.callIndirect:
        this.#call(copy)
        break
      case op.memoryGrow:
      case op.tableGrow: {
        const { func } = growers.get((instruction === op.memoryGrow ? module.memories : module.tables)[index]!)!
        this.#call(() => out.u8(op.call).u32(func))
        break
      }
      case op.return:
        if (this.#wrapped) out.u8(op.br).u32(this.#depth)
        else copy()
        break
      case op.returnCall:
      case op.returnCallIndirect:
        this.#exit()
        copy()
        break
      case op.end:
        copy()
        if (this.#wrapped && this.#depth < 0) this.#leave()
        break
      case op.memoryInit:
      case op.memoryCopy:
      case op.memoryFill:
        this.#chargeLength(bytesPerUnit)
        copy()
        break
      case op.tableInit:
      case op.tableCopy:
      case op.tableFill:
        this.#chargeLength(entriesPerUnit)
        copy()
        break
      default:
        copy()
    }
    const site = this.#analysis.nans[this.#site]
    if (site?.at === at) {
      this.#site++
      writeCanonical(out, site, this.#nan)
    }
    if (region?.at === at) {
      this.#region++
      if (!region.counted) this.#charge(region)
    }
  }

  /** Entry: the first region, then the stack. */
  #enter(): void {
    const { stack } = this.#around.counters
    const out = this.#out
    if (this.#wrapped) this.#blockType(out.u8(op.block, emptyBlock + 0x80, op.block), this.#type.results)
    if (this.#local) out.u8(op.globalGet).u32(this.#around.counters.gas).u8(op.localSet).u32(this.#gas)
    this.#charge({ ...this.#analysis.regions[this.#region++]!, loop: true })
    if (!this.#analysis.calls && this.#frame <= leafBytes) return
    out.u8(op.globalGet).u32(stack).u8(op.i32Const).s64(BigInt(this.#frame)).u8(op.i32Sub)
    if (this.#analysis.calls) out.u8(op.localTee).u32(this.#stack).u8(op.globalSet).u32(stack).u8(op.localGet)
    else out.u8(op.localTee)
    out.u32(this.#stack).u8(op.i32Const, 0, op.i32LtS)
    if (this.#analysis.calls) return this.#trap()
    out
      .u8(op.if, emptyBlock + 0x80, op.localGet)
      .u32(this.#stack)
      .u8(op.globalSet)
      .u32(stack)
      .u8(op.unreachable, op.end)
  }

  /** Ends the task if the number on the stack is not 0. */
  #trap(): void {
    if (this.#wrapped) this.#out.u8(op.brIf).u32(this.#depth + 1)
    else this.#out.u8(op.if, emptyBlock + 0x80, op.unreachable, op.end)
  }

  /** Behind the blocks around the function: the one way out, and the trap. */
  #leave(): void {
    this.#exit()
    this.#out.u8(op.return, op.end)
    this.#save()
    this.#out.u8(op.unreachable, op.end)
  }

  #blockType(out: Writer, results: number[]): void {
    if (results.length === 0) out.u8(emptyBlock + 0x80)
    else if (results.length === 1) out.u8(results[0]!)
    else out.s64(BigInt(this.#around.typeIndex({ params: [], results })))
  }

  /** Before whatever ends the function. */
  #exit(): void {
    this.#save()
    if (!this.#analysis.calls) return
    this.#out.u8(op.localGet).u32(this.#stack).u8(op.i32Const).s64(BigInt(this.#frame))
    this.#out.u8(op.i32Add, op.globalSet).u32(this.#around.counters.stack)
  }

  #save(): void {
    if (this.#local) this.#out.u8(op.localGet).u32(this.#gas).u8(op.globalSet).u32(this.#around.counters.gas)
  }

  #call(write: () => void): void {
    this.#save()
    write()
    if (this.#local) this.#out.u8(op.globalGet).u32(this.#around.counters.gas).u8(op.localSet).u32(this.#gas)
  }

  #charge({ cost, loop }: Region): void {
    const out = this.#load()
    if (cost > 0) out.u8(op.i64Const).s64(BigInt(cost)).u8(op.i64Sub)
    if (loop) this.#test(cost > 0)
    else this.#store()
  }

  #load(): Writer {
    return this.#local
      ? this.#out.u8(op.localGet).u32(this.#gas)
      : this.#out.u8(op.globalGet).u32(this.#around.counters.gas)
  }

  #store(): void {
    if (this.#local) this.#out.u8(op.localSet).u32(this.#gas)
    else this.#out.u8(op.globalSet).u32(this.#around.counters.gas)
  }

  /** Puts the gas on the stack back where it is kept, if it has changed, and ends the task where there is none left. */
  #test(changed: boolean): void {
    const { gas } = this.#around.counters
    const out = this.#out
    if (changed && this.#local) out.u8(op.localTee).u32(this.#gas)
    else if (changed) out.u8(op.localTee).u32(this.#gas).u8(op.globalSet).u32(gas).u8(op.localGet).u32(this.#gas)
    out.u8(op.i64Const, 0, op.i64LtS)
    this.#trap()
  }

  /**
   * Charges all rounds of a loop before its head: (stop - counter) / step, or 2³² / step where that is 0. Where the
   * step passes the stop by, the loop would never end, and has more rounds than there is gas.
   */
  #chargeRounds(cost: number, { counter, step, stop }: Counted): void {
    const out = this.#out
    const size = Math.abs(step)
    const pushStop = (): void =>
      void ('local' in stop ? out.u8(op.localGet).u32(stop.local) : out.u8(op.i32Const).s64(BigInt(stop.constant)))
    const pushCounter = (): void => void out.u8(op.localGet).u32(counter)
    for (const push of step > 0 ? [pushStop, pushCounter] : [pushCounter, pushStop]) push()
    out
      .u8(op.i32Sub, op.i32Const)
      .s64(BigInt(size | 0))
      .u8(op.i32Sub, op.localSet)
      .u32(this.#length)
    if (size > 1) {
      out.u8(op.localGet).u32(this.#length).u8(op.i32Const)
      out.s64(BigInt((size - 1) | 0)).u8(op.i32And, op.if, emptyBlock + 0x80)
      out.u8(op.i64Const, 0x7f, op.localSet).u32(this.#gas).u8(op.end)
    }
    this.#load().u8(op.localGet).u32(this.#length).u8(op.i64ExtendI32U)
    if (size > 1)
      out
        .u8(op.i64Const)
        .s64(BigInt(Math.log2(size)))
        .u8(op.i64ShrU)
    out.u8(op.i64Const, 1, op.i64Add, op.i64Const).s64(BigInt(cost)).u8(op.i64Mul, op.i64Sub)
    // The head of the loop is not open yet.
    this.#depth--
    this.#test(true)
    this.#depth++
  }

  /** Charges an operation by the length that lies on top of the stack. */
  #chargeLength(lengthsPerUnit: number): void {
    const out = this.#out.u8(op.localTee).u32(this.#length)
    this.#load().u8(op.localGet).u32(this.#length).u8(op.i64ExtendI32U)
    if (lengthsPerUnit > 1) {
      out
        .u8(op.i64Const)
        .s64(BigInt(lengthsPerUnit - 1))
        .u8(op.i64Add)
      out
        .u8(op.i64Const)
        .s64(BigInt(Math.log2(lengthsPerUnit)))
        .u8(op.i64ShrU)
    }
    out.u8(op.i64Sub)
    this.#test(true)
  }
}
