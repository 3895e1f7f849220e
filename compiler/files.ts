import { posix } from 'node:path'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Text } from '../grammar/nodes.ts'
import { fail, ok, type Result } from '../dag/result.ts'
import type { Host } from './interface.ts'

/** The path of a file that a module names, relative to the module. */
export function pathFrom(file: string, relative: string): string {
  return posix.join(posix.dirname(file), relative)
}

/** The bytes of a file that an `import` or `embed` of a module names. */
export function readAsset(host: Host, file: string, path: Text): Result<Uint8Array, Diagnostic> {
  const span = { file, start: path.start, end: path.end }
  if (posix.isAbsolute(path.value) || path.value === '')
    return fail(diagnose('FileUnreadable', { path: path.value, why: 'paths are relative to this file' }, span))
  const found = host.readFile(pathFrom(file, path.value))
  if (typeof found !== 'string') return ok(found)
  if (found === 'missing') return fail(diagnose('FileMissing', { path: path.value }, span))
  const why = found === 'directory' ? 'it is a folder' : 'the system refuses'
  return fail(diagnose('FileUnreadable', { path: path.value, why }, span))
}
