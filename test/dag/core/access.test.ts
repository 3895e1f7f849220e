import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block, cidOf, DAG_CBOR } from '../../../dag/cid.ts'
import type { CoreOutcome } from '../../../dag/core.ts'
import { Float, isLink, isMap, type Ipld } from '../../../dag/ipld.ts'
import { isAtom } from '../../../dag/inline.ts'
import { materialize, place } from '../../../dag/place.ts'
import { encodeType, revealed, type Type } from '../../../dag/types.ts'
import { importFile } from '../../../dag/unixfs.ts'
import { toIpld, type Value } from '../../../dag/value.ts'
import { ipld, type as anyType, valueOf } from '../arbitrary.ts'
import { Blocks, expectSame, list, of, option, record, scatter, tuple } from './tools.ts'

const link = cidOf(new Uint8Array(4), 'raw')
const bytes = list(of('u8'))
const long = 'x'.repeat(2000)

/** A type, a value of it, and coins to scatter it with. */
const given = anyType.chain(type => fc.tuple(fc.constant(type), valueOf(type), fc.nat()))

describe('field, item and index', () => {
  test('pick a part as it stands, wherever the whole stands', async () => {
    const blocks = new Blocks()
    const type = record({ a: of('string'), b: of('u8') })
    for (const map of [{ a: 'x', b: 1 }, blocks.put({ a: 'x', b: 1 })]) {
      expect(await blocks.result('core/field', map, 'a')).toBe('x')
      expect(await blocks.failure('core/field', map, 'c')).toBe('value: there is no field "c"')
      expect(await blocks.failure('core/field', map, 'toString')).toBe('value: there is no field "toString"')
    }
    const large = await blocks.place(type, { a: long, b: 1 })
    expectSame(await blocks.result('core/field', large, 'a'), await blocks.place(of('string'), long))
    expect(await blocks.result('core/item', [1, 'x'], 1)).toBe('x')
    expect(await blocks.failure('core/item', [1, 'x'], 2)).toBe('value: there is no item 2')
    expect(await blocks.result('core/item', blocks.put([1, 'x']), 0)).toBe(1)
  })

  test('payloads', async () => {
    const blocks = new Blocks()
    expect(await blocks.result('core/field', { some: null }, 'some')).toBe(null)
    expect(await blocks.result('core/field', { error: 'x' }, 'error')).toBe('x')
    expect(await blocks.result('core/field', blocks.put({ circle: new Float(1) }), 'circle')).toEqual(new Float(1))
  })

  test('an element of a list in any form', async () => {
    const blocks = new Blocks()
    const numbers = Array.from({ length: 100_000 }, (_, i) => i)
    const pieces = await blocks.place(list(of('u32')), numbers)
    const file = await importFile(new Uint8Array(600_000).fill(7))
    blocks.add(file.blocks)
    expect(await blocks.result('core/index', [5, 6], 1)).toBe(6)
    expect(await blocks.result('core/index', Uint8Array.of(5, 6), 1)).toBe(6)
    expect(await blocks.result('core/index', pieces, 99_999)).toBe(99_999)
    expect(await blocks.result('core/index', file.cid, 599_999)).toBe(7)
    expect(await blocks.failure('core/index', pieces, 100_000)).toBe(
      'value: index 100000 is out of range: the list has 100000 elements',
    )
    expect(await blocks.failure('core/index', [1], -1)).toBe('value: index -1 is out of range: the list has 1 element')
    expect(await blocks.failure('core/index', [1], 2n ** 64n - 1n)).toContain('index 18446744073709551615 is out of')
    expect(await blocks.failure('core/index', [1], new Float(0))).toBe('value: an index must be an integer')
  })

  test('what a foreign block holds inline comes out within the limits, and never as a promise', async () => {
    const blocks = new Blocks()
    const map = blocks.put({ long, bytes: new Uint8Array(5000), hole: { a: [{ 'await/ok': link }] } })
    expectSame(await blocks.result('core/field', map, 'long'), await blocks.place(of('string'), long))
    expectSame(await blocks.result('core/field', map, 'bytes'), await blocks.place(bytes, new Uint8Array(5000)))
    expect(await blocks.failure('core/field', map, 'hole')).toContain('could be taken for a promise')
    const list = blocks.put([{ 'ipvm/param': 'x' }])
    expect(await blocks.failure('core/index', list, 0)).toContain('could be taken for a promise')
    expect(await blocks.failure('core/load', blocks.put({ 'ipvm/param': 'x' }))).toContain('could be taken')
  })
})

describe('key', () => {
  test('a map by string, a list by integer', async () => {
    const blocks = new Blocks()
    const value = { a: [1, { b: long }], __proto__: 2, '1': 'one' }
    const whole = blocks.put(value)
    for (const object of [whole, { a: [1, 2], '1': 'one' }]) {
      expect(await blocks.result('core/key', object, '1')).toBe('one')
      expect(await blocks.failure('core/key', object, 'x')).toBe('value: the map has no key "x"')
      expect(await blocks.failure('core/key', object, 'constructor')).toBe('value: the map has no key "constructor"')
      expect(await blocks.failure('core/key', object, 1)).toBe('value: a map has no elements to count')
    }
    const inner = await blocks.result('core/key', whole, 'a')
    expect(inner).toEqual(block([1, { b: long }]).cid)
    expectSame(await blocks.result('core/key', inner, 0), 1)
    const innermost = await blocks.result('core/key', await blocks.result('core/key', inner, 1), 'b')
    expectSame(innermost, await blocks.place(of('ipld'), long))
    expect(await blocks.failure('core/key', inner, 2)).toBe('value: index 2 is out of range: the list has 2 elements')
    expect(await blocks.failure('core/key', inner, 'b')).toBe('value: a list has no key "b"')
    expect(await blocks.failure('core/key', 'text', 'b')).toBe('value: "text" has no key "b"')
    expect(await blocks.failure('core/key', { a: 1 }, null)).toBe('value: a key must be a string or an integer')
  })

  test('gives any part of any value, placed as ever', async () => {
    await fc.assert(
      fc.asyncProperty(ipld, fc.nat(), async (value, coins) => {
        const blocks = new Blocks()
        const object = await scatter(of('ipld'), value, blocks, coins)
        const keys = Array.isArray(value) ? value.map((_, i) => i) : isMap(value) ? Object.keys(value) : []
        for (const key of keys) {
          const part = (value as { [key: string | number]: Ipld })[key]!
          expectSame(await blocks.result('core/key', object, key), await blocks.place(of('ipld'), part as Value))
        }
      }),
    )
  })

  test('a long key', async () => {
    const blocks = new Blocks()
    const object = await blocks.place(of('ipld'), { [long]: 1 })
    expect(await blocks.result('core/key', object, await blocks.place(of('string'), long))).toBe(1)
    expect(await blocks.failure('core/key', object, await blocks.place(of('string'), `${long}y`))).toBe(
      `value: the map has no key "${'x'.repeat(60)}…"`,
    )
  })
})

describe('link and load', () => {
  test.each<[Type, Value, Ipld]>([
    [of('u8'), 7, 7],
    [of('string'), 'x', 'x'],
    [of('string'), long, long],
    [of('f64'), NaN, 'NaN'],
    [of('unit'), null, null],
    [record({ a: of('u8') }), { a: 1 }, { a: 1 }],
    [option(of('u8')), null, null],
    [option(bytes), null, null],
    [{ kind: 'link', target: of('u8') }, link, link],
    [option({ kind: 'link', target: of('u8') }), link, link],
    [of('ipld'), link, link],
    [of('ipld'), { 'await/ok': link }, { 'await/ok': link }],
    [{ kind: 'flags', flags: ['a'] }, ['a'], ['a']],
    [{ kind: 'secret', of: of('string') }, 'x', 'x'],
  ])('%#: the link to %o %o is that of its block', async (type, value, content) => {
    const blocks = new Blocks()
    const cid = await blocks.result('core/link', await blocks.place(type, value), encodeType(type))
    expect(cid).toEqual(block(content).cid)
    expect(await blocks.load(block(content).cid)).toEqual(block(content).bytes)
  })

  test.each([option(bytes), bytes])('bytes are files', async type => {
    for (const size of [0, 3, 1021, 1022, 300_000]) {
      const blocks = new Blocks()
      const content = new Uint8Array(size).fill(9)
      const cid = await blocks.result('core/link', await blocks.place(type, content), encodeType(type))
      expect(cid).toEqual((await importFile(content)).cid)
      expect(await blocks.load(cid as never)).toBeDefined()
    }
  })

  test('a link is where `place` puts what is large, and leads back to the value, whatever that was made from', async () => {
    await fc.assert(
      fc.asyncProperty(given, async ([type, value, coins]) => {
        const blocks = new Blocks()
        const scattered = await scatter(type, toIpld(type, value), blocks, coins)
        const cid = await blocks.result('core/link', scattered, encodeType(type))
        const stands = await blocks.place(type, value)
        expectSame(cid, await blocks.result('core/link', stands, encodeType(type)))
        if (!isLink(cid)) throw new Error('no link')
        const { kind } = revealed(type)
        if (isLink(stands) && kind !== 'link' && kind !== 'option') expect(cid).toEqual(stands)
        // As the compiler has it: what never stands in a block of its own is loaded, everything else is its link.
        const content =
          isAtom(type) || kind === 'enum' || kind === 'option' ? await blocks.result('core/load', cid) : cid
        if (content !== cid) expectSame(content, stands)
        expect(await materialize(type, content, blocks.load)).toEqual({ ok: true, value })
      }),
      { numRuns: 400 },
    )
  })

  test('an option of something large is loaded as it stands', async () => {
    const blocks = new Blocks()
    const numbers = Array.from({ length: 60_000 }, (_, i) => 1_000_000 + i)
    const cases: [Type, Value][] = [
      [option(of('string')), long],
      [option(bytes), new Uint8Array(5000)],
      [option(bytes), new Uint8Array(300_000)],
      [option(list(of('u32'))), numbers],
      [option(list(of('string'))), Array(300).fill('y'.repeat(1000))],
      [option(option(of('string'))), { some: long }],
    ]
    for (const [type, value] of cases) {
      const stands = await blocks.place(type, value)
      const cid = await blocks.result('core/link', stands, encodeType(type))
      expectSame(await blocks.result('core/load', cid), stands)
    }
  })

  test('only a link can be loaded, and only what is at hand', async () => {
    expect(await new Blocks().failure('core/load', 1)).toBe('value: only a link can be loaded')
    const missing = block('x').cid
    expect(await new Blocks().run('core/load', missing)).toEqual({ kind: 'needs', link: missing })
  })
})

describe('unwrap', () => {
  test.each<[Ipld, string, Ipld]>([
    [1, 'option', 1],
    [{ some: null }, 'some', null],
    [{ ok: [1] }, 'result', [1]],
  ])('%j as %s is %j', async (value, form, content) => {
    const blocks = new Blocks()
    expect(await blocks.result('core/unwrap', value, form)).toEqual(content)
    if (form !== 'option') expect(await blocks.result('core/unwrap', blocks.put(value), form)).toEqual(content)
  })

  test('an option in a block of its own is its content', async () => {
    const blocks = new Blocks()
    const stands = await blocks.place(option(of('string')), long)
    expectSame(await blocks.result('core/unwrap', stands, 'option'), stands)
  })

  test.each<[Ipld, string, Ipld | undefined, string]>([
    [null, 'option', undefined, 'there was `none`'],
    [null, 'some', undefined, 'there was `none`'],
    [{ error: '404' }, 'result', '404', 'there was `err("404")`'],
    [{ error: { code: 4, why: [] } }, 'result', { code: 4, why: [] }, 'there was `err({"code":4,"why":[]})`'],
    [{ error: null }, 'result', null, 'there was `err(null)`'],
    [{ error: 'y'.repeat(500) }, 'result', 'y'.repeat(500), `there was \`err("${'y'.repeat(59)}…)\``],
  ])('%j as %s fails with %j', async (value, form, data, detail) => {
    const outcome = await new Blocks().run('core/unwrap', value, form)
    const expected: CoreOutcome = { kind: 'fail', failure: 'unwrap', detail }
    expect(outcome).toEqual(data === undefined ? expected : { ...expected, data, blocks: [] })
  })

  test('an error in a block of its own is read as the value that it is', async () => {
    const blocks = new Blocks()
    const type: Type = { kind: 'result', ok: of('unit'), error: of('string') }
    const outcome = await blocks.run('core/unwrap', await blocks.place(type, { error: long }), 'result')
    if (outcome.kind !== 'fail') throw new Error('no failure')
    expectSame(outcome.data!, await blocks.place(of('ipld'), long))
    expectSame(await blocks.result('core/as', outcome.data!, 'ipld', 'string'), await blocks.place(of('string'), long))
  })

  test('data is a value of type `ipld` always', async () => {
    const results = given.map(([error, value, coins]) => [error, value, coins] as const)
    await fc.assert(
      fc.asyncProperty(results, async ([error, value, coins]) => {
        const blocks = new Blocks()
        const type: Type = { kind: 'result', ok: of('unit'), error }
        const scattered = await scatter(type, toIpld(type, { error: value }), blocks, coins)
        const outcome = await blocks.run('core/unwrap', scattered, 'result')
        // The link of a `link<T>` is looked behind too, which need not be at hand.
        if (outcome.kind === 'needs') return expect(outcome.link.code).toBe(DAG_CBOR)
        expect(outcome).toMatchObject({ kind: 'fail', failure: 'unwrap' })
        if (outcome.kind !== 'fail') return
        const whole = await materialize(of('ipld'), outcome.data!, blocks.load)
        if (!whole.ok) throw new Error(whole.error.message)
        expectSame(outcome.data!, await blocks.place(of('ipld'), whole.value))
      }),
    )
  })

  test('what is no option or result', async () => {
    expect(await new Blocks().failure('core/unwrap', { no: 1 }, 'result')).toBe('value: there is nothing to unwrap')
    expect(await new Blocks().failure('core/unwrap', { ok: 1, error: 2 }, 'result')).toContain('nothing to unwrap')
    expect(await new Blocks().failure('core/unwrap', { error: 1 }, 'some')).toContain('nothing to unwrap')
    expect(await new Blocks().failure('core/unwrap', { ok: 1 }, 'variant')).toContain('no such form')
  })
})

describe('case', () => {
  test.each<[Ipld, string, string[], number]>([
    [null, 'option', ['some', 'none'], 1],
    [1, 'option', ['some', 'none'], 0],
    ['red', 'enum', ['green', 'red'], 1],
    ['blue', 'enum', ['green', 'red'], 2],
    [{ circle: 1 }, 'variant', ['point', 'circle'], 1],
    [{ error: 1 }, 'variant', ['ok'], 1],
    [{ some: null }, 'variant', ['none', 'some'], 1],
    [null, 'variant', ['none', 'some'], 0],
    [{ x: 1 }, 'variant', [], 0],
  ])('%j (%s) among %j is %i', async (value, form, names, index) => {
    const blocks = new Blocks()
    expect(await blocks.result('core/case', value, form, names)).toBe(index)
    expect(await blocks.result('core/case', value, form, blocks.put(names))).toBe(index)
    if (form !== 'option') expect(await blocks.result('core/case', blocks.put(value), form, names)).toBe(index)
  })

  test('what has no case', async () => {
    expect(await new Blocks().failure('core/case', 1, 'variant', [])).toBe('value: there is no case to tell')
    expect(await new Blocks().failure('core/case', { a: 1, b: 2 }, 'variant', [])).toContain('no case')
    expect(await new Blocks().failure('core/case', null, 'enum', [])).toContain('no case')
    expect(await new Blocks().failure('core/case', null, 'flags', [])).toContain('no such form')
  })
})

describe('switch', () => {
  test.each<[Type, Value, Value[], number]>([
    [of('u8'), 2, [1, 2, 3], 1],
    [of('u8'), 9, [1, 2, 3], 3],
    [of('s64'), -(2n ** 63n), [0n, -(2n ** 63n)], 1],
    [of('string'), 'b', ['a', 'b', 'b'], 1],
    [of('string'), long, ['a', long], 1],
    [of('char'), 'x', ['x'], 0],
    [of('bool'), false, [true], 1],
  ])('%#: %o %o', async (type, value, literals, index) => {
    const blocks = new Blocks()
    const placed = []
    for (const literal of literals) placed.push(await blocks.place(type, literal))
    const encoded = encodeType(type)
    expect(await blocks.result('core/switch', await blocks.place(type, value), encoded, placed)).toBe(index)
    expect(await blocks.result('core/switch', blocks.put('b'), 'string', blocks.put(['a', blocks.put('b')]))).toBe(1)
  })

  test('any value is found among others', async () => {
    const options = anyType.chain(type =>
      fc.tuple(fc.constant(type), fc.array(valueOf(type), { minLength: 1, maxLength: 3 }), fc.nat()),
    )
    await fc.assert(
      fc.asyncProperty(options, async ([type, values, coins]) => {
        const blocks = new Blocks()
        const literals = []
        for (const value of values) literals.push(await blocks.place(type, value))
        const wanted = values[coins % values.length]!
        const encoded = encodeType(type)
        const scattered = await scatter(type, toIpld(type, wanted), blocks, coins)
        const same = await Promise.all(literals.map(async one => blocks.result('core/equal', scattered, one, encoded)))
        const index = await blocks.result('core/switch', scattered, encoded, literals)
        expect(index).toBe(same.includes(true) ? same.indexOf(true) : literals.length)
      }),
    )
  })
})

test('a tuple in pieces', async () => {
  const type = tuple(...Array.from({ length: 300 }, () => of('string')))
  const blocks = new Blocks()
  const items = Array.from({ length: 300 }, (_, i) => `${i}`.padEnd(1000, '.'))
  const placed = await place(type, items)
  if (!placed.ok) throw new Error(placed.error.message)
  blocks.add(placed.value.blocks)
  expect(await blocks.result('core/item', placed.value.value, 299)).toBe(items[299])
})
