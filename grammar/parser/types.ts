import { distance } from 'fastest-levenshtein'
import type { Name, NamedType, TypeNode } from '../nodes.ts'
import { isName, isTypeWord } from '../layout/classify.ts'
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
  ParenIsland,
  RBrace,
  RParen,
  virtual,
  type IToken,
} from '../tokens.ts'
import { BaseParser } from './base.ts'

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
  protected isTypeNext(): boolean {
    return isName(this.token) || this.type === LParen || this.type === ParenIsland
  }

  /** A type; called only where one starts. */
  protected readType(): TypeNode {
    return isName(this.token) ? this.namedType() : this.unitType()
  }

  /** A type that must be there. */
  protected someType(): TypeNode {
    if (this.isTypeNext()) return this.readType()
    if (this.type === LBrace || this.type === BraceIsland) return this.wordlessRecord()
    return this.missingType()
  }

  /** `{ a: u8 }` where `record { a: u8 }` is meant. */
  private wordlessRecord(): TypeNode {
    const { startOffset } = this.token
    const place = { start: startOffset, end: startOffset + 1 }
    const fix = { title: 'Insert `record`', edits: [{ start: startOffset, end: startOffset, text: 'record ' }] }
    this.reports.possibly('RecordWithoutWord', {}, place, { fixes: [fix] })
    return this.bracedType(virtual(keyword('record'), 'record', startOffset))
  }

  protected missingType(): TypeNode {
    this.reports.possibly('ExpectedType', { after: this.after(), found: shown(this.token) }, this.next())
    return this.missing()
  }

  private unitType(): TypeNode {
    const start = this.token.startOffset
    const node: TypeNode = { kind: 'UnitType', start, end: start }
    this.bracket(ParenIsland, () => {
      this.take()
      const inside: TypeNode[] = []
      this.commaSeparated(
        RParen,
        () => this.isTypeNext(),
        () => inside.push(this.readType()),
      )
      if (inside.length === 0) return
      const place = { start, end: this.lastEnd() }
      this.reports.possibly('TypeInParentheses', { single: inside.length === 1 }, place)
      Object.assign(node, inside.length === 1 ? inside[0] : { kind: 'Missing', ...place })
    })
    node.end = Math.max(node.end, this.lastEnd())
    return node
  }

  /** A name with its path and arguments, or, before a brace, one of the words that start a type of their own. */
  private namedType(): TypeNode {
    const first = this.take()
    if (this.type === LBrace || this.type === BraceIsland) {
      if (isTypeWord(first)) return this.bracedType(first)
      const wanted = nearTypeWord(first.image)
      if (wanted !== undefined) {
        this.reports.possibly('WrongKeyword', { found: cut(first.image), wanted }, placeOf(first))
        return this.bracedType(virtual(keyword(wanted), wanted, first.startOffset))
      }
    }
    const path: Name[] = [this.toName(first)]
    while (this.takeIf(Dot)) path.push(this.someName('a type'))
    const node: NamedType = { kind: 'NamedType', start: first.startOffset, end: 0, path, args: [] }
    if (this.type === Less || this.type === AngleIsland) this.bracket(AngleIsland, () => this.typeArguments(node.args))
    node.end = this.lastEnd()
    return node
  }

  /** The layout does not balance `<` and `>`, so nothing is skipped between them. */
  private typeArguments(args: TypeNode[]): void {
    const open = this.take()
    const surplus: IToken[] = []
    while (this.type === Less) surplus.push(this.take())
    let separated = true
    for (;;) {
      if (this.takeIf(Comma)) separated = true
      else if (this.isTypeNext()) {
        if (!separated) this.tellMissingComma()
        separated = false
        args.push(this.readType())
      } else break
    }
    const closing: IToken[] = []
    while (this.type === Greater && closing.length <= surplus.length) closing.push(this.take())
    if (surplus.length > 0) this.tellSurplusAngles(surplus, closing.slice(1))
    else if (closing.length === 0) this.tellUnclosedAngle(open)
  }

  private tellSurplusAngles(open: IToken[], close: IToken[]): void {
    const edits = [...open, ...close].map(token => ({ ...placeOf(token), text: '' }))
    this.reports.possibly('ExpectedType', { after: '`<`', found: '`<`' }, placeOf(open[0]!), {
      fixes: [{ title: 'Remove it', edits }],
    })
  }

  private tellUnclosedAngle(open: IToken): void {
    const at = this.behind()
    const line = this.reports.lineOf(open.startOffset)
    this.reports.possibly('Unclosed', { open: '<', close: '>', line }, at, {
      related: [{ message: '`<` is opened here', at: placeOf(open) }],
      fixes: [{ title: 'Insert `>`', edits: [{ ...at, text: '>' }] }],
    })
  }

  /** What stands between the braces of `record`, `variant`, `enum` and `flags`. */
  private bracedType(word: IToken): TypeNode {
    const node: TypeNode = { kind: 'Missing', start: word.startOffset, end: 0 }
    this.bracket(BraceIsland, () => {
      this.take()
      const entries: Entry[] = []
      this.commaSeparated(
        RBrace,
        () => this.isNameNext(),
        () => entries.push(this.typeEntry()),
      )
      Object.assign(node, this.toBracedType(word, entries, { start: word.startOffset, end: this.lastEnd() }))
    })
    node.end = this.lastEnd()
    return node
  }

  private typeEntry(): Entry {
    const name = this.name()
    const entry: Entry = { name, end: name.end }
    const mark = this.token
    if (mark.tokenType === Colon || mark.tokenType === Equals) {
      this.take()
      if (mark.tokenType === Equals)
        this.reports.possibly('EqualsForColon', { after: `\`${cut(name.text)}\`` }, placeOf(mark))
      entry.type = this.someType()
    } else if (mark.tokenType === LParen || mark.tokenType === ParenIsland) {
      const node: TypeNode = (entry.type = { kind: 'Missing', ...this.next() })
      this.bracket(ParenIsland, () => this.payload(node))
    } else return entry
    entry.mark = mark
    entry.end = this.lastEnd()
    return entry
  }

  /** `(u8)` of a case. */
  private payload(node: TypeNode): void {
    this.fill(node, () => {
      this.take()
      const type = this.someType()
      while (this.type !== RParen && !this.atEnd()) this.junk()
      this.takeIf(RParen)
      return type
    })
  }

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
