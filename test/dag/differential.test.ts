import { decode as decodeCbor2, Tag } from 'cbor2'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode, maxDepth } from '../../dag/codec.ts'
import { ipld } from './arbitrary.ts'
import { canonical, malformed, NotCanonical } from './cbor.ts'

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

/**
 * What the second decoder says: `cbor2` reads any CBOR, keeping integers, floats and tags apart, and what it has read is
 * written anew by a writer that knows the canonical form alone. Shares no code with `dag`.
 */
function second(bytes: Uint8Array): boolean {
  try {
    const read = decodeCbor2(bytes, {
      ...{ preferBigInt: true, preferMap: true, collapseBigInts: false, keepNanPayloads: true },
      ...{ ignoreGlobalTags: true, tags: new Map(), maxDepth: 4 * maxDepth },
    })
    return toHex(canonical(read, Tag)) === toHex(bytes)
  } catch (error) {
    // Its refusals have no class of their own; what is ours is a fault of this test.
    if (error instanceof NotCanonical || error instanceof Error) return false
    throw error
  }
}

function alike(bytes: Uint8Array): void {
  const first = decode(bytes)
  if (first.ok) expect(toHex(encode(first.value))).toBe(toHex(bytes))
  expect([toHex(bytes), first.ok ? 'accepted' : 'refused']).toEqual([
    toHex(bytes),
    second(bytes) ? 'accepted' : 'refused',
  ])
}

describe('a second decoder takes and refuses the same', () => {
  test('values of all kinds', () => {
    const seen = fc.sample(ipld, 500).map(encode)
    for (const bytes of seen) {
      alike(bytes)
      expect(second(bytes)).toBe(true)
    }
  })

  test('CBOR of all forms, right and wrong ones', () => {
    let taken = 0
    fc.assert(
      fc.property(malformed, bytes => {
        alike(bytes)
        if (decode(bytes).ok) taken++
      }),
      { numRuns: 6000 },
    )
    // Neither side says the same of everything.
    expect(taken).toBeGreaterThan(600)
    expect(taken).toBeLessThan(5400)
  })

  test('values with bytes changed, cut and added', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255), fc.nat(2))
    fc.assert(
      fc.property(ipld.map(encode), fc.array(change, { minLength: 1, maxLength: 3 }), (bytes, changes) => {
        let changed = [...bytes]
        for (const [where, byte, how] of changes) {
          const at = where % (changed.length + 1)
          changed = changed.toSpliced(at, how === 0 ? 0 : 1, ...(how === 1 ? [] : [byte]))
        }
        alike(Uint8Array.from(changed))
      }),
      { numRuns: 6000 },
    )
  })

  test('all heads, with few and with enough bytes behind them', () => {
    for (let first = 0; first < 256; first++)
      for (const rest of ['', '00', '01', '18', 'ff', '0000', '6161', '616101', 'ffff', '00000000', '0000000000000000'])
        alike(fromHex(first.toString(16).padStart(2, '0') + rest))
    for (let first = 0xe0; first < 256; first++)
      for (let next = 0; next < 256; next++) alike(Uint8Array.of(first, next))
  })
})

describe('where they differ, on purpose', () => {
  test('nesting beyond 128 levels is refused, whatever a second decoder can take', () => {
    const nested = (levels: number) => new Uint8Array(levels).fill(0x81, 0, -1).fill(0x80, -1)
    for (const levels of [127, maxDepth]) alike(nested(levels))
    expect([decode(nested(maxDepth + 1)).ok, second(nested(maxDepth + 1))]).toEqual([false, true])
  })

  test('blocks over 1 MiB are refused', () => {
    const large = new Uint8Array(5 + (1 << 20))
    large.set([0x5a, 0, 0x10, 0, 0])
    expect([decode(large).ok, second(large)]).toEqual([false, true])
  })
})
