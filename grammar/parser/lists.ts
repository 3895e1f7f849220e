import type { Fix } from '../diagnostics.ts'
import { placeOf, shown, type Place } from '../report.ts'
import { Comma, endOf, LineEnd, type IToken, type TokenType } from '../tokens.ts'
import { BaseParser } from './base.ts'

/** What may be missing where a comma is: a word or a sign, or any sign between two values. */
type Instead = 'as' | ':' | 'sign'

/** Entries with commas or line ends between them. */
export abstract class ListParser extends BaseParser {
  /**
   * Entries with commas between them, up to a closing bracket. A missing comma and a surplus one are told here. It
   * takes the place 9 of a rule.
   *
   * @param entry consumes at least one token
   * @param starts whether an entry starts at the next token, where its first token alone does not tell
   * @param instead what may be missing before the next entry where the comma is, and cannot be told from it
   * @returns the number of commas
   */
  protected commaSeparated(close: TokenType, entry: () => void, instead?: () => Instead | undefined): number {
    return this.separated(close, entry, false, undefined, instead)
  }

  /** Entries with commas or line ends between them. */
  protected lineSeparated(close: TokenType, entry: () => void, starts?: () => boolean): void {
    this.separated(close, entry, true, starts)
  }

  private separated(
    close: TokenType,
    entry: () => void,
    byLines: boolean,
    starts?: () => boolean,
    instead?: () => Instead | undefined,
  ): number {
    let before: 'nothing' | 'separator' | 'entry' = 'nothing'
    let commas = 0
    const alternatives = [
      {
        ALT: () => {
          const comma = this.consume(9, Comma)
          if (before !== 'entry') this.tellSurplusComma(comma)
          before = 'separator'
          commas++
        },
      },
      {
        ...(starts ? { GATE: starts } : {}),
        ALT: () => {
          if (before === 'entry') this.tellMissingComma(instead)
          before = 'entry'
          entry()
        },
      },
      {
        ALT: () => {
          this.consume(9, LineEnd)
          if (byLines) before = 'separator'
        },
      },
      { ALT: () => this.subrule(9, this.junk) },
    ]
    this.many(9, () => this.or(9, { DEF: alternatives, IGNORE_AMBIGUITIES: true }))
    this.consume(8, close)
    return commas
  }

  protected tellMissingComma(instead?: () => Instead | undefined): void {
    this.ACTION(() => {
      const [last, token] = [this.last(), this.LA(1)]
      if (this.tellMinus(last, token, true) || this.tellUnit(last, token)) return
      this.tellNoComma([this.behind()], shown(last), token, instead?.(), this.removingOne())
    })
  }

  /**
   * Says that commas are missing at some places, or what may be meant instead, so that nobody can tell which.
   *
   * @param others what else may be done about it
   */
  protected tellNoComma(
    places: readonly Place[],
    after: string,
    found: IToken,
    instead?: Instead,
    others: Fix[] = [],
  ): void {
    const insert = (sign: string, text = sign): Fix => ({
      title: `Insert \`${sign}\``,
      edits: places.map(({ end }) => ({ start: end, end, text })),
    })
    const place = found === this.LA(1) ? this.next() : placeOf(found)
    if (instead === 'sign') {
      const fixes: Fix[] = [{ ...insert(','), guess: true }, ...others]
      return this.reports.possibly('MissingComma', { after, before: shown(found) }, place, { fixes })
    }
    const second = instead && (instead === 'as' ? insert('as', ' as') : insert(instead))
    const fixes = [insert(','), ...(second ? [second] : []), ...others]
    this.reports.possibly('MissingComma', { after, before: shown(found), instead }, place, { fixes })
  }

  private tellSurplusComma(comma: IToken): void {
    this.ACTION(() => {
      const place = placeOf(comma)
      const before = this.LA(-1)
      // Two side by side are a slip; where there is a space between them, something may be missing in it.
      const isTwice = before.tokenType === Comma && endOf(before) === place.start
      const fix: Fix = { title: 'Remove the comma', edits: [{ ...place, text: '' }] }
      this.reports.possibly('SurplusComma', {}, place, { fixes: [isTwice ? fix : { ...fix, guess: true }] })
    })
  }
}
