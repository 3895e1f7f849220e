import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createHost } from '../../cli/host.ts'
import { checkText } from '../../compiler/check.ts'
import { mutantsOf, touches } from '../grammar/mutants.ts'

const host = createHost(async () => undefined)
const examples = globSync('examples/*/*.ipvm').map((file): [string, string] => [file, readFileSync(file, 'utf8')])

/** Every so many mutants of a program, from a fixed one on, so that each run takes the same. */
const step = 23

describe('an example with one token deleted, doubled or moved', () => {
  const count = { wrong: 0, one: 0 }

  test.each(examples)('%s', async (file, text) => {
    let index = 0
    for (const mutant of mutantsOf(text)) {
      if (index++ % step !== 0) continue
      const { diagnostics } = await checkText(host, file, mutant.text)
      const errors = diagnostics.filter(({ severity }) => severity === 'error')
      if (errors.length === 0) continue
      count.wrong++
      const { span } = errors[0]!
      if (errors.length === 1 && span.file === file && touches(mutant, span)) count.one++
    }
  })

  test('has one error of syntax, names or types, on its lines, in 95 of 100 cases', () => {
    expect(count.wrong).toBeGreaterThan(500)
    expect(count.one / count.wrong).toBeGreaterThan(0.95)
  })
})
