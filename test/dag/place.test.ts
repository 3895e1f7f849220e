import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { block, cidOf } from '../../dag/cid.ts'
import { decode, encode, maxBlockSize } from '../../dag/codec.ts'
import { Float, isLink, isMap, type Block, type Ipld } from '../../dag/ipld.ts'
import { fanOut, LIST, maxListSize } from '../../dag/lists.ts'
import { expand } from '../../dag/materialize.ts'
import { materialize, place, placeShallow, readList, splitList, type Placed } from '../../dag/place.ts'
import { encodedSize } from '../../dag/size.ts'
import { bytes as bytesType, decodeType, encodeType, type Type } from '../../dag/types.ts'
import { isWrapped, toIpld, type Value } from '../../dag/value.ts'
import { ipld, typed } from './arbitrary.ts'
import { Blocks, scatter } from './core/tools.ts'
import { Schema } from './schema.ts'

const schema = new Schema('value.ipldsch')
const string: Type = { kind: 'string' }
const u32: Type = { kind: 'u32' }
const anyIpld: Type = { kind: 'ipld' }
const list = (element: Type): Type => ({ kind: 'list', element })

async function placed(type: Type, form: Ipld): Promise<Placed> {
  const result = await place(type, form)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const shallow = async (value: Ipld): Promise<Placed> => {
  const result = await placeShallow(value)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const loader = (blocks: Block[]) => {
  const map = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  return async (cid: CID) => map.get(cid.toString())
}

const contentOf = ({ blocks }: Placed, cid: Ipld): Ipld => {
  const found = blocks.find(candidate => candidate.cid.equals(cid as CID))
  const value = decode(found!.bytes)
  if (!value.ok) throw new Error(value.error.message)
  return value.value
}

async function back(type: Type, { value, blocks }: Placed): Promise<Value | string> {
  const result = await materialize(type, value, loader(blocks))
  return result.ok ? result.value : `${result.error.code}: ${result.error.message}`
}

describe('where a value stands', () => {
  test('up to 1 KiB encoded it is inline, above it is a block', async () => {
    const inline = 'x'.repeat(1021)
    expect(encodedSize(inline)).toBe(1024)
    expect(await placed(string, inline)).toEqual({ value: inline, blocks: [] })
    const above = await placed(string, `${inline}x`)
    expect(above).toEqual({ value: block(`${inline}x`).cid, blocks: [block(`${inline}x`)] })
  })

  test('bytes above 1 KiB are UnixFS', async () => {
    expect((await placed(bytesType, new Uint8Array(1021))).value).toBeInstanceOf(Uint8Array)
    const above = await placed(bytesType, new Uint8Array(1022))
    expect(above.value).toEqual(cidOf(new Uint8Array(1022), 'raw'))
    const large = await placed(bytesType, new Uint8Array(300_000))
    expect((large.value as CID).code).toBe(0x70)
    expect(large.blocks.length).toBe(3)
  })

  test('what stands in a list or a record is placed first', async () => {
    const type: Type = {
      kind: 'record',
      fields: [
        { name: 'a', type: list(string) },
        { name: 'b', type: u32 },
      ],
    }
    const long = 'y'.repeat(2000)
    const result = await placed(type, { a: [long, 'short'], b: 1 })
    expect(result.value).toEqual({ a: [block(long).cid, 'short'], b: 1 })
    const many = await placed(type, { a: Array(100).fill(long), b: 1 })
    expect(many.blocks.length).toBe(2)
    expect(contentOf(many, (many.value as { a: Ipld }).a)).toEqual(Array(100).fill(block(long).cid))
  })

  test('lists over 256 KiB are in pieces', async () => {
    const whole = Array.from({ length: 52_000 }, (_, i) => 1_000_000 + i)
    expect(encodedSize(whole)).toBeLessThanOrEqual(maxListSize)
    expect((await placed(list(u32), whole)).blocks.length).toBe(1)
    const items = Array.from({ length: 60_000 }, (_, i) => 1_000_000 + i)
    const result = await placed(list(u32), items)
    const leaves = Math.ceil(60_000 / fanOut)
    expect(result.blocks.length).toBe(leaves + 1)
    const root = contentOf(result, result.value) as { [LIST]: { count: number; depth: number; parts: CID[] } }
    expect(root[LIST]).toMatchObject({ count: 60_000, depth: 1 })
    expect(root[LIST].parts.length).toBe(leaves)
    expect(contentOf(result, root[LIST].parts[0]!)).toEqual(items.slice(0, fanOut))
    expect(schema.departs('ListNode', root)).toBe(undefined)
    expect(await back(list(u32), result)).toEqual(items)
  })

  test('leaves hold at most 256 KiB', async () => {
    const items = Array.from({ length: 600 }, (_, i) => `${i}`.padEnd(1000, 'z'))
    const result = await placed(list(string), items)
    const root = contentOf(result, result.value) as { [LIST]: { count: number; parts: CID[] } }
    expect(root[LIST].parts.length).toBe(3)
    for (const { bytes } of result.blocks) expect(bytes.length).toBeLessThanOrEqual(maxListSize)
    expect(await back(list(string), result)).toEqual(items)
  })

  test('a million numbers take a second level', async () => {
    const items = Array.from({ length: 1_100_000 }, (_, i) => i)
    const result = await placed(list(u32), items)
    const root = contentOf(result, result.value) as { [LIST]: { count: number; depth: number; parts: CID[] } }
    expect(root[LIST]).toMatchObject({ count: 1_100_000, depth: 2 })
    expect(root[LIST].parts.length).toBe(2)
    expect(((await back(list(u32), result)) as number[]).at(-1)).toBe(1_099_999)
    expect(await materialize(list(u32), result.value, loader(result.blocks), { maxBytes: 1_000_000 })).toMatchObject({
      ok: false,
      error: { code: 'size' },
    })
  })

  test('a value without pieces that is over 1 MiB is an error', async () => {
    const long = 'x'.repeat(maxBlockSize)
    expect(await place(string, long)).toMatchObject({ ok: false, error: { code: 'size' } })
    const fields = Array.from({ length: 3000 }, (_, i) => ({ name: `f${i}`, type: string }))
    const wide: Type = { kind: 'record', fields }
    const form = Object.fromEntries(fields.map(({ name }) => [name, 'x'.repeat(900)]))
    expect(await place(wide, form)).toMatchObject({ ok: false, error: { code: 'size' } })
    expect((await place({ kind: 'tuple', items: fields.map(() => string) }, Object.values(form))).ok).toBe(true)
  })

  test('a type that is too deep is an error', async () => {
    let type: Type = u32
    let form: Ipld = 1
    for (let i = 0; i < 60; i++) [type, form] = [list(type), [form]]
    expect(await place(type, form)).toMatchObject({ ok: false, error: { code: 'type' } })
    expect(await materialize(type, form, loader([]))).toMatchObject({ ok: false, error: { code: 'type' } })
  })
})

describe('`ipld` values', () => {
  const deep = (levels: number): Ipld => (levels === 0 ? 1 : [deep(levels - 1)])
  const link = cidOf(new Uint8Array(1), 'raw')

  test.each<[string, Ipld]>([
    ['a small map', { a: [1, new Float(1), link] }],
    ['null', null],
    ['32 levels', deep(32)],
  ])('%s stands inline', async (_, value) => {
    const result = await placed(anyIpld, value)
    expect(result).toEqual({ value, blocks: [] })
    expect(await back(anyIpld, result)).toEqual(value)
  })

  test.each<[string, Ipld]>([
    ['a link', link],
    ['a promise', { 'await/ok': link }],
    ['a parameter deep inside', [{ a: [{ 'ipvm/param': 'x' }] }]],
    ['what looks like a list in pieces', { [LIST]: { count: 1, depth: 1, parts: [link] } }],
    ['33 levels', deep(33)],
    ['a large value', 'x'.repeat(1022)],
    ['large bytes', new Uint8Array(2000)],
  ])('%s is a block of its own', async (_, value) => {
    const result = await placed(list(anyIpld), [value, 1])
    expect(result).toEqual({ value: [block(value).cid, 1], blocks: [block(value)] })
    expect(await back(list(anyIpld), result)).toEqual([value, 1])
    if (!isLink(value)) expect(await back(anyIpld, { value, blocks: [] })).toContain('value: an `ipld` value')
  })

  test('over 1 MiB they are refused, and nested too deep', async () => {
    expect(await place(anyIpld, new Uint8Array(maxBlockSize))).toMatchObject({ ok: false, error: { code: 'size' } })
    expect(await place(anyIpld, deep(121))).toMatchObject({ ok: false, error: { code: 'value' } })
    expect(await place(anyIpld, deep(100_0))).toMatchObject({ ok: false, error: { code: 'value' } })
    expect((await place(anyIpld, deep(120))).ok).toBe(true)
  })
})

/** Places a value part by part, as a job does whose literal holds results of tasks. */
async function byParts(type: Type, form: Ipld, blocks: Block[]): Promise<Ipld> {
  const step = async (value: Ipld): Promise<Ipld> => {
    const result = await shallow(value)
    blocks.push(...result.blocks)
    return result.value
  }
  const whole = async (of: Type, part: Ipld): Promise<Ipld> => {
    const result = await placed(of, part)
    blocks.push(...result.blocks)
    return result.value
  }
  const entries = async (typeOf: (key: string) => Type): Promise<Ipld> => {
    const parts = await Promise.all(
      Object.entries(form as object).map(
        async ([key, part]) => [key, await byParts(typeOf(key), part, blocks)] as const,
      ),
    )
    return step(Object.fromEntries(parts))
  }
  switch (type.kind) {
    case 'list':
      if (form instanceof Uint8Array) return step(form)
      return step(await Promise.all((form as Ipld[]).map(item => byParts(type.element, item, blocks))))
    case 'tuple':
      return step(await Promise.all((form as Ipld[]).map((item, i) => byParts(type.items[i]!, item, blocks))))
    case 'record':
      return entries(key => type.fields.find(field => field.name === key)!.type)
    case 'variant':
      return entries(key => type.cases.find(entry => entry.name === key)!.type ?? { kind: 'unit' })
    case 'result':
      return entries(key => (key === 'ok' ? type.ok : type.error))
    case 'option':
      if (form === null) return null
      return isWrapped(type.some) ? entries(() => type.some) : byParts(type.some, form, blocks)
    default:
      return whole(type, form)
  }
}

/** The same type with a secret around it and around each of its parts. */
function secretly(type: Type): Type {
  const encoded = (part: Ipld): Ipld => {
    if (!isMap(part)) return { secret: part }
    const [kind, content] = Object.entries(part)[0]!
    const map = (of: Ipld) =>
      Object.fromEntries(Object.entries(of as object).map(([key, item]) => [key, item === null ? null : encoded(item)]))
    if (kind === 'enum' || kind === 'flags') return { secret: part }
    if (kind === 'tuple') return { secret: { tuple: (content as Ipld[]).map(encoded) } }
    if (kind === 'result' || kind === 'record' || kind === 'variant') return { secret: { [kind]: map(content) } }
    return { secret: { [kind]: encoded(content) } }
  }
  const hidden = decodeType(encoded(encodeType(type)))
  return hidden.ok ? hidden.value : type
}

describe('properties', () => {
  const large = typed({ list: 900 })
  /** Every block that the tests here make. */
  function check(blocks: Block[]): void {
    for (const { cid, bytes } of blocks) {
      expect(bytes.length).toBeLessThanOrEqual(maxBlockSize)
      if (cid.code !== 0x71) continue
      const value = decode(bytes)
      if (!value.ok) throw new Error(value.error.message)
      expect(encode(value.value)).toEqual(bytes)
    }
  }

  test('placing and reading back gives the value, and takes no other block', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(typed(), large), async ({ type, value }) => {
        const result = await placed(type, toIpld(type, value))
        expect(encodedSize(result.value)).toBeLessThanOrEqual(1024)
        check(result.blocks)
        expect(await back(type, result)).toEqual(value)
        const missing = await materialize(type, result.value, loader(result.blocks.slice(1)))
        if (result.blocks.length > 0) expect(missing).toMatchObject({ ok: false, error: { code: 'missing' } })
        expect(schema.departs('Type', encodeType(type))).toBe(undefined)
      }),
      { numRuns: 150 },
    )
  })

  test('placing the parts, then the whole, gives the same', async () => {
    await fc.assert(
      fc.asyncProperty(large, async ({ type, value }) => {
        const form = toIpld(type, value)
        const result = await placed(type, form)
        const blocks: Block[] = []
        expect(encode(await byParts(type, form, blocks))).toEqual(encode(result.value))
        const names = (of: Block[]) => new Set(of.map(({ cid }) => cid.toString()))
        expect(names(blocks)).toEqual(names(result.blocks))
      }),
      { numRuns: 150 },
    )
  })

  test('a secret stands as what it is without being one', async () => {
    await fc.assert(
      fc.asyncProperty(large, async ({ type, value }) => {
        const open = await placed(type, toIpld(type, value))
        const hidden = secretly(type)
        expect(await placed(hidden, toIpld(hidden, value))).toEqual(open)
        expect(await back(hidden, open)).toEqual(value)
      }),
      { numRuns: 100 },
    )
  })

  test('whatever a value is made from, it comes to one placed form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(typed(), large), fc.nat(), async ({ type, value }, coins) => {
        const blocks = new Blocks()
        const form = toIpld(type, value)
        const scattered = await scatter(type, form, blocks, coins)
        expect(await materialize(type, scattered, blocks.load)).toEqual({ ok: true, value })
        const whole = await expand(type, scattered, blocks.load)
        if (!whole.ok) throw new Error(whole.error.message)
        expect(encode((await placed(type, whole.value)).value)).toEqual(encode((await placed(type, form)).value))
      }),
      { numRuns: 200 },
    )
  })

  test('no placed value makes reading throw', async () => {
    await fc.assert(
      fc.asyncProperty(typed(), ipld, fc.array(ipld, { maxLength: 3 }), async ({ type }, value, contents) => {
        const blocks = contents.map(block)
        for (const candidate of [value, ...blocks.map(({ cid }) => cid), blocks.map(({ cid }) => cid)]) {
          const result = await materialize(type, candidate, loader(blocks))
          if (!result.ok) expect(['value', 'missing', 'cid', 'block', 'type']).toContain(result.error.code)
          else toIpld(type, result.value)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('reading refuses', () => {
  const read = (type: Type, value: Ipld, ...blocks: Block[]) => back(type, { value, blocks })

  test('a block that is not what its CID says', async () => {
    const right = block('x'.repeat(2000))
    const wrong = { cid: right.cid, bytes: block('y'.repeat(2000)).bytes }
    expect(await read(string, right.cid, wrong)).toContain('is damaged')
  })

  test('a block that is not canonical', async () => {
    const bytes = Uint8Array.of(0x18, 1)
    const cid = cidOf(bytes, 'dag-cbor')
    expect(await read(list(string), cid, { cid, bytes })).toContain('not canonical DAG-CBOR')
  })

  test('a link where the type has none, or to something else', async () => {
    const number = block(1)
    expect(await read(u32, number.cid, number)).toBe('value: value: an integer was expected, this is a link')
    expect(await read(string, number.cid, number)).toBe('value: value: a string was expected, this is 1')
    expect(await read(bytesType, number.cid, number)).toContain('is not a UnixFS file')
    const raw = { cid: cidOf(Uint8Array.of(1), 'raw'), bytes: Uint8Array.of(1) }
    expect(await read(string, raw.cid, raw)).toContain('names bytes where a value was expected')
    const chain = block(block('x').cid)
    expect(await read(string, chain.cid, chain, block('x'))).toContain('is a bare link')
  })

  test('a list in pieces that stands inline', async () => {
    const leaf = block([1])
    const node = { [LIST]: { count: 1, depth: 1, parts: [leaf.cid] } }
    expect(await read(list(u32), node, leaf)).toBe('value: value: a list was expected, this is a map')
    expect(await read(list(u32), block(node).cid, block(node), leaf)).toEqual([1])
  })

  const leaf = block([1, 2])
  const node = (content: { count: Ipld; depth: Ipld; parts: Ipld }) => block({ [LIST]: content })
  const inner = node({ count: 2, depth: 1, parts: [leaf.cid] })
  test.each<[string, Block, string]>([
    ['a count that lies', node({ count: 3, depth: 1, parts: [leaf.cid] }), 'its count is not that of its elements'],
    ['a depth that is too small', node({ count: 2, depth: 1, parts: [inner.cid] }), 'a leaf must be a list'],
    ['a depth that is too great', node({ count: 2, depth: 3, parts: [inner.cid] }), 'its depth does not follow'],
    ['a leaf where a node was due', node({ count: 2, depth: 2, parts: [leaf.cid] }), 'it is no inner node'],
    ['no parts', node({ count: 0, depth: 1, parts: [] }), 'it is no inner node'],
    ['a depth of 0', node({ count: 0, depth: 0, parts: [leaf.cid] }), 'it is no inner node'],
    ['a depth of 1000', node({ count: 0, depth: 1000, parts: [leaf.cid] }), 'it is no inner node'],
    ['a part that is no link', node({ count: 1, depth: 1, parts: [1] }), 'it is no inner node'],
    ['too many parts', node({ count: 2050, depth: 1, parts: Array(1025).fill(leaf.cid) }), 'it is no inner node'],
    ['an empty leaf', node({ count: 0, depth: 1, parts: [block([]).cid] }), 'a leaf must be a list'],
    ['another key', block({ [LIST]: { count: 2, depth: 1, parts: [leaf.cid] }, more: 1 }), 'it is no inner node'],
  ])('%s', async (_, root, message) => {
    expect(await read(list(u32), root.cid, root, leaf, inner, block([]))).toContain(message)
  })

  test('a small DAG that unfolds without end', async () => {
    const blocks = [block(Array(1024).fill(0))]
    for (let depth = 1; depth <= 4; depth++) {
      const parts = Array(1024).fill(blocks.at(-1)!.cid)
      blocks.push(node({ count: 1024 ** (depth + 1), depth, parts }))
    }
    const root = blocks.at(-1)!
    const result = await materialize(list(u32), root.cid, loader(blocks), { maxBytes: 1 << 22 })
    expect(result).toMatchObject({ ok: false, error: { code: 'size' } })
  })

  test('equal links that are met again and again', async () => {
    const long = block('x'.repeat(100_000))
    const many = block(Array(5000).fill(long.cid))
    const result = await materialize(list(string), many.cid, loader([long, many]), { maxBytes: 10_000_000 })
    expect(result).toMatchObject({ ok: false, error: { code: 'size' } })
  })
})

describe('lists without a type', () => {
  test('a short one stays, a long one is cut, both are read back', async () => {
    expect(splitList([1, 'a'])).toEqual({ value: [1, 'a'], blocks: [] })
    const items = Array.from({ length: 8_000 }, (_, i) => block(i).cid)
    const { value, blocks } = splitList(items)
    expect(isLink(value)).toBe(true)
    for (const { bytes } of blocks) {
      const content = decode(bytes)
      expect(
        schema.departs(content.ok && isMap(content.value) ? 'ListNode' : 'ListLeaf', content.ok ? content.value : null),
      ).toBe(undefined)
    }
    const read = await readList(value, loader(blocks))
    expect(read.ok && read.value.map(String)).toEqual(items.map(String))
    expect(await readList(items, loader([]))).toEqual({ ok: true, value: items })
    expect(await readList(1, loader([]))).toMatchObject({ ok: false })
    expect(await readList(value, loader([]))).toMatchObject({ ok: false, error: { code: 'missing' } })
  })
})

test('the schema tells what is wrong', () => {
  expect(schema.departs('Type', { list: 'u9' })).toBe('/list: no member')
  expect(schema.departs('Type', { result: { ok: 'u8' } })).toBe('/result: no key error')
  expect(schema.departs('Type', { variant: { a: null, b: 1 } })).toBe('/variant/b: no member for int')
  expect(schema.departs('ListNode', { [LIST]: { count: 1, depth: 1, parts: [1] } })).toBe(
    '/ipvm/list/parts/0: int is no link',
  )
})
