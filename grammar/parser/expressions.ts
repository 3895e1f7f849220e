import type { Expression, Name, Reference } from '../nodes.ts'
import { closers } from '../layout/brackets.ts'
import { canStart, isReserved } from '../layout/classify.ts'
import { placeOf, shown } from '../report.ts'
import {
  Bang,
  BraceIsland,
  Colon,
  Comma,
  Equals,
  FatArrow,
  FoldHead,
  Greater,
  keyword,
  Less,
  LineEnd,
  LParen,
  Minus,
  ParenIsland,
  Question,
  ReduceHead,
  RParen,
  type IToken,
} from '../tokens.ts'
import { HeadParser, type Pending } from './heads.ts'
import { firstOf } from './operands.ts'
import { binaries, powers, prefixes, type BinaryRow } from './operators.ts'

const asWord = keyword('as')
const catchWord = keyword('catch')
const afterWord = keyword('after')
const undoWord = keyword('undo')
const withWord = keyword('with')
const doWord = keyword('do')
const ifWord = keyword('if')
const forWord = keyword('for')
const matchWord = keyword('match')

/**
 * Expressions with operators and words. Operands and operators are read in a loop, and what waits for an operand
 * stands in a list of its own, so that no chain of them, and no word in front of another, takes stack.
 */
export abstract class ExpressionParser extends HeadParser {
  /** @param target whether `=` may follow, because a statement starts here that may lack its `let` */
  protected expression(target = false): Expression {
    const pending: Pending[] = []
    let node = this.prefixed(pending)
    for (;;) {
      if (target && this.type === Equals && pending.length === 0) return node
      const next = this.continued(node, pending)
      if (!next) return this.unwind(node, pending, -1)
      node = next
    }
  }

  /** An operand with the words and signs before it, which wait for it. */
  protected prefixed(pending: Pending[]): Expression {
    for (;;) {
      const { token, type } = this
      const start = token.startOffset
      const prefix = prefixes.get(type)
      if (prefix) {
        this.take()
        const power = prefix === 'Do' ? powers.do : powers.try
        const finish = (value: Expression): Expression => {
          const { end } = this.whole(value)
          return prefix === 'Do' ? { kind: 'Do', start, end, value } : { kind: 'Try', start, end, value }
        }
        pending.push({ power, finish })
      } else if (type === Bang || type === Minus) {
        this.take()
        const operator = type === Bang ? '!' : '-'
        if (type === Bang && token.image !== '!') this.tellOperator(token, '!')
        const finish = (value: Expression): Expression => {
          return { kind: 'Unary', start, end: this.whole(value).end, operator, value }
        }
        pending.push({ power: powers.unary, finish })
      } else if (type === ifWord) this.if(pending, { blocks: [] })
      else if (type === forWord) {
        const list = this.for(pending)
        if (list) return list
      } else if (type === matchWord) this.match(pending)
      else if (type === ReduceHead || type === FoldHead) this.fold(pending)
      else {
        const isBlock = pending[pending.length - 1]?.until?.includes(type) ?? false
        return canStart(token) && !isBlock ? this.operand() : this.missingExpression()
      }
    }
  }

  /** What follows an operand, with the operand behind that; nothing where the expression ends. */
  private continued(node: Expression, pending: Pending[]): Expression | undefined {
    const { token, type } = this
    const row = binaries.get(type)
    if (row) return this.binary(node, pending, row)
    const waiting = type === BraceIsland ? firstOf(token).tokenType : type
    const at = pending.findLastIndex(entry => entry.until?.includes(waiting))
    if (at >= 0) {
      const entry = pending[at]!
      const operand = this.unwind(node, pending, -1, at + 1)
      pending.pop()
      return entry.resume!(operand)
    }
    switch (type) {
      case asWord: {
        const value = this.unwind(node, pending, powers.as)
        this.take()
        const to = this.someType()
        return { kind: 'As', start: this.whole(value).start, end: Math.max(to.end, this.lastEnd()), value, type: to }
      }
      case afterWord: {
        const value = this.unwind(node, pending, powers.after)
        this.take()
        const names = this.afterNames()
        return { kind: 'After', start: this.whole(value).start, end: this.lastEnd(), value, names }
      }
      case catchWord:
      case undoWord:
        return this.handler(node, pending)
      case withWord:
        this.take()
        this.tellMissing('`{` with settings')
        return undefined
      case Equals:
        this.reports.possibly('EqualsForCompare', {}, placeOf(token))
        return this.binary(node, pending, { operator: '==', power: powers.comparison })
      case Question:
        return this.ternary(node, pending)
      case FatArrow:
        return this.strayLambda(node, pending)
      default:
        return undefined
    }
  }

  /** Finishes what binds at least as tightly as `power`, down to a height of the list. */
  private unwind(operand: Expression, pending: Pending[], power: number, height = 0): Expression {
    let node = operand
    while (pending.length > height && pending[pending.length - 1]!.power >= power) node = pending.pop()!.finish(node)
    return node
  }

  // Operators

  private binary(node: Expression, pending: Pending[], { operator, power }: BinaryRow): Expression {
    const tighter = this.unwind(node, pending, power + 0.1)
    const sign = this.take()
    if (sign.tokenType === Less && this.type === Greater && this.touches()) {
      this.take()
      this.tellOperator({ ...sign, image: '<>' }, '!=')
    } else if (sign.image !== operator && sign.tokenType !== Equals) this.tellOperator(sign, operator)
    if (power === powers.comparison && pending[pending.length - 1]?.power === power)
      this.reports.possibly('ChainedComparison', {}, placeOf(sign))
    const left = this.unwind(tighter, pending, power)
    const finish = (right: Expression): Expression => ({
      ...{ kind: 'Binary', start: this.whole(left).start, end: this.whole(right).end, operator, left, right },
    })
    pending.push({ power, finish })
    return this.prefixed(pending)
  }

  private tellOperator(sign: IToken, wanted: string): void {
    this.reports.possibly('WrongOperator', { found: sign.image, wanted }, placeOf(sign))
  }

  private afterNames(): Reference[] {
    const names: Reference[] = []
    const add = ({ start, end, text: name }: Name): number => names.push({ kind: 'Reference', start, end, name })
    if (this.type !== LParen && this.type !== ParenIsland) add(this.someName('an effect'))
    else
      this.bracket(ParenIsland, () => {
        this.take()
        this.commaSeparated(
          RParen,
          () => this.isNameNext(),
          () => add(this.name()),
        )
      })
    return names
  }

  /** `catch e => …`, `undo r => …`. */
  private handler(node: Expression, pending: Pending[]): Expression {
    const isCatch = this.type === catchWord
    const power = isCatch ? powers.catch : powers.undo
    const value = this.unwind(node, pending, power)
    this.take()
    const name = this.handled(isCatch ? 'the failure' : 'the result')
    this.fatArrow()
    const { start } = this.whole(value)
    pending.push({
      power,
      finish: found =>
        isCatch
          ? { kind: 'Catch', start, end: this.whole(found).end, value, name, alternative: found }
          : { kind: 'Undo', start, end: this.whole(found).end, value, name, action: found },
    })
    if (!isCatch && this.type === doWord) {
      const at = this.take().startOffset
      pending.push({
        power: powers.undone,
        finish: found => ({ kind: 'Do', start: at, end: this.whole(found).end, value: found }),
      })
    }
    return this.prefixed(pending)
  }

  /** The name behind `catch` or `undo`. */
  private handled(what: string): Name {
    if (isReserved(this.token) && this.ahead(1).tokenType !== FatArrow) {
      this.reports.possibly('ExpectedName', { what, found: shown(this.token) }, this.next())
      return this.noName()
    }
    if (this.type !== LParen && this.type !== ParenIsland) return this.someName(what)
    this.reports.possibly('HandlerInParentheses', {}, this.opening())
    const name = this.ahead(1)
    const found = this.type === LParen && this.ahead(2).tokenType === RParen ? this.toName(name) : undefined
    this.skip()
    return found ?? this.noName()
  }

  /** `c ? a : b`, which the language does not have. */
  private ternary(node: Expression, pending: Pending[]): Expression {
    const condition = this.unwind(node, pending, powers.or)
    this.reports.possibly('Ternary', {}, placeOf(this.take()))
    const { start } = condition
    const finish = (last: Expression): Expression => ({ kind: 'Missing', start, end: last.end })
    const resume = (): Expression => {
      this.take()
      pending.push({ power: 0, finish })
      return this.prefixed(pending)
    }
    pending.push({ power: 0, finish, until: [Colon], resume })
    return this.prefixed(pending)
  }

  /** A function where none is wanted; it is passed over. */
  private strayLambda(node: Expression, pending: Pending[]): Expression {
    this.reports.possibly('FunctionAsValue', {}, placeOf(this.token))
    do this.skip()
    while (this.type !== Comma && this.type !== LineEnd && !closers.has(this.type) && !this.atEnd())
    return { kind: 'Missing', start: this.unwind(node, pending, 0.5).start, end: this.lastEnd() }
  }
}
