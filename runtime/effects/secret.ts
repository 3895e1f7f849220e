import { isUtf8 } from 'node:buffer'
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Answer, Policy, Provider, Request } from './provider.ts'
import { types } from './types.ts'

export interface SecretOptions {
  /**
   * A file of JSON, `{ "NAME": "value" }`, or a folder with a file for each secret. Only their owner may read them: modes
   * 600 and 700. One that is not there holds nothing.
   */
  path: string
  /** Asks a keyring for a secret that the file does not hold; default {@link secretTool}. */
  keyring?: (name: string, signal: AbortSignal) => Promise<string | undefined>
}

/** Bytes of a file of secrets. */
const maxBytes = 1 << 20

/** Secrets of whoever runs the job (docs/effects.md, secret): of a file or a keyring, never of an argument or the environment. */
export function secret({ path, keyring = secretTool }: SecretOptions): Provider {
  const policy: Policy = {
    about: [0],
    subject([name]) {
      return isName.test(name as string)
        ? { subject: name as string }
        : { error: `${JSON.stringify((name as string).slice(0, 64))} is no name of a secret` }
    },
    covers: (rule, subject) => rule === undefined || rule === subject,
    wrong: rule => (isName.test(rule) ? undefined : `\`${rule}\` is no name of a secret`),
  }
  return {
    name: 'secret',
    scheme: 'secret:',
    operations: {
      get: {
        kind: 'query',
        params: [types.string],
        result: types.secret(types.string),
        policy,
        fields: { about: [0], of: ([name]) => ({ name: name as string }) },
        perform: request => get(request, path, keyring),
      },
    },
  }
}

/** One that is also the name of a file, and no option of a program. */
const isName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

async function get(
  { args, signal }: Request,
  path: string,
  keyring: NonNullable<SecretOptions['keyring']>,
): Promise<Answer> {
  const [name] = args as [string]
  try {
    const value = (await fromFiles(path, name)) ?? (await keyring(name, signal))
    if (value !== undefined) return { kind: 'ok', value }
    const how = `put it into ${path}, or run: secret-tool store --label=${name} service ipvm name ${name}`
    return { kind: 'failed', failure: 'effect', detail: `there is no secret \`${name}\`: ${how}` }
  } catch (error) {
    if (signal.aborted || !(error instanceof Unsafe)) throw error
    return { kind: 'failed', failure: 'effect', detail: error.message }
  }
}

/** Secrets are kept in a way in which others may have read or written them. */
class Unsafe extends Error {
  override readonly name = 'Unsafe'
}

async function fromFiles(path: string, name: string): Promise<string | undefined> {
  const found = await stat(path).catch(ifMissing)
  if (!found) return undefined
  if (found.isDirectory()) {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
    await mustBePrivate(folder, path, 'folder').finally(() => folder.close())
    const text = await readPrivate(join(path, name))
    // Editors and `echo` put a line feed at the end.
    return text?.replace(/\r?\n$/, '')
  }
  const text = await readPrivate(path)
  if (text === undefined) return undefined
  const secrets = parse(text)
  if (!secrets) throw new Unsafe(`${path} is not a JSON object of texts: { "NAME": "value" }`)
  return Object.hasOwn(secrets, name) ? secrets[name] : undefined
}

/** The text of a file that only its owner may read; undefined where there is none. */
async function readPrivate(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(ifMissing)
  if (!file) return undefined
  try {
    await mustBePrivate(file, path, 'plain file')
    if ((await file.stat()).size > maxBytes) throw new Unsafe(`${path} has more than ${maxBytes} bytes`)
    const text = await file.readFile()
    if (!isUtf8(text)) throw new Unsafe(`${path} is not UTF-8`)
    return text.toString()
  } finally {
    await file.close()
  }
}

/** Looked up by what is open, so that nothing else can take its place. */
async function mustBePrivate(file: FileHandle, path: string, what: 'plain file' | 'folder'): Promise<void> {
  const found = await file.stat()
  if (what === 'plain file' ? !found.isFile() : !found.isDirectory()) throw new Unsafe(`${path} is no ${what}`)
  // Windows has neither owners nor modes that Node could tell.
  const own = process.getuid?.()
  if (own === undefined) return
  if (found.uid !== own) throw new Unsafe(`${path} belongs to another user: keep secrets in a ${what} of your own`)
  const mode = (found.mode & 0o777).toString(8)
  const wanted = what === 'folder' ? 700 : 600
  if ((found.mode & 0o077) !== 0)
    throw new Unsafe(`others may read or write ${path} (mode ${mode}): chmod ${wanted} ${path}`)
}

function parse(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject || !Object.values(value).every(item => typeof item === 'string' && item.isWellFormed()))
      return undefined
    return value as Record<string, string>
  } catch {
    return undefined
  }
}

/** What `secret-tool` (libsecret) knows by `service ipvm name NAME`; undefined where it knows nothing, or is not there. */
export function secretTool(name: string, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const args = ['lookup', 'service', 'ipvm', 'name', name]
    execFile('secret-tool', args, { signal, maxBuffer: maxBytes, encoding: 'utf8' }, (error, stdout) => {
      if (signal.aborted) reject(signal.reason)
      else if (error && error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
        reject(new Unsafe(`the secret \`${name}\` is too long`))
      else resolve(error ? undefined : stdout)
    })
  })
}

function ifMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
