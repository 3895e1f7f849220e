import fc from 'fast-check'
import { expect, test } from 'vitest'
import { block, cidOf } from '../../dag/cid.ts'
import { isTask, TaskTable } from '../../runtime/table.ts'

test('a table gives each task one number, and the task back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 80 }), names => {
      const distinct = [...new Set(names)]
      const table = new TaskTable(distinct.length)
      const seen = new Set<number>()
      for (const name of names) {
        expect(table.add(block(name).cid)).toBe(!seen.has(name))
        seen.add(name)
      }
      for (const [number, name] of distinct.entries()) {
        expect(table.numberOf(block(name).cid)).toBe(number)
        expect(table.cidOf(number).equals(block(name).cid)).toBe(true)
      }
      expect(table.numberOf(block('none of them').cid)).toBe(-1)
    }),
  )
})

test('a CID of another kind is no task', () => {
  const bytes = block(1).bytes
  const table = new TaskTable(1)
  table.add(block(1).cid)
  // The same digest under another codec.
  expect(isTask(cidOf(bytes, 'raw'))).toBe(false)
  expect(table.numberOf(cidOf(bytes, 'raw'))).toBe(-1)
})
