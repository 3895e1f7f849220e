import type { Fix } from '../diagnostics.ts'
import type { Argument, Expression, FieldValue, Index, List, Name, Reference, Setting } from '../nodes.ts'
import { canStart, isName, isOperator, isTail } from '../layout/classify.ts'
import { numeral, text, type units } from '../literals.ts'
import { cut, placeOf, shown, type Place } from '../report.ts'
import {
  BraceIsland,
  BracketIsland,
  Colon,
  Comma,
  Equals,
  keyword,
  LBrace,
  LBracket,
  LineEnd,
  LParen,
  Name as NameToken,
  Numeral,
  ParenIsland,
  RBrace,
  RBracket,
  Reserved,
  RParen,
  Text,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { TypeParser } from './types.ts'

const embedWord = keyword('embed')

/** Which units a setting takes. */
const unitsOf: { readonly [setting: string]: keyof typeof units | undefined } = { time: 'durations', memory: 'sizes' }

/** What ends an expression, whatever it is. */
const ends = new Set<TokenType>([Comma, RParen, RBracket, RBrace, LineEnd])

/** A field of a record, or a name of a value of flags, before it is known which. */
interface Entry {
  name: Name
  value?: Expression
  /** What stands behind the name, where that is a value without a colon before it. */
  bare?: IToken
}

/** What stands in parentheses. */
interface Group {
  /** All of it, or a copy of the expression that stands alone in them. */
  node: Expression
  only?: Expression
}

/** What stands in brackets among values: lists, tuples, records, arguments, settings. */
export abstract class BracketParser extends TypeParser {
  /** The units of the setting that is being read. */
  protected wanted: keyof typeof units | undefined

  /**
   * An expression; called only where one starts.
   *
   * @param target whether `=` may follow, because a statement starts here that may lack its `let`
   */
  protected abstract readonly expression: Rule<[target?: boolean], Expression>

  /** Places of what stands in parentheses, with them; the tree has none. */
  private readonly wrapped = new WeakMap<Expression, Place>()

  /**
   * Whether a token, the next one or one behind it, is all of an expression, as most are. What it comes to is made
   * without the rules, which would come to the same.
   */
  protected standsAlone(count: number): boolean {
    const { tokenType } = this.LA(count)
    if (tokenType !== NameToken && tokenType !== Numeral && tokenType !== Text) return false
    return ends.has(this.LA(count + 1).tokenType)
  }

  /** The name or the literal that {@link standsAlone}. To be called in an `ACTION`. */
  protected takeOperand(): Expression {
    const token = this.CONSUME(this.LA(1).tokenType)
    if (token.tokenType === Numeral) return numeral(token, this.reports, this.wanted)
    if (token.tokenType === Text) return text(token, this.reports)
    return { kind: 'Reference', ...placeOf(token), name: token.image }
  }

  /** An argument by its name whose value {@link standsAlone}. To be called in an `ACTION`. */
  private takeArgument(): Argument | undefined {
    if (!isName(this.LA(1)) || !this.isNext(Colon, 2) || !this.standsAlone(3)) return undefined
    const name = this.toName(this.CONSUME(NameToken))
    this.CONSUME(Colon)
    const value = this.takeOperand()
    return { kind: 'Argument', start: name.start, end: value.end, name, value }
  }

  /** An expression that must be there. */
  protected readonly someExpression: Rule<[], Expression> = this.rule('someExpression', () => {
    const found = this.OPTION(() => this.SUBRULE(this.expression))
    return found ?? this.missingExpression()
  })

  protected missingExpression(): Expression {
    this.reports.possibly('ExpectedExpression', { after: this.afterWhat(), found: shown(this.LA(1)) }, this.next())
    return this.missing()
  }

  /** `()`, `(a)`, `(a,)`, `(a, b)`. */
  protected readonly parentheses: Rule<[], Expression> = this.rule('parentheses', () => {
    const { startOffset: start } = this.LA(1)
    const group: Group = { node: { kind: 'Missing', start, end: start } }
    this.bracket(ParenIsland, this.group, group)
    return this.ACTION(() => {
      const end = (group.node.end = this.lastEnd())
      const found = group.only ?? group.node
      this.wrapped.set(found, { start, end })
      return found
    })
  })

  private readonly group: Rule<[Group], void> = this.rule('group', group => {
    const height = this.islands.length
    const { startOffset: start } = this.CONSUME(LParen)
    const items: Expression[] = []
    // Until there is a comma, parentheses may hold one value, which is no tuple.
    const instead = (): 'sign' | undefined => (items.length === 1 ? 'sign' : undefined)
    const commas = this.commaSeparated(RParen, () => items.push(this.SUBRULE(this.expression)), instead)
    this.ACTION(() => {
      const isOne = items.length === 1 && commas === 0
      if (isOne) group.only = items[0]!
      this.fill(group.node, isOne ? items[0] : { kind: 'Tuple', start, end: this.lastEnd(), items }, height)
    })
  })

  /** Where an expression stands, with the parentheses around it. */
  protected whole(node: Expression): Place {
    return this.wrapped.get(node) ?? node
  }

  protected readonly list: Rule<[], Expression> = this.rule('list', () => {
    const { startOffset: start } = this.LA(1)
    const node: List = { kind: 'List', start, end: start, items: [] }
    this.bracket(BracketIsland, this.listItems, node.items)
    node.end = this.lastEnd()
    return node
  })

  private readonly listItems: Rule<[Expression[]], void> = this.rule('listItems', items => {
    this.CONSUME(LBracket)
    this.commaSeparated(RBracket, () => this.add(items, this.SUBRULE(this.expression)))
  })

  /** A record, or a value of flags: `{ name: "x" }`, `{ read, write }`. */
  protected readonly braces: Rule<[], Expression> = this.rule('braces', () => {
    const { startOffset: start } = this.LA(1)
    const node: Expression = { kind: 'Missing', start, end: start }
    this.bracket(BraceIsland, this.entries, node)
    node.end = this.lastEnd()
    return node
  })

  private readonly entries: Rule<[Expression], void> = this.rule('entries', node => {
    const { startOffset: start } = this.CONSUME(LBrace)
    const entries: Entry[] = []
    this.commaSeparated(RBrace, () => entries.push(this.SUBRULE(this.entry)))
    this.ACTION(() => Object.assign(node, this.toRecordOrFlags(entries, { start, end: this.lastEnd() })))
  })

  private toRecordOrFlags(entries: Entry[], place: Place): Expression {
    this.settleBare(entries)
    if (entries.length > 0 && entries.every(entry => entry.value === undefined))
      return { kind: 'FlagsLiteral', ...place, flags: entries.map(entry => entry.name) }
    const fields = entries.map(({ name, value }, at): FieldValue => {
      if (value)
        return { kind: 'FieldValue', start: name.start, end: Math.max(name.end, this.whole(value).end), name, value }
      const next = entries[at + 1]?.name
      const fix: Fix = {
        title: `Write \`${cut(name.text)}: ${cut(name.text)}\``,
        edits: [{ start: name.end, end: name.end, text: `: ${name.text}` }],
        // Without a comma behind it, it may not be meant as a field.
        ...(next && !this.reports.text.slice(name.end, next.start).includes(',') ? { guess: true } : {}),
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

  /** Two names side by side are a field without its colon, or two flags without their comma: the others tell. */
  private settleBare(entries: Entry[]): void {
    const bare = entries.filter(entry => entry.bare)
    const [first] = bare
    if (!first) return
    const names = bare.map(({ name }) => name)
    const isField = ({ bare, value }: Entry): boolean => value !== undefined && !(bare && value.kind === 'Reference')
    if (entries.some(isField)) return this.tellNoColon(names, first.bare)
    const instead = entries.length > bare.length ? undefined : ':'
    this.tellNoComma(names, `\`${cut(first.name.text)}\``, first.bare!, instead)
    for (const { name, value } of entries.splice(0))
      entries.push({ name }, ...(value?.kind === 'Reference' ? [{ name: nameOf(value) }] : []))
  }

  private readonly entry: Rule<[], Entry> = this.rule('entry', () => {
    const name = this.OR([{ ALT: () => this.quotedName() }, { ALT: () => this.SUBRULE(this.name) }])
    const value = this.OPTION(() => {
      this.SUBRULE(this.colon, { ARGS: [name] })
      return this.SUBRULE(this.someExpression)
    })
    const bare = this.LA(1)
    const found = this.OPTION1({
      GATE: () => !value && this.isBareValue(),
      DEF: () => this.SUBRULE(this.expression),
    })
    return value ? { name, value } : found ? { name, value: found, bare } : { name }
  })

  /** Whether a value stands behind the name of a field, and not what is missing a comma before it. */
  private isBareValue(): boolean {
    const [next, after] = [this.LA(1), this.LA(2)]
    const { tokenType } = next
    if (!canStart(next) || isOperator(next) || isTail(next) || this.isBroken()) return false
    if ([LParen, ParenIsland, LBracket, BracketIsland].includes(tokenType)) return !this.touches()
    if ((tokenType !== Text && !isName(next)) || (tokenType === embedWord && after.tokenType === Text)) return true
    return !isName(after) && ![Colon, Equals, Text, Numeral].includes(after.tokenType)
  }

  private quotedName(): Name {
    const token = this.CONSUME(Text)
    return this.ACTION(() => {
      const { value } = text(token, this.reports)
      this.reports.possibly('QuotedField', { name: value }, placeOf(token))
      return { kind: 'Name', ...placeOf(token), text: value }
    })
  }

  /** `:` after a name, or `=` that should be one. */
  protected readonly colon: Rule<[Name], void> = this.rule('colon', name => {
    this.OR([
      { ALT: () => this.CONSUME(Colon) },
      {
        ALT: () => {
          const equals = this.CONSUME(Equals)
          this.ACTION(() =>
            this.reports.possibly('EqualsForColon', { after: `\`${cut(name.text)}\`` }, placeOf(equals)),
          )
        },
      },
    ])
  })

  protected readonly arguments: Rule<[Argument[]], void> = this.rule('arguments', args =>
    this.bracket(ParenIsland, this.argumentList, args),
  )

  private readonly argumentList: Rule<[Argument[]], void> = this.rule('argumentList', args => {
    this.CONSUME(LParen)
    const bare: Entry[] = []
    const instead = (): ':' | undefined => {
      const last = args.at(-1)
      return last && !last.name && last.value.kind === 'Reference' && this.isBareValue() ? ':' : undefined
    }
    this.commaSeparated(RParen, () => this.add(args, this.SUBRULE(this.argument, { ARGS: [bare] })), instead)
    this.ACTION(() => {
      this.tellBareArguments(bare, args)
      this.checkOrder(args)
    })
  })

  /** Says that arguments lack their colon; or a comma, where it is one alone, or what follows has no name. */
  private tellBareArguments(bare: Entry[], args: Argument[]): void {
    const [first] = bare
    if (!first) return
    const names = bare.map(({ name }) => name)
    const isLate = args.some(({ name, start }) => !name && start > first.name.start)
    if (isLate || names.length === 1) this.tellNoComma(names, `\`${cut(first.name.text)}\``, first.bare!, ':')
    else this.tellNoColon(names, first.bare)
  }

  /** Whether the next token is the name of an argument, before a value that can be no argument of its own. */
  private isBareArgument(): boolean {
    const [name, next] = [this.LA(1), this.LA(2)]
    const { tokenType } = next
    if (!isName(name) || !canStart(next) || isName(next) || isOperator(next)) return false
    if ([LParen, ParenIsland, LBracket, BracketIsland].includes(tokenType)) return false
    if (name.tokenType === embedWord || (tokenType === Numeral && next.image.startsWith('-'))) return false
    return !this.isBrokenBetween(name, next)
  }

  private readonly argument: Rule<[bare: Entry[]], Argument> = this.rule('argument', bare => {
    const { startOffset: start } = this.LA(1)
    const alone = this.ACTION(() => this.takeArgument())
    if (alone) return alone
    const name = this.OPTION({
      GATE: () => this.isNext(Colon, 2) || this.isNext(Equals, 2) || this.isBareArgument(),
      DEF: () => {
        const found = this.SUBRULE(this.name)
        this.OR1([
          { ALT: () => this.SUBRULE(this.colon, { ARGS: [found] }) },
          { ALT: () => this.ACTION(() => bare.push({ name: found, bare: this.LA(1) })) },
        ])
        return found
      },
    })
    const value = this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.expression) },
        { ALT: () => this.surplusWord(name) },
        { ALT: () => this.ACTION(() => this.missingExpression()) },
      ],
      // Some reserved words start an expression.
      IGNORE_AMBIGUITIES: true,
    })
    return { kind: 'Argument', start, end: this.lastEnd(), ...(name ? { name } : {}), value }
  })

  /** A reserved word that starts no value. */
  private surplusWord(name: Name | undefined): Expression {
    const value = this.ACTION(() => (name ? this.missingExpression() : this.tellJunk()))
    this.CONSUME(Reserved)
    return value ?? this.missing()
  }

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

  protected readonly index: Rule<[object: Expression, start: number], Index> = this.rule('index', (object, start) => {
    const index: Expression = { kind: 'Missing', ...this.next() }
    this.bracket(BracketIsland, this.subscript, index)
    return { kind: 'Index', start, end: this.lastEnd(), object, index }
  })

  private readonly subscript: Rule<[Expression], void> = this.rule('subscript', index => {
    const height = this.islands.length
    this.CONSUME(LBracket)
    const found = this.SUBRULE(this.someExpression)
    this.MANY(() => this.SUBRULE(this.junk))
    this.CONSUME(RBracket)
    this.ACTION(() => this.fill(index, found, height))
  })

  protected tupleIndex(token: IToken): number {
    if (token.tokenType === Numeral && /^\d{1,9}$/.test(token.image)) return Number(token.image)
    const reason = token.image.startsWith('.')
      ? 'there are no ranges with dots, `range(n)` counts from 0'
      : 'after a dot stands a whole number in decimal digits'
    const params = { text: cut(token.image), reason }
    this.reports.certainly('BadNumber', params, placeOf(token))
    return 0
  }

  /** `{ time: 5s, memory: 64MiB }` of `with` and `config`. */
  protected readonly settings: Rule<[Setting[]], void> = this.rule('settings', settings =>
    this.bracket(BraceIsland, this.settingList, settings),
  )

  private readonly settingList: Rule<[Setting[]], void> = this.rule('settingList', settings => {
    this.CONSUME(LBrace)
    this.lineSeparated(RBrace, () => this.add(settings, this.SUBRULE(this.setting)))
  })

  private readonly setting: Rule<[], Setting> = this.rule('setting', () => {
    const name = this.SUBRULE(this.name)
    const value = this.OR([
      {
        ALT: () => {
          this.SUBRULE(this.colon, { ARGS: [name] })
          this.ACTION(() => (this.wanted = unitsOf[name.text]))
          const found = this.SUBRULE(this.someExpression)
          this.wanted = undefined
          return found
        },
      },
      { ALT: () => this.ACTION(() => this.noSetting(name)) },
    ])
    return this.ACTION(() => {
      return { kind: 'Setting', start: name.start, end: Math.max(name.end, this.lastEnd()), name, value }
    })
  })

  private noSetting(name: Name): Expression {
    const params = { what: '`:` with a value', after: `\`${cut(name.text)}\``, found: shown(this.LA(1)) }
    const edits = [{ start: name.end, end: name.end, text: ':' }]
    const fixes = this.goesOnWithValue() ? [{ title: 'Insert `:`', edits }] : []
    this.reports.possibly('Expected', params, this.next(), { fixes })
    return this.missing()
  }
}

function nameOf({ start, end, name: text }: Reference): Name {
  return { kind: 'Name', start, end, text }
}
