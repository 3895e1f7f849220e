import type { IOrAlt } from 'chevrotain'
import type { Access, Call, Expression, Index, TupleAccess, With } from '../nodes.ts'
import { keywordByText } from '../keywords.ts'
import { bytes, char, cid, numeral, text } from '../literals.ts'
import { cut, placeOf, shown } from '../report.ts'
import { canEnd, isName, isOperator } from '../layout/classify.ts'
import {
  Bang,
  BentText,
  BraceIsland,
  BracketIsland,
  BytesText,
  Char,
  CidText,
  Dot,
  endOf,
  Equals,
  Greater,
  Hole,
  keyword,
  LBrace,
  Minus,
  Name as NameToken,
  Numeral,
  Operator,
  ParenIsland,
  Text,
  type IToken,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { BracketParser } from './brackets.ts'

const embedWord = keyword('embed')
const withWord = keyword('with')
const startsTail = new Set(['as', 'catch', 'after', 'undo'].map(keyword))
/** Words before an operand; they may be names too, so that only what follows tells. */
const takesOperand = new Set(['reduce', 'fold', 'assert'])
const takesMore = new Set(['reduce', 'fold'])

/** Values: literals, access, calls, limits. */
export abstract class ExpressionParser extends BracketParser {
  /** An expression; called only where one starts. */
  protected readonly expression: Rule<[], Expression> = this.RULE(
    'expression',
    () => {
      const node = this.SUBRULE(this.operand)
      this.OPTION({ GATE: () => this.isLater(node), DEF: () => this.SUBRULE(this.later, { ARGS: [node] }) })
      return node
    },
    { recoveryValueFunc: () => this.missing() },
  )

  /** The alternatives of `operand`; made once, because it is what is parsed most. */
  private operands: IOrAlt<Expression>[] | undefined

  /** An expression without operators: a literal, a name, a bracket, and what follows it without a gap. */
  protected readonly operand: Rule<[], Expression> = this.RULE('operand', () => {
    const start = this.LA(1).startOffset
    let node: Expression = this.OR(
      (this.operands ??= [
        { ALT: () => this.nameOrEmbed() },
        { ALT: () => this.literal(this.CONSUME(Numeral), (token, reports) => numeral(token, reports, this.wanted)) },
        { ALT: () => this.literal(this.CONSUME(Text), text) },
        { ALT: () => this.literal(this.CONSUME(BentText), text) },
        { ALT: () => this.literal(this.CONSUME(BytesText), bytes) },
        { ALT: () => this.literal(this.CONSUME(CidText), cid) },
        { ALT: () => this.literal(this.CONSUME(Char), char) },
        { ALT: () => this.bool(this.CONSUME(keyword('true')), true) },
        { ALT: () => this.bool(this.CONSUME(keyword('false')), false) },
        { ALT: () => this.SUBRULE(this.parentheses) },
        { ALT: () => this.SUBRULE(this.list) },
        { ALT: () => this.SUBRULE(this.braces) },
        { ALT: () => this.hole(this.CONSUME(Hole)) },
        { ALT: () => this.SUBRULE(this.negation) },
      ]),
    )
    this.MANY({
      GATE: () => this.continues(),
      DEF: () => {
        node = this.OR1([
          { ALT: () => this.access(node, start) },
          { ALT: () => this.call(node, start) },
          { ALT: () => this.index(node, start) },
          { ALT: () => this.withSettings(node, start) },
        ])
      },
    })
    return node
  })

  private nameOrEmbed(): Expression {
    const name = this.CONSUME(NameToken)
    let path: IToken | undefined
    this.OPTION({
      GATE: () => name.tokenType === embedWord,
      DEF: () => {
        path = this.CONSUME1(Text)
      },
    })
    return this.ACTION(() =>
      path
        ? { kind: 'Embed', start: name.startOffset, end: endOf(path), path: text(path, this.reports) }
        : { kind: 'Reference', ...placeOf(name), name: name.image },
    )
  }

  private literal(token: IToken, read: (token: IToken, reports: typeof this.reports) => Expression): Expression {
    return this.ACTION(() => read(token, this.reports))
  }

  private bool(token: IToken, value: boolean): Expression {
    return { kind: 'BoolLiteral', start: token.startOffset, end: endOf(token), value }
  }

  private hole(token: IToken): Expression {
    return { kind: 'Missing', start: token.startOffset, end: endOf(token) }
  }

  // What follows an operand

  /** Whether the next token belongs to the operand before it; `(` and `[` do on the same line only. */
  private continues(): boolean {
    const token = this.LA(1)
    const type = token.tokenType
    if (type === withWord) return this.isNext(LBrace, 2) || this.isNext(BraceIsland, 2)
    const bracket = type === ParenIsland || type === BracketIsland ? (token.payload as IToken[])[0]! : token
    return bracket.payload !== true
  }

  private access(object: Expression, start: number): Expression {
    this.CONSUME(Dot)
    let node: Access | TupleAccess | undefined
    this.OPTION1(() => {
      node = this.OR2([
        {
          ALT: (): Access => {
            const name = this.toName(this.CONSUME1(NameToken))
            return { kind: 'Access', start, end: name.end, object, name }
          },
        },
        {
          ALT: (): TupleAccess => {
            const token = this.CONSUME1(Numeral)
            const index = this.ACTION(() => this.tupleIndex(token))
            return { kind: 'TupleAccess', start, end: endOf(token), object, index }
          },
        },
      ])
    })
    return this.ACTION(() => {
      if (node) return node
      const end = this.lastEnd()
      this.reports.possibly('ExpectedMember', { found: shown(this.LA(1)) }, this.next())
      return { kind: 'Access', start, end, object, name: { kind: 'Name', start: end, end, text: '' } }
    })
  }

  private tupleIndex(token: IToken): number {
    if (/^\d{1,9}$/.test(token.image)) return Number(token.image)
    const params = { text: cut(token.image), reason: 'after a dot stands a whole number in decimal digits' }
    this.reports.certainly('BadNumber', params, placeOf(token))
    return 0
  }

  private call(callee: Expression, start: number): Expression {
    const open = this.LA(1)
    const args = this.SUBRULE(this.arguments)
    this.ACTION(() => {
      if (isPath(callee)) return
      const place = { start: open.startOffset, end: open.startOffset + 1 }
      this.reports.possibly('OnlyNamesAreCalled', {}, place)
    })
    const node: Call = { kind: 'Call', start, end: this.lastEnd(), callee, args }
    return node
  }

  private index(object: Expression, start: number): Expression {
    const index = this.SUBRULE(this.subscript)
    const node: Index = { kind: 'Index', start, end: this.lastEnd(), object, index }
    return node
  }

  private withSettings(object: Expression, start: number): Expression {
    this.CONSUME(withWord)
    const settings = this.SUBRULE(this.settings)
    const node: With = { kind: 'With', start, end: this.lastEnd(), object, settings }
    return node
  }

  // Brackets

  // What later parts of the language have

  private isLater(node: Expression): boolean {
    const token = this.LA(1)
    const type = token.tokenType
    if (type === Equals) return this.touches() && (this.isNext(Equals, 2) || this.isNext(Greater, 2))
    if (startsTail.has(type)) return true
    // `reduce [1] with f` and `fold (xs) from 0` look like an index and a call at first.
    const more = type === keyword('from') || (type === withWord && !this.isNext(LBrace, 2))
    if (more && takesMore.has(headOf(node))) return true
    if (isName(token)) return this.takesOperand(node) && endOf(token) > node.end
    return (this.takesOperand(node) && (canEnd(token) || type === Bang)) || isOperator(token)
  }

  private takesOperand(node: Expression): boolean {
    return node.kind === 'Reference' && takesOperand.has(node.name) && node.end === this.lastEnd()
  }

  /** `!a`, `-a`. */
  private readonly negation: Rule<[], Expression> = this.RULE('negation', (): Expression => {
    const first = this.LA(1)
    this.ACTION(() => this.tellLater())
    this.AT_LEAST_ONE(() => this.OR([{ ALT: () => this.CONSUME(Bang) }, { ALT: () => this.CONSUME(Minus) }]))
    this.OPTION(() => this.SUBRULE(this.operand))
    return { kind: 'Missing', start: first.startOffset, end: this.lastEnd() }
  })

  /** An operator and all that follows it, up to a comma, a line end or a closing bracket. */
  private readonly later: Rule<[Expression], void> = this.RULE('later', (before: Expression) => {
    this.ACTION(() => this.tellLater(before))
    const start = this.LA(1).startOffset
    this.AT_LEAST_ONE(() =>
      this.OR({
        DEF: [
          // Before the operand, which could start with one: `1 - 2` is told once.
          { ALT: () => this.CONSUME(Operator) },
          { ALT: () => this.SUBRULE(this.operand) },
          { ALT: () => this.CONSUME(Equals) },
        ],
        IGNORE_AMBIGUITIES: true,
      }),
    )
    // What is missing was told of where it starts, as `!` is in `!a && b`.
    this.ACTION(() => this.reports.cover(before.kind === 'Missing' ? before.start : start, this.lastEnd()))
  })

  private tellLater(node?: Expression): void {
    const token = this.LA(1)
    const later = keywordByText.get(token.image)?.later
    const head = node ? headOf(node) : ''
    if (later !== undefined) this.reports.certainly('Unsupported', { construct: later }, placeOf(token))
    else if (node && takesOperand.has(head) && (isName(token) || canEnd(token) || token.tokenType === Bang)) {
      const place = { start: node.start, end: node.start + head.length }
      this.reports.certainly('Unsupported', { construct: `\`${head}\`` }, place)
    } else {
      const two = this.touches() ? token.image + this.LA(2).image : token.image
      const sign = signs.has(two) ? two : token.image
      const place = { start: token.startOffset, end: token.startOffset + sign.length }
      const construct = sign === '=>' ? 'functions with `=>`' : `the operator \`${sign}\``
      this.reports.certainly('Unsupported', { construct }, place)
    }
  }
}

/** The name that a chain of accesses, calls and indexes starts with. */
function headOf(node: Expression): string {
  let at = node
  for (;;) {
    if (at.kind === 'Access' || at.kind === 'TupleAccess' || at.kind === 'Index') at = at.object
    else if (at.kind === 'Call') at = at.callee
    else return at.kind === 'Reference' ? at.name : ''
  }
}

const signs = new Set(['==', '!=', '<=', '>=', '=>', '&&', '||'])

/** Whether only names and dots make up an expression, so that it can be called. */
function isPath(node: Expression): boolean {
  let at = node
  while (at.kind === 'Access') at = at.object
  return at.kind === 'Reference' || at.kind === 'Missing'
}
