import { Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, writeFrame } from '../../../runtime/wasm/frames.ts'
import { Malformed, type Pack } from '../../../runtime/wasm/pack.ts'

const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).map((_, i) => i * 7 + length)
const pack = (block: number, ...large: number[]): Pack => ({ block: bytes(block), large: large.map(bytes) })

function written(...messages: Pack[]): Uint8Array {
  return Buffer.concat(chunksOf(...messages))
}

function chunksOf(...messages: Pack[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  const stream = new Writable({
    write(chunk: Uint8Array, _, done) {
      chunks.push(chunk)
      done()
    },
  })
  for (const message of messages) writeFrame(stream, message)
  return chunks
}

function reader(room: number): { read: FrameReader; heard: Pack[] } {
  const heard: Pack[] = []
  return {
    read: new FrameReader(
      () => room,
      message => heard.push(message),
    ),
    heard,
  }
}

const messages = [pack(12), pack(0), pack(0, 700, 0, 66, 0), pack(3, 5), pack(70_000, 66_000), pack(9)]

test('messages come out of a stream as they went in, wherever it is cut', () => {
  const stream = written(...messages)
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(64), fc.nat(stream.length)), { maxLength: 300 }), cuts => {
      const { read, heard } = reader(stream.length)
      let at = 0
      for (const cut of [...cuts, stream.length]) read.push(stream.subarray(at, (at += cut)))
      expect(heard).toEqual(messages)
    }),
    { numRuns: 50 },
  )
})

test('what is large is not copied', () => {
  const large = bytes(70_000)
  expect(chunksOf({ block: bytes(4), large: [large] }).map(({ buffer }) => buffer)).toContain(large.buffer)
})

test.each([700, 70_000])('a component’s bytes may be shared memory: %i of them', size => {
  const shared = new Uint8Array(new SharedArrayBuffer(size)).fill(5)
  const { read, heard } = reader(1e6)
  const message = { block: bytes(4), large: [shared] }
  // A socket takes no shared memory.
  expect(chunksOf(message).every(({ buffer }) => buffer instanceof ArrayBuffer)).toBe(true)
  read.push(written(message))
  expect(heard[0]!.large).toEqual([new Uint8Array(size).fill(5)])
})

test('a message may be as long as there is room, and no longer', () => {
  const stream = written(pack(1000, 700))
  const { read, heard } = reader(8 * 2 + 1000 + 700)
  read.push(stream)
  expect(heard).toHaveLength(1)
  expect(() => reader(8 * 2 + 1000 + 699).read.push(stream)).toThrow(Malformed)
})

test('a message for which there is no memory is none', () => {
  const { read } = reader(Number.MAX_SAFE_INTEGER)
  expect(() => read.push(new Uint8Array(Float64Array.of(1, 2 ** 50).buffer))).toThrow(Malformed)
})

test.each<[name: string, numbers: number[]]>([
  ['no parts', [0]],
  ['a negative number of parts', [-1]],
  ['half a part', [1.5]],
  ['parts without end', [Infinity]],
  ['a number of parts that is none', [NaN]],
  ['more parts than there is room for their lengths', [1001]],
  ['a part that is longer than what there is room for', [1, 8000]],
  ['parts that are longer together', [2, 4000, 4000]],
  ['a part of negative length', [2, 9000, -1100]],
  ['a part of half a byte', [1, 0.5]],
  ['a part of a length that is none', [1, NaN]],
])('%s is no message, which is known before anything is made of it', (_, numbers) => {
  const { read, heard } = reader(8000)
  expect(() => read.push(new Uint8Array(Float64Array.from(numbers).buffer))).toThrow(Malformed)
  expect(heard).toEqual([])
})
