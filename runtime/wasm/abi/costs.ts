import type { Value } from '../../../dag/value.ts'

/**
 * Bytes that values count against the memory limit of a task: what one takes at its worst moment, in all of the host
 * together. A result is there as a value of the worker, in a pack, and as a value again (docs/wasm.md, Memory). Measured
 * in Node 22 and 24, with the place that holds it; the figures are the same everywhere, since they are in receipts.
 */
export const cost = {
  /** `null`, a boolean, an integer of up to 16 bits. */
  small: 24,
  number: 64,
  /** In a list of nothing but numbers, which the engine keeps as they are. */
  listed: 48,
  bigint: 104,
  char: 112,
  /** Without its content. */
  string: 128,
  /** Each byte of a string as it lies in a memory. */
  content: 4,
  /** The content of a `list<u8>`, each byte, and what is beside it. */
  byte: 2,
  bytes: 896,
  list: 256,
  /** An object, and each of its fields besides what the field holds and the length of its name. */
  object: 256,
  field: 56,
  handle: 64,
} as const

/**
 * What arguments count as long as their call lasts; a trifle is part of what every call takes.
 *
 * @param limit bytes; where it is passed, the rest is not looked at
 */
export function costOf(values: readonly Value[], limit: number): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum = add(values[i]!, sum, limit, 0)
  return sum > trifle ? sum : 0
}

/** @returns the sum with the value */
function add(value: Value, sum: number, limit: number, depth: number): number {
  switch (typeof value) {
    case 'number':
      return sum + cost.number
    case 'bigint':
      return sum + cost.bigint
    case 'string':
      // A code unit takes three bytes of UTF-8 at the most, and two in the host.
      return sum + cost.string + 2 * cost.content * value.length
    case 'object':
      if (value === null) break
      if (value instanceof Uint8Array) return sum + cost.bytes + cost.byte * value.length
      // What nests deeper fits no type.
      return depth < maxDepth ? addParts(value, sum, limit, depth + 1) : sum
  }
  return sum + cost.small
}

function addParts(value: object, sum: number, limit: number, depth: number): number {
  if (Array.isArray(value)) {
    sum += cost.list
    let numbers = 0
    for (let i = 0; i < value.length && sum <= limit; i++) {
      if (typeof value[i] === 'number') {
        numbers++
        sum += cost.listed
      } else sum = add(value[i] as Value, sum, limit, depth)
    }
    return numbers < value.length ? sum + numbers * (cost.number - cost.listed) : sum
  }
  sum += cost.object
  for (const key of Object.keys(value)) {
    sum = add((value as { [key: string]: Value })[key]!, sum + cost.field + key.length, limit, depth)
    if (sum > limit) break
  }
  return sum
}

const maxDepth = 200

/** Bytes. */
export const trifle = 1024
