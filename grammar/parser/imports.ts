import type { Import, ImportedName, ImportNames, Param, StatedFunction, StatedInterface } from '../nodes.ts'
import { char } from '../literals.ts'
import { cut, placeOf } from '../report.ts'
import {
  Arrow,
  Char,
  Colon,
  Comma,
  keyword,
  LBrace,
  LineEnd,
  Name as NameToken,
  RBrace,
  Star,
  Text,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { ItemParser } from './items.ts'

const importWord = keyword('import')
const asWord = keyword('as')
const fromWord = keyword('from')
const funcWord = keyword('func')

/** Imports, of components with the interface that they state. */
export abstract class ImportParser extends ItemParser {
  readonly import: Rule<[Import], void> = this.rule('import', node => {
    this.CONSUME(importWord)
    this.OPTION(() => {
      const star = this.CONSUME(Star)
      this.ACTION(() => this.reports.possibly('ImportForm', { star: true }, placeOf(star)))
      this.OPTION1(() => this.CONSUME(asWord))
    })
    const name = this.OPTION4({
      GATE: () => !this.isNext(fromWord) || !this.isNext(Text, 2),
      DEF: () => this.SUBRULE(this.someName, { ARGS: ['the import'] }),
    })
    this.ACTION(() => (node.name = name ?? this.tellNoName('the import')))
    this.OPTION2({ GATE: () => this.isNext(Comma), DEF: () => this.SUBRULE(this.secondNames) })
    this.SUBRULE(this.importSource, { ARGS: [node] })
    this.OPTION3(() => {
      const stated = this.SUBRULE(this.statedInterface)
      this.ACTION(() => (node.stated = stated))
    })
    this.SUBRULE(this.rest)
  })

  /** `, { b }` behind the name of an import, as other languages have it. */
  private readonly secondNames: Rule<[], void> = this.rule('secondNames', () => {
    const comma = this.LA(1)
    this.ACTION(() => this.reports.possibly('ImportForm', { star: false }, placeOf(comma)))
    this.AT_LEAST_ONE({
      GATE: () => !this.isNext(fromWord),
      DEF: () => this.OR([{ ALT: () => this.SUBRULE(this.skip) }, { ALT: () => this.CONSUME(LineEnd) }]),
    })
  })

  readonly importNames: Rule<[ImportNames], void> = this.rule('importNames', node => {
    this.CONSUME(importWord)
    this.SUBRULE(this.importedNames, { ARGS: [node] })
    this.SUBRULE(this.importSource, { ARGS: [node] })
    this.SUBRULE(this.rest)
  })

  private readonly importedNames: Rule<[ImportNames], void> = this.rule('importedNames', node => {
    this.CONSUME(LBrace)
    // Names of which each has its line are several.
    const instead = (): 'as' | undefined => (node.names.at(-1)?.alias || this.isBroken() ? undefined : 'as')
    const entry = (): void => this.add(node?.names, this.SUBRULE(this.importedName))
    this.commaSeparated(RBrace, entry, instead)
  })

  private readonly importedName: Rule<[], ImportedName> = this.rule('importedName', () => {
    const name = this.SUBRULE(this.name)
    const alias = this.OPTION(() => {
      this.CONSUME(asWord)
      return this.SUBRULE(this.someName, { ARGS: ['the import'] })
    })
    return { kind: 'ImportedName', start: name.start, end: this.lastEnd(), name, ...(alias ? { alias } : {}) }
  })

  private readonly importSource: Rule<[Import | ImportNames], void> = this.rule('importSource', node => {
    this.OR([
      { ALT: () => this.CONSUME(fromWord) },
      { GATE: () => this.isMisspeltBefore('from', Text), ALT: () => this.tellWord(this.CONSUME(NameToken), 'from') },
      { ALT: () => this.tellMissing('`from`', this.isNext(Text) ? 'from ' : undefined) },
    ])
    this.OR1([
      {
        ALT: () => {
          const from = this.SUBRULE(this.plainText)
          this.ACTION(() => (node.from = from))
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(Char)
          this.ACTION(() => {
            char(token, this.reports)
            node.from = { kind: 'Text', ...placeOf(token), value: token.image.slice(1, -1) }
          })
        },
      },
      { ALT: () => this.tellMissing('The place of the import in quotes') },
    ])
  })

  private readonly statedInterface: Rule<[], StatedInterface> = this.rule('statedInterface', () => {
    const { startOffset: start } = this.CONSUME(LBrace)
    const functions: StatedFunction[] = []
    this.lineSeparated(RBrace, () => functions.push(this.SUBRULE(this.statedFunction)))
    return { kind: 'StatedInterface', start, end: this.lastEnd(), functions }
  })

  private readonly statedFunction: Rule<[], StatedFunction> = this.rule('statedFunction', () => {
    const docs = this.docsAt(this.LA(1).startOffset)
    const name = this.SUBRULE(this.name)
    const colon = this.OPTION(() => this.CONSUME(Colon))
    const func = this.OPTION1(() => this.CONSUME(funcWord))
    this.ACTION(() => {
      const text = colon ? ' func' : ': func'
      if (!colon || !func) this.tellMissing('`: func`', func ? undefined : text)
    })
    const params: Param[] = []
    this.OPTION2(() => this.SUBRULE(this.params, { ARGS: [params] }))
    const result = this.OPTION3(() => {
      this.CONSUME(Arrow)
      return this.SUBRULE(this.someType)
    })
    this.ACTION(() => {
      for (const param of params) if (param.default) this.tellDefault(param)
    })
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
}
