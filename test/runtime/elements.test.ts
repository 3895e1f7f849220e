import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block } from '../../dag/cid.ts'
import type { Block, Ipld } from '../../dag/ipld.ts'
import { LIST, listInPieces } from '../../dag/lists.ts'
import type { Load } from '../../dag/load.ts'
import { place } from '../../dag/place.ts'
import { bytes as bytesType, type Type } from '../../dag/types.ts'
import { elementsOf, type Elements } from '../../runtime/elements.ts'

const keep = (): Promise<void> => Promise.resolve()

function counting(blocks: Block[]): { load: Load; loads: () => number; drop: (gone: Block) => void } {
  const at = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  let count = 0
  return {
    async load(cid) {
      count++
      return at.get(cid.toString())
    },
    loads: () => count,
    drop: ({ cid }) => at.delete(cid.toString()),
  }
}

async function opened(list: Ipld, load: Load): Promise<Elements> {
  const elements = await elementsOf(list, load, keep)
  if (!elements.ok) throw new Error('it has no elements')
  return elements.value
}

describe('the elements of a list', () => {
  test('are those of the list, in any of its forms', async () => {
    const strings: Type = { kind: 'list', element: { kind: 'string' } }
    const form = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((form): [Type, Ipld[] | Uint8Array] => [bytesType, form]),
      fc
        .array(fc.string({ maxLength: 40 }), { maxLength: 200 })
        .map((form): [Type, Ipld[] | Uint8Array] => [strings, form]),
    )
    await fc.assert(
      fc.asyncProperty(form, async ([type, items]) => {
        const placed = await place(type, items)
        if (!placed.ok) throw new Error(placed.error.message)
        const elements = await opened(placed.value.value, counting(placed.value.blocks).load)
        expect(elements.length).toBe(items.length)
        const read: Ipld[] = []
        for (let i = 0; i < items.length; i++) read.push(await elements.at(i))
        expect(read).toEqual([...items])
      }),
      { numRuns: 30 },
    )
  })

  test('in pieces are read leaf by leaf, each once where they are asked for in order', async () => {
    const items = Array.from({ length: 30_000 }, (_, n) => n)
    const { value, blocks } = listInPieces(items)
    const leaves = blocks.length - 1
    const { load, loads } = counting(blocks)
    const elements = await opened(value, load)
    expect(loads()).toBe(leaves + 1)
    for (let i = 0; i < items.length; i++) expect(await elements.at(i)).toBe(i)
    expect(loads()).toBe(2 * leaves + 1)
    // What is far behind is read again: it was not kept.
    expect(await elements.at(1023)).toBe(1023)
    expect(loads()).toBe(2 * leaves + 2)
  })

  test('may stand in leaves of any size', async () => {
    const parts = [[1], [2, 3, 4], [5, 6]].map(block)
    const root = block({ [LIST]: { count: 6, depth: 1, parts: parts.map(({ cid }) => cid) } })
    const elements = await opened(root.cid, counting([...parts, root]).load)
    expect(await Promise.all([5, 0, 3, 1, 2, 4].map(i => elements.at(i)))).toEqual([6, 1, 4, 2, 3, 5])
  })

  test('that are not there, or no list, are said', async () => {
    const { value, blocks } = listInPieces(Array.from({ length: 3000 }, (_, n) => n))
    const { load, drop } = counting(blocks)
    const elements = await opened(value, load)
    drop(blocks[0]!)
    await expect(elements.at(0)).rejects.toMatchObject({ error: { code: 'missing' } })
    expect(await elementsOf(value, load, keep)).toMatchObject({ ok: false, error: { kind: 'needs' } })
    const map = block({ a: 1 })
    for (const wrong of [map.cid, { a: 1 }, 7])
      expect(await elementsOf(wrong, counting([map]).load, keep)).toMatchObject({
        ok: false,
        error: { kind: 'fail', failure: 'value' },
      })
  })

  test('that could be taken for a promise are none', async () => {
    const list = block([1, { 'await/ok': block(1).cid }])
    const elements = await opened(list.cid, counting([list]).load)
    expect(await elements.at(0)).toBe(1)
    await expect(elements.at(1)).rejects.toMatchObject({ error: { code: 'value' } })
  })
})
