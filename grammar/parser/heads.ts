import type { Block, Expression, For, If, Match, Name } from '../nodes.ts'
import { isName } from '../layout/classify.ts'
import { shown } from '../report.ts'
import {
  Colon,
  Comma,
  Dot,
  Equals,
  FatArrow,
  keyword,
  LArms,
  LBlock,
  LParen,
  ParenIsland,
  ReduceHead,
  RParen,
  type TokenType,
} from '../tokens.ts'
import { firstOf } from './operands.ts'
import { PatternParser } from './patterns.ts'

const withWord = keyword('with')
const fromWord = keyword('from')
const doWord = keyword('do')
const tryWord = keyword('try')
const elseWord = keyword('else')
const ifWord = keyword('if')
const inWord = keyword('in')
const letWord = keyword('let')

/** What waits for the operand behind it. */
export interface Pending {
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

/** The words before operands that are followed by more: `if`, `for`, `match`, `reduce`, `fold`; and bodies. */
export abstract class HeadParser extends PatternParser {
  /** Reads the body at the next token into `node`; `done` is called when all of it is there. */
  protected abstract block(node: Block, done?: () => void): void
  /** Tells of a block that lacks the value that is wanted of it. */
  protected abstract tellNoValue(block: Block): void

  /** An operand with the words and signs before it, which wait for it. */
  protected abstract prefixed(pending: Pending[]): Expression

  // Words with blocks

  protected if(pending: Pending[], chain: Chain): void {
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
      const { start, end } = this.whole(block.value)
      block.statements.push({ kind: 'Perform', start, end, value: block.value })
      delete block.value
    }
  }

  /** @returns the list, where it was left out because it stands in parentheses with the name */
  protected for(pending: Pending[]): Expression | undefined {
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

  protected match(pending: Pending[]): void {
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

  protected opening(): { start: number; end: number } {
    const { startOffset } = this.token
    return { start: startOffset, end: startOffset + 1 }
  }

  // `reduce` and `fold`

  protected fold(pending: Pending[]): void {
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
      finish: body => finish({ kind: 'Lambda', start: at, end: this.whole(body).end, params, body }),
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
