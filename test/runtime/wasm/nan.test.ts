import { describe, expect, test } from 'vitest'
import { analyse } from '../../../runtime/wasm/analysis.ts'
import { Budget, reserved } from '../../../runtime/wasm/budget.ts'
import { rewrite } from '../../../runtime/wasm/rewrite.ts'
import { outline } from '../../../runtime/wasm/sections.ts'
import { counting } from './counting.ts'
import { floatingModule } from './floating.ts'
import { component, local, wat } from './harness.ts'

/** Bits of a NaN that no arithmetic of a specification gives as canonical: negative, with a payload. */
const odd32 = 'nan:0x200001'
const odd64 = 'nan:0x4000000000001'

const [f32, f64] = ['7fc00000', '7ff8000000000000']

/** Gives the bits of an expression, as hexadecimal digits of so many words of 64 bits. */
async function bitsOf(store: string, words: number): Promise<string[]> {
  const one = await local(
    component(
      `(global $wrong (mut f64) (f64.const -${odd64})) (global $small (mut f32) (f32.const -${odd32}))
       (global $lanes4 (mut v128) (v128.const f32x4 -${odd32} 1 -${odd32} 2))
       (global $lanes2 (mut v128) (v128.const f64x2 -${odd64} 1))
       (func $through (param f64) (result f64) (local.get 0))
       (func (export "f") (param $n i32) (result i64) (local $a f64) (local $b f64) (local $v v128)
         ${store} (i64.load offset=256 (i32.mul (local.get $n) (i32.const 8))))`,
      { f: '(param "n" u32) (result u64)' },
    ),
  )
  const text = (n: number): string => (one.value('f', n) as bigint).toString(16).padStart(16, '0')
  return Array.from({ length: words }, (_, n) => text(n))
}

const scalar = (type: string): string => (type === 'f32' ? '(global.get $small)' : '(global.get $wrong)')

describe('a NaN that arithmetic makes is canonical', () => {
  test.each(
    ['f32', 'f64'].flatMap(type => [
      ...['ceil', 'floor', 'trunc', 'nearest', 'sqrt'].map(name => [type, name, 1] as const),
      ...['add', 'sub', 'mul', 'div', 'min', 'max'].map(name => [type, name, 2] as const),
    ]),
  )('%s.%s', async (type, name, count) => {
    for (const operands of count === 1
      ? [scalar(type)]
      : [`${scalar(type)} (${type}.const 1)`, `(${type}.const 1) ${scalar(type)}`]) {
      const [bits] = await bitsOf(`(${type}.store offset=256 (i32.const 0) (${type}.${name} ${operands}))`, 1)
      expect(bits).toBe(type === 'f32' ? f32.padStart(16, '0') : f64)
    }
  })

  test('of no NaN', async () => {
    const [zero, infinite, root] = await bitsOf(
      `(global.set $wrong (f64.const 0)) (local.set $a (f64.const inf))
       (f64.store offset=256 (i32.const 0) (f64.div (global.get $wrong) (f64.const 0)))
       (f64.store offset=264 (i32.const 0) (f64.sub (local.get $a) (local.get $a)))
       (f64.store offset=272 (i32.const 0) (f64.sqrt (f64.const -1)))`,
      3,
    )
    expect([zero, infinite, root]).toEqual([f64, f64, f64])
  })

  test('of another width', async () => {
    const [demoted, promoted] = await bitsOf(
      `(f32.store offset=256 (i32.const 0) (f32.demote_f64 (global.get $wrong)))
       (f64.store offset=264 (i32.const 0) (f64.promote_f32 (global.get $small)))`,
      2,
    )
    expect([demoted, promoted]).toEqual([f32.padStart(16, '0'), f64])
  })

  test.each([
    ...['ceil', 'floor', 'trunc', 'nearest', 'sqrt'].flatMap(name => [
      ['f32x4', name, '(global.get $lanes4)'],
      ['f64x2', name, '(global.get $lanes2)'],
    ]),
    ...['add', 'sub', 'mul', 'div', 'min', 'max'].flatMap(name => [
      ['f32x4', name, '(global.get $lanes4) (v128.const f32x4 1 1 1 1)'],
      ['f64x2', name, '(global.get $lanes2) (v128.const f64x2 1 1)'],
    ]),
  ])('in the lanes of %s.%s, and other lanes stay', async (type, name, operands) => {
    const [low, high] = await bitsOf(`(v128.store offset=256 (i32.const 0) (${type}.${name} ${operands}))`, 2)
    if (type === 'f64x2') {
      expect(low).toBe(f64)
      expect(high).not.toBe(f64)
      return
    }
    for (const word of [low!, high!]) {
      expect(word.slice(8)).toBe(f32)
      expect(word.slice(0, 8)).not.toBe(f32)
    }
  })

  test('in lanes of another width', async () => {
    const [demoted, rest, promoted] = await bitsOf(
      `(v128.store offset=256 (i32.const 0) (f32x4.demote_f64x2_zero (global.get $lanes2)))
       (v128.store offset=272 (i32.const 0) (f64x2.promote_low_f32x4 (global.get $lanes4)))`,
      3,
    )
    expect([demoted, rest, promoted]).toEqual([`3f800000${f32}`, '0'.repeat(16), f64])
  })
})

describe('whoever looks at the bits', () => {
  const made = '(f64.add (global.get $wrong) (f64.const 1))'
  test.each([
    ['stores', `(f64.store offset=256 (i32.const 0) ${made})`, f64],
    ['stores by a local', `(local.set $a ${made}) (f64.store offset=256 (i32.const 0) (local.get $a))`, f64],
    [
      'stores by two locals',
      `(local.set $a ${made}) (local.set $b (local.get $a)) (f64.store offset=256 (i32.const 0) (local.get $b))`,
      f64,
    ],
    [
      'stores by a local that was set on the way',
      `(drop (local.tee $a ${made})) (f64.store offset=256 (i32.const 0) (local.get $a))`,
      f64,
    ],
    ['asks for them', `(i64.store offset=256 (i32.const 0) (i64.reinterpret_f64 ${made}))`, f64],
    [
      'takes the sign to another number',
      `(f64.store offset=256 (i32.const 0) (f64.copysign (f64.const 1) ${made}))`,
      '3ff0000000000000',
    ],
    ['changes the sign', `(f64.store offset=256 (i32.const 0) (f64.neg ${made}))`, 'fff8000000000000'],
    ['calls', `(f64.store offset=256 (i32.const 0) (call $through ${made}))`, f64],
    ['chooses', `(f64.store offset=256 (i32.const 0) (select ${made} (f64.const 1) (i32.const 1)))`, f64],
    ['leaves a block', `(f64.store offset=256 (i32.const 0) (block (result f64) (br 0 ${made})))`, f64],
    [
      'takes it into an arm',
      `(if (param f64) ${made} (i32.const 1) (then (local.set $a)) (else (drop)))
       (f64.store offset=256 (i32.const 0) (local.get $a))`,
      f64,
    ],
    [
      'takes it into the other arm',
      `(if (param f64) ${made} (i32.const 0) (then (drop)) (else (local.set $a)))
       (f64.store offset=256 (i32.const 0) (local.get $a))`,
      f64,
    ],
    [
      'takes it into a loop',
      `${made} (loop (param f64) (local.set $a)) (f64.store offset=256 (i32.const 0) (local.get $a))`,
      f64,
    ],
    ['puts it into a lane', `(v128.store offset=256 (i32.const 0) (f64x2.splat ${made}))`, f64],
    [
      'has a global for it',
      `(global.set $wrong ${made}) (f64.store offset=256 (i32.const 0) (global.get $wrong))`,
      f64,
    ],
    [
      'reads lanes as others',
      `(v128.store offset=256 (i32.const 0) (f64x2.abs (f32x4.add (global.get $lanes4) (v128.const f32x4 1 1 1 1))))`,
      `40000000${f32}`,
    ],
    [
      'compares lanes as others',
      `(v128.store offset=256 (i32.const 0) (f64x2.lt
         (f32x4.add (i64x2.shl (global.get $lanes4) (i32.const 32)) (v128.const f32x4 1 1 1 1)) (v128.const f64x2 0 0)))`,
      '0'.repeat(16),
    ],
    [
      'adds lanes as others',
      `(local.set $v (f32x4.add (i64x2.shl (global.get $lanes4) (i32.const 32)) (v128.const f32x4 1 1 1 1)))
       (v128.store offset=256 (i32.const 0) (f64x2.add (local.get $v) (v128.const f64x2 0 0)))`,
      `${f32}3f800000`,
    ],
    [
      'takes the smaller by comparing',
      `(v128.store offset=256 (i32.const 0) (f64x2.pmin (f64x2.add (global.get $lanes2) (v128.const f64x2 1 1)) (v128.const f64x2 0 0)))`,
      f64,
    ],
  ])('%s', async (_, store, bits) => {
    expect((await bitsOf(store, 1))[0]).toBe(bits)
  })

  test('sees what a NaN had that was only moved', async () => {
    const bits = 'fff4000000000001'
    const moved = await bitsOf(
      `(f64.store offset=256 (i32.const 0) (global.get $wrong))
       (local.set $a (global.get $wrong)) (f64.store offset=264 (i32.const 0) (local.get $a))
       (f64.store offset=272 (i32.const 0) (call $through (f64.load offset=256 (i32.const 0))))
       (f64.store offset=280 (i32.const 0) (f64.neg (f64.neg (global.get $wrong))))
       (v128.store offset=288 (i32.const 0) (f64x2.splat (global.get $wrong)))`,
      5,
    )
    expect(moved).toEqual([bits, bits, bits, bits, bits])
  })
})

describe('a local is what was put there last', () => {
  const sites = async (body: string): Promise<number> => {
    const module = outline(
      await wat(`(module (memory 1) (func (param $n i32) (local $a f64) (local $b f64) (local $i i32) ${body}))`),
    )
    return analyse(module, 0).nans.length
  }
  const put = '(local.set $a (f64.add (local.get $b) (f64.const 1)))'
  const ask = '(local.set $i (f64.lt (local.get $a) (f64.const 0)))'
  const look = '(f64.store (i32.const 0) (local.get $a))'
  const other = '(local.set $a (f64.load (i32.const 8)))'
  test.each([
    ['is seen', `${put} ${look}`, 1],
    ['is not what is seen', `${put} ${ask} ${other} ${look}`, 0],
    ['is seen behind a block', `${put} (block ${other} (br_if 0 (local.get $n)) ${put}) ${look}`, 1],
    ['is not what is seen in the next round', `(loop $l ${other} ${look} ${put} ${ask} (br_if $l (local.get $n)))`, 0],
    ['is seen in the next round', `(loop $l ${look} ${put} (br_if $l (local.get $n)))`, 1],
    ['is seen where one arm leaves it', `${put} (if (local.get $n) (then ${other})) ${look}`, 1],
    ['is not what is seen where both arms put another', `${put} (if (local.get $n) (then ${other}) (else ${other})) ${look}`, 0], // prettier-ignore
    ['is not what is seen behind a block that it does not leave', `(block (br_if 0 (local.get $n)) ${put} (return)) ${look}`, 0], // prettier-ignore
    ['is seen where an arm that put another does not end', `${put} (if (local.get $n) (then ${other} (return))) ${look}`, 1], // prettier-ignore
    ['is chosen', `${put} ${look.replace('(local.get $a)', '(select (local.get $a) (f64.const 1) (local.get $n))')}`, 1], // prettier-ignore
    ['is chosen and not seen', `${put} (local.set $b (select (local.get $a) (f64.const 1) (local.get $n)))`, 0],
  ])('%s', async (_, body, count) => {
    expect(await sites(body)).toBe(count)
  })
})

describe('random programs of floating point numbers leave the bits that they leave with every NaN made canonical', () => {
  const run = (bytes: Uint8Array, imports: WebAssembly.Imports): Buffer => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes.slice()), imports)
    ;(exports['run'] as () => void)()
    return Buffer.from((exports['mem'] as WebAssembly.Memory).buffer.slice(0))
  }
  /** How many of the programs leave other bits than that where they are not rewritten. */
  const compare = async (seeds: number, more: number): Promise<number> => {
    let odd = 0
    for (let seed = 1; seed <= seeds; seed++) {
      const bytes = await wat(floatingModule(seed, more))
      const rewritten = rewrite(bytes)
      if (!rewritten.ok) throw new Error(rewritten.error)
      const budget = new Budget()
      budget.begin({ memory: 1e9, gas: 1e12 })
      const { gas, stack } = budget
      const expected = run(counting(bytes), {})
      expect(run(rewritten.value.bytes, { [reserved]: { gas, stack } }).equals(expected), `seed ${seed}`).toBe(true)
      if (!run(bytes, {}).equals(expected)) odd++
    }
    return odd
  }

  test('where locals are told apart', async () => {
    expect(await compare(200, 0)).toBeGreaterThan(50)
  })
  test('where there are so many of them that some are not', async () => {
    expect(await compare(100, 60)).toBeGreaterThan(25)
  })
})

test('of a function with too many values for that, all that a local ever holds is taken together', async () => {
  const put = '(local.set $a (f64.sub (local.get $b) (local.get $b)))'
  const look = '(f64.store (i32.const 0) (local.get $a))'
  const sites = async (loops: number, last: string): Promise<number> => {
    const code = `(func (param $n i32) (local $a f64) (local $b f64) ${'(local f64)'.repeat(60)} ${'(loop)'.repeat(loops)} ${last})`
    return analyse(outline(await wat(`(module (memory 1) ${code})`)), 0).nans.length
  }
  expect(await sites(5000, `(loop $l ${look} ${put} (br_if $l (local.get $n)))`)).toBe(1)
  const unseen = `${put} (local.set $a (f64.const 1)) ${look}`
  expect(await sites(1000, unseen)).toBe(0)
  expect(await sites(5000, unseen)).toBe(1)
})
