import { distance } from 'fastest-levenshtein'
import type { Missing, Name, TypeNode } from '../nodes.ts'
import { isTypeWord } from '../layout/classify.ts'
import { cut, placeOf, shown, type Place } from '../report.ts'
import {
  AngleIsland,
  BraceIsland,
  Colon,
  Comma,
  Dot,
  Equals,
  Greater,
  keyword,
  LBrace,
  Less,
  LParen,
  Name as NameToken,
  ParenIsland,
  RBrace,
  RParen,
  virtual,
  type IToken,
} from '../tokens.ts'
import { BaseParser, type Rule } from './base.ts'

const typeWords = ['record', 'variant', 'enum', 'flags']
const otherTypeWords: Record<string, string> = {
  ...{ struct: 'record', object: 'record', class: 'record', interface: 'record', union: 'variant', oneof: 'variant' },
}

/** The word that a name before braces wants to be. */
function nearTypeWord(name: string): string | undefined {
  if (name.length > 12) return undefined
  const lower = name.toLowerCase()
  if (Object.hasOwn(otherTypeWords, lower)) return otherTypeWords[lower]
  return typeWords.find(word => distance(word, lower) <= 2)
}

/** An entry of `record { }` or of its siblings, before it is known to fit. */
interface Entry {
  name: Name
  /** `:` or `(`, the first token of what follows the name. */
  mark?: IToken
  type?: TypeNode
  end: number
}

/** Types: `list<u8>`, `()`, `record { … }` and the like. */
export abstract class TypeParser extends BaseParser {
  /** Whether a type is read that braces of another kind follow. */
  protected beforeBody = false

  /** A type; called only where one starts. */
  protected readonly type: Rule<[], TypeNode> = this.RULE(
    'type',
    (): TypeNode => this.OR([{ ALT: () => this.SUBRULE(this.unitType) }, { ALT: () => this.SUBRULE(this.namedType) }]),
    { recoveryValueFunc: () => this.missing() },
  )

  /** A type that must be there. */
  protected readonly someType: Rule<[], TypeNode> = this.RULE('someType', () => {
    let type: TypeNode | undefined
    this.OPTION(() => {
      type = this.OR([{ ALT: () => this.SUBRULE(this.type) }, { ALT: () => this.SUBRULE(this.wordlessRecord) }])
    })
    return this.ACTION(() => type ?? this.missingType())
  })

  /** `{ a: u8 }` where `record { a: u8 }` is meant. */
  protected readonly wordlessRecord: Rule<[], TypeNode> = this.RULE('wordlessRecord', (): TypeNode => {
    const word = this.ACTION(() => {
      const { startOffset } = this.LA(1)
      const place = { start: startOffset, end: startOffset + 1 }
      const fix = { title: 'Insert `record`', edits: [{ start: startOffset, end: startOffset, text: 'record ' }] }
      this.reports.possibly('RecordWithoutWord', {}, place, { fixes: [fix] })
      return virtual(keyword('record'), 'record', startOffset)
    })
    return this.SUBRULE(this.bracedType, { ARGS: [word] })
  })

  protected missingType(): Missing {
    this.reports.possibly('ExpectedType', { after: shown(this.LA(0)), found: shown(this.LA(1)) }, this.next())
    return this.missing()
  }

  private readonly unitType: Rule<[], TypeNode> = this.RULE('unitType', () => {
    const start = this.LA(1).startOffset
    const inside: TypeNode[] = []
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LParen)
          this.commaSeparated(() => inside.push(this.SUBRULE(this.type)))
          this.CONSUME(RParen)
        },
      },
      { ALT: () => this.CONSUME(ParenIsland) },
    ])
    return this.ACTION((): TypeNode => {
      const place = { start, end: this.lastEnd() }
      if (inside.length === 0) return { kind: 'UnitType', ...place }
      this.reports.possibly('TypeInParentheses', { single: inside.length === 1 }, place)
      return inside.length === 1 ? inside[0]! : { kind: 'Missing', ...place }
    })
  })

  /** A name with its path and arguments, or, before a brace, one of the words that start a type of their own. */
  private readonly namedType: Rule<[], TypeNode> = this.RULE('namedType', (): TypeNode => {
    const first = this.CONSUME(NameToken)
    let braced: TypeNode | undefined
    this.OPTION({
      GATE: () => isTypeWord(first) || (!this.beforeBody && nearTypeWord(first.image) !== undefined),
      DEF: () => {
        const word = this.ACTION(() => this.toTypeWord(first))
        braced = this.SUBRULE(this.bracedType, { ARGS: [word] })
      },
    })
    const path: Name[] = [this.toName(first)]
    this.MANY({
      GATE: () => braced === undefined,
      DEF: () => {
        this.CONSUME(Dot)
        path.push(this.SUBRULE(this.someName, { ARGS: ['a type'] }))
      },
    })
    let args: TypeNode[] = []
    this.OPTION1({
      GATE: () => braced === undefined,
      DEF: () => {
        args = this.SUBRULE(this.typeArguments)
      },
    })
    return braced ?? { kind: 'NamedType', start: first.startOffset, end: this.lastEnd(), path, args }
  })

  /** The word of a type; a misspelt one is told. */
  private toTypeWord(token: IToken): IToken {
    if (isTypeWord(token)) return token
    const wanted = nearTypeWord(token.image)!
    this.reports.possibly('WrongKeyword', { found: cut(token.image), wanted }, placeOf(token))
    return virtual(keyword(wanted), wanted, token.startOffset)
  }

  private readonly typeArguments: Rule<[], TypeNode[]> = this.RULE('typeArguments', () => {
    const args: TypeNode[] = []
    this.OR([
      {
        ALT: () => {
          const open = this.CONSUME(Less)
          const surplus: IToken[] = []
          this.MANY1(() => surplus.push(this.CONSUME1(Less)))
          this.typeList(args)
          const closing: IToken[] = []
          this.MANY2({
            GATE: () => closing.length <= surplus.length,
            DEF: () => closing.push(this.CONSUME(Greater)),
          })
          this.ACTION(() => {
            if (surplus.length > 0) this.tellSurplusAngles(surplus, closing.slice(1))
            else if (closing.length === 0) this.tellUnclosedAngle(open)
          })
        },
      },
      {
        ALT: () => {
          const island = this.CONSUME(AngleIsland)
          this.setAside(island, () => {
            for (const arg of this.typeArguments()) args.push(arg)
          })
        },
      },
    ])
    return args
  })

  /** The layout does not balance `<` and `>`, so nothing is skipped between them. */
  private typeList(args: TypeNode[]): void {
    let separated = true
    this.MANY(() =>
      this.OR1([
        {
          ALT: () => {
            if (!separated) this.ACTION(() => this.tellMissingComma())
            separated = false
            args.push(this.SUBRULE(this.type))
          },
        },
        {
          ALT: () => {
            this.CONSUME(Comma)
            separated = true
          },
        },
      ]),
    )
  }

  private tellSurplusAngles(open: IToken[], close: IToken[]): void {
    const edits = [...open, ...close].map(token => ({ ...placeOf(token), text: '' }))
    this.reports.possibly('ExpectedType', { after: '`<`', found: '`<`' }, placeOf(open[0]!), {
      fixes: [{ title: 'Remove it', edits }],
    })
  }

  private tellUnclosedAngle(open: IToken): void {
    const at = { start: this.lastEnd(), end: this.lastEnd() }
    const line = this.reports.lineOf(open.startOffset)
    this.reports.possibly('Unclosed', { open: '<', close: '>', line }, at, {
      related: [{ message: '`<` is opened here', at: placeOf(open) }],
      fixes: [{ title: 'Insert `>`', edits: [{ ...at, text: '>' }] }],
    })
  }

  /** What stands between the braces of `record`, `variant`, `enum` and `flags`. */
  protected readonly bracedType: Rule<[word: IToken], TypeNode> = this.RULE('bracedType', (word: IToken) => {
    const entries: Entry[] = []
    let island: IToken | undefined
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LBrace)
          this.commaSeparated(() => entries.push(this.SUBRULE(this.typeEntry)))
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
      const place = { start: word.startOffset, end: this.lastEnd() }
      const node: TypeNode = island ? { kind: 'Missing', ...place } : this.toBracedType(word, entries, place)
      if (island) this.setAside(island, () => Object.assign(node, this.bracedType(word)))
      return node
    })
  })

  private readonly typeEntry: Rule<[], Entry> = this.RULE('typeEntry', () => {
    const name = this.SUBRULE(this.name)
    const entry: Entry = { name, end: name.end }
    this.OPTION(() => {
      entry.mark = this.LA(1)
      entry.type = this.OR([
        {
          ALT: () => {
            this.CONSUME(Colon)
            return this.SUBRULE(this.someType)
          },
        },
        {
          ALT: () => {
            const equals = this.CONSUME(Equals)
            this.ACTION(() => this.reports.possibly('EqualsForColon', { after: `\`${name.text}\`` }, placeOf(equals)))
            return this.SUBRULE1(this.someType)
          },
        },
        { ALT: () => this.SUBRULE(this.payload) },
      ])
      entry.end = this.lastEnd()
    })
    return entry
  })

  /** `(u8)` of a case. */
  private readonly payload: Rule<[], TypeNode> = this.RULE('payload', () => {
    let type: TypeNode | undefined
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LParen)
          type = this.SUBRULE(this.someType)
          this.MANY(() => this.SUBRULE(this.junk))
          this.CONSUME(RParen)
        },
      },
      {
        ALT: () => {
          const island = this.CONSUME(ParenIsland)
          const node = this.missing()
          this.setAside(island, () => Object.assign(node, this.payload()))
          type = node
        },
      },
    ])
    return type!
  })

  private toBracedType(word: IToken, entries: Entry[], place: Place): TypeNode {
    const names = entries.map(entry => entry.name)
    const bare = () => entries.forEach(entry => entry.mark && this.tellMark(entry.mark, entry.name))
    switch (word.image) {
      case 'record':
        return {
          kind: 'RecordType',
          ...place,
          fields: entries.map(({ name, mark, type, end }) => {
            if (!mark) this.tellFieldWithoutType(name)
            else if (mark.image.startsWith('(')) this.tellMark(mark, name)
            const node: TypeNode = type ?? { kind: 'Missing', start: name.end, end: name.end }
            return { kind: 'FieldType', start: name.start, end, name, type: node }
          }),
        }
      case 'variant':
        return {
          kind: 'VariantType',
          ...place,
          cases: entries.map(({ name, mark, type, end }) => {
            if (mark && !mark.image.startsWith('(')) this.tellMark(mark, name)
            return { kind: 'CaseType', start: name.start, end, name, ...(type ? { type } : {}) }
          }),
        }
      case 'enum':
        bare()
        return { kind: 'EnumType', ...place, cases: names }
      default:
        bare()
        return { kind: 'FlagsType', ...place, flags: names }
    }
  }

  private tellMark(mark: IToken, name: Name): void {
    this.reports.possibly('Unexpected', { found: shown(mark), after: `\`${name.text}\`` }, placeOf(mark))
  }

  private tellFieldWithoutType(name: Name): void {
    const at = { start: name.end, end: name.end }
    this.reports.possibly('ExpectedType', { after: `\`${name.text}\``, found: 'nothing' }, at)
  }
}
