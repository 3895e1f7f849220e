import { brackets, BracketPass, closers, isUnclosed, type Head, type HeadWord, type Role } from './layout/brackets.ts'
import {
  canEnd,
  canStart,
  continuesLine,
  elseIfs,
  isName,
  isOperator,
  isReserved,
  isTail,
  isTypeWord,
  itemKind,
  mayStandInType,
  otherHeads,
  wantsLet,
  wordOperators,
  type ItemKind,
} from './layout/classify.ts'
import { LookAhead } from './layout/ahead.ts'
import { cut, placeOf, shown, type Reports } from './report.ts'
import {
  Arrow,
  Bang,
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
  LArms,
  LBlock,
  LBrace,
  LBracket,
  Less,
  LineEnd,
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

/** The tokens of one item. Its brackets are balanced, and lines that end something end with a `LineEnd`. */
export interface Item {
  kind: ItemKind
  tokens: IToken[]
}

export interface Layout {
  items: Item[]
  statements: Statement[]
}

/** Where a statement or an item starts, or goes on behind a body in it; ascending. */
export interface Statement {
  start: number
  id: number
}

/**
 * How to take a text whose brackets do not match. `indented`: a `}` at the start of a line closes the brace whose line
 * is indented like its own, which finds the place that lacks one. `nested`: a declaration in a body stands in it,
 * though it is not indented.
 */
export type Reading = 'plain' | 'indented' | 'nested'

const letWord = keyword('let')
const withWord = keyword('with')
const fromWord = keyword('from')
const asWord = keyword('as')
const elseWord = keyword('else')
const inWord = keyword('in')
const configWord = keyword('config')
const assertWord = keyword('assert')
const failsWord = keyword('fails')
const forWord = keyword('for')
const ifWord = keyword('if')
const matchWord = keyword('match')
const importWord = keyword('import')
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
const introducesName = new Set(['let', 'job', 'const', 'type', 'import', 'effect'].map(keyword))

/**
 * Between lexer and parser: splits the tokens into items, finds where lines end something, balances brackets, tells
 * bodies from records, and says which words are keywords where they stand. After it the grammar needs no thought of
 * these, and a mistake in one item cannot reach the next.
 */
export class LayoutPass extends BracketPass {
  private readonly tokens: IToken[]
  private readonly ahead: LookAhead
  private readonly items: Item[] = []
  private readonly statements: Statement[] = []
  private lastStatement = 0
  private readonly reading: Reading

  private item: Item | undefined
  private itemIndent = 0
  /** What makes the item complete was seen: the text of an import, the body of a job, the `=` of a type. */
  private complete = false
  /** Height of the stack where a declaration stands that is left out. */
  private skipped: number | undefined
  private afterSemicolon = false
  /** The `if` of an `else` lacks its braces, which was told: that the `else` lacks them is the same mistake. */
  private elseOfInvented = false

  constructor(tokens: IToken[], reports: Reports, reading: Reading = 'plain') {
    super(reports)
    this.reading = reading
    // Words that turn out to be others are replaced, and the next reading must not see that.
    this.tokens = [...tokens]
    this.ahead = new LookAhead(this.tokens, this.text)
  }

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

    const first = startsLine || this.afterSemicolon
    if (first && this.topFrame()?.role === 'body' && this.isInside() && wantsLet(token, next, this.tokens[index + 2])) {
      this.reports.certainly('WrongKeyword', { found: token.image, wanted: 'let' }, placeOf(token))
      token = this.retype(index, letWord)
    }
    if (this.startItem(token, index, first)) return this.take(token, index, startsLine)
    if (this.tooDeep) {
      this.remember(token, next)
      return index
    }
    if (elseIfs.has(token.image) && isName(token) && this.isBehindBlock()) token = this.retype(index, elseWord)
    this.closeInvented(token, startsLine)
    if (this.reading === 'indented' && startsLine && !closers.has(token.tokenType)) this.closeByIndent()
    const top = this.topFrame()
    const inBody = top !== undefined && top.role !== 'list'
    if (token.tokenType === letWord && this.isStatement(next)) {
      this.startLet(token, first)
    } else if (first && this.endsBefore(token, next)) {
      if (this.stack.length === 0) this.begin('stray', token)
      else this.endLine(token)
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
    return tokenType === Arrow || (tokenType === LBrace && this.previousEnds && !isTypeWord(this.previous))
  }

  /** Whether `else` can follow: a block was closed, or has to be. */
  private isBehindBlock(): boolean {
    return this.previous?.tokenType === RBrace || this.topFrame()?.invented === true
  }

  /** `return x`, `yield x` at the start of a line. */
  private isReturn(token: IToken, index: number): boolean {
    if ((token.image !== 'return' && token.image !== 'yield') || this.previousEnds || !isName(token)) return false
    const next = this.tokens[index + 1]
    if (!next || !canStart(next) || isTail(next) || next.tokenType === Minus || this.ahead.isBroken(index)) return false
    return endOf(token) < next.startOffset
  }

  /** Whether a new line ends what stands before `token`. */
  private endsBefore(token: IToken, next: IToken | undefined): boolean {
    if (this.continues(token, next)) return false
    const top = this.topFrame()
    if (top && top.role !== 'list' && this.previous !== top.open && this.startsEntry(token, next, top.role)) return true
    if (this.awaits('block')) return false
    return top ? top.role !== 'list' && this.previousEnds : this.isComplete()
  }

  /** Whether a line starts what is separated by lines and by nothing else, however the line above ended. */
  private startsEntry(token: IToken, next: IToken | undefined, role: Role): boolean {
    if (role === 'settings') return isName(token) && next?.tokenType === Colon
    return role === 'arms' && next?.tokenType === FatArrow && canStart(token)
  }

  private retype(index: number, type: TokenType): IToken {
    return (this.tokens[index] = retyped(this.tokens[index]!, type))
  }

  /** Whether a line stands in the item above, and does not start one beside it. */
  private isInside(): boolean {
    return this.indent > this.itemIndent || this.reading === 'nested'
  }

  /** Whether the parameters of a job, or what follows them, are being read. */
  private isHeader(): boolean {
    return this.item?.kind === 'job' && !this.complete && (this.stack.length === 0 || this.stack[0]!.role === 'list')
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
    if (closers.has(token.tokenType) || token.tokenType === Semicolon || continuesLine(token, next)) return true
    return (
      (token.tokenType === withWord && this.awaits('with')) || (token.tokenType === fromWord && this.awaits('from'))
    )
  }

  private isComplete(): boolean {
    return this.item === undefined || (this.complete && this.previousEnds)
  }

  // Items

  /** Starts an item at `token` if one starts there. */
  private startItem(token: IToken, index: number, first: boolean): boolean {
    const outside = this.stack.length === 0
    const glued = outside && this.previous?.tokenType === RBrace && this.complete
    if (!first && !glued) return false
    const next = this.tokens[index + 1]
    const onLine = next && !this.ahead.isBroken(index) ? next : undefined
    const kind = this.isBareConfig(index) ? 'config' : itemKind(token, onLine, this.tokens[index + 2], outside)
    if (kind !== undefined && this.isInside()) {
      if (this.skipped !== undefined) return false
      const body = this.stack.findLastIndex(frame => frame.role === 'body')
      if (body >= 0) {
        this.startNested(token, body)
        return true
      }
    }
    if (kind === undefined) {
      if (this.item !== undefined) return false
      if (token.tokenType === Semicolon || closers.has(token.tokenType)) return false
      this.begin('stray', token)
      return true
    }
    if (!first) this.reports.certainly('NewLineNeeded', { before: token.image }, placeOf(token), lineBreak(token))
    this.begin(kind, token)
    return true
  }

  /** `config` without its brace, before its first entry. */
  private isBareConfig(index: number): boolean {
    if (this.stack.length > 0 || this.tokens[index]!.tokenType !== configWord) return false
    const name = this.tokens[index + 1]
    return name !== undefined && isName(name) && this.tokens[index + 2]?.tokenType === Colon
  }

  /** A declaration in a body is told and left out. */
  private startNested(token: IToken, body: number): void {
    this.closeAbove(body + 1)
    if (this.previous === this.topFrame()?.open) this.startStatement(token)
    else this.endLine(token)
    this.reports.certainly('DeclarationInJob', { word: token.image }, placeOf(token))
    this.skipped = this.stack.length
  }

  private begin(kind: ItemKind, token: IToken): void {
    this.finishItem()
    this.item = { kind, tokens: [] }
    this.out = this.item.tokens
    this.itemIndent = this.indent
    this.complete = kind === 'stray'
    this.tooDeep = false
    this.previousEnds = false
    this.startStatement(token)
  }

  private finishItem(): void {
    this.closeAbove(0)
    this.skipped = undefined
    if (this.item && !this.tooDeep) this.items.push(this.item)
    this.item = undefined
    this.resetDepth()
    this.afterSemicolon = false
  }

  // Statements

  /** `let` starts a statement unless it stands where a name does. */
  private isStatement(next: IToken | undefined): boolean {
    const before = this.previous
    const asName = before && introducesName.has(before.tokenType) && before.startOffset >= this.lineStart
    return !asName && next?.tokenType !== Colon
  }

  private startLet(token: IToken, first: boolean): void {
    const body = this.stack.findLastIndex(frame => frame.role === 'body')
    const onTop = body === this.stack.length - 1
    if (body >= 0 && (first || onTop)) {
      this.closeAbove(body + 1)
      if (this.previous === this.topFrame()?.open && onTop) return
      if (this.awaits('block') || this.previous?.tokenType === elseWord) return this.startBlock(token)
      if (!first) this.reports.certainly('NewLineNeeded', { before: 'let' }, placeOf(token), lineBreak(token))
      this.endLine(token)
    } else if (
      (this.item?.kind === 'job' || this.item?.kind === 'test') &&
      !this.complete &&
      (first || this.stack.length === 0)
    ) {
      this.closeAbove(0)
      const name = this.item.tokens.find((t, i) => i > 0 && t.tokenType !== keyword('job'))?.image ?? 'job'
      const at = { start: token.startOffset, end: endOf(token) }
      this.reports.certainly('MissingOpenBrace', { job: name }, at, {
        fixes: [{ title: 'Insert `{`', edits: [{ start: this.previousEnd, end: this.previousEnd, text: ' {' }] }],
      })
      this.push(virtual(LBlock, '', this.previousEnd), 'body', true)
    } else if (first || this.stack.length === 0) this.begin('stray', token)
  }

  private startStatement(token: IToken): void {
    this.resumeStatement(token.startOffset, ++this.lastStatement)
  }

  protected resumeStatement(start: number, id: number): void {
    this.statements.push({ start, id })
    this.statement = id
  }

  private endLine(token: IToken): void {
    this.startStatement(token)
    this.cutLinks()
    this.cutHeads()
    this.beforeClose()
    this.emit(virtual(LineEnd, '', this.previousEnd))
    this.previousEnds = false
    this.afterSemicolon = false
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
    if (closers.has(type)) {
      const swapped = this.close(token, next, startsLine, this.reading === 'indented')
      if (swapped) this.retype(index + 1, type)
      this.previousEnd = endOf(token)
      return index
    }
    if (this.topFrame()?.close === Greater && type !== Greater && !mayStandInType(token)) this.dropAngles()
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
    if (type === elseWord && token.image !== 'else') {
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
      this.addHead(token, token.image === 'fold' ? 'fold' : 'reduce')
      token = retyped(token, folds.get(type)!)
    } else if (type === Dot || isOperator(token) || prefixes.has(type)) this.addLink(token)
    else if (isTail(token) && this.previousEnds) {
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
      (token.tokenType === keyword('embed') && next?.tokenType === Text)
    this.previousEnds = canEnd(token) && !expects
    this.previous = token
    this.previousEnd = endOf(token)
    const kind = this.item?.kind
    if (kind === 'import' && token.tokenType === Text) this.complete = true
    if ((kind === 'type' || kind === 'const') && token.tokenType === Equals) this.complete = true
  }

  /** Whether a token is `assert`, or `fails` behind it, before what is promised. */
  private startsTest(token: IToken, next: IToken | undefined): boolean {
    const type = token.tokenType
    const before = this.previous?.tokenType
    const isWord =
      type === assertWord ? !this.previousEnds && before !== Dot : type === failsWord && before === assertWord
    return isWord && next !== undefined && canStart(next) && !isTail(next) && next.tokenType !== Minus
  }

  /** What follows on the line gets a line of its own, or a comma inside of brackets. */
  private tellSemicolon(token: IToken, next: IToken | undefined): void {
    const place = placeOf(token)
    const top = this.topFrame()
    if (top?.before?.tokenType === forWord && top.close === RParen)
      return this.reports.certainly('HeadInParentheses', {}, placeOf(top.open))
    const between = next === undefined ? '\n' : this.text.slice(place.end, next.startOffset)
    const ends = next === undefined || /[\r\n]/.test(between) || closers.has(next.tokenType)
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

  /** The token that a word of another language stands for, where it can be nothing else. */
  private otherWord(token: IToken, index: number): TokenType | undefined {
    const { image } = token
    const operator = image === 'not' ? Bang : wordOperators.get(image)
    const isOther = operator !== undefined || otherHeads.has(image)
    const kind = this.item?.kind
    if (!isOther || (kind !== 'job' && kind !== 'test' && kind !== 'const') || this.isHeader()) return undefined
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

  // Words that wait

  private addHead(token: IToken, word: HeadWord): void {
    this.level().heads.push({ word, token, line: this.line, indent: this.indent })
    this.addLink(token)
  }

  /** Whether `if`, `for` and `match` are heads where they stand, and no names. */
  private isHead(token: IToken, next: IToken | undefined): boolean {
    if (next?.tokenType === Colon || next?.tokenType === Equals) return false
    // A condition of a pattern, which was told.
    if (token.tokenType === ifWord && this.previousEnds && this.topFrame()?.role === 'arms') return false
    return !(
      this.previous &&
      introducesName.has(this.previous.tokenType) &&
      this.out[this.out.length - 1] === this.previous
    )
  }

  private awaits(what: 'block' | 'with' | 'from'): boolean {
    const open = this.level().heads
    if (open.length === 0) return false
    if (what === 'block') return open.some(takesBlock)
    const last = open[open.length - 1]!.word
    return last === 'fold' || (last === 'reduce' && what === 'with')
  }

  /** `with` of a `reduce` or a `fold`. */
  private takeWith(): void {
    const open = this.level().heads
    const at = open.findLastIndex(head => !takesBlock(head))
    if (at >= 0) open.length = at
  }

  /** A comma, which ends what waits, but for that of `for x, i in xs`. */
  private separate(): void {
    const open = this.level().heads
    if (open[open.length - 1]?.word === 'for') return
    this.cutHeads()
    this.cutLinks()
  }

  // Braces

  private takeBrace(token: IToken, index: number, startsLine: boolean): void {
    if (startsLine) token.payload = true
    const waiting = this.level().heads.length
    const role = this.braceRole(index, startsLine)
    const open = role === 'body' ? retyped(token, LBlock) : role === 'arms' ? retyped(token, LArms) : token
    this.push(open, role, false, this.level().heads.length < waiting)
    if (this.tooDeep) return
    this.previousEnd = endOf(token)
  }

  private braceRole(index: number, startsLine: boolean): Role {
    const before = this.previous
    const waits = this.awaits('block') && (this.previousEnds || this.lacksOperand(index))
    if (isTypeWord(before) && !(waits && this.beforeName?.tokenType !== asWord && !this.topFrame()?.types))
      return 'list'
    if (this.skipped !== undefined) return this.previousEnds && !startsLine ? 'body' : 'list'
    if (this.stack.length === 0) {
      const kind = this.item?.kind
      if (kind === 'job' || kind === 'test') return 'body'
      if (kind === 'effect' || kind === 'config') return 'settings'
      if (kind === 'import') return before?.tokenType === importWord ? 'list' : 'settings'
      if (kind === 'type') return 'list'
    }
    if (before?.tokenType === withWord && !this.previousEnds) return 'settings'
    if (before?.tokenType === elseWord) return 'body'
    if (waits) return this.takeHead().word === 'match' ? 'arms' : 'body'
    if (before?.tokenType === FatArrow || (before && prefixes.has(before.tokenType)))
      return this.ahead.startsStatement(index + 1) ? 'body' : 'list'
    // Nowhere else there are bodies, but one is better told as one.
    return this.ahead.startsLet(index + 1, this.indent) ? 'body' : 'list'
  }

  /** Whether the value before a block is missing: `for x in { … }`. */
  private lacksOperand(index: number): boolean {
    const type = this.previous?.tokenType
    if (type === inWord) return true
    if (type !== ifWord && type !== matchWord) return false
    const after = this.ahead.behind(index)
    return after === undefined || !(isOperator(after) || after.tokenType === LBrace || after.tokenType === Dot)
  }

  /**
   * The innermost word that waits for a brace; what waits inside of it waits in vain. While the brace is open it counts
   * for the word too.
   */
  private takeHead(): Head {
    const open = this.level().heads
    const at = open.findLastIndex(takesBlock)
    const head = open[at]!
    open.length = at
    this.dropLink()
    return head
  }

  /** Whether the brace of a declaration, or of a type, is missing before a token. */
  private lacksBrace(token: IToken, next: IToken | undefined, startsLine: boolean): boolean {
    const type = token.tokenType
    if (type === LBrace || this.skipped !== undefined) return false
    if (isTypeWord(this.previous) && isName(token))
      return this.isType() && (next?.tokenType === Colon || next?.tokenType === Comma || next?.tokenType === LParen)
    if (this.stack.length > 0 || this.complete || !this.previousEnds) return false
    const kind = this.item?.kind
    if (kind === 'config') return isName(token)
    if (kind === 'effect') return this.previous?.tokenType === RParen && isName(token)
    if (kind === 'test') return this.previous?.tokenType === Text && canStart(token)
    return kind === 'job' && startsLine && this.indent > this.itemIndent && this.isHeadComplete(token)
  }

  /** Whether nothing but the body of a job is missing before a token that starts a line. */
  private isHeadComplete(token: IToken): boolean {
    return canStart(token) && !isOperator(token) && token.tokenType !== LParen && token.image !== 'uses'
  }

  private isType(): boolean {
    const before = this.beforeName?.tokenType
    const kind = this.item?.kind
    return before === Colon || before === asWord || before === Arrow || before === Equals || kind === 'type'
  }

  /** Makes up the brace that {@link lacksBrace} found missing. */
  private startBraces(token: IToken): void {
    const kind = this.item?.kind
    const inType =
      isTypeWord(this.previous) && this.previousEnds && (this.stack.length > 0 || kind === 'type' || this.complete)
    const at = { start: this.previousEnd, end: this.previousEnd }
    const after = this.previous ? `\`${cut(this.previous.image)}\`` : 'the start'
    const fix = { title: 'Insert `{`', edits: [{ ...at, text: ' {' }] }
    const params = { what: '`{`', after, found: shown(token) }
    this.reports.certainly('Expected', params, this.placeBefore(token), { fixes: [fix] })
    const isBody = !inType && (kind === 'job' || kind === 'test')
    const role = inType ? 'list' : isBody ? 'body' : 'settings'
    this.push(virtual(isBody ? LBlock : LBrace, '', this.previousEnd), role, true)
    const frame = this.topFrame()
    if (frame && this.stack.length === 1) frame.indent = this.itemIndent
    this.startInvented(token)
  }

  /** Whether a block starts here without its brace: a value stands behind what is complete. */
  private lacksBlock(token: IToken, startsLine: boolean): boolean {
    const type = token.tokenType
    if (type === LBrace) return false
    if (this.previous?.tokenType === elseWord) return type !== ifWord
    if (!this.previousEnds || !this.awaits('block')) return false
    const open = this.level().heads
    if (open.findLast(takesBlock)!.word === 'for') return false
    if (type === Colon) return takesBlock(open[open.length - 1]!)
    if (!canStart(token) || isTail(token) || isOperator(token)) return false
    if (type === fromWord && this.awaits('from')) return false
    return startsLine || (type !== LParen && type !== LBracket)
  }

  /** Makes the brace up that a block lacks. */
  private startBlock(token: IToken): void {
    const head = this.previous?.tokenType === elseWord ? undefined : this.takeHead()
    const word = head === undefined ? 'else' : head.word === 'in' ? 'for' : head.word
    const isFar = head !== undefined && head.line < this.line - 1
    if (!this.elseOfInvented)
      this.reports.certainly('MissingBlock', { word }, isFar ? placeOf(head.token) : this.placeBefore(token))
    this.elseOfInvented = false
    const role = word === 'match' ? 'arms' : 'body'
    this.push(virtual(role === 'arms' ? LArms : LBlock, '', this.previousEnd), role, true, head !== undefined)
    const frame = this.topFrame()
    if (frame && head) frame.indent = head.indent
    this.startInvented(token)
  }

  /** The first statement behind a bracket that was made up; what was told of that belongs to the one around it. */
  private startInvented(token: IToken): void {
    this.resumeStatement(token.startOffset + 1, ++this.lastStatement)
  }

  /** A token, or the end of the line above where it starts one: something is missing there. */
  private placeBefore(token: IToken): { start: number; end: number } {
    return token.startOffset === this.lineStart + this.indent
      ? { start: this.previousEnd, end: this.previousEnd }
      : placeOf(token)
  }

  /** A block without its braces ends before `else`, and with a line that is indented less. */
  private closeInvented(token: IToken, startsLine: boolean): void {
    for (let top = this.topFrame(); top?.invented && this.stack.length > 1; top = this.topFrame()) {
      const dedented = startsLine && (token.tokenType === RBrace ? this.indent < top.indent : this.indent <= top.indent)
      if (token.tokenType !== elseWord && !dedented) return
      this.elseOfInvented = token.tokenType === elseWord
      this.closeAbove(this.stack.length - 1)
    }
  }

  /** Whether `<` follows the name of a type, and so opens its arguments. */
  private isTypePlace(): boolean {
    if (!this.previous || !isName(this.previous)) return false
    const top = this.topFrame()
    if (top?.types) return true
    const before = this.beforeName
    const type = before?.tokenType
    if (type === asWord || type === Arrow) return true
    const kind = this.item?.kind
    if (kind === 'type') return true
    if (kind === 'import' || kind === 'effect' || this.isHeader() || (kind === 'const' && this.stack.length === 0))
      return type === Colon || type === RParen || (before !== undefined && isName(before))
    return type === Colon && top?.role === 'body'
  }

  protected emit(token: IToken): void {
    if (this.skipped === undefined) this.out.push(token)
  }

  protected headEnds(): boolean {
    return this.item?.kind === 'job' || this.item?.kind === 'test'
  }

  protected closedOutermost(role: Role): void {
    if (this.item && role !== 'list') this.complete = true
  }

  /** What stands outside of all items was told already. */
  protected tellsSurplus(): boolean {
    return this.item?.kind !== 'stray'
  }

  protected beforeClose(): void {
    if (this.skipped !== undefined && this.stack.length <= this.skipped) this.skipped = undefined
  }
}

/** Whether a word waits for a brace. */
function takesBlock({ word }: Head): boolean {
  return word !== 'reduce' && word !== 'fold'
}

function lineBreak(token: IToken): {
  fixes: { title: string; edits: { start: number; end: number; text: string }[] }[]
} {
  const edit = { start: token.startOffset, end: token.startOffset, text: '\n' }
  return { fixes: [{ title: `Start a new line before \`${token.image}\``, edits: [edit] }] }
}
