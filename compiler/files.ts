import { posix } from 'node:path'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Text } from '../grammar/nodes.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { ModuleContext } from './check/context.ts'
import type { Host } from './interface.ts'
import { isInside } from './root.ts'
import { madeOf, nearest, type Near } from '../dag/suggest.ts'

/** What has to be known of a file to follow the paths in it. */
export type Folder = Pick<ModuleContext, 'host' | 'file' | 'path' | 'root'>

/** Where a file is: absolute, symbolic links followed as far as it, and the folders that it is in, are there. */
export function pathOf(host: Host, file: string): string {
  const real = host.realPath(file)
  if (real !== undefined) return real
  const folder = posix.dirname(file)
  return folder === file ? posix.resolve('/', file) : posix.join(pathOf(host, folder), posix.basename(file))
}

/** A path as messages name it: in the manner of the file that was asked for. */
export function shownPath(host: Host, root: string, path: string): string {
  const current = host.realPath('.')
  return posix.isAbsolute(root) || current === undefined ? path : posix.relative(current, path)
}

/**
 * Where the file is that a module names by a path relative to itself. The path is taken by its words first, as in a URL,
 * and symbolic links are followed afterwards; neither may lead out of the project.
 */
export function locate(folder: Folder, text: Text): Result<string, Diagnostic> {
  const { host, root } = folder
  const span = { file: folder.file, start: text.start, end: text.end }
  const path = text.value
  if (posix.isAbsolute(path) || path === '')
    return fail(diagnose('FileUnreadable', { path, why: 'paths are relative to this file' }, span))
  const target = posix.resolve(posix.dirname(folder.path), path)
  if (!isInside(root, target)) return fail(diagnose('PathOutside', { path, root }, span))
  const real = host.realPath(target)
  if (real === undefined) return fail(diagnose('FileMissing', { path, near: nearFile(folder, target, path) }, span))
  return isInside(root, real) ? ok(real) : fail(diagnose('PathOutside', { path, root, link: true }, span))
}

/** A path that was probably meant: one to a file of the same folder, with a name that needs no escapes. */
function nearFile({ host, root, path: own }: Folder, target: string, path: string): Near | undefined {
  const folder = host.realPath(posix.dirname(target))
  if (folder === undefined || !isInside(root, folder)) return undefined
  const name = posix.basename(target)
  const names = host.list(folder).filter(other => /^[\w.@ -]+$/.test(other) && posix.join(folder, other) !== own)
  const near = names.find(other => other === `${name}.ipvm` || other === `${name}.wasm`) ?? nearest(name, names)
  return near === undefined ? undefined : madeOf(near, name => path.slice(0, path.lastIndexOf('/') + 1) + name)
}

/** The bytes of a file that an `import` or `embed` of a module names. */
export function readAsset(folder: Folder, text: Text): Result<Uint8Array, Diagnostic> {
  const path = locate(folder, text)
  if (!path.ok) return path
  const found = folder.host.readFile(path.value)
  if (typeof found !== 'string') return ok(found)
  const span = { file: folder.file, start: text.start, end: text.end }
  if (found === 'missing') return fail(diagnose('FileMissing', { path: text.value }, span))
  const why = found === 'directory' ? 'it is a folder' : 'the system refuses'
  return fail(diagnose('FileUnreadable', { path: text.value, why }, span))
}
