import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CoreOperation } from '../../../dag/core.ts'
import { Float, type Ipld } from '../../../dag/ipld.ts'
import { encodeType, integerKinds, integerRange, type Type } from '../../../dag/types.ts'
import { integerForm, toIpld, type Value } from '../../../dag/value.ts'
import { text, type as anyType, valueOf } from '../arbitrary.ts'
import { alike, Blocks, list, of, option, record, scatter, tuple } from './tools.ts'

const orders: [CoreOperation, (sign: number) => boolean][] = [
  ['core/less', sign => sign < 0],
  ['core/less-equal', sign => sign <= 0],
  ['core/greater', sign => sign > 0],
  ['core/greater-equal', sign => sign >= 0],
]

/** All four orders, and both equalities, of two placed values. */
async function compare(blocks: Blocks, a: Ipld, b: Ipld, type: Ipld): Promise<string> {
  const held = []
  for (const [op, sign] of [...orders.map(([name]) => name), 'core/equal', 'core/unequal'].map(
    (name, i) => [name as CoreOperation, ['<', '<=', '>', '>=', '==', '!='][i]!] as const,
  ))
    if (await blocks.result(op, a, b, type)) held.push(sign)
  return held.join(' ')
}

const expected = (sign: number): string => (sign < 0 ? '< <= !=' : sign > 0 ? '> >= !=' : '<= >= ==')

describe('order', () => {
  test('of integers', async () => {
    const pair = fc.constantFrom(...integerKinds).chain(kind => {
      const [min, max] = integerRange(kind)
      const one = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n))
      return fc.tuple(fc.constant(kind), one, one)
    })
    await fc.assert(
      fc.asyncProperty(pair, async ([kind, a, b]) => {
        const signs = await compare(new Blocks(), integerForm(a), integerForm(b), kind)
        expect(signs).toBe(expected(a < b ? -1 : a > b ? 1 : 0))
      }),
    )
  })

  test('of floats is that of IEEE 754', async () => {
    const double = fc.oneof(fc.double(), fc.constantFrom(0, -0, NaN, Infinity, -Infinity))
    await fc.assert(
      fc.asyncProperty(double, double, async (a, b) => {
        const signs = [a < b && '<', a <= b && '<=', a > b && '>', a >= b && '>=', a === b ? '==' : '!=']
        const form = (value: number) => toIpld(of('f64'), value)
        expect(await compare(new Blocks(), form(a), form(b), 'f64')).toBe(signs.filter(Boolean).join(' '))
      }),
    )
  })

  test('of texts is by code point, wherever they stand', async () => {
    const points = (value: string) => Array.from(value, character => character.codePointAt(0)!)
    const byPoints = (a: string, b: string): number => {
      const [x, y] = [points(a), points(b)]
      const i = x.findIndex((point, at) => point !== y[at])
      return i < 0 ? x.length - y.length : i >= y.length ? 1 : x[i]! - y[i]!
    }
    const unusual = fc.string({ unit: fc.constantFrom('a', 'b', '\uffff', '\ue000', '😀', '𐀀'), maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.oneof(unusual, text), fc.oneof(unusual, text), fc.nat(), async (a, b, coins) => {
        const blocks = new Blocks()
        const [x, y] = [await scatter(of('string'), a, blocks, coins), await scatter(of('string'), b, blocks, ~coins)]
        expect(await compare(blocks, x, y, 'string')).toBe(expected(byPoints(a, b)))
      }),
    )
    expect(await compare(new Blocks(), '\uffff', '😀', 'char')).toBe('< <= !=')
  })

  test('nothing else has one', async () => {
    expect(await new Blocks().failure('core/less', [1], [2], { list: 'u16' })).toBe(
      'value: values of type list<u16> have no order',
    )
    expect(await new Blocks().failure('core/less', true, false, 'bool')).toContain('have no order')
  })
})

describe('equality', () => {
  const shape: Type = { kind: 'variant', cases: [{ name: 'point' }, { name: 'circle', type: of('f64') }] }
  const size = record({ width: of('u8'), height: of('f64') })
  const outcome: Type = { kind: 'result', ok: of('unit'), error: of('string') }
  test.each<[Type, Value, Value, boolean]>([
    [of('f64'), NaN, NaN, false],
    [of('f64'), 0, -0, true],
    [list(of('f64')), [NaN], [NaN], false],
    [list(of('f32')), [0, 1], [-0, 1], true],
    [option(of('f64')), NaN, NaN, false],
    [option(of('f64')), null, null, true],
    [option(option(of('u8'))), null, { some: null }, false],
    [shape, { circle: 0 }, { circle: -0 }, true],
    [shape, { circle: NaN }, { circle: NaN }, false],
    [shape, { point: null }, { circle: 0 }, false],
    [shape, { point: null }, { point: null }, true],
    [size, { width: 1, height: 2 }, { height: 2, width: 1 }, true],
    [size, { width: 1, height: NaN }, { width: 1, height: NaN }, false],
    [outcome, { ok: null }, { error: '' }, false],
    [tuple(of('u8'), of('string')), [1, 'a'], [1, 'b'], false],
    [list(of('u8')), Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
    [list(of('u8')), Uint8Array.of(1, 2), Uint8Array.of(1, 3), false],
    [of('ipld'), [1], [new Float(1)] as never, false],
    [of('ipld'), { a: new Float(0) } as never, { a: new Float(-0) } as never, true],
    [of('ipld'), { a: 1, b: [null] }, { b: [null], a: 1 }, true],
    [of('ipld'), { a: 1 }, { b: 1 }, false],
    [of('ipld'), {}, [], false],
    [of('unit'), null, null, true],
  ])('%# %j: %o and %o', async (type, a, b, same) => {
    const blocks = new Blocks()
    const args = [await blocks.place(type, a), await blocks.place(type, b), encodeType(type)]
    expect(await blocks.result('core/equal', ...args)).toBe(same)
    expect(await blocks.result('core/unequal', ...args)).toBe(!same)
  })

  test('is that of the values, wherever their parts stand', async () => {
    const given = anyType.chain(type =>
      fc.tuple(fc.constant(type), valueOf(type), fc.option(valueOf(type), { freq: 2, nil: undefined }), fc.nat()),
    )
    await fc.assert(
      fc.asyncProperty(given, async ([type, a, other, coins]) => {
        const b = other ?? a
        const blocks = new Blocks()
        const x = await scatter(type, toIpld(type, a), blocks, coins)
        const y = await scatter(type, toIpld(type, b), blocks, coins >> 1)
        expect(await blocks.result('core/equal', x, y, encodeType(type))).toBe(alike(a, b))
        expect(await blocks.result('core/unequal', x, y, encodeType(type))).toBe(!alike(a, b))
      }),
      { numRuns: 400 },
    )
  })

  test('of one block with itself does not need the block, but where a NaN may be in it', async () => {
    const link = new Blocks().put(['x'])
    expect(await new Blocks().run('core/equal', link, link, { list: 'string' })).toMatchObject({ value: true })
    expect(await new Blocks().run('core/equal', link, link, { list: 'f64' })).toEqual({ kind: 'needs', link })
  })
})

test('not', async () => {
  expect(await new Blocks().result('core/not', true)).toBe(false)
  expect(await new Blocks().result('core/not', false)).toBe(true)
  expect(await new Blocks().failure('core/not', 0)).toBe('value: only a bool can be negated with `!`')
})
