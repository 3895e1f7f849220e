import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeSource, Lines, offsetAt, positionAt } from '../../grammar/source.ts'
import { cases } from '../harness/seeds.ts'
import { startsOf } from './edits.ts'

describe('decodeSource', () => {
  test('reads what is UTF-8, and drops a byte order mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        expect(decodeSource(new TextEncoder().encode(text))).toEqual({ ok: true, value: text.replace(/^\ufeff/, '') })
      }),
    )
    expect(decodeSource(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toEqual({ ok: true, value: 'a' })
  })

  test('names the first byte that belongs to no character', () => {
    const bad: [number[], number][] = [
      [[0x61, 0xff], 1],
      [[0xc0, 0x80], 0],
      [[0x61, 0xe2, 0x82], 1],
      [[0xed, 0xa0, 0x80], 0],
      [[0xf4, 0x90, 0x80, 0x80], 0],
      [[0xe0, 0x80, 0x80], 0],
      [[0xc3, 0xa9, 0x80], 2],
    ]
    for (const [bytes, offset] of bad) expect(decodeSource(Uint8Array.from(bytes))).toEqual({ ok: false, offset })
  })

  test('agrees with itself on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), bytes => {
        const result = decodeSource(bytes)
        if (result.ok) return
        expect(result.offset).toBeLessThan(bytes.length)
        expect(decodeSource(bytes.subarray(0, result.offset)).ok).toBe(true)
      }),
    )
  })
})

describe('positions', () => {
  test('lines end with any of three marks, columns count code units', () => {
    const text = 'a\nb\r\n\u{1f600}c\rd'
    const at = (offset: number): string => Object.values(positionAt(text, offset)).join(':')
    expect([0, 1, 2, 3, 5, 7, 8, 9, 10, 99].map(at)).toEqual([
      '1:1',
      '1:2',
      '2:1',
      '2:2',
      '3:1',
      '3:3',
      '3:4',
      '4:1',
      '4:2',
      '4:2',
    ])
  })

  test('and offsets are inverse', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '\u{1f600}') }), text => {
        const lines = new Lines(text)
        for (let offset = 0; offset <= text.length; offset++)
          expect(offsetAt(lines, positionAt(lines, offset))).toEqual({ ok: true, value: offset })
      }),
    )
    expect(offsetAt('a\nb', { line: 1, column: 9 }).ok).toBe(false)
    expect(offsetAt('a\nb', { line: 3, column: 1 }).ok).toBe(false)
    expect(offsetAt('a\nb', { line: 0, column: 1 }).ok).toBe(false)
  })
})

test('a text that has come of others by changes is what it would be by itself', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u{1f600}'), maxLength: 12 })
  const changes = fc.array(fc.record({ start: fc.nat(40), count: fc.nat(4), letters }), { maxLength: 8 })
  fc.assert(
    fc.property(letters, changes, fc.nat(30), fc.nat(8), (first, changes, most, from) => {
      const all = [new Lines(first)]
      for (const { start, count, letters } of changes) {
        const before = all.at(-1)!
        const [at, end] = [Math.min(start, before.length), Math.min(start + count, before.length)]
        const lines = before.changed(at, end, letters, most)
        expect(lines.text).toBe(before.text.slice(0, at) + letters + before.text.slice(end))
        all.push(lines)
      }
      for (const lines of all) {
        const { text } = lines
        expect(startsOf(lines)).toEqual(startsOf(new Lines(text)))
        const offsets = Array.from({ length: text.length + 1 }, (_, offset) => offset)
        const wanted = new Lines(text)
        expect(offsets.map(at => lines.lineOf(at))).toEqual(offsets.map(at => wanted.lineOf(at)))
        const wrong = offsets.filter(start =>
          offsets.some(end => lines.slice(start, end) !== text.substring(start, Math.max(start, end))),
        )
        expect(wrong).toEqual([])
        const before = all[Math.min(from, all.length - 1)]!
        const { start, oldEnd, newEnd } = lines.changeFrom(before)
        expect(before.text.slice(0, start) + text.slice(start, newEnd) + before.text.slice(oldEnd)).toBe(text)
      }
    }),
    { numRuns: cases(1000, 100_000) },
  )
})

test('a change near to another one is found without a look at the rest of a long text', () => {
  const before = new Lines('a\n'.repeat(100_000))
  const [one, other] = [before.changed(50_000, 50_001, 'b'), before.changed(50_004, 50_004, 'c')]
  expect(other.changeFrom(one)).toEqual({ start: 50_000, oldEnd: 50_004, newEnd: 50_005 })
  expect(other.changeFrom(before)).toEqual({ start: 50_004, oldEnd: 50_004, newEnd: 50_005 })
  // Far from what was changed before.
  const far = one.changed(150_000, 150_002, '')
  expect(far.changeFrom(one)).toEqual({ start: 150_000, oldEnd: 150_002, newEnd: 150_000 })
  expect([far.count, far.lineOf(150_001), far.startOf(75_001)]).toEqual([100_000, 75_000, 150_002])
})
