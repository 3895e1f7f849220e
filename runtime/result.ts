import type { Blockstore } from 'interface-blockstore'
import type { DagError } from '../dag/interface.ts'
import { Float, isLink, type Ipld } from '../dag/ipld.ts'
import { materialize } from '../dag/place.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { Type } from '../dag/types.ts'
import { toIpld, type Value } from '../dag/value.ts'
import { loadFrom } from './blocks.ts'
import { StoreError, type StoreFailure } from './store/errors.ts'

/**
 * The whole value of a placed result: links that are not of type `link` are loaded and followed. Fails where a block is
 * missing or damaged.
 */
export async function readResult(
  blocks: Blockstore,
  type: Type,
  placed: Ipld,
): Promise<Result<Value, DagError | StoreFailure>> {
  try {
    return await materialize(type, placed, loadFrom(blocks))
  } catch (error) {
    if (error instanceof StoreError) return fail({ code: error.code, message: error.message })
    throw error
  }
}

/**
 * A value as DAG-JSON text (IPLD, codec specification): bytes are `{"/":{"bytes":…}}`, links `{"/":…}`, floats keep a
 * point or an exponent, integers are written out whatever their size, keys are sorted by their bytes. Fails (`value`)
 * on an `ipld` value that holds a map which DAG-JSON reserves.
 */
export function toDagJson(type: Type, value: Value): Result<string, DagError> {
  const out: string[] = []
  const reserved = write(toIpld(type, value), out)
  return reserved
    ? fail({ code: 'value', message: 'a map whose first key is `/` cannot be written as DAG-JSON' })
    : ok(out.join(''))
}

/** Depth is bounded by the type and by that of `ipld` values. Gives true where a map is reserved. */
function write(value: Ipld, out: string[]): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number')
    out.push(String(value))
  else if (typeof value === 'string') out.push(JSON.stringify(value))
  else if (value instanceof Float) out.push(floatText(value.value))
  else if (value instanceof Uint8Array) out.push(`{"/":{"bytes":"${base64(value)}"}}`)
  else if (isLink(value)) out.push(`{"/":"${value}"}`)
  else if (Array.isArray(value)) {
    out.push('[')
    for (const [i, item] of value.entries()) {
      if (i > 0) out.push(',')
      if (write(item, out)) return true
    }
    out.push(']')
  } else {
    const keys = Object.keys(value).sort(byBytes)
    if (keys[0] === '/') return true
    out.push('{')
    for (const [i, key] of keys.entries()) {
      out.push(`${i > 0 ? ',' : ''}${JSON.stringify(key)}:`)
      if (write(value[key]!, out)) return true
    }
    out.push('}')
  }
  return false
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64').replace(/=+$/, '')
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
