import { constants, type Stats } from 'node:fs'
import { lstat, opendir, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { Folder, isBelow, isMissing, NotAllowed, settle, shownPath } from './folders.ts'
import type { Answer, Fields, Operation, Policy, Provider, Request } from './provider.ts'
import { types } from './types.ts'

export interface FsOptions {
  /** What paths are relative to; default the current folder. */
  root?: string
  /** Files and folders that no job may touch, whatever is granted: secrets, the store, the configuration. */
  kept?: readonly string[]
  /** Longest file that is read, in bytes; default 64 MiB. */
  maxBytes?: number
  /** Most names that `list` gives; default 100,000. */
  maxNames?: number
}

/** Files (docs/effects.md, fs). A grant names a file, or a folder and all below it. */
export function fs(options: FsOptions = {}): Provider {
  const root = resolve(options.root ?? '.')
  const files = new Files(root, options)
  const policy: Policy = {
    about: [0],
    subject([path]) {
      const given = path as string
      if (given === '') return { error: 'the path is empty' }
      if (/\p{Cc}/u.test(given)) return { error: 'control characters stand in the path' }
      return { subject: ruleOf(shownPath(root, given)) }
    },
    covers: (rule, subject) => isBelow(resolve(root, pathOf(subject)), resolve(root, pathOf(rule ?? '.'))),
    wrong: rule =>
      /(?<!\\)\*/.test(rule)
        ? 'a grant names a file, or a folder and all below it, without `*`; one in a name is written `\\*`'
        : undefined,
  }
  const fields: Fields = {
    about: [0],
    of: ([path]) => ({ path: shownPath(root, path as string) }),
    // A pattern names a folder elsewhere if it begins with it.
    names: ({ op, field, value }) => field === 'path' && (op === '==' || String(value).startsWith('/')),
  }
  const common = { policy, fields, params: [types.string] }
  const query = { ...common, kind: 'query' } as const
  const command = {
    ...common,
    kind: 'command',
    announces: true,
    params: [types.string, types.bytes],
    result: types.u64,
  } as const
  const operations: Record<string, Operation> = {
    read: { ...query, result: types.bytes, perform: request => files.read(request) },
    list: { ...query, result: types.list(types.string), perform: request => files.list(request) },
    write: { ...command, recovery: 'idempotent', perform: request => files.write(request) },
    append: { ...command, recovery: 'irrevocable', perform: request => files.append(request) },
  }
  return { name: 'fs', scheme: 'file:', operations }
}

/** The rule that names a path: a star without a mark is what somebody takes for a pattern. */
function ruleOf(path: string): string {
  return path.replaceAll('*', '\\*')
}

function pathOf(rule: string): string {
  return rule.replaceAll('\\*', '*')
}

/** Where a path leads: a folder that is held open, and a name in it. */
interface Place {
  folder: Folder
  name: string
}

class Files {
  readonly #root: string
  readonly #kept: readonly string[]
  readonly #maxBytes: number
  readonly #maxNames: number

  constructor(root: string, { kept = [], maxBytes = 64 << 20, maxNames = 100_000 }: FsOptions) {
    this.#root = root
    this.#kept = kept
    this.#maxBytes = maxBytes
    this.#maxNames = maxNames
  }

  async read(request: Request): Promise<Answer> {
    return this.#answer(request, async path => {
      const { folder, name } = await this.#open(path, request)
      try {
        const file = await plainFile(folder, name, constants.O_RDONLY)
        try {
          return { kind: 'ok', value: await contentOf(file, this.#maxBytes, request.signal) }
        } finally {
          await file.close()
        }
      } finally {
        await folder.close()
      }
    })
  }

  async list(request: Request): Promise<Answer> {
    return this.#answer(request, async path => {
      const real = await this.#allowed(path, request)
      if (real.missing.length > 0) throw new Error(reasons['ENOENT'])
      const folder = await Folder.open(real.path)
      try {
        const names: Buffer[] = []
        // Names are bytes, of which Latin-1 loses none.
        for await (const entry of await opendir(folder.at('.'), { encoding: 'latin1' })) {
          if (names.length === this.#maxNames) throw new Error(`it has more than ${this.#maxNames} names`)
          names.push(Buffer.from(entry.name, 'latin1'))
        }
        return { kind: 'ok', value: names.sort(Buffer.compare).map(textOf) }
      } finally {
        await folder.close()
      }
    })
  }

  /** The file appears whole or not at all, and is there after a power cut when this has ended. */
  async write(request: Request): Promise<Answer> {
    const data = request.args[1] as Uint8Array
    return this.#answer(request, async path => {
      const { folder, name } = await this.#open(path, request, { make: true })
      try {
        const mode = await modeOf(folder, name)
        const draft = `.ipvm-${request.key.slice(0, 32)}.tmp`
        // What an attempt that was cut off has left.
        await unlink(folder.at(draft)).catch(ifMissing)
        try {
          await draftOf(folder, draft, data, mode)
          await request.sent()
          await rename(folder.at(draft), folder.at(name))
        } catch (error) {
          await unlink(folder.at(draft)).catch(ifMissing)
          throw error
        }
        try {
          await folder.sync()
        } catch (error) {
          return { kind: 'lost', detail: `what was written may not last: ${whyOf(error)}` }
        }
        return { kind: 'ok', value: BigInt(data.length) }
      } finally {
        await folder.close()
      }
    })
  }

  /** What could be written in part only is taken back, unless others have written meanwhile. */
  async append(request: Request): Promise<Answer> {
    const data = request.args[1] as Uint8Array
    return this.#answer(request, async path => {
      const { folder, name } = await this.#open(path, request, { make: true })
      try {
        const file = await plainFile(folder, name, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)
        try {
          const before = (await file.stat()).size
          await request.sent()
          return await putBehind(file, folder, data, before)
        } finally {
          await file.close()
        }
      } finally {
        await folder.close()
      }
    })
  }

  async #answer(request: Request, act: (path: string) => Promise<Answer>): Promise<Answer> {
    const path = request.args[0] as string
    try {
      request.signal.throwIfAborted()
      return await act(path)
    } catch (error) {
      if (request.signal.aborted) throw error
      const kind = error instanceof NotAllowed ? 'refused' : 'effect'
      return { kind: 'failed', failure: kind, detail: `\`${shownPath(this.#root, path)}\`: ${whyOf(error)}` }
    }
  }

  /** Holds the folder open in which a path stands; with `make`, what is missing of its folders is made. */
  async #open(path: string, request: Request, { make = false } = {}): Promise<Place> {
    const real = await this.#allowed(path, request)
    if (!make && real.missing.length > 0) throw new Error(reasons['ENOENT'])
    const folders = real.missing.slice(0, -1)
    let above = dirname(real.path)
    for (const _ of folders) above = dirname(above)
    let folder = await Folder.open(above)
    for (const name of folders) {
      const outer = folder
      try {
        folder = await outer.inner(name)
        // A file in it is not there after a power cut unless the folder is.
        await outer.sync()
      } finally {
        await outer.close()
      }
    }
    return { folder, name: basename(real.path) }
  }

  /** Where a path really leads, if that is inside of what is granted. */
  async #allowed(path: string, { args, rulesOf }: Request): Promise<{ path: string; missing: string[] }> {
    const real = await settle(resolve(this.#root, path))
    const root = await settle(this.#root)
    let inside = false
    for (const rule of rulesOf([shownPath(root.path, real.path), ...args.slice(1)])) {
      const granted = await settle(resolve(this.#root, pathOf(rule ?? '.'))).catch(() => undefined)
      if (granted && isBelow(real.path, granted.path)) inside = true
    }
    if (!inside) throw new NotAllowed(`it leads to ${real.path}, which is outside of what is granted`)
    // Files of processes: the environment of this one, its memory, what it has open.
    if (/^\/(proc|sys)(\/|$)/.test(real.path))
      throw new NotAllowed(`it leads to ${real.path}, which is the system's own`)
    for (const kept of this.#kept)
      if (await isKept(real.path, resolve(this.#root, kept)))
        throw new NotAllowed('it is kept from all jobs: secrets, the store and the configuration of ipvm')
    return real
  }
}

/** Whether a path is a file that is kept, by whatever name, or stands in a folder that is. */
async function isKept(path: string, kept: string): Promise<boolean> {
  const real = (await settle(kept).catch(() => undefined))?.path ?? kept
  // There are file systems that take upper and lower case for one.
  if (isBelow(path.toLowerCase(), real.toLowerCase())) return true
  const [own, other] = await Promise.all([path, kept].map(one => stat(one, { bigint: true }).catch(() => undefined)))
  return own !== undefined && other !== undefined && own.isFile() && own.ino === other.ino && own.dev === other.dev
}

async function plainFile(folder: Folder, name: string, flags: number): Promise<FileHandle> {
  const file = await folder.file(name, flags, 0o666)
  const found = await file.stat()
  if (found.isFile()) return file
  await file.close()
  throw new Error(notPlain(found))
}

/** Writes a file that is not there yet, so that it outlives a power cut. */
async function draftOf(folder: Folder, name: string, data: Uint8Array, mode: number | undefined): Promise<void> {
  const file = await folder.file(name, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666)
  try {
    if (mode !== undefined) await file.chmod(mode)
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The permissions of the plain file that is to be replaced; nothing where there is none. */
async function modeOf(folder: Folder, name: string): Promise<number | undefined> {
  const found = await lstat(folder.at(name)).catch(ifMissing)
  if (found && !found.isFile()) throw new Error(notPlain(found))
  return found && found.mode & 0o777
}

function notPlain(found: Stats): string {
  return found.isDirectory() ? 'it is a folder' : 'it is not a plain file'
}

async function contentOf(file: FileHandle, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(chunk) })
    if (bytesRead === 0) return new Uint8Array(Buffer.concat(chunks))
    size += bytesRead
    if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`)
    chunks.push(buffer.subarray(0, bytesRead))
  }
}

const chunk = 1 << 18

/** Writes at the end of a file of so many bytes, and makes it last. */
async function putBehind(file: FileHandle, folder: Folder, data: Uint8Array, before: number): Promise<Answer> {
  try {
    const failed = await writeAll(file, data)
    if (failed) return await takeBack(file, before, failed)
    await file.sync()
    await folder.sync()
    return { kind: 'ok', value: BigInt(data.length) }
  } catch (error) {
    return { kind: 'lost', detail: `what was written may not last: ${whyOf(error)}` }
  }
}

/** Writes all of it at the end; what was written and why not more, where it is less. */
async function writeAll(file: FileHandle, data: Uint8Array): Promise<{ written: number; error: unknown } | undefined> {
  let written = 0
  try {
    while (written < data.length) written += (await file.write(data, written)).bytesWritten
    return undefined
  } catch (error) {
    return { written, error }
  }
}

async function takeBack(
  file: FileHandle,
  before: number,
  { written, error }: { written: number; error: unknown },
): Promise<Answer> {
  const why = whyOf(error)
  if (written > 0) {
    if ((await file.stat()).size !== before + written)
      return { kind: 'lost', detail: `${written} bytes were written, then others wrote: ${why}` }
    await file.truncate(before)
    await file.sync()
  }
  return { kind: 'failed', failure: 'effect', detail: why }
}

function textOf(name: Buffer): string {
  const text = name.toString()
  if (Buffer.compare(Buffer.from(text), name) !== 0) throw new Error('a name in it is not UTF-8')
  return text
}

function ifMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
  return undefined
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is none',
  EACCES: 'the system refuses',
  EPERM: 'the system refuses',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is in what is no folder, or is none',
  ENXIO: 'it is not a plain file',
  ELOOP: 'it was changed while it was opened, or its links lead round',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EROFS: 'the disk cannot be written',
  EFBIG: 'the file would be too large',
  ENAMETOOLONG: 'the path is too long',
}

/** Without the path, which the system's words would tell as it is inside of this process. */
function whyOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code !== undefined) return reasons[code] ?? `the system says ${code}`
  return error instanceof Error ? error.message : String(error)
}
