import { brackets, type HeadWord, type Role } from './layout/frames.ts'
import {
  canEnd,
  canStart,
  continuesLine,
  elseIfs,
  isCloser,
  isName,
  isOperator,
  isReserved,
  isSpacedMinus,
  isTail,
  isTypeWord,
  isUnclosed,
  mayStandInType,
  wantsLet,
} from './layout/classify.ts'
import { suggest } from '../dag/suggest.ts'
import { ItemPass } from './layout/items.ts'
import { goesOn } from './layout/spelling.ts'
import type { Item, Statement } from './layout/words.ts'
import { placeOf } from './report.ts'
import {
  Arrow,
  Colon,
  Comma,
  Dot,
  endOf,
  Equals,
  FatArrow,
  FoldHead,
  Greater,
  GreaterEqual,
  keyword,
  LBrace,
  Less,
  LParen,
  Minus,
  Name,
  RBrace,
  ReduceHead,
  retyped,
  RParen,
  Semicolon,
  TemplateMiddle,
  Text,
  virtual,
  type IToken,
  type TokenType,
} from './tokens.ts'

export type { Reading } from './layout/items.ts'
export type { Item, Statement } from './layout/words.ts'

export interface Layout {
  items: Item[]
  statements: Statement[]
}

const letWord = keyword('let')
const withWord = keyword('with')
const fromWord = keyword('from')
const elseWord = keyword('else')
const usesWord = keyword('uses')
const foldWord = keyword('fold')
const inWord = keyword('in')
const assertWord = keyword('assert')
const failsWord = keyword('fails')
const givenWord = keyword('given')
const forWord = keyword('for')
const ifWord = keyword('if')
const matchWord = keyword('match')
const embedWord = keyword('embed')
const heads = new Map<TokenType, HeadWord>([
  [ifWord, 'if'],
  [forWord, 'for'],
  [matchWord, 'match'],
])
const folds = new Map<TokenType, TokenType>([
  [keyword('reduce'), ReduceHead],
  [keyword('fold'), FoldHead],
])
const prefixes = new Set([keyword('do'), keyword('try')])

/**
 * Between lexer and parser: splits the tokens into items, finds where lines end something, balances brackets, tells
 * bodies from records, and says which words are keywords where they stand. After it the grammar needs no thought of
 * these, and a mistake in one item cannot reach the next.
 */
export class LayoutPass extends ItemPass {
  run(): Layout {
    for (let index = 0; index < this.tokens.length; index++) index = this.step(index)
    this.finishItem()
    return { items: this.items, statements: this.statements }
  }

  /** @returns the index of the last token that was taken */
  private step(index: number): number {
    let token = this.tokens[index]!
    const startsLine = this.crossGap(token) || index === 0
    const next = this.tokens[index + 1]
    if (startsLine) this.indent = token.startOffset - this.lineStart
    if (isReserved(token) && this.isNamePlace(token, next, startsLine)) token = this.retype(index, Name)
    if (this.isRepeated(token, index)) {
      this.tellRepeated(token)
      return index
    }

    const first = startsLine || this.afterSemicolon
    const begins = first || (this.previous !== undefined && this.previous === this.topFrame()?.open)
    if (
      begins &&
      this.topFrame()?.role === 'body' &&
      (!first || this.isInside()) &&
      wantsLet(token, next, this.tokens[index + 2])
    ) {
      this.reports.certainly('WrongKeyword', { found: token.image, wanted: 'let' }, placeOf(token))
      token = this.retype(index, letWord)
    }
    const promise = this.misspeltPromise(token, index, begins)
    if (promise) token = this.retype(index, promise)
    if (this.startItem(token, index, first)) return this.take(this.tokens[index]!, index, startsLine)
    if (this.tooDeep) {
      this.remember(token, next)
      return index
    }
    if (isName(token) && this.isBehindBlock() && elseIfs.has(token.image)) token = this.retype(index, elseWord)
    else if (this.isMisspeltElse(token, next)) {
      this.tellMisspelt(token, 'else')
      token = this.retype(index, elseWord)
    } else if (this.isMisspeltUses(token, next)) {
      this.tellMisspelt(token, 'uses')
      token = this.retype(index, usesWord)
    }
    this.closeInvented(token, startsLine)
    if (this.reading === 'indented' && startsLine && !isCloser(token)) this.closeByIndent()
    const top = this.topFrame()
    const inBody = top !== undefined && top.role !== 'list'
    if (token.tokenType === letWord ? this.isStatement(next) : first && this.leavesList(token, next)) {
      this.beginStatement(token, first)
    } else if (first && this.endsBefore(token, index)) {
      if (this.stack.length === 0) {
        this.beginOther(index)
        token = this.tokens[index]!
      } else this.endLine(token)
    }
    if (inBody && this.previous === top.open && token.tokenType !== top.close) this.startStatement(token)
    // Parameters have no arrow, so that their parenthesis is what is missing.
    if (this.stack[0]?.close === RParen && this.endsParameters(token)) this.closeAbove(0)
    if (inBody && this.isReturn(token, index)) {
      this.reports.certainly('SurplusWord', { word: token.image }, placeOf(token))
      this.previousEnd = endOf(token)
      return index
    }
    return this.take(token, index, startsLine)
  }

  /** Whether a token can only follow the parameters of a job, or the scheme of an effect. */
  private endsParameters({ tokenType }: IToken): boolean {
    if (this.item?.kind === 'effect' && !this.complete) return tokenType === LBrace
    if (!this.isHeader()) return false
    if (tokenType === Arrow) return true
    // The brace of an `if` in a default is that of the `if`.
    const isBody = this.previousEnds && this.level().heads.length === 0 && !isTypeWord(this.previous)
    return tokenType === LBrace && isBody
  }

  /** Whether `else` can follow: a block was closed, or has to be. */
  private isBehindBlock(): boolean {
    return this.previous?.tokenType === RBrace || this.topFrame()?.invented === true
  }

  /** Whether a name behind a block stands for `else`, as a brace or an `if` is next. */
  private isMisspeltElse(token: IToken, next: IToken | undefined): boolean {
    if (token.tokenType !== Name || this.stack.length === 0 || !this.isBehindBlock()) return false
    const isFollowed = next?.tokenType === LBrace || next?.tokenType === ifWord
    return isFollowed && suggest(token.image, ['else']) !== undefined
  }

  /** `return x`, `yield x` at the start of a line. */
  private isReturn(token: IToken, index: number): boolean {
    if ((token.image !== 'return' && token.image !== 'yield') || this.previousEnds || !isName(token)) return false
    const next = this.tokens[index + 1]
    if (!next || !canStart(next) || isTail(next) || next.tokenType === Minus || this.ahead.isBroken(index)) return false
    return endOf(token) < next.startOffset
  }

  /** Whether a new line ends what stands before `token`. */
  private endsBefore(token: IToken, index: number): boolean {
    const next = this.tokens[index + 1]
    if (this.continues(token, next)) return false
    const top = this.topFrame()
    if (top && top.role !== 'list' && this.previous !== top.open && this.startsEntry(token, index, top.role))
      return true
    if (top?.role === 'body' && this.wantsBlock(index) && this.ahead.startsFields(index)) return true
    if (this.awaits('block')) return false
    return top ? top.role !== 'list' && this.previousEnds : this.isComplete()
  }

  /** Whether a line starts what is separated by lines and by nothing else, however the line above ended. */
  private startsEntry(token: IToken, index: number, role: Role): boolean {
    const next = this.tokens[index + 1]
    if (role === 'settings' && this.item?.kind === 'effect')
      return isName(token) && next !== undefined && isName(next) && !this.ahead.isBroken(index)
    if (role === 'settings') return isName(token) && next?.tokenType === Colon
    if (role === 'body') return this.item?.kind === 'test' && this.startsPromise(token, next)
    return role === 'arms' && this.ahead.startsArm(index)
  }

  /**
   * Whether a reserved word is a name where it stands. Components may call fields, parameters, cases and functions by
   * any word, so they are taken wherever a name of these is the only thing that fits.
   */
  private isNamePlace(token: IToken, next: IToken | undefined, startsLine: boolean): boolean {
    const before = this.previous
    if (before?.tokenType === Dot) return !startsLine
    const top = this.topFrame()
    const separated = before === top?.open || before?.tokenType === Comma
    if (!top || (!separated && !(startsLine && top.role !== 'list'))) return false
    if (top.names) return true
    const type = next?.tokenType
    if (top.role === 'arms')
      return (type === FatArrow || type === LParen) && token.image !== 'true' && token.image !== 'false'
    const alone = type === Colon || type === Comma || type === RBrace
    if (top.role !== 'list') return alone && this.item?.kind === 'import'
    if (top.close === RBrace) return alone && this.item?.kind !== 'import'
    return top.close === RParen && type === Colon && !(this.isHeader() && this.stack.length === 1)
  }

  /** Counts lines up to a token; whether one ended since the token before. */
  private crossGap(token: IToken): boolean {
    let crossed = false
    for (let at = this.previousEnd; at < token.startOffset; at++) {
      const code = this.text.charCodeAt(at)
      if (code !== 10 && code !== 13) continue
      if (code === 13 && this.text.charCodeAt(at + 1) === 10) at++
      crossed = true
      this.line++
      this.lineStart = at + 1
    }
    return crossed
  }

  private continues(token: IToken, next: IToken | undefined): boolean {
    if (isCloser(token) || token.tokenType === Semicolon || continuesLine(token, next)) return true
    return (
      (token.tokenType === withWord && this.awaits('with')) || (token.tokenType === fromWord && this.awaits('from'))
    )
  }

  private isComplete(): boolean {
    return this.item === undefined || (this.complete && this.previousEnds)
  }

  // Tokens

  /** Puts a token where it belongs, in a bracket or out of one. */
  private take(token: IToken, index: number, startsLine: boolean): number {
    const type = token.tokenType
    const next = this.tokens[index + 1]
    if (type === Semicolon) {
      this.tellSemicolon(token, next)
      this.afterSemicolon = true
      this.previousEnd = endOf(token)
      return index
    }
    this.afterSemicolon = false
    if (isCloser(token)) {
      const swapped = this.close(token, next, startsLine, this.reading === 'indented')
      if (swapped) this.retype(index + 1, type)
      this.previousEnd = endOf(token)
      return index
    }
    if (this.topFrame()?.close === Greater && type !== Greater && !mayStandInType(token)) this.dropAngles()
    if (this.lacksParenthesis(token, next)) this.startParameters(token)
    if (this.lacksBrace(token, next, startsLine)) this.startBraces(token)
    if (this.lacksBlock(token, startsLine)) {
      this.startBlock(token)
      if (type === Colon || token.image === 'then') {
        this.previousEnd = endOf(token)
        return index
      }
    }
    if (type === Greater && this.topFrame()?.close === Greater) {
      this.emit(token)
      this.pop()
      this.remember(token, next)
      this.previousEnds = true
    } else if (type === Greater && next?.tokenType === Equals && endOf(token) === next.startOffset) {
      this.takePlain(virtual(GreaterEqual, '>=', token.startOffset), index + 1)
      return index + 1
    } else if (type === LBrace) this.takeBrace(token, index, startsLine)
    else if (brackets.has(type) && (type !== Less || this.isTypePlace())) {
      if (startsLine) token.payload = true
      this.push(token, 'list')
      this.remember(token, next)
    } else this.takePlain(token, index)
    return index
  }

  /** A token that is no bracket. */
  private takePlain(token: IToken, index: number): void {
    const type = token.tokenType
    const next = this.tokens[index + 1]
    if (type === elseWord && elseIfs.has(token.image)) {
      this.reports.certainly('WrongKeyword', { found: token.image, wanted: 'else if' }, placeOf(token))
      this.emit(token)
      return this.takePlain(retyped(token, ifWord), index)
    }
    const other = isName(token) ? this.otherWord(token, index) : undefined
    if (other) return this.takePlain(retyped(token, other), index)
    const head = heads.get(type)
    if (head !== undefined) {
      if (this.isHead(token, next)) this.addHead(token, head)
    } else if (type === inWord) {
      const { heads: open } = this.level()
      const last = open[open.length - 1]
      if (last?.word === 'for') last.word = 'in'
    } else if (folds.has(type) && !this.previousEnds && this.previous?.tokenType !== Dot && this.ahead.isFold(index)) {
      this.addHead(token, type === foldWord ? 'fold' : 'reduce')
      token = retyped(token, folds.get(type)!)
    } else if (type === Dot || isOperator(token) || prefixes.has(type)) {
      if (isOperator(token)) this.level().operated = true
      this.addLink(token)
    } else if (isTail(token) && this.previousEnds) {
      this.level().operated = true
      if (type === withWord && next?.tokenType !== LBrace) this.takeWith()
      else this.addLink(token)
    } else if (type === Equals) this.cutLinks()
    else if (type === Comma || type === TemplateMiddle) this.separate()
    this.emit(token)
    this.remember(token, next)
  }

  private remember(token: IToken, next: IToken | undefined): void {
    if (isUnclosed(token, this.text)) this.tellUnclosedText(token)
    // A path of names goes on behind a dot; `(x as u8).y` is none.
    if (token.tokenType === Dot ? !this.previous || !isName(this.previous) : this.previous?.tokenType !== Dot)
      this.beforeName = isName(token) ? this.previous : undefined
    // A word that stands where an operator does, or before its operand, ends nothing.
    const expects =
      (this.item?.kind === 'test' && this.startsTest(token, next)) ||
      (this.previousEnds && (isTail(token) || (token.tokenType === fromWord && this.awaits('from')))) ||
      (token.tokenType === embedWord && next?.tokenType === Text)
    this.previousEnds = canEnd(token) && !expects
    this.isMember = this.previous?.tokenType === Dot
    this.previous = token
    this.previousEnd = endOf(token)
    const kind = this.item?.kind
    if (kind === 'import' && token.tokenType === Text) this.complete = true
    if ((kind === 'type' || kind === 'const') && token.tokenType === Equals) this.complete = true
  }

  /** Whether a token that starts a line is `assert` or `given`, with something behind it that stands behind no name. */
  private startsPromise(token: IToken, next: IToken | undefined): boolean {
    if (token.tokenType !== assertWord && token.tokenType !== givenWord) return false
    if (!next || this.awaits('block')) return false
    return canStart(next) && !isTail(next) && !goesOn.has(next.tokenType)
  }

  /** Whether a line of a test begins with one of them where a bracket above is not closed. */
  private leavesList(token: IToken, next: IToken | undefined): boolean {
    return this.item?.kind === 'test' && this.topFrame()?.role === 'list' && this.startsPromise(token, next)
  }

  /** Whether a token is `assert`, or `fails` behind it, before what is promised. */
  private startsTest(token: IToken, next: IToken | undefined): boolean {
    const type = token.tokenType
    const before = this.previous?.tokenType
    const isWord =
      type === assertWord ? !this.previousEnds && before !== Dot : type === failsWord && before === assertWord
    return isWord && next !== undefined && canStart(next) && !isTail(next) && !isSpacedMinus(next, this.text)
  }

  /** What follows on the line gets a line of its own, or a comma inside of brackets. */
  private tellSemicolon(token: IToken, next: IToken | undefined): void {
    const place = placeOf(token)
    const top = this.topFrame()
    if (top?.before?.tokenType === forWord && top.close === RParen)
      return this.reports.certainly('HeadInParentheses', {}, placeOf(top.open))
    const between = next === undefined ? '\n' : this.text.slice(place.end, next.startOffset)
    const ends = next === undefined || /[\r\n]/.test(between) || isCloser(next)
    const inList = top?.role === 'list'
    const blank = /^[ \t]*$/.test(between)
    const line = '\n' + this.text.slice(this.lineStart, this.lineStart + this.indent).replace(/[^ \t]/g, ' ')
    const fix =
      ends || next.tokenType === Semicolon
        ? { title: 'Remove it', edits: [{ ...place, text: '' }] }
        : inList
          ? { title: 'Replace with `,`', edits: [{ ...place, text: ',' }] }
          : {
              title: 'Start a new line',
              edits: [{ start: place.start, end: blank ? next.startOffset : place.end, text: line }],
            }
    this.reports.certainly('Semicolon', {}, place, { fixes: [fix] })
  }
}
