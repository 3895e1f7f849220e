import { expect, test } from 'vitest'
import type { Value } from '../../../dag/value.ts'
import { costOf, trifle } from '../../../runtime/wasm/abi/costs.ts'

test('what is small costs no more than every call takes', () => {
  expect(costOf(['Ada', 1, true, null, 1n], 1e9)).toBe(0)
  expect(costOf(['a'.repeat(trifle)], 1e9)).toBeGreaterThan(trifle)
})

test('values that nest deeper than any type are not followed', () => {
  let value: Value = 'a'.repeat(trifle)
  for (let depth = 0; depth < 1e6; depth++) value = [value]
  expect(costOf([value], 1e12)).toBeGreaterThan(trifle)
})

test('beyond the limit nothing is looked at', () => {
  let read = 0
  const fields = Array.from({ length: 1000 }, (_, i) => [
    `f${i}`,
    { enumerable: true, get: () => (read++, 'a'.repeat(1000)) },
  ])
  const value = Object.defineProperties({}, Object.fromEntries(fields) as PropertyDescriptorMap) as Value
  costOf([value], 100_000)
  expect(read).toBeLessThan(100)
  costOf([value], 1e9)
  expect(read).toBeGreaterThan(1000)
})
