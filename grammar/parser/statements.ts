import type { Block, Call, Const, Expression, Let, Name, Statement, TypeNode } from '../nodes.ts'
import { canStart, isName } from '../layout/classify.ts'
import { cut, placeOf, shown } from '../report.ts'
import {
  BraceIsland,
  Colon,
  Comma,
  endOf,
  EqualEqual,
  Equals,
  FatArrow,
  keyword,
  LBrace,
  LBracket,
  LineEnd,
  LParen,
  Minus,
  Name as NameToken,
  RBrace,
  type IToken,
} from '../tokens.ts'
import { ExpressionParser } from './expressions.ts'

const letWord = keyword('let')
const assertWord = keyword('assert')
const failsWord = keyword('fails')
const givenWord = keyword('given')

/** Bodies of jobs and tests, and what gives names to values in them and outside. */
export abstract class StatementParser extends ExpressionParser {
  /** Whether the item is a test, where `assert` and `given` are words. */
  protected inTest = false

  /** What follows the name of `let` and `const`: a type, and a value. */
  protected binding(node: Let | Const, word: string): void {
    let colon: IToken | undefined
    let type: TypeNode | undefined
    let told = false
    if ((colon = this.takeIf(Colon))) {
      if (this.isTypeNext()) type = this.readType()
    } else if (this.isTypeNext() && node.name.text !== '') {
      told = true
      this.tellNoColon(node.name)
      type = this.readType()
    }
    if (this.type === Comma && word === 'let' && !colon) {
      told = true
      this.reports.possibly('LetOfSeveral', {}, placeOf(this.token))
    }
    const equals = this.equals()
    let value: Expression | undefined
    if ((equals || (colon && !type)) && canStart(this.token)) value = this.expression()
    if (type) node.type = type
    if (colon && !type) this.tellNoType(colon, equals, value !== undefined)
    else if (!value && equals)
      this.reports.possibly('ExpectedExpression', { after: '`=`', found: shown(this.token) }, this.next())
    else if (!value && !told && node.name.text !== '')
      this.reports.possibly('LetWithoutValue', { word, name: cut(node.name.text) }, node.name)
    node.value = value ?? this.missing()
    node.end = this.lastEnd()
    this.rest()
  }

  private tellNoColon(name: Name): void {
    const at = { start: name.end, end: name.end }
    const params = { what: '`:`', after: `\`${cut(name.text)}\``, found: shown(this.token) }
    this.reports.possibly('Expected', params, this.next(), {
      fixes: [{ title: 'Insert `:`', edits: [{ ...at, text: ':' }] }],
    })
  }

  private tellNoType(colon: IToken, equals: IToken | undefined, value: boolean): void {
    const glued = equals && endOf(colon) === equals.startOffset
    if (glued) {
      const place = { start: colon.startOffset, end: endOf(equals) }
      this.reports.possibly('ColonForEquals', { found: ':=' }, place)
    } else if (!equals && value) this.reports.possibly('ColonForEquals', { found: ':' }, placeOf(colon))
    else {
      const at = { start: endOf(colon), end: endOf(colon) }
      this.reports.possibly('ExpectedType', { after: '`:`', found: equals ? '`=`' : shown(this.token) }, at)
    }
  }

  /** `=`, or `==` that should be one. */
  protected equals(): IToken | undefined {
    const double = this.takeIf(EqualEqual)
    if (double) this.reports.possibly('DoubleEquals', {}, placeOf(double))
    return double ?? this.takeIf(Equals)
  }

  // Bodies

  protected block(node: Block, done?: () => void): void {
    node.start = this.token.startOffset
    this.bracket(BraceIsland, () => {
      this.take()
      this.statements(node)
      this.takeIf(RBrace)
      node.end = this.lastEnd()
      done?.()
    })
    node.end = this.lastEnd()
  }

  private statements(node: Block): void {
    while (this.type !== RBrace && !this.atEnd()) {
      if (this.takeIf(LineEnd)) continue
      const { token, type } = this
      const next = this.ahead(1)
      if (type === letWord) this.let(node)
      else if (type === assertWord && this.startsTestStatement(next)) this.assert(node)
      else if (type === givenWord && isName(next)) this.given(node)
      else if (canStart(token)) this.line(node)
      else this.junk()
      this.rest()
    }
  }

  /** A line behind the last one makes that a statement. */
  private add(node: Block, statement?: Statement): void {
    const { value } = node
    if (value) {
      const { start, end } = this.whole(value)
      node.statements.push({ kind: 'Perform', start, end, value })
      delete node.value
    }
    if (statement) node.statements.push(statement)
  }

  /** The last line of a test has no value either. */
  protected withoutValue(node: Block): void {
    this.add(node)
  }

  private let(block: Block): void {
    const word = this.take()
    if (this.type === LParen || this.type === LBracket || this.type === LBrace)
      this.reports.possibly('LetOfSeveral', {}, placeOf(word))
    let name = this.someName('the value')
    if (['mut', 'var', 'const'].includes(name.text) && this.type === NameToken) {
      const place = { start: word.startOffset, end: name.end }
      this.reports.possibly('WrongKeyword', { found: `let ${name.text}`, wanted: 'let' }, place)
      name = this.name()
    }
    const node: Let = { kind: 'Let', start: word.startOffset, end: name.end, name, value: this.missing() }
    this.add(block, node)
    this.binding(node, 'let')
  }

  /** An expression: the result of a body, or a line that only performs. */
  private line(block: Block): void {
    const value = this.expression(true)
    const equals = this.takeIf(Equals)
    if (!equals) {
      this.add(block)
      block.value = value
      return
    }
    const given = this.someExpression()
    if (value.kind !== 'Reference') {
      this.reports.possibly('EqualsForCompare', {}, placeOf(equals))
      this.add(block)
      block.value = value
      return
    }
    const fix = { title: 'Insert `let`', edits: [{ start: value.start, end: value.start, text: 'let ' }] }
    this.reports.possibly('AssignmentWithoutLet', { name: cut(value.name) }, value, { fixes: [fix] })
    const name = { kind: 'Name', start: value.start, end: value.end, text: value.name } as const
    this.add(block, { kind: 'Let', start: value.start, end: given.end, name, value: given })
  }

  // Tests

  /** Outside of a test `assert(…)` is a call, and `assert - 1` a subtraction. */
  private startsTestStatement(next: IToken): boolean {
    const { tokenType } = next
    if (!canStart(next)) return this.inTest && (tokenType === LineEnd || tokenType === RBrace)
    return this.inTest || ![LParen, LBracket, LBrace, Minus].includes(tokenType)
  }

  private assert(block: Block): void {
    const word = this.take()
    const fails = this.isFails()
    if (fails) this.take()
    const value = this.someExpression()
    this.addTest(block, word, { kind: 'Assert', start: word.startOffset, end: this.lastEnd(), fails, value })
  }

  /** `fails` before what shall fail, or a name. */
  private isFails(): boolean {
    if (this.type !== failsWord) return false
    const next = this.ahead(1)
    const touches = endOf(this.token) === next.startOffset
    return canStart(next) && !touches && !isInfix(next)
  }

  private given(block: Block): void {
    const word = this.take()
    const found = this.operand()
    const call: Call =
      found.kind === 'Call' ? found : { kind: 'Call', start: found.start, end: found.end, callee: found, args: [] }
    if (found.kind !== 'Call') this.reports.possibly('GivenWithoutCall', {}, found)
    this.fatArrow()
    const value = this.someExpression()
    this.addTest(block, word, { kind: 'Given', start: word.startOffset, end: this.lastEnd(), call, value })
  }

  private addTest(block: Block, word: IToken, statement: Statement): void {
    if (this.inTest) return this.add(block, statement)
    this.reports.possibly('OnlyInTests', { word: word.image }, placeOf(word))
    this.add(block)
  }
}

const infixWords = new Set(['with', 'as', 'catch', 'after', 'undo'].map(keyword))

/** Whether a token that may start a value stands between two here. */
function isInfix(token: IToken): boolean {
  return infixWords.has(token.tokenType) || token.tokenType === FatArrow || token.image === '-'
}
