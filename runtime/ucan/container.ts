import { gunzipSync } from 'node:zlib'
import { decode, encode } from '../../dag/codec.ts'
import { isMap, type Ipld } from '../../dag/ipld.ts'
import { parseDagJson } from '../../dag/parse-json.ts'
import { fail, ok, type Result } from '../../dag/result.ts'

/** Bytes of the largest container, before it is packed and after. */
export const maxContainer = 4 << 20
const maxTokens = 1024
const KEY = 'ctn-v1'

/** How what stands behind the first byte of a container is written (UCAN Container 0.1). */
const forms: Readonly<Record<string, { base?: 'base64' | 'base64url'; gzip?: boolean }>> = {
  '@': {},
  B: { base: 'base64' },
  C: { base: 'base64url' },
  M: { gzip: true },
  O: { base: 'base64', gzip: true },
  P: { base: 'base64url', gzip: true },
}

/**
 * The tokens in a file or a text: of one token its bytes, also in base64, base64url, hexadecimal digits or DAG-JSON; of a
 * container those of all. They are not looked into. An error says what is wrong, as a sentence without its end.
 */
export function readContainer(bytes: Uint8Array): Result<Uint8Array[], string> {
  if (bytes.length > maxContainer) return fail(`it has more than ${maxContainer} bytes`)
  // The array of two that every token is.
  if (bytes[0] === 0x82) return ok([bytes])
  const form = forms[String.fromCharCode(bytes[0] ?? 0)]
  if (form) return unpack(bytes.subarray(1), form)
  const token = tokenIn(Buffer.from(bytes).toString('latin1').trim())
  return token ? ok([token]) : fail('it is neither a token of UCAN nor a container of some')
}

function unpack(content: Uint8Array, { base, gzip }: (typeof forms)[string]): Result<Uint8Array[], string> {
  const wrong = fail('it begins as a container of tokens, and is none')
  let packed = base === undefined ? content : bytesOf(Buffer.from(content).toString('latin1').trim(), base)
  if (packed === undefined) return wrong
  if (gzip === true) {
    try {
      packed = gunzipSync(packed, { maxOutputLength: maxContainer })
    } catch (error) {
      return isTooLarge(error) ? fail(`it unpacks to more than ${maxContainer} bytes`) : wrong
    }
  }
  const read = decode(packed, { size: maxContainer, depth: 4 })
  if (!read.ok || !isMap(read.value) || Object.keys(read.value).length !== 1) return wrong
  const tokens = read.value[KEY]
  if (!Array.isArray(tokens) || !tokens.every(token => token instanceof Uint8Array)) return wrong
  return tokens.length <= maxTokens ? ok(tokens) : fail(`it holds more than ${maxTokens} tokens`)
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

/** A token that is written as text. */
function tokenIn(text: string): Uint8Array | undefined {
  if (/^[[{]/.test(text)) return jsonToken(text)
  const bytes = (/^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined) ?? bytesOf(text, 'base64')
  const token = bytes ?? bytesOf(text, 'base64url')
  return token?.[0] === 0x82 ? token : undefined
}

/** `{"/": {"bytes": …}}`, or the token itself. */
function jsonToken(text: string): Uint8Array | undefined {
  const read = parseDagJson(Buffer.from(text, 'latin1').toString())
  if (!read.ok) return undefined
  if (read.value instanceof Uint8Array) return read.value
  try {
    return Array.isArray(read.value) ? encode(read.value) : undefined
  } catch {
    return undefined
  }
}

/** What a text of base64 stands for, with padding or without; undefined where it is none. `Buffer` skips what it does not know. */
function bytesOf(text: string, base: 'base64' | 'base64url'): Uint8Array | undefined {
  const bytes = Buffer.from(text, base)
  return bytes.toString(base).replace(/=+$/, '') === text.replace(/=+$/, '') ? new Uint8Array(bytes) : undefined
}

/** A container of tokens: as bytes, or as one line of text. */
export function writeContainer(tokens: readonly Uint8Array[], text = false): Uint8Array {
  const unique = new Map(tokens.map(token => [Buffer.from(token).toString('hex'), token]))
  const sorted: Ipld = [...unique.values()].sort(Buffer.compare)
  const content = encode({ [KEY]: sorted })
  return Buffer.from(text ? `B${Buffer.from(content).toString('base64')}` : Buffer.concat([Buffer.from('@'), content]))
}
