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
  let depth = 0
  const add = (value: Value): void => {
    switch (typeof value) {
      case 'number':
        sum += cost.number
        return
      case 'bigint':
        sum += cost.bigint
        return
      case 'string':
        // A code unit takes three bytes of UTF-8 at the most, and two in the host.
        sum += cost.string + 2 * cost.content * value.length
        return
      case 'object':
        if (value === null) break
        if (value instanceof Uint8Array) sum += cost.bytes + cost.byte * value.length
        // What nests deeper fits no type.
        else if (depth < maxDepth) parts(value)
        return
    }
    sum += cost.small
  }
  const parts = (value: object): void => {
    depth++
    if (Array.isArray(value)) {
      sum += cost.list
      let numbers = 0
      for (let i = 0; i < value.length && sum <= limit; i++) {
        if (typeof value[i] === 'number') {
          numbers++
          sum += cost.listed
        } else add(value[i] as Value)
      }
      if (numbers < value.length) sum += numbers * (cost.number - cost.listed)
    } else {
      sum += cost.object
      for (const key of Object.keys(value)) {
        sum += cost.field + key.length
        add((value as { [key: string]: Value })[key]!)
        if (sum > limit) break
      }
    }
    depth--
  }
  for (const value of values) add(value)
  return sum > trifle ? sum : 0
}

const maxDepth = 200

/** Bytes. */
export const trifle = 1024
