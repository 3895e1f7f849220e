import { Float, isLink, type Ipld } from './ipld.ts'

/**
 * DAG-JSON (https://ipld.io/specs/codecs/dag-json/spec/) for people and scripts: links as `{"/": cid}`, bytes as
 * `{"/": {"bytes": …}}`, floats always with a point or an exponent, integers with all their digits, keys sorted by
 * their bytes. Readers in plain JavaScript lose 64-bit integers and the point of 1.0. What {@link isReservedInJson}
 * cannot be told from a link or bytes.
 *
 * @param indent spaces for each level; 0 gives one line without spaces
 */
export function toDagJson(value: Ipld, indent = 0): string {
  const out: string[] = []
  write(value, out, indent, '\n')
  return out.join('')
}

/** Whether a value holds a map that DAG-JSON keeps for links and bytes: one whose first key is `/`. */
export function isReservedInJson(value: Ipld): boolean {
  if (value instanceof Uint8Array || value instanceof Float || isLink(value)) return false
  if (Array.isArray(value)) return value.some(isReservedInJson)
  if (typeof value !== 'object' || value === null) return false
  return Object.keys(value).sort(byBytes)[0] === '/' || Object.values(value).some(isReservedInJson)
}

/** @param line a line feed and the spaces of this level */
function write(value: Ipld, out: string[], indent: number, line: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number')
    out.push(String(value))
  else if (typeof value === 'string') out.push(JSON.stringify(value))
  else if (value instanceof Float) out.push(floatText(value.value))
  else if (value instanceof Uint8Array) out.push(`{"/":{"bytes":"${base64(value)}"}}`)
  else if (isLink(value)) out.push(`{"/":"${value}"}`)
  else if (Array.isArray(value)) writeParts('[]', value, out, indent, line, item => item)
  else {
    const colon = indent > 0 ? ': ' : ':'
    const keys = Object.keys(value).sort(byBytes)
    writeParts('{}', keys, out, indent, line, key => {
      out.push(JSON.stringify(key), colon)
      return value[key]!
    })
  }
}

function writeParts<T>(
  brackets: string,
  parts: T[],
  out: string[],
  indent: number,
  line: string,
  begin: (part: T) => Ipld,
): void {
  if (parts.length === 0) return void out.push(brackets)
  const inner = line + ' '.repeat(indent)
  for (const [i, part] of parts.entries()) {
    out.push(i === 0 ? brackets[0]! : ',')
    if (indent > 0) out.push(inner)
    write(begin(part), out, indent, inner)
  }
  if (indent > 0) out.push(line)
  out.push(brackets[1]!)
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
