import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Register } from '../../../runtime/ucan/register.ts'
import { alice, bob, delegate, nonce } from './tools.ts'

const made: string[] = []
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true })
})
function store(): string {
  const path = mkdtempSync(join(tmpdir(), 'ipvm-register-'))
  made.push(path)
  return path
}

describe('a nonce', () => {
  test('of an issuer is used once, whoever asks', () => {
    const folder = store()
    const [one, other] = [nonce(), nonce()]
    expect(new Register(folder).spend(alice.did, one)).toBe(true)
    expect(new Register(folder).spend(alice.did, one)).toBe(false)
    expect(new Register(folder).spend(alice.did, other)).toBe(true)
    expect(new Register(folder).spend(bob.did, one)).toBe(true)
    expect(new Register(folder).spend(alice.did, one)).toBe(false)
    expect(readdirSync(join(folder, 'ucan/nonces'))).toHaveLength(3)
  })
  test('of nothing is one too', () => {
    const register = new Register(store())
    expect([1, 2].map(() => register.spend(alice.did, new Uint8Array()))).toEqual([true, false])
  })
  test('that cannot be noted is not used', () => {
    expect(() => new Register('/dev/null').spend(alice.did, nonce())).toThrow(
      '/dev/null/ucan/nonces cannot be used: ENOTDIR',
    )
  })
})

describe('a token that was revoked', () => {
  test('is known from then on', () => {
    const folder = store()
    const [one, other] = [delegate(alice, bob), delegate(alice, bob)]
    expect(new Register(folder).revoked()(one.cid)).toBe(false)
    new Register(folder).revoke(one.cid)
    expect(new Register(folder).revoked()(one.cid)).toBe(true)
    expect(new Register(folder).revoked()(other.cid)).toBe(false)
  })
  test('may be noted by hand; what names none is an error, and not passed over', () => {
    const folder = store()
    const [one, other] = [delegate(alice, bob), delegate(alice, bob)]
    new Register(folder).revoke(one.cid)
    appendFileSync(join(folder, 'ucan/revoked'), `\n# by mail\n  ${other.cid} \n`)
    expect(new Register(folder).revoked()(other.cid)).toBe(true)
    appendFileSync(join(folder, 'ucan/revoked'), 'bafy\n')
    expect(() => new Register(folder).revoked()).toThrow('ucan/revoked: line 5 is no CID')
  })
})
