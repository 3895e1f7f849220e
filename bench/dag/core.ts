/**
 * Core operations as the runtime computes them, beside the same in plain JavaScript: an addition that is checked for its
 * type, a text of three parts, and a list of 100,000 numbers that is joined to itself and placed, beside its encoding.
 */
import { encode } from '../../dag/codec.ts'
import { evaluateCore } from '../../dag/core.ts'
import type { Ipld } from '../../dag/ipld.ts'
import { place } from '../../dag/place.ts'
import { best, ratio } from '../measure.ts'

const count = 50_000
const long = 100_000
const none = async (): Promise<undefined> => undefined
const given = Array.from({ length: count }, (_, i) => i)

async function each(op: string, args: (i: number) => Ipld[]): Promise<void> {
  for (const i of given) await evaluateCore(op, args(i), none)
}

const numbers = Array.from({ length: long }, (_, i) => i)
const placed = await place({ kind: 'list', element: { kind: 'u32' } }, numbers)
if (!placed.ok) throw new Error(placed.error.message)
const blocks = new Map(placed.value.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
const load = async (cid: { toString(): string }) => blocks.get(cid.toString())

let sink: unknown
const plainAdd = async (a: number, b: number): Promise<number> => {
  const sum = a + b
  if (sum > 0xffffffff) throw new RangeError('too large')
  return sum
}

const [add, jsAdd, text, jsText, join, encoding] = await best([
  () => each('core/add', i => [i, 1, 'u32']),
  async () => {
    for (const i of given) sink = await plainAdd(i, 1)
  },
  () => each('core/text', i => ['size: ', String(i), ' px']),
  async () => {
    for (const i of given) sink = await Promise.resolve(`size: ${String(i)} px`)
  },
  () => evaluateCore('core/concat', [{ list: 'u32' }, placed.value.value, placed.value.value], load),
  () => void (sink = encode([...numbers, ...numbers])),
])
ratio('core/add', add!, 'a checked addition in an async function', jsAdd!, count)
ratio('core/text', text!, 'a template in a promise', jsText!, count)
ratio('core/concat, elements', join!, 'encoding of the result', encoding!, 2 * long)
if (sink === undefined) throw new Error('nothing was measured')
