import { sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../dag/codec.ts'
import { Float, type Ipld, type IpldMap } from '../../../dag/ipld.ts'
import { VARSIG } from '../../../runtime/did.ts'
import { readToken } from '../../../runtime/ucan/token.ts'
import { alice, bob, delegate, invoke, partsOf } from './tools.ts'

/** A delegation of Alice's with other fields, signed by her. */
function changed(change: IpldMap, { drop = [], tag = 'ucan/dlg@1.0.0', h = VARSIG as Ipld } = {}): Uint8Array {
  const [, signed] = partsOf(delegate(alice, bob).bytes)
  const payload = { ...(signed['ucan/dlg@1.0.0'] as IpldMap), ...change }
  for (const name of drop as string[]) delete payload[name]
  return signedBy({ h, [tag]: payload })
}
function signedBy(payload: Ipld, signer = alice): Uint8Array {
  return encode([new Uint8Array(sign(null, encode(payload), signer.key)), payload])
}
function changedInvocation(change: IpldMap): Uint8Array {
  const [, signed] = partsOf(invoke(alice).bytes)
  return signedBy({ h: VARSIG, 'ucan/inv@1.0.0': { ...(signed['ucan/inv@1.0.0'] as IpldMap), ...change } })
}

const refusal = (bytes: Uint8Array): string => {
  const token = readToken(bytes)
  return token.ok ? 'taken' : `${token.error.reason}: ${token.error.message}`
}

describe('a token', () => {
  test('of ours is read as it was signed', () => {
    const pol: Ipld[] = [
      ['==', '.host', 'example.com'],
      ['<', '.port', new Float(1000)],
    ]
    const block = delegate(alice, bob, { cmd: '/http/get', pol, exp: 2_000_000_000, nbf: 1 })
    expect(readToken(block.bytes)).toMatchObject({
      ok: true,
      value: {
        ...{ kind: 'delegation', cid: block.cid, iss: alice.did, aud: bob.did, sub: alice.did },
        policy: pol,
        nbf: 1,
      },
    })
  })

  test('of the last draft of the specification is read too', () => {
    expect(refusal(changed({}, { tag: 'ucan/dlg@1.0.0-rc.1' }))).toBe('taken')
  })

  test('has DIDs that are compared without their fragments', () => {
    const token = readToken(changed({ iss: `${alice.did}#${alice.did.slice(8)}` }))
    expect(token).toMatchObject({ ok: true, value: { iss: alice.did } })
  })

  const tokens: [string, Uint8Array, string][] = [
    ['no CBOR', Buffer.from('hello'), 'Malformed: not canonical DAG-CBOR'],
    ['nothing', new Uint8Array(), 'Malformed: not canonical DAG-CBOR'],
    ['a number', encode(1), 'Malformed: it is no signed envelope'],
    ['more than two parts', encode([new Uint8Array(64), {}, 1]), 'Malformed: it is no signed envelope'],
    ['of another kind', changed({}, { tag: 'ucan/rev@1.0.0' }), 'Malformed: its payload is neither'],
    ['of another version', changed({}, { tag: 'ucan/dlg@2.0.0' }), 'Malformed: its payload is neither'],
    ['more than a payload', signedBy({ h: VARSIG, x: 1, 'ucan/dlg@1.0.0': {} }), 'Malformed: its payload is neither'],
    ['too large', changed({ meta: { a: 'x'.repeat(300_000) } }), 'Malformed: a block of'],
    ['without a command', changed({}, { drop: ['cmd'] as never }), 'Malformed: its field `cmd` is missing'],
    ['without an end', changed({}, { drop: ['exp'] as never }), 'Malformed: its field `exp` is missing'],
    ['with a field too many', changed({ caveat: 1 }), 'Malformed: there is no field "caveat" in a delegation'],
    ['with a fraction of a second', changed({ exp: new Float(1.5) }), 'Malformed: its field `exp` is neither null nor'],
    ['with a second as a float', changed({ nbf: new Float(1) }), 'Malformed: its field `nbf` is not whole seconds'],
    ['with more than 53 bits', changed({ exp: 2n ** 60n }), 'Malformed: its field `exp` is neither null nor'],
    ['with a text for a nonce', changed({ nonce: 'x' }), 'Malformed: its field `nonce` is no bytes'],
    ['for nobody', changed({ aud: 'bob' }), 'Malformed: its field `aud` is no DID'],
    ['about nothing', changed({ sub: 1 }), 'Malformed: its field `sub` is no DID'],
    [
      'with a command in upper case',
      changed({ cmd: '/HTTP' }),
      'Malformed: its field `cmd` is "/HTTP": a command is in lower case',
    ],
    ['with a command that ends', changed({ cmd: '/http/' }), 'a command does not end with `/`'],
    ['with a command of no beginning', changed({ cmd: 'http' }), 'a command begins with `/`'],
    ['with an empty segment', changed({ cmd: '/a//b' }), 'two `/` stand together in it'],
    [
      'with a policy that is none',
      changed({ pol: [['=', '.', 1]] }),
      'Malformed: its policy cannot be read: there is no operator "="',
    ],
    ['with other metadata', changed({ meta: [] }), 'Malformed: its field `meta` is no map'],
    ['with a list of arguments', changedInvocation({ args: [] }), 'Malformed: its field `args` is no map'],
    [
      'with proofs that are no links',
      changedInvocation({ prf: ['x'] }),
      'Malformed: its field `prf` is no list of links',
    ],
    ['with an invocation about nobody', changedInvocation({ sub: null }), 'Malformed: its field `sub` is no DID'],
    [
      'signed in another way',
      changed({}, { h: Uint8Array.from([0x34, 1, 0xed, 1, 0xed, 1, 0x13, 0x5f]) }),
      'InvalidSignature: it is not signed by Ed25519 over DAG-CBOR',
    ],
    [
      'signed by another',
      changed({ iss: bob.did }),
      `InvalidSignature: its signature is not by its issuer, ${bob.did}`,
    ],
    [
      'by who has no key',
      changed({ iss: 'did:web:example.com' }),
      'InvalidSignature: its issuer did:web:example.com is no `did:key` of Ed25519',
    ],
    [
      'by a key of another kind',
      changed({ iss: 'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169' }),
      'InvalidSignature: its issuer',
    ],
  ]
  test.each(tokens)('%s is refused', (_, bytes, why) => expect(refusal(bytes)).toContain(why))

  test('that is not encoded canonically is refused, whatever its signature says', () => {
    const { bytes } = delegate(alice, bob)
    // The array of two as one of a length that is written out.
    expect(refusal(Buffer.concat([Uint8Array.from([0x98, 0x02]), bytes.subarray(1)]))).toContain(
      'Malformed: not canonical',
    )
    expect(refusal(Buffer.concat([bytes, Uint8Array.of(0)]))).toContain('Malformed: not canonical')
  })

  test('is refused where any byte of it differs', () => {
    const { bytes } = delegate(alice, bob, { pol: [['==', '.host', 'a']] })
    for (let at = 0; at < bytes.length; at++) {
      const other = Uint8Array.from(bytes)
      other[at]! ^= 1
      expect(refusal(other)).not.toBe('taken')
    }
  })
})
