import { expect, test } from 'vitest'
import { explore } from './explore.ts'
import { isOver, start, steps, wrong, type Rules } from './journal.ts'

const rules: Rules = { recovery: 'irrevocable', syncIntent: true, syncOutcome: true, doubt: true }
const check = (own: Partial<Rules>): ReturnType<typeof explore> => {
  const all = { ...rules, ...own }
  return explore(
    start,
    model => steps(model, all),
    model => wrong(model, all),
    isOver,
  )
}

test(
  'in no order of crashes, syncs, messages and replies is anything lost, done twice or forgotten',
  { timeout: 120_000 },
  () => {
    for (const recovery of ['irrevocable', 'idempotent'] as const) {
      const found = check({ recovery })
      expect(found).toEqual({ states: expect.any(Number) })
      expect('states' in found && found.states).toBeGreaterThan(1000)
    }
  },
)

test('each rule is needed', () => {
  expect(check({ syncIntent: false })).toMatchObject({
    wrong: expect.stringMatching(/the journal does not say so|twice/),
  })
  expect(check({ syncOutcome: false })).toMatchObject({ wrong: 'what command 0 came to was seen and is forgotten' })
  expect(check({ doubt: false })).toMatchObject({ wrong: 'command 0 has happened twice' })
})
