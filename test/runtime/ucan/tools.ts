import { newKey } from '../../../runtime/store/key.ts'
import { signerOf, type Signer } from '../../../runtime/did.ts'
import type { Block, Ipld } from '../../../dag/ipld.ts'
import { decode, encode } from '../../../dag/codec.ts'
import {
  readToken,
  signDelegation,
  signInvocation,
  type Delegation,
  type DelegationClaims,
  type InvocationClaims,
} from '../../../runtime/ucan/token.ts'

export const [alice, bob, carol, mallory] = Array.from({ length: 4 }, () => signerOf(newKey())) as [
  Signer,
  Signer,
  Signer,
  Signer,
]

let nonces = 0
/** One that no other token of the tests has. */
export const nonce = (): Uint8Array => new Uint8Array(Buffer.from(`nonce ${nonces++}`))

/** A delegation of all commands about Alice that never ends, unless it says otherwise. */
export function delegate(from: Signer, to: Signer, own: Partial<DelegationClaims> = {}): Block {
  const claims = { aud: to.did, sub: alice.did, cmd: '/', pol: [], nonce: nonce(), exp: null, ...own }
  return signDelegation(claims, from)
}

/** An invocation of `/http/get` about Alice. */
export function invoke(by: Signer, prf: Block[] = [], own: Partial<InvocationClaims> = {}): Block {
  const claims = { sub: alice.did, cmd: '/http/get', args: {}, nonce: nonce(), exp: null, ...own }
  return signInvocation({ ...claims, prf: prf.map(({ cid }) => cid) }, by)
}

export function readDelegation({ bytes }: Block): Delegation {
  const token = readToken(bytes)
  if (!token.ok || token.value.kind !== 'delegation') throw new Error('it is no delegation')
  return token.value
}

/** The parts of a token, to be changed. */
export function partsOf(bytes: Uint8Array): [signature: Uint8Array, signed: { [key: string]: Ipld }] {
  const value = decode(bytes)
  if (!value.ok) throw new Error(value.error.message)
  return value.value as [Uint8Array, { [key: string]: Ipld }]
}

export const whole = (parts: Ipld): Uint8Array => encode(parts)
