import type { Argument, Expression, FieldValue, List, Name, Setting } from '../nodes.ts'
import { text, type units } from '../literals.ts'
import { cut, placeOf, shown, type Place } from '../report.ts'
import {
  BraceIsland,
  BracketIsland,
  Colon,
  Equals,
  LBrace,
  LBracket,
  LParen,
  ParenIsland,
  RBrace,
  RBracket,
  RParen,
  Text,
  type IToken,
} from '../tokens.ts'
import type { Rule } from './base.ts'
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
  protected abstract readonly expression: Rule<[], Expression>

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
      if (island) {
        this.setAside(island, () => this.takeOver(node, () => this.parentheses()))
      }
      return node
    })
  })

  /** Makes a node what a bracket holds alone. That may be set aside in its turn, so it waits until it is there. */
  private takeOver(node: Expression, parse: () => Expression): void {
    let inner: Expression | undefined
    this.afterwards(() => Object.assign(node, inner))
    inner = parse()
  }

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

  protected readonly subscript: Rule<[], Expression> = this.RULE('subscript', () => {
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
          this.setAside(island, () => this.takeOver(later, () => this.subscript()))
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
        this.ACTION(() => (this.wanted = unitsOf[name.text]))
        value = this.SUBRULE(this.expression)
        this.ACTION(() => (this.wanted = undefined))
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
}

function referenceName(node: Expression): Name {
  return { kind: 'Name', start: node.start, end: node.end, text: node.kind === 'Reference' ? node.name : '' }
}
