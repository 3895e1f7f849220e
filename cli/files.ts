import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { suggest } from '../compiler/suggest.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import { wrongUsage } from './diagnostics.ts'
import type { Reply } from './output.ts'

/** Files beyond this are refused before they are read. */
const maxFile = 2 ** 31 - 1

export type FileProblem = 'missing' | 'directory' | 'unreadable'

/** The bytes of a file, or why there are none. */
export function readBytes(path: string): Uint8Array | FileProblem {
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) return 'directory'
    if (stat.size > maxFile) return 'unreadable'
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    return isMissing(error) ? 'missing' : 'unreadable'
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(codeOf(error))
}

/** The system's code of an error, such as `EACCES`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** A file that the command line names; one that cannot be read is wrong usage, with the files that may be meant. */
export function readNamed(path: string): Result<Uint8Array, Reply> {
  const bytes = readBytes(path)
  return typeof bytes === 'string' ? fail(unreadable(path, bytes)) : ok(bytes)
}

function unreadable(path: string, problem: FileProblem): Reply {
  if (problem === 'directory') {
    const inside = entries(path).filter(name => /\.(ipvm|car)$/.test(name))
    const list = inside.length === 0 ? '' : ` It has: ${inside.slice(0, 5).join(', ')}.`
    return wrongUsage(`\`${path}\` is a folder; name a file.${list}`, { file: path })
  }
  if (problem === 'unreadable')
    return wrongUsage(`\`${path}\` cannot be read: the system refuses, or it is too large.`, { file: path })
  const folder = dirname(path)
  const names = entries(folder)
  if (names.length === 0 && readBytes(folder) !== 'directory')
    return wrongUsage(`There is no file \`${path}\`: there is no folder \`${folder}\`.`, { file: path })
  const near = suggest(basename(path), names) ?? names.find(name => name === `${basename(path)}.ipvm`)
  return wrongUsage(`There is no file \`${path}\`.`, {
    file: path,
    near: near === undefined ? undefined : folder === '.' && !path.startsWith('.') ? near : join(folder, near),
  })
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Writes a file so that it appears whole or not at all; what stands in the way is wrong usage. */
export function writeNamed(path: string, content: Uint8Array | string): Reply | undefined {
  if (readBytes(path) === 'directory')
    return wrongUsage(`\`${path}\` is a folder; name a file to write.`, { file: path })
  const mode = modeOf(path)
  // A pipe or a device is written through; only a plain file can be replaced.
  const plain = mode !== 'special'
  // Through a symbolic link its target is replaced.
  const target = typeof mode === 'number' ? realpathSync(path) : path
  const draft = plain ? join(dirname(target), `.${basename(target)}.${process.pid}.tmp`) : path
  try {
    const file = openSync(draft, plain ? 'wx' : 'w', typeof mode === 'number' ? mode : undefined)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    } finally {
      closeSync(file)
    }
    if (plain) renameSync(draft, target)
    return undefined
  } catch (error) {
    if (plain) removeQuietly(draft)
    const why = isMissing(error) ? `there is no folder \`${dirname(path)}\`` : `the system says ${codeOf(error)}`
    return wrongUsage(`\`${path}\` cannot be written: ${why}.`, { file: path })
  }
}

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

/** All sources below a folder, sorted; hidden folders and those of build tools are left out. */
export function findSources(folder = '.'): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name.startsWith('.') || skipped.has(entry.name) ? [] : findSources(path)
      return entry.isFile() && entry.name.endsWith('.ipvm') ? [path] : []
    })
}

/** The files that a command was given, else all sources below the current folder. */
export function chooseSources(files: string[]): Result<string[], Reply> {
  const found = files.length > 0 ? files : findSources()
  return found.length > 0 ? ok(found) : fail(wrongUsage('There is no `.ipvm` file in this folder; name one.'))
}
