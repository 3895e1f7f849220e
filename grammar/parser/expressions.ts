import type { IOrAlt } from 'chevrotain'
import type {
  Access,
  Argument,
  Call,
  Expression,
  FieldValue,
  Index,
  List,
  Name,
  Setting,
  TupleAccess,
  With,
} from '../nodes.ts'
import { keywordByText } from '../keywords.ts'
import { bytes, char, cid, numeral, text } from '../literals.ts'
import { cut, placeOf, shown, type Place } from '../report.ts'
import {
  Bang,
  BentText,
  BraceIsland,
  BracketIsland,
  BytesText,
  Char,
  CidText,
  Colon,
  Dot,
  endOf,
  Equals,
  Greater,
  Hole,
  keyword,
  LBrace,
  LBracket,
  LParen,
  Minus,
  Name as NameToken,
  Numeral,
  Operator,
  ParenIsland,
  RBrace,
  RBracket,
  RParen,
  Text,
  type IToken,
} from '../tokens.ts'
import { canEnd, isName, isOperator } from '../layout/classify.ts'
import type { Rule } from './base.ts'
import { TypeParser } from './types.ts'

const embedWord = keyword('embed')
const withWord = keyword('with')
const startsTail = new Set(['as', 'catch', 'after', 'undo'].map(keyword))
const takesOperand = new Set(['reduce', 'fold'])

/** A field of a record, or a name of a value of flags, before it is known which. */
interface Entry {
  name: Name
  value?: Expression
}

/** Values: literals, access, calls, limits. */
export abstract class ExpressionParser extends TypeParser {
  /** An expression; called only where one starts. */
  protected readonly expression: Rule<[], Expression> = this.RULE(
    'expression',
    () => {
      const node = this.SUBRULE(this.operand)
      this.OPTION({ GATE: () => this.isLater(node), DEF: () => this.SUBRULE(this.later) })
      return node
    },
    { recoveryValueFunc: () => this.missing() },
  )

  /** An expression that must be there. */
  protected readonly someExpression: Rule<[], Expression> = this.RULE('someExpression', () => {
    let node: Expression | undefined
    this.OPTION(() => {
      node = this.SUBRULE(this.expression)
    })
    return this.ACTION(() => {
      if (node) return node
      const params = { after: shown(this.LA(0)), found: shown(this.LA(1)) }
      this.reports.possibly('ExpectedExpression', params, this.next())
      return this.missing()
    })
  })

  /** The alternatives of `operand`; made once, because it is what is parsed most. */
  private operands: IOrAlt<Expression>[] | undefined

  /** An expression without operators: a literal, a name, a bracket, and what follows it without a gap. */
  protected readonly operand: Rule<[], Expression> = this.RULE('operand', () => {
    const start = this.LA(1).startOffset
    let node: Expression = this.OR(
      (this.operands ??= [
        { ALT: () => this.nameOrEmbed() },
        { ALT: () => this.literal(this.CONSUME(Numeral), numeral) },
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

  /** `()`, `(a)`, `(a,)`, `(a, b)`. */
  protected readonly parentheses: Rule<[], Expression> = this.RULE('parentheses', () => {
    const start = this.LA(1).startOffset
    const items: Expression[] = []
    let commas = 0
    let island: IToken | undefined
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LParen)
          commas = this.commaSeparated(() => items.push(this.SUBRULE(this.expression)))
          this.CONSUME(RParen)
        },
      },
      {
        ALT: () => {
          island = this.CONSUME(ParenIsland)
        },
      },
    ])
    return this.ACTION(() => {
      const place = { start, end: this.lastEnd() }
      if (items.length === 1 && commas === 0) return items[0]!
      const node: Expression = island ? { kind: 'Missing', ...place } : { kind: 'Tuple', ...place, items }
      if (island) this.setAside(island, () => Object.assign(node, this.parentheses()))
      return node
    })
  })

  protected readonly list: Rule<[], Expression> = this.RULE('list', () => {
    const start = this.LA(1).startOffset
    const node: List = { kind: 'List', start, end: start, items: [] }
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LBracket)
          this.commaSeparated(() => node.items.push(this.SUBRULE(this.expression)))
          this.CONSUME(RBracket)
        },
      },
      {
        ALT: () => {
          const island = this.CONSUME(BracketIsland)
          this.setAside(island, () => Object.assign(node, this.list()))
        },
      },
    ])
    node.end = this.lastEnd()
    return node
  })

  /** A record, or a value of flags: `{ name: "x" }`, `{ read, write }`. */
  protected readonly braces: Rule<[], Expression> = this.RULE('braces', () => {
    const start = this.LA(1).startOffset
    const entries: Entry[] = []
    let island: IToken | undefined
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LBrace)
          this.commaSeparated(() => entries.push(this.SUBRULE(this.entry)))
          this.CONSUME(RBrace)
        },
      },
      {
        ALT: () => {
          island = this.CONSUME(BraceIsland)
        },
      },
    ])
    return this.ACTION(() => {
      const place = { start, end: this.lastEnd() }
      const node: Expression = island ? { kind: 'Missing', ...place } : this.toRecordOrFlags(entries, place)
      if (island) this.setAside(island, () => Object.assign(node, this.braces()))
      return node
    })
  })

  private toRecordOrFlags(entries: Entry[], place: Place): Expression {
    if (entries.length > 0 && entries.every(entry => entry.value === undefined))
      return { kind: 'FlagsLiteral', ...place, flags: entries.map(entry => entry.name) }
    const fields = entries.map(({ name, value }): FieldValue => {
      if (value) return { kind: 'FieldValue', start: name.start, end: Math.max(name.end, value.end), name, value }
      const fix = {
        title: `Write \`${cut(name.text)}: ${cut(name.text)}\``,
        edits: [{ start: name.end, end: name.end, text: `: ${name.text}` }],
      }
      this.reports.possibly('FieldWithoutValue', { name: cut(name.text) }, name, { fixes: [fix] })
      return {
        kind: 'FieldValue',
        start: name.start,
        end: name.end,
        name,
        value: { kind: 'Missing', start: name.end, end: name.end },
      }
    })
    return { kind: 'RecordLiteral', ...place, fields }
  }

  private readonly entry: Rule<[], Entry> = this.RULE('entry', () => {
    const name: Name = this.OR([
      { ALT: () => this.SUBRULE(this.name) },
      {
        ALT: () => {
          const token = this.CONSUME(Text)
          return this.ACTION((): Name => {
            const value = text(token, this.reports).value
            this.reports.possibly('QuotedField', { name: value }, placeOf(token))
            return { kind: 'Name', ...placeOf(token), text: value }
          })
        },
      },
    ])
    const entry: Entry = { name }
    this.OPTION(() => {
      this.colon(name)
      entry.value = this.SUBRULE(this.someExpression)
    })
    return entry
  })

  /** `:` after a name, or `=` that should be one. */
  private colon(name: Name): void {
    this.OR9([
      { ALT: () => this.CONSUME9(Colon) },
      {
        ALT: () => {
          const token = this.CONSUME9(Equals)
          this.ACTION(() => this.reports.possibly('EqualsForColon', { after: `\`${cut(name.text)}\`` }, placeOf(token)))
        },
      },
    ])
  }

  protected readonly arguments: Rule<[], Argument[]> = this.RULE('arguments', () => {
    const args: Argument[] = []
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LParen)
          this.commaSeparated(() => args.push(this.SUBRULE(this.argument)))
          this.CONSUME(RParen)
          this.ACTION(() => this.checkOrder(args))
        },
      },
      {
        ALT: () => {
          const island = this.CONSUME(ParenIsland)
          this.setAside(island, () => {
            for (const arg of this.arguments()) args.push(arg)
          })
        },
      },
    ])
    return args
  })

  /** A name with a colon is read as an expression first, so that one token decides. */
  private readonly argument: Rule<[], Argument> = this.RULE('argument', (): Argument => {
    const start = this.LA(1).startOffset
    let name: Name | undefined
    let value: Expression | undefined
    this.OR({
      DEF: [
        {
          ALT: () => {
            value = this.SUBRULE(this.expression)
          },
        },
        {
          ALT: () => {
            name = this.SUBRULE(this.name)
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
    })
    this.OPTION({
      GATE: () => name !== undefined || (value?.kind === 'Reference' && value.end === this.lastEnd()),
      DEF: () => {
        const named = this.ACTION(() => name ?? referenceName(value!))
        this.colon(named)
        name = named
        value = this.SUBRULE(this.someExpression)
      },
    })
    const place = { start, end: this.lastEnd() }
    return { kind: 'Argument', ...place, ...(name ? { name } : {}), value: value ?? this.missing() }
  })

  private checkOrder(args: Argument[]): void {
    const named = args.findIndex(arg => arg.name)
    if (named < 0) return
    const late = args.find((arg, index) => index > named && !arg.name)
    if (!late) return
    const first = args[named]!
    this.reports.possibly('PositionalAfterNamed', {}, late, {
      related: [{ message: `\`${cut(first.name!.text)}\` is given by name here`, at: first }],
    })
  }

  private readonly subscript: Rule<[], Expression> = this.RULE('subscript', () => {
    let node: Expression | undefined
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LBracket)
          node = this.SUBRULE(this.someExpression)
          this.MANY(() => this.SUBRULE(this.junk))
          this.CONSUME(RBracket)
        },
      },
      {
        ALT: () => {
          const island = this.CONSUME(BracketIsland)
          const later: Expression = this.missing()
          this.setAside(island, () => Object.assign(later, this.subscript()))
          node = later
        },
      },
    ])
    return node!
  })

  /** `{ time: 5s, memory: 64MiB }` of `with` and `config`. */
  protected readonly settings: Rule<[], Setting[]> = this.RULE('settings', () => {
    const settings: Setting[] = []
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LBrace)
          this.lineSeparated(() => settings.push(this.SUBRULE(this.setting)))
          this.CONSUME(RBrace)
        },
      },
      {
        ALT: () => {
          const island = this.CONSUME(BraceIsland)
          this.setAside(island, () => {
            for (const setting of this.settings()) settings.push(setting)
          })
        },
      },
    ])
    return settings
  })

  private readonly setting: Rule<[], Setting> = this.RULE('setting', () => {
    const name = this.SUBRULE(this.name)
    let marked = false
    this.OPTION(() => {
      this.colon(name)
      marked = true
    })
    let value: Expression | undefined
    this.OPTION1({
      GATE: () => marked,
      DEF: () => {
        value = this.SUBRULE(this.expression)
      },
    })
    return this.ACTION((): Setting => {
      const found = shown(this.LA(1))
      if (!marked) {
        const params = { what: '`:` with a value', after: `\`${cut(name.text)}\``, found }
        this.reports.possibly('Expected', params, this.next())
      } else if (!value) this.reports.possibly('ExpectedExpression', { after: shown(this.LA(0)), found }, this.next())
      return { kind: 'Setting', start: name.start, end: this.lastEnd(), name, value: value ?? this.missing() }
    })
  })

  // What later parts of the language have

  private isLater(node: Expression): boolean {
    const token = this.LA(1)
    const type = token.tokenType
    if (type === Equals) return this.touches() && (this.isNext(Equals, 2) || this.isNext(Greater, 2))
    if (startsTail.has(type)) return true
    if (isName(token)) return this.takesOperand(node) && endOf(token) > node.end
    return this.takesOperand(node) ? canEnd(token) || type === LBracket : isOperator(token)
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
  private readonly later: Rule<[], void> = this.RULE('later', () => {
    this.ACTION(() => this.tellLater())
    this.AT_LEAST_ONE(() =>
      this.OR({
        DEF: [
          { ALT: () => this.SUBRULE(this.operand) },
          { ALT: () => this.CONSUME(Operator) },
          { ALT: () => this.CONSUME(Equals) },
        ],
        IGNORE_AMBIGUITIES: true,
      }),
    )
  })

  private tellLater(): void {
    const [before, token] = [this.LA(0), this.LA(1)]
    const later = keywordByText.get(token.image)?.later
    if (later !== undefined) this.reports.certainly('Unsupported', { construct: later }, placeOf(token))
    else if (takesOperand.has(before.image) && (isName(token) || canEnd(token)))
      this.reports.certainly('Unsupported', { construct: `\`${before.image}\`` }, placeOf(before))
    else {
      const two = this.touches() ? token.image + this.LA(2).image : token.image
      const sign = signs.has(two) ? two : token.image
      const place = { start: token.startOffset, end: token.startOffset + sign.length }
      const construct = sign === '=>' ? 'functions with `=>`' : `the operator \`${sign}\``
      this.reports.certainly('Unsupported', { construct }, place)
    }
  }
}

const signs = new Set(['==', '!=', '<=', '>=', '=>', '&&', '||'])

/** Whether only names and dots make up an expression, so that it can be called. */
function isPath(node: Expression): boolean {
  let at = node
  while (at.kind === 'Access') at = at.object
  return at.kind === 'Reference' || at.kind === 'Missing'
}

function referenceName(node: Expression): Name {
  return { kind: 'Name', start: node.start, end: node.end, text: node.kind === 'Reference' ? node.name : '' }
}
