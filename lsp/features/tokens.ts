import { builtIns as languageModules } from '../../compiler/builtin/index.ts'
import { isBuiltIn } from '../../compiler/check/builtins.ts'
import { mayPerform } from '../../compiler/check/effects.ts'
import { generics } from '../../compiler/check/types.ts'
import type { Notes, Target } from '../../compiler/notes.ts'
import type { Symbol } from '../../compiler/scope.ts'
import { isUnit } from '../../compiler/unit.ts'
import { scalars } from '../../dag/types.ts'
import { keywordByText } from '../../grammar/keywords.ts'
import { childrenOf, type Item, type Name, type Node, type Reference } from '../../grammar/nodes.ts'
import type { Comment } from '../../grammar/parse.ts'
import type { Lines } from '../../grammar/source.ts'
import type { Range, View } from '../interface.ts'
import { targetOf } from '../tree.ts'

/** Kinds of tokens by their numbers, as the protocol names them. */
export const tokenTypes = [
  ...['namespace', 'type', 'interface', 'enumMember', 'property', 'parameter', 'variable', 'function', 'method'],
  ...['keyword', 'string', 'number', 'comment', 'operator'],
] as const

/** What is said of a token beside its kind, each one bit. */
export const tokenModifiers = ['declaration', 'readonly', 'defaultLibrary', 'async', 'documentation'] as const

type TokenType = (typeof tokenTypes)[number]
const typeOf = (type: TokenType): number => tokenTypes.indexOf(type)
const [declaration, readonly, defaultLibrary, async, documentation] = [1, 2, 4, 8, 16]

/** What a token is: its type and its modifiers. */
interface Class {
  type: TokenType
  modifiers?: number
}

/**
 * The tokens of a file, or of those of its items and comments that touch a range, in the encoding of the protocol: five
 * numbers each, lines and characters relative to the token before, from the beginning of the file.
 */
export function semanticTokens(view: View, range: Range = { start: 0, end: view.text.length }): Uint32Array {
  const data = new Numbers()
  const { comments, lines } = view
  const writer = new Writer(data, lines)
  let comment = 0
  const commentsTo = (end: number): void => {
    for (let next = comments[comment]; next && next.start < end; next = comments[++comment])
      if (touches(next, range)) writer.token(next.start, next.end, classOfComment(next))
  }
  for (const item of view.tree.items) {
    commentsTo(item.start)
    // Those in it are found with its tokens.
    while (comment < comments.length && comments[comment]!.start < item.end) comment++
    if (touches(item, range)) writer.block(item.start, tokensOf(view, item))
  }
  commentsTo(Infinity)
  return data.taken()
}

/** Numbers that become more. */
class Numbers {
  #numbers = new Uint32Array(256)
  length = 0

  push(a: number, b: number, c: number, d: number, e: number): void {
    if (this.length + 5 > this.#numbers.length) this.#grow(this.length + 5)
    this.#numbers[this.length++] = a
    this.#numbers[this.length++] = b
    this.#numbers[this.length++] = c
    this.#numbers[this.length++] = d
    this.#numbers[this.length++] = e
  }

  append(numbers: Uint32Array): void {
    const end = this.length + numbers.length
    if (end > this.#numbers.length) this.#grow(end)
    this.#numbers.set(numbers, this.length)
    this.length = end
  }

  #grow(least: number): void {
    const grown = new Uint32Array(Math.max(least, 2 * this.#numbers.length))
    grown.set(this.#numbers.subarray(0, this.length))
    this.#numbers = grown
  }

  taken(): Uint32Array {
    return this.#numbers.slice(0, this.length)
  }
}

function touches(place: Range, { start, end }: Range): boolean {
  return place.start <= end && start <= place.end
}

function classOfComment({ kind }: Pick<Comment, 'kind'>): Class {
  return { type: 'comment', modifiers: kind === 'line' ? 0 : documentation }
}

/** Writes tokens in their order, each by its distance from the one before. */
class Writer {
  readonly #data: Numbers
  readonly #lines: Lines
  /** Line of what was written last, and where it starts. */
  #line: number
  #start: number
  /** The line that was looked up last. */
  #at: number

  /** @param line from which the first token is counted; it is 0 in a file */
  constructor(data: Numbers, lines: Lines, line = 0) {
    this.#data = data
    this.#lines = lines
    this.#line = line
    this.#start = lines.starts[line]!
    this.#at = line
  }

  /** One that goes over lines becomes one for each of them. */
  token(start: number, end: number, { type, modifiers = 0 }: Class): void {
    const { starts, text } = this.#lines
    for (let from = start; from < end;) {
      const line = this.#lineOf(from)
      let to = Math.min(end, starts[line + 1] ?? end)
      const next = to
      while (to > from && (text[to - 1] === '\n' || text[to - 1] === '\r')) to--
      if (to > from) this.#write(line, from, to - from, typeOf(type), modifiers)
      from = next
    }
  }

  /** Tokens that were written from the line of a place on. */
  block(place: number, tokens: Encoded): void {
    if (tokens.data.length === 0) return
    const { data } = tokens
    const first = this.#lineOf(place)
    const line = first + data[0]!
    const column = data[0] === 0 ? place - this.#lines.starts[first]! + tokens.column : data[1]!
    this.#write(line, this.#lines.starts[line]! + column, data[2]!, data[3]!, data[4]!)
    this.#data.append(data.subarray(5))
    this.#line = first + tokens.lines
    this.#start = tokens.lines === 0 ? place + tokens.last : this.#lines.starts[this.#line]! + tokens.last
    this.#at = this.#line
  }

  #write(line: number, start: number, length: number, type: number, modifiers: number): void {
    const down = line - this.#line
    const column = start - (down === 0 ? this.#start : this.#lines.starts[line]!)
    this.#data.push(down, column, length, type, modifiers)
    this.#line = line
    this.#start = start
  }

  /** The line of an offset, from 0; offsets come in order. */
  #lineOf(offset: number): number {
    const { starts } = this.#lines
    while (this.#at + 1 < starts.length && starts[this.#at + 1]! <= offset) this.#at++
    return this.#at
  }

  get line(): number {
    return this.#line
  }
  get start(): number {
    return this.#start
  }
}

/** The tokens of an item, wherever it stands: of the first one the column is counted from the item, where it is on its line. */
interface Encoded {
  data: Uint32Array
  column: number
  /** How many lines below the item the last one is, and how far from the item, or from the beginning of its line. */
  lines: number
  last: number
}

interface KnownItem extends Encoded {
  notes: Notes | undefined
  /** Jobs that are named in it, and whether they performed something. */
  jobs: { symbol: Symbol & { kind: 'job' }; performs: boolean }[]
  /** Where nothing else decides: names of the file that stand in it, and what they stand for. */
  names: Map<string, Symbol['kind'] | undefined> | undefined
}

/** Items keep their nodes as long as their texts do. */
const known = new WeakMap<Item, KnownItem>()

function tokensOf(view: View, item: Item): Encoded {
  const found = known.get(item)
  if (found && isCurrent(view, item, found)) return found
  const made = new ItemTokens(view, item).make()
  known.set(item, made)
  return made
}

function isCurrent(view: View, item: Item, { notes, names, jobs }: KnownItem): boolean {
  if (names) for (const [name, kind] of names) if (view.scope.get(name)?.kind !== kind) return false
  if (!names && notes !== view.notesOf(item)) return false
  return jobs.every(({ symbol, performs }) => mayPerform(symbol) === performs)
}

/** A word, a sign or a comment between what the tree has. */
const BETWEEN = /\/\/[^\r\n]*|[A-Za-z_]\w*(?:-\w+)*|\d+|[-+*/%=!<>&|?]+/g

const ofLanguage = new Set<string>([...scalars, ...Object.keys(generics), 'bytes', 'failure'])
const cases = new Set(['some', 'none', 'ok', 'err'])

class ItemTokens {
  readonly #view: View
  readonly #item: Item
  readonly #writer: Writer
  readonly #data = new Numbers()
  readonly #jobs: KnownItem['jobs'] = []
  readonly #params = new Set<Name | Reference>()
  readonly #names: NonNullable<KnownItem['names']> = new Map()
  /** Names stand in it whose types have to be known. */
  #hasMembers = false
  readonly #first: number
  #last: number
  /** In how many types with arguments: their brackets are no operators. */
  #types = 0

  constructor(view: View, item: Item) {
    this.#view = view
    this.#item = item
    this.#last = item.start
    this.#first = lineOf(view.lines, item.start)
    this.#writer = new Writer(this.#data, view.lines, this.#first)
  }

  make(): KnownItem {
    const item = this.#item
    this.#walk(item, this.#view.tree)
    this.#between(item.end)
    const data = this.#data.taken()
    const { starts } = this.#view.lines
    const lines = this.#writer.line - this.#first
    const last = this.#writer.start - (lines === 0 ? item.start : starts[this.#writer.line]!)
    const column = data[0] === 0 ? starts[this.#first]! + data[1]! - item.start : 0
    const names = isUnit(item) || this.#hasMembers ? undefined : this.#names
    return { data, column, lines, last, notes: this.#view.notesOf(item), names, jobs: this.#jobs }
  }

  #walk(node: Node, around: Node): void {
    switch (node.kind) {
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

  #template(node: Node & { kind: 'Template' }): void {
    const { text } = this.#view
    const string = { type: 'string' } as const
    this.#leaf({ start: node.start, end: node.start + 1 }, string)
    this.#children(node)
    const end = node.end - 1
    if (end > node.start && text[end] === '"') this.#leaf({ start: end, end: node.end }, string)
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
    const { text } = this.#view
    BETWEEN.lastIndex = this.#last
    for (let match = BETWEEN.exec(text); match && match.index < end; match = BETWEEN.exec(text)) {
      const found = this.#wordClass(match[0])
      const stop = Math.min(match.index + match[0].length, end)
      if (found) this.#writer.token(match.index, stop, found)
    }
    this.#last = Math.max(this.#last, end)
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
    if (around.kind === 'Access' || (around.kind === 'NamedType' && around.path.length > 1)) this.#hasMembers = true
    this.#names.set(text, this.#view.scope.get(text)?.kind)
    const target = targetOf(this.#view, node, this.#item)
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

/** What a name is by where it stands, when nothing more is known of it. */
function classBySyntax(node: Name | Reference, text: string, around: Node): Class | undefined {
  switch (around.kind) {
    case 'Import':
      return { type: 'namespace', modifiers: declaration }
    case 'Job':
    case 'StatedFunction':
      return { type: 'function', modifiers: declaration }
    case 'Operation':
      return { type: 'method', modifiers: declaration | async }
    case 'EffectDeclaration':
      return { type: 'interface', modifiers: declaration }
    case 'TypeDeclaration':
      return { type: 'type', modifiers: declaration }
    case 'NamedType':
      return ofLanguage.has(text) ? { type: 'type', modifiers: defaultLibrary } : { type: 'type' }
    case 'Param':
      return { type: 'parameter', modifiers: declaration | readonly }
    case 'Argument':
      return around.name === node ? { type: 'parameter' } : ofValue(text)
    case 'Setting':
    case 'FieldType':
    case 'FieldValue':
      return around.name === node ? { type: 'property' } : ofValue(text)
    case 'CaseType':
    case 'EnumType':
    case 'FlagsType':
    case 'FlagsLiteral':
      return { type: 'enumMember', modifiers: readonly }
    case 'CasePattern':
      return around.payload === node ? { type: 'variable' } : caseOf(text)
    case 'Use':
      return { type: 'method', modifiers: async }
    case 'Access':
      return around.name === node ? { type: 'property' } : ofValue(text)
    case 'Call':
      return around.callee === node && !cases.has(text)
        ? { type: 'function', modifiers: isBuiltIn(text) ? defaultLibrary : 0 }
        : ofValue(text)
    default:
      return ofValue(text)
  }
}

function ofValue(text: string): Class {
  return cases.has(text) ? caseOf(text) : { type: 'variable' }
}

function caseOf(text: string): Class {
  return { type: 'enumMember', modifiers: cases.has(text) ? readonly | defaultLibrary : readonly }
}

/** A change of encoded tokens: `remove` numbers at `start` become `data`. */
export interface TokenEdit {
  start: number
  remove: number
  data: Uint32Array
}

/** The one change between two encodings, whole tokens; undefined where they are the same. */
export function tokenEdit(before: Uint32Array, after: Uint32Array): TokenEdit | undefined {
  const most = Math.min(before.length, after.length)
  let same = 0
  while (same < most && before[same] === after[same]) same++
  if (same === before.length && same === after.length) return undefined
  const start = same - (same % 5)
  let behind = 0
  while (behind < most - start && before[before.length - behind - 1] === after[after.length - behind - 1]) behind++
  behind -= behind % 5
  return { start, remove: before.length - start - behind, data: after.slice(start, after.length - behind) }
}

function lineOf({ starts }: Lines, offset: number): number {
  let low = 0
  let high = starts.length
  while (low + 1 < high) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle
  }
  return low
}
