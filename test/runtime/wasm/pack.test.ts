import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../../dag/value.ts'
import { Malformed, type Pack } from '../../../runtime/wasm/pack.ts'
import { Packer } from '../../../runtime/wasm/packer.ts'
import { Unpacker } from '../../../runtime/wasm/unpacker.ts'

/** Strings of any code units, also such that are no text. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map(units => String.fromCharCode(...units)),
)

const anything: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false, 0, -0, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53, 0.1),
    fc.integer(),
    fc.double(),
    fc.constantFrom<Value>(0n, -1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), -(2n ** 99n)),
    fc.bigInt(),
    text,
    fc.uint8Array({ maxLength: 9 }),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'a', 'toString', '0')), tie('value'), {
      noNullPrototype: true,
    }),
  ),
})).value

function packed(...values: Value[]): Pack {
  const packer = new Packer(false)
  for (const value of values) packer.value(value)
  return packer.take()[0]
}

function unpacked(pack: Pack): Value[] {
  const unpacker = new Unpacker(pack)
  const values: Value[] = []
  while (unpacker.more) values.push(unpacker.value())
  return values
}

describe('what is packed', () => {
  test('comes out as it was', () => {
    fc.assert(
      fc.property(fc.array(anything), values => {
        expect(unpacked(structuredClone(packed(...values)))).toStrictEqual(values)
      }),
    )
  })

  test.each<[name: string, value: Value]>([
    ['as long as a text and longer', ['a'.repeat(65_535), 'b', 'c'.repeat(65_536), 'd', 'e'.repeat(65_537), '']],
    ['a list of more strings than fit into a text', Array.from({ length: 30_000 }, (_, i) => `number ${i}`)],
    ['ASCII between what is not', ['a', 'é', '💡', 'x'.repeat(70_000), 'ü'.repeat(70_000), '\ud800', 'z']],
    ['more words than there is room for at first', Array.from({ length: 5000 }, (_, i) => i / 3)],
    [
      'lists of numbers',
      [[1, 2, -(2 ** 31)], [0.1, 1], [-0, 1], [NaN, -Infinity, 2 ** 31], [1, 'a'], [1.5, null], [2n]],
    ],
    ['records of many fields', Array.from({ length: 99 }, (_, i) => ({ [`k${i % 7}`]: i, same: null }))],
    [
      'bytes that stand in the block, and beside it',
      [65_535, 65_536, 1, 0].map(length => new Uint8Array(length).fill(7)),
    ],
    ['a byte array twice', Array.from({ length: 2 }, () => new Uint8Array(70_000).fill(3))],
  ])('%s', (_, value) => {
    expect(unpacked(packed(value, 1))).toStrictEqual([value, 1])
  })

  test('nests as deep as types do; what is deeper, or no value, fits nothing', () => {
    const nested = (value: Value, levels: number): Value => {
      for (let level = 0; level < levels; level++) value = level % 2 ? { a: value } : [value]
      return value
    }
    expect(unpacked(packed(nested(1, 200)))).toStrictEqual([nested(1, 200)])
    const nothing = undefined as unknown as Value
    expect(unpacked(packed(nested([1], 200)))).toStrictEqual([nested(nothing, 200)])
    const alien = [undefined, () => 1, Symbol('x'), 10n ** 1000n, -(10n ** 1000n)] as unknown as Value[]
    expect(unpacked(packed(alien))).toStrictEqual([alien.map(() => undefined)])
    expect(unpacked(packed(10n ** 1000n - 1n, 1n - 10n ** 1000n))).toEqual([10n ** 1000n - 1n, 1n - 10n ** 1000n])
  })

  test('names stand there once, and begin anew in the next pack', () => {
    const packer = new Packer(false)
    const sizes = [1, 2, 1].map(times => {
      for (let i = 0; i < times; i++) packer.name('a name that comes up again and again')
      return packer.take()[0].block.length
    })
    expect(sizes).toEqual([sizes[0], sizes[0]! + 4, sizes[0]])
  })

  test.each([0n, -1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)])('%d takes no more room than other integers', value => {
    expect(packed(value).block).toHaveLength(20)
  })

  test('is as large as it says, or somewhat larger', () => {
    fc.assert(
      fc.property(anything, value => {
        const packer = new Packer(false)
        packer.value([value, new Uint8Array(70_000)])
        const { size } = packer
        const { block, large } = packer.take()[0]
        const actual = block.length + large[0]!.length
        expect(size).toBeLessThanOrEqual(actual)
        expect(actual).toBeLessThanOrEqual(2 * size)
      }),
    )
  })
})

describe('large byte arrays', () => {
  const whole = (): Uint8Array => new Uint8Array(70_000).fill(1)
  const handedOver = (own: boolean, value: Uint8Array): [Uint8Array, boolean] => {
    const packer = new Packer(own)
    packer.value(value)
    const [{ large }, transfer] = packer.take()
    return [large[0]!, transfer.includes(large[0]!.buffer as ArrayBuffer)]
  }

  test('stay their owner’s, unless they may be handed over', () => {
    const value = whole()
    expect(handedOver(false, value)).toEqual([value, false])
    expect(handedOver(true, value)).toEqual([value, true])
  })

  test('do not bring what stands around them', () => {
    const view = new Uint8Array(200_000).subarray(5, 80_005)
    const [sent, transferred] = handedOver(false, view)
    expect(sent.buffer.byteLength).toBe(80_000)
    expect(transferred).toBe(true)
  })

  test('of shared memory are shared', () => {
    const value = new Uint8Array(new SharedArrayBuffer(70_000))
    expect(handedOver(true, value)).toEqual([value, false])
  })
})

test('what was written can be forgotten', () => {
  const packer = new Packer(false)
  const write = (value: Value): void => {
    packer.value(value)
    packer.name('both')
  }
  write([1, 'x'.repeat(70_000), 'y', new Uint8Array(70_000), { both: 1 }])
  packer.clear()
  write(['z'])
  const [pack, transfer] = packer.take()
  expect([pack.large.length, transfer.length]).toEqual([0, 1])
  const unpacker = new Unpacker(pack)
  expect([unpacker.value(), unpacker.name(), unpacker.more]).toStrictEqual([['z'], 'both', false])
})

describe('what is no pack', () => {
  /** Values that come out, or undefined where it is malformed; any other error is one of ours. */
  const attempt = (pack: Pack): Value[] | undefined => {
    try {
      return unpacked(pack)
    } catch (error) {
      if (error instanceof Malformed) return undefined
      throw error
    }
  }

  test('is malformed, or says something else, and costs no more than its bytes', () => {
    const count = (value: Value): number =>
      typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
        ? Object.values(value).reduce<number>((sum, item) => sum + count(item), 1)
        : 1
    fc.assert(
      fc.property(
        fc.array(anything, { minLength: 1 }),
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.integer(), fc.integer({ min: 0, max: 14 }))), { minLength: 1 }),
        (values, changes) => {
          const { block, large } = packed(...values)
          const words = new Int32Array(block.buffer, 0, block.length >> 2)
          for (const [at, word] of changes) words[at % words.length] = word
          const found = attempt({ block, large })
          if (found) expect(count(found)).toBeLessThanOrEqual(block.length / 4 + 1)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test.each<[name: string, words: number[]]>([
    ['nothing', []],
    ['fewer words than it says', [9, 0, 1]],
    ['a negative number of words', [-1, 0, 1]],
    ['more texts than words', [3, 2, 0]],
    ['a negative number of texts', [3, -1, 0]],
    ['a list without its items', [4, 0, 11, 1]],
    ['a list of less than nothing', [4, 0, 11, -1]],
    ['a list longer than the pack', [4, 0, 11, 2 ** 30]],
    ['a record longer than the pack', [4, 0, 12, 2 ** 30]],
    ['half a float', [4, 0, 4, 1]],
    ['a text that is not there', [4, 0, 8, 1]],
    ['a text longer than the pack', [5, 1, 8, 1, 1]],
    ['a text of more than ASCII that is not there', [5, 1, 8, ~1, 1]],
    ['bytes longer than the pack', [4, 0, 9, 5]],
    ['bytes of less than nothing', [4, 0, 9, -1]],
    ['bytes beside it that are not there', [3, 0, 10]],
    ['a name that was not told', [6, 0, 12, 1, 3, 0]],
    ['digits that are none', [4, 0, 7, 0]],
    ['a text that is longer than texts can be', [5, 1, 8, 2 ** 29, 2 ** 29]],
    ['integers that are not there', [5, 0, 14, 2, 1]],
    ['floats that are not there', [6, 0, 15, 2, 1, 1]],
    ['a value of no kind', [3, 0, 16]],
  ])('%s', (_, words) => {
    const block = new Uint8Array(Int32Array.from(words).buffer)
    expect(() => unpacked({ block, large: [] }).length || new Unpacker({ block, large: [] }).word()).toThrow(Malformed)
  })

  test('lists that all say that the rest is theirs', () => {
    const words = new Int32Array(4 << 20).fill(2)
    words.set([words.length, 0, ...Array.from({ length: 190 }, () => [11, 3 << 20]).flat()])
    const before = process.memoryUsage().heapUsed
    expect(() => unpacked({ block: new Uint8Array(words.buffer), large: [] })).toThrow(Malformed)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(3 * words.byteLength)
  })

  test('lists in lists without end', () => {
    const words = [1002, 0, ...Array.from({ length: 500 }, () => [11, 1]).flat()]
    const block = new Uint8Array(Int32Array.from(words).buffer)
    expect(() => unpacked({ block, large: [] })).toThrow('nests too deep')
  })
})

test('a packer goes on where its texts were as long as they get', () => {
  const packer = new Packer(true)
  const texts = ['a'.repeat(40_000), 'b'.repeat(20_000)]
  for (const text of texts) packer.text(text)
  const [first] = packer.take()
  packer.text('short')
  const [second] = packer.take()
  const unpacker = new Unpacker(first)
  expect(texts.map(() => unpacker.text())).toEqual(texts)
  expect(new Unpacker(second).text()).toBe('short')
})
