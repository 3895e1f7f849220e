import { describe, expect, test } from 'vitest'
import type { Block } from '../../../dag/ipld.ts'
import { verifyInvocation, type VerifyOptions } from '../../../runtime/ucan/chain.ts'
import { coversCommand } from '../../../runtime/ucan/command.ts'
import { alice, bob, carol, delegate, invoke, mallory } from './tools.ts'

const verdict = (invocation: Block, proofs: Block[], own: Partial<VerifyOptions> = {}): string => {
  const verified = verifyInvocation(invocation.bytes, { proofs: proofs.map(({ bytes }) => bytes), now: 1000, ...own })
  return verified.ok ? 'valid' : `${verified.error.reason}: ${verified.error.message}`
}
/** Alice's delegation to Bob, and Bob's to Carol, who asks. */
function chain(first = {}, second = {}, asked = {}): [Block, Block[]] {
  const proofs = [delegate(alice, bob, first), delegate(bob, carol, second)]
  return [invoke(carol, proofs, asked), proofs]
}

test('delegations lead from the subject to whoever asks', () => {
  expect(verdict(...chain())).toBe('valid')
  expect(verdict(...chain({ cmd: '/http' }, { cmd: '/http/get' }))).toBe('valid')
})

describe('commands and policies only narrow', () => {
  test.each([
    ['/', '/http/get', true],
    ['/http', '/http', true],
    ['/http', '/http/get', true],
    ['/http', '/httpx', false],
    ['/http/get', '/http', false],
    ['/http/get', '/', false],
  ])('%s covers %s: %s', (granted, asked, covers) => expect(coversCommand(granted, asked)).toBe(covers))

  test('a command that one of them does not cover', () => {
    expect(verdict(...chain({ cmd: '/htt' }))).toMatch(/^InvalidCommand: .* is for `\/htt`, which does not cover `\/`$/)
    expect(verdict(...chain({ cmd: '/fs' }, { cmd: '/http' }))).toMatch(/^InvalidCommand/)
    expect(verdict(...chain({}, { cmd: '/http/post' }))).toMatch(/does not cover `\/http\/get`$/)
  })

  test('a policy of any of them that does not hold', () => {
    const args = { host: 'a.test', port: 443 }
    const only = { pol: [['==', '.host', 'a.test']] }
    const other = { pol: [['==', '.port', 80]] }
    expect(verdict(...chain(only, {}, { args }))).toBe('valid')
    expect(verdict(...chain(only, other, { args }))).toMatch(
      /^MatchError: .* demands \["==","\.port",80\], which does not hold$/,
    )
    expect(verdict(...chain(other, only, { args }))).toMatch(/^MatchError/)
  })
})

describe('times', () => {
  test('belong to it at both ends', () => {
    const [invocation, proofs] = chain({ nbf: 900, exp: 1000 })
    expect(verdict(invocation, proofs, { now: 900 })).toBe('valid')
    expect(verdict(invocation, proofs, { now: 1000 })).toBe('valid')
    expect(verdict(invocation, proofs, { now: 899 })).toMatch(
      /^TooEarly: of the delegation \S+, it may not be used yet: 1970-01-01T00:15:00Z$/,
    )
    expect(verdict(invocation, proofs, { now: 1001 })).toMatch(
      /^Expired: of the delegation \S+, it has expired: 1970-01-01T00:16:40Z$/,
    )
  })
  test('of the invocation itself count too', () => {
    expect(verdict(invoke(alice, [], { exp: 999 }), [])).toBe('Expired: it has expired: 1970-01-01T00:16:39Z')
  })
})

describe('a chain that proves nothing', () => {
  test('is one that somebody begins who is not its subject', () => {
    const proofs = [delegate(mallory, bob)]
    expect(verdict(invoke(bob, proofs), proofs)).toMatch(/^InvalidSubject: .* is the first one, and not by its subject/)
  })
  test('is one that does not begin with a subject', () => {
    const proofs = [delegate(alice, bob, { sub: null })]
    expect(verdict(invoke(bob, proofs), proofs)).toMatch(/^InvalidClaim: .* is about no subject$/)
  })
  test('is one for somebody else, or in another order', () => {
    const [, proofs] = chain()
    expect(verdict(invoke(mallory, proofs), proofs)).toBe(
      `InvalidAudience: the delegation ${proofs[1]!.cid} is for ${carol.did}, and ${mallory.did} uses it`,
    )
    expect(verdict(invoke(carol, proofs.toReversed()), proofs)).toMatch(/^InvalidAudience/)
  })
  test('is one about somebody else', () => {
    const proofs = [delegate(alice, bob), delegate(bob, carol, { sub: mallory.did })]
    expect(verdict(invoke(carol, proofs), proofs)).toMatch(/^InvalidSubject: .* is about .*, and not about/)
  })
  test('is one of which a part is missing, or was revoked', () => {
    const [invocation, [first, second]] = chain() as [Block, [Block, Block]]
    expect(verdict(invocation, [first])).toBe(
      `UnavailableProof: the delegation ${second.cid} that it names is not at hand`,
    )
    const revoked: VerifyOptions['revoked'] = cid => cid.equals(first.cid)
    expect(verdict(invocation, [first, second], { revoked })).toBe(
      `Revoked: of the delegation ${first.cid}, it was revoked`,
    )
  })
  test('is one that names an invocation as a proof', () => {
    const proofs = [invoke(alice)]
    expect(verdict(invoke(bob, proofs), proofs)).toMatch(/^InvalidClaim: its proof \S+ is no delegation$/)
  })
  test('is none at all', () => {
    expect(verdict(invoke(bob), [])).toBe(
      `InvalidClaim: it names no proof, and ${bob.did} is not its subject, ${alice.did}`,
    )
    expect(verdict(delegate(alice, bob), [])).toBe('Malformed: it is a delegation, which asks for nothing by itself')
  })
})

test('a delegation about no subject is about that of the one before it', () => {
  expect(verdict(...chain({}, { sub: null }))).toBe('valid')
  const proofs = [delegate(alice, bob), delegate(bob, carol, { sub: null })]
  expect(verdict(invoke(carol, proofs, { sub: bob.did }), proofs)).toMatch(/^InvalidSubject/)
})

test('an invocation is for its audience, else for its subject', () => {
  const to = invoke(alice, [], { aud: bob.did })
  expect(verdict(to, [], { audience: bob.did })).toBe('valid')
  expect(verdict(to, [], { audience: alice.did })).toBe(
    `InvalidAudience: it is meant for ${bob.did}, and this is ${alice.did}`,
  )
  expect(verdict(invoke(alice), [], { audience: alice.did })).toBe('valid')
})
