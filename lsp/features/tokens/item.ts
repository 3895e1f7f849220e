import { builtIns as languageModules } from '../../../compiler/builtin/index.ts'
import { mayPerform } from '../../../compiler/check/effects.ts'
import type { Notes, Target } from '../../../compiler/notes.ts'
import type { Symbol } from '../../../compiler/scope.ts'
import { keywordByText } from '../../../grammar/keywords.ts'
import { isLong } from '../../../grammar/moves.ts'
import {
  childrenOf,
  type Block,
  type Item,
  type Name,
  type Node,
  type Reference,
  type Statement,
} from '../../../grammar/nodes.ts'
import type { Range, View } from '../../interface.ts'
import { targetOf } from '../../tree.ts'
import { async, classBySyntax, classOfComment, declaration, defaultLibrary, readonly, type Class } from './classes.ts'
import type { Encoding } from './encoding.ts'
import { Numbers, Writer, type Encoded } from './writer.ts'

/** What the tokens of an item were found with. */
export interface KnownItem extends Encoded {
  /** How many numbers they are. */
  size: number
  notes: Notes | undefined
  /** Jobs that are named in it, and whether they performed something. */
  jobs: { symbol: Symbol & { kind: 'job' }; performs: boolean }[]
  /** Those of its lines, where it has many. */
  body: KnownLines | undefined
}

/** The tokens of the lines of a long body of a job, each with those of what stands between it and the line above. */
export interface KnownLines {
  nodes: readonly Statement[]
  /** Another object each time that a line was checked. */
  checked: (object | undefined)[]
  /** Where the numbers of the first line start in those of the item. */
  start: number
  /** Where the numbers of a line end in those of the item. */
  ends: Uint32Array
  /** How far its first and its last token are from where it starts. */
  firsts: Int32Array
  lasts: Int32Array
}

/** An item as it was before a change, with the numbers of its file and where its own start. */
export interface Before {
  lines: KnownLines
  data: Encoding
  start: number
  change: { start: number; newEnd: number }
}

/** Whether the tokens of an item are what they were. */
export function isCurrent(view: View, item: Item, { notes, jobs }: KnownItem): boolean {
  return notes === view.notesOf(item) && jobs.every(({ symbol, performs }) => mayPerform(symbol) === performs)
}

/** A word, a sign or a comment between what the tree has. */
const BETWEEN = /\/\/[^\r\n]*|[A-Za-z_]\w*(?:-\w+)*|\d+|[-+*/%=!<>&|?]+/g

/** Writes the tokens of an item by itself. */
export class ItemTokens {
  readonly #view: View
  readonly #item: Item
  readonly #writer: Writer
  readonly #data: Numbers
  readonly #jobs: KnownItem['jobs'] = []
  readonly #before: Before | undefined
  #lines: KnownLines | undefined
  readonly #params = new Set<Name | Reference>()
  readonly #first: number
  #last: number
  /** In how many types with arguments: their brackets are no operators. */
  #types = 0

  /**
   * @param data is written from its beginning on
   * @param before the item as it was, of which there may be lines that are what they were
   */
  constructor(view: View, item: Item, data: Numbers, before?: Before) {
    this.#data = data
    this.#before = before
    data.clear()
    this.#view = view
    this.#item = item
    this.#last = item.start
    this.#first = view.lines.lineOf(item.start)
    this.#writer = new Writer(data, view.lines, this.#first)
  }

  make(): KnownItem {
    const item = this.#item
    this.#walk(item, this.#view.tree)
    this.#between(item.end)
    const { lines: all } = this.#view
    const [firstLine = 0, column = 0] = this.#data.pieces[0] ?? []
    const lines = this.#writer.line - this.#first
    return {
      size: this.#data.length,
      firstLine,
      firstColumn: firstLine === 0 ? all.startOf(this.#first)! + column - item.start : column,
      lines,
      last: this.#writer.start - (lines === 0 ? item.start : all.startOf(this.#writer.line)!),
      notes: this.#view.notesOf(item),
      ...{ jobs: this.#jobs, body: this.#lines },
    }
  }

  #walk(node: Node, around: Node): void {
    switch (node.kind) {
      case 'Block':
        if (this.#item.kind === 'Job' && node === this.#item.body && isLong(this.#item)) return this.#body(node)
        break
      case 'Name':
      case 'Reference': {
        const found = this.#classOf(node, around)
        return found ? this.#leaf(node, found) : this.#pass(node)
      }
      case 'Text':
      case 'CharLiteral':
      case 'BytesLiteral':
        return this.#leaf(node, { type: 'string' })
      case 'NumberLiteral':
      case 'DurationLiteral':
      case 'SizeLiteral':
        return this.#leaf(node, { type: 'number' })
      case 'BoolLiteral':
        return this.#leaf(node, { type: 'keyword' })
      case 'RestPattern':
        return this.#pass(node)
      case 'Template':
        return this.#template(node)
      case 'NamedType':
        this.#between(node.start)
        this.#types++
        this.#children(node)
        this.#between(node.end)
        this.#types--
        return
      case 'Param':
        this.#params.add(node.name)
        break
      case 'Lambda':
        for (const param of node.params) this.#params.add(param)
    }
    this.#children(node)
  }

  #children(node: Node): void {
    for (const child of childrenOf(node)) this.#walk(child, node)
  }

  /** The lines of a long body, those as they were that still are what they were. */
  #body(node: Block): void {
    const { statements: nodes, value } = node
    const notes = this.#view.notesOf(this.#item)
    const checked = nodes.map(line => notes?.checked.get(line))
    const size = nodes.length
    const lines: KnownLines = {
      ...{ nodes, checked, start: this.#data.length, ends: new Uint32Array(size) },
      ...{ firsts: new Int32Array(size), lasts: new Int32Array(size) },
    }
    const { first, last } = this.#same(lines)
    this.#keepLines(lines, 0, first, 0)
    for (let i = first; i < size - last; i++) {
      const line = nodes[i]!
      this.#writer.first = undefined
      this.#walk(line, node)
      this.#between(line.end)
      lines.ends[i] = this.#data.length
      lines.firsts[i] = (this.#writer.first ?? 0) - line.start
      lines.lasts[i] = this.#writer.start - line.start
    }
    if (last > 0) this.#keepLines(lines, size - last, size, this.#before!.lines.nodes.length - size)
    this.#lines = lines
    if (value) this.#walk(value, node)
  }

  /** How many lines at the beginning and at the end are what they were, with what stands above them. */
  #same({ nodes, checked }: KnownLines): { first: number; last: number } {
    if (!this.#before) return { first: 0, last: 0 }
    const { lines, change } = this.#before
    const isSame = (at: number, from: number): boolean =>
      nodes[at] === lines.nodes[from] && checked[at] === lines.checked[from]
    const most = Math.min(nodes.length, lines.nodes.length)
    let first = 0
    while (first < most && nodes[first]!.end < change.start && isSame(first, first)) first++
    let last = 0
    for (let at = nodes.length - 1; last < most - first; at--, last++)
      if (at === 0 || nodes[at - 1]!.end < change.newEnd || !isSame(at, lines.nodes.length - 1 - last)) break
    return { first, last }
  }

  /** Writes lines as they were, which had numbers higher by `shift`: the first token anew, as it stands behind others. */
  #keepLines({ nodes, ends, firsts, lasts }: KnownLines, from: number, to: number, shift: number): void {
    if (from === to) return
    const { data, lines, start: itemStart } = this.#before!
    const start = from + shift === 0 ? lines.start : lines.ends[from + shift - 1]!
    const by = this.#data.length - start
    for (let i = from; i < to; i++) ends[i] = lines.ends[i + shift]! + by
    firsts.set(lines.firsts.subarray(from + shift, to + shift), from)
    lasts.set(lines.lasts.subarray(from + shift, to + shift), from)
    const last = nodes[to - 1]!
    const pieces = data.pieces(itemStart + start, itemStart + lines.ends[to - 1 + shift]!)
    this.#writer.run(nodes[from]!.start + firsts[from]!, pieces, last.start + lasts[to - 1]!)
    this.#last = last.end
  }

  #template(node: Node & { kind: 'Template' }): void {
    const { lines } = this.#view
    const string = { type: 'string' } as const
    this.#leaf({ start: node.start, end: node.start + 1 }, string)
    this.#children(node)
    const end = node.end - 1
    if (end > node.start && lines.slice(end, end + 1) === '"') this.#leaf({ start: end, end: node.end }, string)
  }

  #leaf({ start, end }: Range, found: Class): void {
    if (start < this.#last || start >= end) return
    this.#between(start)
    this.#writer.token(start, end, found)
    this.#last = end
  }

  /** What is nothing to be coloured. */
  #pass({ start, end }: Range): void {
    if (start < this.#last) return
    this.#between(start)
    this.#last = end
  }

  /** Words of the language, signs and comments up to an offset. */
  #between(end: number): void {
    if (end <= this.#last) return
    const start = this.#last
    const between = this.#view.lines.slice(start, end)
    BETWEEN.lastIndex = 0
    for (let match = BETWEEN.exec(between); match; match = BETWEEN.exec(between)) {
      const [word] = match
      const found = this.#wordClass(word)
      if (found) this.#writer.token(start + match.index, start + match.index + word.length, found)
    }
    this.#last = end
  }

  #wordClass(word: string): Class | undefined {
    const first = word.charCodeAt(0)
    if (word.startsWith('//')) return classOfComment({ kind: /^\/\/(\/(?!\/)|!)/.test(word) ? 'doc' : 'line' })
    if (first >= 48 && first <= 57) return { type: 'number' }
    if (first === 95 || (first >= 65 && first <= 90) || (first >= 97 && first <= 122))
      return keywordByText.has(word) ? { type: 'keyword' } : undefined
    return this.#types > 0 ? undefined : { type: 'operator' }
  }

  #classOf(node: Name | Reference, around: Node): Class | undefined {
    const text = node.kind === 'Name' ? node.text : node.name
    if (text === '_' || text === '') return undefined
    // What is stated is declared there, by what a component exports.
    const target = around.kind === 'StatedFunction' ? undefined : targetOf(this.#view, node, this.#item)
    const found = target && this.#classOfTarget(node, target)
    return found ?? classBySyntax(node, text, around)
  }

  #classOfTarget(node: Name | Reference, target: Target): Class | undefined {
    switch (target.kind) {
      case 'local': {
        const { at } = target.binding
        const modifiers = readonly | (at === node ? declaration : 0)
        return { type: at && this.#params.has(at) ? 'parameter' : 'variable', modifiers }
      }
      case 'symbol':
        return this.#classOfSymbol(node, target.symbol)
      case 'interface':
        return { type: 'namespace' }
      case 'function':
        return { type: 'function' }
      case 'exported':
        return { type: 'type' }
      case 'operation': {
        const library = libraryOf(target.effect)
        const declares = library === 0 && isNameOfOperation(this.#item, node)
        return { type: 'method', modifiers: async | library | (declares ? declaration : 0) }
      }
      case 'field':
        return { type: 'property' }
      case 'case':
        return { type: 'enumMember', modifiers: readonly }
      case 'parameter':
        return { type: 'parameter' }
    }
  }

  #classOfSymbol(node: Name | Reference, symbol: Symbol): Class | undefined {
    const declares = 'name' in this.#item && this.#item.name === node ? declaration : 0
    const modifiers = declares | libraryOf(symbol)
    switch (symbol.kind) {
      case 'module':
        return { type: 'namespace', modifiers }
      case 'compiled':
        return { type: 'function', modifiers: modifiers | (symbol.job.uses.length > 0 ? async : 0) }
      case 'type':
        return { type: 'type', modifiers }
      case 'const':
        return { type: 'variable', modifiers: modifiers | readonly }
      case 'effect':
        return { type: 'interface', modifiers }
      case 'job': {
        const performs = mayPerform(symbol)
        this.#jobs.push({ symbol, performs })
        return { type: 'function', modifiers: modifiers | (performs ? async : 0) }
      }
      case 'lost':
        return undefined
    }
  }
}

function libraryOf({ home }: Symbol): number {
  return languageModules.has(home.path) ? defaultLibrary : 0
}

function isNameOfOperation(item: Item, node: Name | Reference): boolean {
  return item.kind === 'EffectDeclaration' && item.operations.some(({ name }) => name === node)
}
