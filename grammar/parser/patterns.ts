import type { Arm, CasePattern, Expression, LiteralPattern, Name, Pattern } from '../nodes.ts'
import { char, numeral } from '../literals.ts'
import { canStart, isName, isReserved } from '../layout/classify.ts'
import { placeOf, shown } from '../report.ts'
import {
  Arrow,
  BraceIsland,
  Char,
  Colon,
  Comma,
  Dot,
  endOf,
  Equals,
  FatArrow,
  keyword,
  LineEnd,
  LParen,
  Numeral,
  ParenIsland,
  RBrace,
  RParen,
  type IToken,
} from '../tokens.ts'
import { OperandParser } from './operands.ts'

const trueWord = keyword('true')
const falseWord = keyword('false')
const ifWord = keyword('if')

/** The arms of a `match`. */
export abstract class PatternParser extends OperandParser {
  protected arms(arms: Arm[]): void {
    this.bracket(BraceIsland, () => {
      this.take()
      this.lineSeparated(
        RBrace,
        () => this.isPatternNext(),
        () => arms.push(this.arm()),
      )
    })
  }

  private isPatternNext(): boolean {
    return this.startsExpression() || isReserved(this.token)
  }

  private arm(): Arm {
    const { startOffset: start } = this.token
    if (this.token.image === 'case' && isName(this.token)) this.case()
    const pattern = this.pattern()
    this.fatArrow()
    const value: Expression = this.someExpression()
    return { kind: 'Arm', start, end: Math.max(this.lastEnd(), value.end), pattern, value }
  }

  /** `case some(x)`, as other languages have it. */
  private case(): void {
    const next = this.ahead(1)
    const touches = endOf(this.token) === next.startOffset
    if (touches || !(canStart(next) || isReserved(next))) return
    this.reports.possibly('SurplusCase', { word: 'case' }, placeOf(this.take()))
  }

  private pattern(): Pattern {
    const { token, type } = this
    const place = placeOf(token)
    if (type === trueWord || type === falseWord) {
      this.take()
      return { kind: 'LiteralPattern', ...place, value: { kind: 'BoolLiteral', ...place, value: type === trueWord } }
    }
    if (type === Numeral || type === Char || this.isTextNext()) return this.literalPattern()
    if (isName(token) || isReserved(token)) return this.casePattern()
    this.reports.possibly('BadPattern', { found: shown(token) }, place)
    this.skipPattern()
    return { kind: 'LiteralPattern', start: place.start, end: this.lastEnd(), value: this.missing() }
  }

  private literalPattern(): LiteralPattern {
    const { token, type } = this
    if (this.isTextNext()) {
      const value = this.plainText()
      return { kind: 'LiteralPattern', start: value.start, end: value.end, value }
    }
    const found = type === Char ? char(this.take(), this.reports) : numeral(this.take(), this.reports)
    const place = placeOf(token)
    if (found.kind === 'NumberLiteral' || found.kind === 'CharLiteral' || found.kind === 'Missing')
      return { kind: 'LiteralPattern', ...place, value: found }
    this.reports.possibly('BadPattern', { found: shown(token) }, place)
    return { kind: 'LiteralPattern', ...place, value: { kind: 'Missing', ...place } }
  }

  private casePattern(): Pattern {
    const first = this.name()
    const { start } = first
    if (first.text === '_' && this.type !== Dot && this.type !== LParen)
      return { kind: 'RestPattern', start, end: first.end }
    const isColon = this.type === Colon || this.type === Arrow
    if ((first.text === 'default' && isColon) || (first.text === 'else' && (isColon || this.type === FatArrow))) {
      this.reports.possibly('SurplusCase', { word: first.text }, first)
      return { kind: 'RestPattern', start, end: first.end }
    }
    const path: Name[] = [first]
    while (this.takeIf(Dot)) path.push(this.isNameNext() ? this.toName(this.take()) : this.someName('a case'))
    const node: CasePattern = { kind: 'CasePattern', start, end: 0, path }
    if (this.type === LParen || this.type === ParenIsland) this.payloadName(node)
    node.end = this.lastEnd()
    return node
  }

  /** `(x)` behind a case. */
  private payloadName(node: CasePattern): void {
    const open = this.token
    // Deep in others a parenthesis and what is in it are one token.
    const inside = this.type === ParenIsland ? (open.payload as IToken[]) : undefined
    const [, name, close] = inside ?? [open, this.ahead(1), this.ahead(2)]
    if (name && isName(name) && close?.tokenType === RParen) {
      for (let left = inside ? 1 : 3; left > 0; left--) this.take()
      node.payload = this.toName(name)
      return
    }
    this.reports.possibly('NestedPattern', {}, placeOf(open))
    this.skip()
    node.payload = { kind: 'Name', start: open.startOffset, end: this.lastEnd(), text: '' }
  }

  /** Passes over what was told, up to the arrow. */
  private skipPattern(): void {
    const ends = [FatArrow, Arrow, Comma, LineEnd, RBrace]
    do this.skip()
    while (!ends.includes(this.type) && !this.atEnd())
  }

  /** `=>`; another sign in its place is told. */
  protected fatArrow(): void {
    if (this.takeIf(FatArrow)) return
    const { token, type } = this
    if (type === Arrow || type === Colon || type === Equals) {
      this.take()
      this.reports.possibly('WrongArrow', { found: token.image }, placeOf(token))
      return
    }
    if (type === ifWord) {
      this.reports.possibly('Guard', {}, placeOf(token))
      this.skipPattern()
      this.takeIf(FatArrow)
      return
    }
    this.tellMissing('`=>`')
  }
}
