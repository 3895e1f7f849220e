import { EmbeddedActionsParser, EOF, type IToken, type ParserMethod } from 'chevrotain'
import type { Missing, Name } from '../nodes.ts'
import { cut, placeOf, Reports, shown, type Place } from '../report.ts'
import {
  allTokens,
  AngleIsland,
  BraceIsland,
  BracketIsland,
  Comma,
  endOf,
  Junk,
  LBrace,
  LBracket,
  LineEnd,
  LParen,
  Name as NameToken,
  Numeral,
  ParenIsland,
  RBrace,
  RBracket,
  Reserved,
  RParen,
  type TokenType,
} from '../tokens.ts'

/** A bracket that was set aside, and what to do with it. */
export interface Island {
  tokens: IToken[]
  parse: () => void
}

export type Rule<A extends unknown[], R> = ParserMethod<A, R>

/** Separators seen before the current place of a list. */
type Before = 'nothing' | 'separator' | 'entry'

/**
 * What all chapters of the grammar need. The rules accept more than the language, so that a mistake is met by a
 * production of its own, with its own message and with nothing lost around it. Chevrotain's recovery stands behind
 * them for what no production foresees.
 */
export abstract class BaseParser extends EmbeddedActionsParser {
  protected reports = new Reports('', '')
  /** Docs of the declaration that starts at an offset. */
  protected docsAt: (offset: number) => string | undefined = () => undefined
  readonly islands: Island[] = []
  private junkEnd = -1

  constructor(skipValidations: boolean) {
    super(allTokens, { recoveryEnabled: true, maxLookahead: 1, skipValidations })
  }

  start(reports: Reports, docsAt: (offset: number) => string | undefined): void {
    this.reports = reports
    this.docsAt = docsAt
    this.islands.length = 0
    this.junkEnd = -1
  }

  /** What chevrotain found itself, in words of ours. */
  tellErrors(): void {
    for (const { token, ...rest } of this.errors) {
      const { previousToken } = rest as { previousToken?: IToken }
      const before = previousToken && previousToken.tokenType !== EOF ? previousToken : undefined
      const at = token.tokenType === EOF ? before : token
      if (!at) continue
      const place = token.tokenType === EOF ? { start: endOf(at), end: endOf(at) } : placeOf(at)
      this.reports.possibly('Unexpected', { found: shown(token), ...(before ? { after: shown(before) } : {}) }, place)
    }
  }

  // Places

  protected lastEnd(): number {
    return endOf(this.LA(0))
  }

  /** The next token, or the place behind the last one where there is none. */
  protected next(): Place {
    const token = this.LA(1)
    return token.tokenType === EOF || token.tokenType === LineEnd
      ? { start: this.lastEnd(), end: this.lastEnd() }
      : placeOf(token)
  }

  protected missing(): Missing {
    return { kind: 'Missing', start: this.lastEnd(), end: this.lastEnd() }
  }

  protected isNext(type: IToken['tokenType'], ahead = 1): boolean {
    return this.LA(ahead).tokenType === type
  }

  /** Whether the next two tokens touch each other. */
  protected touches(): boolean {
    return endOf(this.LA(1)) === this.LA(2).startOffset
  }

  // Names

  /** A name; a reserved word is reported and taken. */
  protected readonly name: Rule<[], Name> = this.RULE('name', () =>
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
  protected readonly someName: Rule<[what: string], Name> = this.RULE('someName', (what: string) => {
    let name: Name | undefined
    this.OPTION(() => {
      name = this.SUBRULE(this.name)
    })
    return this.ACTION((): Name => {
      if (name) return name
      this.reports.possibly('ExpectedName', { what, found: shown(this.LA(1)) }, this.next())
      return { kind: 'Name', start: this.lastEnd(), end: this.lastEnd(), text: '' }
    })
  })

  protected toName(token: IToken): Name {
    return { kind: 'Name', start: token.startOffset, end: endOf(token), text: token.image }
  }

  // Lists

  /**
   * Entries with commas between them, up to a closing bracket. A missing comma and a surplus one are told here.
   *
   * @param entry consumes at least one token
   * @returns the number of commas
   */
  protected commaSeparated(entry: () => void): number {
    let before: Before = 'nothing'
    let commas = 0
    const alternatives = [
      {
        ALT: () => {
          if (before === 'entry') this.tellMissingComma()
          before = 'entry'
          entry()
        },
      },
      {
        ALT: () => {
          const comma = this.consume(9, Comma)
          if (before !== 'entry') this.tellSurplusComma(comma)
          before = 'separator'
          commas++
        },
      },
      { ALT: () => this.subrule(9, this.junk) },
      { ALT: () => this.consume(9, LineEnd) },
    ]
    this.many(9, () => this.or(9, { DEF: alternatives, IGNORE_AMBIGUITIES: true }))
    return commas
  }

  /** Entries with commas or line ends between them. */
  protected lineSeparated(entry: () => void): void {
    let before: Before = 'nothing'
    const alternatives = [
      {
        ALT: () => {
          if (before === 'entry') this.tellMissingComma()
          before = 'entry'
          entry()
        },
      },
      {
        ALT: () => {
          const comma = this.consume(9, Comma)
          if (before !== 'entry') this.tellSurplusComma(comma)
          before = 'separator'
        },
      },
      {
        ALT: () => {
          this.consume(9, LineEnd)
          before = 'separator'
        },
      },
      { ALT: () => this.subrule(9, this.junk) },
    ]
    this.many(9, () => this.or(9, { DEF: alternatives, IGNORE_AMBIGUITIES: true }))
  }

  protected tellMissingComma(): void {
    this.ACTION(() => {
      const [before, next] = [this.LA(0), this.LA(1)]
      if (this.tellMinus(before, next)) return
      const at = { start: endOf(before), end: endOf(before) }
      this.reports.possibly('MissingComma', { after: shown(before), before: shown(next) }, placeOf(next), {
        fixes: [{ title: 'Insert `,`', edits: [{ ...at, text: ',' }] }],
      })
    })
  }

  private tellSurplusComma(comma: IToken): void {
    this.ACTION(() => {
      const place = placeOf(comma)
      const fix = { title: 'Remove the comma', edits: [{ ...place, text: '' }] }
      this.reports.possibly('SurplusComma', {}, place, { fixes: [fix] })
    })
  }

  /** `f(x) -1` is two values for the lexer, and a subtraction for whoever wrote it. */
  private tellMinus(before: IToken, next: IToken): boolean {
    if (next.tokenType !== Numeral || !next.image.startsWith('-')) return false
    const params = { left: cut(before.image), right: cut(next.image.slice(1)) }
    this.reports.possibly('MinusWithoutSpace', params, placeOf(next))
    return true
  }

  /** Tells of a token that fits nowhere, once for each run of them. */
  protected tellJunk(token: IToken): void {
    const before = this.LA(0)
    const inRun = before.tokenType !== EOF && endOf(before) === this.junkEnd
    this.junkEnd = endOf(token)
    if (inRun || (before.tokenType !== EOF && this.tellMinus(before, token))) return
    const after = before.tokenType === EOF ? {} : { after: shown(before) }
    this.reports.possibly('Unexpected', { found: shown(token), ...after }, placeOf(token))
  }

  /** A token, or a bracket, that fits nowhere. */
  protected readonly junk: Rule<[], void> = this.RULE('junk', () => {
    this.ACTION(() => this.tellJunk(this.LA(1)))
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(Junk) },
        { ALT: () => this.CONSUME(ParenIsland) },
        { ALT: () => this.CONSUME(BracketIsland) },
        { ALT: () => this.CONSUME(BraceIsland) },
        { ALT: () => this.CONSUME(AngleIsland) },
        { ALT: () => this.skipGroup(1, LParen, RParen) },
        { ALT: () => this.skipGroup(2, LBracket, RBracket) },
        { ALT: () => this.skipGroup(3, LBrace, RBrace) },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  private skipGroup(index: number, open: TokenType, close: TokenType): void {
    this.consume(index, open)
    this.many(index, () =>
      this.or(index, [{ ALT: () => this.subrule(index, this.junk) }, { ALT: () => this.consume(index, LineEnd) }]),
    )
    this.consume(index, close)
  }

  /** What stands behind a complete statement on its line. */
  protected readonly rest: Rule<[], void> = this.RULE('rest', () => {
    this.MANY(() => this.SUBRULE(this.junk))
  })

  /** Does something when all that is set aside from now on has been parsed. */
  protected afterwards(action: () => void): void {
    this.islands.push({ tokens: [], parse: action })
  }

  /** Sets a bracket aside, to be parsed when the stack is empty again. */
  protected setAside(token: IToken, parse: () => void): void {
    this.ACTION(() => this.islands.push({ tokens: token.payload as IToken[], parse }))
  }
}
