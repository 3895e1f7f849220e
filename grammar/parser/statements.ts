import { childrenOf, type Node } from '../nodes.ts'
import type { Block, Call, Const, Expression, Let, Reference, Statement } from '../nodes.ts'
import { canStart, isName, isSpacedMinus, isTypeWord } from '../layout/classify.ts'
import { cut, placeOf, shown } from '../report.ts'
import {
  BlockIsland,
  BraceIsland,
  Colon,
  Comma,
  Dot,
  endOf,
  EqualEqual,
  Equals,
  FatArrow,
  keyword,
  LBlock,
  LBrace,
  LBracket,
  Less,
  LineEnd,
  LParen,
  Minus,
  Name as NameToken,
  RBrace,
  type IToken,
} from '../tokens.ts'
import type { Rule } from './base.ts'
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
  protected readonly binding: Rule<[Let | Const, word: string], void> = this.rule('binding', (node, word) => {
    const colon = this.OPTION(() => this.CONSUME(Colon))
    let told = false
    const type = this.OPTION1({
      GATE: () => colon !== undefined || (node.name.text !== '' && this.startsType()),
      DEF: () => {
        this.ACTION(() => {
          if (colon) return
          told = true
          this.tellNoColon([node.name], this.LA(1), this.removingOne())
        })
        return this.SUBRULE(this.readType)
      },
    })
    this.ACTION(() => {
      if (!this.isNext(Comma) || word !== 'let' || colon) return
      told = true
      this.reports.possibly('LetOfSeveral', {}, placeOf(this.LA(1)))
    })
    const equals = this.OPTION2(() => this.SUBRULE(this.equals))
    const unmarked = this.ACTION(() => !colon && !type && !equals && node.name.text !== '' && this.startsValue())
    this.ACTION(() => {
      if (unmarked) this.tellNoEquals(this.removingOne())
    })
    const value = this.OPTION3({
      GATE: () => equals !== undefined || (colon !== undefined && !type) || unmarked,
      DEF: () => this.SUBRULE(this.expression),
    })
    this.ACTION(() => {
      if (type) node.type = type
      if (colon && !type) this.tellNoType(colon, equals, value !== undefined)
      else if (!value && equals)
        this.reports.possibly('ExpectedExpression', { after: '`=`', found: shown(this.LA(1)) }, this.next())
      else if (!value && !told && node.name.text !== '')
        this.reports.possibly('LetWithoutValue', { word, name: cut(node.name.text) }, node.name)
      node.value = value ?? this.missing()
      node.end = this.lastEnd()
    })
    this.SUBRULE(this.rest)
  })

  /** Whether a type stands behind a name, which lacks its colon, and no value. */
  private startsType(): boolean {
    const token = this.LA(1)
    if (!isName(token)) return false
    if (isTypeWord(token) && (this.isNext(LBrace, 2) || this.isNext(BraceIsland, 2))) return true
    let at = 2
    while (this.isNext(Dot, at) && isName(this.LA(at + 1))) at += 2
    return this.isNext(Equals, at) || (this.isNext(Less, at) && endOf(this.LA(at - 1)) === this.LA(at).startOffset)
  }

  /** Whether a value stands on the line of the name that lacks the `=` before it. */
  private startsValue(): boolean {
    return canStart(this.LA(1)) && !this.isBroken()
  }

  private tellNoType(colon: IToken, equals: IToken | undefined, value: boolean): void {
    const glued = equals && endOf(colon) === equals.startOffset
    if (glued) {
      const place = { start: colon.startOffset, end: endOf(equals) }
      this.reports.possibly('ColonForEquals', { found: ':=' }, place)
    } else if (!equals && value) this.reports.possibly('ColonForEquals', { found: ':' }, placeOf(colon))
    else {
      const at = { start: endOf(colon), end: endOf(colon) }
      this.reports.possibly('ExpectedType', { after: '`:`', found: equals ? '`=`' : shown(this.LA(1)) }, at)
    }
  }

  /** `=`, or `==` that should be one. */
  protected readonly equals: Rule<[], IToken> = this.rule('equals', () =>
    this.OR([
      { ALT: () => this.CONSUME(Equals) },
      {
        ALT: () => {
          const double = this.CONSUME(EqualEqual)
          this.ACTION(() => this.reports.possibly('DoubleEquals', {}, placeOf(double)))
          return double
        },
      },
    ]),
  )

  // Bodies

  protected readonly block: Rule<[Block, done: () => void], void> = this.rule('block', (node, done) => {
    this.ACTION(() => (node.start = this.LA(1).startOffset))
    this.bracket(BlockIsland, this.statements, node, done)
    this.ACTION(() => (node.end = this.lastEnd()))
  })

  private readonly statements: Rule<[Block, done: () => void], void> = this.rule('statements', (node, done) => {
    this.CONSUME(LBlock)
    this.MANY(() =>
      this.OR([
        { ALT: () => this.CONSUME(LineEnd) },
        {
          ALT: () => {
            this.SUBRULE(this.statement, { ARGS: [node] })
            this.SUBRULE(this.rest)
          },
        },
      ]),
    )
    this.CONSUME(RBrace)
    this.ACTION(() => {
      node.end = this.lastEnd()
      done()
    })
  })

  private readonly statement: Rule<[Block], void> = this.rule('statement', block => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.let, { ARGS: [block] }) },
        { GATE: () => this.startsTestStatement(), ALT: () => this.SUBRULE(this.assert, { ARGS: [block] }) },
        {
          GATE: () => isName(this.LA(2)) || this.isAloneInTest(),
          ALT: () => this.SUBRULE(this.given, { ARGS: [block] }),
        },
        { ALT: () => this.SUBRULE(this.line, { ARGS: [block] }) },
        { ALT: () => this.SUBRULE(this.junk) },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  /** A line behind the last one makes that a statement. */
  private addStatement(node: Block, statement?: Statement): void {
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
    this.addStatement(node)
  }

  /**
   * Gives a block that lacks its value the line that its last `let` took for its own: one that is indented no deeper stood
   * there before what is missing behind the `=`.
   */
  protected takeBack(block: Block): boolean {
    const last = block.statements.at(-1)
    if (last?.kind !== 'Let' || last.value.kind === 'Missing') return false
    const { text } = this.reports
    const { value } = last
    const { start } = this.whole(value)
    const [above, indent] = [indentOf(text, last.start), indentOf(text, start)]
    if (above === undefined || indent === undefined || indent > above) return false
    const named = (last.type ?? last.name).end
    const end = named + text.slice(named, start).indexOf('=') + 1
    if (end === named) return false
    const at = { start: end, end }
    this.reports.possibly('ExpectedExpression', { after: '`=`', found: 'the end of the line' }, at)
    last.value = { kind: 'Missing', ...at }
    last.end = end
    block.value = value
    return true
  }

  private readonly let: Rule<[Block], void> = this.rule('let', block => {
    const word = this.CONSUME(letWord)
    this.ACTION(() => {
      if (this.isNext(LParen) || this.isNext(LBracket) || this.isNext(LBrace))
        this.reports.possibly('LetOfSeveral', {}, placeOf(word))
    })
    const first = this.SUBRULE(this.someName, { ARGS: ['the value'] })
    const second = this.OPTION({
      GATE: () => ['mut', 'var', 'const'].includes(first.text) && this.isNext(NameToken),
      DEF: () => {
        const place = { start: word.startOffset, end: first.end }
        this.ACTION(() => this.reports.possibly('WrongKeyword', { found: `let ${first.text}`, wanted: 'let' }, place))
        return this.SUBRULE1(this.name)
      },
    })
    const node = this.ACTION((): Let => {
      const name = second ?? first
      return { kind: 'Let', start: word.startOffset, end: name.end, name, value: this.missing() }
    })
    this.ACTION(() => this.addStatement(block, node))
    this.SUBRULE(this.binding, { ARGS: [node, 'let'] })
  })

  /** An expression: the result of a body, or a line that only performs. */
  private readonly line: Rule<[Block], void> = this.rule('line', block => {
    const value = this.SUBRULE(this.expression, { ARGS: [true] })
    let equals: IToken | undefined
    const given = this.OPTION(() => {
      equals = this.CONSUME(Equals)
      return this.SUBRULE(this.someExpression)
    })
    this.ACTION(() => {
      if (equals && given && value.kind === 'Reference') return this.addAssignment(block, value, given)
      if (equals) this.reports.possibly('EqualsForCompare', {}, placeOf(equals))
      this.addStatement(block)
      block.value = value
    })
  })

  /** `a = 1`, which lacks its `let`. */
  private addAssignment(block: Block, { start, end, name: text }: Reference, value: Expression): void {
    const again = mentions(value, text)
    const fix = { title: 'Insert `let`', edits: [{ start, end: start, text: 'let ' }] }
    const params = again ? { name: cut(text), again } : { name: cut(text) }
    this.reports.possibly('AssignmentWithoutLet', params, { start, end }, { fixes: again ? [] : [fix] })
    const name = { kind: 'Name', start, end, text } as const
    this.addStatement(block, { kind: 'Let', start, end: value.end, name, value })
  }

  // Tests

  /** Outside of a test `assert(…)` is a call, and `assert - 1` a subtraction. */
  private startsTestStatement(): boolean {
    const next = this.LA(2)
    if (!canStart(next)) return this.isAloneInTest()
    return this.inTest || ![LParen, LBracket, LBrace, Minus].includes(next.tokenType)
  }

  /** Whether the next token is all of a line of a test, which is half written then. */
  private isAloneInTest(): boolean {
    return this.inTest && endsLine(this.LA(2))
  }

  private readonly assert: Rule<[Block], void> = this.rule('assert', block => {
    const word = this.CONSUME(assertWord)
    const fails = this.isFails()
    this.OPTION({ GATE: () => fails, DEF: () => this.CONSUME(failsWord) })
    const value = this.SUBRULE(this.someExpression)
    this.ACTION(() =>
      this.addTest(block, word, { kind: 'Assert', start: word.startOffset, end: this.lastEnd(), fails, value }),
    )
  })

  /** `fails` before what shall fail, though that may not be written yet, or a name. */
  private isFails(): boolean {
    if (!this.isNext(failsWord)) return false
    const next = this.LA(2)
    if (endsLine(next)) return true
    const touches = endOf(this.LA(1)) === next.startOffset
    return canStart(next) && !touches && !this.isInfix(next)
  }

  /** Whether a token that may start a value stands between two here. */
  private isInfix(token: IToken): boolean {
    return isSpacedMinus(token, this.reports.text) || infixWords.has(token.tokenType) || token.tokenType === FatArrow
  }

  private readonly given: Rule<[Block], void> = this.rule('given', block => {
    const word = this.CONSUME(givenWord)
    const found = this.OPTION(() => this.SUBRULE(this.operand)) ?? this.ACTION(() => this.missing())
    const call = this.ACTION((): Call => {
      if (found.kind === 'Call') return found
      this.reports.possibly('GivenWithoutCall', {}, found.kind === 'Missing' ? this.next() : found)
      return { kind: 'Call', start: found.start, end: found.end, callee: found, args: [] }
    })
    this.SUBRULE(this.fatArrow)
    const value = this.SUBRULE(this.someExpression)
    this.ACTION(() =>
      this.addTest(block, word, { kind: 'Given', start: word.startOffset, end: this.lastEnd(), call, value }),
    )
  })

  private addTest(block: Block, word: IToken, statement: Statement): void {
    if (this.inTest) return this.addStatement(block, statement)
    this.reports.possibly('OnlyInTests', { word: word.image }, placeOf(word))
    this.addStatement(block)
  }
}

function endsLine({ tokenType }: IToken): boolean {
  return tokenType === LineEnd || tokenType === RBrace
}

/** How far what starts its line is indented. */
function indentOf(text: string, offset: number): number | undefined {
  let at = offset
  while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--
  return text[at - 1] === '\n' || text[at - 1] === '\r' ? offset - at : undefined
}

/** Whether a name stands in a value. */
function mentions(value: Expression, name: string): boolean {
  const waiting: Node[] = [value]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.kind === 'Reference' && node.name === name) return true
    waiting.push(...childrenOf(node))
  }
  return false
}

const infixWords = new Set(['with', 'as', 'catch', 'after', 'undo'].map(keyword))
