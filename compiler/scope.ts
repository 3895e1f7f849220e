import { diagnose, type Diagnostic } from '../grammar/diagnostics.ts'
import type {
  Const,
  EffectDeclaration,
  Import,
  ImportedName,
  ImportNames,
  Item,
  Job,
  Name,
  TypeDeclaration,
} from '../grammar/nodes.ts'
import { note, type ModuleContext } from './check/context.ts'
import { dropName, keeping } from './check/fixes.ts'
import type { ComponentModule } from './component.ts'
import type { CompiledJob } from './core.ts'

/**
 * What a name of a file stands for. Values, types and modules share one space. A name that is imported from another
 * file has the symbol of that file, so that `name` is what it is called there, and `home` knows what it is.
 */
export type Symbol = { name: string; home: ModuleContext } & (
  | /** `component` is absent before it is loaded, and where it cannot be, which is reported. */
    { kind: 'module'; node: Import; component: ComponentModule | undefined }
    /** A job that was compiled before, imported by its CID. */
  | { kind: 'compiled'; node: Import; job: CompiledJob }
  | { kind: 'type'; node: TypeDeclaration }
  | { kind: 'const'; node: Const }
  | { kind: 'job'; node: Job }
  | { kind: 'effect'; node: EffectDeclaration }
  /** An import that came to nothing, or two things of one name, which was reported: whoever meets it stays silent. */
  | { kind: 'lost'; node: Declared | ImportedName; clash?: true }
)

type Declared = Import | TypeDeclaration | Const | Job | EffectDeclaration

/** By the names that the file itself uses. */
export type Scope = Map<string, Symbol>

/** What a file declares by names that others of it have too, so that the scope has none of them; each with a key of its own. */
export type Clashing = ReadonlyMap<Symbol, string>

/** In words, with an article. */
export const symbolWords = {
  module: 'an imported module',
  compiled: 'an imported job',
  type: 'a type',
  const: 'a constant',
  job: 'a job',
  effect: 'an effect',
  lost: 'an import',
} as const satisfies Record<Symbol['kind'], string>

/**
 * Fills the scope with the names that a file declares, in whatever order; a second one of a name is reported. Those of
 * `import { … }` are lost until they are linked with what they stand for (`modules.ts`).
 *
 * @returns those whose names are not theirs alone
 */
export function declareAll(context: ModuleContext, items: readonly Item[]): Clashing {
  const imported = new Set<string>()
  const clashes = new Map<string, Symbol[]>()
  for (const item of items) {
    if (item.kind === 'Config' || item.kind === 'Test') continue
    if (item.kind === 'ImportNames') declareImported(context, item, clashes, imported)
    else declare(context, symbolOf(context, item), item.name, clashes)
  }
  return new Map([...clashes].flatMap(([name, symbols]) => symbols.map((symbol, at) => [symbol, `${name} ${at}`])))
}

/** Puts what an item declares in the place of what the scope has by its names. */
export function redeclare(context: ModuleContext, item: Item): void {
  if (item.kind === 'Config' || item.kind === 'Test') return
  if (item.kind === 'ImportNames')
    for (const node of item.names) put(context, lostImport(context, node), node.alias ?? node.name)
  else put(context, symbolOf(context, item), item.name)
}

function put(context: ModuleContext, symbol: Symbol, name: Name): void {
  if (name.text === '') return
  context.scope.set(name.text, symbol)
  noteImport(context, symbol, name)
}

/** What is no import is noted with what stands in it. */
function noteImport(context: ModuleContext, symbol: Symbol, name: Name): void {
  if (symbol.kind === 'module' || symbol.kind === 'lost') note(context, name, { kind: 'symbol', symbol })
}

function lostImport(home: ModuleContext, node: ImportedName): Symbol {
  return { kind: 'lost', name: node.name.text, home, node }
}

/** @param clashes all symbols of each name that is there more than once */
function declare(context: ModuleContext, symbol: Symbol, name: Name, clashes: Map<string, Symbol[]>): void {
  if (name.text === '') return
  const placed = context.scope.get(name.text)
  if (!placed) return put(context, symbol, name)
  const clash = clashes.get(name.text) ?? [placed]
  clashes.set(name.text, clash)
  clash.push(symbol)
  const first = clash[0]!
  context.diagnostics.push(duplicate(name, symbolWords[first.kind], localName(first), context.file))
  noteImport(context, symbol, name)
  // Which of them is meant where the name is used is not known.
  context.scope.set(name.text, { kind: 'lost', name: name.text, home: context, node: first.node, clash: true })
}

function declareImported(
  context: ModuleContext,
  item: ImportNames,
  clashes: Map<string, Symbol[]>,
  imported: Set<string>,
): void {
  const { names, from } = item
  for (const node of names) {
    const local = node.alias ?? node.name
    const key = JSON.stringify([from.value, node.name.text, local.text])
    if (imported.has(key) && local.text !== '') {
      const span = { file: context.file, start: node.start, end: node.end }
      const fixes = keeping(context.source, [dropName(context.source, item, node)])
      context.diagnostics.push(diagnose('ImportedTwice', { name: node.name.text }, span, { fixes }))
      continue
    }
    imported.add(key)
    declare(context, lostImport(context, node), local, clashes)
  }
}

/** The name of a symbol in the file that declares or imports it. */
function localName({ node }: Symbol): Name {
  return node.kind === 'ImportedName' ? (node.alias ?? node.name) : node.name
}

/** Symbols by their nodes, which a file that is checked again may keep. */
const symbols = new WeakMap<Declared, Symbol>()

function symbolOf(home: ModuleContext, item: Declared): Symbol {
  const known = symbols.get(item)
  if (known && known.home === home) return known
  const symbol = newSymbol(home, item)
  symbols.set(item, symbol)
  return symbol
}

function newSymbol(home: ModuleContext, item: Declared): Symbol {
  const name = item.name.text
  switch (item.kind) {
    case 'Import':
      return { kind: 'module', name, home, node: item, component: undefined }
    case 'TypeDeclaration':
      return { kind: 'type', name, home, node: item }
    case 'Const':
      return { kind: 'const', name, home, node: item }
    case 'Job':
      return { kind: 'job', name, home, node: item }
    case 'EffectDeclaration':
      return { kind: 'effect', name, home, node: item }
  }
}

export function duplicate(again: Name, what: string, first: Name, file: string): Diagnostic {
  const related = [{ message: `\`${first.text}\` stands here first`, span: { file, ...spanOf(first) } }]
  return diagnose('DuplicateName', { name: again.text, what }, { file, ...spanOf(again) }, { related })
}

function spanOf(node: { start: number; end: number }): { start: number; end: number } {
  return { start: node.start, end: node.end }
}
