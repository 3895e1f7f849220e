import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'

/** Which rooms a room may open, beside itself. */
export const doors: Readonly<Record<string, readonly string[]>> = {
  dag: [],
  grammar: ['dag'],
  compiler: ['dag', 'grammar'],
  lsp: ['dag', 'grammar', 'compiler'],
  runtime: ['dag'],
  cli: ['dag', 'grammar', 'compiler', 'runtime', 'lsp'],
  editors: ['grammar'],
}
/** Packages that a room may not load, whatever else it does. */
const shut: Readonly<Record<string, readonly string[]>> = { runtime: ['chevrotain', 'prettier'], dag: ['chevrotain'] }

/**
 * What a module imports: statically, dynamically, by re-export, or as the URL of a module beside it; types too, unless
 * only what is loaded when it runs is asked for. Other files (`./a.wasm`) are no modules.
 */
export function importsOf(source: string, { types = true } = {}): string[] {
  const code = withoutComments(source)
  const forms = [
    types
      ? /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g
      : /\b(?:import|export)\b(?!\s+type\b)[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\b(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/g,
    /\bnew URL\s*\(\s*['"`](\.[^'"`]*\.[cm]?[jt]s)['"`]/g,
  ]
  const found = forms.flatMap(form => [...code.matchAll(form)].map(match => match[1]!))
  return found.filter(target => !target.startsWith('.') || /(\/[^.]*|\.[cm]?[jt]s)$/.test(target))
}

/** Comments become blanks; what looks like one inside of a string stays. */
function withoutComments(source: string): string {
  const parts = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`)|\/\/[^\n]*|\/\*[^]*?\*\//g
  return source.replace(parts, (_, text?: string) => text ?? ' ')
}

/** The sources of the rooms below a folder, by path with slashes. */
export function readRooms(root: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const room of Object.keys(doors))
    for (const entry of readdirSync(join(root, room), { recursive: true, withFileTypes: true }))
      if (entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name)) {
        const path = join(entry.parentPath, entry.name)
        files.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'))
      }
  return files
}

/** Every import that goes through a door that is shut: `grammar/x.ts opens runtime/run.ts`. */
export function findBreaches(files: Map<string, string>): string[] {
  const breaches: string[] = []
  for (const [file, source] of files) {
    const room = file.split('/')[0]!
    for (const target of importsOf(source)) {
      if (!target.startsWith('.')) {
        const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0]!
        if (shut[room]?.includes(name) || name === 'ipvm') breaches.push(`${file} opens ${target}`)
        continue
      }
      const path = resolveImport(file, target)
      const other = path.split('/')[0]!
      if (other !== room && !doors[room]!.includes(other)) breaches.push(`${file} opens ${path}`)
    }
  }
  return breaches
}

/** All that a module loads when it runs, over all of its imports. */
export function reach(files: Map<string, string>, entry: string): { files: Set<string>; packages: Set<string> } {
  const found = new Set([entry])
  const packages = new Set<string>()
  for (const file of found)
    for (const target of importsOf(files.get(file) ?? '', { types: false }))
      if (target.startsWith('.')) found.add(resolveImport(file, target))
      else packages.add(target)
  return { files: found, packages }
}

function resolveImport(file: string, target: string): string {
  return normalize(join(dirname(file), target))
    .split(sep)
    .join('/')
}
