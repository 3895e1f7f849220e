import { readFileSync } from 'node:fs'
import type { CID } from 'multiformats/cid'
import { compile } from '../../compiler/compile.ts'
import type { Compiled, CompileOptions } from '../../compiler/interface.ts'
import { builtIns } from '../../compiler/builtin/index.ts'
import type { Diagnostic } from '../../grammar/diagnostics.ts'
import { renderDiagnostic } from '../../grammar/render.ts'
import { memoryHost } from './memory.ts'

export { memoryHost }

/** A file that tests import: the greeting of the first example. */
export const helloWasm: Uint8Array = readFileSync(new URL('../../examples/hello/hello.wasm', import.meta.url))

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
