import type { Block, Const, Job, Let, Name, TypeNode } from '../nodes.ts'
import { cut, placeOf, shown } from '../report.ts'
import {
  Colon,
  Comma,
  endOf,
  Equals,
  keyword,
  LBrace,
  LBracket,
  LineEnd,
  LParen,
  Name as NameToken,
  RBrace,
  type IToken,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { ExpressionParser } from './expressions.ts'

/** Bodies of jobs, and what gives names to values in them and outside. */
export abstract class StatementParser extends ExpressionParser {
  /** What follows the name of `let` and `const`: a type, and a value. */
  protected readonly binding: Rule<[Let | Const, string], void> = this.RULE(
    'binding',
    (node: Let | Const, word: string) => {
      let colon: IToken | undefined
      let type: TypeNode | undefined
      let equals: IToken | undefined
      let value = false
      let told = false
      this.OPTION(() => {
        colon = this.CONSUME1(Colon)
        this.OPTION1(() => {
          type = this.SUBRULE(this.type)
        })
      })
      this.OPTION4({
        GATE: () => colon === undefined && node.name.text !== '',
        DEF: () => {
          this.ACTION(() => {
            told = true
            this.tellNoColon(node.name)
          })
          type = this.SUBRULE1(this.type)
        },
      })
      this.ACTION(() => {
        if (!this.isNext(Comma) || word !== 'let' || colon) return
        told = true
        this.reports.possibly('LetOfSeveral', {}, placeOf(this.LA(1)))
      })
      this.OPTION2(() => {
        equals = this.equals()
      })
      this.OPTION3({
        GATE: () => equals !== undefined || (colon !== undefined && type === undefined),
        DEF: () => {
          const found = this.SUBRULE(this.expression)
          value = true
          this.ACTION(() => (node.value = found))
        },
      })
      this.ACTION(() => {
        if (type) node.type = type
        if (colon && !type) this.tellNoType(colon, equals, value)
        else if (!value && equals) {
          const params = { after: '`=`', found: shown(this.LA(1)) }
          this.reports.possibly('ExpectedExpression', params, this.next())
        } else if (!value && !told && node.name.text !== '')
          this.reports.possibly('LetWithoutValue', { word, name: cut(node.name.text) }, node.name)
        if (!value) node.value = this.missing()
        node.end = this.lastEnd()
      })
      this.SUBRULE(this.rest)
    },
  )

  private tellNoColon(name: Name): void {
    const at = { start: name.end, end: name.end }
    const params = { what: '`:`', after: `\`${cut(name.text)}\``, found: shown(this.LA(1)) }
    this.reports.possibly('Expected', params, this.next(), {
      fixes: [{ title: 'Insert `:`', edits: [{ ...at, text: ':' }] }],
    })
  }

  /** `let (a, b) = …`. */
  private tellPattern(word: IToken): void {
    const { tokenType } = this.LA(1)
    if (tokenType !== LParen && tokenType !== LBracket && tokenType !== LBrace) return
    this.reports.possibly('LetOfSeveral', {}, { start: word.startOffset, end: endOf(word) })
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
  protected equals(): IToken {
    const first = this.CONSUME(Equals)
    this.OPTION9({
      GATE: () => endOf(first) === this.LA(1).startOffset,
      DEF: () => {
        this.CONSUME9(Equals)
        this.ACTION(() => {
          const place = { start: first.startOffset, end: first.startOffset + 2 }
          this.reports.possibly('DoubleEquals', {}, place)
        })
      },
    })
    return first
  }

  protected tellMissing(what: string): void {
    const params = { what, after: shown(this.LA(0)), found: shown(this.LA(1)) }
    this.reports.possibly('Expected', params, this.next())
  }

  protected readonly block: Rule<[Job], void> = this.RULE('block', (job: Job) => {
    const open = this.CONSUME(LBrace)
    const node = this.ACTION(() => job.body)
    this.MANY(() =>
      this.OR({
        DEF: [
          { ALT: () => this.SUBRULE(this.let, { ARGS: [node] }) },
          { ALT: () => this.SUBRULE(this.lastLine, { ARGS: [node] }) },
          { ALT: () => this.CONSUME(LineEnd) },
          { ALT: () => this.SUBRULE(this.junk) },
        ],
        IGNORE_AMBIGUITIES: true,
      }),
    )
    const close = this.CONSUME(RBrace)
    this.ACTION(() => {
      node.start = open.startOffset
      node.end = endOf(close)
      if (node.value) return
      const last = node.lets[node.lets.length - 1]
      const related = last ? [{ message: 'the last statement is a `let`', at: last }] : []
      this.reports.possibly('MissingResult', { job: cut(job.name.text) || 'job' }, placeOf(close), { related })
    })
  })

  private readonly let: Rule<[Block], void> = this.RULE('let', (block: Block) => {
    const word = this.CONSUME(keyword('let'))
    this.ACTION(() => !this.isNext(NameToken) && this.tellPattern(word))
    let name = this.SUBRULE(this.someName, { ARGS: ['the value'] })
    this.OPTION({
      GATE: () => name.text === 'mut' || name.text === 'var' || name.text === 'const',
      DEF: () => {
        const place = { start: word.startOffset, end: name.end }
        const actual = this.toName(this.CONSUME(NameToken))
        this.ACTION(() => this.reports.possibly('WrongKeyword', { found: `let ${name.text}`, wanted: 'let' }, place))
        name = actual
      },
    })
    const node: Let = { kind: 'Let', start: word.startOffset, end: name.end, name, value: this.missing() }
    this.ACTION(() => {
      this.tellUnused(block)
      block.lets.push(node)
    })
    this.SUBRULE(this.binding, { ARGS: [node, 'let'] })
  })

  /** The result of a body, or a line that thinks it is one. */
  private readonly lastLine: Rule<[Block], void> = this.RULE('lastLine', (block: Block) => {
    const value = this.SUBRULE(this.expression)
    this.ACTION(() => {
      this.tellUnused(block)
      block.value = value
    })
    this.OPTION(() => {
      this.CONSUME(Equals)
      const given = this.SUBRULE(this.someExpression)
      this.ACTION(() => {
        if (value.kind !== 'Reference') return
        const fix = { title: 'Insert `let`', edits: [{ start: value.start, end: value.start, text: 'let ' }] }
        this.reports.possibly('AssignmentWithoutLet', { name: cut(value.name) }, value, { fixes: [fix] })
        const name = { kind: 'Name', start: value.start, end: value.end, text: value.name } as const
        block.lets.push({ kind: 'Let', start: value.start, end: given.end, name, value: given })
        delete block.value
      })
    })
    this.SUBRULE(this.rest)
  })

  private tellUnused(block: Block): void {
    const value = block.value
    if (!value) return
    const fix = { title: 'Insert `let _ =`', edits: [{ start: value.start, end: value.start, text: 'let _ = ' }] }
    this.reports.possibly('UnusedExpression', {}, value, { fixes: [fix] })
    delete block.value
  }
}
