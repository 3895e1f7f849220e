import { CID } from 'multiformats/cid'

/**
 * The IPLD data model as this project holds it in memory.
 *
 * Integers within the safe range are `number`, wider ones `bigint`; a floating point number is always a
 * {@link Float}, so that 1.0 and 1 stay two values (docs/dag.md, Values).
 */
export type Ipld = null | boolean | number | bigint | Float | string | Uint8Array | CID | Ipld[] | IpldMap
export interface IpldMap {
  [key: string]: Ipld
}

/** A finite IEEE 754 binary64 number; JavaScript's `number` alone cannot tell 1.0 from 1. */
export class Float {
  readonly value: number
  constructor(value: number) {
    if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`)
    this.value = value
  }
}

export function isMap(value: Ipld): value is IpldMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Float) &&
    !isLink(value)
  )
}

export function isLink(value: unknown): value is CID {
  return typeof value === 'object' && value !== null && CID.asCID(value) !== null
}

/** A block: its bytes and the CID that they hash to. */
export interface Block {
  cid: CID
  bytes: Uint8Array
}
