import fc from 'fast-check'
import { exporter } from 'ipfs-unixfs-exporter'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { block, cidOf } from '../../dag/cid.ts'
import type { Block } from '../../dag/ipld.ts'
import { chunkSize, importFile, maxLinks, readFile } from '../../dag/unixfs.ts'

const noise = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  let state = 1
  for (let i = 0; i < size; i++) bytes[i] = state = (state * 48271) % 2147483647
  return bytes
}
const loader = (blocks: Block[]) => {
  const map = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  return async (cid: CID) => map.get(cid.toString())
}

/** A length-delimited field of protobuf, or a number. */
function field(number: number, value: Uint8Array | number): number[] {
  if (typeof value === 'number') return [...varint(number * 8), ...varint(value)]
  return [...varint(number * 8 + 2), ...varint(value.length), ...value]
}
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

interface NodeParts {
  kind?: number
  data?: Uint8Array
  size?: number
  sizes?: number[]
  links?: CID[]
  after?: number[]
}
/** A node of a file, right or wrong. */
function node({ kind = 2, data, size, sizes = [], links = [], after = [] }: NodeParts): Block {
  const content = [
    ...field(1, kind),
    ...(data ? field(2, data) : []),
    ...(size === undefined ? [] : field(3, size)),
    ...sizes.flatMap(each => field(4, each)),
  ]
  const bytes = Uint8Array.from([
    ...links.flatMap(cid =>
      field(2, Uint8Array.from([...field(1, cid.bytes), ...field(2, new Uint8Array(0)), ...field(3, 1)])),
    ),
    ...field(1, Uint8Array.from(content)),
    ...after,
  ])
  return { cid: cidOf(bytes, 'dag-pb'), bytes }
}
const raw = (...values: number[]): Block => {
  const bytes = Uint8Array.from(values)
  return { cid: cidOf(bytes, 'raw'), bytes }
}

describe('importing', () => {
  test('a file of one chunk is a raw block', async () => {
    const empty = await importFile(new Uint8Array(0))
    // Known to every IPFS node: the raw block of no bytes.
    expect(empty.cid.toString()).toBe('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
    const whole = noise(chunkSize)
    expect(await importFile(whole)).toEqual({
      cid: cidOf(whole, 'raw'),
      blocks: [{ cid: cidOf(whole, 'raw'), bytes: whole }],
    })
  })

  test('a larger one is chunks of 262,144 under one node, in the order of the file', async () => {
    const bytes = noise(2 * chunkSize + 1)
    const { cid, blocks } = await importFile(bytes)
    expect(cid.code).toBe(0x70)
    expect(blocks.map(each => each.bytes.length).slice(0, 3)).toEqual([chunkSize, chunkSize, 1])
    const chunks = blocks.slice(0, 3).map(each => each.cid)
    const sizes = [chunkSize, chunkSize, 1]
    // The node by hand, after the DAG-PB and UnixFS specs; Tsize is the size of a raw chunk.
    const links = chunks.flatMap((chunk, i) =>
      field(2, Uint8Array.from([...field(1, chunk.bytes), ...field(2, new Uint8Array(0)), ...field(3, sizes[i]!)])),
    )
    const data = [...field(1, 2), ...field(3, bytes.length), ...sizes.flatMap(each => field(4, each))]
    const expected = Uint8Array.from([...links, ...field(1, Uint8Array.from(data))])
    expect(blocks.at(-1)!.bytes).toEqual(expected)
    expect(cid).toEqual(cidOf(expected, 'dag-pb'))
  })

  test('over 174 chunks it has two levels', async () => {
    const { cid, blocks } = await importFile(new Uint8Array(chunkSize * (maxLinks + 1)))
    // All full chunks are one block: it, the two nodes below the root and the root.
    expect(blocks.length).toBe(4)
    const back = await readFile(cid, loader(blocks))
    expect(back.ok && back.value.length).toBe(chunkSize * (maxLinks + 1))
  })
})

describe('CIDs are those of `ipfs-unixfs-importer` for the numbers of docs/dag.md, and those that the specifications give', () => {
  const sizes = [
    ...[0, 1, 262_143, 262_144, 262_145, 524_288, 524_289, 1_048_576],
    ...[174 * 262_144 - 1, 174 * 262_144, 174 * 262_144 + 1, 175 * 262_144, 348 * 262_144 + 1],
  ]

  async function theirs(bytes: Uint8Array): Promise<{ cid: string; blocks: Set<string> }> {
    const blocks = new Set<string>()
    const store = { put: (cid: CID) => (blocks.add(cid.toString()), cid) }
    const options = {
      ...{ cidVersion: 1 as const, rawLeaves: true, wrapWithDirectory: false, reduceSingleLeafToSelf: true },
      chunker: fixedSize({ chunkSize: 262_144 }),
      layout: balanced({ maxChildrenPerNode: 174 }),
    } as const
    for await (const { cid } of importer([{ content: bytes }], store as never, options))
      return { cid: cid.toString(), blocks }
    throw new Error('nothing was imported')
  }

  interface Part {
    cid: CID
    /** Bytes of the file below it, and of all blocks below it. */
    size: number
    total: number
  }

  /** Level by level, by the letter of DAG-PB and UnixFS. */
  function byHand(bytes: Uint8Array): string {
    let parts: Part[] = []
    for (let at = 0; at === 0 || at < bytes.length; at += 262_144) {
      const chunk = bytes.subarray(at, at + 262_144)
      parts.push({ cid: cidOf(chunk, 'raw'), size: chunk.length, total: chunk.length })
    }
    while (parts.length > 1) {
      const level: Part[] = []
      for (let at = 0; at < parts.length; at += 174) level.push(above(parts.slice(at, at + 174)))
      parts = level
    }
    return parts[0]!.cid.toString()
  }
  function above(parts: Part[]): Part {
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    const links = parts.flatMap(({ cid, total }) =>
      field(2, Uint8Array.from([...field(1, cid.bytes), ...field(2, new Uint8Array(0)), ...field(3, total)])),
    )
    const data = [...field(1, 2), ...field(3, size), ...parts.flatMap(part => field(4, part.size))]
    const bytes = Uint8Array.from([...links, ...field(1, Uint8Array.from(data))])
    return { cid: cidOf(bytes, 'dag-pb'), size, total: bytes.length + parts.reduce((sum, { total }) => sum + total, 0) }
  }

  test.each(sizes)('%i bytes', async size => {
    const bytes = noise(size)
    const { cid, blocks } = await importFile(bytes)
    const expected = await theirs(bytes)
    expect(cid.toString()).toBe(expected.cid)
    expect(new Set(blocks.map(block => block.cid.toString()))).toEqual(expected.blocks)
    expect(cid.toString()).toBe(byHand(bytes))
  })
})

describe('reading', () => {
  test('gives the file, as the exporter of IPFS does', async () => {
    for (const size of [0, 1, chunkSize, chunkSize + 1, 1_000_000]) {
      const bytes = noise(size)
      const { cid, blocks } = await importFile(bytes)
      const load = loader(blocks)
      expect(await readFile(cid, load)).toEqual({ ok: true, value: bytes })
      const store = {
        get: async function* (of: CID) {
          yield (await load(of))!
        },
      }
      const entry = await exporter(cid, store as never)
      const parts: Uint8Array[] = []
      if (entry.type !== 'file' && entry.type !== 'raw') throw new Error(entry.type)
      for await (const part of entry.content()) parts.push(part)
      expect(Buffer.concat(parts)).toEqual(Buffer.from(bytes))
    }
  })

  const [a, b] = [raw(1, 2), raw(3)]
  const read = async (root: Block, blocks: Block[] = [a, b], maxBytes = 1000) => {
    const result = await readFile(root.cid, loader([root, ...blocks]), { maxBytes })
    return result.ok ? [...result.value] : `${result.error.code}: ${result.error.message}`
  }

  test('data may stand in nodes, and nodes in nodes', async () => {
    const inner = node({ data: Uint8Array.of(7), size: 3, sizes: [2], links: [a.cid] })
    expect(await read(inner)).toEqual([7, 1, 2])
    expect(await read(node({ size: 4, sizes: [1, 3], links: [b.cid, inner.cid] }), [a, b, inner])).toEqual([3, 7, 1, 2])
    expect(await read(node({ kind: 0, data: Uint8Array.of(1), size: 1 }))).toEqual([1])
    expect(await read(node({ size: 0 }))).toEqual([])
  })

  test.each<[string, Block, string]>([
    ['a directory', node({ kind: 1 }), 'it is a directory'],
    ['a symbolic link', node({ kind: 4, data: Uint8Array.of(1), size: 1 }), 'it is a symlink'],
    ['an unknown kind', node({ kind: 9 }), 'it is a thing unknown'],
    ['a value', block({ a: 1 }), 'its CID names a value, not bytes'],
    ['a size that is too small', node({ size: 1, sizes: [2], links: [a.cid] }), 'its length is not that of its parts'],
    ['no size', node({ sizes: [2], links: [a.cid] }), 'its length is not that of its parts'],
    [
      'a part that is longer than announced',
      node({ size: 1, sizes: [1], links: [a.cid] }),
      'its length is not what the node above says',
    ],
    [
      'a part that is shorter',
      node({ size: 3, sizes: [3], links: [a.cid] }),
      'its length is not what the node above says',
    ],
    ['more links than lengths', node({ size: 2, sizes: [2], links: [a.cid, b.cid] }), 'the length of each part'],
    ['a part of no length', node({ size: 0, sizes: [0], links: [a.cid] }), 'a part of it is empty'],
    ['a size over the limit', node({ size: 2 ** 40, sizes: [2 ** 40], links: [a.cid] }), 'is over the limit of 1000'],
    ['a part that is missing', node({ size: 1, sizes: [1], links: [raw(9).cid] }), 'missing: block'],
    ['bytes after the node', node({ size: 0, after: [0] }), 'it is not DAG-PB'],
    ['a surplus field', node({ size: 0, after: field(5, 1) }), 'it is not DAG-PB'],
    ['data twice', node({ size: 0, after: field(1, new Uint8Array(0)) }), 'it is not DAG-PB'],
    [
      'a link after the data',
      node({ size: 0, after: field(2, Uint8Array.from(field(1, a.cid.bytes))) }),
      'it is not DAG-PB',
    ],
  ])('refuses %s', async (_, root, message) => {
    expect(await read(root)).toContain(message)
  })

  test('refuses a block that is not what its CID says', async () => {
    const root = node({ size: 2, sizes: [2], links: [a.cid] })
    expect(await read(root, [{ cid: a.cid, bytes: Uint8Array.of(9, 9) }])).toContain('is damaged')
  })

  test('ends on a small DAG that unfolds without end', async () => {
    let size = 1
    const blocks = [raw(1)]
    for (let level = 0; level < 5; level++) {
      const links = Array(1000).fill(blocks.at(-1)!.cid)
      blocks.push(node({ size: size * 1000, sizes: links.map(() => size), links }))
      size *= 1000
    }
    const limited = await readFile(blocks.at(-1)!.cid, loader(blocks), { maxBytes: 2 ** 30 })
    expect(limited).toMatchObject({ ok: false, error: { code: 'size' } })
    const inner = await readFile(blocks[3]!.cid, loader(blocks), { maxBytes: 1_000_000 })
    expect(inner).toMatchObject({ ok: false, error: { code: 'size' } })
  })

  test('ends on a chain that is too long', async () => {
    let chain = node({ size: 2, sizes: [2], links: [a.cid] })
    const blocks = [a, chain]
    for (let i = 0; i < 100; i++) blocks.push((chain = node({ size: 2, sizes: [2], links: [chain.cid] })))
    expect(await read(chain, blocks, 1_000_000)).toContain('nests deeper than 32')
  })

  test('takes any bytes for a node without throwing', async () => {
    const valid = node({ data: Uint8Array.of(7), size: 3, sizes: [2], links: [a.cid] }).bytes
    const mutated = fc
      .tuple(fc.nat(valid.length - 1), fc.nat(255))
      .map(([at, byte]) => valid.map((old, i) => (i === at ? byte : old)))
    const cut = fc.nat(valid.length).map(at => valid.slice(0, at))
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, cut, fc.uint8Array({ maxLength: 40 })), async bytes => {
        const result = await readFile(cidOf(bytes, 'dag-pb'), loader([a, { cid: cidOf(bytes, 'dag-pb'), bytes }]))
        if (!result.ok) expect(['block', 'missing', 'cid', 'size']).toContain(result.error.code)
      }),
      { numRuns: 1000 },
    )
  })
})
