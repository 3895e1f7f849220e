/** A field of a protobuf message: a number (wire type 0) or bytes (wire type 2). */
export interface ProtobufField {
  field: number
  value: number | Uint8Array
}

/**
 * The fields of a protobuf message in their order; undefined where the bytes are no message. Fields of 32 or 64 fixed
 * bits count as none: neither DAG-PB nor the data of UnixFS has any.
 */
export function readProtobuf(bytes: Uint8Array): ProtobufField[] | undefined {
  const fields: ProtobufField[] = []
  let at = 0
  const varint = (): number | undefined => {
    let value = 0
    let scale = 1
    // Eight groups of seven bits reach past the safe integers, which nothing here needs.
    for (let i = 0; i < 8 && at < bytes.length; i++) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return Number.isSafeInteger(value) && (byte !== 0 || i === 0) ? value : undefined
      scale *= 128
    }
    return undefined
  }
  while (at < bytes.length) {
    const key = varint()
    if (key === undefined) return undefined
    const field = Math.floor(key / 8)
    const length = varint()
    if (length === undefined || field === 0) return undefined
    if (key % 8 === 0) fields.push({ field, value: length })
    else if (key % 8 === 2 && length <= bytes.length - at) {
      fields.push({ field, value: bytes.subarray(at, at + length) })
      at += length
    } else return undefined
  }
  return fields
}
