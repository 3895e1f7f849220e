import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claim, newClaims, nextId, placeOf, places } from '../../../runtime/wasm/shared.ts'

const round = 2 ** 31 / places

test.each([0, 5, places - 1])(
  'ids are positive, tell their place, and are others than those before them: place %i',
  place => {
    let id = 0
    const seen: number[] = []
    for (const before of [0, (round - 3) * places + place]) {
      id = before
      for (let i = 0; i < 5; i++) seen.push((id = nextId(id, place)))
    }
    expect(seen.every(id => id > 0 && id < 2 ** 31 && placeOf(id) === place)).toBe(true)
    expect(new Set(seen).size).toBe(seen.length - 3)
  },
)

describe('of a call that is given at a place', () => {
  /** What may become of a call before its place is given to the next: how far the worker is behind, and who asks. */
  const lives = fc.array(fc.record({ takenBack: fc.boolean(), lag: fc.nat(4) }), { minLength: 1, maxLength: 30 })

  test.each([
    ['from the first one on', 0],
    ['where ids go round', (round - 10) * places + 7],
  ])('either the worker or the pool has it, whoever is late, %s', (_, first) => {
    fc.assert(
      fc.property(lives, lives => {
        const claims = newClaims()
        claims[7] = first
        let id = first
        // What the worker has not read yet, and what it has had.
        const sent: number[] = []
        const had: number[] = []
        const back: number[] = []
        const read = (left: number): void => {
          while (sent.length > left) {
            const next = sent.shift()!
            if (claim(claims, next)) had.push(next)
          }
        }
        const given: number[] = []
        for (const { takenBack, lag } of lives) {
          given.push((id = nextId(id, 7)))
          sent.push(id)
          if (takenBack) {
            if (claim(claims, id)) back.push(id)
            // Whoever asks late asks in vain.
            expect(claim(claims, id)).toBe(false)
            read(lag)
          } else read(0)
          for (const old of given) expect(claim(claims, old)).toBe(false)
        }
        read(0)
        expect([...had, ...back].sort((a, b) => given.indexOf(a) - given.indexOf(b))).toEqual(given)
      }),
    )
  })
})
