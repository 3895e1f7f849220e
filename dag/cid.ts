import { hash as hashOf } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { encode } from './codec.ts'
import type { DagError } from './interface.ts'
import type { Block, Ipld } from './ipld.ts'
import { binaryOf, cidOfBinary } from './links.ts'
import { fail, ok, type Result } from './result.ts'

/** Multicodec codes of the three kinds of block (https://github.com/multiformats/multicodec, table.csv). */
export const RAW = 0x55
export const DAG_PB = 0x70
export const DAG_CBOR = 0x71

export const codecs = { 'dag-cbor': DAG_CBOR, raw: RAW, 'dag-pb': DAG_PB } as const
export type Codec = keyof typeof codecs

const IDENTITY = 0x00
/** What `hash` gives is a string with a character for each byte, which costs half of what a buffer does. */
const BINARY = 'binary'
const hashes = { 'sha2-256': { code: 0x12, node: 'sha256' }, 'sha3-256': { code: 0x16, node: 'sha3-256' } } as const
export type HashName = keyof typeof hashes

/** Bytes of the longest content that a CID may carry in itself. */
export const maxIdentity = 64
/** No CID that is read here comes near it; it bounds the work of decoding the text of a stranger. */
const maxCidText = 256

/** The CIDv1 of a block's bytes. */
export function cidOf(bytes: Uint8Array, codec: Codec, hash: HashName = 'sha2-256'): CID {
  const { code, node } = hashes[hash]
  if (hash === 'sha2-256') return cidOfBinary(codecs[codec], hashOf(node, bytes, BINARY))
  // A plain array: CIDs are compared deeply in places, and a Buffer is another class.
  return CID.createV1(codecs[codec], createDigest(code, new Uint8Array(hashOf(node, bytes, 'buffer'))))
}

/** A value as a block of its own: DAG-CBOR, sha2-256. Throws where {@link encode} does. */
export function block(value: Ipld): Block {
  const bytes = encode(value)
  return { cid: cidOf(bytes, 'dag-cbor'), bytes }
}

export interface CidRules {
  /** Also take sha3-256, which Homestar's files use; default false. */
  sha3?: boolean
}

/** Whether a CID is of a kind that is read here: version 1, a known codec, a full-length hash or a short identity. */
export function checkCid(cid: CID, rules: CidRules = {}): Result<CID, DagError> {
  const wrong = (what: string): Result<never, DagError> => fail({ code: 'cid', message: `CID ${cid} ${what}` })
  if (cid.version !== 1) return wrong('is of version 0; only version 1 is read')
  if (cid.code !== RAW && cid.code !== DAG_PB && cid.code !== DAG_CBOR)
    return wrong(`has the codec 0x${cid.code.toString(16)}; only dag-cbor, dag-pb and raw are read`)
  const { code, size } = cid.multihash
  if (code === IDENTITY)
    return size <= maxIdentity ? ok(cid) : wrong(`carries ${size} bytes in itself; at most ${maxIdentity} are taken`)
  const known = code === hashes['sha2-256'].code || (rules.sha3 === true && code === hashes['sha3-256'].code)
  if (!known)
    return wrong(
      `has the hash 0x${code.toString(16)}; only ${rules.sha3 ? 'sha2-256 and sha3-256 are' : 'sha2-256 is'} read`,
    )
  return size === 32 ? ok(cid) : wrong(`has a hash of ${size} bytes in place of 32`)
}

/** Checks that bytes are what their CID says. The content of a block is not looked at: that is `decode`'s. */
export function verifyBlock(cid: CID, bytes: Uint8Array, rules: CidRules = {}): Result<Block, DagError> {
  const checked = checkCid(cid, rules)
  if (!checked.ok) return checked
  const { code, digest: expected } = cid.multihash
  if (!(code === IDENTITY ? Buffer.compare(bytes, expected) === 0 : hashesTo(bytes, code, expected)))
    return fail({ code: 'block', message: `block ${cid} is damaged: its ${bytes.length} bytes do not hash to its CID` })
  return ok({ cid, bytes })
}

function hashesTo(bytes: Uint8Array, code: number, digest: Uint8Array): boolean {
  const name = code === hashes['sha3-256'].code ? 'sha3-256' : 'sha2-256'
  return hashOf(hashes[name].node, bytes, BINARY) === binaryOf(digest)
}

/** Reads the text of a CID, in any of the usual bases. Whether its kind is taken is {@link checkCid}'s to say. */
export function parseCid(text: string): Result<CID, DagError> {
  const wrong = fail<DagError>({ code: 'cid', message: `${JSON.stringify(text.slice(0, maxCidText))} is not a CID` })
  if (text.length > maxCidText) return wrong
  try {
    const cid = CID.parse(text)
    return ok(cid)
  } catch {
    return wrong
  }
}

export interface IpfsUrl {
  cid: CID
  /** Names below the CID, decoded; empty where the URL names the CID itself. */
  path: string[]
}

/** Reads `ipfs://<cid>` or `ipfs://<cid>/a/b`. */
export function parseIpfsUrl(text: string): Result<IpfsUrl, DagError> {
  const wrong = (what: string): Result<never, DagError> =>
    fail({ code: 'cid', message: `${JSON.stringify(text.slice(0, maxCidText))} is not an IPFS URL: ${what}` })
  if (!text.startsWith('ipfs://')) return wrong('it does not begin with `ipfs://`')
  const [head = '', ...rest] = text.slice('ipfs://'.length).split('/')
  const cid = parseCid(head)
  if (!cid.ok) return wrong(`${JSON.stringify(head.slice(0, maxCidText))} is not a CID`)
  const path: string[] = []
  for (const part of rest.at(-1) === '' ? rest.slice(0, -1) : rest) {
    const name = decodePart(part)
    if (name === undefined || name === '' || name === '.' || name === '..')
      return wrong('a part of its path is no name')
    path.push(name)
  }
  return ok({ cid: cid.value, path })
}

function decodePart(part: string): string | undefined {
  try {
    return /[?#]/.test(part) ? undefined : decodeURIComponent(part)
  } catch {
    return undefined
  }
}
