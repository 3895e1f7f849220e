import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { StoreError } from './errors.ts'

export function newKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/**
 * The store's signing key, Ed25519 in PKCS #8, made at first use and readable by its owner alone.
 *
 * @throws StoreError `key` where the file is there and is no such key, `path` where it cannot be read or made, `full` where
 * there is no room for it
 */
export function storeKey(path: string): KeyObject {
  const found = readKey(path)
  if (found) return found
  const key = newKey()
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
    // A link appears whole or not at all, and only one process can be first.
    linkSync(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unreachable(path, error)
    return readKey(path)!
  } finally {
    rmSync(draft, { force: true })
  }
  return key
}

function readKey(path: string): KeyObject | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unreachable(path, error)
  }
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below, without the words of OpenSSL.
  }
  throw new StoreError({
    code: 'key',
    message: `${path} is not an Ed25519 key in PKCS #8; move it away and a new one is made`,
  })
}

function unreachable(path: string, error: unknown): unknown {
  if (error instanceof StoreError || codeOf(error) === undefined) return error
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error)!))
    return new StoreError({ code: 'full', message: `the disk of ${path} is full` })
  return new StoreError({ code: 'path', message: `the key ${path} cannot be used: ${codeOf(error)}` })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
