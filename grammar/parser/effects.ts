import type { EffectDeclaration, Operation, OperationKind, Param } from '../nodes.ts'
import { nearest } from '../../dag/suggest.ts'
import { cut, placeOf } from '../report.ts'
import { isName } from '../layout/classify.ts'
import { Arrow, Colon, keyword, LBrace, LParen, Name as NameToken, RBrace, RParen } from '../tokens.ts'
import type { Rule } from './base.ts'
import { ImportParser } from './imports.ts'

const idempotentWord = keyword('idempotent')
const commandWord = keyword('command')
const queryWord = keyword('query')
const noteWord = keyword('note')
const effectWord = keyword('effect')
const kinds = ['query', 'note', 'command', 'idempotent']

/** Declarations of effects. */
export abstract class EffectParser extends ImportParser {
  readonly effect: Rule<[EffectDeclaration], void> = this.rule('effect', node => {
    this.exported(node, effectWord)
    const name = this.SUBRULE(this.someName, { ARGS: ['the effect'] })
    this.ACTION(() => (node.name = name))
    this.OR([
      {
        ALT: () => {
          this.CONSUME(LParen)
          this.scheme(1, node)
          this.MANY(() => this.SUBRULE(this.junk))
          this.CONSUME(RParen)
        },
      },
      { ALT: () => this.scheme(2, node) },
    ])
    this.OR1([
      { ALT: () => this.SUBRULE(this.operations, { ARGS: [node?.operations] }) },
      { ALT: () => this.tellMissing('`{` with operations') },
    ])
    this.SUBRULE(this.rest)
  })

  /** `"mailto:"`, at a place of a rule */
  private scheme(index: number, node: EffectDeclaration): void {
    const found = this.option(index, () => this.subrule(index, this.plainText))
    this.ACTION(() => {
      if (found) node.scheme = found
      else this.tellMissing('The scheme in quotes')
    })
  }

  private readonly operations: Rule<[Operation[]], void> = this.rule('operations', operations => {
    this.CONSUME(LBrace)
    this.lineSeparated(
      RBrace,
      () => this.add(operations, this.SUBRULE(this.operation)),
      () => this.isNameNext(),
    )
  })

  private readonly operation: Rule<[], Operation> = this.rule('operation', () => {
    const { startOffset: start } = this.LA(1)
    const docs = this.docsAt(start)
    const operation = this.SUBRULE(this.operationKind)
    const name = this.SUBRULE(this.someName, { ARGS: ['the operation'] })
    const params: Param[] = []
    this.SUBRULE(this.paramList, { ARGS: [params] })
    const result = this.OPTION({
      GATE: () => !isName(this.LA(1)) || !isName(this.LA(2)),
      DEF: () => {
        this.OR([
          { ALT: () => this.CONSUME(Arrow) },
          {
            ALT: () => {
              const colon = this.CONSUME(Colon)
              this.ACTION(() => this.reports.possibly('NoArrow', { found: ':' }, placeOf(colon)))
            },
          },
          { ALT: () => this.ACTION(() => this.tellNoArrow()) },
        ])
        return this.SUBRULE(this.someType)
      },
    })
    const node: Operation = { kind: 'Operation', start, end: this.lastEnd(), operation, name, params }
    if (docs !== undefined) node.docs = docs
    if (result) node.result = result
    return node
  })

  /** `query`, `note`, `command` or `idempotent command`; what is before a parenthesis is a name. */
  private readonly operationKind: Rule<[], OperationKind> = this.rule('operationKind', () => {
    const isKind = (): boolean => !this.isNext(LParen, 2)
    return this.OR({
      DEF: [
        {
          GATE: isKind,
          ALT: (): OperationKind => {
            this.CONSUME(idempotentWord)
            this.OR1([
              { ALT: () => this.CONSUME(commandWord) },
              {
                GATE: () => this.isMisspeltBefore('command', NameToken),
                ALT: () => this.tellWord(this.CONSUME(NameToken), 'command'),
              },
              { ALT: () => this.tellMissing('`command`', this.isNext(LParen, 2) ? 'command ' : undefined) },
            ])
            return 'idempotent command'
          },
        },
        { GATE: isKind, ALT: (): OperationKind => (this.CONSUME(queryWord), 'query') },
        { GATE: isKind, ALT: (): OperationKind => (this.CONSUME(noteWord), 'note') },
        { GATE: isKind, ALT: (): OperationKind => (this.CONSUME1(commandWord), 'command') },
        {
          GATE: () => isName(this.LA(2)),
          ALT: (): OperationKind => {
            const { start, end, text } = this.SUBRULE(this.name)
            this.ACTION(() =>
              this.reports.possibly(
                'NoOperationKind',
                { found: cut(text), near: nearest(text, kinds) },
                { start, end },
              ),
            )
            return 'command'
          },
        },
        {
          ALT: (): OperationKind => {
            this.ACTION(() => this.reports.possibly('NoOperationKind', {}, placeOf(this.LA(1))))
            return 'command'
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })
}
