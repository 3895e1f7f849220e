import { halfItem, introducesName, isCloser, itemKind, type ItemKind } from './classify.ts'
import { meantItem } from './meant.ts'
import { SpellingPass } from './spelling.ts'
import type { Item } from './words.ts'
import { cut, placeOf, type Reports } from '../report.ts'
import {
  Colon,
  Dot,
  endOf,
  keyword,
  LBlock,
  LBrace,
  LineEnd,
  RBrace,
  Semicolon,
  virtual,
  type IToken,
} from '../tokens.ts'

/**
 * How to take a text whose brackets do not match. `indented`: a `}` at the start of a line closes the brace whose line
 * is indented like its own, which finds the place that lacks one. `nested`: a declaration in a body stands in it,
 * though it is not indented.
 */
export type Reading = 'plain' | 'indented' | 'nested'

const elseWord = keyword('else')

/** The part of the layout that knows where items and statements start. */
export abstract class ItemPass extends SpellingPass {
  protected readonly items: Item[] = []
  protected readonly reading: Reading
  protected afterSemicolon = false

  /** @param from where the tokens start that are a piece of the text, and how many statements are before them */
  constructor(
    tokens: IToken[],
    reports: Reports,
    reading: Reading = 'plain',
    from: { start: number; statement: number } = { start: 0, statement: 0 },
  ) {
    super(tokens, reports, from)
    this.reading = reading
  }

  /** Whether a line stands in the item above, and does not start one beside it. */
  protected isInside(): boolean {
    return this.indent > this.itemIndent || this.reading === 'nested'
  }

  // Items

  /** Starts an item at `token` if one starts there. */
  protected startItem(token: IToken, index: number, first: boolean): boolean {
    const outside = this.stack.length === 0
    const glued = outside && this.previous?.tokenType === RBrace && this.complete
    if (!first && !glued) return false
    const next = this.tokens[index + 1]
    // A member may be called `import`, stand on the line below its dot, and have a block behind it.
    if (!outside && this.previous?.tokenType === Dot && next?.tokenType === LBrace) return false
    const onLine = next && !this.ahead.isBroken(index) ? next : undefined
    const kind = itemKind(token, onLine, this.tokens[index + 2], outside)
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
      if (token.tokenType === Semicolon || isCloser(token)) return false
      this.beginOther(index)
      return true
    }
    if (!first) this.reports.certainly('NewLineNeeded', { before: token.image }, placeOf(token), lineBreak(token))
    if (kind === 'stray') this.beginOther(index)
    else this.begin(kind, token)
    return true
  }

  /** A declaration in a body is told and left out. */
  private startNested(token: IToken, body: number): void {
    this.closeAbove(body + 1)
    if (this.previous === this.topFrame()?.open) this.startStatement(token)
    else this.endLine(token)
    this.reports.certainly('DeclarationInJob', { word: token.image }, placeOf(token))
    this.skipped = this.stack.length
  }

  /** Begins what is no item, or the word of one alone, where there is none above that could go on with it. */
  protected beginOther(index: number): void {
    const line = this.ahead.onLine(index, 4)
    const meant = meantItem(line)
    if (meant) {
      const { at, word } = meant
      this.reports.certainly('WrongKeyword', { found: cut(line[at]!.image), wanted: word }, placeOf(line[at]!))
      this.retype(index + at, keyword(word))
    }
    const token = this.tokens[index]!
    this.begin(meant?.kind ?? (line.length === 1 ? halfItem(token) : 'stray'), token)
  }

  protected begin(kind: ItemKind, token: IToken): void {
    this.finishItem()
    // However the text above is taken, nothing of it reaches into a declaration that is not indented.
    if (kind !== 'stray' && token.startOffset === this.lineStart) this.startApart()
    this.item = { kind, tokens: [] }
    this.out = this.item.tokens
    this.itemIndent = this.indent
    this.complete = kind === 'stray'
    this.tooDeep = false
    this.previousEnds = false
    this.startStatement(token)
  }

  protected finishItem(): void {
    this.closeAbove(0)
    this.skipped = undefined
    if (this.item && !this.tooDeep) this.items.push(this.item)
    this.item = undefined
    this.resetDepth()
    this.afterSemicolon = false
  }

  // Statements

  /** `let` starts a statement unless it stands where a name does. */
  protected isStatement(next: IToken | undefined): boolean {
    const before = this.previous
    const asName = before && introducesName.has(before.tokenType) && before.startOffset >= this.lineStart
    return !asName && next?.tokenType !== Colon
  }

  /** Ends what is open above a `let`, or above `assert` and `given`. */
  protected beginStatement(token: IToken, first: boolean): void {
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
      const name = this.item.tokens.find((t, i) => i > 0 && t.tokenType !== keyword('job'))?.image ?? this.item.kind
      const at = { start: token.startOffset, end: endOf(token) }
      this.reports.certainly('MissingOpenBrace', { job: name }, at, {
        fixes: [{ title: 'Insert `{`', edits: [{ start: this.previousEnd, end: this.previousEnd, text: ' {' }] }],
      })
      this.push(virtual(LBlock, '', this.previousEnd), 'body', true)
    } else if (first || this.stack.length === 0) this.begin('stray', token)
  }

  protected endLine(token: IToken): void {
    this.startStatement(token)
    this.cutLinks()
    this.cutHeads()
    this.beforeClose()
    this.emit(virtual(LineEnd, '', this.previousEnd))
    this.previousEnds = false
    this.afterSemicolon = false
  }
}

function lineBreak(token: IToken): {
  fixes: { title: string; edits: { start: number; end: number; text: string }[] }[]
} {
  const edit = { start: token.startOffset, end: token.startOffset, text: '\n' }
  return { fixes: [{ title: `Start a new line before \`${token.image}\``, edits: [edit] }] }
}
