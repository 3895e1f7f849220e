import { BracketPass } from './brackets.ts'
import { canStart, introducesName, isName, isOperator, isTail, isTypeWord, type ItemKind } from './classify.ts'
import { LookAhead } from './ahead.ts'
import type { Head, HeadWord, Role } from './frames.ts'
import { cut, placeOf, shown, type Reports } from '../report.ts'
import {
  Arrow,
  Colon,
  Comma,
  Dot,
  endOf,
  Equals,
  FatArrow,
  keyword,
  LArms,
  LBlock,
  LBrace,
  LBracket,
  LParen,
  RBrace,
  retyped,
  RParen,
  Text,
  virtual,
  type IToken,
  type TokenType,
} from '../tokens.ts'

/** The tokens of one item. Its brackets are balanced, and lines that end something end with a `LineEnd`. */
export interface Item {
  kind: ItemKind
  tokens: IToken[]
}

/** Where a statement or an item starts, or goes on behind a body in it; ascending. */
export interface Statement {
  start: number
  id: number
}

const withWord = keyword('with')
const fromWord = keyword('from')
const asWord = keyword('as')
const elseWord = keyword('else')
const inWord = keyword('in')
const ifWord = keyword('if')
const matchWord = keyword('match')
const importWord = keyword('import')
const usesWord = keyword('uses')
const jobWord = keyword('job')
const prefixes = new Set([keyword('do'), keyword('try')])

/**
 * The part of the layout that knows the words: which of them wait for a brace, which braces open bodies, and where a
 * brace is missing.
 */
export abstract class WordPass extends BracketPass {
  protected readonly tokens: IToken[]
  protected readonly ahead: LookAhead
  protected readonly statements: Statement[] = []
  private lastStatement: number

  protected item: Item | undefined
  protected itemIndent = 0
  /** What makes the item complete was seen: the text of an import, the body of a job, the `=` of a type. */
  protected complete = false
  /** Height of the stack where a declaration stands that is left out. */
  protected skipped: number | undefined
  /** The `if` of an `else` lacks its braces, which was told: that the `else` lacks them is the same mistake. */
  private elseOfInvented = false

  constructor(tokens: IToken[], reports: Reports, { start, statement }: { start: number; statement: number }) {
    super(reports, start)
    this.lastStatement = statement
    // Words that turn out to be others are replaced, and the next reading must not see that.
    this.tokens = [...tokens]
    this.ahead = new LookAhead(this.tokens, this.text)
  }

  protected retype(index: number, type: TokenType): IToken {
    return (this.tokens[index] = retyped(this.tokens[index]!, type))
  }

  /** Whether the parameters of a job, or what follows them, are being read. */
  protected isHeader(): boolean {
    return this.item?.kind === 'job' && !this.complete && (this.stack.length === 0 || this.stack[0]!.role === 'list')
  }

  protected startStatement(token: IToken): void {
    this.resumeStatement(token.startOffset, ++this.lastStatement)
  }

  protected resumeStatement(start: number, id: number): void {
    this.statements.push({ start, id })
    this.statement = id
  }

  // Words that wait

  protected addHead(token: IToken, word: HeadWord): void {
    this.level().heads.push({ word, token, line: this.line, indent: this.indent })
    this.addLink(token)
  }

  /** Whether `if`, `for` and `match` are heads where they stand, and no names. */
  protected isHead(token: IToken, next: IToken | undefined): boolean {
    if (next?.tokenType === Colon || next?.tokenType === Equals) return false
    // A condition of a pattern, which was told.
    if (token.tokenType === ifWord && this.previousEnds && this.topFrame()?.role === 'arms') return false
    return !(
      this.previous &&
      introducesName.has(this.previous.tokenType) &&
      this.out[this.out.length - 1] === this.previous
    )
  }

  protected awaits(what: 'block' | 'with' | 'from'): boolean {
    const open = this.level().heads
    if (open.length === 0) return false
    if (what === 'block') return open.some(takesBlock)
    const last = open[open.length - 1]!.word
    return last === 'fold' || (last === 'reduce' && what === 'with')
  }

  /** `with` of a `reduce` or a `fold`. */
  protected takeWith(): void {
    const open = this.level().heads
    const at = open.findLastIndex(head => !takesBlock(head))
    if (at >= 0) open.length = at
  }

  /** A comma, which ends what waits, but for that of `for x, i in xs`. */
  protected separate(): void {
    const open = this.level().heads
    if (open[open.length - 1]?.word === 'for') return
    this.cutHeads()
    this.cutLinks()
  }

  // Braces

  protected takeBrace(token: IToken, index: number, startsLine: boolean): void {
    if (startsLine) token.payload = true
    const waiting = this.level().heads.length
    const role = this.braceRole(index, startsLine)
    const open = role === 'body' ? retyped(token, LBlock) : role === 'arms' ? retyped(token, LArms) : token
    this.push(open, role, false, this.level().heads.length < waiting)
    if (this.tooDeep) return
    this.topFrame()!.isRecord = role === 'list' && this.ahead.startsRecord(index + 1)
    this.previousEnd = endOf(token)
  }

  private braceRole(index: number, startsLine: boolean): Role {
    const before = this.previous
    const isElse = before?.tokenType === elseWord
    const waits = !isElse && this.wantsBlock(index)
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
    if (isElse) return startsLine && this.ahead.startsFields(index) ? 'list' : 'body'
    if (waits) return this.takeHead().word === 'match' ? 'arms' : 'body'
    if (before?.tokenType === FatArrow || (before && prefixes.has(before.tokenType)))
      return this.ahead.startsStatement(index + 1) ? 'body' : 'list'
    // Nowhere else there are bodies, but one is better told as one.
    return this.ahead.startsLet(index + 1, this.indent) ? 'body' : 'list'
  }

  /** Whether a brace here is that of a block, and of no value. */
  protected wantsBlock(index: number): boolean {
    if (this.previous?.tokenType === elseWord) return true
    return this.awaits('block') && (this.previousEnds || this.lacksOperand(index))
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
  protected lacksBrace(token: IToken, next: IToken | undefined, startsLine: boolean): boolean {
    const type = token.tokenType
    if (type === LBrace || this.skipped !== undefined) return false
    if (isTypeWord(this.previous) && !this.isMember && isName(token))
      return this.isType() && (next?.tokenType === Colon || next?.tokenType === Comma || next?.tokenType === LParen)
    if (this.stack.length > 0 || this.complete || !this.previousEnds) return false
    const kind = this.item?.kind
    if (kind === 'config') return isName(token)
    if (kind === 'effect') return this.previous?.tokenType === RParen && isName(token)
    if (kind === 'test') return this.previous?.tokenType === Text && canStart(token)
    return kind === 'job' && startsLine && this.indent > this.itemIndent && this.isHeadComplete(token)
  }

  /** Whether a parameter stands right behind the name of a job. */
  protected lacksParenthesis(token: IToken, next: IToken | undefined): boolean {
    const { item } = this
    if (item?.kind !== 'job' || this.stack.length > 0 || next?.tokenType !== Colon || !isName(token)) return false
    return item.tokens.at(-2)?.tokenType === jobWord
  }

  /** Makes up the parenthesis before the parameters of a job. */
  protected startParameters(token: IToken): void {
    this.tellNone('(', '(', token)
    this.push(virtual(LParen, '', this.previousEnd), 'list', true)
  }

  /** Says that a bracket is missing before a token. */
  private tellNone(sign: string, text: string, token: IToken): void {
    const at = { start: this.previousEnd, end: this.previousEnd }
    const after = this.previous ? `\`${cut(this.previous.image)}\`` : 'the start'
    const params = { what: `\`${sign}\``, after, found: shown(token) }
    const fixes = [{ title: `Insert \`${sign}\``, edits: [{ ...at, text }] }]
    this.reports.certainly('Expected', params, this.placeBefore(token), { fixes })
  }

  /** Whether nothing but the body of a job is missing before a token that starts a line. */
  private isHeadComplete(token: IToken): boolean {
    const isUses = token.tokenType === usesWord || this.previous?.tokenType === usesWord
    return canStart(token) && !isOperator(token) && token.tokenType !== LParen && !isUses
  }

  private isType(): boolean {
    const before = this.beforeName?.tokenType
    const kind = this.item?.kind
    return before === Colon || before === asWord || before === Arrow || before === Equals || kind === 'type'
  }

  /** Makes up the brace that {@link lacksBrace} found missing. */
  protected startBraces(token: IToken): void {
    const kind = this.item?.kind
    const inType =
      isTypeWord(this.previous) && this.previousEnds && (this.stack.length > 0 || kind === 'type' || this.complete)
    this.tellNone('{', ' {', token)
    const isBody = !inType && (kind === 'job' || kind === 'test')
    const role = inType ? 'list' : isBody ? 'body' : 'settings'
    this.push(virtual(isBody ? LBlock : LBrace, '', this.previousEnd), role, true)
    const frame = this.topFrame()
    if (frame && this.stack.length === 1) frame.indent = this.itemIndent
    this.startInvented(token)
  }

  /** Whether a block starts here without its brace: a value stands behind what is complete. */
  protected lacksBlock(token: IToken, startsLine: boolean): boolean {
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
  protected startBlock(token: IToken): void {
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
  protected closeInvented(token: IToken, startsLine: boolean): void {
    for (let top = this.topFrame(); top?.invented && this.stack.length > 1; top = this.topFrame()) {
      const dedented = startsLine && (token.tokenType === RBrace ? this.indent < top.indent : this.indent <= top.indent)
      if (token.tokenType !== elseWord && !dedented) return
      this.elseOfInvented = token.tokenType === elseWord
      this.closeAbove(this.stack.length - 1)
    }
  }

  /** Whether `<` follows the name of a type, and so opens its arguments. */
  protected isTypePlace(): boolean {
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
