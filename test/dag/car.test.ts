import { CarReader } from '@ipld/car/reader'
import { CarWriter } from '@ipld/car/writer'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, test } from 'vitest'
import { readCar, writeCar } from '../../dag/car.ts'
import { block, cidOf } from '../../dag/cid.ts'
import { encode } from '../../dag/codec.ts'
import type { Block, Ipld } from '../../dag/ipld.ts'
import { ipld } from './arbitrary.ts'

const blocks: Block[] = [
  block({ a: 1 }),
  block([1, 2, 3]),
  { cid: cidOf(Uint8Array.of(1), 'raw'), bytes: Uint8Array.of(1) },
]
const [first, second, third] = blocks as [Block, Block, Block]
const car = writeCar([first.cid, third.cid], blocks)

const error = (bytes: Uint8Array, limits?: Parameters<typeof readCar>[1]): string => {
  const result = readCar(bytes, limits)
  return result.ok ? 'accepted' : `${result.error.code}: ${result.error.message}`
}
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))
/** A CAR from a header of any kind and sections of any kind. */
const raw = (header: Ipld, ...sections: Uint8Array[]): Uint8Array =>
  join(...[encode(header), ...sections].map(part => join(varint(part.length), part)))
const section = ({ cid, bytes }: Block): Uint8Array => join(cid.bytes, bytes)
const varint = (value: number): Uint8Array =>
  value < 128 ? Uint8Array.of(value) : join(Uint8Array.of((value % 128) + 128), varint(Math.floor(value / 128)))
const header = { roots: [first.cid], version: 1 }

describe('writing', () => {
  test('is what the reader of IPFS reads', async () => {
    const reader = await CarReader.fromBytes(car)
    expect((await reader.getRoots()).map(String)).toEqual([first.cid, third.cid].map(String))
    const read: Block[] = []
    for await (const { cid, bytes } of reader.blocks()) read.push({ cid, bytes: Uint8Array.from(bytes) })
    expect(read.map(each => each.cid.toString())).toEqual(blocks.map(each => each.cid.toString()))
    expect(read.map(each => each.bytes)).toEqual(blocks.map(each => each.bytes))
  })

  test('keeps the order, and a block that comes twice once', () => {
    expect(writeCar([first.cid, third.cid], [...blocks, second, first])).toEqual(car)
    expect(car).toEqual(raw({ roots: [first.cid, third.cid], version: 1 }, ...blocks.map(section)))
    expect(writeCar([first.cid], blocks.toReversed())).not.toEqual(writeCar([first.cid], blocks))
  })
})

describe('reading', () => {
  test('gives roots and blocks', () => {
    const read = readCar(car)
    if (!read.ok) throw new Error(read.error.message)
    expect(read.value.roots).toEqual([first.cid, third.cid])
    expect(read.value.blocks.map(({ cid, bytes }) => ({ cid, bytes: Uint8Array.from(bytes) }))).toEqual(blocks)
  })

  test('takes a block twice, and carries an identity', () => {
    expect(readCar(raw(header, section(first), section(first)))).toMatchObject({
      ok: true,
      value: { blocks: { length: 1 } },
    })
    const identity = { cid: CID.createV1(0x55, createDigest(0, Uint8Array.of(5))), bytes: Uint8Array.of(5) }
    expect(readCar(raw(header, section(first), section(identity))).ok).toBe(true)
  })

  test('takes sha3-256 only where it is asked to', () => {
    const sha3 = { cid: cidOf(first.bytes, 'dag-cbor', 'sha3-256'), bytes: first.bytes }
    const bytes = writeCar([sha3.cid], [sha3])
    expect(error(bytes)).toContain('its root is not readable')
    expect(error(writeCar([first.cid], [first, sha3]))).toContain('only sha2-256 is read')
    expect(readCar(bytes, { sha3: true }).ok).toBe(true)
  })

  const at = car.length - section(third).length - 1
  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'this is not a CAR: it has no header'],
    ['Wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d), 'this is not a CAR: it has no header'],
    ['text', new TextEncoder().encode('job main() -> u32 { 1 }\n'.repeat(20)), 'this is not a CAR that can be read'],
    ['a header that is cut', car.slice(0, 20), 'it ends within its header'],
    ['a huge header', join(varint(1e9), new Uint8Array(10)), 'its header would have 1000000000 bytes'],
    ['a length without end', new Uint8Array(20).fill(0xff), 'it has no header'],
    ['version 3', raw({ roots: [first.cid], version: 3 }, section(first)), 'its version is not 1'],
    ['no root', raw({ roots: [], version: 1 }, section(first)), 'it has no root'],
    ['roots that are text', raw({ roots: [String(first.cid)], version: 1 }), 'its roots are not a list of links'],
    ['a header that is a list', raw([1]), 'its header is no map'],
    ['a header with more', raw({ ...header, more: 1 }, section(first)), 'a key that is unknown'],
    [
      'a header in another order',
      join(Uint8Array.of(0x11), Buffer.from('a26776657273696f6e0165726f6f747380', 'hex')),
      'not sorted',
    ],
    ['a root that is missing', writeCar([block('x').cid], blocks), 'is not among its blocks'],
    ['no block', writeCar([first.cid], []), 'is not among its blocks'],
    [
      'a block that is cut',
      car.slice(0, -1),
      `block 3 at byte ${at} is cut off: it announces 37 bytes, and 36 are left`,
    ],
    ['a byte after the end', join(car, Uint8Array.of(0)), `block 4 at byte ${car.length} is empty`],
    ['bytes after the end', join(car, Uint8Array.of(5, 1, 2)), `block 4 at byte ${car.length} is cut off`],
    [
      'a flipped bit',
      car.map((byte, i) => (i === car.length - 1 ? byte ^ 1 : byte)),
      `block 3 at byte ${at} is damaged`,
    ],
    ['a CID that is cut', raw(header, first.cid.bytes.slice(0, 30)), 'has no readable CID'],
    ['a CID of version 0', raw(header, join(first.cid.multihash.bytes, first.bytes)), 'is of version 0'],
    [
      'a length in more bytes than needed',
      join(raw(header), Uint8Array.of(0xa9, 0), section(first)),
      'has no readable length',
    ],
    [
      'an identity that is too long',
      raw(header, section({ cid: CID.createV1(0x55, createDigest(0, new Uint8Array(65))), bytes: new Uint8Array(65) })),
      'carries 65 bytes in itself',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(error(bytes)).toContain(message)
    expect(error(bytes)).toMatch(/^car: /)
  })

  test('refuses what is over its limits', () => {
    expect(error(car, { blocks: 2 })).toBe('size: the CAR has more than 2 blocks')
    const large = { cid: cidOf(new Uint8Array(3 << 20), 'raw'), bytes: new Uint8Array(3 << 20) }
    expect(error(writeCar([large.cid], [large]))).toMatch(/^size: block 1 at byte 59 of the CAR is over 2097152 bytes/)
    expect(readCar(writeCar([large.cid], [large]), { blockSize: 3 << 20 }).ok).toBe(true)
  })

  test('whatever is changed in it, it is taken whole or refused, and never throws', () => {
    const change = fc.tuple(fc.nat(car.length - 1), fc.nat(255), fc.nat(3)).map(([i, byte, how]) => {
      if (how === 0) return join(car.slice(0, i), Uint8Array.of(byte), car.slice(i))
      if (how === 1) return join(car.slice(0, i), car.slice(i + 1))
      if (how === 2) return car.slice(0, i)
      return car.map((old, j) => (j === i ? byte : old))
    })
    const contents = blocks.map(each => Buffer.from(each.bytes).toString('hex'))
    fc.assert(
      fc.property(fc.oneof(change, fc.uint8Array({ maxLength: 80 })), bytes => {
        const read = readCar(bytes)
        if (!read.ok) expect(['car', 'size']).toContain(read.error.code)
        else for (const each of read.value.blocks) expect(contents).toContain(Buffer.from(each.bytes).toString('hex'))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('beside `@ipld/car`', () => {
  /** Blocks of all kinds that are written here, one at least. */
  const some = fc
    .array(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }).map((bytes): Block => ({ cid: cidOf(bytes, 'raw'), bytes })),
        ipld.map((value): Block => block(value)),
        fc
          .uint8Array({ maxLength: 64 })
          .map((bytes): Block => ({ cid: CID.createV1(0x55, createDigest(0, bytes)), bytes })),
      ),
      { minLength: 1, maxLength: 12 },
    )
    .map(all => [...new Map(all.map(each => [each.cid.toString(), each])).values()])
  const rooted = some.chain(all =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray(all, { minLength: 1 }).map(chosen => chosen.map(({ cid }) => cid)),
    ),
  )

  async function theirs(roots: CID[], all: Block[]): Promise<Uint8Array> {
    const { writer, out } = CarWriter.create(roots)
    const parts: Uint8Array[] = []
    const read = (async () => {
      for await (const part of out) parts.push(part)
    })()
    for (const each of all) await writer.put(each)
    await writer.close()
    await read
    return join(...parts)
  }

  test('both write the same bytes, and each reads what the other has written', async () => {
    await fc.assert(
      fc.asyncProperty(rooted, async ([all, roots]) => {
        const bytes = await theirs(roots, all)
        expect(writeCar(roots, all)).toEqual(bytes)
        const ours = readCar(bytes)
        if (!ours.ok) throw new Error(ours.error.message)
        const reader = await CarReader.fromBytes(bytes)
        expect(ours.value.roots.map(String)).toEqual((await reader.getRoots()).map(String))
        const read: string[] = []
        for await (const each of reader.blocks()) read.push(`${each.cid} ${Buffer.from(each.bytes).toString('hex')}`)
        expect(ours.value.blocks.map(each => `${each.cid} ${Buffer.from(each.bytes).toString('hex')}`)).toEqual(read)
      }),
      { numRuns: 60 },
    )
  })

  const accepts = async (bytes: Uint8Array): Promise<boolean> => {
    try {
      const reader = await CarReader.fromBytes(bytes)
      for await (const _ of reader.blocks());
      return true
    } catch {
      return false
    }
  }
  const v0 = CID.createV0(createDigest(0x12, second.cid.multihash.digest) as never)
  const sha1 = CID.createV1(0x55, createDigest(0x11, new Uint8Array(20)))
  const long = CID.createV1(0x55, createDigest(0, new Uint8Array(65)))
  const short = CID.createV1(0x55, createDigest(0x12, first.cid.multihash.digest.slice(0, 20)))
  /** A CARv2: a pragma, a header of 40 bytes, a CARv1, no index. */
  const version2 = join(
    Buffer.from('0aa16776657273696f6e02', 'hex'),
    new Uint8Array(16),
    new Uint8Array(new BigUint64Array([51n, BigInt(car.length), 0n]).buffer),
    car,
  )

  test.each<[string, Uint8Array]>([
    ['a block that does not hash to its CID', raw(header, section(first), section({ ...second, bytes: third.bytes }))],
    ['a root that is not there', raw({ roots: [first.cid, block('x').cid], version: 1 }, section(first))],
    ['no root', raw({ roots: [], version: 1 }, section(first))],
    ['no block', raw(header)],
    ['a header in an order of its own', join(varint(17), Buffer.from('a26776657273696f6e0165726f6f747380', 'hex'))],
    ['a CIDv0', raw(header, section(first), join(v0.bytes, second.bytes))],
    ['SHA-1', raw(header, section(first), join(sha1.bytes, Uint8Array.of(1)))],
    ['a hash that is cut', raw(header, section(first), join(short.bytes, first.bytes))],
    ['an identity over 64 bytes', raw(header, section(first), join(long.bytes, new Uint8Array(65)))],
    [
      'a length in more bytes than needed',
      join(raw(header), Uint8Array.of(section(first).length | 128, 0), section(first)),
    ],
  ])('%s is taken there, and refused here', async (_, bytes) => {
    expect([await accepts(bytes), readCar(bytes).ok]).toEqual([true, false])
  })

  test.each<[string, Uint8Array]>([
    ['a file that ends within a block', car.slice(0, -1)],
    ['a file that ends within a CID', car.slice(0, car.length - section(third).length + 5)],
    ['a header of another version', raw({ roots: [first.cid], version: 3 }, section(first))],
    ['a header that is too long for the file', join(varint(1000), encode(header))],
    ['an empty section', join(car, Uint8Array.of(0))],
  ])('%s is refused by both', async (_, bytes) => {
    expect([await accepts(bytes), readCar(bytes).ok]).toEqual([false, false])
  })

  test('a CARv2 is not read here, and its message says so', async () => {
    expect(await accepts(version2)).toBe(true)
    expect(error(version2)).toBe('car: this is not a CAR that can be read: it is a CARv2, and only CARv1 is read')
  })
})
