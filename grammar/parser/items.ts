import type { Fix } from '../diagnostics.ts'
import type { Block, Config, Const, Job, Name, Param, Test, TypeDeclaration, TypeNode, Use } from '../nodes.ts'
import { cut, placeOf, shown } from '../report.ts'
import {
  Arrow,
  BlockIsland,
  Colon,
  Comma,
  Dot,
  EqualEqual,
  Equals,
  FatArrow,
  keyword,
  LBlock,
  LBrace,
  LineEnd,
  LParen,
  Name as NameToken,
  Question,
  RBrace,
  RParen,
  Text,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import { canStart, isName, isOperator } from '../layout/classify.ts'
import type { Rule } from './base.ts'
import { StatementParser } from './statements.ts'
import { isTypeName } from './types.ts'

const configWord = keyword('config')
const typeWord = keyword('type')
const constWord = keyword('const')
const jobWord = keyword('job')
const testWord = keyword('test')
const usesWord = keyword('uses')
const embedWord = keyword('embed')
const exportWord = keyword('export')

/** What may stand behind the parameters of a job or an operation. */
const behindParameters = new Set<TokenType>([Arrow, usesWord, LBlock, BlockIsland, LineEnd, RBrace])

/** The name of a parameter whose type follows it without a colon. */
interface Bare {
  name: Name
  type: IToken
}

/**
 * Declarations. Each rule fills a node that its caller made, so that what was read of a declaration is kept when the
 * rest of it cannot be.
 */
export abstract class ItemParser extends StatementParser {
  readonly config: Rule<[Config], void> = this.rule('config', node => {
    this.CONSUME(configWord)
    this.OR([
      { ALT: () => this.SUBRULE(this.settings, { ARGS: [node?.entries] }) },
      { ALT: () => this.tellMissing('`{` with settings') },
    ])
    this.SUBRULE(this.rest)
  })

  /** `export`, and the word of the declaration. It takes the place 5 of a rule. */
  protected exported(node: { exported: boolean }, word: TokenType): void {
    this.option(5, () => {
      this.consume(5, exportWord)
      this.ACTION(() => (node.exported = true))
    })
    this.consume(6, word)
  }

  readonly typeDeclaration: Rule<[TypeDeclaration], void> = this.rule('typeDeclaration', node => {
    this.exported(node, typeWord)
    const name = this.SUBRULE(this.someName, { ARGS: ['the type'] })
    this.ACTION(() => (node.name = name))
    let marked = true
    this.OR([
      { ALT: () => this.SUBRULE(this.equals) },
      {
        ALT: () => {
          const colon = this.CONSUME(Colon)
          this.ACTION(() => this.reports.possibly('ColonForEquals', { found: ':' }, placeOf(colon)))
        },
      },
      {
        ALT: () => {
          marked = false
          this.tellMissing(
            '`=` with a type',
            this.goesOnWithValue() ? '= ' : this.areFieldsNext() ? '= record ' : undefined,
          )
        },
      },
    ])
    const type = this.OR1([
      { ALT: () => this.SUBRULE(this.readType) },
      { GATE: () => marked, ALT: () => this.SUBRULE(this.wordlessRecord) },
      { ALT: () => this.ACTION(() => (marked ? this.missingType() : undefined)) },
    ])
    this.ACTION(() => {
      if (type) node.type = type
    })
    this.SUBRULE(this.rest)
  })

  readonly const: Rule<[Const], void> = this.rule('const', node => {
    this.exported(node, constWord)
    const name = this.SUBRULE(this.someName, { ARGS: ['the constant'] })
    this.ACTION(() => (node.name = name))
    this.SUBRULE(this.binding, { ARGS: [node, 'const'] })
  })

  readonly job: Rule<[Job], void> = this.rule('job', node => {
    this.exported(node, jobWord)
    const name = this.SUBRULE(this.someName, { ARGS: ['the job'] })
    this.ACTION(() => (node.name = name))
    this.SUBRULE(this.paramList, { ARGS: [node?.params] })
    this.SUBRULE(this.resultType, { ARGS: [node] })
    this.OPTION(() => this.SUBRULE(this.uses, { ARGS: [node] }))
    const shownName = this.ACTION(() => cut(name.text) || 'job')
    this.OR([
      {
        ALT: () => {
          const done = (): unknown => node.body.value || this.tellNoValue(node.body, shownName)
          this.SUBRULE(this.block, { ARGS: [node?.body, done] })
        },
      },
      { ALT: () => this.ACTION(() => this.tellNoBody(shownName)) },
    ])
    this.SUBRULE(this.rest)
  })

  /** Whether `{ a: …` is next. */
  private areFieldsNext(): boolean {
    return this.isNext(LBrace) && this.isNext(Colon, 3)
  }

  /** Whether what may follow parameters is next. */
  private isHeadNext(): boolean {
    return behindParameters.has(this.LA(1).tokenType)
  }

  /** Parameters that must be there. */
  protected readonly paramList: Rule<[Param[]], void> = this.rule('paramList', params => {
    this.OR([
      { ALT: () => this.SUBRULE(this.params, { ARGS: [params] }) },
      { ALT: () => this.tellMissing('The list of parameters, `()`,', this.isHeadNext() ? '()' : undefined) },
    ])
  })

  private tellNoBody(job: string): void {
    this.reports.possibly('MissingBody', { job, found: shown(this.LA(1)) }, this.next())
  }

  protected tellNoValue(block: Block, job?: string): void {
    if (this.takeBack(block)) return
    const last = block.statements[block.statements.length - 1]
    const related = last?.kind === 'Let' ? [{ message: 'the last statement is a `let`', at: last }] : []
    const place = { start: Math.max(0, block.end - 1), end: block.end }
    this.reports.possibly('MissingResult', job === undefined ? {} : { job }, place, { related })
  }

  private readonly resultType: Rule<[Job], void> = this.rule('resultType', node => {
    const mark = this.OPTION(() =>
      this.OR([
        { ALT: () => this.CONSUME(Arrow) },
        { ALT: () => this.noArrow(this.CONSUME(Colon)) },
        { ALT: () => this.noArrow(this.CONSUME(FatArrow)) },
      ]),
    )
    const result = this.OPTION1({
      GATE: () => mark !== undefined || !this.isUses(),
      DEF: () => {
        this.ACTION(() => mark || this.tellNoArrow())
        return this.SUBRULE(this.readType)
      },
    })
    this.ACTION(() => {
      if (result) node.result = result
      else if (mark) node.result = this.missingType()
    })
  })

  private noArrow(mark: IToken): IToken {
    this.ACTION(() => this.reports.possibly('NoArrow', { found: mark.image }, placeOf(mark)))
    return mark
  }

  private isUses(): boolean {
    return this.isNext(usesWord) && isName(this.LA(2))
  }

  protected tellNoArrow(): void {
    const token = this.LA(1)
    const fix = { title: 'Insert `->`', edits: [{ start: token.startOffset, end: token.startOffset, text: '-> ' }] }
    this.reports.possibly('NoArrow', {}, placeOf(token), { fixes: [fix] })
  }

  /** `uses http.get, fs.write`, up to the body. */
  private readonly uses: Rule<[Job], void> = this.rule('uses', node => {
    const { startOffset: start } = this.CONSUME(usesWord)
    const operations: Use[] = []
    let separated = true
    this.MANY({
      GATE: () => !this.isNext(LBlock),
      DEF: () =>
        this.OR({
          DEF: [
            {
              ALT: () => {
                this.CONSUME(Comma)
                separated = true
              },
            },
            {
              ALT: () => {
                if (!separated) this.tellMissingComma()
                separated = false
                operations.push(this.SUBRULE(this.use))
              },
            },
            { ALT: () => this.SUBRULE(this.junk) },
            { ALT: () => this.CONSUME(LineEnd) },
          ],
          IGNORE_AMBIGUITIES: true,
        }),
    })
    this.ACTION(() => {
      if (operations.length === 0) this.tellMissing('The name of an effect')
      node.uses = { kind: 'Uses', start, end: this.lastEnd(), operations }
    })
  })

  private readonly use: Rule<[], Use> = this.rule('use', () => {
    const first = this.SUBRULE(this.name)
    const path: Name[] = [first]
    this.MANY(() => {
      this.CONSUME(Dot)
      path.push(this.SUBRULE(this.someName, { ARGS: ['an operation'] }))
    })
    return { kind: 'Use', start: first.start, end: this.lastEnd(), path }
  })

  readonly test: Rule<[Test], void> = this.rule('test', node => {
    this.CONSUME(testWord)
    this.OR([
      {
        ALT: () => {
          const name = this.SUBRULE(this.plainText)
          this.ACTION(() => (node.name = name))
        },
      },
      {
        ALT: () => {
          const name = this.SUBRULE(this.name)
          this.ACTION(() => {
            node.name = { kind: 'Text', start: name.start, end: name.end, value: name.text }
            // Where the name follows it is not certain what the word is there for.
            const params = this.isNext(Text) ? {} : { name: cut(name.text) }
            this.reports.possibly('TestWithoutName', params, name)
          })
        },
      },
      { ALT: () => this.ACTION(() => this.reports.possibly('TestWithoutName', {}, this.next())) },
    ])
    this.OR1([
      {
        ALT: () => this.SUBRULE(this.block, { ARGS: [node?.body, () => this.withoutValue(node.body)] }),
      },
      { ALT: () => this.ACTION(() => this.tellNoBody('test')) },
    ])
    this.SUBRULE(this.rest)
  })

  protected readonly params: Rule<[Param[]], void> = this.rule('params', params => {
    this.CONSUME(LParen)
    const bare: Bare[] = []
    this.commaSeparated(RParen, () => this.add(params, this.SUBRULE(this.param, { ARGS: [bare] })))
    this.ACTION(() => this.tellBareParams(bare))
  })

  private readonly param: Rule<[Bare[]], Param> = this.rule('param', bare => {
    const name = this.SUBRULE(this.name)
    return this.OR({
      DEF: [
        {
          GATE: () => isTypeName(name.text) && !isTypeName(this.LA(1).image) && !isCapital(this.LA(1).image),
          ALT: () => {
            const second = this.CONSUME(NameToken)
            return this.ACTION(() => this.turned(name, second))
          },
        },
        { ALT: () => this.typed(name, bare) },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  /** Types of a file are called like `Picture`, so that `Picture photo` may be meant the other way round. */
  private tellBareParams(bare: Bare[]): void {
    const [first] = bare
    if (!first) return
    const names = bare.map(({ name }) => name)
    const turned = bare.filter(({ name, type }) => isCapital(name.text) && !isCapital(type.image))
    const edits = turned.flatMap(({ name, type }) => exchange(name, this.toName(type)))
    const title = `Write \`${cut(`${first.type.image}: ${first.name.text}`)}\``
    const others = turned.length < bare.length ? [] : [{ title, edits }]
    this.tellNoColon(names, first.type, others)
  }

  private typed(name: Name, bare: Bare[]): Param {
    const question = this.OPTION(() => this.CONSUME(Question))
    const marked = this.OPTION1({
      GATE: () => !this.isNext(Equals) || isName(this.LA(2)),
      DEF: () => {
        this.SUBRULE(this.colon, { ARGS: [name] })
        return this.SUBRULE(this.someType)
      },
    })
    const unmarked = this.OPTION2({
      GATE: () => !question && !marked && isName(this.LA(1)),
      DEF: () => {
        this.ACTION(() => bare.push({ name, type: this.LA(1) }))
        return this.SUBRULE(this.readType)
      },
    })
    const type = marked ?? unmarked
    this.ACTION(() => {
      if (question) this.tellOptional(question, name, type)
      if (!type) this.reports.possibly('ParameterWithoutType', { name: cut(name.text) }, name)
    })
    const node: Param = { kind: 'Param', start: name.start, end: name.end, name, type: type ?? this.missing() }
    const value = this.OPTION3({
      GATE: () => this.isNext(Equals) || this.isNext(EqualEqual) || (type !== undefined && this.startsDefault()),
      DEF: () => {
        this.OR1([{ ALT: () => this.SUBRULE(this.equals) }, { ALT: () => this.ACTION(() => this.tellNoEquals()) }])
        return this.SUBRULE(this.someExpression)
      },
    })
    if (value) node.default = value
    node.end = this.lastEnd()
    return node
  }

  /** Whether a value stands behind a type, and no other parameter. */
  private startsDefault(): boolean {
    const token = this.LA(1)
    if (token.tokenType === embedWord && this.isNext(Text, 2)) return true
    return isName(token) ? this.isNext(Dot, 2) : canStart(token) && !isOperator(token)
  }

  /** `u8 a`, as other languages have it. */
  private turned(type: Name, token: IToken): Param {
    const { start, end } = type
    const name = this.toName(token)
    const params = { type: cut(type.text), name: cut(name.text) }
    const fix = { title: `Replace with \`${params.name}: ${params.type}\``, edits: exchange(type, name) }
    this.reports.possibly('TypeBeforeName', params, { start, end: name.end }, { fixes: [fix] })
    return {
      kind: 'Param',
      start,
      end: name.end,
      name,
      type: { kind: 'NamedType', start, end, path: [type], args: [] },
    }
  }

  private tellOptional(question: IToken, name: Name, type: TypeNode | undefined): void {
    const place = placeOf(question)
    const hasDefault = this.isNext(Equals)
    const edits = [
      { ...place, text: '' },
      ...(type ? [{ start: type.start, end: type.start, text: 'option<' }] : []),
      ...(type ? [{ start: type.end, end: type.end, text: hasDefault ? '>' : '> = none' }] : []),
    ]
    const fixes = type && type.kind !== 'Missing' ? [{ title: 'Make it an `option`', edits }] : []
    this.reports.possibly('OptionalParameter', { name: cut(name.text) }, place, { fixes })
  }
}

function isCapital(name: string): boolean {
  return /^[A-Z]/.test(name)
}

/** Puts a name before the type that stands before it, and leaves what is between them where it is. */
function exchange(type: Name, name: Name): Fix['edits'] {
  return [
    { start: type.start, end: type.end, text: `${name.text}:` },
    { start: name.start, end: name.end, text: type.text },
  ]
}
