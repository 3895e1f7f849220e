import { builtIns } from '../compiler/builtin/index.ts'
import type { Symbol } from '../compiler/scope.ts'
import { rowOf } from '../grammar/diagnostics.ts'
import { printWit, type Wit } from './wit.ts'
import { decoded, encoded } from './paths.ts'
import type { Workspace } from './workspace.ts'

const explained = 'ipvm:explain/'
const prefix = 'ipvm-wit:'
const suffix = '.wit'

/** Texts of interfaces, by the components: they are asked for again and again. */
const printed = new WeakMap<object, Wit>()

/** The path of the text that shows the interface of an imported component: `ipvm-wit:/folder/main.ipvm/image.wit`. */
export function witPath({ home, name }: Symbol & { kind: 'module' }): string {
  return `${prefix}${home.path}/${name}${suffix}`
}

/** The interface of an imported component; undefined where it could not be loaded. */
export function witOf({ component, name }: Symbol & { kind: 'module' }): Wit | undefined {
  if (!component) return undefined
  const known = printed.get(component) ?? printWit(component, name)
  printed.set(component, known)
  return known
}

/** Whether a path is that of a text that no file holds. */
export function isVirtual(path: string): boolean {
  return path.startsWith(prefix) || path.startsWith(explained) || builtIns.has(path)
}

/** A path that {@link isVirtual} by the URI of an editor, and back. */
export function virtualOfUri(uri: string): string {
  return uri.startsWith(prefix) ? decoded(uri) : uri
}
export function uriOfVirtual(path: string): string {
  return path.startsWith(prefix) ? `${prefix}${encoded(path.slice(prefix.length))}` : path
}

/** The path of the text that explains a diagnostic. */
export function explanationPath(code: string): string {
  return `${explained}${code}.md`
}

/** Why a rule is there, with a wrong and a right example, as Markdown. */
function explanation(code: string): string | undefined {
  const row = rowOf(code)
  if (!row) return undefined
  const { name, explain, wrong, right } = row
  const example = (title: string, text: string): string =>
    text === '' ? '' : `\n## ${title}\n\n\`\`\`ipvm\n${text.trimEnd()}\n\`\`\`\n`
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return `# ${code}: ${words}\n\n${explain}\n${example('Wrong', wrong)}${example('Right', right)}`
}

/** The text behind a path that {@link isVirtual}: of a module of the language, the interface of a component, what a diagnostic means. */
export async function virtualText(workspace: Workspace, path: string): Promise<string | undefined> {
  if (path.startsWith(explained)) return explanation(path.slice(explained.length, -'.md'.length))
  if (!path.startsWith(prefix)) return builtIns.get(path)
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1, -suffix.length)
  return workspace.use(path.slice(prefix.length, slash), ({ scope }) => {
    const symbol = scope.get(name)
    return symbol?.kind === 'module' ? witOf(symbol)?.text : undefined
  })
}
