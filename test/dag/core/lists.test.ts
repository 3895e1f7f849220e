import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block } from '../../../dag/cid.ts'
import { isLink, isMap, type Ipld } from '../../../dag/ipld.ts'
import { encodeType, integerKinds, integerRange, type Type } from '../../../dag/types.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { integerForm, toIpld, type Value } from '../../../dag/value.ts'
import { ipld, text, type as anyType, valueOf } from '../arbitrary.ts'
import { Blocks, expectSame, list, of, scatter, tuple } from './tools.ts'

const u32s = encodeType(list(of('u32')))
const bytes = list(of('u8'))

/** The items of a list as JavaScript holds them; bytes are a list here. */
const items = (value: Value): Value[] => Array.from(value as Value[])
/** A list of a type from its items. */
const listOf = (element: Type, values: Value[]): Value =>
  element.kind === 'u8' ? Uint8Array.from(values as number[]) : values

const elements = anyType.filter(type => type.kind !== 'secret')
const lists = (count: number) =>
  elements.chain(element => {
    const type = list(element)
    return fc.tuple(fc.constant(element), fc.tuple(...Array.from({ length: count }, () => valueOf(type))), fc.nat())
  })

describe('length', () => {
  test('of lists, wherever they stand', async () => {
    await fc.assert(
      fc.asyncProperty(lists(1), async ([element, [value], coins]) => {
        const blocks = new Blocks()
        const given = await scatter(list(element), toIpld(list(element), value!), blocks, coins)
        expect(await blocks.result('core/length', given, encodeType(list(element)))).toBe(items(value!).length)
      }),
    )
  })

  test('of texts in code points', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.string({ unit: 'binary' })), async value => {
        expect(await new Blocks().result('core/length', value, 'string')).toBe([...value].length)
      }),
    )
  })

  test('of `ipld` lists and maps, and of nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(ipld, async value => {
        const blocks = new Blocks()
        const outcome = await blocks.run('core/length', await blocks.place(of('ipld'), value as Value), 'ipld')
        const isList = Array.isArray(value)
        if (isList || isMap(value))
          expect(outcome).toMatchObject({ value: isList ? value.length : Object.keys(value).length })
        else expect(outcome).toMatchObject({ kind: 'fail', failure: 'value' })
      }),
    )
    expect(await new Blocks().failure('core/length', 'abc', 'ipld')).toBe('value: "abc" has no length')
    expect(await new Blocks().failure('core/length', 1, 'u8')).toBe('value: u8 has no length')
  })

  test('of what is large', async () => {
    const blocks = new Blocks()
    const many = await blocks.place(
      list(of('u32')),
      Array.from({ length: 200_000 }, (_, i) => i),
    )
    expect(await blocks.result('core/length', many, u32s)).toBe(200_000)
    const file = await importFile(new Uint8Array(700_000))
    blocks.add(file.blocks)
    expect(await blocks.result('core/length', file.cid, { list: 'u8' })).toBe(700_000)
    const long = await blocks.place(of('string'), '💡'.repeat(100_000))
    expect(await blocks.result('core/length', long, 'string')).toBe(100_000)
  })
})

describe('range', () => {
  test('is the integers from the first, without the last', async () => {
    const bounds = fc.constantFrom(...integerKinds).chain(kind => {
      const [min, max] = integerRange(kind)
      return fc
        .tuple(fc.bigInt({ min, max }), fc.integer({ min: -5, max: 40 }))
        .map(([from, step]): [Type, bigint, bigint] => {
          const to = from + BigInt(step)
          return [of(kind), from, to < min ? min : to > max ? max : to]
        })
    })
    await fc.assert(
      fc.asyncProperty(bounds, async ([type, from, to]) => {
        const blocks = new Blocks()
        const expected: bigint[] = []
        for (let i = from; i < to; i++) expected.push(i)
        const values = type.kind.endsWith('64') ? expected : expected.map(Number)
        const result = await blocks.result('core/range', integerForm(from), integerForm(to), type.kind)
        expectSame(result, await blocks.place(list(type), listOf(type, values)))
      }),
      { numRuns: 300 },
    )
  })

  test('of up to a million elements', async () => {
    const blocks = new Blocks()
    const result = await blocks.result('core/range', 0, 1_000_000, 'u32')
    expect(await blocks.result('core/index', result, 999_999)).toBe(999_999)
    expect(await blocks.failure('core/range', 0, 1_000_001, 'u32')).toBe(
      'value: a range of 1000001 elements is over 1000000',
    )
    expect(await blocks.failure('core/range', -(2n ** 63n), 2n ** 63n - 1n, 's64')).toBe(
      'value: a range of 18446744073709551615 elements is over 1000000',
    )
    expect(await blocks.result('core/range', 2n ** 63n - 1n, -(2n ** 63n), 's64')).toEqual([])
    expect(await blocks.failure('core/range', 0, 3, 'f64')).toBe('value: a range of f64 cannot be made')
  })
})

describe('zip, concat and flatten come to what placing the whole gives, whatever the lists were made from', () => {
  test('zip', async () => {
    const given = fc.tuple(lists(1), lists(1))
    await fc.assert(
      fc.asyncProperty(given, async ([[a, [x], coins], [b, [y]]]) => {
        const blocks = new Blocks()
        const count = Math.min(items(x!).length, items(y!).length)
        const [left, right] = [listOf(a, items(x!).slice(0, count)), listOf(b, items(y!).slice(0, count))]
        const result = await blocks.result(
          'core/zip',
          await scatter(list(a), toIpld(list(a), left), blocks, coins),
          encodeType(list(a)),
          await scatter(list(b), toIpld(list(b), right), blocks, coins >> 2),
          encodeType(list(b)),
        )
        const pairs = items(left).map((item, i) => [item, items(right)[i]!])
        expectSame(result, await blocks.place(list(tuple(a, b)), pairs))
      }),
      { numRuns: 200 },
    )
    expect(await new Blocks().failure('core/zip', [1], u32s, [1, 2], u32s)).toBe(
      'value: lists of 1 and of 2 elements cannot be zipped',
    )
    expect(await new Blocks().failure('core/zip', [1], u32s, 'x', 'string')).toBe('value: string is no list')
  })

  test('concat', async () => {
    await fc.assert(
      fc.asyncProperty(lists(3), async ([element, values, coins]) => {
        const blocks = new Blocks()
        const type = list(element)
        const args: Ipld[] = []
        for (const [i, value] of values.entries())
          args.push(await scatter(type, toIpld(type, value), blocks, coins + i * 977))
        const result = await blocks.result('core/concat', encodeType(type), ...args)
        expectSame(result, await blocks.place(type, listOf(element, values.flatMap(items))))
      }),
      { numRuns: 200 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(text), fc.nat(), async (parts, coins) => {
        const blocks = new Blocks()
        const args = []
        for (const part of parts) args.push(await scatter(of('string'), part, blocks, coins + args.length))
        expectSame(
          await blocks.result('core/concat', 'string', ...args),
          await blocks.place(of('string'), parts.join('')),
        )
      }),
    )
    expect(await new Blocks().failure('core/concat', 'u8', 1, 2)).toBe('value: u8 cannot be joined')
  })

  test('flatten', async () => {
    const nested = elements.chain(element => fc.tuple(fc.constant(element), valueOf(list(list(element))), fc.nat()))
    await fc.assert(
      fc.asyncProperty(nested, async ([element, value, coins]) => {
        const blocks = new Blocks()
        const type = list(list(element))
        const given = await scatter(type, toIpld(type, value), blocks, coins)
        const result = await blocks.result('core/flatten', given, encodeType(type))
        expectSame(result, await blocks.place(list(element), listOf(element, items(value).flatMap(items))))
      }),
      { numRuns: 200 },
    )
    expect(await new Blocks().failure('core/flatten', [1], u32s)).toBe('value: list<u32> is no list of lists')
  })

  test('lists in pieces', async () => {
    const blocks = new Blocks()
    const numbers = Array.from({ length: 90_000 }, (_, i) => i)
    const many = await blocks.place(list(of('u32')), numbers)
    const twice = await blocks.place(list(of('u32')), [...numbers, 7, ...numbers])
    expectSame(await blocks.result('core/concat', u32s, many, [7], many), twice)
    const nested = await blocks.place(list(list(of('u32'))), [numbers, [7], numbers])
    expectSame(await blocks.result('core/flatten', nested, { list: u32s }), twice)
    const pairs = await blocks.place(
      list(tuple(of('u32'), of('u32'))),
      numbers.map(i => [i, i]),
    )
    expectSame(await blocks.result('core/zip', many, u32s, many, u32s), pairs)
  })

  test('files of more than a chunk are not read, small ones come inline', async () => {
    const blocks = new Blocks()
    const large = await importFile(new Uint8Array(600_000).fill(1))
    const root = large.blocks.at(-1)!
    blocks.add([root])
    const small = block(0)
    const raw = await importFile(small.bytes)
    blocks.add(raw.blocks)
    const files = { list: { list: 'u8' } }
    const result = await blocks.result('core/concat', files, [large.cid, raw.cid], [large.cid])
    expect(result).toEqual([large.cid, small.bytes, large.cid])
    const whole = await blocks.run('core/flatten', [large.cid], files)
    expect(whole).toMatchObject({ kind: 'needs' })
    blocks.add(large.blocks)
    expectSame(
      await blocks.result('core/flatten', [large.cid, Uint8Array.of(2)], files),
      await blocks.place(bytes, Uint8Array.from([...new Uint8Array(600_000).fill(1), 2])),
    )
  })

  test('what would be too long is refused', async () => {
    const blocks = new Blocks()
    const zeros = await importFile(new Uint8Array(17_000_000))
    blocks.add(zeros.blocks)
    expect(await blocks.failure('core/as', zeros.cid, { list: 'u8' }, u32s)).toBe(
      'value: a list of 17000000 elements is too long',
    )
    const block = await importFile(new Uint8Array(1 << 18))
    blocks.add(block.blocks)
    expect(await blocks.failure('core/concat', { list: 'u8' }, ...Array(1100).fill(block.cid))).toBe(
      'value: a list of 288358400 elements is too long',
    )
    expect(await blocks.failure('core/concat', { list: 'u8' }, ...Array(4200).fill(block.cid))).toContain(
      'what is read is over the limit of 1073741824 bytes',
    )
  })
})

describe('keys', () => {
  test('of a map, by code point', async () => {
    const maps = fc.dictionary(
      fc.oneof(text, fc.constantFrom('10', '9', 'b', 'aa', '\uffff', '😀', '__proto__')),
      ipld,
      {
        noNullPrototype: true,
      },
    )
    await fc.assert(
      fc.asyncProperty(maps, async map => {
        const blocks = new Blocks()
        const result = await blocks.result('core/keys', await blocks.place(of('ipld'), map as Value))
        const points = (key: string) => Array.from(key, c => c.codePointAt(0)!.toString(16).padStart(6, '0')).join('')
        const keys = Object.keys(map).sort((a, b) => (points(a) < points(b) ? -1 : 1))
        expectSame(result, await blocks.place(list(of('string')), keys))
      }),
    )
  })

  test('of nothing else', async () => {
    expect(await new Blocks().failure('core/keys', [1, 'a'])).toBe('value: [1,"a"] has no keys')
    const link = block(1).cid
    expect(isLink(link) && (await new Blocks().run('core/keys', link))).toEqual({ kind: 'needs', link })
  })
})
