/**
 * `npm run build`: `dist/ipvm.js`, the command line in one file; `dist/worker.js`, what its worker threads load; and the
 * library, one module for each source, with declarations.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Plugin } from 'esbuild'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
rmSync('dist', { recursive: true, force: true })
mkdirSync('dist')

/**
 * Built-in modules are required where they are used: what a command does not use is not loaded, and a Node that is too
 * old for a named import still gets as far as the sentence that says so.
 */
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
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  plugins: [lazyBuiltins],
  logLevel: 'warning',
}
const require = `import { createRequire as ipvmRequire } from 'node:module'; const require = ipvmRequire(import.meta.url);`

await build({
  ...shared,
  entryPoints: ['cli/main.ts'],
  outfile: 'dist/ipvm.js',
  banner: { js: `#!/usr/bin/env node\n${require}` },
})
await build({
  ...shared,
  entryPoints: ['runtime/wasm/worker.ts'],
  outfile: 'dist/worker.js',
  banner: { js: require },
})
chmodSync('dist/ipvm.js', 0o755)

const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'build/tsconfig.json'], {
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)

// npm links the `bin` of a package into the projects that install it, and not into its own folder.
if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  rmSync('node_modules/.bin/ipvm', { force: true })
  symlinkSync('../../dist/ipvm.js', 'node_modules/.bin/ipvm')
}
