import { distance } from 'fastest-levenshtein'
import { scalars } from '../../dag/types.ts'
import type { Name, NamedType, TypeNode } from '../nodes.ts'
import type { Fix } from '../diagnostics.ts'
import { isName, isTypeWord } from '../layout/classify.ts'
import { cut, placeOf, shown, type Place, type Reports } from '../report.ts'
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
import type { Rule } from './base.ts'
import { ListParser } from './lists.ts'

/** So many tokens behind a surplus `<` are looked at. */
const reach = 64
const typeWords = ['record', 'variant', 'enum', 'flags']
const otherTypeWords: Record<string, string> = {
  ...{ struct: 'record', object: 'record', class: 'record', interface: 'record', union: 'variant', oneof: 'variant' },
}

const typeNames: ReadonlySet<string> = new Set([
  ...[...scalars, 'bytes', 'failure', 'list', 'option', 'link', 'secret', 'result', 'tuple'],
  ...typeWords,
])

/** Whether the language itself has a type of this name, or one that starts with it. */
export function isTypeName(name: string): boolean {
  return name !== 'unit' && typeNames.has(name)
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
export abstract class TypeParser extends ListParser {
  /** Number of the `<` around what is read, as far as they were not set aside. */
  private openAngles = 0

  override start(reports: Reports, docsAt: (offset: number) => string | undefined): void {
    super.start(reports, docsAt)
    this.openAngles = 0
  }

  /** A type; called only where one starts. */
  protected readonly readType: Rule<[], TypeNode> = this.rule('readType', () =>
    this.OR([{ ALT: () => this.SUBRULE(this.namedType) }, { ALT: () => this.SUBRULE(this.unitType) }]),
  )

  /** A type that must be there. */
  protected readonly someType: Rule<[], TypeNode> = this.rule('someType', () =>
    this.OR([
      { ALT: () => this.SUBRULE(this.readType) },
      { ALT: () => this.SUBRULE(this.wordlessRecord) },
      { ALT: () => this.ACTION(() => this.missingType()) },
    ]),
  )

  /** `{ a: u8 }` where `record { a: u8 }` is meant, `{ a, b }` for an `enum`, `{ a, b(u8) }` for a `variant`. */
  protected readonly wordlessRecord: Rule<[], TypeNode> = this.rule('wordlessRecord', () => {
    const { startOffset } = this.LA(1)
    const place = { start: startOffset, end: startOffset + 1 }
    const word = this.ACTION(() => this.meantWord()) ?? 'record'
    const fix = { title: `Insert \`${word}\``, edits: [{ start: startOffset, end: startOffset, text: `${word} ` }] }
    this.ACTION(() => this.reports.possibly('RecordWithoutWord', { word }, place, { fixes: [fix] }))
    return this.SUBRULE(this.bracedType, { ARGS: [virtual(keyword(word), word, startOffset)] })
  })

  /** The word that the braces lack which are next, told by the first sign behind a name in them. */
  private meantWord(): 'record' | 'variant' | 'enum' {
    const { payload } = this.LA(1)
    const island = Array.isArray(payload) ? (payload as IToken[]) : undefined
    const at = (index: number): IToken => island?.[index] ?? this.LA(index + 1)
    let index = 1
    while (isName(at(index)) || at(index).tokenType === Comma) index++
    const { tokenType } = at(index)
    if (tokenType === LParen || tokenType === ParenIsland) return 'variant'
    return tokenType === RBrace && index > 1 ? 'enum' : 'record'
  }

  protected missingType(): TypeNode {
    this.reports.possibly('ExpectedType', { after: this.afterWhat(), found: shown(this.LA(1)) }, this.next())
    return this.missing()
  }

  private readonly unitType: Rule<[], TypeNode> = this.rule('unitType', () => {
    const { startOffset: start } = this.LA(1)
    const node: TypeNode = { kind: 'UnitType', start, end: start }
    this.bracket(ParenIsland, this.unit, node)
    node.end = Math.max(node.end, this.lastEnd())
    return node
  })

  /** `()`, and by mistake types in it. */
  private readonly unit: Rule<[TypeNode], void> = this.rule('unit', node => {
    const { startOffset: start } = this.CONSUME(LParen)
    const inside: TypeNode[] = []
    const commas = this.commaSeparated(RParen, () => inside.push(this.SUBRULE(this.readType)))
    this.ACTION(() => {
      if (inside.length === 0) return
      const place = { start, end: this.lastEnd() }
      const fixes = commas === inside.length - 1 ? this.withoutParentheses(place, commas > 0) : []
      this.reports.possibly('TypeInParentheses', { single: inside.length === 1 }, place, { fixes })
      Object.assign(node, inside.length === 1 ? inside[0] : { kind: 'Missing', ...place })
    })
  })

  /** What stands in parentheses on one line, without them or as a tuple. */
  private withoutParentheses({ start, end }: Place, isTuple: boolean): Fix[] {
    const written = this.reports.text.slice(start, end)
    if (/[\r\n]/.test(written) || !written.endsWith(')')) return []
    const [open, close] = isTuple ? ['tuple<', '>'] : ['', '']
    const edits = [
      { start, end: start + 1, text: open },
      { start: end - 1, end, text: close },
    ]
    return [{ title: isTuple ? 'Write `tuple<…>`' : 'Remove the parentheses', edits }]
  }

  /** A name with its path and arguments, or, before a brace, one of the words that start a type of their own. */
  private readonly namedType: Rule<[], TypeNode> = this.rule('namedType', () => {
    const first = this.CONSUME(NameToken)
    const word = this.ACTION(() => this.bracedWord(first))
    return this.OR([
      {
        GATE: () => word !== undefined,
        ALT: () => this.SUBRULE(this.bracedType, { ARGS: [word!] }),
      },
      { ALT: () => this.pathType(first) },
    ])
  })

  /** The word of a type with braces, if one stands before the next brace. */
  private bracedWord(first: IToken): IToken | undefined {
    if (!this.isNext(LBrace) && !this.isNext(BraceIsland)) return undefined
    if (isTypeWord(first)) return first
    const wanted = nearTypeWord(first.image)
    if (wanted === undefined) return undefined
    this.reports.possibly('WrongKeyword', { found: cut(first.image), wanted }, placeOf(first))
    return virtual(keyword(wanted), wanted, first.startOffset)
  }

  private pathType(first: IToken): TypeNode {
    const path: Name[] = [this.toName(first)]
    this.MANY(() => {
      this.CONSUME(Dot)
      path.push(this.SUBRULE(this.someName, { ARGS: ['a type'] }))
    })
    const node: NamedType = { kind: 'NamedType', start: first.startOffset, end: 0, path, args: [] }
    this.OPTION(() => this.bracket(AngleIsland, this.typeArguments, node.args))
    node.end = this.lastEnd()
    return node
  }

  /** The layout does not balance `<` and `>`, so nothing is skipped between them. */
  private readonly typeArguments: Rule<[TypeNode[]], void> = this.rule('typeArguments', args => {
    const open = this.CONSUME(Less)
    this.ACTION(() => this.openAngles++)
    const surplus: IToken[] = []
    const closing: IToken[] = []
    let separated = true
    this.MANY(() => surplus.push(this.CONSUME1(Less)))
    this.MANY1(() =>
      this.OR([
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
            this.add(args, this.SUBRULE(this.readType))
          },
        },
      ]),
    )
    const most = this.ACTION(() => (surplus.length > 0 ? 1 + this.surplusClosers(surplus.length) : 1))
    this.MANY2({
      GATE: () => closing.length < most,
      DEF: () => closing.push(this.CONSUME(Greater)),
    })
    this.ACTION(() => this.openAngles--)
    this.ACTION(() => {
      if (surplus.length > 0) this.tellSurplusAngles(surplus, closing.slice(1))
      else if (closing.length === 0) this.tellUnclosedAngle(open)
    })
  })

  /** How many `>` there are for the surplus `<`, besides those that the type, and what is open around it, wait for. */
  private surplusClosers(most: number): number {
    let closers = 0
    for (let at = 1; at <= reach; at++) {
      const token = this.LA(at)
      if (token.tokenType === Greater) closers++
      else if (token.tokenType === Less) closers--
      else if (!isName(token) && token.tokenType !== Dot && token.tokenType !== Comma) break
    }
    return Math.min(most, Math.max(0, closers - this.openAngles))
  }

  private tellSurplusAngles(open: IToken[], close: IToken[]): void {
    const edits = [...open, ...close].map(token => ({ ...placeOf(token), text: '' }))
    this.reports.possibly('ExpectedType', { after: '`<`', found: '`<`' }, placeOf(open[0]!), {
      fixes: [{ title: 'Remove it', edits }],
    })
  }

  private tellUnclosedAngle(open: IToken): void {
    const at = this.behind()
    this.reports.possibly('Unclosed', { open: '<', close: '>' }, at, {
      related: [{ message: '`<` is opened here', at: placeOf(open) }],
      fixes: [{ title: 'Insert `>`', edits: [{ ...at, text: '>' }] }],
    })
  }

  /** One of the words `record`, `variant`, `enum` and `flags`, and its braces, which are next. */
  private readonly bracedType: Rule<[word: IToken], TypeNode> = this.rule('bracedType', (word: IToken) => {
    const node: TypeNode = { kind: 'Missing', start: this.ACTION(() => word.startOffset), end: 0 }
    this.bracket(BraceIsland, this.typeBraces, node, word)
    node.end = this.lastEnd()
    return node
  })

  private readonly typeBraces: Rule<[TypeNode, word: IToken], void> = this.rule('typeBraces', (node, word) => {
    this.CONSUME(LBrace)
    const entries: Entry[] = []
    this.commaSeparated(RBrace, () => entries.push(this.SUBRULE(this.typeEntry)))
    this.ACTION(() =>
      Object.assign(node, this.toBracedType(word, entries, { start: word.startOffset, end: this.lastEnd() })),
    )
  })

  private readonly typeEntry: Rule<[], Entry> = this.rule('typeEntry', () => {
    const name = this.SUBRULE(this.name)
    const mark = this.LA(1)
    let type: TypeNode | undefined
    this.OPTION(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(Colon)
            type = this.SUBRULE(this.someType)
          },
        },
        {
          ALT: () => {
            this.CONSUME(Equals)
            this.ACTION(() =>
              this.reports.possibly('EqualsForColon', { after: `\`${cut(name.text)}\`` }, placeOf(mark)),
            )
            type = this.SUBRULE1(this.someType)
          },
        },
        {
          ALT: () => {
            const node: TypeNode = (type = { kind: 'Missing', ...this.next() })
            this.bracket(ParenIsland, this.payload, node)
          },
        },
      ]),
    )
    return this.ACTION(() => (type ? { name, mark, type, end: this.lastEnd() } : { name, end: name.end }))
  })

  /** `(u8)` of a case. */
  private readonly payload: Rule<[TypeNode], void> = this.rule('payload', node => {
    const height = this.islands.length
    this.CONSUME(LParen)
    const type = this.SUBRULE(this.someType)
    this.MANY(() => this.SUBRULE(this.junk))
    this.CONSUME(RParen)
    this.ACTION(() => this.fill(node, type, height))
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
    this.reports.possibly('Unexpected', { found: shown(mark), after: `\`${cut(name.text)}\`` }, placeOf(mark))
  }

  private tellFieldWithoutType(name: Name): void {
    const at = { start: name.end, end: name.end }
    this.reports.possibly('ExpectedType', { after: `\`${cut(name.text)}\``, found: 'nothing' }, at)
  }
}
