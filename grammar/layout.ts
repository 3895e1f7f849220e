import {
  angle,
  brackets,
  canEnd,
  closers,
  continuesLine,
  isName,
  isReserved,
  isTypeWord,
  itemKind,
  mayStandInType,
  startsLaterExpression,
  wantsLet,
  type Bracket,
  type ItemKind,
} from './layout/classify.ts'
import { keywordByText } from './keywords.ts'
import { placeOf, type Reports } from './report.ts'
import { isBentClosed, isClosed } from './scan.ts'
import {
  Arrow,
  BentText,
  BytesText,
  Char,
  CidText,
  Colon,
  Comma,
  Dot,
  endOf,
  Equals,
  Greater,
  Hole,
  keyword,
  LBrace,
  Less,
  LineEnd,
  Name,
  RBrace,
  RParen,
  Semicolon,
  Text,
  virtual,
  type IToken,
} from './tokens.ts'

/** Brackets and links of a chain, together. */
export const maxDepth = 1000
/** The parser needs a kilobyte or two of stack for each level, so what is deeper than this is parsed on its own. */
const islandDepth = 100

/** The tokens of one item. Its brackets are balanced, and lines that end something end with a `LineEnd`. */
export interface Item {
  kind: ItemKind
  tokens: IToken[]
}

export interface Layout {
  items: Item[]
  /** Offsets where statements and items start, ascending. */
  statements: number[]
}

interface Frame extends Bracket {
  open: IToken
  /** New lines end statements in a `body` and entries in `settings`; in a `list` they mean nothing. */
  role: 'list' | 'body' | 'settings'
  /** Where the tokens around an island go on; the tokens inside go into an array of their own. */
  around: IToken[] | undefined
  /** Accesses and calls since the last comma or line end: a chain of them is a deep tree too. */
  links: number
  postfix: boolean
  line: number
  indent: number
  /** Made up, because a body started without its brace. */
  invented: boolean
  /** The braces of a type, whose entries start with names. */
  names: boolean
}

/**
 * How to take a text whose brackets do not match. `indented`: a `}` at the start of a line closes the brace whose line
 * is indented like its own, which finds the place that lacks one. `nested`: a declaration in a body stands in it,
 * though it is not indented.
 */
export type Reading = 'plain' | 'indented' | 'nested'

const letWord = keyword('let')
const withWord = keyword('with')
const forWord = keyword('for')

/**
 * Between lexer and parser: splits the tokens into items, finds where lines end something, balances brackets and
 * sets aside what cannot be parsed. After it the grammar needs no thought of these, and a mistake in one item
 * cannot reach the next.
 */
export class LayoutPass {
  private readonly text: string
  private readonly tokens: IToken[]
  private readonly reports: Reports
  private readonly items: Item[] = []
  private readonly statements: number[] = []

  private item: Item | undefined
  private itemIndent = 0
  /** What makes the item complete was seen: the text of an import, the body of a job, the `=` of a type. */
  private complete = false
  private tooDeep = false
  private out: IToken[] = []
  private stack: Frame[] = []
  /** Open brackets by the closing one, without `<`. */
  private readonly waiting = new Map<unknown, number>()
  private depth = 0
  private outerLinks = 0
  private hole: { start: number; end: number; depth: number; word: string; braced: boolean } | undefined

  private previous: IToken | undefined
  private previousEnd = 0
  private previousEnds = false
  private afterSemicolon = false
  private line = 1
  /** The last text without closing quote, which has eaten what would close the brackets before it. */
  private openText: IToken | undefined
  private openTextLine = 0
  /** Line of the last surplus bracket: several on one line are one mistake. */
  private surplusLine = 0
  private lineStart = 0
  private indent = 0

  /** Whether a brace was left open, so that a reading by indentation may be the better one. */
  openBraces = false
  private readonly reading: Reading

  constructor(tokens: IToken[], reports: Reports, reading: Reading = 'plain') {
    this.reading = reading
    this.text = reports.text
    // Words that turn out to be others are replaced, and the next reading must not see that.
    this.tokens = [...tokens]
    this.reports = reports
  }

  run(): Layout {
    for (let index = 0; index < this.tokens.length; index++) this.step(this.tokens[index]!, index)
    this.finishItem()
    return { items: this.items, statements: this.statements }
  }

  private step(token: IToken, index: number): void {
    const startsLine = this.crossGap(token) || index === 0
    const next = this.tokens[index + 1]
    if (startsLine) this.indent = token.startOffset - this.lineStart
    if (isReserved(token) && this.isNamePlace(next, startsLine)) token = this.retype(index, Name)

    const first = startsLine || this.afterSemicolon
    const top = this.stack[this.stack.length - 1]
    if (first && top?.role === 'body' && this.isInside() && wantsLet(token, next, this.tokens[index + 2])) {
      this.reports.certainly('WrongKeyword', { found: token.image, wanted: 'let' }, placeOf(token))
      token = this.retype(index, letWord)
    }
    if (this.startItem(token, index, first)) return this.take(token, startsLine, next)
    if (this.tooDeep) return this.remember(token)
    if (token.tokenType === letWord && this.isStatement(next)) {
      this.startLet(token, first)
    } else if (first && this.stack.length === 0 && this.isComplete() && !this.continues(token, next)) {
      this.begin('stray', token)
    } else if (first && top && top.role !== 'list' && this.previousEnds && !this.continues(token, next)) {
      this.endLine(token)
    }
    if (top && top.role !== 'list' && this.previous === top.open && token.tokenType !== top.close)
      this.statements.push(token.startOffset)
    // Parameters have no arrow, so that their parenthesis is what is missing.
    const inHeader = this.item?.kind === 'job' && !this.complete && this.stack[0]?.close === RParen
    if (token.tokenType === Arrow && inHeader) this.closeAbove(0)
    this.take(token, startsLine, next)
  }

  private retype(index: number, type: IToken['tokenType']): IToken {
    const token = { ...this.tokens[index]!, tokenType: type, tokenTypeIdx: type.tokenTypeIdx! }
    this.tokens[index] = token
    return token
  }

  /** Whether a line stands in the item above, and does not start one beside it. */
  private isInside(): boolean {
    return this.indent > this.itemIndent || this.reading === 'nested'
  }

  /**
   * Whether a reserved word is a name where it stands. Components may call fields, parameters, cases and functions by
   * any word, so they are taken wherever a name of these is the only thing that fits.
   */
  private isNamePlace(next: IToken | undefined, startsLine: boolean): boolean {
    const before = this.previous
    if (before?.tokenType === Dot) return !startsLine
    const top = this.topFrame()
    if (!top || (before !== top.open && before?.tokenType !== Comma && !(startsLine && top.role === 'settings')))
      return false
    if (top.names) return true
    const alone = next !== undefined && [Colon, Comma, RBrace].includes(next.tokenType)
    if (top.role !== 'list') return alone && this.item?.kind === 'import'
    if (top.close === RBrace) return alone
    const header = this.item?.kind === 'job' && !this.complete && this.stack.length === 1
    return top.close === RParen && next?.tokenType === Colon && !header
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
    return closers.has(token.tokenType) || token.tokenType === Semicolon || continuesLine(token, next)
  }

  private isComplete(): boolean {
    return this.item === undefined || (this.complete && this.previousEnds)
  }

  /** Starts an item at `token` if one starts there. */
  private startItem(token: IToken, index: number, first: boolean): boolean {
    const outside = this.stack.length === 0
    const glued = outside && this.previous?.tokenType === RBrace && this.complete
    if (!first && !glued) return false
    const next = this.tokens[index + 1]
    const onLine = next && !/[\r\n]/.test(this.text.slice(endOf(token), next.startOffset)) ? next : undefined
    const kind = itemKind(token, onLine, this.tokens[index + 2], outside)
    if (kind !== undefined && this.isInside()) {
      if (this.hole) return false
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

  /** A declaration in a body is left out like an expression of a later part of the language. */
  private startNested(token: IToken, body: number): void {
    this.closeAbove(body + 1)
    if (this.previous === this.topFrame()?.open) this.statements.push(token.startOffset)
    else this.endLine(token)
    this.reports.certainly('DeclarationInJob', { word: token.image }, placeOf(token))
    this.hole = {
      start: token.startOffset,
      end: endOf(token),
      depth: this.stack.length,
      word: token.image,
      braced: true,
    }
  }

  private begin(kind: ItemKind, token: IToken): void {
    this.finishItem()
    this.item = { kind, tokens: [] }
    this.out = this.item.tokens
    this.itemIndent = this.indent
    this.complete = kind === 'stray'
    this.tooDeep = false
    this.statements.push(token.startOffset)
  }

  private finishItem(): void {
    this.closeAbove(0)
    this.endHole()
    if (this.item && !this.tooDeep) this.items.push(this.item)
    this.item = undefined
    this.depth = 0
    this.outerLinks = 0
    this.afterSemicolon = false
  }

  /** `let` starts a statement unless it stands where a name does. */
  private isStatement(next: IToken | undefined): boolean {
    const before = this.previous?.tokenType
    const asName = before !== undefined && ['let', 'job', 'const', 'type', 'import'].some(w => keyword(w) === before)
    return !(asName && this.previous!.startOffset >= this.lineStart) && next?.image !== ':'
  }

  private startLet(token: IToken, first: boolean): void {
    const body = this.stack.findLastIndex(frame => frame.role === 'body')
    const onTop = body === this.stack.length - 1
    if (body >= 0 && (first || onTop)) {
      this.closeAbove(body + 1)
      if (this.previous?.tokenType === LBrace && onTop) return
      if (!first) this.reports.certainly('NewLineNeeded', { before: 'let' }, placeOf(token), lineBreak(token))
      this.endLine(token)
    } else if (this.item?.kind === 'job' && !this.complete && (first || this.stack.length === 0)) {
      this.closeAbove(0)
      const name = this.item.tokens.find((t, i) => i > 0 && t.tokenType !== keyword('job'))?.image ?? 'job'
      const at = { start: token.startOffset, end: endOf(token) }
      this.reports.certainly('MissingOpenBrace', { job: name }, at, {
        fixes: [{ title: 'Insert `{`', edits: [{ start: this.previousEnd, end: this.previousEnd, text: ' {' }] }],
      })
      this.push(virtual(LBrace, '', this.previousEnd), 'body', true)
    } else if (first || this.stack.length === 0) this.begin('stray', token)
  }

  private endLine(token: IToken): void {
    this.statements.push(token.startOffset)
    this.cutLinks()
    this.endHoleAt(this.stack.length)
    this.emit(virtual(LineEnd, '', this.previousEnd))
    this.afterSemicolon = false
  }

  /** Puts a token where it belongs, in a bracket or out of one. */
  private take(token: IToken, startsLine: boolean, next: IToken | undefined): void {
    const type = token.tokenType
    if (type === Semicolon) {
      this.tellSemicolon(token, next)
      this.afterSemicolon = true
      this.previousEnd = endOf(token)
      return
    }
    this.afterSemicolon = false
    if (closers.has(type)) {
      this.close(token, startsLine)
      this.previousEnd = endOf(token)
      return
    }
    if (this.topFrame()?.close === angle.close && type !== Greater && !mayStandInType(token)) this.dropAngles()
    const bracket = brackets.get(type)
    if (bracket) {
      if (startsLine) token.payload = true
      this.push(token, type === LBrace ? this.braceRole(startsLine) : 'list')
    } else if (type === Less && this.previous && isName(this.previous)) this.push(token, 'list')
    else if (type === Greater && this.topFrame()?.close === angle.close) {
      this.emit(token)
      this.pop()
      this.remember(token)
      this.previousEnds = true
      return
    } else {
      const word = this.hole ? undefined : startsLaterExpression(token, this.previous, next)
      if (word !== undefined) this.startHole(token, word)
      this.countLink(token)
      if (type === Comma) this.endHoleAtComma()
      this.emit(token)
    }
    this.remember(token)
  }

  private remember(token: IToken): void {
    if (isUnclosed(token, this.text)) this.tellUnclosedText(token)
    this.previous = token
    this.previousEnd = endOf(token)
    this.previousEnds = canEnd(token)
    const kind = this.item?.kind
    if (kind === 'import' && token.tokenType === Text) this.complete = true
    if ((kind === 'type' || kind === 'const') && token.tokenType === Equals) this.complete = true
  }

  /** What follows on the line gets a line of its own, or a comma inside of brackets. */
  private tellSemicolon(token: IToken, next: IToken | undefined): void {
    const place = placeOf(token)
    const between = next === undefined ? '\n' : this.text.slice(place.end, next.startOffset)
    const ends = next === undefined || /[\r\n]/.test(between) || closers.has(next.tokenType)
    const inList = this.topFrame()?.role === 'list'
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

  private braceRole(startsLine: boolean): Frame['role'] {
    const before = this.previous
    if (isTypeWord(before)) return 'list'
    if (this.stack.length === 0 && this.item?.kind === 'type') return 'list'
    if (this.stack.length === 0) {
      if (this.item?.kind === 'job') return 'body'
      if (this.item?.kind === 'import' || this.item?.kind === 'config') return 'settings'
    }
    if (before?.tokenType === withWord) return 'settings'
    // Blocks inside of expressions belong to later parts of the language.
    const mayBeBlock = this.hole !== undefined || this.stack.length === 0
    return mayBeBlock && this.previousEnds && !startsLine ? 'body' : 'list'
  }

  // Brackets

  private topFrame(): Frame | undefined {
    return this.stack[this.stack.length - 1]
  }

  private push(open: IToken, role: Frame['role'], invented = false): void {
    if (role === 'body') this.cutLinks()
    if (this.depth >= maxDepth) return this.giveUp(open)
    const bracket = brackets.get(open.tokenType) ?? angle
    const postfix = open.payload !== true && this.previousEnds
    const { line, indent } = this
    const names = open.tokenType === LBrace && isTypeWord(this.previous)
    const frame: Frame = { ...bracket, open, role, around: undefined, links: 0, postfix, line, indent, invented, names }
    this.stack.push(frame)
    this.depth++
    if (bracket !== angle) this.waiting.set(frame.close, (this.waiting.get(frame.close) ?? 0) + 1)
    if (this.hole && role === 'body') this.hole.braced = true
    if (this.stack.length % islandDepth === 0) {
      frame.around = this.out
      this.out = []
    }
    this.emit(open)
    this.previous = open
    this.previousEnds = false
  }

  /** Takes the innermost bracket off the stack; its closing token was emitted. */
  private pop(): void {
    const frame = this.stack.pop()!
    this.depth -= 1 + frame.links
    if (frame.close !== angle.close) this.waiting.set(frame.close, this.waiting.get(frame.close)! - 1)
    if (frame.around) {
      const inside = this.out
      this.out = frame.around
      const start = frame.open.startOffset
      const last = inside[inside.length - 1] ?? frame.open
      this.emit(virtual(frame.island, this.text.slice(start, endOf(last)), start, inside))
    }
    if (frame.postfix && frame.close !== angle.close) this.addLink(frame.open)
    if (this.stack.length === 0 && this.item && frame.role !== 'list') this.complete = true
  }

  private close(token: IToken, startsLine: boolean): void {
    this.dropAngles()
    const type = token.tokenType
    if (this.reading === 'indented' && type === RBrace && startsLine) this.closeDeeperLines()
    if ((this.waiting.get(type) ?? 0) > 0) {
      const at = this.stack.findLastIndex(frame => frame.close === type)
      this.closeAbove(at + 1)
      return this.finish(token)
    }
    const top = this.topFrame()
    if (!top || top.role !== 'list') {
      if (this.surplusLine !== this.line)
        this.reports.certainly('SurplusBracket', { close: token.image }, placeOf(token))
      this.surplusLine = this.line
      return
    }
    const params = { open: top.open.image, found: token.image, close: top.close.PATTERN as string }
    this.reports.certainly('WrongBracket', params, placeOf(token), {
      related: [{ message: `\`${top.open.image}\` is opened here`, at: placeOf(top.open) }],
    })
    this.finish(virtual(top.close, token.image, token.startOffset))
  }

  /** Closes the braces that are indented deeper than a `}` at the start of its line, if one is indented like it. */
  private closeDeeperLines(): void {
    const top = this.topFrame()
    if (top?.close !== RBrace || top.indent <= this.indent) return
    const near = Math.max(0, this.stack.length - 20)
    const at = this.stack.findLastIndex((f, i) => i >= near && f.close === RBrace && f.indent === this.indent)
    if (at >= near) this.closeAbove(at + 1)
  }

  private finish(closer: IToken): void {
    this.endHoleAt(this.stack.length)
    this.emit(closer)
    this.pop()
    this.previous = closer
    this.previousEnds = true
  }

  /** Closes what is open above a level of the stack, and says what was forgotten first. */
  private closeAbove(level: number): void {
    let told = false
    while (this.stack.length > level) {
      this.dropAngles()
      const frame = this.topFrame()
      if (!frame || this.stack.length <= level) return
      if (!told && !frame.invented && !this.isEaten(frame)) this.tellUnclosed(frame)
      if (frame.close === RBrace) this.openBraces = true
      told ||= !frame.invented
      this.reports.silence(frame.open.startOffset, this.previousEnd + 1)
      this.finish(virtual(frame.close, '', this.previousEnd))
    }
  }

  private tellUnclosedText(token: IToken): void {
    this.openText = token
    this.openTextLine = this.line
    if (token.tokenType === Char) return this.reports.certainly('UnclosedChar', {}, placeOf(token))
    if (token.tokenType === BentText) return this.reports.certainly('BentQuotes', {}, placeOf(token))
    // Brackets at its end that are waited for were not meant to be part of it.
    const tail = /[)\]},\s]*$/.exec(token.image.slice(-200))![0]
    const waited = [...tail].some(sign => this.topFrame()?.close.PATTERN === sign)
    const at = endOf(token) - (waited ? tail.length : 0)
    const closed = token.image.slice(0, at - token.startOffset) + '"'
    const fix = { title: 'Close the text', edits: [{ start: at, end: at, text: '"' }] }
    const fixes = isClosed(closed, closed.indexOf('"'), token.tokenType !== Text) ? [fix] : []
    this.reports.certainly('UnclosedText', {}, placeOf(token), { fixes })
  }

  /** Whether what should close a bracket is part of a text without end, or may be. */
  private isEaten(frame: Frame): boolean {
    if (this.openText === undefined || this.openText.startOffset < frame.open.startOffset) return false
    return frame.line === this.openTextLine || this.openText.image.includes(frame.close.PATTERN as string)
  }

  private tellUnclosed(frame: Frame): void {
    const close = frame.close.PATTERN as string
    const at = { start: this.previousEnd, end: this.previousEnd }
    this.reports.certainly('Unclosed', { open: frame.open.image, close, line: frame.line }, at, {
      related: [{ message: `\`${frame.open.image}\` is opened here`, at: placeOf(frame.open) }],
      // What is put behind a text without end becomes part of it.
      fixes: this.previous === this.openText ? [] : [{ title: `Insert \`${close}\``, edits: [{ ...at, text: close }] }],
    })
  }

  /** Leaves `<` that turned out to be comparisons, or that the parser will miss the `>` of. */
  private dropAngles(): void {
    while (this.topFrame()?.close === angle.close) this.pop()
  }

  // Depth

  private countLink(token: IToken): void {
    if (token.tokenType === Dot) this.addLink(token)
    else if (token.tokenType === Comma || token.tokenType === Equals) this.cutLinks()
  }

  private addLink(token: IToken): void {
    const frame = this.topFrame()
    if (frame) frame.links++
    else this.outerLinks++
    this.depth++
    if (this.depth > maxDepth) this.giveUp(token)
  }

  private cutLinks(): void {
    const frame = this.topFrame()
    this.depth -= frame ? frame.links : this.outerLinks
    if (frame) frame.links = 0
    else this.outerLinks = 0
  }

  /** An item that is too deep is left out as a whole. */
  private giveUp(token: IToken): void {
    if (!this.tooDeep) this.reports.certainly('TooDeep', { limit: maxDepth }, placeOf(token))
    this.tooDeep = true
    this.hole = undefined
    this.stack = []
    this.waiting.clear()
    this.out = []
    this.depth = 0
    this.outerLinks = 0
  }

  // Expressions of later parts of the language

  private startHole(token: IToken, word: string): void {
    const construct = keywordByText.get(word)?.later ?? `\`${word}\``
    this.reports.certainly('Unsupported', { construct }, placeOf(token))
    this.hole = {
      start: token.startOffset,
      end: endOf(token),
      depth: this.stack.length,
      word,
      braced: token.tokenType !== forWord,
    }
  }

  /** `for x, i in xs { … }` has a comma that ends nothing. */
  private endHoleAtComma(): void {
    if (this.hole?.braced) this.endHoleAt(this.stack.length)
  }

  private endHoleAt(depth: number): void {
    if (this.hole && depth <= this.hole.depth) this.endHole()
  }

  private endHole(): void {
    if (!this.hole) return
    const { start, end } = this.hole
    this.hole = undefined
    this.emit(virtual(Hole, this.text.slice(start, end), start))
  }

  private emit(token: IToken): void {
    if (this.hole) this.hole.end = Math.max(this.hole.end, endOf(token))
    else this.out.push(token)
  }
}

const quotedTypes = new Set([Text, BytesText, CidText, Char])

/** Whether a token is a text that ends with its line; only then it is scanned again. */
function isUnclosed(token: IToken, text: string): boolean {
  if (token.tokenType === BentText) return !isBentClosed(token.image)
  if (!quotedTypes.has(token.tokenType)) return false
  const after = text.charCodeAt(endOf(token))
  return (
    !(after >= 0 && after !== 10 && after !== 13) &&
    !isClosed(token.image, token.image.search(/["']/), token.tokenType !== Text)
  )
}

function lineBreak(token: IToken): {
  fixes: { title: string; edits: { start: number; end: number; text: string }[] }[]
} {
  const edit = { start: token.startOffset, end: token.startOffset, text: '\n' }
  return { fixes: [{ title: `Start a new line before \`${token.image}\``, edits: [edit] }] }
}
