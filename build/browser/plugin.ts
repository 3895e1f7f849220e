import { fileURLToPath } from 'node:url'
import type { BuildOptions, Plugin } from 'esbuild'

const replacements = fileURLToPath(new URL('builtins.ts', import.meta.url))

/** Modules of Node, where there is no Node. */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve }) {
    onResolve({ filter: /^node:(buffer|crypto|path)$/ }, () => ({ path: replacements }))
  },
}

/** For bundles of the compiler that a browser runs. */
export const forBrowsers: BuildOptions = {
  platform: 'browser',
  plugins: [builtins],
  inject: [replacements],
}
