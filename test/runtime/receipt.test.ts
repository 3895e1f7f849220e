import { sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block } from '../../dag/cid.ts'
import { decode, encode } from '../../dag/codec.ts'
import { Float, isMap, type Ipld, type IpldMap } from '../../dag/ipld.ts'
import type { Receipt } from '../../runtime/interface.ts'
import { signerOf } from '../../runtime/did.ts'
import { readReceipt, SEMANTICS, signReceipt, verifyReceipt } from '../../runtime/receipt.ts'
import { newKey } from '../../runtime/store/key.ts'
import { Schema } from '../dag/schema.ts'

const schema = new Schema('receipt.ipldsch')
const signer = signerOf(newKey())
const receipt: Receipt = {
  ran: block({ n: 1 }).cid,
  out: ['ok', { a: [1, 'x', Uint8Array.of(1, 2)] }],
  meta: { ms: 1.5, memory: 131072, gas: 4711, attempts: [{ ms: 1.5, kind: null }], host: 'test' },
}

function opened(bytes: Uint8Array): { signature: Uint8Array; payload: IpldMap } {
  const envelope = decode(bytes)
  if (!envelope.ok || !Array.isArray(envelope.value)) throw new Error('no envelope')
  const [signature, payload] = envelope.value as [Uint8Array, Ipld]
  if (!isMap(payload)) throw new Error('no payload')
  return { signature, payload }
}

describe('a signed receipt', () => {
  test('is the envelope of UCAN 1.0 with a did:key', async () => {
    const { signature, payload } = opened((await signReceipt(receipt, signer)).bytes)
    expect(signature.length).toBe(64)
    expect(Object.keys(payload)).toEqual(['h', 'ipvm/receipt@0.1.0'])
    expect(Buffer.from(payload['h'] as Uint8Array).toString('hex')).toBe('3401ed01ed011371')
    expect(payload['ipvm/receipt@0.1.0']).toMatchObject({ iss: signer.did, prf: [], ran: receipt.ran })
    expect(signer.did).toMatch(/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/)
  })

  test('reads back as it was, success or failure', async () => {
    for (const out of [
      receipt.out,
      ['ok', null],
      ['error', { kind: 'trap', message: 'the component trapped', detail: 'unreachable' }],
      ['error', { kind: 'time', message: 'the time limit was reached' }],
      ['error', { kind: 'unwrap', message: 'there was no value to take', data: { a: [1, null] } }],
      ['error', { kind: 'unwrap', message: 'there was no value to take', detail: 'none', data: null }],
    ] satisfies Receipt['out'][]) {
      const { bytes } = await signReceipt({ ...receipt, out }, signer)
      const decoded = decode(bytes)
      expect(decoded.ok && schema.departs('SignedReceipt', decoded.value)).toBeUndefined()
      if (out[0] === 'error') expect(schema.departs('Failure', { ...out[1] })).toBeUndefined()
      const expected = { ok: true, value: { ...receipt, out, iss: signer.did, prf: [], semantics: SEMANTICS } }
      expect(readReceipt(bytes)).toEqual(expected)
      expect(verifyReceipt(bytes)).toEqual(expected)
    }
  })

  test('does not verify with any bit changed', async () => {
    const { bytes } = await signReceipt(receipt, signer)
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), bit => {
        const changed = bytes.with(bit >> 3, bytes[bit >> 3]! ^ (1 << (bit & 7)))
        expect(verifyReceipt(changed).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('is not by whom it names unless they have signed it', async () => {
    const { payload } = opened((await signReceipt(receipt, signer)).bytes)
    const forged = encode([new Uint8Array(sign(null, encode(payload), newKey())), payload])
    expect(readReceipt(forged).ok).toBe(true)
    expect(verifyReceipt(forged)).toMatchObject({ ok: false, error: { message: expect.stringContaining('signature') } })
  })

  test('is refused in any other form, however well it is signed', () => {
    const good: IpldMap = {
      ran: receipt.ran,
      out: ['ok', 1],
      meta: { ms: new Float(1), memory: 1, gas: 1, attempts: [{ ms: new Float(1), kind: 'time' }], host: 'h' },
      iss: signer.did,
      prf: [],
    }
    const meta = good['meta'] as IpldMap
    const bad: Ipld[] = [
      { ...good, extra: 1 },
      { ...good, ran: 'x' },
      { ...good, out: ['ok'] },
      { ...good, out: ['maybe', 1] },
      { ...good, out: ['error', { kind: 'nonsense', message: '' }] },
      { ...good, out: ['error', { kind: 'toString', message: '' }] },
      { ...good, meta: {} },
      { ...good, meta: { ...meta, ms: 1 } },
      { ...good, meta: { ...meta, attempts: 1 } },
      { ...good, meta: { ...meta, attempts: [null] } },
      { ...good, meta: { ...meta, attempts: [{ ms: new Float(1) }] } },
      { ...good, meta: { ...meta, attempts: [{ ms: 1, kind: null }] } },
      { ...good, meta: { ...meta, attempts: [{ ms: new Float(1), kind: 'nonsense' }] } },
      { ...good, meta: { ...meta, attempts: [{ ms: new Float(1), kind: null, more: 1 }] } },
      { ...good, meta: { ...meta, gas: -1 } },
      { ...good, meta: { ...meta, semantics: '2' } },
      { ...good, meta: { ...meta, semantics: 2, more: 1 } },
      { ...good, prf: [1] },
      { ...good, iss: 'did:key:zzzz' },
      { ...good, iss: 'did:web:example.com' },
      good['out']!,
      null,
    ]
    const signed = (content: Ipld): Uint8Array => {
      const payload = { h: Uint8Array.from([0x34, 1, 0xed, 1, 0xed, 1, 0x13, 0x71]), 'ipvm/receipt@0.1.0': content }
      return encode([new Uint8Array(sign(null, encode(payload), signer.key)), payload])
    }
    expect(verifyReceipt(signed(good)).ok).toBe(true)
    for (const content of bad) expect(verifyReceipt(signed(content)).ok, JSON.stringify(content)).toBe(false)
  })
})
