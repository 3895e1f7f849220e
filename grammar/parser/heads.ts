import { suggest } from '../../dag/suggest.ts'
import type { Block, Expression, For, If, Match, Name } from '../nodes.ts'
import { canStart, isName } from '../layout/classify.ts'
import { cut, placeOf, shown } from '../report.ts'
import {
  Colon,
  Comma,
  Equals,
  FatArrow,
  FoldHead,
  keyword,
  LParen,
  Name as NameToken,
  ReduceHead,
  RParen,
  type IToken,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { FoldParser } from './folds.ts'
import { chainOf, type Chain, type Pending, type Released } from './pending.ts'

const fromWord = keyword('from')
const doWord = keyword('do')
const tryWord = keyword('try')
const elseWord = keyword('else')
const ifWord = keyword('if')
const forWord = keyword('for')
const matchWord = keyword('match')
const inWord = keyword('in')
const letWord = keyword('let')

/** The words before operands that are followed by more: `if`, `for`, `match`, `reduce`, `fold`; and bodies. */
export abstract class HeadParser extends FoldParser {
  /** Reads the body at the next token into `node`; `done` is called when all of it is there. */
  protected abstract readonly block: Rule<[node: Block, done: () => void], void>
  /** Tells of a block that lacks the value that is wanted of it. */
  protected abstract tellNoValue(block: Block): void

  /** A word before an operand that is followed by more. */
  protected readonly head: Rule<[Pending[]], void> = this.rule('head', pending => {
    this.OR([
      { ALT: () => this.if(this.CONSUME(ifWord), pending, { blocks: [] }) },
      { ALT: () => this.SUBRULE(this.for, { ARGS: [pending] }) },
      { ALT: () => this.match(this.CONSUME(matchWord), pending) },
      { ALT: () => this.reduce(this.CONSUME(ReduceHead), pending) },
      { ALT: () => this.fold(this.CONSUME(FoldHead), pending) },
    ])
  })

  /** What follows the operand of a word that waits for a body, for arms, or for another operand. */
  protected readonly resumed: Rule<[Released, Pending[]], Expression> = this.rule('resumed', (released, pending) =>
    this.OR([
      {
        GATE: () => released.waiting.word === 'if',
        ALT: () => this.SUBRULE(this.branches, { ARGS: [released, pending] }),
      },
      { GATE: () => released.waiting.word === 'for', ALT: () => this.SUBRULE(this.loop, { ARGS: [released] }) },
      { ALT: () => this.SUBRULE(this.cases, { ARGS: [released] }) },
      {
        ALT: () => {
          this.CONSUME(fromWord)
          this.ACTION(() => this.addState(released, pending))
          return this.SUBRULE(this.nextOperand, { ARGS: [pending] })
        },
      },
      {
        ALT: () => {
          this.CONSUME(Colon)
          this.ACTION(() => {
            const { start } = released.waiting
            pending.push({ power: 0, finish: last => ({ kind: 'Missing', start, end: last.end }) })
          })
          return this.SUBRULE1(this.nextOperand, { ARGS: [pending] })
        },
      },
    ]),
  )

  // Words with blocks

  private if(word: IToken, pending: Pending[], chain: Chain): void {
    const start = word.startOffset
    const finish = (condition: Expression): Expression => {
      this.tellNoBlock('if')
      this.addIf(chain, { kind: 'If', start, end: 0, condition, then: this.noBlock() })
      return this.endChain(chain)
    }
    this.add(pending, { power: 0, finish, waiting: { word: 'if', start, chain } })
  }

  private readonly branches: Rule<[Released, Pending[]], Expression> = this.rule('branches', (released, pending) => {
    const node = this.ACTION(() => this.startIf(released))
    this.SUBRULE(this.branch, { ARGS: [released, node, 'then'] })
    let condition: Expression | undefined
    this.OPTION(() => {
      this.CONSUME(elseWord)
      this.OR([
        {
          ALT: () => {
            const word = this.CONSUME(ifWord)
            this.ACTION(() => this.if(word, pending, chainOf(released)))
            condition = this.SUBRULE(this.nextOperand, { ARGS: [pending] })
          },
        },
        { ALT: () => this.SUBRULE1(this.branch, { ARGS: [released, node, 'otherwise'] }) },
        {
          ALT: () =>
            this.ACTION(() => {
              node.otherwise = this.noBlock()
              this.tellNoBlock('else')
            }),
        },
      ])
    })
    const found = this.ACTION(() => condition ?? this.endChain(chainOf(released)))
    return this.postfix(found, found?.start, () => condition === undefined)
  })

  private startIf({ waiting, operand }: Released): If {
    const node: If = { kind: 'If', start: waiting.start, end: 0, condition: operand, then: this.noBlock() }
    if (waiting.word === 'if') this.addIf(waiting.chain, node)
    return node
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

  private readonly branch: Rule<[Released, If, 'then' | 'otherwise'], void> = this.rule(
    'branch',
    (released, node, place) => {
      const block = this.ACTION(() => (node[place] = this.noBlock()))
      const done = (): void => {
        const chain = chainOf(released)
        chain.blocks.push(block)
        this.settle(block, chain)
      }
      this.SUBRULE(this.block, { ARGS: [block, done] })
    },
  )

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

  private readonly for: Rule<[Pending[]], void> = this.rule('for', pending => {
    const { startOffset: start } = this.CONSUME(forWord)
    const namesAlone = this.areNamesAlone()
    const isBracket = !namesAlone && this.isParenNext()
    const found: Name[] = []
    this.OR([
      { GATE: () => namesAlone, ALT: () => this.SUBRULE(this.loopNamesInParentheses, { ARGS: [found] }) },
      { GATE: () => isBracket, ALT: () => found.push(this.SUBRULE(this.nameInParentheses)) },
      { ALT: () => this.SUBRULE(this.loopNames, { ARGS: [found] }) },
    ])
    const [name = this.noName(), index] = found
    this.SUBRULE(this.in, { ARGS: [isBracket] })
    const make = (list: Expression, body: Block): For => ({
      ...{ kind: 'For', start, end: this.lastEnd(), name, ...(index ? { index } : {}), list, body },
    })
    const finish = (list: Expression): Expression => {
      this.tellNoBlock('for')
      return make(list, this.noBlock())
    }
    this.add(pending, { power: 0, finish, waiting: { word: 'for', start, make }, complete: isBracket })
  })

  private readonly loopNames: Rule<[Name[]], void> = this.rule('loopNames', names => {
    this.add(names, this.SUBRULE(this.someName, { ARGS: ['the element'] }))
    this.OPTION(() => {
      this.CONSUME(Comma)
      this.add(names, this.SUBRULE1(this.someName, { ARGS: ['the index'] }))
    })
  })

  /** Whether `(x)` or `(x, i)` is next. */
  private areNamesAlone(): boolean {
    if (!this.isNext(LParen) || !isName(this.LA(2))) return false
    return this.isNext(RParen, 3) || (this.isNext(Comma, 3) && isName(this.LA(4)) && this.isNext(RParen, 5))
  }

  private readonly loopNamesInParentheses: Rule<[Name[]], void> = this.rule('loopNamesInParentheses', names => {
    const touches = this.touches()
    const open = this.CONSUME(LParen)
    this.SUBRULE(this.loopNames, { ARGS: [names] })
    this.CONSUME(RParen)
    this.ACTION(() => {
      const params = { names: cut(names.map(({ text }) => text).join(', ')) }
      const fixes = this.unwrapping(placeOf(open), [{ ...placeOf(open), text: touches ? ' ' : '' }])
      this.reports.possibly('HeadInParentheses', params, placeOf(open), { fixes })
    })
  })

  /** `in`, which stands in the parenthesis where there is one. */
  private readonly in: Rule<[isBracket: boolean], void> = this.rule('in', isBracket => {
    this.OR([
      { GATE: () => !isBracket, ALT: () => this.CONSUME(inWord) },
      { GATE: () => !isBracket, ALT: () => this.notIn(this.CONSUME(Colon)) },
      { GATE: () => !isBracket, ALT: () => this.notIn(this.CONSUME(Equals)) },
      {
        GATE: () => !isBracket && this.isMeantAsIn(),
        ALT: () => this.notIn(this.CONSUME(NameToken)),
      },
      {
        ALT: () =>
          this.ACTION(() => {
            if (!isBracket) this.reports.possibly('MissingIn', { found: shown(this.LA(1)) }, this.next())
          }),
      },
    ])
  })

  /** Whether a word of other languages stands next, or a misspelt one before another. */
  private isMeantAsIn(): boolean {
    const { image } = this.LA(1)
    return image === 'of' || image === 'from' || (isName(this.LA(2)) && suggest(image, ['in']) !== undefined)
  }

  private notIn(token: IToken): void {
    this.ACTION(() => this.reports.possibly('MissingIn', { found: shown(token), instead: true }, placeOf(token)))
  }

  /** `(x in xs)`, `(let x of xs)`. */
  private readonly nameInParentheses: Rule<[], Name> = this.rule('nameInParentheses', () => {
    const open = this.opening()
    const touches = this.touches()
    const first = this.LA(2)
    const at = first.tokenType === letWord || first.image === 'const' ? 3 : 2
    const name = this.LA(at)
    const behind = this.isNext(Comma, at + 1) && isName(this.LA(at + 2)) ? at + 3 : at + 1
    const [word, value] = [this.LA(behind), this.LA(behind + 1)]
    const isPlain = this.isNext(LParen)
    this.SUBRULE(this.skip)
    return this.ACTION(() => {
      const isLoop = isPlain && isName(name) && (word.tokenType === inWord || word.image === 'of') && canStart(value)
      const head = [
        { start: open.start, end: name.startOffset, text: touches ? ' ' : '' },
        { ...placeOf(word), text: 'in' },
      ]
      const fixes = isLoop ? this.unwrapping(open, head) : []
      this.reports.possibly('HeadInParentheses', {}, open, { fixes })
      return isPlain && isName(name) ? this.toName(name) : this.noName()
    })
  })

  private readonly loop: Rule<[Released], Expression> = this.rule('loop', released => {
    const body = this.noBlock()
    const done = (): unknown => body.value || body.statements.length > 0 || this.tellNoValue(body)
    this.SUBRULE(this.block, { ARGS: [body, done] })
    const node = this.ACTION(() => {
      const { waiting, operand } = released
      return waiting.word === 'for' ? waiting.make(operand, body) : operand
    })
    return this.postfix(node, node?.start)
  })

  private match(word: IToken, pending: Pending[]): void {
    const start = word.startOffset
    const finish = (value: Expression): Expression => {
      this.tellNoBlock('match')
      return { kind: 'Match', start, end: value.end, value, arms: [] }
    }
    this.add(pending, { power: 0, finish, waiting: { word: 'match', start } })
  }

  private readonly cases: Rule<[Released], Expression> = this.rule('cases', released => {
    const node = this.ACTION((): Match => {
      const { waiting, operand } = released
      return { kind: 'Match', start: waiting.start, end: 0, value: operand, arms: [] }
    })
    this.SUBRULE(this.arms, { ARGS: [node?.arms] })
    this.ACTION(() => (node.end = this.lastEnd()))
    return this.postfix(node, node?.start)
  })

  protected noBlock(): Block {
    return { kind: 'Block', ...this.behind(), statements: [] }
  }

  private tellNoBlock(word: string): void {
    this.reports.possibly('MissingBlock', { word }, this.next())
  }

  /** A body where a value stands: behind `=>`, and by mistake elsewhere. */
  protected readonly blockValue: Rule<[], Expression> = this.rule('blockValue', () => {
    const node = this.noBlock()
    const word = this.last()
    const open = this.opening()
    this.ACTION(() => {
      const { tokenType } = word
      if (tokenType === FatArrow) return
      const isPrefix = tokenType === doWord || tokenType === tryWord
      this.reports.possibly('BlockAsValue', isPrefix ? { word: word.image } : {}, open)
    })
    this.SUBRULE(this.block, { ARGS: [node, () => node.value || this.tellNoValue(node)] })
    return node
  })
}
