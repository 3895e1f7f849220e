import { DAG_CBOR, parseIpfsUrl } from '../dag/cid.ts'
import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type { Import, ImportedName, ImportNames, Item, Job, Module, Test, Text } from '../grammar/nodes.ts'
import { settle, settleOne } from '../grammar/moves.ts'
import { parse } from '../grammar/parse.ts'
import { decodeSource, Lines } from '../grammar/source.ts'
import { builtIns } from './builtin/index.ts'
import { note } from './check/context.ts'
import { keeping } from './check/fixes.ts'
import { componentOf, exportsOf, type ComponentContent } from './component.ts'
import { Contents } from './content.ts'
import { locate, pathOf, shownPath } from './files.ts'
import { LOCK_FILE } from './lock.ts'
import type { Host } from './interface.ts'
import { moduleContext, type ModuleChecker } from './module.ts'
import { projectRoot } from './root.ts'
import type { Session } from './session.ts'
import type { Symbol } from './scope.ts'
import { hasBody } from './kinds.ts'
import { nameOf, nearest } from '../dag/suggest.ts'

/** A file of a program: what it holds, and what it imports. */
export interface SourceFile {
  file: string
  tree: Module
  lines: Lines
  syntax: Diagnostic[]
  context: ModuleChecker
  links: Link[]
  /** Imports of what is no file of the language. */
  components: Import[]
  /** Names of it may be lost, since the parser had to guess outside of bodies: nothing is told that depends on them. */
  uncertain: boolean
}

interface Link {
  node: ImportNames
  /** Absent where there is no such file, or where it would close a circle; both are reported. */
  to: SourceFile | undefined
}

/** The files that one file is made of: itself, and all that it imports, over others too. */
export class Program {
  /** By their places, in the order in which they were reached. */
  readonly files = new Map<string, SourceFile>()
  readonly diagnostics: Diagnostic[] = []
  readonly root: SourceFile
  readonly contents: Contents
  readonly #host: Host
  readonly #session: Session | undefined
  /** The folder outside of which nothing is read. */
  readonly #folder: string

  constructor(host: Host, file: string, source: Lines, session?: Session) {
    const path = pathOf(host, file)
    this.#host = host
    this.#session = session
    this.#folder = projectRoot(host, path)
    this.contents = new Contents(host, this.#folder, shownPath(host, file, `${this.#folder}/${LOCK_FILE}`))
    this.root = this.#open(path, file, source)
    // More are appended while this goes on.
    for (const source of this.files.values()) for (const link of source.links) link.to = this.#follow(source, link.node)
    for (const source of this.files.values()) declare(source)
  }

  /** The files, each behind those that it imports. A circle is reported, and cut where it closes. */
  ordered(): SourceFile[] {
    const order: SourceFile[] = []
    const done = new Set<SourceFile>()
    const circles = new Set<SourceFile>()
    const path: { source: SourceFile; rest: Iterator<Link>; by: Link | undefined }[] = []
    const enter = (source: SourceFile, by: Link | undefined): void =>
      void path.push({ source, rest: source.links.values(), by })
    enter(this.root, undefined)
    const depths = new Map([[this.root, 0]])
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.next()
      if (next.done) {
        order.push(top.source)
        done.add(top.source)
        depths.delete(top.source)
        path.pop()
        continue
      }
      const { to } = next.value
      if (!to || to === top.source || done.has(to)) continue
      const at = depths.get(to)
      if (at === undefined) {
        depths.set(to, path.length)
        enter(to, next.value)
        continue
      }
      const circle = path.slice(at)
      const links = [...circle.slice(1).map(entry => entry.by!), next.value]
      // Files of one knot make many circles; one is enough to begin with.
      if (!circle.some(({ source }) => circles.has(source)))
        this.#reportCircle(
          circle.map(({ source }) => source),
          links,
        )
      for (const { source } of circle) circles.add(source)
      next.value.to = undefined
    }
    return order
  }

  #reportCircle(circle: SourceFile[], links: Link[]): void {
    const names = [...circle, circle[0]!].map(source => source.file)
    const places = links.map(({ node }, i) => ({
      message: `\`${names[i]}\` imports \`${names[i + 1]}\``,
      span: { file: names[i]!, start: node.from.start, end: node.from.end },
    }))
    this.diagnostics.push(diagnose('ImportCycle', { cycle: names }, places[0]!.span, { related: places.slice(1, 10) }))
  }

  /** Fills the scope of a file: what its names stand for, and the components that it imports. */
  async link(source: SourceFile): Promise<void> {
    const { context } = source
    for (const { node, to } of source.links)
      if (to === source) linkSelf(source, node)
      else if (to && !to.uncertain) for (const name of node.names) linkName(source, node, name, to)
    const components: [symbol: Symbol & { kind: 'module' }, found: ComponentContent][] = []
    const clashing = new Map<Symbol['node'], Symbol>([...context.clashing.keys()].map(symbol => [symbol.node, symbol]))
    for (const item of source.components) {
      const name = item.name.text
      const placed = context.scope.get(name)
      // One whose name another one has too is looked into as well.
      const symbol = placed?.node === item && placed.kind === 'module' ? placed : clashing.get(item)
      if (symbol?.kind !== 'module') continue
      const { node, home } = symbol
      const found = await this.#load(context, node)
      if (found && found.kind !== 'job') components.push([symbol, found])
      else {
        // What was loaded before is not what is meant now.
        symbol.component = undefined
        const other = found
          ? ({ kind: 'compiled', name, home, node, job: found.job } as const)
          : ({ kind: 'lost', name, home, node } as const)
        if (symbol === placed) context.scope.set(name, other)
      }
    }
    // What is stated may name types that components export, in whatever order they are imported.
    if (components.some(([{ node }]) => node.stated))
      for (const [symbol, found] of components) symbol.component = exportsOf(found)
    for (const [symbol, found] of components) {
      symbol.component = componentOf(context, symbol.node, found)
      noteStated(context, symbol)
    }
  }

  async #load(context: ModuleChecker, { from, stated }: Import) {
    if (from.value === '' && from.start === from.end) return undefined
    const span = { file: context.file, start: from.start, end: from.end }
    const report = (diagnostic: Diagnostic): undefined => void context.diagnostics.push(diagnostic)
    const names = this.#namesOf(context, from)
    if (names && 'severity' in names) return report(names)
    if (names) return report(diagnose('ImportNamesOf', { source: from.value, has: names }, span))
    const content = await this.contents.load(context, from)
    if (!content.ok) return report(content.error)
    if (content.value.kind === 'component' || !stated) return content.value
    const why = 'it is a compiled job, whose types are its own; leave out the interface behind it'
    return report(diagnose('ImportSource', { source: from.value, why }, span))
  }

  /** The names that can be imported, where a source is a file of the language and no component. */
  #namesOf(context: ModuleChecker, from: Text): string[] | Diagnostic | undefined {
    if (from.value.startsWith('ipvm:')) {
      const text = builtIns.get(from.value)
      return text === undefined ? unknownBuiltIn(context, from) : importable(parse(text, from.value).module)
    }
    if (!from.value.endsWith('.ipvm') || /^[a-z][a-z0-9+.-]*:/i.test(from.value)) return undefined
    const path = locate(context, from)
    if (!path.ok) return path.error
    const bytes = this.#host.readFile(path.value)
    const text = typeof bytes === 'string' ? undefined : decodeSource(bytes)
    return text?.ok ? importable(parse(text.value, from.value).module) : []
  }

  /** The file that an `import { … }` names, which is opened where it was not before. */
  #follow(source: SourceFile, node: ImportNames): SourceFile | undefined {
    const { context } = source
    const { from } = node
    const span = { file: source.file, start: from.start, end: from.end }
    const report = (diagnostic: Diagnostic): undefined => void this.diagnostics.push(diagnostic)
    if (from.value === '' && from.start === from.end) return undefined
    if (from.value.startsWith('ipvm:')) {
      const text = builtIns.get(from.value)
      if (text === undefined) return report(unknownBuiltIn(context, from))
      return this.files.get(from.value) ?? this.#open(from.value, from.value, new Lines(text))
    }
    if (from.value.startsWith('ipfs://')) return report(importWhole(context, node))
    if (/^[a-z][a-z0-9+.-]*:/i.test(from.value)) {
      const why = 'names are imported from files, by a relative path, and from `ipvm:effects`'
      return report(diagnose('ImportSource', { source: from.value, why }, span))
    }
    const path = locate(context, from)
    if (!path.ok) return report(path.error)
    if (path.value === source.context.path) {
      report(importSelf(context, node))
      return source
    }
    const known = this.files.get(path.value)
    if (known) return known
    const bytes = this.#host.readFile(path.value)
    if (typeof bytes === 'string') {
      const why = bytes === 'directory' ? 'it is a folder' : 'the system refuses'
      return report(diagnose('FileUnreadable', { path: from.value, why }, span))
    }
    if (isWasm(bytes)) return report(importWhole(context, node))
    if (!path.value.endsWith('.ipvm')) {
      const why = 'names are imported from files of this language, which end in `.ipvm`'
      return report(diagnose('ImportSource', { source: from.value, why }, span))
    }
    const text = decodeSource(bytes)
    const file = shownPath(this.#host, this.root.file, path.value)
    if (text.ok) return this.#open(path.value, file, new Lines(text.value))
    report(diagnose('NotUtf8', { offset: text.offset }, { file, start: 0, end: 0 }))
    const broken = this.#open(path.value, file, new Lines(''))
    broken.uncertain = true
    return broken
  }

  #open(path: string, file: string, source: Lines): SourceFile {
    const place = { file, path, root: this.#folder, source }
    const { lines, parsed, context } = this.#session?.open(place, this.diagnostics) ?? {
      lines: source,
      parsed: parse(source.text, file),
      context: moduleContext(this.#host, place, this.diagnostics),
    }
    const { module: tree, diagnostics: syntax, imports } = parsed
    const links = imports.filter(item => item.kind === 'ImportNames').map(node => ({ node, to: undefined }))
    const uncertain = !syntax.every(({ span }) => bodyAt(tree, span.start) !== undefined)
    const components = imports.filter(item => item.kind === 'Import')
    const found = { file, tree, lines, syntax, context, links, components, uncertain }
    this.files.set(path, found)
    return found
  }
}

/** The job or test in whose body an offset lies. */
export function bodyAt({ items }: Module, at: number): Job | Test | undefined {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (items[middle]!.end < at) low = middle + 1
    else high = middle
  }
  const item = items[low]
  if (!item || !hasBody(item)) return undefined
  settleOne(item)
  return item.body.start <= at && at <= item.body.end ? item : undefined
}

/** Notes what the names stand for by which an import states what its component exports. */
function noteStated(context: ModuleChecker, module: Symbol & { kind: 'module' }): void {
  for (const { name, params } of module.node.stated?.functions ?? []) {
    const func = module.component?.functions.get(name.text)
    if (!func) continue
    note(context, name, { kind: 'function', module, func })
    for (const { name } of params) {
      const param = func.params.find(other => other.name === name.text)
      if (param) note(context, name, { kind: 'stated', module, func, ...param })
    }
  }
}

/** What other files can import of a file. */
function importable(tree: Module): string[] {
  return tree.items.flatMap(item => {
    if (item.kind === 'TypeDeclaration' || item.kind === 'Const' || item.kind === 'EffectDeclaration')
      return [item.name.text]
    return item.kind === 'Job' && item.exported ? [item.name.text] : []
  })
}

/** Whether bytes begin as WebAssembly does. */
function isWasm(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, 4), Buffer.of(0, 0x61, 0x73, 0x6d)) === 0
}

/** Names what a file declares. What it imports from itself it has already. */
function declare(source: SourceFile): void {
  if (source.links.every(({ to }) => to !== source)) return source.context.declare(source.tree)
  const own = new Set<Item>(source.links.filter(({ to }) => to === source).map(({ node }) => node))
  source.context.declare({ ...source.tree, items: source.tree.items.filter(item => !own.has(item)) })
}

/** What a name of an import stands for; one that cannot be had stays lost. */
function linkName({ context }: SourceFile, { from }: ImportNames, node: ImportedName, other: SourceFile): void {
  const local = (node.alias ?? node.name).text
  const placed = context.scope.get(local)
  // Another one has the name, which is reported.
  if (placed?.kind !== 'lost' || placed.clash || placed.node !== node) return
  const { text: name, start, end } = node.name
  const span = { file: context.file, start, end }
  const source = from.value
  const found = other.context.scope.get(name)
  const report = (diagnostic: Diagnostic): void => void context.diagnostics.push(diagnostic)
  if (found?.kind === 'lost' && found.clash) return
  if (!found) {
    const has = importable(other.tree)
    const near = nearest(name, has)
    report(diagnose('UnknownImport', { name, source, near, has }, span))
    // The name may be misspelt only here.
    const meant = near === undefined ? undefined : nameOf(near)
    if (meant !== undefined && !context.scope.has(meant)) context.scope.set(meant, { ...placed, name: meant })
  } else if (isImportable(found, other.context)) {
    context.scope.set(local, found)
    for (const name of [node.name, node.alias]) note(context, name, { kind: 'symbol', symbol: found })
  } else if (found.kind === 'job' && found.home === other.context) {
    settle(found.node)
    const at = { file: other.file, start: found.node.name.start, end: found.node.name.end }
    const related = [{ message: `write \`export job ${name}\` here`, span: at }]
    report(diagnose('NotExported', { name, source }, span, { related }))
  } else report(diagnose('ImportedImport', { name, source, from: originOf(other.tree, name) }, span))
}

/** The source that a file imports a name from. */
function originOf(tree: Module, name: string): string {
  const found = tree.items.find(
    item =>
      (item.kind === 'Import' && item.name.text === name) ||
      (item.kind === 'ImportNames' && item.names.some(other => (other.alias ?? other.name).text === name)),
  )
  return found?.kind === 'Import' || found?.kind === 'ImportNames' ? found.from.value : ''
}

/** Other names of a file for what it declares, by an import of itself. */
function linkSelf({ context }: SourceFile, node: ImportNames): void {
  for (const { name, alias } of node.names) {
    const own = context.scope.get(name.text)
    if (own && alias && !context.scope.has(alias.text)) context.scope.set(alias.text, own)
  }
}

function isImportable(symbol: Symbol, home: ModuleChecker): boolean {
  if (symbol.home !== home) return false
  if (symbol.kind === 'job') return symbol.node.exported
  return symbol.kind === 'type' || symbol.kind === 'const' || symbol.kind === 'effect'
}

function unknownBuiltIn({ file }: ModuleChecker, { value: name, start, end }: Text): Diagnostic {
  const has = [...builtIns.keys()]
  return diagnose('UnknownBuiltIn', { name, near: nearest(name, has), has }, { file, start, end })
}

/** Names in braces of what has none: it is imported as a whole. */
function importWhole({ file, source }: ModuleChecker, { names, from, start }: ImportNames): Diagnostic {
  const { value } = from
  const url = parseIpfsUrl(value)
  const isJob = url.ok && url.value.path.length === 0 && url.value.cid.code === DAG_CBOR
  const base = value.slice(value.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
  const isName = !/^ipfs:\/\/[^/]*$/.test(value) && /^[A-Za-z_]\w*(-\w+)*$/.test(base)
  const [first] = names
  const name = isJob ? (first?.alias ?? first?.name)?.text || 'main' : isName ? base : 'component'
  const open = source.text.indexOf('{', start)
  const close = source.text.lastIndexOf('}', from.start)
  const fix = { title: `Import it as \`${name}\``, edits: [{ start: open, end: close + 1, text: name }] }
  const span = { file, start: from.start, end: from.end }
  const call = isJob ? `${name}(…)` : `${name}.${first?.name.text || 'function'}`
  const fixes = start <= open && open < close ? keeping(source, [fix]) : []
  return diagnose('ImportWhole', { source: value, name, call }, span, { fixes })
}

function importSelf({ file, source }: ModuleChecker, { from, start, end }: ImportNames): Diagnostic {
  const line = /[ \t]*(\r\n?|\n)?/y
  line.lastIndex = end
  const after = end + line.exec(source.text)![0].length
  const fixes = keeping(source, [{ title: 'Remove the import', edits: [{ start, end: after, text: '' }] }])
  return diagnose('ImportSelf', { source: from.value }, { file, start: from.start, end: from.end }, { fixes })
}
