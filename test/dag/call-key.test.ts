import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callCid } from '../../dag/call-key.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { instructionBlock } from '../../dag/job.ts'
import { ipld } from './arbitrary.ts'

/** The CID by way of the whole block. */
function cidOfBlock(rsc: string, op: string, func: string | undefined, args: Ipld[], nnc: string): string {
  const input = func === undefined ? { args } : { func, args }
  return instructionBlock({ rsc, op, input, nnc }).cid.toString()
}

const word = fc.oneof(fc.constantFrom('', 'a', 'ab', 'b', '=', 'ipvm:core'), fc.string({ unit: 'grapheme' }))

test('the key of a call is the CID of its instruction, whatever was called before', () => {
  fc.assert(
    fc.property(
      word,
      word,
      fc.option(word, { nil: undefined }),
      fc.array(ipld, { maxLength: 4 }),
      word,
      (rsc, op, func, args, nnc) => {
        expect(callCid({ rsc, op, func, args, nnc }).toString()).toBe(cidOfBlock(rsc, op, func, args, nnc))
      },
    ),
    { numRuns: 2000 },
  )
})

test('strings that come to the same together are told apart', () => {
  const calls: [rsc: string, op: string, func: string | undefined, nnc: string][] = [
    ['ab', 'c', 'd', ''],
    ['a', 'bc', 'd', ''],
    ['a', 'b', 'd', 'c'],
    ['ab', 'c', undefined, '=d'],
    ['ab', 'c', undefined, ''],
    ['ab', 'c', '', ''],
    ['1 ', '1', 'd', ''],
  ]
  for (const [rsc, op, func, nnc] of calls)
    expect(callCid({ rsc, op, func, args: [1], nnc }).toString()).toBe(cidOfBlock(rsc, op, func, [1], nnc))
})

test('more functions than are remembered', () => {
  for (const round of [1, 2])
    for (let i = 0; i < 300; i++)
      expect(callCid({ rsc: 'r', op: 'o', func: `f${i}`, args: [round], nnc: '' }).toString()).toBe(
        cidOfBlock('r', 'o', `f${i}`, [round], ''),
      )
})

test('arguments nest as deep as a block allows', () => {
  const nested = (depth: number): Ipld => (depth === 0 ? 1 : [nested(depth - 1)])
  const call = { rsc: 'r', op: 'o', func: undefined, nnc: '' }
  expect(callCid({ ...call, args: [nested(125)] }).toString()).toBe(cidOfBlock('r', 'o', undefined, [nested(125)], ''))
  expect(() => cidOfBlock('r', 'o', undefined, [nested(126)], '')).toThrow('nests deeper')
  expect(() => callCid({ ...call, args: [nested(126)] })).toThrow('nests deeper')
})
