import { diagnose, type Diagnostic, type DiagnosticName, type Fix, type ParamsOf } from '../../grammar/diagnostics.ts'
import {
  childrenOf,
  type Arm,
  type Block,
  type Call,
  type Catch,
  type Expression,
  type If,
  type Item,
  type Job,
  type Let,
  type Module,
  type Name,
  type Node,
  type Statement,
} from '../../grammar/nodes.ts'
import { pathOf } from './case.ts'
import type { Scope } from '../scope.ts'
import type { ModuleContext } from './context.ts'
import { dropLines, dropName, keeping } from './fixes.ts'
import { FEW } from './lines.ts'
import { isDefinition } from '../kinds.ts'
import { sameEnds } from '../replaced.ts'

/** Those of the files that are known. */
const linters = new WeakMap<ModuleContext, Linter>()

/** Reports what works in a file and is hardly meant. Only for files without mistakes. */
export function lint(module: ModuleContext, tree: Module): void {
  const linter = linters.get(module) ?? new Linter(module)
  linters.set(module, linter)
  linter.file(tree.items)
}

interface Entry {
  name: Name
  /** In words, with an article. */
  what: string
  used: boolean
  /** Of the file, and not of a block. */
  outer: boolean
}

/** Looks at a file again where its names are still the same, and then only at items of which it has not said nothing. */
class Linter {
  private readonly module: ModuleContext
  private scope: Scope | undefined
  private items: readonly Item[] = []
  /** What each name stands for, the innermost last. */
  private names = new Map<string, Entry[]>()
  private imports: { entry: Entry; remove: () => Fix }[] = []
  /** How many items use what the file imports, by name. */
  private counts = new Map<string, number>()
  /** Names of imports that an item uses. */
  private usesOf = new WeakMap<Item, Set<string>>()
  /** Items of which something was said. */
  private told = new Set<Item>()
  /** What each open block binds. */
  private readonly blocks: Entry[][] = [[]]
  /** Names of imports that the item uses. */
  private uses = new Set<string>()
  /** Names that lines of long bodies use, where they bind none and nothing is to be said of them. */
  private readonly quiet = new WeakMap<Node, readonly string[]>()
  /** Those of the line that is looked at. */
  private used: Set<string> | undefined
  /** How many names were ever introduced. */
  private introduced = 0

  constructor(module: ModuleContext) {
    this.module = module
  }

  file(items: readonly Item[]): void {
    if (this.scope !== this.module.scope) this.begin(items)
    const { first, last } = sameEnds(this.items, items)
    for (const item of this.items.slice(first, this.items.length - last)) this.forget(item)
    const changed = items.slice(first, items.length - last)
    for (const item of changed)
      if (item.kind === 'Job' || isDefinition(item)) this.names.get(item.name.text)![0]!.name = item.name
    for (const item of [...this.told, ...changed]) {
      this.forget(item)
      this.item(item)
    }
    this.items = items
    for (const { entry, remove } of this.imports)
      if (!this.counts.get(entry.name.text) && isMeant(entry.name))
        this.report('UnusedImport', { name: entry.name.text }, entry.name, { fixes: [remove()] })
  }

  /** Begins with the names of a file. */
  private begin(items: readonly Item[]): void {
    this.scope = this.module.scope
    this.items = []
    this.names = new Map()
    this.imports = []
    this.counts = new Map()
    this.usesOf = new WeakMap()
    this.told = new Set()
    this.blocks[0] = []
    for (const item of items)
      if (item.kind === 'ImportNames')
        for (const node of item.names) {
          const entry = this.bind(node.alias ?? node.name, IMPORT)
          this.imports.push({ entry, remove: () => dropName(this.module.source, item, node) })
        }
      else if (item.kind === 'Import')
        this.imports.push({ entry: this.bind(item.name, IMPORT), remove: () => dropLines(this.module.source, item) })
      else if (item.kind !== 'Config' && item.kind !== 'Test') this.bind(item.name, itemWords[item.kind])
  }

  private forget(item: Item): void {
    this.told.delete(item)
    for (const name of this.usesOf.get(item) ?? []) this.counts.set(name, this.counts.get(name)! - 1)
    this.usesOf.delete(item)
  }

  private item(item: Item): void {
    const before = this.module.diagnostics.length
    this.uses = new Set()
    if (item.kind === 'Job') this.job(item)
    else this.visit(item)
    for (const name of this.uses) this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    this.usesOf.set(item, this.uses)
    if (this.module.diagnostics.length > before) this.told.add(item)
  }

  private job(node: Job): void {
    for (const { type, default: value } of node.params) {
      this.visit(type)
      if (value) this.visit(value)
    }
    if (node.result) this.visit(node.result)
    for (const { path } of node.uses?.operations ?? []) this.use(path[0]!.text)
    this.blocks.push([])
    const params = node.params.map(({ name }) => this.introduce(name, 'a parameter'))
    this.visit(node.body)
    this.leave()
    for (const entry of params)
      if (isUnused(entry)) this.report('UnusedParameter', { name: entry.name.text, job: node.name.text }, entry.name)
  }

  private visit(node: Node): void {
    switch (node.kind) {
      case 'Reference':
        return this.use(node.name)
      case 'NamedType': {
        const name = node.path[0]?.text ?? ''
        // What is no type, nor has some, stands for nothing here: the name is one of the language.
        if (node.path.length > 1 || this.module.scope.get(name)?.kind === 'type') this.use(name)
        break
      }
      case 'CasePattern':
        if (node.path.length > 1) this.use(node.path[0]!.text)
        return
      case 'Block':
        return this.block(node)
      case 'For':
        this.visit(node.list)
        return this.within([node.name, ...(node.index ? [node.index] : [])], 'a loop variable', node.body)
      case 'Arm':
        return this.arm(node)
      case 'Undo':
        this.visit(node.value)
        return this.within([node.name], 'the result of a command', node.action)
      case 'Lambda':
        return this.within(node.params, 'a parameter of a function', node.body)
      case 'Catch':
        this.catch(node)
        return
      case 'If':
        this.if(node)
        break
    }
    for (const child of childrenOf(node)) this.visit(child)
  }

  private block({ statements, value }: Block): void {
    this.blocks.push([])
    const isLong = statements.length >= FEW && this.used === undefined
    for (const node of statements) {
      if (isLong) this.line(node)
      else this.statement(node)
      if (node.kind === 'Let') this.introduce(node.name, 'a `let`')
    }
    if (value) this.visit(value)
    const lets = this.leave()
    let at = 0
    for (const node of statements)
      if (node.kind === 'Let' && isUnused(lets[at++]!))
        this.report('UnusedLet', { name: node.name.text }, node.name, { fixes: [this.dropLet(node)] })
  }

  /** What stands in a statement, but for the name that it binds. */
  private statement(node: Statement): void {
    if (node.kind !== 'Let') return this.visit(node)
    if (node.type) this.visit(node.type)
    this.visit(node.value)
  }

  /** As {@link statement}, for one that is looked at again and again as others around it change. */
  private line(node: Statement): void {
    const known = this.quiet.get(node)
    if (known) {
      for (const name of known) this.use(name)
      return
    }
    const [found, introduced] = [this.module.diagnostics.length, this.introduced]
    this.used = new Set()
    this.statement(node)
    if (this.module.diagnostics.length === found && this.introduced === introduced) this.quiet.set(node, [...this.used])
    this.used = undefined
  }

  private within(names: Name[], what: string, body: Node): void {
    this.blocks.push([])
    for (const name of names) this.introduce(name, what)
    this.visit(body)
    this.leave()
  }

  private arm({ pattern, value }: Arm): void {
    this.visit(pattern)
    const payload = pattern.kind === 'CasePattern' ? pattern.payload : undefined
    this.within(payload ? [payload] : [], 'what a case carries', value)
  }

  private if({ condition, then, otherwise }: If): void {
    if (condition.kind !== 'BoolLiteral') return
    const what = `the condition is \`${condition.value}\``
    if (!condition.value) this.report('Unreachable', { what }, then)
    else if (otherwise) this.report('Unreachable', { what }, otherwise)
  }

  private catch({ value, name, alternative, end }: Catch): void {
    this.visit(value)
    this.within([name], 'a failure', alternative)
    if (!isLiteral(value)) return
    const fixes = [{ title: 'Remove `catch`', edits: [{ start: value.end, end, text: '' }] }]
    this.report('Unreachable', { what: 'what stands before `catch` cannot fail' }, alternative, { fixes })
  }

  /** Binds a name in the innermost block; one that hides another one is reported. */
  private introduce(name: Name, what: string): Entry {
    this.introduced++
    const hidden = this.names.get(name.text)?.at(-1)
    if (hidden && !name.text.startsWith('_')) {
      const { start, end } = hidden.name
      const related = [
        { message: `\`${name.text}\` is ${hidden.what} here`, span: { file: this.module.file, start, end } },
      ]
      this.report('ShadowedName', { name: name.text, what: hidden.what }, name, { related })
    }
    return this.bind(name, what)
  }

  private bind(name: Name, what: string): Entry {
    const entry = { name, what, used: false, outer: this.blocks.length === 1 }
    this.blocks.at(-1)!.push(entry)
    const known = this.names.get(name.text)
    if (known) known.push(entry)
    else this.names.set(name.text, [entry])
    return entry
  }

  /** Forgets the names of the innermost block, and gives them in their order. */
  private leave(): Entry[] {
    const entries = this.blocks.pop()!
    // The lists of names stay: a large map in which names come and go is built anew again and again.
    for (const { name } of entries) this.names.get(name.text)!.pop()
    return entries
  }

  private use(name: string): void {
    this.used?.add(name)
    const entry = this.names.get(name)?.at(-1)
    if (!entry) return
    entry.used = true
    if (entry.outer && entry.what === IMPORT) this.uses.add(name)
  }

  private report<N extends DiagnosticName>(
    name: N,
    params: ParamsOf<N>,
    { start, end }: { start: number; end: number },
    more: { related?: Diagnostic['related']; fixes?: Fix[] } = {},
  ): void {
    const { file, source, diagnostics } = this.module
    const diagnostic = diagnose(name, params, { file, start, end }, more)
    diagnostics.push({ ...diagnostic, fixes: keeping(source, diagnostic.fixes) })
  }

  /** What performs something stays, without a name; all else goes. */
  private dropLet(node: Let): Fix {
    if (!this.performs(node.value)) return dropLines(this.module.source, node)
    const { start, end } = node.name
    return { title: 'Call it `_`', edits: [{ start, end, text: '_' }] }
  }

  private performs(node: Node): boolean {
    if (node.kind === 'Do' || (node.kind === 'Call' && this.isPerformer(node))) return true
    for (const child of childrenOf(node)) if (this.performs(child)) return true
    return false
  }

  private isPerformer({ callee }: Call): boolean {
    const [first, operation] = pathOf(callee) ?? []
    const symbol = first && this.module.scope.get(first.text)
    if (symbol?.kind === 'effect')
      return operation !== undefined && this.module.effectOf(symbol, operation.text)?.operation !== 'query'
    if (symbol?.kind === 'job')
      return [...this.module.jobOf(symbol).effects.values()].some(effect => effect.operation !== 'query')
    return symbol?.kind === 'compiled' && symbol.job.uses.length > 0
  }
}

const IMPORT = 'an import'

const itemWords = {
  Const: 'a constant',
  TypeDeclaration: 'a type',
  Job: 'a job',
  EffectDeclaration: 'an effect',
} as const

function isUnused({ name, used }: Entry): boolean {
  return !used && isMeant(name)
}

/** Whether a name is there to be used. */
function isMeant({ text }: Name): boolean {
  return text !== '' && !text.startsWith('_')
}

/** Whether an expression is nothing but what is written. */
function isLiteral(node: Expression): boolean {
  const open: Expression[] = [node]
  for (let next = open.pop(); next; next = open.pop())
    switch (next.kind) {
      case 'NumberLiteral':
      case 'BoolLiteral':
      case 'Text':
      case 'CharLiteral':
      case 'BytesLiteral':
      case 'FlagsLiteral':
        break
      case 'List':
      case 'Tuple':
        for (const item of next.items) open.push(item)
        break
      case 'RecordLiteral':
        for (const { value } of next.fields) open.push(value)
        break
      default:
        return false
    }
  return true
}
