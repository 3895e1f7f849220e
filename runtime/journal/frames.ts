import { crc32 } from 'node:zlib'
import { decode, encode, maxBlockSize } from '../../dag/codec.ts'
import { fail, ok, type Result } from '../../dag/result.ts'
import type { Ipld } from '../../dag/ipld.ts'

/**
 * A journal is a row of frames; each holds what was written with one sync. A frame begins with `IPVJ`, its number from 0
 * and the epoch of its writer, the length of the body and a CRC-32 of it, and a CRC-32 of these words (big-endian, four
 * bytes each); the body is a row of DAG-CBOR records, each behind its length. The CRCs of a frame begin with that of the
 * body of the first one, which nobody else knows, so that what others have sent is never taken for a frame.
 */
export interface Frame {
  number: number
  epoch: number
  records: Ipld[]
}

const MAGIC = 0x4950564a
const HEADER = 24
/** Bytes of the largest record: a block and what stands around it. */
const maxRecord = maxBlockSize + 4096

/** @param seed that of {@link seedOf} the first frame; 0 for that one itself */
export function encodeFrame({ number, epoch, records }: Frame, seed: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  let length = 0
  let check = seed
  for (const record of records) {
    const bytes = encode(record)
    const size = wordsOf(bytes.length)
    check = crc32(bytes, crc32(size, check))
    length += size.length + bytes.length
    parts.push(size, bytes)
  }
  const words = wordsOf(MAGIC, number, epoch, length, check)
  return [words, wordsOf(crc32(words, seed)), ...parts]
}

/** What the CRCs of all later frames begin with. */
export function seedOf(first: readonly Uint8Array[]): number {
  return new DataView(first[0]!.buffer, first[0]!.byteOffset).getUint32(16)
}

/**
 * Reads the frames of a journal. One frame is written at a time and synced before the next, so that only the last one can
 * be torn by a crash; it is left out, as if it had not been written: nothing of it has been done yet.
 *
 * @returns the frames, how many bytes they take, and the seed; fails where one is damaged and others stand behind it
 */
export function readFrames(bytes: Uint8Array): Result<{ frames: Frame[]; size: number; seed: number }, string> {
  const frames: Frame[] = []
  let at = 0
  let epoch = 0
  let seed = 0
  for (;;) {
    const read = readFrame(bytes, at, seed)
    if (!read) break
    if (read.frame.number !== frames.length || read.frame.epoch < epoch)
      return fail(`frame ${frames.length}, at byte ${at}, is out of order`)
    if (frames.length === 0) seed = seedOf([bytes])
    epoch = read.frame.epoch
    frames.push(read.frame)
    at = read.end
  }
  if (frames.length > 0)
    for (let later = at + 1; later + HEADER <= bytes.length; later++)
      if (readFrame(bytes, later, seed)) return fail(`frame ${frames.length}, at byte ${at}, is damaged`)
  return ok({ frames, size: at, seed })
}

function readFrame(bytes: Uint8Array, at: number, seed: number): { frame: Frame; end: number } | undefined {
  if (at + HEADER > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER)
  if (view.getUint32(0) !== MAGIC || crc32(bytes.subarray(at, at + 20), seed) !== view.getUint32(20)) return undefined
  const start = at + HEADER
  const end = start + view.getUint32(12)
  if (end > bytes.length || crc32(bytes.subarray(start, end), seed) !== view.getUint32(16)) return undefined
  const records: Ipld[] = []
  for (let next = start; next < end;) {
    if (next + 4 > end) return undefined
    const from = next + 4
    next = from + new DataView(bytes.buffer, bytes.byteOffset + next, 4).getUint32(0)
    const record = next <= end ? decode(bytes.subarray(from, next), { size: maxRecord }) : undefined
    if (!record?.ok) return undefined
    records.push(record.value)
  }
  return { frame: { number: view.getUint32(4), epoch: view.getUint32(8), records }, end }
}

function wordsOf(...words: number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4)
  const view = new DataView(bytes.buffer)
  words.forEach((word, at) => view.setUint32(at * 4, word))
  return bytes
}
