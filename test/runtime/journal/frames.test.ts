import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ipld } from '../../../dag/ipld.ts'
import { encodeFrame, readFrames, seedOf } from '../../../runtime/journal/frames.ts'

/** A journal with these records, and where each frame ends. */
function journalOf(frames: Ipld[][], epochs: number[] = frames.map(() => 1)): { bytes: Uint8Array; ends: number[] } {
  let seed = 0
  let bytes = new Uint8Array()
  const ends: number[] = []
  for (const [number, records] of frames.entries()) {
    const parts = encodeFrame({ number, epoch: epochs[number]!, records }, seed)
    if (number === 0) seed = seedOf(parts)
    bytes = Buffer.concat([bytes, ...parts])
    ends.push(bytes.length)
  }
  return { bytes, ends }
}

const records: Ipld[][] = [
  [{ kind: 'begin', nonce: new Uint8Array(16).fill(7) }],
  [{ a: 1 }, 'two', [3]],
  [],
  [{ b: 'last' }],
]

describe('frames', () => {
  test('are read as they were written', () => {
    const { bytes } = journalOf(records, [1, 1, 2, 5])
    const read = readFrames(bytes)
    expect(read).toMatchObject({ ok: true, value: { size: bytes.length } })
    expect(read.ok && read.value.frames.map(frame => [frame.epoch, frame.records])).toEqual([
      [1, records[0]],
      [1, records[1]],
      [2, records[2]],
      [5, records[3]],
    ])
  })

  test('of which the last is torn anywhere are those before it', () => {
    const { bytes, ends } = journalOf(records)
    for (let size = 0; size < bytes.length; size++) {
      const whole = ends.filter(end => end <= size)
      for (const tail of [new Uint8Array(), new Uint8Array(Math.min(40, bytes.length - size))])
        expect(readFrames(Buffer.concat([bytes.subarray(0, size), tail])), `cut at ${size}`).toMatchObject({
          ok: true,
          value: { size: whole.at(-1) ?? 0, frames: { length: whole.length } },
        })
    }
  })

  test('that are changed anywhere but at the end are an error, and at the end as if they were not there', () => {
    const { bytes, ends } = journalOf(records)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= 0x10
      const frame = ends.findIndex(end => at < end)
      const read = readFrames(changed)
      if (frame === 0) expect(read.ok ? read.value.frames.length : 0).toBe(0)
      else if (frame === records.length - 1)
        expect(read).toMatchObject({ ok: true, value: { frames: { length: frame } } })
      else expect(read).toEqual({ ok: false, error: `frame ${frame}, at byte ${ends[frame - 1]}, is damaged` })
    }
  })

  test('of an older writer, or out of their order, are an error', () => {
    const { bytes } = journalOf(records, [1, 2, 1, 2])
    expect(readFrames(bytes)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^frame 2, at byte \d+, is out of order$/),
    })
    const { bytes: whole, ends } = journalOf(records)
    const without = Buffer.concat([whole.subarray(0, ends[0]), whole.subarray(ends[1])])
    expect(readFrames(without)).toMatchObject({ ok: false, error: expect.stringContaining('out of order') })
  })

  test('are not found in what others have sent', () => {
    const foreign = journalOf(records).bytes
    const { bytes, ends } = journalOf([records[0]!.concat('own'), [{ kind: 'block', bytes: foreign }]])
    expect(readFrames(bytes.subarray(0, bytes.length - 1))).toMatchObject({ ok: true, value: { size: ends[0] } })
  })

  test('are bounded by what is there, whatever the bytes say', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 150 }), (noise, at) => {
        const { bytes } = journalOf(records)
        const changed = Uint8Array.from(bytes)
        changed.set(noise.subarray(0, Math.max(0, changed.length - at)), Math.min(at, changed.length))
        const read = readFrames(changed)
        expect(read.ok ? read.value.frames.length <= records.length : typeof read.error).toBeTruthy()
      }),
      { numRuns: 500 },
    )
  })
})
