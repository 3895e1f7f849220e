/**
 * `npm run build`: `dist/ipvm.js` and `dist/cli.js`, the command line and its launcher; `dist/worker.js` and `dist/keeper.js`, what
 * its workers and their keeper load; `dist/lsp-worker.js`, the language server for a worker of a browser; and the library, one module
 * for each source, with declarations. With `--bundle` all but the library.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { forBrowsers } from './browser/plugin.ts'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const bundleOnly = process.argv.includes('--bundle')
if (!bundleOnly) rmSync('dist', { recursive: true, force: true })
mkdirSync('dist', { recursive: true })

/** Built-in modules are required where they are used: what a command does not use is not loaded. */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)?$/ }, ({ path, kind, namespace }) => {
      const name = path.replace(/^node:/, '')
      const builtin = builtinModules.includes(name) || path.startsWith('node:')
      if (!builtin || kind === 'require-call' || namespace === 'builtin')
        return builtin ? { path, external: true } : null
      return { path: name, namespace: 'builtin' }
    })
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require('node:${path}')`,
      loader: 'js',
    }))
  },
}

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  legalComments: 'linked',
  logLevel: 'warning',
  write: false,
}
const require = `import { createRequire as ipvmRequire } from 'node:module'; const require = ipvmRequire(import.meta.url);`

/** Bundles a module to one file of `dist`; files appear whole, since tests may run while another build is under way. */
async function bundle(entry: string, name: string, options: BuildOptions): Promise<void> {
  const { outputFiles } = await build({ ...shared, ...options, entryPoints: [entry], outfile: `dist/${name}` })
  for (const { path, contents } of outputFiles!) {
    writeFileSync(`${path}.${process.pid}`, contents, { mode: path.endsWith('/ipvm.js') ? 0o755 : 0o644 })
    renameSync(`${path}.${process.pid}`, path)
  }
}

/** The program stands in a file of its own: Node's compile cache takes only what is loaded after it was switched on. */
const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/program\.ts$/ }, () => ({ path: './cli.js', external: true }))
  },
}
await bundle('cli/main.ts', 'ipvm.js', { target: 'node18', plugins: [apart], banner: { js: '#!/usr/bin/env node' } })
await bundle('cli/program.ts', 'cli.js', { target: 'node22', plugins: [lazyBuiltins], banner: { js: require } })
for (const name of ['worker', 'keeper'])
  await bundle(`runtime/wasm/${name}.ts`, `${name}.js`, {
    target: 'node22',
    plugins: [lazyBuiltins],
    banner: { js: require },
  })
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
await bundle('lsp/worker.ts', 'lsp-worker.js', {
  ...forBrowsers,
  // Workers are no modules unless a page says so, and may be started either way.
  format: 'iife',
  target: 'es2024',
  define: { IPVM_VERSION: JSON.stringify(version) },
})

if (bundleOnly) process.exit(0)
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'build/tsconfig.json'], {
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)

// npm links the `bin` of a package into the projects that install it, and not into its own folder.
if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  rmSync('node_modules/.bin/ipvm', { force: true })
  symlinkSync('../../dist/ipvm.js', 'node_modules/.bin/ipvm')
}
