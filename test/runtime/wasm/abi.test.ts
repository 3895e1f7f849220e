import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Type } from '../../../dag/types.ts'
import { lower, type Value } from '../../../dag/value.ts'
import { echoes, relays } from './echo.ts'
import { types, values } from './generators.ts'
import { Local, wat } from './harness.ts'
import { fromOracle, oracle, toOracle, Wrong } from './jco.ts'
import { cases, nightly, seed } from '../../harness/seeds.ts'
import { replaced, spoil } from './wrong.ts'

/** Cases: a value of a type, there and back; one batch has many of them, since a component must be transpiled for it. */
const perBatch = { types: 30, values: 10, spoiled: 5, relayed: 5 }
const batches = cases(2, 190)
const encodings = ['utf8', 'utf16'] as const
/** Of the inner and the outer component; the transpiler has no copier for UTF-16 on both sides. */
const relayed = [
  ['utf16', 'utf8'],
  ['utf8', 'utf16'],
  ['utf8', 'utf8'],
] as const

let tried = 0

function sample<T>(arbitrary: fc.Arbitrary<T>, count: number, batch: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: seed + batch })
}

function named(batch: number, type: Type, value: unknown): string {
  tried++
  const text = JSON.stringify([type, value], (_, item) => (typeof item === 'bigint' ? `${item}n` : item))
  return `IPVM_SEED=${seed}, batch ${batch}: ${text}`
}

/** The oracle drops a byte order mark at the beginning of a string that it lifts, so that all of them are left out here. */
function unmarked(value: Value): Value {
  if (typeof value === 'string') return value.replace(/^\ufeff+/, '')
  if (Array.isArray(value)) return value.map(unmarked)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unmarked(item as Value)]))
}

function wrongIn(value: unknown): Wrong | undefined {
  if (value instanceof Wrong) return value
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  return Object.values(value)
    .map(wrongIn)
    .find(wrong => wrong !== undefined)
}

/** What the oracle gives for a value, in our form, or nothing where it refuses it. */
function answer(call: (value: unknown) => unknown, type: Type, value: Value | Wrong): Value | undefined {
  let given: unknown
  try {
    given = call(toOracle(type, value))
  } catch {
    return undefined
  }
  return unmarked(fromOracle({ kind: 'tuple', items: [type] }, given))
}

describe('values cross as a transpiled component takes and gives them', () => {
  test.each(Array.from({ length: batches }, (_, batch) => batch))('batch %i', { timeout: 120_000 }, async batch => {
    const all = sample(types, perBatch.types, batch)
    const bytes = await wat(echoes(all, encodings[batch % 2]!))
    const ours = new Local(bytes)
    const theirs = await oracle(bytes)
    for (const [i, type] of all.entries()) {
      for (const value of sample(values(type), perBatch.values, batch)) {
        const message = named(batch, type, value)
        expect(ours.value(`echo${i}`, value), message).toStrictEqual([value])
        expect(answer(theirs[`echo${i}`]!, type, value), message).toStrictEqual([unmarked(value)])
        // The transpiler gives an empty string an address of its own making; any would do.
        if (message.includes('""')) continue
        // What the guest saw, to the byte.
        const seen = theirs[`dump${i}`]!(toOracle(type, value))
        const got = ours.value(`dump${i}`, value) as Uint8Array
        expect(Buffer.compare(got, new Uint8Array(seen as ArrayLike<number>)), message).toBe(0)
      }
      const picks = fc.infiniteStream(fc.nat(1 << 20))
      for (const [value, numbers] of sample(fc.tuple(values(type), picks), perBatch.spoiled, batch)) {
        const spoiled = spoil(type, value, count => (numbers.next().value as number) % count)
        const mine = replaced(spoiled, wrong => wrong.ours)
        if (lower(type, mine, 'args[0]').ok) continue
        const message = named(batch, type, mine)
        expect(ours.failure(`echo${i}`, [mine])[0], message).toBe('value')
        const { coercion } = wrongIn(spoiled)!
        if (coercion === 'any') continue
        const expected = coercion === 'none' ? undefined : [unmarked(replaced(spoiled, () => coercion.value))]
        expect(answer(theirs[`echo${i}`]!, type, spoiled), message).toStrictEqual(expected)
      }
    }
    const [inner, outer] = relayed[batch % relayed.length]!
    const relaying = await wat(relays(all, inner, outer))
    const [mine, yours] = [new Local(relaying), await oracle(relaying)]
    for (const [i, type] of all.entries())
      for (const value of sample(values(type), perBatch.relayed, batch)) {
        const message = `${inner} in ${outer}, ${named(batch, type, value)}`
        expect(mine.value(`relay${i}`, value), message).toStrictEqual([value])
        expect(answer(yours[`relay${i}`]!, type, value), message).toStrictEqual([unmarked(value)])
      }
  })

  test('a thousand of them, or a hundred thousand at night', () => {
    expect(tried).toBeGreaterThan(nightly ? 100_000 : 1000)
  })
})

describe('latin1+utf16, which the transpiler does not know, comes back unchanged', () => {
  const all = sample(types, 20, 0)
  const latin = 'latin1+utf16'
  test.each([
    ['echo', echoes(all, latin)],
    ['relay', relays(all, latin, 'utf8')],
    ['relay', relays(all, 'utf16', latin)],
    ['relay', relays(all, latin, latin)],
  ])('%s %#', async (name, text) => {
    const one = new Local(await wat(text))
    for (const [i, type] of all.entries())
      for (const value of sample(values(type), 10, 0))
        expect(one.value(`${name}${i}`, value), named(0, type, value)).toStrictEqual([value])
  })
})

describe('strings of more than one piece come back unchanged', () => {
  const long = ['a'.repeat(100_000), 'é'.repeat(30_000), `x${'🦊'.repeat(10_000)}`, `${'🦊'.repeat(4096)}€`]
  test.each(['utf8', 'utf16', 'latin1+utf16'])('%s', async encoding => {
    const one = new Local(await wat(echoes([{ kind: 'string' }], encoding)))
    for (const text of long) expect(one.value('echo0', text)).toEqual([text])
  })
})
