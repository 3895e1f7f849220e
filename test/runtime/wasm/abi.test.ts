import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Type } from '../../../dag/types.ts'
import type { Value } from '../../../dag/value.ts'
import { echoes } from './echo.ts'
import { types, values } from './generators.ts'
import { Local, wat } from './harness.ts'
import { oracle, toOracle } from './jco.ts'

/** A seed that differs from run to run, and stands in the message of whatever fails. */
const seed = Math.floor(Math.random() * 2 ** 31)

function sample<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed })
}

function describeType(type: Type, value: Value): string {
  const text = JSON.stringify([type, value], (_, item) => (typeof item === 'bigint' ? `${item}n` : item))
  return `seed ${seed}: ${text}`
}

describe('values cross as the canonical ABI says', () => {
  test.each(['utf8', 'utf16'])('against a transpiled component, %s', { timeout: 60_000 }, async encoding => {
    const all = sample(types, 45)
    const bytes = await wat(echoes(all, encoding))
    const ours = new Local(bytes)
    const theirs = await oracle(bytes)
    for (const [i, type] of all.entries())
      for (const value of sample(values(type), 11)) {
        const message = describeType(type, value)
        expect(ours.value(`echo${i}`, value), message).toStrictEqual([value])
        // The transpiler gives an empty string an address of its own making; any would do.
        if (message.includes('""')) continue
        // What the guest saw, to the byte.
        const seen = theirs[`dump${i}`]!(toOracle(type, value))
        const got = ours.value(`dump${i}`, value) as Uint8Array
        expect(Buffer.compare(got, new Uint8Array(seen as ArrayLike<number>)), message).toBe(0)
      }
  })

  test('latin1+utf16, which the transpiler does not know, comes back unchanged', async () => {
    const all = sample(types, 20)
    const ours = new Local(await wat(echoes(all, 'latin1+utf16')))
    for (const [i, type] of all.entries())
      for (const value of sample(values(type), 10))
        expect(ours.value(`echo${i}`, value), describeType(type, value)).toStrictEqual([value])
  })
})
