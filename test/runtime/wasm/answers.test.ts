import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Type } from '../../../dag/types.ts'
import { Packer } from '../../../runtime/wasm/packer.ts'
import { cases, seed } from '../../harness/seeds.ts'
import { echoes } from './echo.ts'
import { types, values } from './generators.ts'
import { Local, wat } from './harness.ts'

test('the value of an answer takes at most twice what it has counted, so that its length can be bounded', async () => {
  // A list of bytes is no list of numbers.
  const elements = fc.sample(types, { numRuns: cases(40, 400) }).filter(({ kind }) => kind !== 'u8')
  const lists = elements.map((element): Type => ({ kind: 'list', element }))
  const component = new Local(await wat(echoes(lists, 'utf8')))
  for (const [i, list] of lists.entries())
    for (const value of fc.sample(values(elements[i]!), { numRuns: 5, seed })) {
      // Many, so that what an answer takes in any case makes no difference.
      const outcome = component.call(`echo${i}`, [Array.from({ length: 1000 }, () => value)])
      if (!outcome.ok) throw new Error(outcome.failure.detail)
      const counted = outcome.memory - Number(component.task.budget.used.value)
      const packer = new Packer(true)
      packer.value(outcome.value)
      const { block } = packer.take()[0]
      expect(block.length, JSON.stringify(list)).toBeLessThanOrEqual(2 * counted + 1000)
    }
})
