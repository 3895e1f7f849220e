import type { Access, Argument, Call, Expression, Setting, Template, Text as TextNode, TupleAccess } from '../nodes.ts'
import { bytes, char, cid, numeral, piece, text } from '../literals.ts'
import { canStart, isName, isReserved } from '../layout/classify.ts'
import { placeOf, shown } from '../report.ts'
import {
  BentText,
  BraceIsland,
  BracketIsland,
  BytesText,
  Char,
  CidText,
  Dot,
  endOf,
  keyword,
  LBrace,
  LBracket,
  LParen,
  Numeral,
  ParenIsland,
  Question,
  TemplateEnd,
  TemplateIsland,
  TemplateMiddle,
  TemplateStart,
  Text,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import { BracketParser } from './brackets.ts'

const embedWord = keyword('embed')
const withWord = keyword('with')
const trueWord = keyword('true')
const falseWord = keyword('false')

/** Expressions without operators: a literal, a name, a bracket, and what follows it without a gap. */
export abstract class OperandParser extends BracketParser {
  /** Called only where an operand starts that is no word of a construct. */
  protected operand(): Expression {
    const { startOffset } = this.token
    return this.postfix(this.primary(), startOffset)
  }

  private primary(): Expression {
    const token = this.token
    switch (token.tokenType) {
      case Numeral:
        return numeral(this.take(), this.reports, this.wanted)
      case Text:
      case BentText:
        return text(this.take(), this.reports)
      case TemplateStart:
      case TemplateIsland:
        return this.template()
      case BytesText:
        return bytes(this.take(), this.reports)
      case CidText:
        return cid(this.take(), this.reports)
      case Char:
        return char(this.take(), this.reports)
      case trueWord:
      case falseWord:
        return { kind: 'BoolLiteral', ...placeOf(this.take()), value: token.tokenType === trueWord }
      case LParen:
      case ParenIsland:
        return this.parentheses()
      case LBracket:
      case BracketIsland:
        return this.list()
      case LBrace:
        return this.braces()
      case BraceIsland:
        return firstOf(token).tokenType === LBrace ? this.braces() : this.blockValue()
      case embedWord:
        return this.embed()
      default:
        return isName(token) ? { kind: 'Reference', ...placeOf(this.take()), name: token.image } : this.blockValue()
    }
  }

  /** A body where a value is wanted. */
  protected abstract blockValue(): Expression

  /** `embed "./x"`, or a name. */
  private embed(): Expression {
    const word = this.take()
    if (!this.isTextNext()) return { kind: 'Reference', ...placeOf(word), name: word.image }
    const path = this.plainText()
    return { kind: 'Embed', start: word.startOffset, end: path.end, path }
  }

  protected isTextNext(): boolean {
    return this.type === Text || this.type === BentText || this.type === TemplateStart || this.type === TemplateIsland
  }

  /** A text that is known when the file is read; called only where a text starts. */
  protected plainText(): TextNode {
    if (this.type === Text || this.type === BentText) return text(this.take(), this.reports)
    const node = this.template()
    this.reports.possibly('PlainText', {}, node)
    return { kind: 'Text', start: node.start, end: node.end, value: '' }
  }

  /** `"a ${b} c"`. */
  private template(): Template {
    const start = this.token.startOffset
    const node: Template = { kind: 'Template', start, end: start, parts: [] }
    this.bracket(TemplateIsland, () => {
      let at = this.take()
      this.addPiece(node.parts, piece(at, this.reports))
      for (;;) {
        const value = this.someExpression()
        while (this.type !== TemplateMiddle && this.type !== TemplateEnd && !this.atEnd()) this.junk()
        const open = endOf(at) - 2
        at = this.token
        const whole = { start: open, end: this.atEnd() ? value.end : at.startOffset + 1 }
        // Such a text is part of the one around it.
        this.addPiece(node.parts, value.kind === 'Text' ? { ...value, ...whole } : value)
        if (this.atEnd()) break
        this.take()
        // What the layout has closed has no characters.
        if (at.image !== '') this.addPiece(node.parts, piece(at, this.reports))
        if (at.tokenType === TemplateEnd) break
      }
      node.end = this.lastEnd()
    })
    node.end = this.lastEnd()
    return node
  }

  private addPiece(parts: Expression[], found: Expression): void {
    const last = parts[parts.length - 1]
    if (found.kind !== 'Text' || last?.kind !== 'Text') {
      if (found.kind !== 'Text' || found.value !== '') parts.push(found)
    } else if (found.value !== '') {
      last.value += found.value
      last.end = found.end
    }
  }

  /** What belongs to the operand before it; `(` and `[` do on the same line only. */
  protected postfix(operand: Expression, start: number): Expression {
    let node = operand
    for (;;) {
      switch (this.type) {
        case Dot:
          node = this.access(node, start)
          break
        case LParen:
        case ParenIsland:
          if (startsLine(this.token)) return node
          node = this.call(node, start)
          break
        case LBracket:
        case BracketIsland:
          if (startsLine(this.token)) return node
          node = this.index(node, start)
          break
        case Question: {
          if (this.isTernary()) return node
          node = { kind: 'Unwrap', start, end: endOf(this.take()), value: node }
          break
        }
        case withWord: {
          const after = this.ahead(1).tokenType
          if (after !== LBrace && after !== BraceIsland) return node
          this.take()
          const settings: Setting[] = []
          this.settings(settings)
          node = { kind: 'With', start, end: this.lastEnd(), object: node, settings }
          break
        }
        default:
          return node
      }
    }
  }

  /** `c ? a : b`: a question mark with gaps around it and a value behind it. */
  protected isTernary(): boolean {
    const after = this.ahead(1)
    const gap = endOf(this.token) < after.startOffset
    return gap && !this.touches() && canStart(after) && !tailTypes.has(after.tokenType) && !startsLine(after)
  }

  protected access(object: Expression, start: number): Access | TupleAccess {
    this.take()
    if (this.type === Numeral) {
      const token = this.take()
      return { kind: 'TupleAccess', start, end: endOf(token), object, index: this.tupleIndex(token) }
    }
    if (isName(this.token)) {
      const name = this.toName(this.take())
      return { kind: 'Access', start, end: name.end, object, name }
    }
    this.reports.possibly('ExpectedMember', { found: shown(this.token) }, this.next())
    // A word that is none here is passed over, so that what follows it is read.
    if (isReserved(this.token)) this.take()
    return { kind: 'Access', start, end: this.lastEnd(), object, name: this.noName() }
  }

  private call(callee: Expression, start: number): Call {
    const { startOffset } = this.token
    const args: Argument[] = []
    this.arguments(args)
    if (!isPath(callee)) {
      const place = { start: startOffset, end: startOffset + 1 }
      this.reports.possibly('OnlyNamesAreCalled', {}, place)
    }
    return { kind: 'Call', start, end: this.lastEnd(), callee, args }
  }
}

const tailTypes = new Set<TokenType>(['with', 'as', 'catch', 'after', 'undo'].map(keyword))

/** The bracket itself where it was set aside. */
export function firstOf(token: IToken): IToken {
  return Array.isArray(token.payload) ? (token.payload as IToken[])[0]! : token
}

/** Whether a bracket is the first on its line. */
function startsLine(token: IToken): boolean {
  return firstOf(token).payload === true
}

/** Whether only names and dots make up an expression, so that it can be called. */
export function isPath(node: Expression): boolean {
  let at = node
  while (at.kind === 'Access') at = at.object
  return at.kind === 'Reference' || at.kind === 'Missing'
}
