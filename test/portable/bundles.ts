import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { forBrowsers } from '../../build/browser/plugin.ts'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const shared = { bundle: true, format: 'esm', logLevel: 'error' } as const

/** Writes the scripts of all places to a folder: `node.js` with its workers, `tasks-page.js` and `jobs-page.js`. */
export async function bundlePlaces(folder: string): Promise<void> {
  const wasm = '../../runtime/wasm'
  const outdir = folder
  await Promise.all([
    build({
      ...shared,
      outdir,
      entryPoints: ['places/node.ts', `${wasm}/worker.ts`, `${wasm}/keeper.ts`].map(source),
      entryNames: '[name]',
      platform: 'node',
      target: 'node22',
      banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    }),
    build({ ...shared, outdir, entryPoints: [source('places/tasks-page.ts')], platform: 'browser' }),
    build({ ...shared, ...forBrowsers, outdir, entryPoints: [source('places/jobs-page.ts')] }),
  ])
}
