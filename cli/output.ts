import { isMap, Float, isLink, type Ipld } from '../dag/ipld.ts'

/** What `--json` prints: plain data, in which IPLD values may stand; `undefined` entries are left out. */
export type Json = Ipld | undefined | Json[] | { [key: string]: Json }

/** The exit codes (docs/cli.md). */
export const exits = { ok: 0, failed: 1, usage: 2, diagnostics: 3, bug: 70, stopped: 130, terminated: 143 } as const

/** What a command came to. `json` is the one value of `--json`; without it `stdout` and `stderr` are printed. */
export interface Reply {
  exit: number
  json: Json
  /** The result and nothing else. */
  stdout?: string | Uint8Array
  /** For people; ends without a line feed. */
  stderr?: string
}

export function success(value: Json, stdout?: string | Uint8Array, stderr?: string): Reply {
  return {
    exit: exits.ok,
    json: { ok: true, value },
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
  }
}

/**
 * DAG-JSON (https://ipld.io/specs/codecs/dag-json/spec/): links as `{"/": cid}`, bytes as `{"/": {"bytes": …}}`, floats
 * always with a point or an exponent, integers with all their digits.
 *
 * @param indent spaces for each level; 0 gives one line
 */
export function toJson(value: Json, indent = 0): string {
  const out: string[] = []
  write(value, indent === 0 ? '' : '\n', ' '.repeat(indent), out)
  return out.join('')
}

/** @param line what begins a line at this depth; empty where all stands in one */
function write(value: Json, line: string, indent: string, out: string[]): void {
  if (value === undefined || value === null) out.push('null')
  else if (typeof value === 'string') out.push(JSON.stringify(value))
  else if (typeof value !== 'object') out.push(String(value))
  else if (value instanceof Float) out.push(floatText(value.value))
  else if (value instanceof Uint8Array) out.push(`{"/":{"bytes":"${base64(value)}"}}`)
  else if (isLink(value)) out.push(`{"/":"${value}"}`)
  else if (Array.isArray(value))
    writeParts(
      '[]',
      value.map((item): [string, Json] => ['', item]),
      line,
      indent,
      out,
    )
  else {
    const colon = line === '' ? ':' : ': '
    const entries = Object.entries(value).filter(([, part]) => part !== undefined)
    const keyed = entries.map(([key, part]): [string, Json] => [JSON.stringify(key) + colon, part])
    writeParts('{}', keyed, line, indent, out)
  }
}

function writeParts(brackets: string, parts: [string, Json][], line: string, indent: string, out: string[]): void {
  const inner = line + indent
  out.push(brackets[0]!)
  for (const [i, [key, part]] of parts.entries()) {
    out.push(i === 0 ? inner : `,${inner}`, key)
    write(part, inner, indent, out)
  }
  out.push(parts.length === 0 ? '' : line, brackets[1]!)
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64').replace(/=+$/, '')
}

/** A size in bytes for people. */
export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB']
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A value with the keys of all its maps in the order of DAG-JSON, by their bytes. */
export function sortKeys(value: Ipld): Ipld {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (!isMap(value)) return value
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return Object.fromEntries(keys.map(key => [key, sortKeys(value[key]!)]))
}
