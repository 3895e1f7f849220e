import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Queue } from '../../../runtime/wasm/queue.ts'

test('gives what an array would give', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ push: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ shift: fc.constant(true) }) },
    fc.record({ unshift: fc.nat() }),
    fc.record({ keep: fc.integer({ min: 1, max: 3 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { size: 'medium' }), steps => {
      const queue = new Queue<number>()
      let array: number[] = []
      for (const step of steps) {
        if ('push' in step) {
          queue.push(step.push)
          array.push(step.push)
        } else if ('shift' in step) expect(queue.shift()).toBe(array.shift())
        else if ('unshift' in step) {
          queue.unshift(step.unshift)
          array.unshift(step.unshift)
        } else {
          queue.keep(item => item % step.keep === 0)
          array = array.filter(item => item % step.keep === 0)
        }
        expect([queue.length, queue.first]).toEqual([array.length, array[0]])
      }
      expect(queue.all).toEqual(array)
    }),
  )
})

test('holds nothing that was taken', async () => {
  const queue = new Queue<object>()
  const taken = new WeakRef({})
  queue.push(taken.deref()!)
  queue.push({})
  queue.push({})
  queue.shift()
  // A reference that was looked through lives to the end of the turn.
  await new Promise(resolve => setTimeout(resolve))
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  expect(taken.deref()).toBeUndefined()
  expect(queue.length).toBe(2)
})
