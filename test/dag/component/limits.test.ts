import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeComponent } from '../../../dag/component/decode.ts'
import { readComponent } from '../../../dag/component/read.ts'
import { cases } from '../../harness/seeds.ts'
import { build, embed, fixture, leb, parse, refusal, sections, text } from './tools.ts'
import { firstDangling } from './walk.ts'

describe('what would grow without end is refused', () => {
  const repeat = (count: number, entry: (i: number) => number[]): number[] =>
    Array.from({ length: count }, (_, i) => entry(i)).flat()

  /** A type index where a type may stand is a signed number. */
  const index = (i: number): number[] => (i < 0x40 ? [i] : [(i & 0x7f) | 0x80, ...leb(i >> 7)])

  test('a value type that doubles with each definition', () => {
    const types = [0x6f, 2, 0x79, 0x79, ...repeat(60, i => [0x6f, 2, ...index(i), ...index(i)])]
    expect(refusal(sections([7, [61, ...types]])).code).toBe('limit')
  })

  test('an instance type that doubles with each definition', { timeout: 60_000 }, () => {
    const first = [0x42, 1, 4, 0, ...text('r'), 3, 1]
    const next = (i: number): number[] => [
      ...[0x42, 3, 2, 3, 2, 1, ...leb(i)],
      ...[4, 0, ...text('a'), 5, 0, 4, 0, ...text('b'), 5, 0],
    ]
    expect(refusal(sections([7, [41, ...first, ...repeat(40, next)]])).code).toBe('limit')
  })

  test('types, instance types and components that are nested too deep', () => {
    const lists = [0x70, 0x79, ...repeat(120, i => [0x70, ...index(i)])]
    expect(refusal(sections([7, [121, ...lists]])).message).toContain('nested more than 100 deep')
    const instances = [...repeat(5000, () => [0x42, 1, 1]), 0x42, 0]
    expect(refusal(sections([7, [1, ...instances]])).message).toContain('nested more than 100 deep')
    let inner = sections()
    for (let i = 0; i < 120; i++) inner = sections([4, [...inner]])
    expect(refusal(inner).message).toContain('nested more than 100 deep')
  })

  test('a name that could be read in many ways', () => {
    const name = `a${'-1'.repeat(40_000)}!`
    expect(refusal(sections([7, [1, 0x6d, 1, ...text(name)]])).code).toBe('invalid')
    expect(refusal(sections([7, [1, 0x40, 0, 1, 0]], [10, [1, 0, ...text(`a:b/${name}`), 1, 0]])).code).toBe('invalid')
  })

  test('the same large type in more functions than anyone can read', () => {
    const record = [0x72, ...leb(2000), ...repeat(2000, i => [...text(`f${i}`), 0x79])]
    const func = [0x40, 1, ...text('x'), 0, 1, 0]
    const imports = repeat(4000, i => [0, ...text(`g${i}`), 1, 1])
    const bytes = sections([7, [2, ...record, ...func]], [10, [...leb(4000), ...imports]])
    expect(refusal(bytes).code).toBe('limit')
  })

  test.each([
    ['exports', 3000, (i: number) => `(export "f${i}" (func $f))`],
    ['resources', 600, (i: number) => `(type $r${i} (resource (rep i32))) (export "r${i}" (type $r${i}))`],
  ])('a component with many %s that is instantiated many times', async (_, count, inside) => {
    const times = (write: (i: number) => string): string => Array.from({ length: count }, (_, i) => write(i)).join(' ')
    const bytes = await parse(`(component
      (component $c
        (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) ${times(inside)})
      ${times(() => '(instance (instantiate $c))')})`)
    expect(refusal(bytes)).toMatchObject({ code: 'limit', message: expect.stringContaining('too large') })
  })

  test('100 lists deep and 10,000 definitions are none too many', () => {
    const lists = [0x70, 0x79, ...repeat(90, i => [0x70, ...index(i)])]
    const more = repeat(10_000, () => [0x70, 0x79])
    expect(decodeComponent(sections([7, [...leb(10_091), ...lists, ...more]])).ok).toBe(true)
  })
})

describe('whatever the bytes, the answer is a value', async () => {
  const folder = new URL('../../fixtures/components/', import.meta.url)
  const wit = `package a:b@0.2.1;
    interface i { resource q { constructor(); a: func(x: borrow<q>) -> list<string>; } variant v { x(u8), y } f: func(v: v) -> q; }
    world w { import i; export i; export foo: func(a: string) -> result<u32, string>; }`
  const module = await embed(wit)
  const samples = [
    ...readdirSync(folder)
      .filter(name => name.endsWith('.wasm'))
      .map(fixture),
    module,
    await build(module),
  ]

  const edit = fc.record({
    kind: fc.constantFrom('set' as const, 'cut' as const, 'add' as const, 'copy' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.nat(255),
  })
  type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

  const edited = (bytes: Uint8Array, { kind, at, byte }: Edit): Uint8Array => {
    const place = Math.floor(at * bytes.length)
    const [before, after] = [bytes.subarray(0, place), bytes.subarray(kind === 'set' ? place + 1 : place)]
    if (kind === 'cut') return Buffer.concat([before, after.subarray(byte)])
    return Buffer.concat([before, kind === 'copy' ? after.subarray(0, byte) : Uint8Array.of(byte), after])
  }

  test('after random edits of real components', { timeout: 600_000 }, () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 4 }), (sample, edits) => {
        const result = readComponent(edits.reduce(edited, sample))
        seen.add(result.ok ? 'ok' : result.error.code)
        if (result.ok) expect(firstDangling(result.value.root)).toBeUndefined()
        else {
          expect(result.error.message).toMatch(/^[\x20-\x7e\u00a0-\uffff]+\.$/)
          expect(result.error.offset).toBeLessThanOrEqual(sample.length + 300)
        }
      }),
      { numRuns: cases(1000, 50_000) },
    )
    expect(seen).toContain('ok')
    expect(seen).toContain('invalid')
    expect(seen).toContain('malformed')
    expect(seen).toContain('truncated')
  })

  test('for random sections', { timeout: 600_000 }, () => {
    const content = fc.uint8Array({ maxLength: 40 }).map(bytes => [...bytes])
    const section = fc.tuple(fc.nat(13), content)
    fc.assert(
      fc.property(fc.array(section, { maxLength: 4 }), list => {
        const result = readComponent(sections(...(list as [number, number[]][])))
        if (result.ok) expect(firstDangling(result.value.root)).toBeUndefined()
      }),
      { numRuns: cases(1000, 50_000) },
    )
  })
})
