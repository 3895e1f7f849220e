import type { Block, Expression, For, If, Match, Name, Reference } from '../nodes.ts'
import { closers } from '../layout/brackets.ts'
import { canStart, isName, isReserved } from '../layout/classify.ts'
import { placeOf, shown } from '../report.ts'
import {
  Bang,
  BraceIsland,
  Colon,
  Comma,
  Dot,
  Equals,
  FatArrow,
  FoldHead,
  Greater,
  keyword,
  LArms,
  LBlock,
  Less,
  LineEnd,
  LParen,
  Minus,
  ParenIsland,
  Question,
  ReduceHead,
  RParen,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import { firstOf } from './operands.ts'
import { binaries, powers, prefixes, type BinaryRow } from './operators.ts'
import { PatternParser } from './patterns.ts'

const asWord = keyword('as')
const catchWord = keyword('catch')
const afterWord = keyword('after')
const undoWord = keyword('undo')
const withWord = keyword('with')
const fromWord = keyword('from')
const doWord = keyword('do')
const tryWord = keyword('try')
const elseWord = keyword('else')
const ifWord = keyword('if')
const forWord = keyword('for')
const inWord = keyword('in')
const letWord = keyword('let')
const matchWord = keyword('match')

/** What waits for the operand behind it. */
interface Pending {
  /** What binds looser than this ends it; nothing ends what has no power but a word or a brace. */
  power: number
  /** The expression that the operand makes it. */
  finish: (operand: Expression) => Expression
  /** Goes on where one of these follows the operand, and returns the operand that comes out of it. */
  until?: readonly TokenType[]
  resume?: (operand: Expression) => Expression
}

/** An `if` with all of its `else`. */
interface Chain {
  first?: If
  last?: If
  /** Its blocks that were parsed. */
  blocks: Block[]
  /** Whether an `else` ends it; known when all of it was seen. */
  whole?: boolean
}

/**
 * Expressions with operators and words. Operands and operators are read in a loop, and what waits for an operand
 * stands in a list of its own, so that no chain of them, and no word in front of another, takes stack.
 */
export abstract class ExpressionParser extends PatternParser {
  /** Reads the body at the next token into `node`; `done` is called when all of it is there. */
  protected abstract block(node: Block, done?: () => void): void
  /** Tells of a block that lacks the value that is wanted of it. */
  protected abstract tellNoValue(block: Block): void

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
  private prefixed(pending: Pending[]): Expression {
    for (;;) {
      const { token, type } = this
      const start = token.startOffset
      const prefix = prefixes.get(type)
      if (prefix) {
        this.take()
        const power = prefix === 'Do' ? powers.do : powers.try
        const finish = (value: Expression): Expression =>
          prefix === 'Do' ? { kind: 'Do', start, end: value.end, value } : { kind: 'Try', start, end: value.end, value }
        pending.push({ power, finish })
      } else if (type === Bang || type === Minus) {
        this.take()
        const operator = type === Bang ? '!' : '-'
        if (type === Bang && token.image !== '!') this.tellOperator(token, '!')
        const finish = (value: Expression): Expression => ({ kind: 'Unary', start, end: value.end, operator, value })
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
        return { kind: 'As', start: value.start, end: Math.max(to.end, this.lastEnd()), value, type: to }
      }
      case afterWord: {
        const value = this.unwind(node, pending, powers.after)
        this.take()
        const names = this.afterNames()
        return { kind: 'After', start: value.start, end: this.lastEnd(), value, names }
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
      ...{ kind: 'Binary', start: left.start, end: right.end, operator, left, right },
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
    const { start } = value
    pending.push({
      power,
      finish: found =>
        isCatch
          ? { kind: 'Catch', start, end: found.end, value, name, alternative: found }
          : { kind: 'Undo', start, end: found.end, value, name, action: found },
    })
    if (!isCatch && this.type === doWord) {
      const at = this.take().startOffset
      pending.push({ power: powers.undone, finish: found => ({ kind: 'Do', start: at, end: found.end, value: found }) })
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

  // Words with blocks

  private if(pending: Pending[], chain: Chain): void {
    const { startOffset: start } = this.take()
    const finish = (condition: Expression): Expression => {
      this.tellNoBlock('if')
      this.addIf(chain, { kind: 'If', start, end: 0, condition, then: this.noBlock() })
      return this.endChain(chain)
    }
    const resume = (condition: Expression): Expression => {
      const node: If = { kind: 'If', start, end: 0, condition, then: this.noBlock() }
      this.addIf(chain, node)
      this.branch(node.then, chain)
      if (this.takeIf(elseWord)) {
        if (this.type === ifWord) {
          this.if(pending, chain)
          return this.prefixed(pending)
        }
        node.otherwise = this.noBlock()
        if (this.isBlockNext()) this.branch(node.otherwise, chain)
        else this.tellNoBlock('else')
      }
      const first = this.endChain(chain)
      return this.postfix(first, first.start)
    }
    pending.push({ power: 0, finish, until: [LBlock], resume })
  }

  private addIf(chain: Chain, node: If): void {
    if (chain.last) chain.last.otherwise = node
    chain.last = node
    chain.first ??= node
  }

  /** @returns the `if` that the chain starts with */
  private endChain(chain: Chain): If {
    chain.whole = chain.last!.otherwise !== undefined
    for (const block of chain.blocks) this.settle(block, chain)
    for (let at: If | Block | undefined = chain.first; at?.kind === 'If'; at = at.otherwise) at.end = this.lastEnd()
    return chain.first!
  }

  private branch(block: Block, chain: Chain): void {
    this.block(block, () => {
      chain.blocks.push(block)
      this.settle(block, chain)
    })
  }

  /** Without `else` nobody uses the last line; with it each block has a value. */
  private settle(block: Block, chain: Chain): void {
    if (chain.whole === undefined) return
    if (chain.whole && !block.value) this.tellNoValue(block)
    else if (!chain.whole && block.value) {
      const { start, end } = block.value
      block.statements.push({ kind: 'Perform', start, end, value: block.value })
      delete block.value
    }
  }

  /** @returns the list, where it was left out because it stands in parentheses with the name */
  private for(pending: Pending[]): Expression | undefined {
    const { startOffset: start } = this.take()
    const isBracket = this.type === LParen || this.type === ParenIsland
    const name = isBracket ? this.nameInParentheses() : this.someName('the element')
    const index = this.takeIf(Comma) ? this.someName('the index') : undefined
    if (!isBracket && !this.takeIf(inWord)) this.tellNoIn()
    const make = (list: Expression, body: Block): For => ({
      ...{ kind: 'For', start, end: this.lastEnd(), name, ...(index ? { index } : {}), list, body },
    })
    const finish = (list: Expression): Expression => {
      this.tellNoBlock('for')
      return make(list, this.noBlock())
    }
    const resume = (list: Expression): Expression => {
      const body = this.noBlock()
      this.block(body, () => body.value || body.statements.length > 0 || this.tellNoValue(body))
      return this.postfix(make(list, body), start)
    }
    pending.push({ power: 0, finish, until: [LBlock], resume })
    return isBracket ? this.missing() : undefined
  }

  /** `(x in xs)`, `(let x of xs)`. */
  private nameInParentheses(): Name {
    this.reports.possibly('HeadInParentheses', {}, this.opening())
    const first = this.ahead(1)
    const name = first.tokenType === letWord || first.image === 'const' ? this.ahead(2) : first
    const found = this.type === LParen && isName(name) ? this.toName(name) : undefined
    this.skip()
    return found ?? this.noName()
  }

  private tellNoIn(): void {
    const { token, type } = this
    const instead = type === Colon || type === Equals || token.image === 'of' || token.image === 'from'
    const found = shown(token)
    this.reports.possibly('MissingIn', instead ? { found, instead: true } : { found }, this.next())
    if (instead) this.take()
  }

  private match(pending: Pending[]): void {
    const { startOffset: start } = this.take()
    const finish = (value: Expression): Expression => {
      this.tellNoBlock('match')
      return { kind: 'Match', start, end: value.end, value, arms: [] }
    }
    const resume = (value: Expression): Expression => {
      const node: Match = { kind: 'Match', start, end: 0, value, arms: [] }
      this.arms(node.arms)
      node.end = this.lastEnd()
      return this.postfix(node, start)
    }
    pending.push({ power: 0, finish, until: [LArms], resume })
  }

  private isBlockNext(): boolean {
    return firstOf(this.token).tokenType === LBlock
  }

  private noBlock(): Block {
    return { kind: 'Block', ...this.behind(), statements: [] }
  }

  private tellNoBlock(word: string): void {
    this.reports.possibly('MissingBlock', { word }, this.next())
  }

  /** A body where a value stands: behind `=>`, and by mistake elsewhere. */
  protected blockValue(): Expression {
    const node = this.noBlock()
    const word = this.last.tokenType
    if (word !== FatArrow) {
      const params = word === doWord || word === tryWord ? { word: this.last.image } : {}
      this.reports.possibly('BlockAsValue', params, this.opening())
    }
    if (!this.isBlockNext()) {
      this.junk()
      return this.missing()
    }
    this.block(node, () => node.value || this.tellNoValue(node))
    return node
  }

  private opening(): { start: number; end: number } {
    const { startOffset } = this.token
    return { start: startOffset, end: startOffset + 1 }
  }

  // `reduce` and `fold`

  private fold(pending: Pending[]): void {
    const word = this.take()
    const start = word.startOffset
    const isReduce = word.tokenType === ReduceHead
    const lacks =
      (what: string) =>
      (list: Expression): Expression => {
        this.tellMissing(what)
        return { kind: 'Missing', start, end: list.end }
      }
    const combined = (list: Expression, init?: Expression): Expression => {
      this.take()
      return this.combine(pending, start, (found): Expression => {
        const place = { start, end: Math.max(found.end, this.lastEnd()) }
        return init
          ? { kind: 'Fold', ...place, list, init, step: found }
          : isReduce
            ? { kind: 'Reduce', ...place, list, combine: found }
            : { kind: 'Missing', ...place }
      })
    }
    if (isReduce) {
      pending.push({ power: 0, finish: lacks('`with`'), until: [withWord], resume: combined })
      return
    }
    const resume = (list: Expression): Expression => {
      if (!this.takeIf(fromWord)) {
        this.tellMissing('`from` with the first state')
        return combined(list)
      }
      pending.push({
        power: 0,
        finish: lacks('`with`'),
        until: [withWord],
        resume: init => combined(list, init),
      })
      return this.prefixed(pending)
    }
    pending.push({ power: 0, finish: lacks('`from`'), until: [fromWord, withWord], resume })
  }

  /** `(a, b) => e`, or the path of a function. */
  private combine(pending: Pending[], start: number, finish: (combine: Expression) => Expression): Expression {
    const at = this.token.startOffset
    const params: Name[] = []
    const bare = this.isNameNext() && this.ahead(1).tokenType === FatArrow
    if (this.type === LParen || this.type === ParenIsland) {
      this.bracket(ParenIsland, () => {
        this.take()
        this.commaSeparated(
          RParen,
          () => this.isNameNext(),
          () => params.push(this.name()),
        )
      })
    } else if (bare) {
      this.tellMissing('`(`')
      params.push(this.name())
    } else {
      if (this.isNameNext()) return this.postfix(finish(this.path()), start)
      this.tellMissing('A function')
      return finish(this.missing())
    }
    this.fatArrow()
    pending.push({
      power: 0,
      finish: body => finish({ kind: 'Lambda', start: at, end: body.end, params, body }),
    })
    return this.prefixed(pending)
  }

  private path(): Expression {
    const { text: name, start, end } = this.name()
    let node: Expression = { kind: 'Reference', start, end, name }
    while (this.type === Dot) node = this.access(node, start)
    return node
  }
}
