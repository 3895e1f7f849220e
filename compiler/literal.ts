import { cidOf } from '../dag/cid.ts'
import { partsOf, type Operand } from '../dag/graph.ts'
import { isAtom } from '../dag/inline.ts'
import { Float, type Ipld } from '../dag/ipld.ts'
import type { Type } from '../dag/types.ts'
import { mapParts, type Open } from './open.ts'

/**
 * Whether a link cannot stand where a value of this type is expected, but has to be followed first: such values never
 * stand in a block of their own, or one of theirs could be taken for their content (`dag/materialize.ts`).
 */
export function needsLoad(type: Type): boolean {
  return isAtom(type) || type.kind === 'enum' || type.kind === 'option'
}

/** Secrecy is a matter of the compiler and the runtime, not of how values are written. */
export function withoutSecrets(type: Type): Type {
  const strip = (part: Open): Open => (part.kind === 'secret' ? strip(part.of) : mapParts(part, strip))
  return strip(type) as Type
}

export function number(value: bigint | number, type: Type): Ipld {
  if (type.kind === 'f32') return new Float(Math.fround(Number(value)))
  if (type.kind === 'f64') return new Float(Number(value))
  const integer = BigInt(value)
  const small = integer >= BigInt(Number.MIN_SAFE_INTEGER) && integer <= BigInt(Number.MAX_SAFE_INTEGER)
  return small ? Number(integer) : integer
}

/** Two values have the same key if and only if they are the same in IPLD. */
export function keyOf(value: Ipld): string {
  if (value instanceof Uint8Array) return `bytes ${cidOf(value, 'raw')}`
  if (value instanceof Float) return `float ${Object.is(value.value, -0) ? '-0' : value.value}`
  if (typeof value === 'bigint') return `integer ${value}`
  if (typeof value === 'number') return `integer ${value}`
  if (typeof value === 'object' && value !== null) return `link-or-data ${JSON.stringify(value)}`
  return JSON.stringify(value)
}

/** Most parts of a constant, counted as often as they stand in it: shared parts make a short text a huge value. */
export const MAX_PARTS = 1_000_000

export function partCount(operand: Operand, known = new Map<Operand, number>()): number {
  if (operand.kind !== 'list' && operand.kind !== 'map') return 1
  let count = known.get(operand)
  if (count === undefined) {
    count = partsOf(operand).reduce((sum, part) => sum + partCount(part, known), 1)
    known.set(operand, count)
  }
  return count
}

/** The value of an operand without holes. */
export function literal(operand: Operand): Ipld {
  switch (operand.kind) {
    case 'value':
      return operand.value
    case 'list':
      return operand.items.map(literal)
    case 'map':
      return Object.fromEntries(operand.entries.map(([key, part]): [string, Ipld] => [key, literal(part)]))
    default:
      throw new Error('a constant has a hole')
  }
}
