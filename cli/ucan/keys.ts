import { createPrivateKey, type KeyObject } from 'node:crypto'
import { closeSync, constants, existsSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../dag/result.ts'
import { suggest } from '../../dag/suggest.ts'
import { plainDid, signerOf, type Signer } from '../../runtime/did.ts'
import { makeFolder } from '../../runtime/store/folder.ts'
import { newKey, storeKey } from '../../runtime/store/key.ts'
import { wrongUsage } from '../diagnostics.ts'
import { codeOf, entries } from '../files.ts'
import type { StoreDoor } from '../host.ts'
import type { Reply } from '../output.ts'

/** The name of the store's own key, with which it signs receipts. */
export const STORE = 'store'
const ENDING = '.pem'
const isName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/

/** Where keys are kept: `IPVM_KEYS`, else `ipvm/keys` in the user's folder of settings. */
export function keyFolder(): string {
  const { IPVM_KEYS: own, XDG_CONFIG_HOME: settings } = process.env
  return own || join(settings || join(homedir(), '.config'), 'ipvm', 'keys')
}

function pathOf(name: string): string {
  return join(keyFolder(), name + ENDING)
}

/** Names of the keys that there are, sorted. */
export function keyNames(): string[] {
  return entries(keyFolder())
    .filter(name => name.endsWith(ENDING))
    .map(name => name.slice(0, -ENDING.length))
    .filter(name => isName.test(name))
    .sort()
}

/** Makes a key, Ed25519 in PKCS #8, which its owner alone may read. One that is there is never written over. */
export function makeKey(name: string): Result<{ did: string; file: string }, Reply> {
  if (name === STORE)
    return fail(wrongUsage(`\`${STORE}\` is the store's own key, which makes itself; choose another name.`))
  if (!isName.test(name))
    return fail(wrongUsage(`\`${name}\` is no name for a key: up to 64 letters, digits, \`_\`, \`-\` and \`.\`.`))
  const file = pathOf(name)
  const key = newKey()
  try {
    makeFolder(keyFolder(), 0o700)
    const handle = openSync(file, 'wx', 0o600)
    try {
      writeSync(handle, key.export({ type: 'pkcs8', format: 'pem' }).toString())
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      return fail(wrongUsage(`There is a key \`${name}\` already, ${file}; it is not written over.`, { file }))
    return fail(wrongUsage(`The key ${file} cannot be written: the system says ${codeOf(error)}.`, { file }))
  }
  return ok({ did: signerOf(key).did, file })
}

/** A key by its name; `store` is that of the store, which is made where there is none. */
export function signerNamed(name: string, door: StoreDoor): Result<Signer, Reply> {
  const file = name === STORE ? storeFile(door) : pathOf(name)
  if (name !== STORE && !existsSync(file)) return fail(noKey(name))
  const key = readKey(file)
  return key.ok ? ok(signerOf(key.value)) : key
}

/** The file of the store's key, which is there afterwards. */
function storeFile(door: StoreDoor): string {
  door.open()
  const file = join(door.folder, 'key')
  storeKey(file)
  return file
}

/** The DID of a store, which is made with its key where there is none. */
export function storeDid(door: StoreDoor): string {
  return signerOf(storeKey(storeFile(door))).did
}

function noKey(name: string): Reply {
  const known = [...keyNames(), STORE]
  const near = suggest(name, known)
  const hint = near === undefined ? ` \`ipvm key new ${isName.test(name) ? name : 'NAME'}\` makes one.` : ''
  return wrongUsage(`There is no key \`${name}\` in ${keyFolder()}.${hint}`, { near })
}

function readKey(file: string): Result<KeyObject, Reply> {
  const wrong = (why: string): Result<never, Reply> => fail(wrongUsage(`The key ${file} ${why}.`, { file }))
  let text: string
  try {
    const handle = openSync(file, constants.O_RDONLY)
    try {
      const stat = fstatSync(handle)
      if (!stat.isFile() || stat.size > 10_000) return wrong('is none: it is no plain file of less than 10 kB')
      // Windows does not tell who may read it.
      if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)
        return wrong(
          `may be read or written by others than its owner, and is not used: \`chmod 600 ${file}\` mends that`,
        )
      text = readFileSync(handle, 'utf8')
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    return wrong(`cannot be read: the system says ${codeOf(error)}`)
  }
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519') return ok(key)
  } catch {
    // Said below, without the words of OpenSSL.
  }
  return wrong('is no Ed25519 key in PKCS #8')
}

/** Somebody: a DID, the name of a key, or `store`. */
export function didNamed(text: string, door: StoreDoor): Result<string, Reply> {
  if (!text.startsWith('did:')) {
    const signer = signerNamed(text, door)
    return signer.ok ? ok(signer.value.did) : signer
  }
  const did = plainDid(text)
  return did === undefined ? fail(wrongUsage(`\`${text}\` is no DID; one is \`did:key:z6Mk…\`.`)) : ok(did)
}
