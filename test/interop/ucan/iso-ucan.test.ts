import { readFileSync } from 'node:fs'
import { EdDSASigner } from 'iso-signatures/signers/eddsa.js'
import { verifier } from 'iso-signatures/verifiers/eddsa.js'
import { Resolver } from 'iso-signatures/verifiers/resolver.js'
import { Delegation } from 'iso-ucan/delegation'
import { Invocation } from 'iso-ucan/invocation'
import { validate } from 'iso-ucan/policy'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Block, Ipld } from '../../../dag/ipld.ts'
import { parseDagJson } from '../../../dag/parse-json.ts'
import { verifyInvocation } from '../../../runtime/ucan/chain.ts'
import { failing, parsePolicy } from '../../../runtime/ucan/policy.ts'
import { readToken } from '../../../runtime/ucan/token.ts'
import { alice, bob, carol, delegate, invoke } from '../../runtime/ucan/tools.ts'

const verifierResolver = new Resolver({ ...verifier })
const read = ({ bytes }: Block): Promise<Delegation> => Delegation.from({ bytes, verifierResolver })

/** What iso-ucan says of an invocation and its proofs. */
async function theirs({ bytes }: Block, proofs: Block[]): Promise<'valid' | 'refused'> {
  try {
    const delegations = await Promise.all(proofs.map(read))
    await Invocation.from({
      ...{ bytes, verifierResolver, audience: undefined as never },
      resolveProof: async cid => delegations.find(one => one.cid.toString() === cid.toString())!,
    })
    return 'valid'
  } catch {
    return 'refused'
  }
}
function ours({ bytes }: Block, proofs: Block[]): string {
  const verified = verifyInvocation(bytes, { proofs: proofs.map(proof => proof.bytes), now: Date.now() / 1000 })
  return verified.ok ? 'valid' : verified.error.reason
}

describe('tokens of ours, as iso-ucan reads them', () => {
  test('say the same, under the same CID', async () => {
    const pol: Ipld[] = [['==', '.host', 'example.com']]
    const block = delegate(alice, bob, { cmd: '/http', pol, exp: 4_000_000_000 })
    const { iss, aud, sub, cmd, exp, cid, ...token } = await read(block)
    expect({ iss, aud, sub, cmd, exp, pol: token.pol, cid: cid.toString() }).toEqual({
      ...{ iss: alice.did, aud: bob.did, sub: alice.did, cmd: '/http', exp: 4_000_000_000, pol },
      cid: block.cid.toString(),
    })
  })

  test('prove the same', async () => {
    const proofs = [delegate(alice, bob, { pol: [['==', '.host', 'a']] }), delegate(bob, carol, { sub: null })]
    const cases = [
      [invoke(carol, proofs, { args: { host: 'a' } }), proofs],
      [invoke(carol, proofs, { args: { host: 'b' } }), proofs],
      [invoke(bob, proofs, { args: { host: 'a' } }), proofs],
      [invoke(carol, proofs.toReversed(), { args: { host: 'a' } }), proofs],
      [invoke(carol, proofs, { args: { host: 'a' }, exp: 1 }), proofs],
      [invoke(alice), []],
      [invoke(bob), []],
    ] as [Block, Block[]][]
    const said = await Promise.all(cases.map(one => theirs(...one)))
    expect(said).toEqual(['valid', 'refused', 'refused', 'refused', 'refused', 'valid', 'refused'])
    expect(cases.map(one => (ours(...one) === 'valid' ? 'valid' : 'refused'))).toEqual(said)
  })
})

describe('tokens of iso-ucan, as we read them', () => {
  let subject: EdDSASigner, user: EdDSASigner
  beforeAll(async () => {
    subject = await EdDSASigner.generate()
    user = await EdDSASigner.generate()
  })

  test('say the same, and prove it', async () => {
    const proof = await Delegation.create({
      ...{ iss: subject, aud: user.did, sub: subject.did, cmd: '/http', pol: [['==', '.host', 'a']] as never },
      verifierResolver,
    } as never)
    expect(readToken(proof.bytes)).toMatchObject({
      ok: true,
      value: { iss: subject.did, aud: user.did, sub: subject.did, cmd: '/http', policy: [['==', '.host', 'a']] },
    })
    const asked = await Invocation.create({
      ...{ iss: user, sub: subject.did, cmd: '/http/get', args: { host: 'a' }, prf: [proof] },
      verifierResolver,
    } as never)
    const verified = verifyInvocation(asked.bytes, { proofs: [proof.bytes], now: Date.now() / 1000 })
    expect(verified).toMatchObject({ ok: true, value: { invocation: { cmd: '/http/get' } } })
  })
})

/** Why iso-ucan is compared with and not relied on: each of these would let somebody do more than was delegated. */
describe('what iso-ucan takes, and we do not', () => {
  test('a command that another one is the beginning of', async () => {
    const proofs = [delegate(alice, bob, { cmd: '/htt' })]
    const asked = invoke(bob, proofs)
    expect([await theirs(asked, proofs), ours(asked, proofs)]).toEqual(['valid', 'InvalidCommand'])
  })

  test('selectors of which it skips what it does not know', () => {
    const args = { a: { '*': 'no', x: 'yes' } }
    const statement: Ipld = ['==', '.a!.x', 'yes']
    expect(validate(args, [statement as never])).toBe(true)
    expect(parsePolicy([statement])).toMatchObject({ ok: false })
  })

  test('fields that no delegation has, and policies that are none', async () => {
    const block = delegate(alice, bob, { caveat: 1 } as never)
    expect((await read(block)).cmd).toBe('/')
    expect(readToken(block.bytes)).toMatchObject({ ok: false, error: { reason: 'Malformed' } })
  })

  test('and what it refuses, and the specification has: a policy with 2.0 in it', async () => {
    const policy = parseDagJson('[["<", ".b", 2.0]]')
    if (!policy.ok) throw new Error(policy.error)
    const block = delegate(alice, bob, { pol: policy.value as Ipld[] })
    await expect(read(block)).rejects.toThrow('signature')
    expect(readToken(block.bytes)).toMatchObject({ ok: true })
    const parsed = parsePolicy(policy.value)
    expect(parsed.ok && failing(parsed.value, { b: 1 })).toBeUndefined()
  })
})

test('the vectors that are valid are so for both', async () => {
  const path = new URL('../../fixtures/ucan/invocation.json', import.meta.url)
  const value = parseDagJson(readFileSync(path, 'utf8'))
  if (!value.ok) throw new Error(value.error)
  const { valid } = value.value as unknown as { valid: { invocation: Uint8Array; proofs: Uint8Array[] }[] }
  const blockOf = (bytes: Uint8Array): Block => {
    const token = readToken(bytes)
    if (!token.ok) throw new Error(token.error.message)
    return token.value
  }
  for (const { invocation, proofs } of valid) {
    const [asked, all] = [blockOf(invocation), proofs.map(blockOf)]
    expect([await theirs(asked, all), ours(asked, all)]).toEqual(['valid', 'valid'])
  }
})
