import { Writer } from '../../../runtime/wasm/binary.ts'
import { opcode as op } from '../../../runtime/wasm/opcodes.ts'
import { Code, type Func, type Surroundings, writeConstant } from './code.ts'
import { Random } from './random.ts'
import { type Type, typeBytes } from './signatures.ts'

export interface Options {
  /** Whether there is floating point arithmetic, and vectors. */
  floats: boolean
}

/**
 * A random valid module over every instruction that components may use: it exports `run`, which calls its functions
 * and leaves their results in memory, the memory `mem` and the table `tab`. Every loop ends. It imports `env.f`,
 * a function of (i32) -> i32.
 */
export function randomModule(seed: number, { floats }: Options): Uint8Array {
  const random = new Random(seed)
  const types: readonly Type[] = floats ? ['i', 'l', 'f', 'd', 'v'] : ['i', 'l']
  const some = (most: number): Type[] => Array.from({ length: random.to(most + 1) }, () => random.of(types))
  const functions: Func[] = [{ params: ['i'], results: ['i'] }]
  const typeList: Func[] = []
  const typeOf = (func: Func): number => {
    const key = (one: Func): string => `${one.params.join('')}:${one.results.join('')}`
    const known = typeList.findIndex(one => key(one) === key(func))
    return known >= 0 ? known : typeList.push(func) - 1
  }
  const globals = Array.from({ length: 3 }, () => random.of(types))
  const around: Surroundings = { random, types, functions, globals, typeOf }
  const count = 2 + random.to(5)
  for (let i = 0; i < count; i++) functions.push({ params: some(3), results: some(2) })
  const bodies: Uint8Array[] = []
  for (let i = 1; i <= count; i++) bodies.push(new Code(around, i).body())
  const run = functions.push({ params: [], results: [] }) - 1
  bodies.push(new Code(around, run).run())
  const numbers = functions.map(typeOf)
  const out = new Writer().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  const section = (id: number, write: (out: Writer) => void): void => {
    const content = new Writer()
    write(content)
    out.u8(id).sized(content.done())
  }
  section(1, to => {
    to.u32(typeList.length)
    for (const { params, results } of typeList) {
      to.u8(0x60).u32(params.length)
      for (const type of params) to.u8(typeBytes[type])
      to.u32(results.length)
      for (const type of results) to.u8(typeBytes[type])
    }
  })
  section(2, to => to.u32(1).name('env').name('f').u8(0).u32(numbers[0]!))
  section(3, to => {
    to.u32(numbers.length - 1)
    for (const number of numbers.slice(1)) to.u32(number)
  })
  section(4, to => to.u8(1, 0x70, 1).u32(12).u32(20))
  section(5, to => to.u8(1, 1, 2, 5))
  section(6, to => {
    to.u32(globals.length)
    for (const type of globals) {
      to.u8(typeBytes[type], 1)
      writeConstant(to, random, type)
      to.u8(op.end)
    }
  })
  section(7, to => to.u8(3).name('run').u8(0).u32(run).name('mem').u8(2, 0).name('tab').u8(1, 0))
  section(9, to => {
    // The table holds all functions but `run`; a passive segment the first two.
    to.u8(2, 0, op.i32Const, 0, op.end).u32(count + 1)
    for (let i = 0; i <= count; i++) to.u32(i)
    to.u8(1, 0, 2, 0, 1)
  })
  section(12, to => to.u8(1))
  section(10, to => {
    to.u32(bodies.length)
    for (const body of bodies) to.sized(body)
  })
  section(11, to => to.u8(1, 1).sized(Uint8Array.from({ length: 40 }, () => random.to(256))))
  return out.done()
}
