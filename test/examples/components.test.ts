import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools'
import { beforeAll, describe, expect, test } from 'vitest'
import { component, type Exports, type Load } from './jco.ts'

const examples = join(import.meta.dirname, '../../examples')
const fixtures = join(import.meta.dirname, '../fixtures/components')

/** Height, width and colour type of a PNG file, and its unfiltered size: read without any library for pictures. */
function png(file: Uint8Array): { width: number; height: number; colour: number; bytes: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  expect([...file.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
  const data: Uint8Array[] = []
  for (let at = 8; at < file.length; at += view.getUint32(at) + 12) {
    const kind = String.fromCharCode(...file.subarray(at + 4, at + 8))
    if (kind === 'IDAT') data.push(file.subarray(at + 8, at + 8 + view.getUint32(at)))
  }
  const bytes = inflateSync(Buffer.concat(data)).length
  return { width: view.getUint32(16), height: view.getUint32(20), colour: file[25]!, bytes }
}

test('every component is less than 500 kB', () => {
  const files = [examples, fixtures].flatMap(root =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.wasm') && !/target\W/.test(file))
      .map(file => join(root, file)),
  )
  expect(files.length).toBeGreaterThanOrEqual(9)
  for (const file of files) expect(statSync(file).size, file).toBeLessThan(500_000)
})

test('the components carry the docs of their worlds, in the form of the WIT tools', async () => {
  const names = ['hello/hello', 'image/png', 'image/filters', 'wordcount/text', 'wordcount/counts', 'wordcount/report']
  for (const name of names) {
    const wit = await componentWit(readFileSync(join(examples, `${name}.wasm`)))
    expect(wit, name).toMatch(/export/)
    for (const line of wit.matchAll(/\n(.*)\n *(?:export|record|enum) .*/g)) expect(line[1], name).toMatch(/^ *\/\/\/ /)
  }
})

describe('hello', () => {
  let hello: Load
  beforeAll(async () => void (hello = await component(join(examples, 'hello/hello.wasm'))))

  test('greets by name, in any script, and nobody', () => {
    expect(hello().greet('World')).toBe('Hello, World!')
    expect(hello().greet('Zoë 🦊')).toBe('Hello, Zoë 🦊!')
    expect(hello().greet('')).toBe('Hello, world!')
  })

  test('grows its memory for a long name, call after call', () => {
    const { greet } = hello()
    const name = 'n'.repeat(300_000)
    expect(greet(name)).toBe(`Hello, ${name}!`)
    expect(greet(name)).toHaveLength(300_008)
  })
})

describe('image', () => {
  let codec: Load
  let filters: Load
  const photo = readFileSync(join(examples, 'image/photo.png'))
  beforeAll(async () => {
    codec = await component(join(examples, 'image/png.wasm'))
    filters = await component(join(examples, 'image/filters.wasm'))
  })

  /** A picture of opaque pixels that are told by their red. */
  function reds(...rows: number[][]): Exports {
    const pixels = Uint8Array.from(rows.flat().flatMap(red => [red, 0, 0, 255]))
    return { width: rows[0]!.length, height: rows.length, pixels }
  }

  function red(picture: Exports): number[][] {
    const at = (x: number, y: number): number => picture.pixels[(y * picture.width + x) * 4]
    return Array.from({ length: picture.height }, (_, y) => Array.from({ length: picture.width }, (_, x) => at(x, y)))
  }

  test('the photo is a PNG of 800 x 600 in true colour', () => {
    expect(png(photo)).toEqual({ width: 800, height: 600, colour: 2, bytes: 600 * (1 + 800 * 3) })
    expect(codec().describe(photo)).toEqual({ width: 800, height: 600, bitDepth: 8, colours: 'rgb' })
  })

  test('describe says what is wrong', () => {
    expect(() => codec().describe(photo.subarray(1))).toThrow(/signature/)
    const cut = photo.subarray(0, 20)
    expect(() => codec().describe(cut)).toThrow(expect.not.objectContaining({ name: 'RuntimeError' }))
  })

  test('decoding and encoding keep every pixel', () => {
    const picture = codec().decode(photo)
    expect(picture).toMatchObject({ width: 800, height: 600 })
    expect(picture.pixels).toHaveLength(800 * 600 * 4)
    expect(codec().decode(codec().encode(picture))).toEqual(picture)
  })

  test('a file has no more channels than its picture needs', () => {
    const { encode } = codec()
    const file = (...pixel: number[]): number =>
      png(encode({ width: 1, height: 1, pixels: Uint8Array.from(pixel) })).colour
    expect([file(7, 7, 7, 255), file(7, 7, 8, 255), file(7, 7, 7, 9), file(7, 8, 7, 9)]).toEqual([0, 2, 4, 6])
  })

  test('the pipeline of the example gives a grey PNG', () => {
    const { crop, rotate, grayscale, blur } = filters().image
    const part = crop(codec().decode(photo), 100, 50, 320, 200)
    const file = codec().encode(blur(grayscale(rotate(part, 'quarter')), 4))
    expect(png(file)).toEqual({ width: 200, height: 320, colour: 0, bytes: 320 * 201 })
  })

  test('crop takes the part that was asked for', () => {
    const { crop } = filters().image
    expect(red(crop(reds([1, 2, 3], [4, 5, 6], [7, 8, 9]), 1, 1, 2, 2))).toEqual([
      [5, 6],
      [8, 9],
    ])
  })

  test('rotate turns clockwise', () => {
    const { rotate } = filters().image
    const picture = reds([1, 2, 3], [4, 5, 6])
    expect(red(rotate(picture, 'quarter'))).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ])
    expect(red(rotate(picture, 'half'))).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ])
    expect(red(rotate(picture, 'three-quarters'))).toEqual([
      [3, 6],
      [2, 5],
      [1, 4],
    ])
  })

  test('grayscale weighs the colours', () => {
    const { grayscale } = filters().image
    const pixels = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 0, 9, 9, 9, 9)
    expect([...grayscale({ width: 4, height: 1, pixels }).pixels]).toEqual([
      ...[76, 76, 76, 255],
      ...[150, 150, 150, 128],
      ...[29, 29, 29, 0],
      ...[9, 9, 9, 9],
    ])
  })

  test('blur spreads a point evenly and leaves a plain picture as it is', () => {
    const { blur } = filters().image
    const plain = reds([90, 90, 90], [90, 90, 90])
    expect(blur(plain, 1000)).toEqual(plain)
    expect(blur(plain, 0)).toEqual(plain)
    const point = Array.from({ length: 9 }, (_, x) => (x === 4 ? 252 : 0))
    const [spread] = red(blur(reds(point), 1)) as [number[]]
    expect(spread).toEqual([0, 9, 28, 56, 65, 56, 28, 9, 0])
  })

  test('resize takes the mean where a picture shrinks and the nearest where it grows', () => {
    const { resize } = filters().image
    expect(red(resize(reds([10, 20, 30, 50], [10, 20, 30, 50]), 2, 1))).toEqual([[15, 40]])
    expect(red(resize(reds([10, 20]), 4, 2))).toEqual([
      [10, 10, 20, 20],
      [10, 10, 20, 20],
    ])
  })

  test('side-by-side centres both on white', () => {
    const picture = filters().image.sideBySide(reds([1], [2], [3]), reds([4]), 1)
    const white = 255
    expect(red(picture)).toEqual([
      [white, white, white, white, white],
      [white, 1, white, white, white],
      [white, 2, white, 4, white],
      [white, 3, white, white, white],
      [white, white, white, white, white],
    ])
  })

  test('what is no picture traps', () => {
    const traps = (call: (image: Exports) => unknown): void =>
      expect(() => call(filters().image)).toThrow(WebAssembly.RuntimeError)
    const picture = reds([1, 2], [3, 4])
    traps(image => image.crop(picture, 1, 0, 2, 1))
    traps(image => image.crop(picture, 0, 0, 0, 1))
    traps(image => image.crop(picture, 0xffffffff, 0, 2, 1))
    traps(image => image.blur(picture, 1001))
    traps(image => image.resize(picture, 5000, 5000))
    traps(image => image.resize(picture, 0, 1))
    traps(image => image.sideBySide(picture, picture, 0xffffffff))
    traps(image => image.grayscale({ ...picture, width: 3 }))
    traps(image => image.grayscale({ width: 0, height: 0, pixels: new Uint8Array() }))
    traps(image => image.rotate({ width: 0x80000000, height: 2, pixels: new Uint8Array() }, 'half'))
  })

  test('what is no PNG traps', () => {
    const traps = (file: Uint8Array): void => expect(() => codec().decode(file)).toThrow(WebAssembly.RuntimeError)
    traps(new Uint8Array())
    traps(new TextEncoder().encode('no picture'))
    traps(photo.subarray(0, photo.length / 2))
    const flipped = photo.slice()
    flipped[photo.length >> 1]! ^= 1
    traps(flipped)
    const huge = photo.slice()
    new DataView(huge.buffer, huge.byteOffset).setUint32(16, 0x7fffffff)
    traps(huge)
    expect(() => codec().encode({ width: 2, height: 2, pixels: new Uint8Array(15) })).toThrow(WebAssembly.RuntimeError)
    expect(() => codec().encode({ width: 0, height: 2, pixels: new Uint8Array() })).toThrow(WebAssembly.RuntimeError)
  })
})

describe('wordcount', () => {
  let text: Load
  let counts: Load
  let report: Load
  const book = readFileSync(join(examples, 'wordcount/psalms-and-new-testament.txt'))
  beforeAll(async () => {
    text = await component(join(examples, 'wordcount/text.wasm'))
    counts = await component(join(examples, 'wordcount/counts.wasm'))
    report = await component(join(examples, 'wordcount/report.wasm'))
  })

  test('the parts are the text, cut at white space', () => {
    expect(book.length).toBeGreaterThan(1_000_000)
    const parts: string[] = text().split(book, 4)
    expect(parts).toHaveLength(4)
    expect(parts.join('')).toBe(book.toString())
    for (const part of parts.slice(1)) expect(part).toMatch(/^\s/)
    for (const part of parts) expect(Math.abs(part.length - book.length / 4)).toBeLessThan(100)
    expect(text().split(new TextEncoder().encode('ééé üüü'), 2)).toEqual(['ééé', ' üüü'])
    expect(text().split(new Uint8Array(), 3)).toEqual(['', '', ''])
    expect(() => text().split(Uint8Array.of(0xff), 1)).toThrow(WebAssembly.RuntimeError)
    expect(() => text().split(book, 0)).toThrow(WebAssembly.RuntimeError)
  })

  test('normalise keeps words alone', () => {
    expect(text().normalise(`God’s "well-beloved" -- son, Éa's 1st!`)).toBe(`god's well-beloved son éa's st`)
    expect(text().normalise(' 12:3 ')).toBe('')
    expect(text().words(new TextEncoder().encode(' to  be\nor '))).toEqual(['to', 'be', 'or'])
    expect(() => text().words(Uint8Array.of(0xff))).toThrow(WebAssembly.RuntimeError)
  })

  test('counts are merged, filtered and sorted', () => {
    const { count, merge, without, top, summarise } = counts().counts
    const left = count('b a b')
    expect(left).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    const both = merge(left, count('c b c'))
    expect(both).toEqual([
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ])
    expect(without(both, ['b', 'x'])).toEqual([
      ['a', 1],
      ['c', 2],
    ])
    expect(top(merge(both, count('c')), 2)).toEqual([
      ['b', 3],
      ['c', 3],
    ])
    expect(summarise(count('one three seven three'))).toEqual({ total: 4n, distinct: 3, longest: 'seven' })
    expect(summarise([])).toEqual({ total: 0n, distinct: 0, longest: undefined })
    expect(() => merge([['a', 0xffffffff]], [['a', 1]])).toThrow(WebAssembly.RuntimeError)
  })

  test('the whole book gives what a few lines of JavaScript give', () => {
    const expected = new Map<string, number>()
    for (const word of book
      .toString()
      .toLowerCase()
      .match(/[a-z]+(?:['-][a-z]+)*/g) ?? [])
      expected.set(word, (expected.get(word) ?? 0) + 1)
    const { count, merge } = counts().counts
    const parts = text()
      .split(book, 2)
      .map((part: string) => count(text().normalise(part)))
    const all: [string, number][] = merge(parts[0], parts[1])
    expect(new Map(all)).toEqual(expected)
    expect(all.map(([word]) => word)).toEqual([...expected.keys()].sort())
  })

  test('the table stands in columns', () => {
    const summary = { total: 12n, distinct: 2, longest: 'lord' }
    const rows = [
      ['lord', 10],
      ['a', 5],
    ]
    const lines = ['Title', '-----', '12 words, 2 different, the longest: lord', '']
    const [bar, half] = ['#'.repeat(40), '#'.repeat(20)]
    const table = (align: string): string[] => report().table('Title', rows, summary, align).split('\n')
    expect(table('left')).toEqual([...lines, `lord  10  ${bar}`, `a      5  ${half}`, ''])
    expect(table('right')).toEqual([...lines, `lord  10  ${bar}`, `   a   5  ${half}`, ''])
  })
})
