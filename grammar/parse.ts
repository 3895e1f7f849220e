import { diagnose, type Diagnostic, type Fix } from './diagnostics.ts'
import { LayoutPass, type Item, type Layout, type Statement } from './layout.ts'
import type {
  Block,
  Const,
  EffectDeclaration,
  Import,
  ImportNames,
  Item as ItemNode,
  Job,
  Module,
  Name,
  Test,
  TypeDeclaration,
} from './nodes.ts'
import type { Found, Skim } from './outline.ts'
import type { Unread } from './unread.ts'
import { theParser, type IpvmParser } from './parser.ts'
import { cut, Reports, shownCharacter, type Place } from './report.ts'
import { explainStray } from './stray.ts'
import { endOf, lex, LBrace, type IToken, type Lexed } from './tokens.ts'

/** A comment; `text` is what stands behind the marks, without the space after them. */
export interface Comment {
  kind: 'line' | 'doc' | 'module'
  start: number
  end: number
  text: string
}

export interface Parsed {
  module: Module
  comments: Comment[]
  diagnostics: Diagnostic[]
  imports: (Import | ImportNames)[]
  /** From the first item whose brackets do not match to the last one: how any of that is taken may depend on all of it. */
  unbalanced: Place | undefined
  /** Jobs that are read when somebody asks for what is in them. */
  unread?: Unread
}

/** Longest text that is read, in UTF-16 code units. Its tokens and its tree take about a hundred times as much memory. */
export const maxLength = 16 * 2 ** 20

/** About so long are the pieces in which a text is read, whose tokens are gone before the next one is. */
export const PIECE = 16 * 2 ** 10

/**
 * Parses a module. It never fails: what cannot be read is told in `diagnostics` and missing in the tree, where
 * `Missing` nodes and empty names stand for it. Takes time and memory linear in the length of the text.
 *
 * @param file name of the file, for the spans of diagnostics
 * @param piece about so long are the pieces in which it is read, which makes no difference for what is found
 */
export function parse(text: string, file: string, piece = PIECE): Parsed {
  if (text.length > maxLength) return refused(text, file)
  return (text.length > 2 * piece ? parsePieces(text, file, piece) : undefined) ?? parseWhole(text, file)
}

function parseWhole(text: string, file: string): Parsed {
  const lexed = lex(text)
  const { layout, reports, unbalanced } = layOut(lexed.tokens, file, text)
  const reading = new Reading(reports)
  reading.add(lexed, layout)
  return reading.end(unbalanced)
}

/** Stands before a declaration that is not indented. */
const DECLARATION = /\n(?=(?:export )?(?:import|config|type|const|job|effect|test) )/g

/** Offset behind the next place that a pattern matches, or behind the text. */
export function nextOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return (pattern.exec(text)?.index ?? text.length) + 1
}

/**
 * Reads declarations some by some; undefined where something is wrong by which one of them may reach into the next.
 *
 * @param skim finds jobs that are not read
 */
export function parsePieces(text: string, file: string, piece: number, skim?: Skim): Parsed | undefined {
  const reports = new Reports(file, text)
  const reading = new Reading(reports)
  let lastClose: number | undefined
  for (let start = 0; start < text.length;) {
    const found = skim?.jobAt(start)
    if (found) {
      reading.leave(found)
      start = found.next
      continue
    }
    const end = Math.min(nextOf(DECLARATION, text, start + piece), skim?.nextJob(start) ?? Infinity)
    const lexed = lex(text.slice(start, end), start)
    // What the piece does not close another one may.
    if (lexed.isOpen && (lastClose ??= text.lastIndexOf('*/')) >= end) return undefined
    const pass = new LayoutPass(lexed.tokens, reports, 'plain', { start, statement: reading.statements })
    const layout = pass.run()
    if (pass.unbalanced || reports.isFull) return undefined
    reading.add(lexed, layout)
    const last = layout.items.at(-1)
    // What is wrong at the end may go on behind it; of lines outside of all items only the first is told.
    if (last?.kind === 'stray' || reports.last >= (last?.tokens[0]!.startOffset ?? start)) return undefined
    start = end
  }
  return reading.end(undefined)
}

/** What is read of a text, from its beginning on. */
class Reading {
  readonly #reports: Reports
  readonly #module: Module
  readonly #comments: Comment[] = []
  readonly #docs: Docs
  readonly #parser = theParser()
  readonly #statements: Statement[] = []
  /** Lines outside of all items, one behind the other, are one mistake. */
  #outside = false
  /** Where the first token starts. */
  #first: number | undefined

  constructor(reports: Reports) {
    const { text } = reports
    this.#reports = reports
    this.#module = { kind: 'Module', start: 0, end: text.length, items: [] }
    this.#docs = new Docs(text, this.#comments)
    this.#parser.start(reports, offset => this.#docs.before(offset))
  }

  /** How many statements there are at most. */
  get statements(): number {
    return this.#statements.length
  }

  add(lexed: Lexed, { items, statements }: Layout): void {
    tellCharacters(lexed, this.#reports)
    this.#first ??= lexed.tokens[0]?.startOffset
    for (const comment of lexed.comments) this.#comments.push(toComment(comment))
    for (const statement of statements) this.#statements.push(statement)
    for (const found of items) {
      const item = explainStray(found, this.#reports, this.#outside)
      this.#outside = item === undefined
      if (item) this.#module.items.push(parseItem(this.#parser, item, this.#docs))
    }
  }

  /** Takes a job that is not read. */
  leave({ job, comments }: Found): void {
    this.#first ??= job.start
    const docs = this.#docs.before(job.start)
    if (docs !== undefined) job.docs = docs
    this.#module.items.push(job)
    for (const comment of comments) this.#comments.push(comment)
    this.#outside = false
  }

  end(unbalanced: Place | undefined): Parsed {
    const [module, comments] = [this.#module, this.#comments]
    const first = this.#first ?? module.end
    const docs = comments.filter(comment => comment.kind === 'module' && comment.start < first)
    if (docs.length > 0) module.docs = joined(docs)
    const imports = module.items.filter(isImport)
    return { module, comments, diagnostics: this.#reports.settle(this.#statements), imports, unbalanced }
  }
}

export function isImport(item: ItemNode): item is Import | ImportNames {
  return item.kind === 'Import' || item.kind === 'ImportNames'
}

function refused(text: string, file: string): Parsed {
  const module: Module = { kind: 'Module', start: 0, end: text.length, items: [] }
  const diagnostic = diagnose('FileTooLong', { limit: maxLength }, { file, start: 0, end: 0 })
  return { module, comments: [], diagnostics: [diagnostic], imports: [], unbalanced: { start: 0, end: Infinity } }
}

/**
 * Lays the tokens out; the items in which brackets do not match, with all between them, in the way that explains them with
 * the fewest mistakes.
 */
function layOut(
  tokens: IToken[],
  file: string,
  text: string,
): { layout: Layout; reports: Reports; unbalanced: Place | undefined } {
  const reports = new Reports(file, text)
  const pass = new LayoutPass(tokens, reports)
  const layout = pass.run()
  const { unbalanced } = pass
  if (!unbalanced) return { layout, reports, unbalanced }
  const part = tokens.filter(({ startOffset }) => isIn(unbalanced, startOffset))
  const from = { start: unbalanced.start, statement: layout.statements.length }
  const first = reports.countIn(unbalanced) + straysOf(layout.items.filter(item => isIn(unbalanced, startOf(item))))
  let best: { layout: Layout; reports: Reports; cost: number } | undefined
  for (const reading of ['indented', 'nested'] as const) {
    const others = new Reports(file, text)
    const next = new LayoutPass(part, others, reading, from)
    const other = next.run()
    const price = others.count + straysOf(other.items)
    const better = reading === 'indented' ? price <= first : !next.openBraces && price < (best?.cost ?? first)
    if (better) best = { layout: other, reports: others, cost: price }
    // Fewer than one there cannot be.
    if (best?.cost === 1) break
  }
  if (!best) return { layout, reports, unbalanced }
  reports.replace(unbalanced, best.reports)
  const items = replacedIn(layout.items, best.layout.items, unbalanced, startOf)
  const statements = replacedIn(layout.statements, best.layout.statements, unbalanced, ({ start }) => start)
  return { layout: { items, statements }, reports, unbalanced }
}

function startOf(item: Item): number {
  return item.tokens[0]!.startOffset
}

function isIn({ start, end }: Place, offset: number): boolean {
  return start <= offset && offset < end
}

/** Others in the place of those that start in a part of the text. */
function replacedIn<T>(all: T[], others: T[], place: Place, startOf: (one: T) => number): T[] {
  const before = all.filter(one => startOf(one) < place.start)
  return [...before, ...others, ...all.filter(one => startOf(one) >= place.end)]
}

/** Items that are none. */
function straysOf(items: Item[]): number {
  return items.filter(item => item.kind === 'stray').length
}

/** Tells of what the lexer could not read. */
function tellCharacters(lexed: Lexed, reports: Reports): void {
  const { text } = reports
  for (const { offset, length } of lexed.unknown) {
    const character = String.fromCodePoint(text.codePointAt(offset)!)
    const shown = cut(character) === character ? `\`${character}\`` : shownCharacter(character)
    reports.certainly('UnknownCharacter', { shown }, { start: offset, end: offset + length })
  }
  for (const { image, startOffset } of lexed.blockComments) {
    const closed = image.length > 3 && image.endsWith('*/')
    const place = { start: startOffset, end: closed ? startOffset + image.length : startOffset + 2 }
    reports.certainly('BlockComment', { closed }, place, { fixes: closed ? inLines(text, place) : [] })
  }
  for (const { startOffset } of lexed.hashComments) {
    const place = { start: startOffset, end: startOffset + 1 }
    const fix = { title: 'Replace with `//`', edits: [{ ...place, text: '//' }] }
    reports.certainly('BlockComment', { closed: true }, place, { fixes: [fix] })
  }
}

/** A block comment as lines that are comments, where nothing stands behind it on its line. */
function inLines(text: string, { start, end }: Place): Fix[] {
  if (!/^[ \t]*(\r?\n|$)/.test(text.slice(end, end + 200))) return []
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  const inner = text.slice(start + 2, end - 2)
  const [first, ...others] = inner.split('\n')
  const starred = others.every(one => /^\s*(\*|$)/.test(one))
  const rest = starred ? others.map(one => one.replace(/^\s*\*+/, '')) : others
  const words = [first!.replace(/^\*+/, ''), ...rest].map(one => one.trim())
  // What opens and closes the comment may stand alone in its line, and says nothing.
  while (words.length > 1 && words[0] === '') words.shift()
  while (words.length > 1 && words.at(-1) === '') words.pop()
  const between = `${/\r?\n/.exec(inner)?.[0]}${/^[ \t]*/.exec(line)![0]}`
  const lines = words.map(one => `// ${one}`.trimEnd()).join(between)
  return [{ title: 'Write it with `//`', edits: [{ start, end, text: lines }] }]
}

function parseItem(parser: IpvmParser, item: Item, docs: Docs): ItemNode {
  const first = item.tokens[0]!
  const start = first.startOffset
  const end = endOf(item.tokens[item.tokens.length - 1]!)
  const found = docs.before(start)
  const doc = found === undefined ? {} : { docs: found }
  const name: Name = { kind: 'Name', start: endOf(first), end: endOf(first), text: '' }
  const missing = { kind: 'Missing', start: end, end } as const
  const text = { kind: 'Text', start: end, end, value: '' } as const
  const block: Block = { kind: 'Block', start: end, end, statements: [] }
  parser.begin(item.kind === 'test')
  const run = <N extends ItemNode>(node: N, rule: (node: N) => void): N => {
    parseTokens(parser, item.tokens, () => rule.call(parser, node))
    node.end = Math.max(node.end, end)
    return node
  }
  const exported = false
  switch (item.kind) {
    case 'import':
      return item.tokens[1]?.tokenType === LBrace
        ? run({ kind: 'ImportNames', start, end, names: [], from: text }, parser.importNames)
        : run({ kind: 'Import', start, end, name, from: text }, parser.import)
    case 'config':
      return run({ kind: 'Config', start, end, entries: [] }, parser.config)
    case 'type': {
      const node: TypeDeclaration = { kind: 'TypeDeclaration', start, end, ...doc, exported, name, type: missing }
      return run(node, parser.typeDeclaration)
    }
    case 'const':
      return run<Const>({ kind: 'Const', start, end, ...doc, exported, name, value: missing }, parser.const)
    case 'effect': {
      const node: EffectDeclaration = {
        ...{ kind: 'EffectDeclaration', start, end, ...doc, exported, name, scheme: text, operations: [] },
      }
      return run(node, parser.effect)
    }
    case 'test':
      return run<Test>({ kind: 'Test', start, end, ...doc, name: text, body: block }, parser.test)
    default:
      return run<Job>({ kind: 'Job', start, end, ...doc, exported, name, params: [], body: block }, parser.job)
  }
}

/** Parses tokens, and then what was set aside because it is nested deeply. */
function parseTokens(parser: IpvmParser, tokens: IToken[], rule: () => void): void {
  for (let next: { tokens: IToken[]; parse: () => void } | undefined = { tokens, parse: rule }; next;) {
    parser.input = next.tokens
    next.parse()
    parser.tellErrors()
    next = parser.islands.pop()
  }
}

export function toComment({ image, startOffset }: Pick<IToken, 'image' | 'startOffset'>): Comment {
  const kind = image.startsWith('//!') ? 'module' : /^\/\/\/(?!\/)/.test(image) ? 'doc' : 'line'
  const text = image.slice(kind === 'line' ? 2 : 3).replace(/^ /, '')
  return { kind, start: startOffset, end: startOffset + image.length, text: text.trimEnd() }
}

function joined(comments: Comment[]): string {
  return comments.map(comment => comment.text).join('\n')
}

/** Finds the docs of what starts at an offset. */
class Docs {
  private readonly text: string
  private readonly comments: Comment[]

  constructor(text: string, comments: Comment[]) {
    this.text = text
    this.comments = comments
  }

  /** The `///` lines right before an offset, with nothing but white space between. */
  before(offset: number): string | undefined {
    let at = this.firstAfter(offset) - 1
    const found: Comment[] = []
    for (let end = offset; at >= 0; at--) {
      const comment = this.comments[at]!
      if (comment.kind !== 'doc' || /\S/.test(this.text.slice(comment.end, end)) || !this.startsLine(comment)) break
      found.push(comment)
      end = comment.start
    }
    return found.length > 0 ? joined(found.reverse()) : undefined
  }

  private startsLine(comment: Comment): boolean {
    let at = comment.start - 1
    while (at >= 0 && (this.text[at] === ' ' || this.text[at] === '\t')) at--
    return at < 0 || /[\r\n\ufeff]/.test(this.text[at]!)
  }

  private firstAfter(offset: number): number {
    let low = 0
    let high = this.comments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.comments[middle]!.start < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
