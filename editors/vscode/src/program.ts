import { isAbsolute, join } from 'node:path'

/** How `ipvm` is started; what it is to do goes behind `args`. Never through a shell. */
export interface Program {
  command: string
  args: string[]
  env: Record<string, string>
}

/**
 * The `ipvm` that is used.
 *
 * @param setting of the machine; empty for the one that comes with the extension
 * @param extension folder of the extension
 * @param node the Node that runs the extension, which is Electron on a desktop
 */
export function programOf(setting: string, extension: string, node: string): Program | { why: string } {
  if (setting === '') return script(join(extension, 'server', 'dist', 'ipvm.js'), node)
  if (!isAbsolute(setting)) return { why: `ipvm.server.path must be an absolute path, and “${setting}” is none.` }
  if (/\.[cm]?js$/i.test(setting)) return script(setting, node)
  if (/\.(cmd|bat)$/i.test(setting))
    return { why: `ipvm.server.path cannot be a batch file (“${setting}”): give the ipvm.js that it starts.` }
  return { command: setting, args: [], env: {} }
}

function script(path: string, node: string): Program {
  // Electron is Node where this is set, for the processes that it starts too.
  return { command: node, args: [path], env: { ELECTRON_RUN_AS_NODE: '1' } }
}

/** A name of the language (docs/language.md, Grammar). */
const name = /^[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*$/

/** What `ipvm` is told to do with a file; nothing where the name of a job cannot be one. */
export function argumentsOf(what: 'run' | 'build' | 'test', file: string, chosen?: string): string[] | undefined {
  if (what === 'test') return ['test', file, ...(chosen === undefined ? [] : [`--name=${chosen}`])]
  if (chosen === undefined) return [what, file]
  return name.test(chosen) ? [what, file, '-j', chosen] : undefined
}
