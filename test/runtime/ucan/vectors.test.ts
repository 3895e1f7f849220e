import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Ipld } from '../../../dag/ipld.ts'
import { parseDagJson } from '../../../dag/parse-json.ts'
import { signerOf } from '../../../runtime/did.ts'
import { verifyInvocation } from '../../../runtime/ucan/chain.ts'
import { failing, parsePolicy } from '../../../runtime/ucan/policy.ts'
import { readToken, signDelegation, type DelegationClaims } from '../../../runtime/ucan/token.ts'

function load<T>(name: string): T {
  const path = new URL(`../../fixtures/ucan/${name}.json`, import.meta.url)
  const value = parseDagJson(readFileSync(path, 'utf8'))
  if (!value.ok) throw new Error(value.error)
  return value.value as T
}

interface InvocationVector {
  name: string
  invocation: Uint8Array
  proofs: Uint8Array[]
  time: number
  error?: { name: string }
}

describe('invocations of the specification', () => {
  const { valid, invalid } = load<{ valid: InvocationVector[]; invalid: InvocationVector[] }>('invocation')
  const verdict = ({ invocation, proofs, time: now }: InvocationVector): string => {
    const verified = verifyInvocation(invocation, { proofs, now })
    return verified.ok ? 'valid' : verified.error.reason
  }

  test.each(valid)('$name: accepted', vector => expect(verdict(vector)).toBe('valid'))
  test.each(invalid)('$name: refused as $error.name', vector => expect(verdict(vector)).toBe(vector.error!.name))
  test('are all there', () => expect([valid.length, invalid.length]).toEqual([7, 13]))

  test.each(valid)('$name: refused where a byte of a token differs', vector => {
    for (const list of [[vector.invocation], vector.proofs])
      for (const token of list)
        for (const at of [0, 10, 70, token.length - 1]) {
          token[at]! ^= 1
          expect(verdict(vector)).not.toBe('valid')
          token[at]! ^= 1
        }
    expect(verdict(vector)).toBe('valid')
  })
})

describe('delegations of the specification', () => {
  interface DelegationVector {
    name: string
    token: string
    cid: string
    envelope: { payload: Omit<DelegationClaims, 'nonce'> & { iss: string; nonce: string }; signature: string }
  }
  const { valid, principals } = load<{ valid: DelegationVector[]; principals: Record<string, string> }>('delegation')
  const claimsOf = ({ envelope: { payload } }: DelegationVector): DelegationClaims & { iss: string } => ({
    ...payload,
    nonce: new Uint8Array(Buffer.from(payload.nonce, 'base64')),
  })

  test.each(valid)('$name: read as it says', vector => {
    const token = readToken(Buffer.from(vector.token, 'base64'))
    const { pol, ...claims } = claimsOf(vector)
    expect(token).toMatchObject({ ok: true, value: { kind: 'delegation', ...claims, policy: pol } })
    expect(token.ok && token.value.cid.toString()).toBe(vector.cid)
  })

  test.each(valid)('$name: made again byte for byte by the key of its issuer', vector => {
    const signers = Object.values(principals).map(text => {
      // What comes behind the varint of the code `ed25519-priv` is the seed.
      const seed = Buffer.from(text, 'base64').subarray(2)
      const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
      return signerOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
    })
    const { iss, ...claims } = claimsOf(vector)
    const signer = signers.find(({ did }) => did === iss)!
    const block = signDelegation(claims, signer)
    expect(Buffer.from(block.bytes).toString('base64')).toBe(vector.token)
    expect(block.cid.toString()).toBe(vector.cid)
  })
})

describe('policies of the specification', () => {
  interface PolicyVector {
    args: Ipld
    policies: Ipld[]
  }
  const { valid, invalid } = load<{ valid: PolicyVector[]; invalid: PolicyVector[] }>('policy')
  const cases = (list: PolicyVector[]): [string, Ipld, Ipld][] =>
    list.flatMap(({ args, policies }) => policies.map((one): [string, Ipld, Ipld] => [JSON.stringify(one), one, args]))
  const holds = (given: Ipld, args: Ipld): boolean => {
    const policy = parsePolicy(given)
    if (!policy.ok) throw new Error(policy.error)
    return failing(policy.value, args) === undefined
  }

  test.each(cases(valid))('%s holds', (_, policy, args) => expect(holds(policy, args)).toBe(true))
  test.each(cases(invalid))('%s does not hold', (_, policy, args) => expect(holds(policy, args)).toBe(false))
  test('are all there', () => expect([cases(valid).length, cases(invalid).length]).toEqual([17, 8]))
})
