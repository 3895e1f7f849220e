import type { Argument, Expression, FieldValue, Index, List, Name, Setting } from '../nodes.ts'
import { canStart, isReserved } from '../layout/classify.ts'
import { text, type units } from '../literals.ts'
import { cut, placeOf, shown, type Place } from '../report.ts'
import {
  BraceIsland,
  BracketIsland,
  Colon,
  endOf,
  Equals,
  Numeral,
  ParenIsland,
  RBrace,
  RBracket,
  RParen,
  Text,
  type IToken,
} from '../tokens.ts'
import { TypeParser } from './types.ts'

/** Which units a setting takes. */
const unitsOf: { readonly [setting: string]: keyof typeof units | undefined } = { time: 'durations', memory: 'sizes' }

/** A field of a record, or a name of a value of flags, before it is known which. */
interface Entry {
  name: Name
  value?: Expression
}

/** What stands in brackets among values: lists, tuples, records, arguments, settings. */
export abstract class BracketParser extends TypeParser {
  /** The units of the setting that is being read. */
  protected wanted: keyof typeof units | undefined

  /** An expression; called only where one starts. */
  protected abstract expression(): Expression

  protected readonly startsExpression = (): boolean => canStart(this.token)

  /** Places of what stands in parentheses, with them; the tree has none. */
  private readonly wrapped = new WeakMap<Expression, Place>()

  /** An expression that must be there. */
  protected someExpression(): Expression {
    return canStart(this.token) ? this.expression() : this.missingExpression()
  }

  protected missingExpression(): Expression {
    this.reports.possibly('ExpectedExpression', { after: this.after(), found: shown(this.token) }, this.next())
    return this.missing()
  }

  /** `()`, `(a)`, `(a,)`, `(a, b)`. */
  protected parentheses(): Expression {
    const start = this.token.startOffset
    const node: Expression = { kind: 'Missing', start, end: start }
    let only: Expression | undefined
    this.bracket(ParenIsland, () =>
      this.fill(node, () => {
        this.take()
        const items: Expression[] = []
        const commas = this.commaSeparated(RParen, this.startsExpression, () => items.push(this.expression()))
        if (items.length === 1 && commas === 0) return (only = items[0]!)
        return { kind: 'Tuple', start, end: this.lastEnd(), items }
      }),
    )
    node.end = this.lastEnd()
    this.wrapped.set(only ?? node, { start, end: node.end })
    return only ?? node
  }

  /** Where an expression stands, with the parentheses around it. */
  protected whole(node: Expression): Place {
    return this.wrapped.get(node) ?? node
  }

  protected list(): Expression {
    const start = this.token.startOffset
    const node: List = { kind: 'List', start, end: start, items: [] }
    this.bracket(BracketIsland, () => {
      this.take()
      this.commaSeparated(RBracket, this.startsExpression, () => node.items.push(this.expression()))
    })
    node.end = this.lastEnd()
    return node
  }

  /** A record, or a value of flags: `{ name: "x" }`, `{ read, write }`. */
  protected braces(): Expression {
    const start = this.token.startOffset
    const node: Expression = { kind: 'Missing', start, end: start }
    this.bracket(BraceIsland, () => {
      this.take()
      const entries: Entry[] = []
      const starts = (): boolean => this.isNameNext() || this.type === Text
      this.commaSeparated(RBrace, starts, () => entries.push(this.entry()))
      Object.assign(node, this.toRecordOrFlags(entries, { start, end: this.lastEnd() }))
    })
    node.end = this.lastEnd()
    return node
  }

  private toRecordOrFlags(entries: Entry[], place: Place): Expression {
    if (entries.length > 0 && entries.every(entry => entry.value === undefined))
      return { kind: 'FlagsLiteral', ...place, flags: entries.map(entry => entry.name) }
    const fields = entries.map(({ name, value }): FieldValue => {
      if (value)
        return { kind: 'FieldValue', start: name.start, end: Math.max(name.end, this.whole(value).end), name, value }
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

  private entry(): Entry {
    const name = this.type === Text ? this.quotedName() : this.name()
    if (!this.takeColon(name)) return { name }
    return { name, value: this.someExpression() }
  }

  private quotedName(): Name {
    const token = this.take()
    const { value } = text(token, this.reports)
    this.reports.possibly('QuotedField', { name: value }, placeOf(token))
    return { kind: 'Name', ...placeOf(token), text: value }
  }

  /** `:` after a name, or `=` that should be one. */
  private takeColon(name: Name): boolean {
    if (this.takeIf(Colon)) return true
    const equals = this.takeIf(Equals)
    if (!equals) return false
    this.reports.possibly('EqualsForColon', { after: `\`${cut(name.text)}\`` }, placeOf(equals))
    return true
  }

  protected arguments(args: Argument[]): void {
    this.bracket(ParenIsland, () => {
      this.take()
      const starts = (): boolean => canStart(this.token) || isReserved(this.token)
      this.commaSeparated(RParen, starts, () => args.push(this.argument()))
      this.checkOrder(args)
    })
  }

  private argument(): Argument {
    const start = this.token.startOffset
    const after = this.ahead(1).tokenType
    const named = this.isNameNext() && (after === Colon || after === Equals)
    if (!named && !canStart(this.token)) {
      this.junk()
      return { kind: 'Argument', start, end: this.lastEnd(), value: this.missing() }
    }
    if (!named) {
      const value = this.expression()
      return { kind: 'Argument', start, end: this.lastEnd(), value }
    }
    const name = this.name()
    this.takeColon(name)
    const value = this.someExpression()
    return { kind: 'Argument', start, end: this.lastEnd(), name, value }
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

  protected index(object: Expression, start: number): Index {
    const index: Expression = { kind: 'Missing', ...this.next() }
    this.bracket(BracketIsland, () =>
      this.fill(index, () => {
        this.take()
        const found = this.someExpression()
        while (this.type !== RBracket && !this.atEnd()) this.junk()
        this.takeIf(RBracket)
        return found
      }),
    )
    return { kind: 'Index', start, end: this.lastEnd(), object, index }
  }

  protected tupleIndex(token: IToken): number {
    if (token.tokenType === Numeral && /^\d{1,9}$/.test(token.image)) return Number(token.image)
    const params = { text: cut(token.image), reason: 'after a dot stands a whole number in decimal digits' }
    this.reports.certainly('BadNumber', params, placeOf(token))
    return 0
  }

  /** `{ time: 5s, memory: 64MiB }` of `with` and `config`. */
  protected settings(settings: Setting[]): void {
    this.bracket(BraceIsland, () => {
      this.take()
      this.lineSeparated(
        RBrace,
        () => this.isNameNext(),
        () => settings.push(this.setting()),
      )
    })
  }

  private setting(): Setting {
    const name = this.name()
    let value: Expression
    if (this.takeColon(name)) {
      this.wanted = unitsOf[name.text]
      value = this.someExpression()
      this.wanted = undefined
    } else {
      const params = { what: '`:` with a value', after: `\`${cut(name.text)}\``, found: shown(this.token) }
      this.reports.possibly('Expected', params, this.next())
      value = this.missing()
    }
    return { kind: 'Setting', start: name.start, end: Math.max(name.end, endOf(this.last)), name, value }
  }
}
