import { createPublicKey, type KeyObject } from 'node:crypto'
import { base58btc } from 'multiformats/bases/base58'

export interface Signer {
  key: KeyObject
  did: string
}

/** Varsig header: version 1, EdDSA on Ed25519 with SHA-512, payload DAG-CBOR (UCAN 1.0, envelope). */
export const VARSIG = Uint8Array.from([0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71])
/** Multicodec `ed25519-pub` as a varint. */
const ED25519_PUB = [0xed, 0x01]
/** Characters of the longest DID that is read. */
const maxDid = 512

/** @param key Ed25519, private */
export function signerOf(key: KeyObject): Signer {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  const raw = Buffer.from(x!, 'base64url')
  return { key, did: `did:key:${base58btc.encode(Uint8Array.from([...ED25519_PUB, ...raw]))}` }
}

/** The key that a `did:key` of Ed25519 is made of; undefined where the DID is another. */
export function publicKeyOf(did: string): KeyObject | undefined {
  if (!did.startsWith('did:key:z') || did.length > 100) return undefined
  try {
    const raw = base58btc.decode(did.slice('did:key:'.length))
    if (raw.length !== 34 || raw[0] !== ED25519_PUB[0] || raw[1] !== ED25519_PUB[1]) return undefined
    const x = Buffer.from(raw.subarray(2)).toString('base64url')
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** A DID without its fragment (DID Core, 3.1): a fragment names one of the keys of a DID, and is no part of who it is. */
export function plainDid(text: string): string | undefined {
  if (text.length > maxDid) return undefined
  const [did = ''] = text.split('#')
  return /^did:[a-z0-9]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._%-]$/.test(did) ? did : undefined
}
