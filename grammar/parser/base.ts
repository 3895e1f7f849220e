import { EmbeddedActionsParser, EOF, type ParserMethod } from 'chevrotain'
import type { Fix } from '../diagnostics.ts'
import { suggest } from '../../dag/suggest.ts'
import { OneTokenLookahead } from '../lookahead.ts'
import type { Missing, Name } from '../nodes.ts'
import { canStart, isName, isReserved } from '../layout/classify.ts'
import { isUnit } from '../literals.ts'
import { cut, placeOf, Reports, shown, type Place } from '../report.ts'
import {
  allTokens,
  AngleIsland,
  ArmsIsland,
  BlockIsland,
  BraceIsland,
  BracketIsland,
  Dot,
  endOf,
  Junk,
  keyword,
  LArms,
  LBlock,
  LBrace,
  LBracket,
  LineEnd,
  LParen,
  Name as NameToken,
  Numeral,
  OrOr,
  ParenIsland,
  RBrace,
  RBracket,
  Reserved,
  RParen,
  TemplateEnd,
  TemplateIsland,
  TemplateMiddle,
  TemplateStart,
  virtual,
  type IToken,
  type TokenType,
} from '../tokens.ts'

/** A bracket that was set aside, and what to do with it. */
export interface Island {
  tokens: IToken[]
  parse: () => void
}

export type Rule<A extends unknown[], R> = ParserMethod<A, R>

const elseWord = keyword('else')
const nothing = virtual(EOF, '', 0)

/**
 * What all chapters of the grammar need. The rules accept more than the language, so that a mistake is met by a
 * production of its own, with its own message and with nothing lost around it. Brackets are balanced when they come
 * here, and what nests deeply is set aside, so that the stack stays small.
 */
export abstract class BaseParser extends EmbeddedActionsParser {
  protected reports = new Reports('', '')
  /** Docs of the declaration that starts at an offset. */
  protected docsAt: (offset: number) => string | undefined = () => undefined
  readonly islands: Island[] = []
  private junkEnd = -1

  constructor(skipValidations: boolean) {
    super(allTokens, { maxLookahead: 1, skipValidations, lookaheadStrategy: new OneTokenLookahead() })
  }

  /** A rule of chevrotain, whose parameters have the types that its declaration gives. */
  protected rule<A extends unknown[], R>(name: string, implementation: (...args: A) => R): Rule<A, R> {
    return this.RULE(name, implementation)
  }

  start(reports: Reports, docsAt: (offset: number) => string | undefined): void {
    this.reports = reports
    this.docsAt = docsAt
    this.islands.length = 0
    this.junkEnd = -1
  }

  // Tokens

  /** The next token, or one behind it. */
  protected ahead(count = 1): IToken {
    return this.LA(count)
  }

  protected isNext(type: TokenType, count = 1): boolean {
    return this.LA(count).tokenType === type
  }

  /** The token that was taken last. */
  protected last(): IToken {
    const token = this.LA(0)
    return token.tokenType === EOF ? nothing : token
  }

  /** Whether the next token stands right behind the last one. */
  protected touches(): boolean {
    const last = this.last()
    return last !== nothing && endOf(last) === this.LA(1).startOffset
  }

  // Places

  protected lastEnd(): number {
    return endOf(this.last())
  }

  /** The next token, or the place behind the last one where there is none on its line. */
  protected next(): Place {
    const token = this.LA(1)
    const ends = token.tokenType === EOF || token.tokenType === LineEnd || this.isBroken()
    return ends ? this.behind() : placeOf(token)
  }

  /** Whether the next token stands on another line than the last one: what is missing is missing before the break. */
  protected isBroken(): boolean {
    const last = this.last()
    return last !== nothing && this.isBrokenBetween(last, this.LA(1))
  }

  protected isBrokenBetween(token: IToken, next: IToken): boolean {
    return /[\r\n]/.test(this.reports.text.slice(endOf(token), next.startOffset))
  }

  /** The empty place behind the last token. */
  protected behind(): Place {
    const end = this.lastEnd()
    return { start: end, end }
  }

  /** Where the next token begins, one character wide. */
  protected opening(): Place {
    const { startOffset } = this.LA(1)
    return { start: startOffset, end: startOffset + 1 }
  }

  protected missing(): Missing {
    return { kind: 'Missing', ...this.behind() }
  }

  protected afterWhat(): string {
    const last = this.last()
    if (last.tokenType === TemplateStart || last.tokenType === TemplateMiddle) return '`${`'
    return last === nothing ? 'the start' : shown(last)
  }

  // Names

  protected isNameNext(): boolean {
    const token = this.LA(1)
    return isName(token) || isReserved(token)
  }

  protected isParenNext(): boolean {
    return this.isNext(LParen) || this.isNext(ParenIsland)
  }

  /** A name; a reserved word is reported and taken. */
  protected readonly name: Rule<[], Name> = this.rule('name', () =>
    this.OR([
      { ALT: () => this.toName(this.CONSUME(NameToken)) },
      {
        ALT: () => {
          const token = this.CONSUME(Reserved)
          this.ACTION(() => this.reports.certainly('ReservedName', { name: token.image }, placeOf(token)))
          return this.toName(token)
        },
      },
    ]),
  )

  /** A name that must be there; the empty one where it is not. */
  protected readonly someName: Rule<[what: string], Name> = this.rule('someName', (what: string) => {
    const found = this.OPTION(() => this.SUBRULE(this.name))
    return this.ACTION(() => found ?? this.tellNoName(what))
  })

  protected tellNoName(what: string): Name {
    this.reports.possibly('ExpectedName', { what, found: shown(this.LA(1)) }, this.next())
    return this.noName()
  }

  protected noName(): Name {
    return { kind: 'Name', ...this.behind(), text: '' }
  }

  protected toName(token: IToken): Name {
    return { kind: 'Name', start: token.startOffset, end: endOf(token), text: token.image }
  }

  /**
   * Says that `:` is missing behind names; one who forgets it forgets it for all of a list.
   *
   * @param found what stands behind the first name
   * @param others what else may be meant, so that nobody can tell which
   */
  protected tellNoColon(names: readonly Name[], found: IToken = this.LA(1), others: Fix[] = []): void {
    const edits = names.map(({ end }) => ({ start: end, end, text: ':' }))
    const params = { what: '`:`', after: `\`${cut(names[0]!.text)}\``, found: shown(found) }
    const fixes = [{ title: 'Insert `:`', edits }, ...others]
    this.reports.possibly('Expected', params, placeOf(found), { fixes })
  }

  /** Takes away the last token where the next one is the same: nobody can tell whether something is missing between them. */
  protected removingOne(): Fix[] {
    const [last, token] = [this.last(), this.LA(1)]
    if (last.image !== token.image) return []
    return [{ title: 'Remove one of them', edits: [{ start: last.startOffset, end: token.startOffset, text: '' }] }]
  }

  /** Says that `=` is missing behind the last token. */
  protected tellNoEquals(others: Fix[] = []): void {
    const params = { what: '`=`', after: this.afterWhat(), found: shown(this.LA(1)) }
    this.reports.possibly('Expected', params, this.next(), {
      fixes: [{ title: 'Insert `=`', edits: [{ ...this.behind(), text: ' =' }] }, ...others],
    })
  }

  /** Whether a name is next that is near to a word, with what belongs to that behind it. */
  protected isMisspeltBefore(word: string, type: TokenType): boolean {
    const [token, next] = [this.LA(1), this.LA(2)]
    const isBehind = next.tokenType === type || (type === NameToken && isName(next))
    return token.tokenType === NameToken && isBehind && suggest(token.image, [word]) !== undefined
  }

  protected tellWord(token: IToken, wanted: string): void {
    this.ACTION(() => this.reports.possibly('WrongKeyword', { found: cut(token.image), wanted }, placeOf(token)))
  }

  // Neighbours

  /** `f(x) -1` is two values for the lexer, and a subtraction for whoever wrote it. */
  protected tellMinus(before: IToken, next: IToken, listed = false): boolean {
    if (next.tokenType !== Numeral || !next.image.startsWith('-')) return false
    const params = { left: cut(before.image), right: cut(next.image.slice(1)) }
    const at = next.startOffset
    const edits = [{ start: at, end: at + 1, text: this.touches() ? ' - ' : '- ' }]
    // Between two numbers of a list a comma may be missing as well.
    const fixes = listed && before.tokenType === Numeral ? [] : [{ title: 'Put a space on both sides', edits }]
    this.reports.possibly('MinusWithoutSpace', params, placeOf(next), { fixes })
    return true
  }

  /** Adds what was read to a list that a rule was given. */
  protected add<T>(list: T[], entry: T): void {
    this.ACTION(() => list.push(entry))
  }

  /** `64 MiB` is a number and a name for the lexer. */
  protected tellUnit(before: IToken, next: IToken): boolean {
    if (before.tokenType !== Numeral || !/^\d[\d_.]*$/.test(before.image) || !isUnit(next.image)) return false
    const place = { start: before.startOffset, end: endOf(next) }
    const gap = { start: endOf(before), end: next.startOffset, text: '' }
    this.reports.possibly('UnitApart', { number: cut(before.image), unit: next.image }, place, {
      fixes: [{ title: 'Remove the space', edits: [gap] }],
    })
    return true
  }

  // What fits nowhere

  /** A token, or a bracket with what is in it, that fits nowhere; told once for each run of them. */
  protected readonly junk: Rule<[], void> = this.rule('junk', () => {
    this.ACTION(() => this.tellJunk())
    this.SUBRULE(this.skip)
  })

  /** A token, or a bracket with what is in it, that is passed over. */
  protected readonly skip: Rule<[], void> = this.rule('skip', () => {
    this.OR([
      { ALT: () => this.CONSUME(Junk) },
      { ALT: () => this.CONSUME(ParenIsland) },
      { ALT: () => this.CONSUME(BracketIsland) },
      { ALT: () => this.CONSUME(BraceIsland) },
      { ALT: () => this.CONSUME(BlockIsland) },
      { ALT: () => this.CONSUME(ArmsIsland) },
      { ALT: () => this.CONSUME(AngleIsland) },
      { ALT: () => this.CONSUME(TemplateIsland) },
      { ALT: () => this.skipGroup(1, LParen, RParen) },
      { ALT: () => this.skipGroup(2, LBracket, RBracket) },
      { ALT: () => this.skipGroup(3, LBrace, RBrace) },
      { ALT: () => this.skipGroup(4, LBlock, RBrace) },
      { ALT: () => this.skipGroup(5, LArms, RBrace) },
      { ALT: () => this.skipGroup(6, TemplateStart, TemplateEnd) },
    ])
    this.ACTION(() => (this.junkEnd = this.lastEnd()))
  })

  private skipGroup(index: number, open: TokenType, close: TokenType): void {
    this.consume(index, open)
    this.many(index, () =>
      this.or(index, [{ ALT: () => this.subrule(index, this.skip) }, { ALT: () => this.consume(index, LineEnd) }]),
    )
    this.consume(index, close)
  }

  protected tellJunk(): void {
    const [last, token] = [this.last(), this.LA(1)]
    if (last !== nothing && endOf(last) === this.junkEnd) return
    if (last !== nothing && (this.tellMinus(last, token) || this.tellUnit(last, token))) return
    if (this.isNext(Dot) && this.isNext(Dot, 2) && this.isNext(Dot, 3))
      return this.reports.possibly('Spread', {}, { start: token.startOffset, end: endOf(this.LA(3)) })
    // Between values it is read as an operator.
    if (token.tokenType === OrOr) return this.reports.possibly('UnionType', {}, placeOf(token))
    if (token.tokenType === elseWord) return this.reports.possibly('ElseWithoutIf', {}, placeOf(token))
    const after = last === nothing ? {} : { after: shown(last) }
    this.reports.possibly('Unexpected', { found: shown(token), ...after }, placeOf(token))
  }

  /**
   * Takes away the parentheses of what was passed over, where they stand on one line.
   *
   * @param head what is done about the first one
   */
  protected unwrapping({ start }: Place, head: Fix['edits']): Fix[] {
    const end = this.lastEnd()
    const written = this.reports.text.slice(start, end)
    if (/[\r\n]/.test(written) || !written.endsWith(')')) return []
    return [{ title: 'Remove the parentheses', edits: [...head, { start: end - 1, end, text: '' }] }]
  }

  /** What stands behind a complete statement on its line. */
  protected readonly rest: Rule<[], void> = this.rule('rest', () => {
    this.MANY(() => this.SUBRULE(this.junk))
  })

  /** @param text what is put before the next token, or behind the last one, where that is all that is missing */
  protected tellMissing(what: string, text?: string): void {
    this.ACTION(() => {
      const params = { what, after: this.afterWhat(), found: shown(this.LA(1)) }
      this.reports.possibly('Expected', params, this.next(), {
        fixes: text === undefined ? [] : [this.insertion(text)],
      })
    })
  }

  /** Puts a text behind the last token, or before the next one where it ends with a space. */
  private insertion(text: string): Fix {
    const { end } = this.behind()
    const at = text.endsWith(' ') ? this.LA(1).startOffset : end
    return { title: `Insert \`${text.trim()}\``, edits: [{ start: at, end: at, text }] }
  }

  /** Whether a value, a name or a text stands next on the line. */
  protected goesOnWithValue(): boolean {
    const token = this.LA(1)
    return canStart(token) && token.tokenType !== LBrace && token.tokenType !== BraceIsland && !this.isBroken()
  }

  /** What chevrotain itself found, which no production above foresees. */
  tellErrors(): void {
    for (const { token } of this.errors)
      this.reports.possibly(
        'Unexpected',
        { found: shown(token) },
        token.tokenType === EOF ? this.behind() : placeOf(token),
      )
  }

  // Brackets that were set aside

  /**
   * A bracket, which `rule` reads; one that was set aside is read when the stack is empty again. What is read of it
   * must be filled in. It takes the place 7 of a rule.
   */
  protected bracket<A extends unknown[]>(island: TokenType, rule: Rule<A, void>, ...args: A): void {
    this.or(7, [
      { ALT: () => this.subrule(7, rule, { ARGS: args }) },
      {
        ALT: () => {
          const { payload } = this.consume(7, island)
          this.ACTION(() => this.islands.push({ tokens: payload as IToken[], parse: () => rule.apply(this, args) }))
        },
      },
    ])
  }

  /**
   * Makes `node` a copy of what was found, once all that was set aside in it is there.
   *
   * @param height how many brackets were set aside before it
   */
  protected fill(node: object, found: object | undefined, height: number): void {
    if (this.islands.length === height) Object.assign(node, found)
    else this.islands.splice(height, 0, { tokens: [], parse: () => Object.assign(node, found) })
  }
}
