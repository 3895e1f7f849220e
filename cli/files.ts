import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
  type Dirent,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { suggest } from '../dag/suggest.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { wrongUsage } from './diagnostics.ts'
import type { Reply } from './output.ts'

/** Bytes; files beyond this are refused. */
const maxFile = 2 ** 30
const chunk = 2 ** 16

export type FileProblem = 'missing' | 'directory' | 'special' | 'large' | 'unreadable'

/**
 * The bytes of a plain file, or why there are none. Pipes can be read only once and devices may have no end, so that
 * neither is read unless `pipes` says that once is enough.
 */
export function readBytes(path: string, { pipes = false } = {}): Uint8Array | FileProblem {
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) return 'directory'
    if (!stat.isFile() && !(pipes && stat.isFIFO())) return 'special'
    if (stat.size > maxFile) return 'large'
    // Files of the system say that they have no bytes, and have.
    if (stat.isFile() && stat.size > 0) return new Uint8Array(readFileSync(path))
    const file = openSync(path, 'r')
    try {
      return drain(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return isMissing(error) ? 'missing' : 'unreadable'
  }
}

/** What a pipe or standard input holds up to its end. */
export function readInput(file: number): Uint8Array | FileProblem {
  try {
    return drain(file)
  } catch {
    return 'unreadable'
  }
}

function drain(file: number): Uint8Array | FileProblem {
  const chunks: Uint8Array[] = []
  for (let size = 0; size <= maxFile;) {
    const part = new Uint8Array(chunk)
    const length = readSync(file, part)
    if (length === 0) return new Uint8Array(Buffer.concat(chunks))
    chunks.push(part.subarray(0, length))
    size += length
  }
  return 'large'
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(codeOf(error))
}

/** The system's code of an error, such as `EACCES`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** A file that the command line names; one that cannot be read is wrong usage, with the files that may be meant. */
export function readNamed(path: string, options: { pipes?: boolean } = {}): Result<Uint8Array, Reply> {
  const bytes = readBytes(path, options)
  return typeof bytes === 'string' ? fail(unreadable(path, bytes)) : ok(bytes)
}

/** What to say of a file that is there and has no bytes for us. */
const problems = {
  special: 'is not a plain file',
  large: 'is too large: more than 1 GiB',
  unreadable: 'cannot be read: the system refuses',
} as const

function unreadable(path: string, problem: FileProblem): Reply {
  if (problem === 'directory') {
    const inside = entries(path).filter(name => /\.(ipvm|car)$/.test(name))
    const list = inside.length === 0 ? '' : ` It has: ${inside.slice(0, 5).join(', ')}.`
    return wrongUsage(`\`${path}\` is a folder; name a file.${list}`, { file: path })
  }
  if (problem !== 'missing') return wrongUsage(`\`${path}\` ${problems[problem]}.`, { file: path })
  if (path === '') return wrongUsage('The name of the file is empty.')
  const folder = dirname(path)
  const names = entries(folder)
  if (names.length === 0 && !isDirectory(folder))
    return wrongUsage(`There is no file \`${path}\`: there is no folder \`${folder}\`.`, { file: path })
  const near = suggest(basename(path), names) ?? names.find(name => name === `${basename(path)}.ipvm`)
  return wrongUsage(`There is no file \`${path}\`.`, {
    file: path,
    near: near === undefined ? undefined : folder === '.' && !path.startsWith('.') ? near : join(folder, near),
  })
}

/** Names in a folder; none where it cannot be read. */
export function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What is wrong with a file that is to be written, as far as its name tells: so that nothing is done in vain. */
export function refuseTarget(path: string, operand: string): Reply | undefined {
  if (path === '') return wrongUsage('The name of the file to write is empty.')
  const file = path
  if (isDirectory(path)) return wrongUsage(`\`${path}\` is a folder; name a file to write.`, { file })
  if (/[/\\]$/.test(path)) return wrongUsage(`\`${path}\` names a folder; name a file to write.`, { file })
  if (!isSame(path, operand)) return undefined
  return wrongUsage(`\`${path}\` is what is read, and would be overwritten; name another file to write.`, { file })
}

function isSame(path: string, other: string): boolean {
  try {
    return realpathSync(path) === realpathSync(other)
  } catch {
    return false
  }
}

/** Writes a file so that it appears whole or not at all; what stands in the way is wrong usage. */
export function writeNamed(path: string, content: Uint8Array | string): Reply | undefined {
  if (isDirectory(path)) return wrongUsage(`\`${path}\` is a folder; name a file to write.`, { file: path })
  const why = tryWrite(path, content)
  return why === undefined ? undefined : wrongUsage(`\`${path}\` cannot be written: ${why}.`, { file: path })
}

/** Writes a file so that it appears whole or not at all, and says what stands in the way. */
export function tryWrite(path: string, content: Uint8Array | string): string | undefined {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const mode = modeOf(path)
  let draft: string | undefined
  try {
    if (mode === 'special') writeThrough(path, bytes)
    else {
      // Through a symbolic link its target is replaced.
      const target = mode === undefined ? path : realpathSync(path)
      draft = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)
      writeAll(openSync(draft, 'wx', mode), bytes)
      renameSync(draft, target)
    }
    return undefined
  } catch (error) {
    if (draft !== undefined) removeQuietly(draft)
    return isMissing(error) ? `there is no folder \`${dirname(path)}\`` : `the system says ${codeOf(error)}`
  }
}

/** Only a plain file can be replaced; a pipe or a device takes the bytes as they come. */
function writeThrough(path: string, bytes: Uint8Array): void {
  // A pipe waits for its reader, and no signal is heard meanwhile: it has to end the program by itself.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal)
  writeAll(openSync(path, 'w'), bytes)
}

function writeAll(file: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
  } finally {
    closeSync(file)
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** The permissions of a plain file; nothing where there is none. */
function modeOf(path: string): number | 'special' | undefined {
  try {
    const stat = statSync(path)
    return stat.isFile() ? stat.mode & 0o777 : 'special'
  } catch {
    return undefined
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was not made, or is gone already.
  }
}

const skipped = new Set(['node_modules', 'target', 'dist', 'out'])

/** All sources below a folder, sorted, without hidden folders and those of build tools; and folders that cannot be read. */
export function findSources(folder = '.'): { sources: string[]; unreadable: string[] } {
  const sources: string[] = []
  const unreadable: string[] = []
  const look = (folder: string): void => {
    const found = listed(folder)
    if (!found) return void unreadable.push(folder)
    for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name)) look(path)
      if (entry.isFile() && entry.name.endsWith('.ipvm')) sources.push(path)
    }
  }
  look(folder)
  return { sources, unreadable }
}

function listed(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return undefined
  }
}

/** The files that a command was given, else all sources below the current folder. */
export function chooseSources(files: string[]): Result<string[], Reply> {
  if (files.length > 0) return ok([...new Set(files)])
  const { sources, unreadable } = findSources()
  const [file] = unreadable
  if (file !== undefined)
    return fail(wrongUsage(`The folder \`${file}\` ${problems.unreadable}. Name the files that you mean.`, { file }))
  return sources.length > 0 ? ok(sources) : fail(wrongUsage('There is no `.ipvm` file in this folder; name one.'))
}
