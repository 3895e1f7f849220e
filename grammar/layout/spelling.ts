import { suggest } from '../../dag/suggest.ts'
import { cut, placeOf } from '../report.ts'
import {
  Bang,
  Dot,
  FatArrow,
  keyword,
  LBrace,
  LBracket,
  LParen,
  Minus,
  Name,
  Text,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import {
  canStart,
  introducesName,
  isName,
  isReserved,
  isTail,
  itemKind,
  otherHeads,
  wordOperators,
} from './classify.ts'
import { WordPass } from './words.ts'

const fromWord = keyword('from')
const assertWord = keyword('assert')
/** What a name follows that is no value. */
const notBefore = new Set<TokenType>([Dot, ...['for', 'catch', 'undo', 'after', 'as'].map(keyword)])
/** Reserved words that never stand behind themselves, as `if` may, whose condition may be another one. */
const neverTwice = new Set(['let', 'for', 'in', 'else'].map(keyword))
/** Words that a name may follow, or a value that starts with one. */
const followed = new Set(['uses', 'catch', 'undo', 'as', 'after', 'assert'].map(keyword))
const prefixes = new Set([keyword('do'), keyword('try')])
/** What a value may start with, and may stand behind one too. */
export const goesOn = new Set<TokenType>([LParen, LBracket, LBrace, Minus])

/** The part of the layout that knows words of other languages, misspelt ones, and those that stand twice. */
export abstract class SpellingPass extends WordPass {
  /** The token that a word of another language stands for, or a misspelt one, where it can be nothing else. */
  protected otherWord(token: IToken, index: number): TokenType | undefined {
    const { image } = token
    // None of them is longer.
    if (image.length > 'foreach'.length) return undefined
    const operator = image === 'not' ? Bang : wordOperators.get(image)
    const isOther = operator !== undefined || otherHeads.has(image)
    const kind = this.item?.kind
    if ((kind !== 'job' && kind !== 'test' && kind !== 'const') || this.isHeader()) return undefined
    if (!isOther) return this.previousEnds ? this.misspeltTail(token, index) : this.misspelt(token, index)
    const next = this.tokens[index + 1]
    if (!next || !canStart(next) || isTail(next) || this.ahead.isBroken(index)) return undefined
    const isBracket = next.tokenType === LParen || next.tokenType === LBracket || next.tokenType === LBrace
    if (operator === Bang) return this.previousEnds || isBracket || next.tokenType === Minus ? undefined : Bang
    if (operator) return this.previousEnds ? operator : undefined
    if (this.previousEnds || !this.ahead.findsBlock(index)) return undefined
    const wanted = otherHeads.get(image)
    if (wanted) this.reports.certainly('WrongKeyword', { found: image, wanted }, placeOf(token))
    else this.reports.certainly('NoSuchLoop', { word: image }, placeOf(token))
    return keyword(wanted ?? 'if')
  }

  /** The word that a name is near to which stands before another, as no value does, with what belongs to the word behind. */
  private misspelt(token: IToken, index: number): TokenType | undefined {
    const { previous } = this
    const next = this.tokens[index + 1]
    const isNamed = previous && (introducesName.has(previous.tokenType) || notBefore.has(previous.tokenType))
    if (!next || isNamed || token.tokenType !== Name || this.ahead.isBroken(index)) return undefined
    if (next.tokenType === Text) return this.takenFor(token, ['embed'])
    const isPrefixed = prefixes.has(next.tokenType)
    if (!(isName(next) || isPrefixed) || isTail(next) || next.tokenType === fromWord) return undefined
    const words = this.ahead.findsBlock(index) ? ['if', 'match'] : []
    if (this.ahead.findsIn(index)) words.push('for')
    for (const word of ['reduce', 'fold']) if (this.ahead.findsTail(index, word === 'fold')) words.push(word)
    // Between entries of a list a comma may be missing as well.
    const isEntry = this.topFrame()?.role === 'list'
    const isCall = [Dot, LParen].some(type => this.tokens[index + 2]?.tokenType === type)
    if (!isPrefixed && !isEntry && isCall) words.push('do', 'try')
    return this.takenFor(token, words)
  }

  /** The word that a name is near to which stands behind a value, with what belongs to the word behind. */
  private misspeltTail(token: IToken, index: number): TokenType | undefined {
    const next = this.tokens[index + 1]
    if (token.tokenType !== Name || !next || this.ahead.isBroken(index)) return undefined
    const isNamed = isName(next) && !isTail(next)
    if (this.awaits('with') && (isNamed || next.tokenType === LParen)) return this.takenFor(token, ['with'])
    if (next.tokenType === LBrace && !this.awaits('block')) return this.takenFor(token, ['with'])
    const isHandled = isNamed && this.tokens[index + 2]?.tokenType === FatArrow
    return isHandled ? this.takenFor(token, ['catch', 'undo']) : undefined
  }

  /** The word of a test that a name is near to which stands before a value. */
  protected misspeltPromise(token: IToken, index: number, begins: boolean): TokenType | undefined {
    if (this.item?.kind !== 'test' || token.tokenType !== Name || this.ahead.isBroken(index)) return undefined
    const next = this.tokens[index + 1]
    if (!next || !canStart(next) || isTail(next) || goesOn.has(next.tokenType)) return undefined
    if (this.previous?.tokenType === assertWord && !this.previousEnds) return this.takenFor(token, ['fails'])
    return begins && this.topFrame()?.role === 'body' ? this.takenFor(token, ['assert', 'given']) : undefined
  }

  /** The one of some words that a name is near to, which is told. */
  private takenFor(token: IToken, words: string[]): TokenType | undefined {
    const wanted = suggest(token.image, words)
    if (wanted === undefined) return undefined
    this.tellMisspelt(token, wanted)
    return keyword(wanted)
  }

  protected tellMisspelt(token: IToken, wanted: string): void {
    this.reports.certainly('WrongKeyword', { found: cut(token.image), wanted }, placeOf(token))
  }

  /** Whether a name stands for `uses`, which follows the head of a job. */
  protected isMisspeltUses(token: IToken, next: IToken | undefined): boolean {
    if (token.tokenType !== Name || this.stack.length > 0 || !this.isHeader() || !this.previousEnds) return false
    const isBehindName = this.previous !== undefined && introducesName.has(this.previous.tokenType)
    return !isBehindName && next !== undefined && isName(next) && suggest(token.image, ['uses']) !== undefined
  }

  /** Whether a word stands behind itself, where neither of the two can be a name. */
  protected isRepeated(token: IToken, index: number): boolean {
    const { previous, item } = this
    if (previous?.tokenType !== token.tokenType || token.tokenType === Name || this.isMember) return false
    if (this.ahead.isBroken(index - 1)) return false
    if (isReserved(token)) return neverTwice.has(token.tokenType)
    const [, next, after] = this.ahead.onLine(index, 3)
    if (!next || !isName(token)) return false
    if (followed.has(token.tokenType)) {
      // A value may be called `as`: `as as u8`.
      const isWord = !this.previousEnds || (this.stack.length === 0 && this.isHeader())
      return isWord && isName(next) && !isTail(next)
    }
    // An import may be called `import`.
    if (next.tokenType === fromWord && after?.tokenType === Text) return false
    return (
      item?.tokens.at(-1) === previous && item.tokens.length < 3 && itemKind(token, next, after, false) !== undefined
    )
  }

  protected tellRepeated(token: IToken): void {
    const place = placeOf(token)
    const fixes = [{ title: 'Remove it', edits: [{ start: this.previousEnd, end: place.end, text: '' }] }]
    this.reports.certainly('RepeatedWord', { word: token.image }, place, { fixes })
    this.previousEnd = place.end
  }
}
