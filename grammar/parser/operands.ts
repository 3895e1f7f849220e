import type { IOrAlt } from 'chevrotain'
import type { Access, Argument, Call, Expression, Setting, Template, Text as TextNode, TupleAccess } from '../nodes.ts'
import { bytes, char, cid, numeral, piece, text } from '../literals.ts'
import { canStart, isName, isTail } from '../layout/classify.ts'
import { placeOf, shown, type Reports } from '../report.ts'
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
  Name as NameToken,
  Numeral,
  ParenIsland,
  Question,
  Reserved,
  TemplateEnd,
  TemplateIsland,
  TemplateMiddle,
  TemplateStart,
  Text,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { BracketParser } from './brackets.ts'

const embedWord = keyword('embed')
const withWord = keyword('with')
const trueWord = keyword('true')
const falseWord = keyword('false')

/** Expressions without operators: a literal, a name, a bracket, and what follows it without a gap. */
export abstract class OperandParser extends BracketParser {
  /** An operand that is no word of a construct, with what follows it. */
  protected readonly operand: Rule<[], Expression> = this.rule('operand', () => {
    const { startOffset } = this.LA(1)
    return this.postfix(this.OR((this.operands ??= this.makeOperands())), startOffset)
  })

  /** The alternatives of an operand; made once, because it is what is parsed most. */
  private operands: IOrAlt<Expression>[] | undefined

  private makeOperands(): IOrAlt<Expression>[] {
    return [
      { ALT: () => this.nameOrEmbed() },
      { ALT: () => this.literal(this.CONSUME(Numeral), (token, reports) => numeral(token, reports, this.wanted)) },
      { ALT: () => this.literal(this.CONSUME(Text), text) },
      { ALT: () => this.literal(this.CONSUME(BentText), text) },
      { ALT: () => this.SUBRULE(this.template) },
      { ALT: () => this.literal(this.CONSUME(BytesText), bytes) },
      { ALT: () => this.literal(this.CONSUME(CidText), cid) },
      { ALT: () => this.literal(this.CONSUME(Char), char) },
      { ALT: () => this.bool(this.CONSUME(trueWord), true) },
      { ALT: () => this.bool(this.CONSUME(falseWord), false) },
      { ALT: () => this.SUBRULE(this.parentheses) },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.braces) },
      { ALT: () => this.SUBRULE(this.blockValue) },
    ]
  }

  /** Takes the names behind dots that follow an operand, as {@link access} does. To be called in an `ACTION`. */
  private namesBehind(operand: Expression, start: number): Expression {
    let node = operand
    while (this.isNext(Dot) && isName(this.LA(2))) {
      this.CONSUME(Dot)
      const name = this.toName(this.CONSUME(NameToken))
      node = { kind: 'Access', start, end: name.end, object: node, name }
    }
    return node
  }

  private literal(token: IToken, read: (token: IToken, reports: Reports) => Expression): Expression {
    return this.ACTION(() => read(token, this.reports))
  }

  private bool(token: IToken, value: boolean): Expression {
    return { kind: 'BoolLiteral', ...placeOf(token), value }
  }

  /** A body where a value is wanted. */
  protected abstract readonly blockValue: Rule<[], Expression>

  /** `embed "./x"`, or a name. */
  private nameOrEmbed(): Expression {
    const word = this.CONSUME(NameToken)
    const path = this.OPTION({
      GATE: () => word.tokenType === embedWord,
      DEF: () => this.SUBRULE(this.plainText),
    })
    this.ACTION(() => {
      if (word.tokenType === embedWord && !path) this.tellNoPath()
    })
    return path && word.tokenType === embedWord
      ? { kind: 'Embed', start: word.startOffset, end: path.end, path }
      : { kind: 'Reference', ...placeOf(word), name: word.image }
  }

  /** `embed f`, where `embed` can be no name. */
  private tellNoPath(): void {
    const next = this.LA(1)
    if ((!isName(next) && next.tokenType !== Char) || isTail(next) || this.touches()) return
    this.tellMissing('The path of the file in quotes')
  }

  private readonly text: Rule<[], TextNode> = this.rule('text', () => {
    const token = this.OR([{ ALT: () => this.CONSUME(Text) }, { ALT: () => this.CONSUME(BentText) }])
    return this.ACTION(() => text(token, this.reports))
  })

  /** A text that is known when the file is read. */
  protected readonly plainText: Rule<[], TextNode> = this.rule('plainText', () =>
    this.OR([
      { ALT: () => this.SUBRULE(this.text) },
      {
        ALT: (): TextNode => {
          const node = this.SUBRULE(this.template)
          this.ACTION(() => this.reports.possibly('PlainText', {}, node))
          return { kind: 'Text', start: node.start, end: node.end, value: '' }
        },
      },
    ]),
  )

  /** `"a ${b} c"`. */
  private readonly template: Rule<[], Template> = this.rule('template', () => {
    const { startOffset: start } = this.LA(1)
    const node: Template = { kind: 'Template', start, end: start, parts: [] }
    this.bracket(TemplateIsland, this.pieces, node)
    node.end = this.lastEnd()
    return node
  })

  private readonly pieces: Rule<[Template], void> = this.rule('pieces', node => {
    const start = this.CONSUME(TemplateStart)
    this.ACTION(() => addPiece(node, piece(start, this.reports)))
    this.SUBRULE(this.hole, { ARGS: [node] })
    this.MANY(() => {
      const middle = this.CONSUME(TemplateMiddle)
      this.ACTION(() => addPiece(node, piece(middle, this.reports)))
      this.SUBRULE1(this.hole, { ARGS: [node] })
    })
    const end = this.CONSUME(TemplateEnd)
    this.ACTION(() => {
      // What the layout has closed has no characters.
      if (end.image !== '') addPiece(node, piece(end, this.reports))
      node.end = this.lastEnd()
    })
  })

  /** What stands between `${` and `}`. */
  private readonly hole: Rule<[Template], void> = this.rule('hole', node => {
    const value = this.SUBRULE(this.someExpression)
    this.MANY({ GATE: () => !this.isNext(TemplateMiddle), DEF: () => this.SUBRULE(this.junk) })
    this.ACTION(() => node.parts.push(value))
  })

  /**
   * What belongs to the operand before it; `(` and `[` do on the same line only. It takes the place 6 of a rule.
   *
   * @param wanted whether it is to be read at all
   */
  protected postfix(operand: Expression, start: number, wanted?: () => boolean): Expression {
    let node = (wanted ? undefined : this.ACTION(() => this.namesBehind(operand, start))) ?? operand
    this.many(6, {
      GATE: () => this.continuesOperand() && (wanted === undefined || wanted()),
      DEF: () => {
        node = this.or(6, [
          { ALT: () => this.subrule(1, this.access, { ARGS: [node, start] }) },
          { ALT: () => this.subrule(2, this.call, { ARGS: [node, start] }) },
          { ALT: () => this.subrule(3, this.index, { ARGS: [node, start] }) },
          { ALT: (): Expression => ({ kind: 'Unwrap', start, end: endOf(this.consume(6, Question)), value: node }) },
          { ALT: () => this.subrule(4, this.with, { ARGS: [node, start] }) },
        ])
      },
    })
    return node
  }

  private continuesOperand(): boolean {
    const token = this.LA(1)
    switch (token.tokenType) {
      case LParen:
      case ParenIsland:
      case LBracket:
      case BracketIsland:
        return !startsLine(token)
      case Question:
        return !this.isTernary()
      case withWord:
        return this.isNext(LBrace, 2) || this.isNext(BraceIsland, 2)
      default:
        return true
    }
  }

  /** `c ? a : b`: a question mark with gaps around it and a value behind it. */
  private isTernary(): boolean {
    const after = this.LA(2)
    const gap = endOf(this.LA(1)) < after.startOffset
    return gap && !this.touches() && canStart(after) && !tailTypes.has(after.tokenType) && !startsLine(after)
  }

  protected readonly access: Rule<[object: Expression, start: number], Access | TupleAccess> = this.rule(
    'access',
    (object, start): Access | TupleAccess => {
      this.CONSUME(Dot)
      return this.OR([
        {
          ALT: (): TupleAccess => {
            const token = this.CONSUME(Numeral)
            const index = this.ACTION(() => this.tupleIndex(token))
            return { kind: 'TupleAccess', start, end: endOf(token), object, index }
          },
        },
        {
          ALT: (): Access => {
            const name = this.toName(this.CONSUME(NameToken))
            return { kind: 'Access', start, end: name.end, object, name }
          },
        },
        {
          ALT: (): Access => {
            this.ACTION(() => this.reports.possibly('ExpectedMember', { found: shown(this.LA(1)) }, this.next()))
            // A word that is none here is passed over, so that what follows it is read.
            this.OPTION(() => this.CONSUME(Reserved))
            return { kind: 'Access', start, end: this.lastEnd(), object, name: this.noName() }
          },
        },
      ])
    },
  )

  private readonly call: Rule<[callee: Expression, start: number], Call> = this.rule('call', (callee, start) => {
    const open = this.opening()
    const args: Argument[] = []
    this.SUBRULE(this.arguments, { ARGS: [args] })
    this.ACTION(() => {
      if (!isPath(callee)) this.reports.possibly('OnlyNamesAreCalled', {}, open)
    })
    return { kind: 'Call', start, end: this.lastEnd(), callee, args }
  })

  private readonly with: Rule<[object: Expression, start: number], Expression> = this.rule('with', (object, start) => {
    this.CONSUME(withWord)
    const settings: Setting[] = []
    this.SUBRULE(this.settings, { ARGS: [settings] })
    return { kind: 'With', start, end: this.lastEnd(), object, settings }
  })
}

const tailTypes = new Set<TokenType>(['with', 'as', 'catch', 'after', 'undo'].map(keyword))

/** Whether a bracket is the first on its line. */
function startsLine(token: IToken): boolean {
  const open = Array.isArray(token.payload) ? (token.payload as IToken[])[0]! : token
  return open.payload === true
}

/** Whether only names and dots make up an expression, so that it can be called. */
export function isPath(node: Expression): boolean {
  let at = node
  while (at.kind === 'Access') at = at.object
  return at.kind === 'Reference' || at.kind === 'Missing'
}

/** What stands between the quotes and holes of a text, where that is something. */
function addPiece({ parts }: Template, found: TextNode): void {
  if (found.value !== '') parts.push(found)
}
