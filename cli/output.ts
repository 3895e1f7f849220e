import type { Ipld, IpldMap } from '../dag/ipld.ts'
import { toDagJson } from '../dag/json.ts'

/** The exit codes (docs/cli.md). */
export const exits = {
  ok: 0,
  failed: 1,
  usage: 2,
  diagnostics: 3,
  refused: 4,
  unknown: 5,
  bug: 70,
  stopped: 130,
  terminated: 143,
} as const

/** What a command came to. `json` is the one value of `--json`; without it `stdout` and `stderr` are printed. */
export interface Reply {
  exit: number
  json: { ok: true; value: Ipld } | { ok: false; diagnostics: Ipld } | { ok: false; failure: Ipld }
  /** The result and nothing else. */
  stdout?: string | Uint8Array
  /** For people; ends without a line feed. */
  stderr?: string
}

export function success(value: Ipld, stdout?: string | Uint8Array, stderr?: string): Reply {
  return {
    exit: exits.ok,
    json: { ok: true, value },
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
  }
}

/** The reply of `--json` in one line: `ok` first, the rest as DAG-JSON. */
export function toLine(json: Reply['json']): string {
  return `{${Object.entries(json)
    .map(([key, value]) => `${JSON.stringify(key)}:${toDagJson(value)}`)
    .join(',')}}`
}

/** Leaves out what is not known. */
export function defined(entries: { [key: string]: Ipld | undefined }): IpldMap {
  return Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, Ipld] => entry[1] !== undefined))
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
