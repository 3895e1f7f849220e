import type { Value } from '../../dag/value.ts'

/**
 * Makes byte arrays fit for another thread. The arguments of a call stay their caller's, so that nothing of theirs is
 * handed over; but cloning a view clones all of the buffer behind it, so that a small view of a large buffer is copied
 * out first, and its copy handed over.
 *
 * @returns the same values where there is nothing to do, and the buffers to hand over
 */
export function ownBuffers(values: Value[]): [values: Value[], transfer: ArrayBuffer[]] {
  const transfer: ArrayBuffer[] = []
  return [values.map(value => own(value, transfer)), transfer]
}

function own(value: Value, transfer: ArrayBuffer[]): Value {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) {
    if (value.byteLength === value.buffer.byteLength) return value
    const copy = value.slice()
    transfer.push(copy.buffer)
    return copy
  }
  if (Array.isArray(value)) {
    // Lists are of one type: where the first element is flat, all are, unless it is a tuple, which is short.
    if (value.length > 64 && (typeof value[0] !== 'object' || value[0] === null)) return value
    return value.map(item => own(item, transfer))
  }
  const copy: { [key: string]: Value } = {}
  for (const [key, item] of Object.entries(value)) copy[key] = own(item as Value, transfer)
  return copy
}
