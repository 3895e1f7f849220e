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

/** By class: `CID.asCID` also takes a plain map `{"/": x, "bytes": x}`, which data from strangers may hold. */
export function isLink(value: unknown): value is CID {
  return value instanceof CID
}

/** Sets an own property, `__proto__` included, which plain assignment would take for the prototype. */
export function setKey<T>(map: { [key: string]: T }, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, configurable: true, enumerable: true, writable: true })
  else map[key] = value
}

/** A block: its bytes and the CID that they hash to. */
export interface Block {
  cid: CID
  bytes: Uint8Array
}
