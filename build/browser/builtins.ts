/** What stands in a browser for the modules of Node that the compiler needs, and for `Buffer`. */
import { sha256 } from '@noble/hashes/sha2.js'
import { Buffer } from 'buffer/index.js'
import path from 'path-browserify'

export { Buffer }

/** Of `node:path`. */
export const posix = path

/** Of `node:buffer`. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Of `node:crypto`. */
export function hash(
  algorithm: string,
  data: string | Uint8Array,
  encoding: 'base64' | 'binary' | 'buffer',
): string | Uint8Array {
  if (algorithm !== 'sha256') throw new Error(`there is no ${algorithm} here`)
  const digest = sha256(typeof data === 'string' ? new TextEncoder().encode(data) : data)
  return encoding === 'buffer' ? digest : Buffer.from(digest).toString(encoding)
}
