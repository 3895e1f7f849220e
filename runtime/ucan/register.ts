import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../../dag/cid.ts'
import { encode } from '../../dag/codec.ts'
import { digestHex } from '../identity.ts'
import { StoreError } from '../store/errors.ts'
import { makeFolder } from '../store/folder.ts'

/**
 * What a store remembers of tokens, in its folder `ucan`: the nonces of invocations that were followed, a file for each in
 * `nonces/`, and `revoked`, a line for each token that is not taken any more. Both outlive `store.db`, and a power cut.
 */
export class Register {
  readonly #folder: string

  /** @param store folder of the store */
  constructor(store: string) {
    this.#folder = join(store, 'ucan')
  }

  /** Uses a nonce of an issuer up. False where that was done before, whatever was asked with it then. */
  spend(iss: string, nonce: Uint8Array): boolean {
    const folder = join(this.#folder, 'nonces')
    return guard(folder, () => {
      makeFolder(folder)
      try {
        // Of several processes one alone makes the file.
        write(join(folder, digestHex(encode([iss, nonce]))), 'wx', '')
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      }
      sync(folder)
      return true
    })
  }

  revoke(cid: CID): void {
    guard(this.#folder, () => {
      makeFolder(this.#folder)
      write(join(this.#folder, 'revoked'), 'a', `${cid}\n`)
      sync(this.#folder)
    })
  }

  /** The tokens that were revoked. A line that names none is an error, since nobody knows which it means. */
  revoked(): (cid: CID) => boolean {
    const path = join(this.#folder, 'revoked')
    const lines = guard(path, () => readIfThere(path)).split('\n')
    const cids = lines.flatMap((line, at) => {
      const text = line.trim()
      if (text === '' || text.startsWith('#')) return []
      const cid = parseCid(text)
      if (cid.ok) return [cid.value]
      throw new StoreError({ code: 'damaged', message: `${path}: line ${at + 1} is no CID` })
    })
    return cid => cids.some(other => other.equals(cid))
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}

function write(path: string, flags: 'wx' | 'a', text: string): void {
  const file = openSync(path, flags, 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Makes what is new in a folder last. Windows does so by itself. */
function sync(folder: string): void {
  if (process.platform === 'win32') return
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function guard<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    const code = codeOf(error)
    if (error instanceof StoreError || code === undefined) throw error
    throw new StoreError({ code: code === 'ENOSPC' ? 'full' : 'path', message: `${path} cannot be used: ${code}` })
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
