import type { Fix } from '../diagnostics.ts'
import { placeOf, type Place, type Reports } from '../report.ts'
import { isClosed } from '../scan.ts'
import {
  BentText,
  Char,
  Comma,
  endOf,
  Greater,
  LBlock,
  RBrace,
  RBracket,
  RParen,
  TemplateEnd,
  Text,
  virtual,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import { isTypeWord } from './classify.ts'
import { brackets, type Frame, type Level, type Role } from './frames.ts'

/** Brackets, links of a chain, operators and heads, together. */
export const maxDepth = 1000
/** The parser needs some kilobytes of stack for each level, so what is deeper than this is parsed on its own. */
const islandDepth = 32

/** The half of the layout that balances brackets and counts how deep they nest. */
export abstract class BracketPass {
  protected readonly text: string
  protected readonly reports: Reports
  protected out: IToken[] = []
  protected stack: Frame[] = []
  private outer: Level = { links: 0, heads: [], operated: false }
  /** Open brackets by the closing one, without `<`. */
  private waiting = new Map<TokenType, number>()
  private depth = 0
  /** The item is left out, because it is nested too deeply. */
  protected tooDeep = false

  protected previous: IToken | undefined
  protected previousEnd: number
  protected previousEnds = false
  /** Whether the last token is a name behind a dot. */
  protected isMember = false
  /** What stands before the name, with its path, that was read last. */
  protected beforeName: IToken | undefined
  protected line = 1
  protected lineStart: number
  protected indent = 0
  /** The last text without closing quote, which has eaten what would close the brackets before it. */
  private openText: IToken | undefined
  private openTextLine = 0
  /** Line of the last surplus bracket: several on one line are one mistake. */
  private surplusLine = 0
  /** What was told last to close a bracket wrongly, and what to do about it. */
  private lastWrong: { close: TokenType; itemStart: number; fix: Fix } | undefined
  /** Where brackets do not match, so that another reading may be the better one. */
  unbalanced: Place | undefined
  /** Where the item starts that is being read, with those that may be a part of it. */
  protected itemStart: number
  /** Whether a brace was left open. */
  openBraces = false
  /** Number of the statement that is being read. */
  protected statement = 0

  constructor(reports: Reports, start: number) {
    this.previousEnd = start
    this.lineStart = start
    this.itemStart = start
    this.text = reports.text
    this.reports = reports
  }

  protected abstract emit(token: IToken): void
  /** What stands behind `start` belongs to a statement that goes on. */
  protected abstract resumeStatement(start: number, id: number): void
  /** A bracket was closed, with nothing open around it. */
  protected abstract closedOutermost(role: Role): void

  protected topFrame(): Frame | undefined {
    return this.stack[this.stack.length - 1]
  }

  protected level(): Level {
    return this.stack[this.stack.length - 1] ?? this.outer
  }

  /** @param linked whether the bracket is a link of the chain that it stands in, once it is closed */
  protected push(open: IToken, role: Role, invented = false, linked = false): void {
    // What was read of the item so far is no part of its body.
    if (this.stack.length === 0 && open.tokenType === LBlock && this.headEnds()) this.cutLinks()
    if (this.depth >= maxDepth) return this.giveUp(open)
    const bracket = brackets.get(open.tokenType)!
    const { close, sign, island } = bracket
    const { line, indent } = this
    const braces = role === 'list' && close === RBrace
    const names = braces && isTypeWord(this.previous)
    const types = names || close === Greater || (this.topFrame()?.types ?? false)
    const isCall = (close === RParen || close === RBracket) && open.payload !== true && this.previousEnds
    const postfix = linked || isCall
    const around = undefined
    const { previous: before, statement } = this
    const outside = undefined
    // prettier-ignore
    const frame: Frame = {
      close, sign, island, open, before, role, around, links: 0, heads: [], operated: false, postfix, line, indent, invented, names, types, outside, statement, doubled: false, isRecord: false,
    }
    if (close === TemplateEnd) {
      frame.outside = this.waiting
      this.waiting = new Map()
    }
    this.stack.push(frame)
    this.depth++
    if (close !== Greater) this.waiting.set(close, (this.waiting.get(close) ?? 0) + 1)
    if (this.stack.length % islandDepth === 0) {
      frame.around = this.out
      this.out = []
    }
    this.emit(open)
    this.previous = open
    this.previousEnds = false
  }

  /** Takes the innermost bracket off the stack; its closing token was emitted. */
  protected pop(): void {
    const frame = this.stack.pop()!
    this.depth -= 1 + frame.links
    if (frame.outside) this.waiting = frame.outside
    else if (frame.close !== Greater) this.waiting.set(frame.close, this.waiting.get(frame.close)! - 1)
    const outer = this.topFrame()
    if (outer && this.isDoubled(frame, outer)) outer.doubled = true
    if (frame.around) {
      const inside = this.out
      this.out = frame.around
      const start = frame.open.startOffset
      const last = inside[inside.length - 1] ?? frame.open
      this.emit(virtual(frame.island, this.text.slice(start, endOf(last)), start, inside))
    }
    if (frame.operated) this.level().operated = true
    if (frame.postfix) this.addLink(frame.open)
    if (this.stack.length === 0) this.closedOutermost(frame.role)
  }

  /**
   * @param indented whether lines and their indentation are to be believed
   * @returns whether the next token, which changed places with this one, closes what this one should
   */
  protected close(token: IToken, next: IToken | undefined, startsLine: boolean, indented: boolean): boolean {
    this.dropAngles()
    const type = token.tokenType
    if (indented && startsLine && type === RBrace) this.closeDeeperLines()
    const top = this.topFrame()
    if (top && next?.tokenType === Comma && this.isBehindEntry(top, type, indented && !startsLine)) {
      this.tellWrong(top, token, { title: 'Remove it', text: '' })
      return false
    }
    if ((this.waiting.get(type) ?? 0) > 0 && !(indented && !startsLine && this.isInline(type))) {
      const below = this.stack[this.stack.length - 2]
      if (top!.close !== type && top!.close === next?.tokenType && below?.close === type && top!.role === 'list') {
        this.tellWrong(top!, token)
        this.finish(virtual(top!.close, token.image, token.startOffset))
        return true
      }
      const at = this.stack.findLastIndex(frame => frame.close === type)
      this.closeAbove(at + 1)
      this.finish(token)
      return false
    }
    // Doubled, or before the one that is waited for.
    const doubled = this.previous?.tokenType === type || (top !== undefined && top.close === next?.tokenType)
    if (!top || top.role !== 'list' || doubled || type === TemplateEnd || top.close === TemplateEnd)
      this.tellSurplus(token)
    else {
      this.tellWrong(top, token)
      this.finish(virtual(top.close, token.image, token.startOffset))
    }
    return false
  }

  /**
   * Whether a closing bracket with a comma behind it stands between two entries of the innermost list: that one started on a line
   * above, if lines are to be believed, or the bracket closes nothing and the comma has no other list to go on with.
   */
  private isBehindEntry({ role, close, line }: Frame, type: TokenType, byLines: boolean): boolean {
    if (role !== 'list' || close === type) return false
    if (byLines && line < this.line) return true
    const around = this.stack[this.stack.length - 2]
    return (this.waiting.get(type) ?? 0) === 0 && (around === undefined || around.role === 'body')
  }

  /** Whether a brace inside of a line would close a body that started on a line above. */
  private isInline(type: TokenType): boolean {
    if (type !== RBrace) return false
    const frame = this.stack.findLast(open => open.close === RBrace)
    return frame !== undefined && frame.role !== 'list' && frame.line < this.line
  }

  private tellSurplus(token: IToken): void {
    const { lastWrong } = this
    // What the wrong one seemed to close is closed here, so that the wrong one closes nothing.
    if (lastWrong?.close === token.tokenType && lastWrong.itemStart === this.itemStart) {
      lastWrong.fix.title = 'Remove it'
      for (const edit of lastWrong.fix.edits) edit.text = ''
      this.lastWrong = undefined
      return this.tellUnbalanced()
    }
    // The end of a text fits nowhere only where its start was closed by something that was told.
    if (this.surplusLine !== this.line && token.tokenType !== TemplateEnd && this.tellsSurplus())
      this.reports.certainly('SurplusBracket', { close: token.image }, placeOf(token), {
        fixes: [
          this.inDoubt({ title: 'Remove it', edits: [{ ...placeOf(token), text: '' }] }, this.level(), token.image),
        ],
      })
    this.surplusLine = this.line
    this.tellUnbalanced()
  }

  private tellUnbalanced(): void {
    this.unbalanced = { start: this.unbalanced?.start ?? this.itemStart, end: Infinity }
  }

  /** The item that starts is apart from what is before it. */
  protected startApart(): void {
    this.itemStart = this.lineStart
    if (this.unbalanced?.end === Infinity) this.unbalanced.end = this.lineStart
  }

  /** Whether a surplus bracket is a mistake of its own. */
  protected abstract tellsSurplus(): boolean

  private tellWrong(
    frame: Frame,
    token: IToken,
    by = { title: `Replace with \`${frame.sign}\``, text: frame.sign },
  ): void {
    const { open, sign, close } = frame
    const place = placeOf(token)
    const fix = this.inDoubt({ title: by.title, edits: [{ ...place, text: by.text }] }, frame, token.image)
    this.lastWrong = by.text === '' ? undefined : { close, itemStart: this.itemStart, fix }
    this.reports.certainly('WrongBracket', { open: open.image, found: token.image, close: sign }, place, {
      related: [{ message: `\`${open.image}\` is opened here`, at: placeOf(open) }],
      fixes: [fix],
    })
    this.tellUnbalanced()
  }

  /** Closes what was opened on lines above that are indented like this one or deeper; the body of a job stays. */
  protected closeByIndent(): void {
    for (let top = this.topFrame(); top && top.line < this.line && this.indent <= top.indent; top = this.topFrame()) {
      if (top.close === TemplateEnd || (this.stack.length === 1 && top.role !== 'list')) return
      this.closeAbove(this.stack.length - 1)
    }
  }

  /** Closes the braces that are indented deeper than a `}` at the start of its line, if one is indented like it. */
  private closeDeeperLines(): void {
    const top = this.topFrame()
    if (top?.close !== RBrace || top.indent <= this.indent) return
    const near = Math.max(0, this.stack.length - 20)
    const at = this.stack.findLastIndex((f, i) => i >= near && f.close === RBrace && f.indent === this.indent)
    if (at >= near) this.closeAbove(at + 1)
  }

  protected finish(closer: IToken): void {
    this.beforeClose()
    this.emit(closer)
    const top = this.topFrame()!
    this.pop()
    if (top.role !== 'list') this.resumeStatement(endOf(closer), top.statement)
    this.previous = closer
    this.previousEnds = true
  }

  /** Whether an outermost body is that of the item, and not of a constant's value. */
  protected abstract headEnds(): boolean
  /** What ends with the innermost bracket. */
  protected abstract beforeClose(): void

  /** Closes what is open above a level of the stack, and says what was forgotten first. */
  protected closeAbove(level: number): void {
    let told = false
    while (this.stack.length > level) {
      this.dropAngles()
      const frame = this.topFrame()
      if (!frame || this.stack.length <= level) return
      if (!told && !frame.invented && !this.isEaten(frame)) this.tellUnclosed(frame)
      if (frame.close === RBrace && !frame.invented) this.openBraces = true
      told ||= !frame.invented
      this.reports.silence(frame.open.startOffset, this.previousEnd + 1)
      this.finish(virtual(frame.close, '', this.previousEnd))
    }
  }

  protected tellUnclosedText(token: IToken): void {
    this.openText = token
    this.openTextLine = this.line
    if (token.tokenType === Char) return this.reports.certainly('UnclosedChar', {}, placeOf(token))
    if (token.tokenType === BentText) return this.reports.certainly('BentQuotes', {}, placeOf(token))
    // Brackets at its end that are waited for were not meant to be part of it.
    const tail = /[)\]},\s]*$/.exec(token.image.slice(-200))![0]
    const waited = [...tail].some(sign => this.topFrame()?.sign === sign)
    const at = endOf(token) - (waited ? tail.length : 0)
    const closed = token.image.slice(0, at - token.startOffset) + '"'
    const fix = { title: 'Close the text', edits: [{ start: at, end: at, text: '"' }] }
    const fixes = isClosed(closed, closed.indexOf('"'), token.tokenType !== Text) ? [fix] : []
    this.reports.certainly('UnclosedText', {}, placeOf(token), { fixes })
  }

  /** Whether what should close a bracket is part of a text without end, or may be. */
  private isEaten(frame: Frame): boolean {
    if (this.openText === undefined || this.openText.startOffset < frame.open.startOffset) return false
    return frame.line === this.openTextLine || this.openText.image.includes(frame.sign)
  }

  /** Whether one of two equal brackets side by side may be too many; a record may be all of a body. */
  private isDoubled(inner: Frame, outer: Frame): boolean {
    return inner.before === outer.open && inner.sign === outer.sign && !(inner.isRecord && outer.role === 'body')
  }

  private tellUnclosed(frame: Frame): void {
    this.tellUnbalanced()
    const open = frame.open.image
    const outer = this.stack[this.stack.length - 2]
    if (frame.doubled || (outer && frame.sign !== '}"' && this.isDoubled(frame, outer))) {
      const doubled = frame.doubled ? frame.open : outer!.open
      const place = placeOf(doubled)
      const fix: Fix = { title: 'Remove it', edits: [{ ...place, text: '' }] }
      // Lists of lists are common, and hold other things than a list.
      const fixes = [frame.sign === ']' ? { ...fix, guess: true as const } : this.inDoubt(fix, frame, frame.sign)]
      return this.reports.certainly('DoubledBracket', { open, close: frame.sign }, place, { fixes })
    }
    const at = { start: this.previousEnd, end: this.previousEnd }
    this.reports.certainly('Unclosed', { open, close: frame.sign }, at, {
      related: [{ message: `\`${open}\` is opened here`, at: placeOf(frame.open) }],
      // What is put behind a text without end becomes part of it.
      fixes:
        this.previous === this.openText
          ? []
          : [
              this.inDoubt(
                { title: `Insert \`${frame.sign}\``, edits: [{ ...at, text: frame.sign }] },
                frame,
                frame.sign,
              ),
            ],
    })
  }

  /** A repair of a bracket, which is a guess where another one would give an operator something else to take. */
  private inDoubt(fix: Fix, { operated }: Level, sign: string): Fix {
    return operated && (sign === ')' || sign === ']') ? { ...fix, guess: true } : fix
  }

  /** Leaves types that the parser will miss the `>` of. */
  protected dropAngles(): void {
    while (this.topFrame()?.close === Greater) this.pop()
  }

  // Depth

  protected addLink(token: IToken): void {
    this.level().links++
    this.depth++
    if (this.depth > maxDepth) this.giveUp(token)
  }

  /** Takes a link back that a bracket stands for while it is open. */
  protected dropLink(): void {
    this.level().links--
    this.depth--
  }

  protected cutLinks(): void {
    const level = this.level()
    this.depth -= level.links
    level.links = 0
    level.operated = false
  }

  /** Nothing waits for its brace any more. */
  protected cutHeads(): void {
    const { heads } = this.level()
    if (heads.length > 0) heads.length = 0
  }

  protected resetDepth(): void {
    this.stack = []
    this.waiting = new Map()
    this.depth = 0
    this.outer = { links: 0, heads: [], operated: false }
  }

  /** An item that is too deep is left out as a whole. */
  private giveUp(token: IToken): void {
    if (!this.tooDeep) this.reports.certainly('TooDeep', { limit: maxDepth }, placeOf(token))
    this.tooDeep = true
    // Nothing is known of the brackets behind it.
    this.openBraces = true
    this.out = []
    this.resetDepth()
  }
}
