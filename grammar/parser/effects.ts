import type { EffectDeclaration, Operation, OperationKind, Param } from '../nodes.ts'
import { cut, placeOf } from '../report.ts'
import { isName } from '../layout/classify.ts'
import { Arrow, Colon, keyword, LBrace, LParen, RBrace, RParen, type TokenType } from '../tokens.ts'
import { ItemParser } from './items.ts'

const idempotentWord = keyword('idempotent')
const commandWord = keyword('command')
const kinds = new Map<TokenType, OperationKind>([
  [keyword('query'), 'query'],
  [keyword('note'), 'note'],
  [commandWord, 'command'],
])

/** Declarations of effects. */
export abstract class EffectParser extends ItemParser {
  effect(node: EffectDeclaration): void {
    this.exported(node)
    node.name = this.someName('the effect')
    this.scheme(node)
    if (this.type === LBrace) {
      this.take()
      this.lineSeparated(
        RBrace,
        () => this.isNameNext(),
        () => node.operations.push(this.operation()),
      )
    } else this.tellMissing('`{` with operations')
    this.rest()
  }

  /** `("mailto:")` */
  private scheme(node: EffectDeclaration): void {
    const open = this.takeIf(LParen)
    if (this.isTextNext()) node.scheme = this.plainText()
    else this.tellMissing('The scheme in quotes')
    if (!open) return
    while (this.type !== RParen && !this.atEnd()) this.junk()
    this.takeIf(RParen)
  }

  private operation(): Operation {
    const { startOffset: start } = this.token
    const docs = this.docsAt(start)
    const operation = this.operationKind()
    const name = this.someName('the operation')
    const params: Param[] = []
    if (this.type === LParen) this.params(params)
    else this.tellMissing('The list of parameters, `()`,')
    const colon = this.takeIf(Colon)
    if (colon) this.reports.possibly('NoArrow', { found: ':' }, placeOf(colon))
    const result = colon || this.takeIf(Arrow) ? this.someType() : undefined
    const node: Operation = { kind: 'Operation', start, end: this.lastEnd(), operation, name, params }
    if (docs !== undefined) node.docs = docs
    if (result) node.result = result
    return node
  }

  /** `query`, `note`, `command` or `idempotent command`; a name follows it. */
  private operationKind(): OperationKind {
    const { type } = this
    const named = isName(this.ahead(1))
    if (type === idempotentWord && named) {
      this.take()
      if (!this.takeIf(commandWord)) this.tellMissing('`command`')
      return 'idempotent command'
    }
    const kind = named ? kinds.get(type) : undefined
    if (kind) this.take()
    else this.tellNoKind(named)
    return kind ?? 'command'
  }

  private tellNoKind(wrong: boolean): void {
    const { token } = this
    this.reports.possibly('NoOperationKind', wrong ? { found: cut(token.image) } : {}, placeOf(token))
    if (wrong) this.take()
  }
}
