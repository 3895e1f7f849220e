import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../../dag/codec.ts'
import { toDagJson } from '../../../dag/json.ts'
import { maxContainer, readContainer, writeContainer } from '../../../runtime/ucan/container.ts'
import { alice, bob, delegate } from './tools.ts'

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../fixtures/ucan/container/${name}`, import.meta.url))
const forms = ['Base64StdPadding', 'Base64StdPaddingGzipped', 'Base64URL', 'Base64URLGzipped', 'Bytes', 'BytesGzipped']

// Each of them has tokens of its own.
test.each(forms)('the vector %s of the specification holds ten tokens', name => {
  const read = readContainer(fixture(name))
  const envelopes = read.ok ? read.value.map(bytes => decode(bytes)) : []
  expect(envelopes).toHaveLength(10)
  for (const envelope of envelopes)
    expect(envelope).toMatchObject({ ok: true, value: [expect.any(Uint8Array), { h: expect.any(Uint8Array) }] })
})

test('a container is the same in whichever order and however often its tokens are given', () => {
  const tokens = [delegate(alice, bob).bytes, delegate(alice, bob).bytes]
  expect(writeContainer([...tokens, ...tokens.toReversed()])).toEqual(writeContainer(tokens.toReversed()))
})

describe('one token', () => {
  const { bytes } = delegate(alice, bob)
  const buffer = Buffer.from(bytes)
  const value = decode(bytes)
  test.each<[string, Uint8Array | string]>([
    ['as it is', bytes],
    ['in base64, with a line feed', `${buffer.toString('base64')}\n`],
    ['in base64url', buffer.toString('base64url')],
    ['in hexadecimal digits', buffer.toString('hex')],
    ['as bytes in DAG-JSON', toDagJson(bytes)],
    ['as DAG-JSON', value.ok ? toDagJson(value.value, 2) : ''],
    ['in a container of its own', writeContainer([bytes, bytes])],
    ['in a container as text', writeContainer([bytes], true)],
  ])('%s', (_, given) => {
    const read = readContainer(typeof given === 'string' ? Buffer.from(given) : given)
    expect(read.ok && read.value.map(token => Buffer.from(token))).toEqual([buffer])
  })
})

describe('what is refused', () => {
  const none = 'it is neither a token of UCAN nor a container of some'
  const broken = 'it begins as a container of tokens, and is none'
  const packed = (value: Parameters<typeof encode>[0]): Buffer => Buffer.concat([Buffer.from('@'), encode(value)])
  test.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.from(''), none],
    ['a text', Buffer.from('hello'), none],
    ['JSON', Buffer.from('{"a": 1}'), none],
    ['JSON that is broken', Buffer.from('[1'), none],
    ['base64 of something else', Buffer.from('gAAA', 'base64'), none],
    ['a container that is cut off', writeContainer([delegate(alice, bob).bytes]).subarray(0, 50), broken],
    ['a container of another key', packed({ 'ctn-v2': [] }), broken],
    ['a container of two keys', packed({ 'ctn-v1': [], a: 1 }), broken],
    ['a container of texts', packed({ 'ctn-v1': ['x'] }), broken],
    ['base64 with something else in it', Buffer.from('Boa*'), broken],
    ['what is no gzip', Buffer.from('Mxxxx'), broken],
    [
      'gzip of more than may be read',
      Buffer.concat([Buffer.from('M'), gzipSync(new Uint8Array(2 * maxContainer))]),
      `it unpacks to more than ${maxContainer} bytes`,
    ],
    [
      'too many tokens',
      packed({ 'ctn-v1': Array.from({ length: 1025 }, () => new Uint8Array()) }),
      'it holds more than 1024 tokens',
    ],
    ['too large a file', new Uint8Array(maxContainer + 1), `it has more than ${maxContainer} bytes`],
  ])('%s', (_, bytes, why) => expect(readContainer(bytes)).toEqual({ ok: false, error: why }))
})
