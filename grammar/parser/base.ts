import { EOF } from 'chevrotain'
import type { Missing, Name } from '../nodes.ts'
import { brackets, closers } from '../layout/brackets.ts'
import { isName, isReserved } from '../layout/classify.ts'
import { cut, placeOf, Reports, shown, type Place } from '../report.ts'
import { Comma, endOf, keyword, Less, LineEnd, Numeral, virtual, type IToken, type TokenType } from '../tokens.ts'

/** A bracket that was set aside, and what to do with it. */
export interface Island {
  tokens: IToken[]
  parse: () => void
}

const elseWord = keyword('else')
const nothing = virtual(EOF, '', 0)

/**
 * What all chapters of the grammar need. They accept more than the language, so that a mistake is met by code of its
 * own, with its own message and with nothing lost around it. Brackets are balanced when they come here, and what
 * nests deeply is set aside, so that the stack stays small.
 */
export abstract class BaseParser {
  protected reports = new Reports('', '')
  /** Docs of the declaration that starts at an offset. */
  protected docsAt: (offset: number) => string | undefined = () => undefined
  readonly islands: Island[] = []
  private tokens: IToken[] = []
  private at = 0
  private junkEnd = -1

  /** The next token and its type, and the token that was taken last. */
  protected token = nothing
  protected type: TokenType = EOF
  protected last = nothing

  start(reports: Reports, docsAt: (offset: number) => string | undefined): void {
    this.reports = reports
    this.docsAt = docsAt
    this.islands.length = 0
    this.junkEnd = -1
  }

  read(tokens: IToken[]): void {
    this.tokens = tokens
    this.at = 0
    this.last = nothing
    this.token = tokens[0] ?? nothing
    this.type = this.token.tokenType
  }

  // Tokens

  protected take(): IToken {
    this.last = this.token
    this.token = this.tokens[++this.at] ?? nothing
    this.type = this.token.tokenType
    return this.last
  }

  /** Takes the next token if it is of a type. */
  protected takeIf(type: TokenType): IToken | undefined {
    return this.type === type ? this.take() : undefined
  }

  protected ahead(count: number): IToken {
    return this.tokens[this.at + count] ?? nothing
  }

  /** Whether the next token stands right behind the last one. */
  protected touches(): boolean {
    return this.last !== nothing && endOf(this.last) === this.token.startOffset
  }

  protected atEnd(): boolean {
    return this.type === EOF
  }

  // Places

  protected lastEnd(): number {
    return endOf(this.last)
  }

  /** The next token, or the place behind the last one where there is none on its line. */
  protected next(): Place {
    return this.type === EOF || this.type === LineEnd || this.isBroken() ? this.behind() : placeOf(this.token)
  }

  /** Whether the next token stands on another line than the last one: what is missing is missing before the break. */
  private isBroken(): boolean {
    if (this.last === nothing) return false
    return /[\r\n]/.test(this.reports.text.slice(this.lastEnd(), this.token.startOffset))
  }

  /** The empty place behind the last token. */
  protected behind(): Place {
    return { start: this.lastEnd(), end: this.lastEnd() }
  }

  protected missing(): Missing {
    return { kind: 'Missing', start: this.lastEnd(), end: this.lastEnd() }
  }

  protected after(): string {
    return this.last === nothing ? 'the start' : shown(this.last)
  }

  // Names

  protected isNameNext(): boolean {
    return isName(this.token) || isReserved(this.token)
  }

  /** A name, called only where one stands; a reserved word is reported and taken. */
  protected name(): Name {
    const token = this.take()
    if (isReserved(token)) this.reports.certainly('ReservedName', { name: token.image }, placeOf(token))
    return this.toName(token)
  }

  /** A name that must be there; the empty one where it is not. */
  protected someName(what: string): Name {
    if (this.isNameNext()) return this.name()
    this.reports.possibly('ExpectedName', { what, found: shown(this.token) }, this.next())
    return this.noName()
  }

  protected noName(): Name {
    return { kind: 'Name', ...this.behind(), text: '' }
  }

  protected toName(token: IToken): Name {
    return { kind: 'Name', start: token.startOffset, end: endOf(token), text: token.image }
  }

  // Lists

  /**
   * Entries with commas between them, up to a closing bracket, which is taken. A missing comma and a surplus one are
   * told here.
   *
   * @param starts whether an entry starts at the next token
   * @param entry takes at least one token
   * @returns the number of commas
   */
  protected commaSeparated(close: TokenType, starts: () => boolean, entry: () => void): number {
    return this.separated(close, starts, entry, false)
  }

  /** Entries with commas or line ends between them. */
  protected lineSeparated(close: TokenType, starts: () => boolean, entry: () => void): void {
    this.separated(close, starts, entry, true)
  }

  private separated(close: TokenType, starts: () => boolean, entry: () => void, byLines: boolean): number {
    let before: 'nothing' | 'separator' | 'entry' = 'nothing'
    let commas = 0
    while (this.type !== close && this.type !== EOF) {
      if (this.type === LineEnd) {
        this.take()
        if (byLines) before = 'separator'
      } else if (this.type === Comma) {
        const comma = this.take()
        if (before !== 'entry') this.tellSurplusComma(comma)
        before = 'separator'
        commas++
      } else if (starts()) {
        if (before === 'entry') this.tellMissingComma()
        before = 'entry'
        entry()
      } else this.junk()
    }
    this.takeIf(close)
    return commas
  }

  protected tellMissingComma(): void {
    const { last, token } = this
    if (this.tellMinus(last, token)) return
    this.reports.possibly('MissingComma', { after: shown(last), before: shown(token) }, this.next(), {
      fixes: [{ title: 'Insert `,`', edits: [{ ...this.behind(), text: ',' }] }],
    })
  }

  private tellSurplusComma(comma: IToken): void {
    const place = placeOf(comma)
    const fix = { title: 'Remove the comma', edits: [{ ...place, text: '' }] }
    this.reports.possibly('SurplusComma', {}, place, { fixes: [fix] })
  }

  /** `f(x) -1` is two values for the lexer, and a subtraction for whoever wrote it. */
  private tellMinus(before: IToken, next: IToken): boolean {
    if (next.tokenType !== Numeral || !next.image.startsWith('-')) return false
    const params = { left: cut(before.image), right: cut(next.image.slice(1)) }
    this.reports.possibly('MinusWithoutSpace', params, placeOf(next))
    return true
  }

  // What fits nowhere

  /** Takes a token, or a bracket with what is in it, that fits nowhere; told once for each run of them. */
  protected junk(): void {
    this.tellJunk()
    this.skip()
  }

  /** Passes over a token, or a bracket with what is in it. */
  protected skip(): void {
    let open = 0
    do {
      const type = this.take().tokenType
      if (brackets.has(type) && type !== Less) open++
      else if (closers.has(type)) open--
    } while (open > 0 && this.type !== EOF)
    this.junkEnd = this.lastEnd()
  }

  private tellJunk(): void {
    const { last, token } = this
    if (last !== nothing && (endOf(last) === this.junkEnd || this.tellMinus(last, token))) return
    if (token.tokenType === elseWord) return this.reports.possibly('ElseWithoutIf', {}, placeOf(token))
    const after = last === nothing ? {} : { after: shown(last) }
    this.reports.possibly('Unexpected', { found: shown(token), ...after }, placeOf(token))
  }

  /** What stands behind a complete statement on its line. */
  protected rest(): void {
    while (this.type !== EOF && this.type !== LineEnd && !closers.has(this.type)) this.junk()
  }

  protected tellMissing(what: string): void {
    this.reports.possibly('Expected', { what, after: this.after(), found: shown(this.token) }, this.next())
  }

  // Brackets that were set aside

  /** Makes `node` a copy of what is parsed, once all that was set aside in it is there. */
  protected fill(node: object, parse: () => object | undefined): void {
    const height = this.islands.length
    const found = parse()
    if (this.islands.length === height) Object.assign(node, found)
    else this.islands.splice(height, 0, { tokens: [], parse: () => Object.assign(node, found) })
  }

  /** Parses a bracket; one that was set aside when the stack is empty again. What is parsed must be filled in. */
  protected bracket(island: TokenType, parse: () => void): void {
    if (this.type === island) this.islands.push({ tokens: this.take().payload as IToken[], parse })
    else parse()
  }
}
