import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { component, type Exports, type Load } from './jco.ts'

const fixtures = join(import.meta.dirname, '../fixtures/components')

describe('types', () => {
  let load: Load
  const clock = { 'wasi:clocks/monotonic-clock': { now: () => 1234n } }
  beforeAll(async () => void (load = await component(join(fixtures, 'types.wasm'))))
  const types = (): Exports => load(clock)

  test('the world has functions and types of its own', () => {
    expect(types().double({ name: 'egg', amount: -3 })).toEqual({ name: 'egg', amount: -6 })
    expect(types().greet('you')).toBe('Hello, you!')
    expect(types().shapes.walk({ x: 1, y: 2 }, 'south')).toEqual({ x: 1, y: 1 })
  })

  test.each([
    ['negate', true, false],
    ['nextU8', 255, 0],
    ['nextU16', 65534, 65535],
    ['nextU32', 0xffffffff, 0],
    ['nextU64', 2n ** 63n - 1n, 2n ** 63n],
    ['nextS8', 127, -128],
    ['nextS16', -2, -1],
    ['nextS32', 0x7fffffff, -0x80000000],
    ['nextS64', 2n ** 63n - 1n, -(2n ** 63n)],
    ['halfF32', 0.5, 0.25],
    ['halfF64', -0, -0],
    ['halfF64', NaN, NaN],
    ['halfF64', Infinity, Infinity],
    ['nextChar', 'z', '{'],
    ['nextChar', '\ud7ff', '\ue000'],
    ['nextChar', '\u{10ffff}', '\0'],
  ])('scalars: %s of %s is %s', (name, value, expected) => {
    expect(types().scalars[name](value)).toBe(expected)
  })

  test('scalars without value', () => {
    expect(types().scalars.nan()).toBeNaN()
    expect(types().scalars.nothing()).toBe(undefined)
  })

  test('containers', () => {
    const all = types().containers
    expect(all.backwards('añ🦊')).toBe('🦊ña')
    expect(all.reverse(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(3, 2, 1))
    expect(all.reverse(new Uint8Array())).toEqual(new Uint8Array())
    expect(
      all.transpose([
        [1, 2, 65535],
        [4, 5, 6],
      ]),
    ).toEqual([Uint16Array.of(1, 4), Uint16Array.of(2, 5), Uint16Array.of(65535, 6)])
    expect(all.transpose([])).toEqual([])
    expect(all.negateAll([true, false])).toEqual([false, true])
    expect([...all.halveAll([1, -3])]).toEqual([0.5, -1.5])
    expect(all.sort(['b', '', 'a'])).toEqual(['', 'a', 'b'])
    expect(all.present([undefined, 5n, undefined, -1n])).toEqual([
      [1, 5n],
      [3, -1n],
    ])
    expect([all.increment(undefined), all.increment(41)]).toEqual([undefined, 42])
    expect(all.swap(['a', 2n ** 64n - 1n])).toEqual([2n ** 64n - 1n, 'a'])
    expect(all.total([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)])).toBe(3n)
    expect(all.bytes(300)).toEqual(Uint8Array.from({ length: 300 }, (_, index) => index))
    expect(all.aliases(3, 2)).toEqual([Uint8Array.of(7, 7), Uint8Array.of(7, 7), Uint8Array.of(7, 7)])
  })

  test('options in options', () => {
    const { deeper } = types().containers
    // Only the outer one is tagged here.
    const [none, some] = [{ tag: 'none' }, (val?: number) => ({ tag: 'some', val })]
    expect(deeper(none)).toEqual(some())
    expect(deeper(some())).toEqual(some(0))
    expect(deeper(some(7))).toEqual(some(8))
    expect(deeper(some(255))).toEqual(none)
  })

  test('records with fields of every alignment', () => {
    const person = {
      name: 'Ann',
      age: 255,
      height: 1.75,
      home: { x: -1, y: 7 },
      tags: ['a'],
      account: 2n ** 53n + 1n,
      active: true,
    }
    const older = { ...person, age: 0, home: { x: 0, y: 7 }, tags: ['a', 'older'] }
    expect(types().structures.birthday(person)).toEqual(older)
    expect(types().structures.birthday({ ...person, home: undefined }).home).toBe(undefined)
  })

  test('variants of payloads with different core types', () => {
    const { change, convert } = types().structures
    expect(change({ tag: 'empty' })).toEqual({ tag: 'circle', val: 1 })
    expect(change({ tag: 'circle', val: 0.75 })).toEqual({ tag: 'circle', val: 1.5 })
    expect(change({ tag: 'rectangle', val: [1, 0xffffffff] })).toEqual({ tag: 'rectangle', val: [0xffffffff, 1] })
    expect(change({ tag: 'label', val: 'ab' })).toEqual({ tag: 'label', val: 'abab' })
    const marks = [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ]
    expect(change({ tag: 'marks', val: marks })).toEqual({ tag: 'marks', val: marks.slice(1) })
    expect(change({ tag: 'mixed', val: -5 })).toEqual({ tag: 'mixed', val: 5 })
    expect(change({ tag: 'mixed', val: undefined })).toEqual({ tag: 'mixed', val: undefined })
    expect(convert({ tag: 'small', val: 3 })).toEqual({ tag: 'single', val: 3 })
    expect(convert({ tag: 'single', val: 0.5 })).toEqual({ tag: 'double', val: 0.5 })
    expect(convert({ tag: 'double', val: -1e10 })).toEqual({ tag: 'long', val: -10_000_000_000n })
    expect(convert({ tag: 'long', val: -4n })).toEqual({ tag: 'both', val: [-4, -4n] })
    expect(convert({ tag: 'both', val: [0.5, 258n] })).toEqual({ tag: 'small', val: 2 })
  })

  test('enums and flags', () => {
    const { nextCase, turn, others, following, shift } = types().structures
    expect([nextCase('c0'), nextCase('c255'), nextCase('c299')]).toEqual(['c1', 'c256', 'c0'])
    expect(turn('west')).toBe('north')
    expect(others({ write: true })).toEqual({ read: true, write: false, execute: true })
    expect(following({ august: true, december: true })).toMatchObject({
      january: true,
      september: true,
      december: false,
    })
    expect(shift({ bit0: true, bit31: true })).toMatchObject({ bit0: true, bit1: true, bit2: false, bit31: false })
  })

  test('results', () => {
    const { divide, invert, even, evenNumber, oddNumber, flip } = types().structures
    const thrown = (call: () => unknown): unknown => {
      try {
        return { ok: call() }
      } catch (error) {
        return { error: (error as Exports).payload ?? error }
      }
    }
    expect(thrown(() => divide(7, 2))).toEqual({ ok: 3 })
    expect(thrown(() => divide(7, 0))).toEqual({ error: 'division by zero' })
    expect(thrown(() => invert({ tag: 'ok', val: 1.5 }))).toEqual({ error: 1.5 })
    expect(thrown(() => invert({ tag: 'err', val: 2n ** 63n }))).toEqual({ ok: 2n ** 63n })
    expect(even(2)).toBe(undefined)
    expect(() => even(3)).toThrow()
    expect(evenNumber(4)).toBe(4)
    expect(() => evenNumber(5)).toThrow()
    expect(thrown(() => oddNumber(5))).toEqual({ error: 5 })
    expect(thrown(() => oddNumber(4))).toEqual({ ok: undefined })
    expect(() => flip({ tag: 'ok', val: undefined })).toThrow()
    expect(flip({ tag: 'err', val: undefined })).toBe(undefined)
  })

  test('more parameters than pass as core values', () => {
    const { many, sixteen } = types().limits
    const text = many(1, 2n, 'c', 0.5, Uint8Array.of(6, 7), true, -8, 9.25, 'i', 10, -11n, 12, [13, 14n])
    expect(text).toBe(`1 2 c 0.5 [6, 7] true -8 Some(9.25) i 10 -11 12 (13, 14)`)
    expect(sixteen(1, 2, 3, 4n, -5, -6, -7, -8n, 9, 10, 11, 12n, -13, -14, -15, -16n)).toBe(-32n)
  })

  test('memory grows, calls nest and rounds are counted', () => {
    const { allocate, recurse, work, count } = types().limits
    const pages = allocate(0)
    expect(allocate(3)).toBe(pages + 48)
    expect(recurse(0)).toBe(1)
    expect(recurse(2)).toBe((((1 * 31) ^ 1) * 31) ^ 2)
    expect(recurse(1000)).not.toBe(recurse(999))
    expect(work(1000n)).not.toBe(work(1001n))
    expect([count(), count()]).toEqual([1, 2])
    expect(types().limits.count()).toBe(1)
  })

  test('what does not end well traps', () => {
    expect(() => types().limits.trap()).toThrow(/unreachable/)
    expect(() => types().limits.recurseWithoutEnd()).toThrow(RangeError)
    expect(() => types().containers.transpose([[1], []])).toThrow(/unreachable/)
  })

  test('the clock is called by one function alone', () => {
    expect(types().limits.now()).toBe(1234n)
    const refusing = load({
      'wasi:clocks/monotonic-clock': {
        now: () => {
          throw new Error('refused')
        },
      },
    })
    expect(refusing.scalars.nextU8(1)).toBe(2)
    expect(() => refusing.limits.now()).toThrow('refused')
  })
})

test('a core module keeps the WIT of the component that it would become', () => {
  const bytes = readFileSync(join(fixtures, 'hello-core.wasm'))
  expect(bytes.includes('component-type')).toBe(true)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  expect(Object.keys(exports)).toEqual(['memory', 'cabi_realloc', 'greet'])
})

test('a core module without WIT', () => {
  const bytes = readFileSync(join(fixtures, 'core.wasm'))
  expect(bytes.includes('component-type')).toBe(false)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  const { add, add_one, multiply, half, root, divide, peek, count, pair } = exports as Exports
  expect([add(2, -3), add_one(41), multiply(2n, -3n), half(0.5), root(2.25)]).toEqual([-1, 42, -6n, 0.25, 1.5])
  expect([count(), count(), pair(4)]).toEqual([1, 2, [4, 4]])
  expect(divide(-7, 2)).toBe(-3)
  expect(() => divide(1, 0)).toThrow(/divide by zero/)
  expect(() => peek(65_533)).toThrow(/out of bounds/)
})
