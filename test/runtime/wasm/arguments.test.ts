import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { Float } from '../../../dag/ipld.ts'
import type { Type } from '../../../dag/types.ts'
import { lower, type Value } from '../../../dag/value.ts'
import { echoes } from './echo.ts'
import { types, values } from './generators.ts'
import { Local, local, wat } from './harness.ts'
import { seed } from '../../harness/seeds.ts'

const link = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')

const of = (kind: string): Type => ({ kind }) as Type
const u8 = of('u8')
const list = (element: Type): Type => ({ kind: 'list', element })
const option = (some: Type): Type => ({ kind: 'option', some })
const tuple = (...items: Type[]): Type => ({ kind: 'tuple', items })
const record = (fields: { [name: string]: Type }): Type => ({
  kind: 'record',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
})
const shape: Type = { kind: 'variant', cases: [{ name: 'point' }, { name: 'circle', type: of('f64') }] }
const answer: Type = { kind: 'result', ok: u8, error: of('unit') }
const colour: Type = { kind: 'enum', cases: ['red', 'green'] }
const access: Type = { kind: 'flags', flags: ['read', 'write'] }

/** One value, and what is said of it; the places stand behind `args[0]`. */
const misfits: [Type, unknown, string][] = [
  [u8, 256, ': 256 does not fit u8'],
  [u8, -1, ': -1 does not fit u8'],
  [u8, 1.5, ': 1.5 does not fit u8'],
  [u8, NaN, ': NaN does not fit u8'],
  [u8, 1n, ': a number was expected, this is 1'],
  [u8, '1', ': a number was expected, this is "1"'],
  [u8, true, ': a number was expected, this is true'],
  [u8, null, ': a number was expected, this is null'],
  [u8, undefined, ': a number was expected, this is nothing'],
  [u8, link, ': a number was expected, this is a link'],
  [u8, new Float(1), ': a number was expected, this is the float 1'],
  [of('s8'), -129, ': -129 does not fit s8'],
  [of('s8'), 128, ': 128 does not fit s8'],
  [of('u16'), 65536, ': 65536 does not fit u16'],
  [of('s16'), -32769, ': -32769 does not fit s16'],
  [of('u32'), 2 ** 32, ': 4294967296 does not fit u32'],
  [of('u32'), Infinity, ': Infinity does not fit u32'],
  [of('s32'), 2 ** 31, ': 2147483648 does not fit s32'],
  [of('u64'), 1, ': a bigint was expected, this is 1'],
  [of('u64'), -1n, ': -1 does not fit u64'],
  [of('u64'), 2n ** 64n, ': 18446744073709551616 does not fit u64'],
  [of('s64'), 2n ** 63n, ': 9223372036854775808 does not fit s64'],
  [of('s64'), -(2n ** 63n) - 1n, ': -9223372036854775809 does not fit s64'],
  [of('u64'), 10n ** 100_000n, ': an integer of over 64 digits does not fit u64'],
  [of('f32'), 0.1, ': 0.1 is not an f32'],
  [of('f32'), 1e300, ': 1e+300 is not an f32'],
  [of('f64'), 1n, ': a number was expected, this is 1'],
  [of('f64'), '1', ': a number was expected, this is "1"'],
  [list(of('f32')), [1, 0.1], '[1]: 0.1 is not an f32'],
  [list(of('f64')), [1, null], '[1]: a number was expected, this is null'],
  [of('bool'), 1, ': a bool was expected, this is 1'],
  [of('char'), '', ': one Unicode scalar value was expected, this is ""'],
  [of('char'), 'ab', ': one Unicode scalar value was expected, this is "ab"'],
  [of('char'), 'e\u0301', ': one Unicode scalar value was expected, this is "e\u0301"'],
  [of('char'), '\ud800', ': one Unicode scalar value was expected, this is "\\ud800"'],
  [of('string'), 'a\udc00', ': a string with a lone surrogate'],
  [of('string'), 7, ': a string was expected, this is 7'],
  [of('string'), link, ': a string was expected, this is a link'],
  [list(u8), [1, 2], ': bytes was expected, this is a list'],
  [list(u8), 'text', ': bytes was expected, this is "text"'],
  [list(u8), link, ': bytes was expected, this is a link'],
  [list(of('u16')), new Uint8Array(2), ': a list was expected, this is bytes'],
  [list(of('u16')), { length: 0 }, ': a list was expected, this is a map'],
  [list(of('u16')), [1, , 3], '[1]: a number was expected, this is nothing'],
  [tuple(u8, u8), [1], ': a tuple of 2 was expected, this has 1'],
  [tuple(u8, u8), [1, 2, 3], ': a tuple of 2 was expected, this has 3'],
  [tuple(u8, u8), [1, 300], '[1]: 300 does not fit u8'],
  [tuple(u8, u8), [1, ,], '[1]: a number was expected, this is nothing'],
  [list(tuple(u8, u8)), [[, 1]], '[0][0]: a number was expected, this is nothing'],
  [record({ size: u8 }), {}, ': the field "size" is missing'],
  [record({ size: u8 }), { size: 1, more: 2 }, ': there is no field "more"'],
  [record({ size: u8 }), Object.create({ size: 1 }), ': the field "size" is missing'],
  [record({ size: u8 }), Object.defineProperty({}, 'size', { value: 1 }), ': the field "size" is missing'],
  [record({ size: u8 }), { size: 300 }, '.size: 300 does not fit u8'],
  [record({ size: u8 }), [1], ': a record was expected, this is a list'],
  [record({ length: u8 }), [1], ': a record was expected, this is a list'],
  [record({ code: of('u32') }), link, ': a record was expected, this is a link'],
  [record({ size: u8 }), { ['x'.repeat(9000)]: 1, size: 1 }, `: there is no field "${'x'.repeat(64)}…"`],
  [shape, { square: 1 }, ': there is no case "square"'],
  [shape, 'point', ': a map with the name of a case was expected, this is "point"'],
  [shape, {}, ': one case was expected, this has 0'],
  [shape, { point: null, circle: 1 }, ': one case was expected, this has 2'],
  [shape, { point: 1 }, ': the case "point" carries nothing'],
  [
    { kind: 'variant', cases: [{ name: 'value', type: u8 }] },
    new Float(1),
    ': a map with the name of a case was expected, this is the float 1',
  ],
  [shape, { circle: null }, '.circle: a number was expected, this is null'],
  [answer, { ok: 1, error: null }, ': one case was expected, this has 2'],
  [answer, { ok: 300 }, '.ok: 300 does not fit u8'],
  [answer, { error: 1 }, '.error: `()` was expected, this is 1'],
  [answer, 1, ': a map with the name of a case was expected, this is 1'],
  [option(u8), 300, ': 300 does not fit u8'],
  [option(u8), undefined, ': a number was expected, this is nothing'],
  [option(option(u8)), 1, ': null or `{"some": …}` was expected, this is 1'],
  [option(option(u8)), { some: { some: 1 } }, '.some: a number was expected, this is a map'],
  [colour, 'blue', ': there is no case "blue"'],
  [colour, 1, ': the name of a case was expected, this is 1'],
  [access, ['run'], ': there is no flag "run"'],
  [access, ['read', 'read'], ': a flag stands twice'],
  [access, { read: true }, ': a list of flags was expected, this is a map'],
  [access, ['y'.repeat(100_000)], `: there is no flag "${'y'.repeat(64)}…"`],
  [
    list(record({ size: option(tuple(u8, shape)) })),
    [{ size: null }, { size: [1, { circle: 2n }] }],
    '[1].size[1].circle: a number was expected, this is 2',
  ],
]

describe('an argument that does not fit is refused with its place', async () => {
  const one = new Local(
    await wat(
      echoes(
        misfits.map(([type]) => type),
        'utf8',
      ),
    ),
  )
  test.each(misfits.map(([, value, said], i) => ({ i, value, said })))('args[0]$said', ({ i, value, said }) => {
    expect(one.failure(`echo${i}`, [value as Value])).toEqual(['value', `args[0]${said}`])
  })

  test('whichever argument it is', async () => {
    const text = await local(`(component
      (core module $m (func (export "f") (param i32 i32 i32)))
      (core instance $i (instantiate $m))
      (type $p (record (field "size" u8))) (import "p" (type $p' (eq $p)))
      (func (export "f") (param "a" u8) (param "b" u8) (param "c" $p') (canon lift (core func $i "f"))))`)
    expect(text.failure('f', [1, 2, { size: 300 }])).toEqual(['value', 'args[2].size: 300 does not fit u8'])
    expect(text.failure('f', [1, 2])).toEqual(['value', '2 arguments were given where 3 are taken'])
    expect(text.failure('f', [1, 2, { size: 3 }, 4])).toEqual(['value', '4 arguments were given where 3 are taken'])
    expect(text.value('f', 1, 2, { size: 3 })).toBe(null)
  })

  test('and a long place is cut in its middle', async () => {
    let type = u8
    let value: Value = 256
    const name = 'n'.repeat(60)
    for (let i = 0; i < 20; i++) {
      type = record({ [name]: type })
      value = { [name]: value }
    }
    const deep = new Local(await wat(echoes([type], 'utf8')))
    const [kind, said] = deep.failure('echo0', [value])
    expect(kind).toBe('value')
    expect(said).toMatch(/^args\[0\]\.n+\.n+….*n: 256 does not fit u8$/)
    expect(said!.length).toBeLessThan(280)
  })
})

/** Things that stand in a value's place in vain, or fit by chance. */
const junk: unknown[] = [
  ...[null, undefined, true, 0, -0, -1, 1.5, 300, 2 ** 31, 2 ** 32, NaN, Infinity, 0.1, 0n, -1n, 2n ** 63n, 2n ** 64n],
  ...['', 'a', 'ab', '\ud800', '\u{1f600}', 'n0x', 'c0', [], [1], ['n0x'], ['n0x', 'n0x'], {}, { some: null }],
  ...[{ some: 1 }, { ok: null }, { error: null }, { ok: null, error: null }, { c0: null }, { f0: 1 }, { c9: 0 }],
  ...[new Uint8Array(), new Uint8Array(3), link, new Float(1), [[]], [null]],
]

/** A value with one change somewhere in it: another in a place, one more, or one less. */
function spoil(value: unknown, picks: Iterator<number>): unknown {
  const pick = (count: number): number => (picks.next().value as number) % count
  const isList = Array.isArray(value)
  const isMap =
    typeof value === 'object' && value !== null && !isList && Object.getPrototypeOf(value) === Object.prototype
  const keys = isList || isMap ? Object.keys(value) : []
  if (keys.length > 0 && pick(4) > 0) {
    const key = keys[pick(keys.length)]!
    const copy = (isList ? [...value] : { ...(value as object) }) as { [key: string]: unknown }
    copy[key] = spoil(copy[key], picks)
    return copy
  }
  if (isList && pick(2)) return pick(2) ? value.slice(1) : [...value, junk[pick(junk.length)]]
  if (isMap && pick(2)) {
    const copy = { ...(value as object) } as { [key: string]: unknown }
    if (pick(2)) delete copy[keys[0] ?? '']
    else copy['more'] = null
    return copy
  }
  return junk[pick(junk.length)]
}

test('the host takes exactly the values that have an IPLD form, for any type', { timeout: 60_000 }, async () => {
  const all = fc.sample(types, { numRuns: 60, seed })
  const one = new Local(await wat(echoes(all, 'utf8')))
  const counts = { taken: 0, refused: 0 }
  for (const [i, type] of all.entries()) {
    const spoiled = fc
      .tuple(values(type), fc.infiniteStream(fc.nat(1 << 20)))
      .map(([value, picks]) => spoil(value, picks))
    for (const value of fc.sample(spoiled, { numRuns: 30, seed: seed + i })) {
      const message = `IPVM_SEED=${seed}, type ${JSON.stringify(type)}, value ${String(value)}`
      const form = lower(type, value as Value, 'args[0]')
      const outcome = one.call(`echo${i}`, [value as Value])
      if (form.ok) counts.taken++
      else counts.refused++
      if (form.ok) expect(outcome.ok, message).toBe(true)
      else
        expect(outcome, message).toMatchObject({
          failure: { kind: 'value', detail: `${form.error.path}: ${form.error.message}` },
        })
    }
  }
  expect(counts.taken).toBeGreaterThan(50)
  expect(counts.refused).toBeGreaterThan(500)
})

describe('what no job can call', () => {
  test('a function with a handle is refused by the name of its resource', async () => {
    const one = await local(`(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core module $m (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 7))) (func (export "take") (param i32)))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (export $r' "thing" (type $r))
      (func (export "make") (result (own $r')) (canon lift (core func $i "make")))
      (func (export "take") (param "t" (own $r')) (canon lift (core func $i "take"))))`)
    expect(one.failure('make')).toEqual(['refused', 'no job can call make: its result holds the resource `thing`'])
    expect(one.failure('take', [1])).toEqual([
      'refused',
      'no job can call take: its parameter `t` holds the resource `thing`',
    ])
  })

  test('a function of the host under its own name has the types that the host gives', async () => {
    const given = (name: string, func: string, type: string): string => `(component
      (import "${name}" (instance $i (export "${func}" (func ${type}))))
      (export "f" (func $i "${func}")))`
    const right = given('wasi:cli/environment@0.2.0', 'get-arguments', '(result (list string))')
    expect((await local(right)).value('f')).toEqual([])
    const other = given('wasi:cli/environment@0.2.0', 'get-arguments', '(result u8)')
    const said = 'which it declares with other types than the host has'
    expect((await local(other)).failure('f')).toEqual(['refused', `called wasi:cli/environment.get-arguments, ${said}`])
    const print = await local(given('homestar:host/helpers@0.1.1', 'print', '(param "m" u8)'))
    expect(print.failure('f', [1])).toEqual(['refused', `called homestar:host/helpers.print, ${said}`])
    expect(print.failure('f', [256])).toEqual(['value', 'args[0]: 256 does not fit u8'])
  })
})
