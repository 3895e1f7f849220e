import type { CID } from 'multiformats/cid'

/**
 * A typed value in JavaScript form, which the type decides: integers up to 32 bits and floats are `number` (NaN and
 * the infinities included), 64-bit integers `bigint`, `char`, `string` and enum cases strings, `list<u8>` a
 * `Uint8Array`, other lists and tuples arrays, records plain objects, variants a one-key object `{case: payload}`
 * (payload null where there is none), `option` null or the value (`{some: v}` where the content is itself an option,
 * `ipld` or `unit`), `result` `{ok: v}` or `{error: e}`, flags a sorted array of names, `unit` null, `link` a CID.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | CID | Value[] | { [key: string]: Value }
