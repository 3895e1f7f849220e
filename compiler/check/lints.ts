import { diagnose, type Diagnostic, type DiagnosticName, type Fix, type ParamsOf } from '../../grammar/diagnostics.ts'
import {
  childrenOf,
  type Arm,
  type Block,
  type Call,
  type Catch,
  type Expression,
  type If,
  type Import,
  type ImportedName,
  type ImportNames,
  type Item,
  type Job,
  type Let,
  type Module,
  type Name,
  type Node,
} from '../../grammar/nodes.ts'
import { pathOf } from './case.ts'
import type { ModuleContext } from './context.ts'

/** Reports what works in a file and is hardly meant. Only for files without mistakes. */
export function lint(module: ModuleContext, tree: Module): void {
  new Linter(module).file(tree)
}

interface Entry {
  name: Name
  /** In words, with an article. */
  what: string
  used: boolean
  /** Of the file, and not of a block. */
  outer: boolean
}

/** An item of which nothing was said, with the names of the file that it uses. It depends on which names the file has. */
interface Clean {
  names: object
  uses: Set<string>
}
const clean = new WeakMap<Item, Clean>()
/** For each file an object that stands for the names that it has. */
const namesOf = new WeakMap<ModuleContext, { text: string; names: object }>()

class Linter {
  private readonly module: ModuleContext
  /** What each name stands for, the innermost last. */
  private readonly names = new Map<string, Entry[]>()
  /** What each open block binds. */
  private readonly blocks: Entry[][] = [[]]
  /** Names of the file that the item uses. */
  private uses = new Set<string>()

  constructor(module: ModuleContext) {
    this.module = module
  }

  file(tree: Module): void {
    const imports: { entry: Entry; remove: () => Fix }[] = []
    for (const item of tree.items)
      if (item.kind === 'ImportNames')
        for (const node of item.names) {
          const entry = this.bind(node.alias ?? node.name, 'an import')
          imports.push({ entry, remove: () => this.removeName(item, node) })
        }
      else if (item.kind === 'Import')
        imports.push({ entry: this.bind(item.name, 'an import'), remove: () => this.removeLines(item) })
      else if (item.kind !== 'Config' && item.kind !== 'Test') this.bind(item.name, itemWords[item.kind])
    const names = this.namesNow()
    for (const item of tree.items) this.item(item, names)
    for (const { entry, remove } of imports)
      if (isUnused(entry)) this.report('UnusedImport', { name: entry.name.text }, entry.name, { fixes: [remove()] })
  }

  /** Stands for the names of the file; the same as before where these are. */
  private namesNow(): object {
    const text = [...this.names.keys()].join()
    const known = namesOf.get(this.module)
    if (known?.text === text) return known.names
    const names = {}
    namesOf.set(this.module, { text, names })
    return names
  }

  private item(item: Item, names: object): void {
    const known = clean.get(item)
    if (known?.names === names) {
      for (const name of known.uses) this.use(name)
      return
    }
    const before = this.module.diagnostics.length
    this.uses = new Set()
    if (item.kind === 'Job') this.job(item)
    else this.visit(item)
    if (this.module.diagnostics.length === before) clean.set(item, { names, uses: this.uses })
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
      case 'NamedType':
        this.use(node.path[0]?.text ?? '')
        break
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
    const lets: { node: Let; entry: Entry }[] = []
    for (const node of statements) {
      if (node.kind !== 'Let') {
        this.visit(node)
        continue
      }
      if (node.type) this.visit(node.type)
      this.visit(node.value)
      lets.push({ node, entry: this.introduce(node.name, 'a `let`') })
    }
    if (value) this.visit(value)
    this.leave()
    for (const { node, entry } of lets)
      if (isUnused(entry))
        this.report('UnusedLet', { name: node.name.text }, node.name, { fixes: [this.dropLet(node)] })
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

  /** Forgets the names of the innermost block. */
  private leave(): void {
    // The entries stay: a large map in which names come and go is built anew again and again.
    for (const { name } of this.blocks.pop()!) this.names.get(name.text)!.pop()
  }

  private use(name: string): void {
    const entry = this.names.get(name)?.at(-1)
    if (!entry) return
    entry.used = true
    if (entry.outer) this.uses.add(name)
  }

  private report<N extends DiagnosticName>(
    name: N,
    params: ParamsOf<N>,
    { start, end }: { start: number; end: number },
    more: { related?: Diagnostic['related']; fixes?: Fix[] } = {},
  ): void {
    const { file, diagnostics } = this.module
    diagnostics.push(diagnose(name, params, { file, start, end }, more))
  }

  /** What performs something stays, without a name; all else goes. */
  private dropLet(node: Let): Fix {
    if (!this.performs(node.value)) return this.removeLines(node)
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

  private removeName(item: ImportNames, node: ImportedName): Fix {
    const at = item.names.indexOf(node)
    const [before, next] = [item.names[at - 1], item.names[at + 1]]
    if (!before && !next) return this.removeLines(item)
    const edit = next ? { start: node.start, end: next.start } : { start: before!.end, end: node.end }
    return { title: 'Remove it', edits: [{ ...edit, text: '' }] }
  }

  /** Removes what stands alone in its lines, with them. */
  private removeLines({ start, end }: Item | Let | Import): Fix {
    const { text } = this.module
    const before = /[ \t]*$/.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1, start))![0].length
    const after = /^[ \t]*(\r?\n|$)/.exec(text.slice(end, end + 200))
    const alone = after && (start === before || text[start - before - 1] === '\n')
    const edit = alone ? { start: start - before, end: end + after[0].length } : { start, end }
    return { title: 'Remove it', edits: [{ ...edit, text: '' }] }
  }
}

const itemWords = {
  Const: 'a constant',
  TypeDeclaration: 'a type',
  Job: 'a job',
  EffectDeclaration: 'an effect',
} as const

function isUnused({ name, used }: Entry): boolean {
  return !used && name.text !== '' && !name.text.startsWith('_')
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
