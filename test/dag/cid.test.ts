import { CID } from 'multiformats/cid'
import { base58btc } from 'multiformats/bases/base58'
import { create as createDigest } from 'multiformats/hashes/digest'
import { describe, expect, test } from 'vitest'
import { block, cidOf, maxIdentity, parseCid, parseIpfsUrl, RAW, verifyBlock } from '../../dag/cid.ts'
import { isPlainCid, keyOfCid, PLAIN, plainCid } from '../../dag/links.ts'

const bytes = new TextEncoder().encode('hello world')
const identity = (size: number): CID => CID.createV1(RAW, createDigest(0, new Uint8Array(size)))
const error = (cid: CID, content = bytes): string => {
  const result = verifyBlock(cid, content)
  return result.ok ? 'accepted' : `${result.error.code}: ${result.error.message}`
}

describe('making', () => {
  // The first is what `ipfs add --cid-version=1` prints; the last is in Homestar's test data.
  test('CIDs that others know', () => {
    expect(cidOf(bytes, 'raw').toString()).toBe('bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
    expect(block({ a: 1 }).cid.code).toBe(0x71)
    expect(block([2]).cid.toString()).toBe('bafyreihdb57fdysx5h35urvxz64ros7zvywshber7id6t6c6fek37jgyfe')
    const { bytes: addOne } = block({
      rsc: 'ipfs://bafybeibk42jwhq7w2zcpe6q3wgtleugp3ymfs3pa5gerjmnakqihhqx4zq',
      op: 'wasm/run',
      input: { args: [1], func: 'add_one' },
      nnc: '',
    })
    expect(cidOf(addOne, 'dag-cbor', 'sha3-256').toString()).toBe(
      'bafyrmihmxmsbt4n3g6dzmj7rho34mzfbaoqqbsfcq7etsogslqftbyj7du',
    )
  })
})

describe('many CIDs in common buffers', () => {
  // More than one buffer holds.
  const cids = Array.from({ length: 1000 }, (_, n) => cidOf(Uint8Array.of(n, n >> 8), n % 2 === 0 ? 'raw' : 'dag-cbor'))
  const others = [CID.createV1(0x0129, cids[0]!.multihash), identity(3), identity(maxIdentity), identity(1000)]

  test('are each what the library would make', () => {
    for (const cid of cids) {
      const made = CID.decode(Uint8Array.from(cid.bytes))
      expect(cid).toEqual(made)
      expect(cid.toString()).toBe(made.toString())
    }
    expect(new Set(cids.map(String)).size).toBe(1000)
  })

  test('are read from bytes that may change afterwards, where they are of the plain kind', () => {
    const bytes = Uint8Array.from([7, ...cids[5]!.bytes, 7])
    const read = plainCid(bytes, 1)
    expect([isPlainCid(bytes, 0), isPlainCid(bytes, 1), isPlainCid(bytes, 2)]).toEqual([false, true, false])
    expect(isPlainCid(bytes.subarray(0, PLAIN), 1)).toBe(false)
    bytes.fill(0)
    expect(read).toEqual(cids[5])
    expect(others.map(({ bytes }) => isPlainCid(bytes, 0))).toEqual(others.map(() => false))
  })

  test('have each a key of their own', () => {
    const keys = [...cids, ...others].map(keyOfCid)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keyOfCid(CID.decode(Uint8Array.from(cids[5]!.bytes)))).toBe(keys[5])
  })
})

describe('verifying', () => {
  test('takes what hashes to its CID', () => {
    for (const codec of ['raw', 'dag-cbor', 'dag-pb'] as const)
      expect(verifyBlock(cidOf(bytes, codec), bytes).ok).toBe(true)
    expect(verifyBlock(identity(maxIdentity), new Uint8Array(maxIdentity)).ok).toBe(true)
  })

  test('refuses other bytes', () => {
    expect(error(cidOf(bytes, 'raw'), bytes.slice(1))).toContain('block: block bafkreifzjut3te2n')
    expect(error(identity(3), new Uint8Array(4))).toContain('damaged')
  })

  test('takes sha3-256 only where it is asked to', () => {
    const cid = cidOf(bytes, 'dag-cbor', 'sha3-256')
    expect(error(cid)).toContain('has the hash 0x16; only sha2-256 is read')
    expect(verifyBlock(cid, bytes, { sha3: true }).ok).toBe(true)
    expect(verifyBlock(cid, bytes.slice(1), { sha3: true }).ok).toBe(false)
  })

  test.each([
    ['version 0', CID.createV0(createDigest(0x12, cidOf(bytes, 'raw').multihash.digest) as never), 'version 0'],
    ['an unknown codec', CID.createV1(0x0129, cidOf(bytes, 'raw').multihash), 'codec 0x129'],
    ['sha1', CID.createV1(RAW, createDigest(0x11, new Uint8Array(20))), 'hash 0x11'],
    [
      'a hash cut short',
      CID.createV1(RAW, createDigest(0x12, cidOf(bytes, 'raw').multihash.digest.slice(0, 20))),
      '20 bytes',
    ],
    ['no hash', CID.createV1(RAW, createDigest(0x12, new Uint8Array(0))), '0 bytes'],
    ['a long identity', identity(maxIdentity + 1), '65 bytes in itself'],
  ])('refuses %s', (_, cid, message) => {
    expect(error(cid)).toContain(message)
    expect(error(cid)).toMatch(/^cid: /)
  })
})

describe('reading text', () => {
  const cid = cidOf(bytes, 'raw')

  test('in the usual bases', () => {
    for (const text of [cid.toString(), cid.toString(base58btc)]) expect(parseCid(text)).toMatchObject({ ok: true })
    expect(parseCid('QmRgutAxd8t7oGkSm4wmeuByG6M51wcTso6cubDdQtuEfL').ok).toBe(true)
  })

  test.each(['', 'bafy', 'not a cid', `${cid}x`, `ipfs://${cid}`, ` ${cid}`, 'b'.repeat(1_000_000)])(
    'refuses %j',
    text => {
      const result = parseCid(text.slice(0, 1_000_000))
      expect(result).toMatchObject({ ok: false, error: { code: 'cid' } })
      expect(!result.ok && result.error.message.length).toBeLessThan(300)
    },
  )

  test('URLs', () => {
    const read = (text: string) => {
      const url = parseIpfsUrl(text)
      return url.ok ? [url.value.cid.toString(), ...url.value.path] : url.error.code
    }
    expect(read(`ipfs://${cid}`)).toEqual([cid.toString()])
    expect(read(`ipfs://${cid}/`)).toEqual([cid.toString()])
    expect(read(`ipfs://${cid}/a/b%20c.wasm`)).toEqual([cid.toString(), 'a', 'b c.wasm'])
    for (const wrong of [
      `${cid}`,
      'ipfs://',
      'ipfs://x/a',
      `ipfs://${cid}/../a`,
      `ipfs://${cid}//a`,
      `ipfs://${cid}/%`,
      `ipfs://${cid}/a?b`,
    ])
      expect(read(wrong)).toBe('cid')
  })
})
