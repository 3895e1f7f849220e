import { describe, expect, test } from 'vitest'
import { readComponent } from '../../../dag/component/read.ts'
import { compileComponent } from '../../../runtime/wasm/component.ts'
import { Task } from '../../../runtime/wasm/task.ts'
import { leb, sections } from './tools.ts'

/** Sizes at which anything that is not linear in the bytes would not end before the test does. */

type Bytes = Uint8Array | number[]

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** `Uint8Array.from` would go through what is bytes already one by one. */
const asBytes = (part: Bytes): Uint8Array => (part instanceof Uint8Array ? part : Uint8Array.from(part))

function section(id: number, ...content: Bytes[]): Uint8Array {
  const body = Buffer.concat(content.map(asBytes))
  return Buffer.concat([Uint8Array.of(id, ...leb(body.length)), body])
}

function core(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.from(header), ...parts]))
}

/** `count` times what `entry` gives. */
function repeat(count: number, entry: (i: number) => Bytes): Uint8Array {
  const bytes: number[] = []
  for (let i = 0; i < count; i++) for (const byte of entry(i)) bytes.push(byte)
  return Uint8Array.from(bytes)
}

function name(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  return Buffer.concat([Uint8Array.from(leb(bytes.length)), bytes])
}

/** What the decoder says, and if it says nothing, the host. */
function verdict(bytes: Uint8Array): string {
  const read = readComponent(bytes)
  if (!read.ok) return `${read.error.code}: ${read.error.message}`
  const compiled = compileComponent(bytes, new Task().log)
  return compiled.ok ? 'taken' : `refused: ${compiled.error.detail}`
}

const func = section(1, [1, 0x60, 0, 0])

describe('a core module', () => {
  test('that announces more than it has', () => {
    const memory = section(5, [1, 0, 1])
    const data = section(11, [1, 0, 0x41, 0, 0x0b, ...leb(2 ** 30)], new Uint8Array(100))
    expect(verdict(core(memory, data))).toContain('the module ends early')
    expect(verdict(core(Uint8Array.of(11, ...leb(2 ** 30), 0)))).toMatch(
      /^truncated: A part of 1073741824 bytes begins/,
    )
    expect(verdict(core(func, section(3, leb(10_000_000))))).toMatch(/^truncated: 10000000 entries are announced/)
    expect(verdict(core(section(1, leb(4_000_000_000))))).toMatch(/^truncated: 4000000000 entries are announced/)
    const body = [...leb(1000), ...leb(0), 0x0b]
    expect(verdict(core(func, section(3, [1, 0]), section(10, [1, ...body])))).toContain('the module ends early')
  })

  test('of ten million functions', () => {
    const count = 10_000_000
    expect(verdict(core(func, section(3, leb(count), new Uint8Array(count))))).toBe(
      'limit: A core module has more than 1000000 entries in a section.',
    )
  })

  test('of 100,000 functions and exports', { timeout: 60_000 }, () => {
    const count = 100_000
    const exports = section(
      7,
      leb(count),
      repeat(count, i => [...name(`f${i}`), 0, ...leb(i)]),
    )
    const bodies = section(
      10,
      leb(count),
      repeat(count, () => [2, 0, 0x0b]),
    )
    const bytes = core(func, section(3, leb(count), new Uint8Array(count)), exports, bodies)
    expect(verdict(bytes)).toBe('taken')
  })

  test('of 500,000 types', { timeout: 60_000 }, () => {
    const count = 500_000
    const types = section(
      1,
      leb(count),
      repeat(count, () => [0x60, 1, 0x7f, 1, 0x7e]),
    )
    expect(verdict(core(types))).toBe('taken')
  })

  test('with a name of a megabyte', () => {
    const long = Buffer.alloc(1 << 20, 'n').toString()
    expect(verdict(core(func, section(2, [1], name(long), name('x'), [0, 0])))).toBe(
      'limit: A name is longer than 100000 bytes.',
    )
  })

  test('of half a million sections that nobody reads', () => {
    expect(verdict(core(repeat(500_000, () => section(0, name('n')))))).toBe('taken')
    const known = repeat(5000, () => section(0, name('package-docs')))
    expect(verdict(core(known))).toBe('limit: There are more than 1000 custom sections of `package-docs`.')
  })

  test('of a million blocks in each other', () => {
    const depth = 1_000_000
    const code = Buffer.concat([
      Uint8Array.of(0),
      repeat(depth, () => [0x02, 0x40]),
      new Uint8Array(depth + 1).fill(0x0b),
    ])
    const bytes = core(func, section(3, [1, 0]), section(10, [1, ...leb(code.length)], code))
    // The engine may take it or not; it is a sentence or a module.
    expect(verdict(bytes)).toMatch(/^(taken$|refused: the core module at byte 0: )/)
  })

  test('of a function of eight megabytes', () => {
    const code = Buffer.concat([Uint8Array.of(0), Buffer.alloc(8_000_000, 1), Uint8Array.of(0x0b)])
    expect(verdict(core(func, section(3, [1, 0]), section(10, [1, ...leb(code.length)], code)))).toMatch(/^refused: /)
  })

  test('of 200,000 data segments, more than an engine takes', () => {
    const data = section(
      11,
      leb(200_000),
      repeat(200_000, () => [1, 0]),
    )
    expect(verdict(core(section(5, [1, 0, 1]), data))).toMatch(/^refused: /)
  })

  test('of a function with four billion locals', () => {
    const body = [1, ...leb(4_000_000_000), 0x7f, 0x0b]
    expect(verdict(core(func, section(3, [1, 0]), section(10, [1, ...leb(body.length), ...body])))).toMatch(
      /^refused: /,
    )
  })
})

describe('a component', () => {
  test('of 100,000 types, and of more than anyone has', { timeout: 60_000 }, () => {
    const types = (count: number): Uint8Array =>
      new Uint8Array(
        Buffer.concat([
          sections(),
          section(
            7,
            leb(count),
            repeat(count, () => [0x70, 0x79]),
          ),
        ]),
      )
    expect(verdict(types(100_000))).toBe('taken')
    expect(verdict(types(600_000))).toBe('limit: There are more than 500000 definitions.')
  })

  test('of 100,000 exports', { timeout: 60_000 }, () => {
    const count = 100_000
    const exports = section(
      11,
      leb(count),
      repeat(count, i => [0, ...name(`e${i}`), 3, 0, 0]),
    )
    const bytes = Buffer.concat([sections([7, [1, 0x70, 0x79]]), exports])
    expect(verdict(new Uint8Array(bytes))).toBe('taken')
  })

  test('of 10,000 core modules', () => {
    const modules = repeat(10_000, () => section(1, header))
    expect(verdict(new Uint8Array(Buffer.concat([sections(), modules])))).toBe(
      'limit: There are more than 1000 core modules.',
    )
  })

  test('with a name of a megabyte', () => {
    const long = name(Buffer.alloc(1 << 20, 'n').toString())
    const bytes = Buffer.concat([sections(), section(7, [1, 0x6d, 1], long)])
    expect(verdict(new Uint8Array(bytes))).toBe('limit: A name is longer than 100000 bytes.')
  })

  test('of a million empty sections, and one that goes four billion levels out', { timeout: 60_000 }, () => {
    const empty = repeat(1_000_000, () => [7, 1, 0])
    expect(verdict(new Uint8Array(Buffer.concat([sections(), empty])))).toBe('taken')
    const outer = section(6, [1, 3, 2, ...leb(4_000_000_000), 0])
    expect(verdict(new Uint8Array(Buffer.concat([sections(), outer])))).toBe(
      'invalid: An alias goes 4000000000 levels out, where there is nothing.',
    )
  })
})
