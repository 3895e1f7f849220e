import { Float, isLink, isMap, type Ipld } from './ipld.ts'

/** A number with just these characters (ECMAScript, JSON.parse source text access), which `lib` does not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }

/**
 * DAG-JSON (https://ipld.io/specs/codecs/dag-json/spec/) for people and scripts: links as `{"/": cid}`, bytes as
 * `{"/": {"bytes": …}}`, floats always with a point or an exponent, integers with all their digits. Readers in plain
 * JavaScript lose the last two.
 *
 * @param indent spaces for each level; 0 gives one line
 */
export function toDagJson(value: Ipld, indent = 0): string {
  return JSON.stringify(plain(value), null, indent)
}

function plain(value: Ipld): unknown {
  if (typeof value === 'bigint') return rawJSON(value.toString())
  if (value instanceof Float) return floatJson(value.value)
  if (value instanceof Uint8Array) return { '/': { bytes: Buffer.from(value).toString('base64').replace(/=+$/, '') } }
  if (isLink(value)) return { '/': value.toString() }
  if (Array.isArray(value)) return value.map(plain)
  // `fromEntries` defines own properties, so that a key `__proto__` stays one.
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
  return value
}

function floatJson(value: number): unknown {
  if (Object.is(value, -0)) return rawJSON('-0.0')
  const text = String(value)
  return rawJSON(/[.e]/.test(text) ? text : `${text}.0`)
}
