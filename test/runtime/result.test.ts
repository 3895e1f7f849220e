import { describe, expect, test } from 'vitest'
import { block } from '../../dag/cid.ts'
import { Float } from '../../dag/ipld.ts'
import { place } from '../../dag/place.ts'
import { bytes, type Type } from '../../dag/types.ts'
import { toIpld, type Value } from '../../dag/value.ts'
import { putAll } from '../../runtime/blocks.ts'
import { readResult, toDagJson } from '../../runtime/result.ts'
import { memoryStore } from '../../runtime/store/open.ts'

const text = (type: Type, value: Value): string => {
  const json = toDagJson(type, value)
  if (!json.ok) throw new Error(json.error.message)
  return json.value
}

describe('DAG-JSON', () => {
  const f64: Type = { kind: 'f64' }
  const link: Type = { kind: 'link', target: bytes }

  test('keeps what plain JSON would lose', () => {
    expect(text({ kind: 'u64' }, 18446744073709551615n)).toBe('18446744073709551615')
    expect(text({ kind: 's32' }, -3)).toBe('-3')
    expect([1, -0, 1.5, 1e300, 5e-324, 1e21].map(n => text(f64, n))).toEqual([
      '1.0',
      '-0.0',
      '1.5',
      '1e+300',
      '5e-324',
      '1e+21',
    ])
    expect([NaN, Infinity, -Infinity].map(n => text(f64, n))).toEqual(['"NaN"', '"Infinity"', '"-Infinity"'])
    expect(text(bytes, Uint8Array.of(1, 2, 3, 4))).toBe('{"/":{"bytes":"AQIDBA"}}')
    expect(text(link, block(1).cid)).toBe(`{"/":"${block(1).cid}"}`)
    expect(text({ kind: 'string' }, 'a"\n\u2028é𝄞')).toBe(JSON.stringify('a"\n\u2028é𝄞'))
  })

  test('writes composites compactly, keys sorted by their bytes', () => {
    const type: Type = {
      kind: 'record',
      fields: [
        { name: 'b', type: { kind: 'list', element: { kind: 'bool' } } },
        { name: 'aa', type: { kind: 'option', some: { kind: 'unit' } } },
        { name: 'a', type: { kind: 'result', ok: { kind: 'char' }, error: { kind: 'unit' } } },
      ],
    }
    expect(text(type, { b: [true, false], aa: { some: null }, a: { ok: 'x' } })).toBe(
      '{"a":{"ok":"x"},"aa":{"some":null},"b":[true,false]}',
    )
    expect(text({ kind: 'ipld' }, { '𝄞': 1, '\uffff': [new Float(2) as unknown as Value] })).toBe(
      '{"\uffff":[2.0],"𝄞":1}',
    )
  })

  test('refuses a map that it reserves', () => {
    expect(toDagJson({ kind: 'ipld' }, [{ '/': 'x' }])).toMatchObject({ ok: false, error: { code: 'value' } })
  })
})

test('a placed result reads back whole, and a missing part is said', async () => {
  const store = memoryStore()
  const type: Type = { kind: 'list', element: { kind: 'string' } }
  const value = Array.from({ length: 3000 }, (_, n) => `item ${n}`.padEnd(n % 7 === 0 ? 2000 : 10))
  const placed = await place(type, toIpld(type, value))
  if (!placed.ok) throw new Error(placed.error.message)
  await putAll(store.blocks, placed.value.blocks)
  expect(await readResult(store.blocks, type, placed.value.value)).toEqual({ ok: true, value })
  await store.blocks.delete(placed.value.blocks[0]!.cid)
  expect(await readResult(store.blocks, type, placed.value.value)).toMatchObject({
    ok: false,
    error: { code: 'missing' },
  })
})
