import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeBetween } from '../../grammar/reparse.ts'
import { decodeSource, Lines, offsetAt, positionAt } from '../../grammar/source.ts'

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

test('the lines of a text that was changed are those of the text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u{1f600}'), maxLength: 12 })
  fc.assert(
    fc.property(text, text, text, text, (head, before, after, tail) => {
      const [old, now] = [head + before + tail, head + after + tail]
      const lines = new Lines(old)
      // What nobody has asked for is not made of anything.
      expect(lines.changed(now, changeBetween(old, now)).starts).toEqual(new Lines(now).starts)
      expect(lines.starts).toEqual(new Lines(old).starts)
      expect(lines.changed(now, changeBetween(old, now)).starts).toEqual(new Lines(now).starts)
    }),
    { numRuns: 2000 },
  )
})
