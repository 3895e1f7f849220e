import { Writer } from '../../../runtime/wasm/binary.ts'
import { opcode as op } from '../../../runtime/wasm/opcodes.ts'
import type { Random } from './random.ts'
import { type Signature, signatures, type Type, typeBytes } from './signatures.ts'

export interface Func {
  params: Type[]
  results: Type[]
}

/** What the functions of a random module have in common. */
export interface Surroundings {
  random: Random
  /** Value types that it uses. */
  types: readonly Type[]
  /** Function 0 is imported. */
  functions: Func[]
  globals: Type[]
  typeOf: (func: Func) => number
}

interface Label {
  /** What a branch to it takes. */
  types: Type[]
}

const byResult = new Map<Type | undefined, Signature[]>()
for (const signature of signatures)
  byResult.set(signature.result, [...(byResult.get(signature.result) ?? []), signature])

/** Traps for most operands: used less often. */
const wild = (op: number): boolean => op >= 0xa8 && op <= 0xb1 && ![0xac, 0xad].includes(op)
const memoryMask = 0xffff

/** The instruction of a constant: a round number, an extreme one, a NaN, or any bits. */
export function writeConstant(out: Writer, random: Random, type: Type): void {
  const bytes = (count: number): number[] => Array.from({ length: count }, () => random.to(256))
  switch (type) {
    case 'i':
      out.u8(op.i32Const).s64(BigInt(random.of([0, 1, -1, 7, -0x80000000, random.to(1 << 30)])))
      return
    case 'l':
      out.u8(op.i64Const).s64(random.of([0n, 1n, -1n, -(1n << 63n), BigInt(random.to(1 << 30)) << 20n]))
      return
    case 'f':
      // One, infinity, a signalling NaN with a sign, zero, anything.
      out.u8(op.f32Const, ...random.of([[0, 0, 0x80, 0x3f], [0, 0, 0x80, 0x7f], [1, 2, 0x80, 0xff], [0, 0, 0, 0], bytes(4)])) // prettier-ignore
      return
    case 'd':
      out.u8(op.f64Const, ...random.of([[0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [0, 0, 0, 0, 0, 0, 0xf0, 0x7f], [1, 2, 3, 0, 0, 0, 0xf4, 0xff], [0, 0, 0, 0, 0, 0, 0, 0], bytes(8)])) // prettier-ignore
      return
    case 'v':
      out.u8(0xfd, 0x0c, ...bytes(16))
  }
}

/** Writes one function of a random module. It calls only functions before it, and every loop ends. */
export class Code {
  readonly #around: Surroundings
  readonly #random: Random
  readonly #types: readonly Type[]
  readonly #functions: readonly Func[]
  readonly #globals: readonly Type[]
  readonly #self: number
  readonly #out = new Writer()
  readonly #locals: Type[]
  /** Locals that count loops are not put anywhere else. */
  readonly #fixed = new Set<number>()
  readonly #labels: Label[]
  /** Labels behind whose end the task ends, by their number from outside. */
  readonly #ends: number[] = []
  readonly #results: Type[]

  constructor(around: Surroundings, self: number) {
    const { random, types, functions, globals } = around
    const { params, results } = functions[self]!
    this.#around = around
    this.#random = random
    this.#types = types
    this.#functions = functions
    this.#globals = globals
    this.#self = self
    this.#results = results
    this.#locals = [...params, ...types, ...types, 'i', 'i', 'i']
    this.#labels = [{ types: results }]
  }

  #type(func: Func): number {
    return this.#around.typeOf(func)
  }

  #finish(params: number): Uint8Array {
    const declared = this.#locals.slice(params)
    const out = new Writer().u32(declared.length)
    for (const type of declared) out.u8(1, typeBytes[type])
    return out.copy(this.#out.done()).u8(op.end).done()
  }

  body(): Uint8Array {
    const { params, results } = this.#functions[this.#self]!
    for (let i = this.#random.to(4); i > 0; i--) this.#statement(3)
    if (!this.#tail()) for (const type of results) this.#value(type, 3)
    return this.#finish(params.length)
  }

  /** A call in the place of this function, of one before it that gives the same; not always. */
  #tail(): boolean {
    const tail = this.#functions.findIndex(
      ({ results }, i) => i > 0 && i < this.#self && results.join() === this.#results.join() && this.#random.one(2),
    )
    if (tail < 0) return false
    const func = this.#functions[tail]!
    for (const type of func.params) this.#value(type, 2)
    if (this.#random.one(2)) this.#out.u8(op.returnCall).u32(tail)
    else {
      this.#out.u8(op.i32Const).s64(BigInt(tail))
      this.#out.u8(op.returnCallIndirect).u32(this.#type(func)).u8(0)
    }
    return true
  }

  /** Calls every function and stores what it gives. */
  run(): Uint8Array {
    let at = 0x100
    for (let i = 1; i < this.#self; i++) {
      const { params, results } = this.#functions[i]!
      for (const type of params) this.#constant(type)
      this.#out.u8(op.call).u32(i)
      for (const type of results.toReversed()) {
        const local = this.#locals.indexOf(type)
        this.#out.u8(op.localSet).u32(local).u8(op.i32Const).s64(BigInt(at)).u8(op.localGet).u32(local)
        this.#store(type)
        at += 16
      }
    }
    return this.#finish(0)
  }

  #store(type: Type): void {
    if (type === 'v') this.#out.u8(0xfd, 0x0b, 0, 0)
    else this.#out.u8({ i: 0x36, l: 0x37, f: 0x38, d: 0x39 }[type], 0, 0)
  }

  #constant(type: Type): void {
    writeConstant(this.#out, this.#random, type)
  }

  #local(type: Type): number {
    const all = this.#locals.flatMap((one, i) => (one === type && !this.#fixed.has(i) ? [i] : []))
    return this.#random.of(all)
  }

  #address(depth: number): void {
    this.#value('i', depth)
    this.#out.u8(op.i32Const).s64(BigInt(memoryMask)).u8(0x71)
  }

  /** Leaves a value on the stack. */
  #value(type: Type, depth: number): void {
    const random = this.#random
    const out = this.#out
    if (depth <= 0 || random.one(6)) {
      if (random.one(3)) return this.#constant(type)
      const global = this.#globals.indexOf(type)
      if (global >= 0 && random.one(3)) return void out.u8(op.globalGet).u32(global)
      return void out.u8(op.localGet).u32(this.#local(type))
    }
    switch (random.to(14)) {
      case 0:
        this.#value(type, depth - 1)
        return void out.u8(op.localTee).u32(this.#local(type))
      case 1:
        this.#value(type, depth - 1)
        this.#value(type, depth - 1)
        this.#value('i', depth - 1)
        return void (type === 'v' || random.one(2) ? out.u8(0x1c, 1, typeBytes[type]) : out.u8(op.select))
      case 2:
        return this.#block(type, depth)
      case 3:
        this.#value('i', depth - 1)
        out.u8(op.if, typeBytes[type])
        this.#labels.push({ types: [type] })
        this.#value(type, depth - 1)
        out.u8(op.else)
        if (random.one(2)) this.#statement(depth - 1)
        this.#value(type, depth - 1)
        this.#labels.pop()
        return void out.u8(op.end)
      case 4:
        return this.#called(type, depth)
      case 5:
        return type === 'i' ? this.#size() : this.#value(type, depth - 1)
      default:
        return this.#operation(random.of(byResult.get(type)!.filter(one => this.#fits(one))), depth)
    }
  }

  /** Sizes and growing, of memory and table. */
  #size(): void {
    const out = this.#out
    switch (this.#random.to(4)) {
      case 0:
        return void out.u8(op.memorySize, 0)
      case 1:
        return void out.u8(0xfc, 0x10, 0)
      case 2:
        out.u8(0xd0, 0x70)
        this.#value('i', 0)
        return void out.u8(op.i32Const, 3, 0x71, 0xfc, 0x0f, 0)
      default:
        this.#value('i', 0)
        return void out.u8(op.i32Const, 1, 0x71, op.memoryGrow, 0)
    }
  }

  #fits({ op: instruction, params, result }: Signature): boolean {
    if (
      !this.#types.includes('f') &&
      (result === undefined ? params : [...params, result]).some(one => one !== 'i' && one !== 'l')
    )
      return false
    return !wild(instruction) || this.#random.one(8)
  }

  #operation({ op: instruction, params, immediate }: Signature, depth: number): void {
    const random = this.#random
    const out = this.#out
    const memory = immediate === 'memarg' || (typeof immediate === 'object' && immediate[0] === 'memarg')
    params.forEach((type, i) => (memory && i === 0 ? this.#address(depth - 1) : this.#value(type, depth - 1)))
    // Division by zero is for now and then.
    if (
      ((instruction >= 0x6d && instruction <= 0x70) || (instruction >= 0x7f && instruction <= 0x82)) &&
      !random.one(20)
    )
      out.u8(...(instruction < 0x7f ? [op.i32Const, 1, 0x72] : [op.i64Const, 1, 0x84]))
    if (instruction < 0x100) out.u8(instruction)
    else out.u8(instruction >> 8).u32(instruction & 0xff)
    if (memory) out.u8(0).u32(random.to(200))
    if (immediate === 'shuffle') out.u8(...Array.from({ length: 16 }, () => random.to(32)))
    const lanes = typeof immediate === 'number' ? immediate : typeof immediate === 'object' ? immediate[1] : 0
    if (typeof lanes === 'number' && lanes > 0) out.u8(random.to(lanes))
  }

  #block(type: Type, depth: number): void {
    const random = this.#random
    const out = this.#out
    // Now and then it takes an operand, too.
    if (random.one(4)) {
      const operand = random.of(this.#types)
      this.#value(operand, depth - 1)
      out.u8(op.block).u32(this.#type({ params: [operand], results: [type] }))
      out.u8(op.localSet).u32(this.#local(operand))
    } else out.u8(op.block, typeBytes[type])
    this.#labels.push({ types: [type] })
    for (let i = random.to(3); i > 0; i--) this.#statement(depth - 1)
    this.#value(type, depth - 1)
    if (random.one(2)) {
      this.#value('i', depth - 1)
      out.u8(op.brIf, 0)
    }
    if (random.one(4)) {
      out.u8(op.br, 0)
      // Nothing reaches what stands here; operands come from nowhere.
      if (random.one(2)) out.u8(0x6a, op.drop, op.block, 0x40, op.loop, 0x40, op.end, op.end)
      this.#value(type, 1)
    }
    this.#labels.pop()
    out.u8(op.end)
  }

  #called(type: Type, depth: number): void {
    const candidates = this.#functions.flatMap(({ results }, i) =>
      i < this.#self && results.length === 1 && results[0] === type ? [i] : [],
    )
    if (candidates.length === 0) return this.#value(type, depth - 1)
    const callee = this.#random.of(candidates)
    const func = this.#functions[callee]!
    for (const param of func.params) this.#value(param, depth - 2)
    if (this.#random.one(3)) {
      // Now and then of a wrong function or none, a trap.
      this.#out.u8(op.i32Const).s64(BigInt(this.#random.one(20) ? 15 : callee))
      this.#out.u8(op.callIndirect).u32(this.#type(func)).u8(0)
    } else this.#out.u8(op.call).u32(callee)
  }

  #statement(depth: number): void {
    const random = this.#random
    const out = this.#out
    switch (random.to(15)) {
      case 0: {
        const type = random.of(this.#types)
        this.#value(type, depth)
        return void out.u8(op.localSet).u32(this.#local(type))
      }
      case 1: {
        const global = random.to(this.#globals.length)
        this.#value(this.#globals[global]!, depth)
        return void out.u8(op.globalSet).u32(global)
      }
      case 2:
      case 3:
        return this.#operation(random.of(byResult.get(undefined)!.filter(one => this.#fits(one))), depth)
      case 4:
      case 5:
        return this.#loop(depth)
      case 6:
        this.#value('i', depth - 1)
        out.u8(op.if, 0x40)
        this.#labels.push({ types: [] })
        if (depth > 0) this.#statement(depth - 1)
        if (random.one(2)) {
          out.u8(op.else)
          if (depth > 0) this.#statement(depth - 1)
        }
        this.#labels.pop()
        return void out.u8(op.end)
      case 7:
        return this.#leave(depth)
      case 8:
        return this.#table(depth)
      case 9:
        return this.#bulk(depth)
      case 10:
        out.u8(op.nop)
        this.#value(random.of(this.#types), depth - 1)
        return void out.u8(op.drop)
      case 11:
        out.u8(op.block, 0x40)
        this.#labels.push({ types: [] })
        for (let i = random.to(3); i > 0 && depth > 0; i--) this.#statement(depth - 1)
        this.#labels.pop()
        return void out.u8(op.end)
      case 12:
        return this.#checked(depth)
      default:
        if (random.one(100)) return void out.u8(op.unreachable)
        this.#value('i', 1)
        return void out.u8(op.call, 0, op.drop)
    }
  }

  /** Statements that may find a fault, with the end of the task behind them; or one that only looks like it. */
  #checked(depth: number): void {
    const random = this.#random
    const out = this.#out
    if (depth <= 0) return
    if (this.#ends.length > 0 && random.one(2)) {
      // Rarely true.
      this.#value('i', depth - 1)
      out.u8(op.i32Const).s64(0xffn).u8(0x71, op.i32Const).s64(0xf3n).u8(0x46, op.brIf)
      return void out.u32(this.#labels.length - 1 - random.of(this.#ends))
    }
    out.u8(op.block, 0x40, op.block, 0x40)
    // Whoever wants to leave goes to the outer one.
    this.#labels.push({ types: [] }, { types: ['v', 'v', 'v', 'v'] })
    this.#ends.push(this.#labels.length - 1)
    for (let i = 1 + random.to(3); i > 0; i--) this.#statement(depth - 1)
    this.#checked(depth - 1)
    this.#ends.pop()
    this.#labels.pop()
    out.u8(op.br, 1, op.end)
    if (random.one(2)) out.u8(op.i32Const, 1, op.call, 0, op.drop)
    if (random.one(4)) this.#leave(depth - 1)
    if (random.one(4)) out.u8(op.localGet).u32(this.#local('i')).u8(op.brIf, 0)
    this.#labels.pop()
    out.u8(...(random.one(3) ? [op.nop] : [op.unreachable]), op.end)
  }

  /** Some loops count at their end and go on while the counter is not yet there; others leave from their head. */
  #loop(depth: number): void {
    const random = this.#random
    const out = this.#out
    const free = this.#locals.flatMap((type, i) => (type === 'i' && !this.#fixed.has(i) ? [i] : [])).slice(-3)
    if (depth <= 0 || free.length < 2) return
    const counter = free.at(-1)!
    this.#fixed.add(counter)
    const times = 1 + random.to(4)
    if (random.one(2)) {
      const step = random.of([1, 2, 4, -1, -8])
      const [start, stop] = random.of([
        [100, 100 + times * step],
        [-times * step, 0],
      ] as const)
      out.u8(op.i32Const).s64(BigInt(start)).u8(op.localSet).u32(counter).u8(op.loop, 0x40)
      // Nothing has what a branch to this label would take: only its end goes to its head.
      this.#labels.push({ types: ['v', 'v', 'v', 'v'] })
      this.#statement(depth - 1)
      this.#statement(depth - 2)
      this.#labels.pop()
      const first = stop !== 0 && random.one(2)
      if (first) out.u8(op.i32Const).s64(BigInt(stop))
      out.u8(op.localGet).u32(counter).u8(op.i32Const).s64(BigInt(step)).u8(op.i32Add, op.localTee).u32(counter)
      if (stop !== 0 && !first) out.u8(op.i32Const).s64(BigInt(stop))
      if (stop !== 0) out.u8(0x47)
      out.u8(op.brIf, 0, op.end)
    } else {
      out.u8(op.i32Const).s64(BigInt(times)).u8(op.localSet).u32(counter)
      out.u8(op.block, 0x40, op.loop, 0x40)
      this.#labels.push({ types: [] }, { types: [] })
      out.u8(op.localGet).u32(counter).u8(0x45, op.brIf, 1)
      out.u8(op.localGet).u32(counter).u8(op.i32Const, 1, op.i32Sub, op.localSet).u32(counter)
      this.#statement(depth - 1)
      this.#statement(depth - 2)
      if (random.one(2)) out.u8(op.br, 0)
      this.#labels.length -= 2
      out.u8(op.end, op.end)
    }
    this.#fixed.delete(counter)
  }

  #leave(depth: number): void {
    const random = this.#random
    const out = this.#out
    const empty = this.#labels.flatMap((label, i) => (label.types.length === 0 ? [this.#labels.length - 1 - i] : []))
    if (random.one(4)) {
      // A return that stands in an `if`, so that what follows is reached.
      this.#value('i', depth - 1)
      out.u8(op.if, 0x40)
      this.#labels.push({ types: [] })
      if (!random.one(3) || !this.#tail()) {
        for (const type of this.#results) this.#value(type, depth - 1)
        out.u8(op.return)
      }
      this.#labels.pop()
      return void out.u8(op.end)
    }
    if (empty.length === 0) return
    if (random.one(2)) {
      this.#value('i', depth - 1)
      return void out.u8(op.brIf).u32(random.of(empty))
    }
    out.u8(op.block, 0x40)
    this.#value('i', depth - 1)
    const labels = Array.from({ length: 1 + random.to(4) }, () => (random.one(2) ? 0 : random.of(empty) + 1))
    out.u8(op.brTable).u32(labels.length - 1)
    for (const label of labels) out.u32(label)
    out.u8(op.end)
  }

  #table(depth: number): void {
    const out = this.#out
    switch (this.#random.to(4)) {
      case 0:
        out.u8(op.i32Const, 9, op.i32Const, 0, 0x25, 0, 0x26, 0)
        return
      case 1:
        // Entries 8 to 11 are nobody's.
        out.u8(op.i32Const, 8, op.i32Const, 1, op.i32Const, 2, 0xfc, 0x0e, 0, 0)
        return
      case 2:
        out.u8(op.i32Const, 9, op.i32Const, 0, op.i32Const, 2, 0xfc, 0x0c, 1, 0)
        return
      default:
        out.u8(op.i32Const, 8, 0xd2, 0)
        this.#value('i', depth - 1)
        out.u8(op.i32Const, 3, 0x71, 0xfc, 0x11, 0)
    }
  }

  #bulk(depth: number): void {
    const random = this.#random
    const out = this.#out
    const which = random.to(3)
    this.#address(depth - 1)
    if (which === 0) out.u8(op.i32Const, 3)
    else if (which === 1) this.#address(depth - 1)
    else this.#value('i', depth - 1)
    this.#value('i', depth - 1)
    out.u8(op.i32Const, ...(which === 0 ? [31] : [0xff, 0x3]), 0x71)
    if (which === 0) out.u8(0xfc, 0x08, 0, 0)
    else if (which === 1) out.u8(0xfc, 0x0a, 0, 0)
    else out.u8(0xfc, 0x0b, 0)
  }
}
