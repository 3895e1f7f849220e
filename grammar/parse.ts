import { diagnose, type Diagnostic } from './diagnostics.ts'
import { LayoutPass, type Item, type Layout } from './layout.ts'
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
import { theParser, type IpvmParser } from './parser.ts'
import { cut, Reports, shownCharacter } from './report.ts'
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
  /** Its brackets do not match, so that how any of it is taken may depend on all of it. */
  unbalanced: boolean
}

/** Longest text that is read, in UTF-16 code units. Its tokens and its tree take about a hundred times as much memory. */
export const maxLength = 16 * 2 ** 20

/**
 * Parses a module. It never fails: what cannot be read is told in `diagnostics` and missing in the tree, where
 * `Missing` nodes and empty names stand for it. Takes time and memory linear in the length of the text.
 *
 * @param file name of the file, for the spans of diagnostics
 */
export function parse(text: string, file: string): Parsed {
  if (text.length > maxLength) return refused(text, file)
  const lexed = lex(text)
  const { layout, reports, unbalanced } = layOut(lexed.tokens, file, text)
  tellCharacters(lexed, reports)
  const comments = lexed.comments.map(toComment)
  const docs = new Docs(text, comments)
  const parser = theParser()
  parser.start(reports, offset => docs.before(offset))
  const module: Module = { kind: 'Module', start: 0, end: text.length, items: [] }
  const first = lexed.tokens[0]?.startOffset ?? text.length
  const moduleDocs = comments.filter(comment => comment.kind === 'module' && comment.start < first)
  if (moduleDocs.length > 0) module.docs = joined(moduleDocs)
  let outside = false
  for (const found of layout.items) {
    // Lines outside of all items, one behind the other, are one mistake.
    const item = explainStray(found, reports, outside)
    outside = item === undefined
    if (item) module.items.push(parseItem(parser, item, docs))
  }
  const imports = module.items.filter(isImport)
  return { module, comments, diagnostics: reports.settle(layout.statements), imports, unbalanced }
}

export function isImport(item: ItemNode): item is Import | ImportNames {
  return item.kind === 'Import' || item.kind === 'ImportNames'
}

function refused(text: string, file: string): Parsed {
  const module: Module = { kind: 'Module', start: 0, end: text.length, items: [] }
  const diagnostic = diagnose('FileTooLong', { limit: maxLength }, { file, start: 0, end: 0 })
  return { module, comments: [], diagnostics: [diagnostic], imports: [], unbalanced: true }
}

/** Lays the tokens out; where braces do not match, in the way that explains the text with the fewest mistakes. */
function layOut(
  tokens: IToken[],
  file: string,
  text: string,
): { layout: Layout; reports: Reports; unbalanced: boolean } {
  const reports = new Reports(file, text)
  const pass = new LayoutPass(tokens, reports)
  const layout = pass.run()
  if (!pass.unbalanced) return { layout, reports, unbalanced: false }
  const first = cost(layout, reports)
  let best = { layout, reports, cost: first }
  for (const reading of ['indented', 'nested'] as const) {
    const others = new Reports(file, text)
    const next = new LayoutPass(tokens, others, reading)
    const other = next.run()
    const price = cost(other, others)
    const better = reading === 'indented' ? price <= first : !next.openBraces && price < best.cost
    if (better) best = { layout: other, reports: others, cost: price }
  }
  return { ...best, unbalanced: true }
}

/** What a reading makes of a text: mistakes, and items that are none. */
function cost(layout: Layout, reports: Reports): number {
  return reports.count + layout.items.filter(item => item.kind === 'stray').length
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
    reports.certainly('BlockComment', { closed }, place)
  }
  for (const { startOffset } of lexed.hashComments) {
    const place = { start: startOffset, end: startOffset + 1 }
    const fix = { title: 'Replace with `//`', edits: [{ ...place, text: '//' }] }
    reports.certainly('BlockComment', { closed: true }, place, { fixes: [fix] })
  }
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

function toComment({ image, startOffset }: IToken): Comment {
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
