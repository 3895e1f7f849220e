import type {
  Config,
  Const,
  Import,
  Job,
  Name,
  Param,
  StatedFunction,
  StatedInterface,
  Text as TextNode,
  TypeDeclaration,
  TypeNode,
} from '../nodes.ts'
import { char, text } from '../literals.ts'
import { cut, placeOf, shown } from '../report.ts'
import {
  Arrow,
  BentText,
  Char,
  Colon,
  endOf,
  Equals,
  Greater,
  Junk,
  keyword,
  LBrace,
  LParen,
  Question,
  RBrace,
  RParen,
  Text,
  type IToken,
} from '../tokens.ts'
import { isName } from '../layout/classify.ts'
import type { Rule } from './base.ts'
import { StatementParser } from './statements.ts'

const usesWord = keyword('uses')

/**
 * Declarations and statements. Each rule fills a node that its caller made, so that what was read of a declaration
 * is kept when the rest of it cannot be.
 */
export abstract class ItemParser extends StatementParser {
  readonly import: Rule<[Import], void> = this.RULE('import', (node: Import) => {
    this.CONSUME(keyword('import'))
    const name = this.SUBRULE(this.someName, { ARGS: ['the import'] })
    this.ACTION(() => (node.name = name))
    let from = false
    this.OPTION(() => {
      this.CONSUME(keyword('from'))
      from = true
    })
    this.ACTION(() => from || this.tellMissing('`from`'))
    let path: TextNode | undefined
    this.OPTION1(() => {
      path = this.SUBRULE(this.path)
    })
    this.ACTION(() => {
      if (path) node.from = path
      else this.tellMissing('The place of the component in quotes')
    })
    this.OPTION2(() => {
      const stated = this.SUBRULE(this.statedInterface)
      this.ACTION(() => (node.stated = stated))
    })
    this.SUBRULE(this.rest)
  })

  private readonly path: Rule<[], TextNode> = this.RULE('path', () => {
    const token = this.OR([
      { ALT: () => this.CONSUME(Text) },
      { ALT: () => this.CONSUME(BentText) },
      { ALT: () => this.CONSUME(Char) },
    ])
    return this.ACTION((): TextNode => {
      if (token.tokenType !== Char) return text(token, this.reports)
      char(token, this.reports)
      return { kind: 'Text', ...placeOf(token), value: token.image.slice(1, -1) }
    })
  })

  private readonly statedInterface: Rule<[], StatedInterface> = this.RULE('statedInterface', (): StatedInterface => {
    const start = this.LA(1).startOffset
    const functions: StatedFunction[] = []
    this.CONSUME(LBrace)
    this.lineSeparated(() => functions.push(this.SUBRULE(this.statedFunction)))
    this.CONSUME(RBrace)
    return { kind: 'StatedInterface', start, end: this.lastEnd(), functions }
  })

  private readonly statedFunction: Rule<[], StatedFunction> = this.RULE('statedFunction', (): StatedFunction => {
    const docs = this.ACTION(() => this.docsAt(this.LA(1).startOffset))
    const name = this.SUBRULE(this.name)
    let [colon, func] = [false, false]
    this.OPTION(() => {
      this.CONSUME(Colon)
      colon = true
    })
    this.OPTION1(() => {
      this.CONSUME(keyword('func'))
      func = true
    })
    this.ACTION(() => (colon && func) || this.tellMissing('`: func`'))
    const params: Param[] = []
    this.OPTION2(() => this.SUBRULE(this.params, { ARGS: [{ params }] }))
    let result: TypeNode | undefined
    this.OPTION3(() => {
      this.CONSUME(Arrow)
      result = this.SUBRULE(this.someType)
    })
    this.ACTION(() => params.forEach(param => param.default && this.tellDefault(param)))
    return {
      kind: 'StatedFunction',
      start: name.start,
      end: this.lastEnd(),
      ...(docs === undefined ? {} : { docs }),
      name,
      params,
      ...(result ? { result } : {}),
    }
  })

  private tellDefault(param: Param): void {
    const place = { start: param.type.end, end: param.end }
    this.reports.possibly('Unexpected', { found: 'a default', after: `\`${cut(param.name.text)}\`` }, place)
  }

  readonly config: Rule<[Config], void> = this.RULE('config', (node: Config) => {
    this.CONSUME(keyword('config'))
    const entries = this.SUBRULE(this.settings)
    this.ACTION(() => (node.entries = entries))
    this.SUBRULE(this.rest)
  })

  readonly typeDeclaration: Rule<[TypeDeclaration], void> = this.RULE('typeDeclaration', (node: TypeDeclaration) => {
    this.CONSUME(keyword('type'))
    const name = this.SUBRULE(this.someName, { ARGS: ['the type'] })
    this.ACTION(() => (node.name = name))
    let marked = false
    this.OPTION(() => {
      marked = true
      this.OR([
        { ALT: () => this.equals() },
        {
          ALT: () => {
            const token = this.CONSUME1(Colon)
            this.ACTION(() => this.reports.possibly('ColonForEquals', { found: ':' }, placeOf(token)))
          },
        },
      ])
    })
    this.ACTION(() => marked || this.tellMissing('`=` with a type'))
    let type: TypeNode | undefined
    this.OPTION1(() => {
      type = this.OR1([{ ALT: () => this.SUBRULE(this.type) }, { ALT: () => this.SUBRULE(this.wordlessRecord) }])
    })
    this.ACTION(() => {
      if (type) node.type = type
      else if (marked) node.type = this.missingType()
    })
    this.SUBRULE(this.rest)
  })

  readonly const: Rule<[Const], void> = this.RULE('const', (node: Const) => {
    this.CONSUME(keyword('const'))
    const name = this.SUBRULE(this.someName, { ARGS: ['the constant'] })
    this.ACTION(() => (node.name = name))
    this.SUBRULE(this.binding, { ARGS: [node, 'const'] })
  })

  readonly job: Rule<[Job], void> = this.RULE('job', (node: Job) => {
    this.OPTION(() => {
      this.CONSUME(keyword('export'))
      this.ACTION(() => (node.exported = true))
    })
    this.CONSUME(keyword('job'))
    const name = this.SUBRULE(this.someName, { ARGS: ['the job'] })
    this.ACTION(() => (node.name = name))
    let listed = false
    this.OPTION1(() => {
      this.SUBRULE(this.params, { ARGS: [node] })
      listed = true
    })
    this.ACTION(() => listed || this.tellMissing('The list of parameters, `()`,'))
    this.resultType(node)
    this.OPTION4({
      GATE: () => this.isNext(usesWord),
      DEF: () => this.SUBRULE(this.uses),
    })
    let body = false
    this.OPTION5(() => {
      this.SUBRULE(this.block, { ARGS: [node] })
      body = true
    })
    this.ACTION(() => {
      if (body) return
      const params = { job: cut(node.name.text) || 'job', found: shown(this.LA(1)) }
      this.reports.possibly('MissingBody', params, this.next())
    })
    this.SUBRULE(this.rest)
  })

  private resultType(node: Job): void {
    let mark: { start: number; end: number } | undefined
    const wrong = (token: IToken, length: number): void => {
      const place = { start: token.startOffset, end: token.startOffset + length }
      this.reports.possibly('NoArrow', { found: length === 1 ? ':' : '=>' }, place)
      mark = place
    }
    this.OPTION2(() =>
      this.OR([
        {
          ALT: () => {
            mark = placeOf(this.CONSUME(Arrow))
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(Colon)
            this.ACTION(() => wrong(token, 1))
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(Equals)
            this.OPTION6(() => this.CONSUME(Greater))
            this.ACTION(() => wrong(token, endOf(this.LA(0)) - token.startOffset))
          },
        },
      ]),
    )
    this.OPTION3({
      GATE: () => mark !== undefined || !this.isUses(),
      DEF: () => {
        if (!mark) this.ACTION(() => this.tellNoArrow())
        this.ACTION(() => (this.beforeBody = true))
        const result = this.SUBRULE(this.type)
        this.ACTION(() => {
          this.beforeBody = false
          node.result = result
        })
      },
    })
    this.ACTION(() => {
      if (mark && !node.result) node.result = this.missingType()
    })
  }

  private isUses(): boolean {
    return this.isNext(usesWord) && isName(this.LA(2))
  }

  private tellNoArrow(): void {
    const token = this.LA(1)
    const fix = { title: 'Insert `->`', edits: [{ start: token.startOffset, end: token.startOffset, text: '-> ' }] }
    this.reports.possibly('NoArrow', {}, placeOf(token), { fixes: [fix] })
  }

  private readonly uses: Rule<[], void> = this.RULE('uses', () => {
    const token = this.CONSUME(usesWord)
    this.ACTION(() => this.reports.certainly('Unsupported', { construct: '`uses`' }, placeOf(token)))
    this.MANY(() => this.CONSUME(Junk))
  })

  private readonly params: Rule<[{ params: Param[] }], void> = this.RULE('params', (owner: { params: Param[] }) => {
    this.CONSUME(LParen)
    this.commaSeparated(() => {
      const param = this.SUBRULE(this.param)
      this.ACTION(() => owner.params.push(param))
    })
    this.CONSUME(RParen)
  })

  private readonly param: Rule<[], Param> = this.RULE('param', () => {
    const name = this.SUBRULE(this.name)
    let type: TypeNode | undefined
    let colon = false
    let question: IToken | undefined
    this.OPTION2(() => {
      question = this.CONSUME(Question)
    })
    this.OPTION({
      GATE: () => this.isNext(Colon) || isName(this.LA(2)),
      DEF: () => {
        this.OR([
          { ALT: () => this.CONSUME(Colon) },
          {
            ALT: () => {
              const token = this.CONSUME1(Equals)
              this.ACTION(() =>
                this.reports.possibly('EqualsForColon', { after: `\`${cut(name.text)}\`` }, placeOf(token)),
              )
            },
          },
        ])
        colon = true
        type = this.SUBRULE(this.someType)
      },
    })
    this.ACTION(() => question && this.tellOptional(question, name, type))
    this.ACTION(() => colon || this.reports.possibly('ParameterWithoutType', { name: cut(name.text) }, name))
    const node: Param = { kind: 'Param', start: name.start, end: name.end, name, type: type ?? this.missing() }
    this.OPTION1(() => {
      this.CONSUME(Equals)
      node.default = this.SUBRULE(this.someExpression)
    })
    node.end = this.lastEnd()
    return node
  })

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
