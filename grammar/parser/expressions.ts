import type { Expression, Name, Reference } from '../nodes.ts'
import { canStart, isName, isOperator, isReserved } from '../layout/classify.ts'
import { placeOf, shown } from '../report.ts'
import {
  Bang,
  BlockIsland,
  ArmsIsland,
  Colon,
  Comma,
  Dot,
  endOf,
  Equals,
  FatArrow,
  Greater,
  Infix,
  keyword,
  LArms,
  LBlock,
  LBracket,
  Less,
  LParen,
  Minus,
  ParenIsland,
  Question,
  RParen,
  type IToken,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { HeadParser } from './heads.ts'
import { awaits, type Pending, type Released } from './pending.ts'
import { binaries, powers, type BinaryRow } from './operators.ts'

const asWord = keyword('as')
const catchWord = keyword('catch')
const afterWord = keyword('after')
const undoWord = keyword('undo')
const withWord = keyword('with')
const fromWord = keyword('from')
const doWord = keyword('do')
const tryWord = keyword('try')

/**
 * Expressions with operators and words. Operands and operators are read in a loop, and what waits for an operand
 * stands in a list of its own, so that no chain of them, and no word in front of another, takes stack.
 */
export abstract class ExpressionParser extends HeadParser {
  protected readonly expression: Rule<[target?: boolean], Expression> = this.rule('expression', target => {
    const alone = this.ACTION(() => (this.standsAlone(1) ? this.takeOperand() : undefined))
    if (alone) return alone
    const pending: Pending[] = []
    let node = this.OR([
      { ALT: () => this.SUBRULE(this.operand) },
      {
        ALT: () => {
          this.AT_LEAST_ONE(() => this.SUBRULE(this.prefix, { ARGS: [pending] }))
          return this.SUBRULE(this.waitedOperand, { ARGS: [pending] })
        },
      },
    ])
    this.MANY({
      GATE: () => this.goesOn(pending, target ?? false),
      DEF: () => {
        node = this.SUBRULE(this.continued, { ARGS: [node, pending] })
      },
    })
    return this.ACTION(() => this.unwind(node, pending, -1))
  })

  /** An operand that must be there, with the words and signs before it, which wait for it. */
  protected readonly nextOperand: Rule<[Pending[]], Expression> = this.rule('nextOperand', pending => {
    this.MANY(() => this.SUBRULE(this.prefix, { ARGS: [pending] }))
    return this.SUBRULE(this.waitedOperand, { ARGS: [pending] })
  })

  /** The operand of what waits last; a brace that is waited for is none. */
  private readonly waitedOperand: Rule<[Pending[]], Expression> = this.rule('waitedOperand', pending => {
    const last = this.ACTION(() => pending[pending.length - 1])
    const found = this.OPTION({
      GATE: () => last === undefined || !(last.complete || awaits(last, this.LA(1))),
      DEF: () => this.SUBRULE(this.operand),
    })
    return this.ACTION(() => found ?? (last?.complete ? this.missing() : this.missingExpression()))
  })

  /** A word or a sign before an operand. */
  private readonly prefix: Rule<[Pending[]], void> = this.rule('prefix', pending => {
    this.OR([
      { ALT: () => this.SUBRULE(this.head, { ARGS: [pending] }) },
      { ALT: () => this.wordBefore(this.CONSUME(doWord), 'Do', powers.do, pending) },
      { ALT: () => this.wordBefore(this.CONSUME(tryWord), 'Try', powers.try, pending) },
      { ALT: () => this.signBefore(this.CONSUME(Bang), '!', pending) },
      { ALT: () => this.signBefore(this.CONSUME(Minus), '-', pending) },
    ])
  })

  private wordBefore({ startOffset: start }: IToken, kind: 'Do' | 'Try', power: number, pending: Pending[]): void {
    const finish = (value: Expression): Expression => {
      const place = { start, end: this.whole(value).end }
      return kind === 'Do' ? { kind, ...place, value } : { kind, ...place, value }
    }
    this.add(pending, { power, finish })
  }

  private signBefore(token: IToken, operator: '!' | '-', pending: Pending[]): void {
    const start = token.startOffset
    this.ACTION(() => {
      if (operator === '!' && token.image !== '!') this.tellOperator(token, '!')
    })
    this.add(pending, {
      power: powers.unary,
      finish: value => ({ kind: 'Unary', start, end: this.whole(value).end, operator, value }),
    })
  }

  /** Whether the expression goes on with the next token, if that is one that can follow an operand. */
  private goesOn(pending: Pending[], target: boolean): boolean {
    const token = this.LA(1)
    switch (token.tokenType) {
      case Equals:
        return !target || pending.length > 0
      case LBlock:
      case BlockIsland:
      case LArms:
      case ArmsIsland:
      case fromWord:
      case Colon:
        return pending.some(entry => awaits(entry, token))
      default:
        return true
    }
  }

  /** What follows an operand, with the operand behind that. */
  private readonly continued: Rule<[Expression, Pending[]], Expression> = this.rule('continued', (node, pending) =>
    this.OR([
      {
        ALT: () => {
          const sign = this.CONSUME(Infix)
          this.OPTION({ GATE: () => sign.tokenType === Less && this.touches(), DEF: () => this.CONSUME(Greater) })
          this.ACTION(() => this.binary(node, pending, sign, binaries.get(sign.tokenType)!))
          return this.SUBRULE(this.nextOperand, { ARGS: [pending] })
        },
      },
      {
        ALT: () => {
          const sign = this.CONSUME(Equals)
          this.ACTION(() => {
            this.reports.possibly('EqualsForCompare', {}, placeOf(sign))
            this.binary(node, pending, sign, { operator: '==', power: powers.comparison })
          })
          return this.SUBRULE1(this.nextOperand, { ARGS: [pending] })
        },
      },
      { ALT: () => this.SUBRULE(this.as, { ARGS: [node, pending] }) },
      { ALT: () => this.SUBRULE(this.after, { ARGS: [node, pending] }) },
      { ALT: () => this.SUBRULE(this.handler, { ARGS: [node, pending] }) },
      { ALT: () => this.SUBRULE(this.combine, { ARGS: [node, pending] }) },
      { ALT: () => this.SUBRULE(this.ternary, { ARGS: [node, pending] }) },
      { ALT: () => this.SUBRULE(this.strayLambda, { ARGS: [node, pending] }) },
      {
        ALT: () => {
          const released = this.ACTION(() => this.release(node, pending)!)
          return this.SUBRULE(this.resumed, { ARGS: [released, pending] })
        },
      },
    ]),
  )

  /** Takes the innermost construct that waits for the next token, with its operand. */
  private release(node: Expression, pending: Pending[]): Released | undefined {
    const at = pending.findLastIndex(entry => awaits(entry, this.LA(1)))
    if (at < 0) return undefined
    const operand = this.unwind(node, pending, -1, at + 1)
    return { waiting: pending.pop()!.waiting!, operand }
  }

  /** Finishes what binds at least as tightly as `power`, down to a height of the list. */
  private unwind(operand: Expression, pending: Pending[], power: number, height = 0): Expression {
    let node = operand
    while (pending.length > height && pending[pending.length - 1]!.power >= power) node = pending.pop()!.finish(node)
    return node
  }

  // Operators

  private binary(node: Expression, pending: Pending[], sign: IToken, { operator, power }: BinaryRow): void {
    const tighter = this.unwind(node, pending, power + 0.1)
    if (sign.tokenType === Less && this.last() !== sign) this.tellOperator({ ...sign, image: '<>' }, '!=')
    else if (sign.image !== operator && sign.tokenType !== Equals) this.tellOperator(sign, operator)
    if (power === powers.comparison && pending[pending.length - 1]?.power === power)
      this.reports.possibly('ChainedComparison', { sign: operator }, placeOf(sign))
    const left = this.unwind(tighter, pending, power)
    const finish = (right: Expression): Expression => ({
      ...{ kind: 'Binary', start: this.whole(left).start, end: this.whole(right).end, operator, left, right },
    })
    pending.push({ power, finish })
  }

  private tellOperator(sign: IToken, wanted: string): void {
    this.reports.possibly('WrongOperator', { found: sign.image, wanted }, placeOf(sign))
  }

  // Words behind an operand

  private readonly as: Rule<[Expression, Pending[]], Expression> = this.rule('as', (node, pending) => {
    const value = this.ACTION(() => this.unwind(node, pending, powers.as))
    this.CONSUME(asWord)
    const to = this.SUBRULE(this.someType)
    return this.ACTION((): Expression => {
      return { kind: 'As', start: this.whole(value).start, end: Math.max(to.end, this.lastEnd()), value, type: to }
    })
  })

  private readonly after: Rule<[Expression, Pending[]], Expression> = this.rule('after', (node, pending) => {
    const value = this.ACTION(() => this.unwind(node, pending, powers.after))
    this.CONSUME(afterWord)
    const names: Name[] = []
    this.OR([
      { ALT: () => this.bracket(ParenIsland, this.namesInParentheses, names) },
      { ALT: () => names.push(this.SUBRULE(this.someName, { ARGS: ['an effect'] })) },
    ])
    return this.ACTION((): Expression => {
      const toReference = ({ start, end, text: name }: Name): Reference => ({ kind: 'Reference', start, end, name })
      const { start } = this.whole(value)
      return { kind: 'After', start, end: this.lastEnd(), value, names: names.map(toReference) }
    })
  })

  /** `catch e => …`, `undo r => …`. */
  private readonly handler: Rule<[Expression, Pending[]], Expression> = this.rule('handler', (node, pending) => {
    const isCatch = this.isNext(catchWord)
    const power = isCatch ? powers.catch : powers.undo
    const value = this.ACTION(() => this.unwind(node, pending, power))
    this.OR([{ ALT: () => this.CONSUME(catchWord) }, { ALT: () => this.CONSUME(undoWord) }])
    const name = this.SUBRULE(this.handled, { ARGS: [isCatch ? 'the failure' : 'the result'] })
    this.SUBRULE(this.fatArrow)
    this.ACTION(() => {
      const { start } = this.whole(value)
      const finish = (found: Expression): Expression => {
        const place = { start, end: this.whole(found).end }
        return isCatch
          ? { kind: 'Catch', ...place, value, name, alternative: found }
          : { kind: 'Undo', ...place, value, name, action: found }
      }
      pending.push({ power, finish })
    })
    this.OPTION({
      GATE: () => !isCatch && this.isNext(doWord),
      DEF: () => this.wordBefore(this.CONSUME(doWord), 'Do', powers.undone, pending),
    })
    return this.SUBRULE(this.nextOperand, { ARGS: [pending] })
  })

  /** The name behind `catch` or `undo`. */
  private readonly handled: Rule<[what: string], Name> = this.rule('handled', what =>
    this.OR([
      { GATE: () => this.isParenNext(), ALT: () => this.SUBRULE(this.handledInParentheses) },
      { GATE: () => this.isHandledName(), ALT: () => this.SUBRULE(this.name) },
      { ALT: () => this.ACTION(() => this.tellNoHandled(what)) },
    ]),
  )

  /** Whether the next token names a failure or a result, and is not what stands for it already. */
  private isHandledName(): boolean {
    const [token, next] = [this.LA(1), this.LA(2)]
    if (isReserved(token)) return next.tokenType === FatArrow
    const isBracket = next.tokenType === LParen || next.tokenType === LBracket
    return next.tokenType !== Dot && !isOperator(next) && !(isBracket && endOf(token) === next.startOffset)
  }

  private tellNoHandled(what: string): Name {
    const [word, token] = [this.last(), this.LA(1)]
    if (!canStart(token)) return this.tellNoName(what)
    const at = token.startOffset
    const fix = { title: 'Insert `_ =>`', edits: [{ start: at, end: at, text: '_ => ' }] }
    const params = { word: word.image, found: shown(token) }
    this.reports.possibly('HandlerWithoutName', params, placeOf(token), { fixes: [fix] })
    return this.noName()
  }

  private readonly handledInParentheses: Rule<[], Name> = this.rule('handledInParentheses', () => {
    const open = this.opening()
    const name = this.LA(2)
    const isPlain = this.isNext(LParen) && this.isNext(RParen, 3)
    const isEmpty = this.isNext(LParen) && this.isNext(RParen, 2)
    const before = (this.touches() ? ' ' : '') + (isEmpty ? '_' : '')
    this.SUBRULE(this.skip)
    return this.ACTION(() => {
      const isHandler = (isEmpty || (isPlain && isName(name))) && this.isNext(FatArrow)
      const fixes = isHandler ? this.unwrapping(open, [{ ...open, text: before }]) : []
      this.reports.possibly('HandlerInParentheses', {}, open, { fixes })
      return isPlain ? this.toName(name) : this.noName()
    })
  })

  /** `with` and a function, where `reduce` or `fold` waits for it; else its settings are missing. */
  private readonly combine: Rule<[Expression, Pending[]], Expression> = this.rule('combine', (node, pending) => {
    const released = this.ACTION(() => {
      const found = this.release(node, pending)
      if (found?.waiting.word === 'fold') this.tellMissing('`from` with the first state')
      return found
    })
    this.CONSUME(withWord)
    const found = this.OPTION({
      GATE: () => released !== undefined,
      DEF: () => this.SUBRULE(this.combination, { ARGS: [released!, pending] }),
    })
    return this.ACTION(() => {
      if (found) return found
      this.tellMissing(released ? 'A function' : '`{` with settings')
      return released ? this.combined(released, this.missing()) : node
    })
  })

  /** `c ? a : b`, which the language does not have. */
  private readonly ternary: Rule<[Expression, Pending[]], Expression> = this.rule('ternary', (node, pending) => {
    const sign = this.CONSUME(Question)
    this.ACTION(() => {
      const { start } = this.unwind(node, pending, powers.or)
      this.reports.possibly('Ternary', {}, placeOf(sign))
      const finish = (last: Expression): Expression => ({ kind: 'Missing', start, end: last.end })
      pending.push({ power: 0, finish, waiting: { word: 'ternary', start } })
    })
    return this.SUBRULE(this.nextOperand, { ARGS: [pending] })
  })

  /** A function where none is wanted; it is passed over. */
  private readonly strayLambda: Rule<[Expression, Pending[]], Expression> = this.rule(
    'strayLambda',
    (node, pending) => {
      const sign = this.CONSUME(FatArrow)
      this.MANY({ GATE: () => !this.isNext(Comma), DEF: () => this.SUBRULE(this.skip) })
      return this.ACTION((): Expression => {
        this.reports.possibly('FunctionAsValue', {}, placeOf(sign))
        return { kind: 'Missing', start: this.unwind(node, pending, 0.5).start, end: this.lastEnd() }
      })
    },
  )
}
