import { posix } from 'node:path'
import { builtIns } from '../../../compiler/builtin/index.ts'
import { locate } from '../../../compiler/files.ts'
import type { ImportNames, Module, TypeNode } from '../../../grammar/nodes.ts'
import { parse } from '../../../grammar/parse.ts'
import { decodeSource } from '../../../grammar/source.ts'
import type { Edit, View } from '../../interface.ts'
import type { Workspace } from '../../workspace.ts'
import { Tier, type Candidate } from './candidates.ts'
import { called } from './names.ts'
import type { Place } from './place.ts'

/** A name that other files can import. */
export interface Exported {
  /** Absolute, of the file that declares it; `ipvm:effects` for what is in the box. */
  path: string
  /** Files of the language that this one imports. */
  imports: readonly string[]
  name: string
  kind: 'job' | 'type' | 'const' | 'effect'
  /** Parameters of a job. */
  params: number
  /** Whether it is a type with cases or flags, so that an expression can begin with it. */
  cases: boolean
  /** Its declaration without its body, on one line. */
  signature: string
  docs?: string
}

const MAX_SIGNATURE = 200

/** What other files can import of a file. */
export function exportsOf(path: string, text: string, { items }: Module): Exported[] {
  const imports = items.flatMap(item =>
    item.kind === 'ImportNames' && !builtIns.has(item.from.value)
      ? posix.resolve(posix.dirname(path), item.from.value)
      : [],
  )
  return items.flatMap((item): Exported[] => {
    const signature = (end: number): string => text.slice(item.start, Math.min(end, item.start + MAX_SIGNATURE))
    const common = (end: number) => ({
      path,
      imports,
      cases: false,
      signature: signature(end).trim().replace(/\s+/g, ' '),
      ...('docs' in item && item.docs !== undefined ? { docs: item.docs } : {}),
    })
    switch (item.kind) {
      case 'Job':
        if (!item.exported || item.name.text === '') return []
        return [{ ...common(item.body.start), name: item.name.text, kind: 'job', params: item.params.length }]
      case 'TypeDeclaration':
        if (item.name.text === '') return []
        return [{ ...common(item.end), name: item.name.text, kind: 'type', params: 0, cases: hasCases(item.type) }]
      case 'Const':
        return item.name.text === '' ? [] : [{ ...common(item.end), name: item.name.text, kind: 'const', params: 0 }]
      case 'EffectDeclaration':
        return item.name.text === ''
          ? []
          : [{ ...common(headEnd(text, item.scheme.end)), name: item.name.text, kind: 'effect', params: 0 }]
      default:
        return []
    }
  })
}

function hasCases({ kind }: TypeNode): boolean {
  return kind === 'EnumType' || kind === 'VariantType' || kind === 'FlagsType'
}

/** The end of `effect http("https:")`, of which the parenthesis may not be written yet. */
function headEnd(text: string, scheme: number): number {
  return text[scheme] === ')' ? scheme + 1 : scheme
}

const known = new WeakMap<Uint8Array, Exported[]>()
/** What the modules of the language export. */
export const ofLanguage: readonly Exported[] = [...builtIns].flatMap(([path, text]) =>
  exportsOf(path, text, parse(text, path).module),
)

/** What the files of a workspace export, read again only where their texts have changed. */
export class ExportIndex {
  readonly #files = new Map<string, { text: string; exports: Exported[] }>()

  /** @param paths all files of the language in the workspace */
  of(workspace: Workspace, paths: Iterable<string>): Exported[] {
    const all: Exported[] = []
    const seen = new Set<string>()
    for (const path of paths) {
      seen.add(path)
      const text = workspace.textOf(path)
      if (text === undefined) continue
      const old = this.#files.get(path)
      const exports = old?.text === text ? old.exports : exportsOf(path, text, parse(text, path).module)
      this.#files.set(path, { text, exports })
      for (const entry of exports) all.push(entry)
    }
    for (const path of this.#files.keys()) if (!seen.has(path)) this.#files.delete(path)
    return all
  }
}

/** Names in the braces of an import. */
export function importedNames(view: View, from: string, given: string[]): Candidate[] {
  return sourceExports(view, from)
    .filter(({ name }) => !given.includes(name))
    .map(({ path, name, kind, signature }) => ({
      ...{ label: name, kind: kindOf(kind), tier: Tier.needed, detail: signature, commit: [','] },
      about: { kind: 'export', path, name },
    }))
}

function kindOf(kind: Exported['kind']): Candidate['kind'] {
  return kind === 'const' ? 'constant' : kind
}

/** Names in the braces of an import that has no source yet, or an empty one, which is written with them. */
export function sourcelessNames(
  view: View,
  { tokens, range }: Place,
  given: string[],
  others: readonly Exported[],
): Candidate[] {
  const circular = importersOf(view.path, others)
  const all = [...others, ...ofLanguage].filter(({ path }) => !circular.has(path))
  const exporting = (name: string): Set<string> =>
    new Set(all.flatMap(entry => (entry.name === name ? entry.path : [])))
  const wanted = given.map(exporting)
  const behind = tokens.filter(({ start }) => start >= range.end)
  const closed = behind.findIndex(({ type }) => type === 'RBrace')
  const [brace, from, quotes] = closed < 0 ? [] : behind.slice(closed)
  return all.flatMap(({ path, name, kind, signature }): Candidate[] => {
    if (given.includes(name) || wanted.some(paths => !paths.has(path))) return []
    const symbol = view.scope.get(name)
    if (symbol && symbol.kind !== 'lost') return []
    const source = sourceOf(view, path)
    if (source === undefined) return []
    const hasFrom = from?.type === 'FromWord'
    const start = hasFrom ? from.end : brace?.end
    const end = hasFrom && quotes?.text === '""' ? quotes.end : start
    const written = hasFrom ? ` "${source}"` : ` from "${source}"`
    return [
      {
        ...{ label: name, kind: kindOf(kind), tier: Tier.needed, detail: `${signature} (${source})` },
        about: { kind: 'export', path, name },
        ...(start === undefined || end === undefined ? {} : { edits: [{ start, end, text: written }] }),
        ...(behind.length === 0 ? { text: `${name} }${written}` } : {}),
      },
    ]
  })
}

/** What the file exports that an import names. */
function sourceExports(view: View, from: string): Exported[] {
  if (builtIns.has(from)) return ofLanguage.filter(({ path }) => path === from)
  if (!from.endsWith('.ipvm')) return []
  const path = locate(view.checker, { kind: 'Text', value: from, start: 0, end: 0 })
  if (!path.ok) return []
  const bytes = view.checker.host.readFile(path.value)
  if (typeof bytes === 'string') return []
  let found = known.get(bytes)
  if (!found) {
    const text = decodeSource(bytes)
    found = text.ok ? exportsOf(path.value, text.value, parse(text.value, path.value).module) : []
    known.set(bytes, found)
  }
  return found
}

/** Names of other files that can be written here, with the imports that they need. */
export function otherNames(
  view: View,
  place: Place,
  others: readonly Exported[],
  kinds: readonly Exported['kind'][],
): Candidate[] {
  if (place.word === '') return []
  const taken = new Set(place.locals.map(({ name }) => name))
  const wanted = place.word[0]!.toLowerCase()
  const circular = importersOf(view.path, others)
  return [...others, ...ofLanguage].flatMap((entry): Candidate[] => {
    const { path, name, kind, signature } = entry
    if (!kinds.includes(kind) || circular.has(path) || !name.toLowerCase().includes(wanted)) return []
    if (kind === 'type' && !entry.cases && place.want.kind !== 'type') return []
    if (taken.has(name) || view.scope.has(name)) return []
    const source = sourceOf(view, path)
    if (source === undefined) return []
    const edits = (): Edit[] => [importEdit(view, source, name)]
    const call = kind === 'job' ? called(place, name, entry.params) : {}
    const detail = `${signature} (${source})`
    const about = { kind: 'export', path, name } as const
    return [{ label: name, kind: kindOf(kind), tier: Tier.elsewhere, detail, edits, about, ...call }]
  })
}

/** A file, and those that import it, over others too: it cannot import them. */
function importersOf(path: string, others: readonly Exported[]): Set<string> {
  const files = new Map<string, readonly string[]>()
  for (const entry of others) files.set(entry.path, entry.imports)
  const found = new Set([path])
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const [file, imports] of files) if (imports.some(other => found.has(other))) found.add(file)
  }
  return found
}

/** How a file names another one; nothing where that is outside of its project. */
export function sourceOf(view: View, path: string): string | undefined {
  if (builtIns.has(path)) return path
  const { root } = view.checker
  if (!path.startsWith(root === '/' ? root : `${root}/`)) return undefined
  const relative = posix.relative(posix.dirname(view.path), path)
  return relative.startsWith('../') ? relative : `./${relative}`
}

/** Adds a name to the import of a source, or an import to those that are there, where it stands in their order. */
export function importEdit({ tree, text }: View, source: string, name: string): Edit {
  const imports = tree.items.filter(item => item.kind === 'Import' || item.kind === 'ImportNames')
  const same = imports.find((item): item is ImportNames => item.kind === 'ImportNames' && item.from.value === source)
  const last = same?.names.at(-1)
  if (same && last) {
    const next = same.names.find(other => text.slice(other.start, other.end) > name)
    const gap = /[\r\n]\s*$/.exec(text.slice(same.start, (next ?? last).start))?.[0]
    if (next) return { start: next.start, end: next.start, text: `${name},${gap ?? ' '}` }
    const comma = gap === undefined ? undefined : /^\s*,/.exec(text.slice(last.end))?.[0]
    const end = comma === undefined ? last.end : behindComment(text, last.end + comma.length)
    return { start: end, end, text: comma === undefined ? `,${gap ?? ' '}${name}` : `${gap}${name},` }
  }
  const empty = same && /^import\s*\{\s*\}/.exec(text.slice(same.start, same.end))?.[0]
  if (empty !== undefined) return { start: same!.start, end: same!.start + empty.length, text: `import { ${name} }` }
  const ending = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n'
  const line = `import { ${name} } from "${source}"`
  const behind = imports.findIndex(({ from }) => compareSources(from.value, source) > 0)
  const after = imports.at(behind < 0 ? -1 : behind - 1)
  const [first] = imports
  if (first && behind === 0) return { start: first.start, end: first.start, text: `${line}${ending}` }
  if (after) {
    const end = behindComment(text, after.end)
    return { start: end, end, text: `${ending}${line}` }
  }
  const start = topOf(tree, text)
  return { start, end: start, text: `${line}${ending}${ending}` }
}

/** The order of imports by what they import: components, files, what is of the language. */
export function compareSources(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0)
}

function rank(source: string): number {
  return source.startsWith('ipvm:') ? 2 : source.endsWith('.ipvm') ? 1 : 0
}

/** Where the comment ends that stands behind something on its line. */
function behindComment(text: string, end: number): number {
  COMMENT.lastIndex = end
  return end + (COMMENT.exec(text)?.[0].length ?? 0)
}
const COMMENT = /[ \t]*\/\/[^\r\n]*/y

/** Where the first declaration begins, its docs included, behind what the module says of itself and who owns it. */
function topOf(tree: Module, text: string): number {
  const head = HEAD.exec(text)![0].length
  const first = tree.items[0]
  return first ? Math.min(head, first.start) : head
}
const END = String.raw`(?:\r\n|\n|\r(?!\n))`
const EMPTY = String.raw`[ \t]*${END}`
/** A comment that a blank line ends, then `//!`. */
const HEAD = new RegExp(
  String.raw`^\ufeff?(?:${EMPTY})*(?:(?:[ \t]*//(?![/!]).*${END})+(?=${EMPTY}))?(?:${EMPTY})*(?:[ \t]*//!.*(?:${END}|$))*(?:${EMPTY})*`,
)
