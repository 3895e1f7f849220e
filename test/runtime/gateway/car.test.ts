import { describe, expect, test } from 'vitest'
import { readCar } from '../../../dag/car.ts'
import { block } from '../../../dag/cid.ts'
import type { Block } from '../../../dag/ipld.ts'
import { loadFromList } from '../../../runtime/blocks.ts'
import { carOf, type CarCaps } from '../../../runtime/gateway/car.ts'

const leaves = Array.from({ length: 10 }, (_, n) => block(n))
const branches = [leaves.slice(0, 5), leaves.slice(5)].map(part => block(part.map(({ cid }) => cid)))
const root = block(branches.map(({ cid }) => cid))
const all = [root, ...branches, ...leaves]

/** How many blocks are sent, or why it breaks off; and how many were looked for. */
async function sent(blocks: Block[], caps: CarCaps): Promise<[sent: number | string, loads: number]> {
  const load = loadFromList(blocks)
  let loads = 0
  const parts: Uint8Array[] = []
  try {
    const counted = (cid: Block['cid']) => (loads++, load(cid))
    const format = { kind: 'car', scope: 'all', fromAccept: false } as const
    for await (const part of carOf(root.cid, [], root, format, counted, caps)) parts.push(part)
  } catch (error) {
    return [String(error), loads]
  }
  const car = readCar(new Uint8Array(Buffer.concat(parts)))
  if (!car.ok) throw new Error(car.error.message)
  return [car.value.blocks.length, loads]
}

describe('a CAR of a gateway', () => {
  test('of as many blocks as it may have is whole, and of one more breaks off', async () => {
    expect(await sent(all, { blocks: 13, open: 100 })).toEqual([13, 12])
    expect(await sent(all, { blocks: 12, open: 100 })).toEqual(['Broken: a CAR of more than 12 blocks', 12])
    const [why, loads] = await sent(all, { blocks: 3, open: 100 })
    expect(why).toBe('Broken: a CAR of more than 3 blocks')
    expect(loads).toBeLessThan(5)
  })

  test('breaks off where more links wait than may', async () => {
    // Behind the first branch wait its five leaves and the second branch.
    expect(await sent(all, { blocks: 100, open: 6 })).toEqual([13, 12])
    expect(await sent(all, { blocks: 100, open: 5 })).toEqual(['Broken: more than 5 links wait to be followed', 1])
  })

  test('breaks off at a block that is missing, or is another', async () => {
    const caps = { blocks: 100, open: 100 }
    const lost = all.filter(each => each !== leaves[7])
    expect((await sent(lost, caps))[0]).toBe(`Broken: block ${leaves[7]!.cid} is not here`)
    const [bent] = await sent([...lost, { cid: leaves[7]!.cid, bytes: Uint8Array.of(99) }], caps)
    expect(bent).toContain(`block ${leaves[7]!.cid} is damaged`)
  })
})
