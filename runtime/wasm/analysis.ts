import { Reader } from './binary.ts'
import type { Site } from './canonical.ts'
import { type Counted, Recent } from './counted.ts'
import { floatLocals, NanFlow } from './nan.ts'
import { emptyBlock, opcode as op, walk } from './opcodes.ts'
import { costOf, instructionCosts } from './schedule.ts'
import type { Body, FuncType, Outline } from './sections.ts'

/** What the rewriter has to know of a function before it writes it. */
export interface Analysis {
  /**
   * Where charges stand, in the order of the bytes: the end of the instruction behind which a region begins, the sum
   * of what stands in it, and whether it is the head of a loop. The first is the entry of the function.
   */
  regions: Region[]
  /** Arithmetic whose NaNs must be made canonical, in the order of the bytes. */
  nans: Site[]
  /** Whether it has a loop, and whether it calls anything that returns to it. */
  loops: boolean
  calls: boolean
  /** Whether it has operations that are charged by length. */
  bulk: boolean
  /** Most operands that are on the stack at a time, and whether any of them may be a vector. */
  height: number
  vectors: boolean
  /** How many instructions it has. */
  instructions: number
}

export interface Region {
  at: number
  cost: number
  loop: boolean
  /** Of a loop of which it is known how often it goes round: then all rounds are charged before it. */
  counted?: Counted
}

interface Frame {
  op: number
  /** Operands below it, parameters of the block not among them. */
  base: number
  type: FuncType
  /** Region in which it was opened; undefined where nothing can reach it. */
  region: Region | undefined
  /** The outermost frame to which a branch inside of it goes, by number; larger than its own where there is none. */
  farthest: number
  /** Of a loop: where its body begins, and how many branches go to its head. */
  head: Region | undefined
  branches: number
  /** Whether the task cannot but end behind its end. */
  doomed: boolean
}

const nothing: FuncType = { params: [], results: [] }

/**
 * Finds the regions of a function: sets of instructions of which always all are executed, or none, unless the task
 * ends among them. What follows a block belongs to the region before it where no branch inside leaves further than to
 * its own label; so most code between two loops is charged at once. The module has been validated.
 */
export function analyse(module: Outline, index: number): Analysis {
  const body = module.bodies[index]!
  const type = module.types[module.functionTypes[module.importedFunctions + index]!]!
  const told = floatLocals(body, type.params, module.bytes)
  return new Analyser(module, body, type, told).run() ?? new Analyser(module, body, type, []).run()!
}

class Analyser {
  readonly #module: Outline
  readonly #body: Body
  readonly #type: FuncType
  readonly #frames: Frame[] = []
  readonly #regions: Region[] = []
  readonly #flow: NanFlow
  readonly #recent: Recent
  /** Where instructions count now; undefined where nothing can reach them. */
  #region: Region | undefined
  #loops = false
  #calls = false
  #bulk = false
  #height = 0
  #instructions = 0
  #blocks = 0
  #vectors: boolean

  /** @param told locals of which it is told what they hold at each place */
  constructor(module: Outline, body: Body, type: FuncType, told: readonly number[]) {
    this.#module = module
    this.#body = body
    this.#type = type
    this.#flow = new NanFlow(told)
    this.#recent = new Recent(module.bytes)
    this.#vectors = body.vectors || hasVector(type.params)
  }

  /** `undefined` where there are too many values to tell locals apart. */
  run(): Analysis | undefined {
    const { code, end } = this.#body
    this.#begin(code, false)
    this.#open(op.block, { params: [], results: this.#type.results }, false)
    walk(new Reader(this.#module.bytes, code, end), (instruction, start, after, index) => {
      this.#instructions++
      if (this.#region) this.#recent.step(instruction, start, index)
      this.#step(instruction, start, after, index)
    })
    if (this.#flow.exceeded) return undefined
    return {
      regions: this.#regions.filter(({ cost, loop }, i) => cost > 0 || loop || i === 0),
      nans: this.#flow.observed(),
      loops: this.#loops,
      calls: this.#calls,
      bulk: this.#bulk,
      height: this.#height,
      vectors: this.#vectors,
      instructions: this.#instructions,
    }
  }

  #begin(at: number, loop: boolean): void {
    this.#regions.push((this.#region = { at, cost: 0, loop }))
  }

  #open(instruction: number, type: FuncType, doomed: boolean): void {
    const base = this.#flow.height - type.params.length
    const kind = !this.#region || instruction === op.block ? 'block' : instruction === op.loop ? 'loop' : 'if'
    this.#flow.versions.open(kind)
    this.#frames.push({
      op: instruction,
      base,
      type,
      region: this.#region,
      farthest: Infinity,
      head: undefined,
      branches: 0,
      doomed,
    })
  }

  #blockType(index: number): FuncType {
    if (index >= 0) return this.#module.types[index]!
    return index === emptyBlock ? nothing : { params: [], results: [index + 0x80] }
  }

  #step(instruction: number, start: number, after: number, index: number): void {
    if (instruction >= 0xfd00 || (instruction === op.globalGet && this.#module.vectorGlobals)) this.#vectors = true
    if (this.#region) this.#region.cost += costOf(instruction)
    if (this.#region && instruction >= 0x20) {
      this.#flow.step(instruction, index, after)
      if (instruction >= 0xfc08 && instruction <= op.tableFill) this.#bulk = true
      if (instruction === op.memoryGrow || instruction === op.tableGrow) this.#calls = true
    } else this.#control(instruction, start, after, index)
    if (this.#flow.height > this.#height) this.#height = this.#flow.height
  }

  #control(instruction: number, start: number, after: number, index: number): void {
    switch (instruction) {
      case op.block:
      case op.loop:
      case op.if:
        return this.#enter(instruction, after, index)
      case op.else:
        return this.#else(after)
      case op.end:
        return this.#end(after)
    }
    if (!this.#region) return
    switch (instruction) {
      case op.nop:
        return
      case op.unreachable:
        return this.#leave()
      case op.br:
        this.#branch(index)
        return this.#leave()
      case op.brIf:
        this.#flow.drop(1)
        // Whoever takes a branch to where the task ends may have paid for what it leaves.
        if (this.#branch(index)) return
        return this.#begin(after, false)
      case op.brTable:
        this.#flow.drop(1)
        // All of its labels take as many operands, and whoever is passed by is nearer than the farthest.
        this.#branch(index, false)
        this.#table(new Reader(this.#module.bytes, start + 1, after))
        return this.#leave()
      case op.return:
        this.#branch(this.#frames.length - 1)
        return this.#leave()
      case op.call:
      case op.returnCall: {
        const { importedFunctions, functionTypes, types } = this.#module
        if (index < importedFunctions) this.#region.cost += instructionCosts.distantCall - instructionCosts.call
        return this.#call(types[functionTypes[index]!]!, instruction === op.returnCall)
      }
      case op.callIndirect:
      case op.returnCallIndirect:
        this.#flow.drop(1)
        return this.#call(this.#module.types[index]!, instruction === op.returnCallIndirect)
      case op.drop:
        return this.#flow.drop(1)
      default:
        // `select`, with and without types.
        this.#flow.drop(1)
        return this.#flow.select()
    }
  }

  #enter(instruction: number, after: number, index: number): void {
    const type = this.#blockType(index)
    const doomed = this.#body.doomed.has(this.#blocks++)
    if (!this.#region) return this.#open(instruction, nothing, doomed)
    if (instruction === op.if) this.#flow.drop(1)
    this.#flow.replace(type.params.length)
    this.#open(instruction, type, doomed)
    if (instruction === op.loop) this.#loops = true
    if (instruction !== op.block) this.#begin(after, instruction === op.loop)
    if (instruction === op.loop) this.#frames.at(-1)!.head = this.#region
  }

  #else(after: number): void {
    const frame = this.#frames.at(-1)!
    const reached = this.#region !== undefined
    if (reached) this.#flow.observe(frame.type.results.length)
    this.#region = undefined
    if (!frame.region) return
    this.#flow.versions.else(reached)
    this.#flow.reset(frame.base, frame.type.params.length)
    this.#begin(after, false)
  }

  #end(after: number): void {
    const { region, base, type, farthest, head, branches } = this.#frames.pop()!
    if (this.#region) this.#flow.observe(type.results.length)
    this.#flow.versions.end(this.#region !== undefined)
    const outer = this.#frames.at(-1)
    if (!outer) return
    if (farthest < outer.farthest) outer.farthest = farthest
    if (!region) return
    const rounds = head && branches === 1 && farthest >= this.#frames.length && this.#region
    if (rounds && type.params.length === 0) {
      const counted = this.#recent.counted(head.at)
      if (counted) head.counted = counted
    }
    this.#flow.reset(base, type.results.length)
    // Where nothing reaches the end, what is counted there makes no difference.
    if (farthest < this.#frames.length) this.#begin(after, false)
    else this.#region = region
  }

  /**
   * A branch to the label `depth`; its operands may be anybody's then.
   *
   * @param alone false where there are nearer labels
   * @returns whether the task cannot but end there
   */
  #branch(depth: number, alone = true): boolean {
    const target = this.#frames.length - 1 - depth
    const frame = this.#frames[target]!
    this.#flow.replace((frame.op === op.loop ? frame.type.params : frame.type.results).length)
    if (alone) this.#flow.versions.branch(target)
    if (alone && frame.doomed && frame.op !== op.loop) return true
    const inner = this.#frames.at(-1)!
    if (target < inner.farthest) inner.farthest = target
    frame.branches++
    return false
  }

  /** All labels of a `br_table`. */
  #table(reader: Reader): void {
    const depths = new Set<number>()
    for (let left = reader.u32(); left >= 0; left--) depths.add(reader.u32())
    for (const depth of depths) this.#flow.versions.branch(this.#frames.length - 1 - depth)
  }

  #leave(): void {
    this.#region = undefined
  }

  #call({ params, results }: FuncType, tail: boolean): void {
    this.#flow.observe(params.length)
    if (tail) {
      // As a branch to the label of the function itself.
      this.#frames.at(-1)!.farthest = 0
      return this.#leave()
    }
    this.#calls = true
    if (hasVector(results)) this.#vectors = true
    this.#flow.push(results.length)
  }
}

function hasVector(types: readonly number[]): boolean {
  return types.includes(0x7b)
}
