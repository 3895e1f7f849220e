import type { AbiType } from '../../../dag/component/ast.ts'
import type { Value } from '../../../dag/value.ts'
import type { Crossing, FlatReader, FlatType, FlatValue } from './crossing.ts'
import { handle } from './handles.ts'
import { list } from './lists.ts'
import { record, tuple } from './records.ts'
import { char, flags, float, integer, boolean, unit } from './scalars.ts'
import { string } from './strings.ts'
import { enumeration, option, result, variant } from './variants.ts'

/**
 * How values of one type cross between JavaScript form (`dag/value.ts`) and a guest (Component Model, canonical ABI).
 * Made once for each type; holds no state of a call.
 *
 * `load` and `lift` take what a guest gives, and trap where it breaks the rules. `store` and `lower` take what our
 * side gives, and change nothing to make it fit: they take exactly the values that `lower` of `dag/value.ts` takes,
 * and throw a {@link Misfit} for any other.
 */
export interface Codec {
  /** Bytes in memory, and their alignment ("elem_size", "alignment"). */
  readonly size: number
  readonly align: number
  /** Core types that it flattens to; longer lists than {@link flatLimit} are cut off one after it. */
  readonly flat: readonly FlatType[]
  /**
   * Bytes for which gas is counted when it is lifted (docs/gas.md), apart from what strings and lists hold. Names are in
   * it: they are copied with every value that leaves the thread, and may be long.
   */
  readonly weight: number
  /** Bytes that a lifted value counts against the memory limit (`costs.ts`), apart from what strings and lists hold. */
  readonly cost: number
  /** The caller has checked that `size` bytes at `at` lie in the memory and are aligned. */
  load(crossing: Crossing, at: number): Value
  /** As `load`; views of the memory may be stale afterwards. */
  store(crossing: Crossing, value: Value, at: number): void
  lift(crossing: Crossing, flat: FlatReader): Value
  lower(crossing: Crossing, value: Value, flat: FlatValue[]): void
}

/** MAX_FLAT_PARAMS: beyond it, all parameters go through memory. */
export const flatLimit = 16

const codecs = new WeakMap<AbiType, Codec>()

export function codecOf(type: AbiType): Codec {
  let codec = codecs.get(type)
  if (!codec) codecs.set(type, (codec = make(type)))
  return codec
}

function make(type: AbiType): Codec {
  switch (type.kind) {
    case 'bool':
      return boolean
    case 'f32':
    case 'f64':
      return float(type.kind)
    case 'char':
      return char
    case 'string':
      return string
    case 'unit':
      return unit
    case 'list':
      return list(type.element.kind, codecOf(type.element))
    case 'option':
      return option(codecOf(type.some), type.some.kind === 'option')
    case 'result':
      return result(codecOf(type.ok), codecOf(type.error))
    case 'tuple':
      return tuple(type.items.map(codecOf))
    case 'record':
      return record(type.fields.map(field => ({ name: field.name, codec: codecOf(field.type) })))
    case 'variant':
      return variant(type.cases.map(one => ({ name: one.name, codec: one.type ? codecOf(one.type) : unit })))
    case 'enum':
      return enumeration(type.cases)
    case 'flags':
      return flags(type.flags)
    case 'own':
    case 'borrow':
      return handle(type.kind, type.resource)
    default:
      return integer(type.kind)
  }
}

export function alignTo(at: number, align: number): number {
  return Math.ceil(at / align) * align
}

/** Joins lists of flat types one after the other, cut off where they are too many to matter. */
export function flatten(parts: readonly (readonly FlatType[])[]): FlatType[] {
  const flat: FlatType[] = []
  for (const part of parts) {
    flat.push(...part)
    if (flat.length > flatLimit) return flat.slice(0, flatLimit + 1)
  }
  return flat
}

/** A value that our side gives does not fit its type. Where it stands is found out later (`component.ts`). */
export class Misfit extends TypeError {}

export function misfit(value: unknown, type: string): never {
  throw new Misfit(`a value of type ${typeof value} was given for ${type}`)
}
