import { Float, isLink, type Ipld } from './ipld.ts'

/** Bytes of the head of a CBOR item with this count or magnitude. */
export function headSize(count: number | bigint): number {
  return count < 24 ? 1 : count < 256 ? 2 : count < 65536 ? 3 : count < 4294967296 ? 5 : 9
}

/** Bytes that `encode` would give, without encoding. */
export function encodedSize(value: Ipld): number {
  switch (typeof value) {
    case 'number':
      return headSize(value < 0 ? -1 - value : value)
    case 'string':
      return textSize(value)
    case 'boolean':
      return 1
    case 'bigint':
      return headSize(value < 0n ? -1n - value : value)
  }
  if (value === null) return 1
  if (value instanceof Float) return 9
  if (value instanceof Uint8Array) return headSize(value.length) + value.length
  if (isLink(value)) return 2 + headSize(value.bytes.length + 1) + value.bytes.length + 1
  if (Array.isArray(value)) {
    let size = headSize(value.length)
    for (const item of value) size += encodedSize(item)
    return size
  }
  const keys = Object.keys(value)
  let size = headSize(keys.length)
  for (const key of keys) size += textSize(key) + encodedSize(value[key]!)
  return size
}

/** Bytes of an encoded string. */
export function textSize(text: string): number {
  const length = Buffer.byteLength(text)
  return headSize(length) + length
}
