import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cidOf } from '../../../dag/cid.ts'
import { encode } from '../../../dag/codec.ts'
import { encodeType, integerKinds, type Type } from '../../../dag/types.ts'
import { toIpld, type Value } from '../../../dag/value.ts'
import { parse } from '../../../grammar/parse.ts'
import { text, type as anyType, valueOf } from '../arbitrary.ts'
import { Blocks, expectSame, list, of, option, record, scatter, tuple } from './tools.ts'

const link: Type = { kind: 'link', target: of('u8') }
const bytes = list(of('u8'))
const cid = cidOf(new Uint8Array(2), 'raw')
const shape: Type = { kind: 'variant', cases: [{ name: 'point' }, { name: 'line-to', type: of('f64') }] }

async function format(type: Type, value: Value): Promise<string> {
  const blocks = new Blocks()
  const result = await blocks.result('core/format', await blocks.place(type, value), encodeType(type))
  return result as string
}

describe('format', () => {
  test.each<[Type, Value, string]>([
    [of('string'), 'a "b" ${c}\n', 'a "b" ${c}\n'],
    [of('char'), "'", "'"],
    [of('bool'), true, 'true'],
    [of('u8'), 255, '255'],
    [of('s64'), -(2n ** 63n), '-9223372036854775808'],
    [of('u64'), 2n ** 64n - 1n, '18446744073709551615'],
    [of('f64'), 1, '1.0'],
    [of('f64'), -0, '-0.0'],
    [of('f64'), 1.5, '1.5'],
    [of('f64'), 1e21, '1e21'],
    [of('f64'), -1.25e-7, '-1.25e-7'],
    [of('f64'), 123456789012345680000, '123456789012345680000.0'],
    [of('f64'), 0.1, '0.1'],
    [of('f32'), Math.fround(0.1), '0.1'],
    [of('f32'), Math.fround(16777216), '16777216.0'],
    [of('f32'), 3.4028234663852886e38, '3.4028235e38'],
    [of('f32'), 1.401298464324817e-45, '1e-45'],
    [of('f64'), NaN, 'NaN'],
    [of('f32'), -Infinity, '-Infinity'],
    [of('f64'), Infinity, 'Infinity'],
    [of('unit'), null, '()'],
    [list(of('u16')), [1, 2], '[1, 2]'],
    [list(of('u16')), [], '[]'],
    [list(of('string')), ['a', 'b"\\', '${x} $y'], '["a", "b\\"\\\\", "\\${x} $y"]'],
    [list(of('char')), ["'", '"', '\n', '😀'], `['\\'', '"', '\\n', '😀']`],
    [list(of('string')), ['\0\t\r\u0007\u2028\u202e\ufeff'], '["\\0\\t\\r\\u{7}\\u{2028}\\u{202e}\\u{feff}"]'],
    [tuple(of('u8'), of('string')), [1, 'x'], '(1, "x")'],
    [tuple(of('u8')), [1], '(1,)'],
    [record({ name: of('string'), 'b-c': of('f64') }), { name: 'x', 'b-c': 2 }, '{ name: "x", b-c: 2.0 }'],
    [record({}), {}, '{}'],
    [option(of('u8')), 1, 'some(1)'],
    [option(of('u8')), null, 'none'],
    [option(option(of('u8'))), { some: null }, 'some(none)'],
    [option(option(of('u8'))), { some: 1 }, 'some(some(1))'],
    [option(of('unit')), { some: null }, 'some(())'],
    [{ kind: 'result', ok: of('u8'), error: of('string') }, { ok: 1 }, 'ok(1)'],
    [{ kind: 'result', ok: of('unit'), error: of('string') }, { ok: null }, 'ok(())'],
    [{ kind: 'result', ok: of('u8'), error: of('string') }, { error: 'x' }, 'err("x")'],
    [shape, { point: null }, 'point'],
    [shape, { 'line-to': 1 }, 'line-to(1.0)'],
    [{ kind: 'enum', cases: ['red', 'green'] }, 'red', 'red'],
    [{ kind: 'flags', flags: ['write', 'read'] }, ['read', 'write'], '{ read, write }'],
    [{ kind: 'flags', flags: ['write', 'read'] }, [], '{}'],
    [bytes, Uint8Array.of(0x61, 0x22, 0x5c, 0x0a, 0, 0x27, 0x24, 0xff, 0x7f), `b"a\\"\\\\\\n\\0'$\\xff\\x7f"`],
    [bytes, new Uint8Array(0), 'b""'],
    [link, cid, cid.toString()],
    [list(link), [cid], `[cid"${cid}"]`],
    [{ kind: 'secret', of: of('string') }, 'x', 'x'],
  ])('%#: %o %o is %s', async (type, value, expected) => {
    expect(await format(type, value)).toBe(expected)
  })

  test('a value comes to one text, wherever its parts stand; only `ipld` has none', async () => {
    const given = anyType.chain(type => fc.tuple(fc.constant(type), valueOf(type), fc.nat()))
    await fc.assert(
      fc.asyncProperty(given, async ([type, value, coins]) => {
        const blocks = new Blocks()
        const scattered = await scatter(type, toIpld(type, value), blocks, coins)
        const outcome = await blocks.run('core/format', scattered, encodeType(type))
        if (outcome.kind !== 'value') expect(JSON.stringify(encodeType(type))).toContain('"ipld"')
        else expectSame(outcome.value, await blocks.place(of('string'), await format(type, value)))
      }),
      { numRuns: 300 },
    )
  })

  test('two values have one text only where they are one', async () => {
    const given = anyType.chain(type => fc.tuple(fc.constant(type), valueOf(type), valueOf(type)))
    await fc.assert(
      fc.asyncProperty(given, async ([type, a, b]) => {
        fc.pre(!JSON.stringify(encodeType(type)).includes('"ipld"'))
        const same = Buffer.compare(encode(toIpld(type, a)), encode(toIpld(type, b))) === 0
        expect((await format(type, a)) === (await format(type, b))).toBe(same)
      }),
    )
  })

  test('of a large value it ends at 1 MiB', async () => {
    const blocks = new Blocks()
    const long = await blocks.place(list(of('string')), Array<string>(20).fill('x'.repeat(60_000)))
    expect(await blocks.failure('core/format', long, { list: 'string' })).toBe(
      'value: a text of more than 1048576 bytes',
    )
    const most = await blocks.place(bytes, new Uint8Array(2_000_000))
    expect(await blocks.failure('core/format', most, { list: 'u8' })).toBe('value: a text of more than 1048576 bytes')
    const wide = await blocks.place(list(of('string')), ['💡'.repeat(200_000), '💡'.repeat(200_000)])
    expect(await blocks.failure('core/format', wide, { list: 'string' })).toContain('1048576, the limit of a block')
    const fitting = await blocks.place(list(of('u8')), new Uint8Array(100_000))
    const outcome = await blocks.run('core/format', fitting, { list: 'u8' })
    expect(outcome).toMatchObject({ kind: 'value', value: { code: 0x71 } })
  })

  test('`ipld` is refused at any depth, but behind a link', async () => {
    const blocks = new Blocks()
    const refused = 'value: a value of type `ipld` has no text of its own'
    expect(await blocks.failure('core/format', 1, 'ipld')).toBe(refused)
    expect(await blocks.failure('core/format', [], { list: { option: { secret: 'ipld' } } })).toBe(refused)
    expect(await blocks.result('core/format', cid, { link: 'ipld' })).toBe(cid.toString())
  })
})

describe('what is written is read by the language as the same', () => {
  /** The value of a literal, as the parser reads it. */
  function reread(literal: string): unknown {
    const { module, diagnostics } = parse(`const x = ${literal}`, 'x.ipvm')
    expect(diagnostics).toEqual([])
    const [item] = module.items
    if (item?.kind !== 'Const' || !('value' in item.value)) throw new Error('no constant')
    return item.value.value
  }

  const inList = async (kind: string, value: Value): Promise<string> =>
    (await format(list(of(kind)), [value])).slice(1, -1)

  test('texts and characters', async () => {
    const nasty = fc.string({ unit: fc.constantFrom('"', "'", '\\', '$', '{', '}', '\n', '\0', '1', 'u', '\u2028') })
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, nasty), async value => {
        expect(reread(await inList('string', value))).toBe(value)
      }),
      { numRuns: 300 },
    )
    await fc.assert(
      fc.asyncProperty(valueOf(of('char')), async value => {
        expect(reread(await inList('char', value))).toBe(value)
      }),
    )
  })

  test('bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async value => {
        expect(reread(await format(bytes, value))).toEqual(value)
      }),
    )
  })

  test('numbers', async () => {
    const number = fc.constantFrom(...integerKinds).chain(kind => fc.tuple(fc.constant(kind), valueOf(of(kind))))
    await fc.assert(
      fc.asyncProperty(number, async ([kind, value]) => {
        expect(reread(await format(of(kind), value))).toBe(BigInt(value as number))
      }),
    )
    const finite = { noNaN: true, noDefaultInfinity: true }
    await fc.assert(
      fc.asyncProperty(fc.double(finite), async value => {
        expect(reread(await format(of('f64'), value))).toBe(value)
      }),
      { numRuns: 300 },
    )
    await fc.assert(
      fc.asyncProperty(fc.float(finite), async value => {
        expect(Math.fround(reread(await format(of('f32'), value)) as number)).toBe(value)
      }),
      { numRuns: 300 },
    )
  })
})

describe('text', () => {
  test('joins, wherever the parts stand', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), fc.nat(), async (parts, coins) => {
        const blocks = new Blocks()
        const args = []
        for (const [i, part] of parts.entries()) args.push(await scatter(of('string'), part, blocks, coins + i * 7919))
        expectSame(await blocks.result('core/text', ...args), await blocks.place(of('string'), parts.join('')))
      }),
    )
  })

  test('a long one is a block, one that is too long a failure', async () => {
    const blocks = new Blocks()
    const half = await blocks.place(of('string'), 'x'.repeat(600_000))
    expectSame(await blocks.result('core/text', half, 'y'), await blocks.place(of('string'), 'x'.repeat(600_000) + 'y'))
    expect(await blocks.failure('core/text', half, half)).toBe('value: a text of more than 1048576 bytes')
    expect(await blocks.failure('core/text', ...Array(10_000).fill(half))).toContain('more than 1048576 bytes')
    expect(await blocks.failure('core/text', 'a', 1)).toBe('value: value: a string was expected, this is 1')
  })
})
