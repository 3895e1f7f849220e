import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transpile } from '@bytecodealliance/jco-transpile'
import { afterAll } from 'vitest'

/** What a transpiled component exports. Its shape is the component's own, which TypeScript does not know. */
export type Exports = Record<string, any>

/** Makes a fresh instance. */
export type Load = (imports?: Exports) => Exports

const folder = mkdtempSync(join(tmpdir(), 'ipvm-components-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * A component on a host that is not ours: jco turns it into a JavaScript module. Its values differ from those of
 * `dag/value.ts`: variants are `{ tag, val }`, names camel case, flags objects of booleans, errors are thrown.
 */
export async function component(path: string): Promise<Load> {
  const name = path.replaceAll(/\W/g, '-')
  const { files } = await transpile(path, { name, instantiation: 'sync', noComponentErrorWrapping: true })
  const cores = new Map<string, WebAssembly.Module>()
  const main = join(folder, `${name}.mjs`)
  for (const [file, bytes] of Object.entries(files)) {
    if (file.endsWith('.wasm')) cores.set(file, new WebAssembly.Module(bytes))
    if (file.endsWith('.js')) writeFileSync(main, bytes)
  }
  const { instantiate } = await import(pathToFileURL(main).href)
  return (imports = {}) => instantiate((file: string) => cores.get(file), imports)
}
