import type { Value } from '../../dag/value.ts'
import type { Failure } from '../../runtime/interface.ts'

/** What a task came to, as far as it is promised to be the same everywhere. */
export type Seen = ({ ok: true; value: Value } | { ok: false; failure: Failure }) & { memory: number; gas: number }

/** A line for an outcome, equal where the outcomes are; what would be long is told by its SHA-256. */
export async function lineOf(outcome: Seen): Promise<string> {
  const { memory, gas } = outcome
  const came = await shortened(outcome.ok ? textOf(outcome.value) : failureText(outcome.failure))
  return `${came}, ${memory} bytes, ${gas} units`
}

/** Of what is refused the engine may have its own words. */
function failureText({ kind, message, detail }: Failure): string {
  return `${kind}: ${message}${kind === 'refused' || detail === undefined ? '' : ` (${detail})`}`
}

const longest = 160

async function shortened(text: string): Promise<string> {
  return text.length > longest ? `${text.slice(0, 40)}… ${await sha256(text)}` : text
}

export async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}

/** A value with all of its bits: numbers that are not whole are written as they are kept. */
export function textOf(value: Value): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'bigint') return `${value}n`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Uint8Array) return `bytes ${hex(value)}`
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  const entries = Object.entries(value as { [key: string]: Value })
  return `{ ${entries.map(([name, one]) => `${name}: ${textOf(one)}`).join(', ')} }`
}

const view = new DataView(new ArrayBuffer(8))

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value)
  view.setFloat64(0, value)
  return `float ${hex(new Uint8Array(view.buffer))}`
}

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += digits[byte]
  return text
}
