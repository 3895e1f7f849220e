import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { CID } from 'multiformats/cid'
import { compile } from '../../compiler/compile.ts'
import type { Compiled, CompileOptions, Host } from '../../compiler/interface.ts'
import { builtIns } from '../../compiler/builtin/index.ts'
import type { Diagnostic } from '../../grammar/diagnostics.ts'
import { renderDiagnostic } from '../../grammar/render.ts'

/** A file that tests import: the greeting of the first example. */
export const helloWasm: Uint8Array = readFileSync(new URL('../../examples/hello/hello.wasm', import.meta.url))

/** The current folder of hosts in memory. */
const CURRENT = '/project'

/** Files by path, seen from {@link CURRENT}; a folder is the path of a file up to a slash. */
export function memoryHost(files: Record<string, string | Uint8Array>, blocks = new Map<string, Uint8Array>()): Host {
  const contents = new Map(Object.entries(files).map(([name, content]) => [posix.resolve(CURRENT, name), content]))
  const folders = new Set([CURRENT, '/'])
  for (const path of contents.keys())
    for (let at = posix.dirname(path); !folders.has(at); at = posix.dirname(at)) folders.add(at)
  const absolute = (path: string): string => posix.resolve(CURRENT, path)
  return {
    readFile(path) {
      const content = contents.get(absolute(path))
      if (content !== undefined) return typeof content === 'string' ? Buffer.from(content) : content
      return folders.has(absolute(path)) ? 'directory' : 'missing'
    },
    realPath(path) {
      const real = absolute(path)
      return contents.has(real) || folders.has(real) ? real : undefined
    },
    list: folder =>
      [...contents.keys(), ...folders]
        .filter(path => posix.dirname(path) === absolute(folder))
        .map(path => posix.basename(path)),
    readBlock: async (cid: CID) => blocks.get(cid.toString()),
  }
}

/** Compiles a text with `hello.wasm` and other files beside it. */
export function compileText(
  text: string,
  options: CompileOptions = {},
  files: Record<string, string | Uint8Array> = {},
) {
  return compile(memoryHost({ 'main.ipvm': text, 'hello.wasm': helloWasm, ...files }), 'main.ipvm', options)
}

/** Compiles what must compile. */
export async function compiled(text: string, options: CompileOptions = {}, files = {}): Promise<Compiled> {
  const result = await compileText(text, options, files)
  if (result.ok) return result.value
  throw new Error('usage' in result ? result.usage.message : renderAll(result.diagnostics, text, files))
}

function renderAll(found: Diagnostic[], text: string, files: Record<string, string | Uint8Array>): string {
  const sourceOf = (file: string): string | undefined => {
    const known = file === 'main.ipvm' ? text : (files[file] ?? builtIns.get(file))
    return typeof known === 'string' ? known : undefined
  }
  return found.map(diagnostic => renderDiagnostic(diagnostic, sourceOf)).join('\n')
}

/** The rendered diagnostics of a text, as a user sees them. */
export async function rendered(text: string, files: Record<string, string | Uint8Array> = {}): Promise<string> {
  const result = await compileText(text, {}, files)
  if (result.ok) return 'no errors'
  if ('usage' in result) return `usage: ${result.usage.message}`
  return renderAll(result.diagnostics, text, files)
}

/** Loads the blocks of a compiled job. */
export function loaderOf(compiledJob: Compiled): (cid: CID) => Promise<Uint8Array | undefined> {
  const blocks = new Map(compiledJob.blocks.map(({ cid, bytes }) => [cid.toString(), bytes]))
  return async cid => blocks.get(cid.toString())
}
