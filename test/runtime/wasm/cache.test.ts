import { expect, test } from 'vitest'
import { Cache } from '../../../runtime/wasm/cache.ts'

const entry = (size: number): { size: number } => ({ size })

test('what was not used for longest goes first, and the newest stays whatever its size', () => {
  const cache = new Cache<{ size: number }>(10)
  cache.set('a', entry(4))
  cache.set('b', entry(4))
  cache.get('a')
  cache.set('c', entry(4))
  expect(['a', 'b', 'c'].map(key => cache.get(key)?.size)).toEqual([4, undefined, 4])
  cache.set('d', entry(50))
  expect(['a', 'c', 'd'].map(key => cache.get(key)?.size)).toEqual([undefined, undefined, 50])
  cache.set('e', entry(1))
  expect(['d', 'e'].map(key => cache.get(key)?.size)).toEqual([undefined, 1])
})

test('an entry that is set again counts once', () => {
  const cache = new Cache<{ size: number }>(10)
  for (let i = 0; i < 5; i++) cache.set('a', entry(6))
  cache.set('b', entry(4))
  expect(cache.get('a')).toBeDefined()
  cache.delete('a')
  cache.delete('a')
  expect(cache.get('a')).toBeUndefined()
  cache.set('c', entry(6))
  expect(['a', 'b', 'c'].map(key => cache.get(key) !== undefined)).toEqual([false, true, true])
})
