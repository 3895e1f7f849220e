import type { Block, Expression, For, If, Match, Name } from '../nodes.ts'
import { isName } from '../layout/classify.ts'
import { placeOf, shown } from '../report.ts'
import {
  ArmsIsland,
  BlockIsland,
  Colon,
  Comma,
  Equals,
  FatArrow,
  FoldHead,
  keyword,
  LArms,
  LBlock,
  LParen,
  Name as NameToken,
  ParenIsland,
  ReduceHead,
  RParen,
  type IToken,
  type TokenType,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { PatternParser } from './patterns.ts'

const withWord = keyword('with')
const fromWord = keyword('from')
const doWord = keyword('do')
const tryWord = keyword('try')
const elseWord = keyword('else')
const ifWord = keyword('if')
const forWord = keyword('for')
const matchWord = keyword('match')
const inWord = keyword('in')
const letWord = keyword('let')

/** What waits for the operand behind it. */
export interface Pending {
  /** What binds looser than this ends it; nothing ends what has no power but a word or a brace. */
  power: number
  /** The expression that the operand makes it, where nothing else follows that it waits for. */
  finish: (operand: Expression) => Expression
  /** How it goes on behind the operand. */
  waiting?: Waiting
  /** No operand follows, because it was left out with a mistake that was told. */
  complete?: boolean
}

/** A construct that goes on behind its first operand, with a body, arms or a word. */
export type Waiting = { start: number } & (
  | { word: 'if'; chain: Chain }
  | { word: 'for'; make: (list: Expression, body: Block) => For }
  | { word: 'match' | 'reduce' | 'fold' | 'ternary' }
  | { word: 'state'; list: Expression }
)

/** What each of them waits for. */
const awaitedBy: { readonly [word in Waiting['word']]: readonly TokenType[] } = {
  if: [LBlock, BlockIsland],
  for: [LBlock, BlockIsland],
  match: [LArms, ArmsIsland],
  reduce: [withWord],
  fold: [fromWord, withWord],
  state: [withWord],
  ternary: [Colon],
}

/** Whether what waits goes on with a token. */
export function awaits({ waiting }: Pending, { tokenType }: IToken): boolean {
  return waiting !== undefined && awaitedBy[waiting.word].includes(tokenType)
}

/** A construct that has got its operand. */
export interface Released {
  waiting: Waiting
  operand: Expression
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
  protected abstract readonly block: Rule<[node: Block, done: () => void], void>
  /** Tells of a block that lacks the value that is wanted of it. */
  protected abstract tellNoValue(block: Block): void

  /** An operand that must be there, with the words and signs before it, which wait for it. */
  protected abstract readonly nextOperand: Rule<[Pending[]], Expression>

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
    const isBracket = this.isParenNext()
    const name = this.OR([
      { GATE: () => isBracket, ALT: () => this.SUBRULE(this.nameInParentheses) },
      { ALT: () => this.SUBRULE(this.someName, { ARGS: ['the element'] }) },
    ])
    const index = this.OPTION(() => {
      this.CONSUME(Comma)
      return this.SUBRULE1(this.someName, { ARGS: ['the index'] })
    })
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

  /** `in`, which stands in the parenthesis where there is one. */
  private readonly in: Rule<[isBracket: boolean], void> = this.rule('in', isBracket => {
    this.OR([
      { GATE: () => !isBracket, ALT: () => this.CONSUME(inWord) },
      { GATE: () => !isBracket, ALT: () => this.notIn(this.CONSUME(Colon)) },
      { GATE: () => !isBracket, ALT: () => this.notIn(this.CONSUME(Equals)) },
      {
        GATE: () => !isBracket && (this.LA(1).image === 'of' || this.LA(1).image === 'from'),
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

  private notIn(token: IToken): void {
    this.ACTION(() => this.reports.possibly('MissingIn', { found: shown(token), instead: true }, placeOf(token)))
  }

  /** `(x in xs)`, `(let x of xs)`. */
  private readonly nameInParentheses: Rule<[], Name> = this.rule('nameInParentheses', () => {
    const open = this.opening()
    const [first, second] = [this.LA(2), this.LA(3)]
    const name = first.tokenType === letWord || first.image === 'const' ? second : first
    const isPlain = this.isNext(LParen)
    this.SUBRULE(this.skip)
    return this.ACTION(() => {
      this.reports.possibly('HeadInParentheses', {}, open)
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

  // `reduce` and `fold`

  private lacks(what: string, start: number) {
    return (list: Expression): Expression => {
      this.tellMissing(what)
      return { kind: 'Missing', start, end: list.end }
    }
  }

  private reduce({ startOffset: start }: IToken, pending: Pending[]): void {
    this.add(pending, { power: 0, finish: this.lacks('`with`', start), waiting: { word: 'reduce', start } })
  }

  private fold({ startOffset: start }: IToken, pending: Pending[]): void {
    this.add(pending, { power: 0, finish: this.lacks('`from`', start), waiting: { word: 'fold', start } })
  }

  /** `from`, behind the list of a `fold`. */
  private addState({ waiting: { start }, operand: list }: Released, pending: Pending[]): void {
    pending.push({ power: 0, finish: this.lacks('`with`', start), waiting: { word: 'state', start, list } })
  }

  /** `(a, b) => e`, or the path of a function, behind `with`. */
  protected readonly combination: Rule<[Released, Pending[]], Expression> = this.rule(
    'combination',
    (released, pending) => {
      const { startOffset: at } = this.LA(1)
      const params: Name[] = []
      return this.OR([
        {
          GATE: () => this.isParenNext() || this.isNext(FatArrow, 2),
          ALT: () => {
            this.SUBRULE(this.lambdaParams, { ARGS: [params] })
            this.SUBRULE(this.fatArrow)
            const finish = (body: Expression): Expression =>
              this.combined(released, {
                ...{ kind: 'Lambda', start: at, end: this.whole(body).end, params, body },
              })
            this.add(pending, { power: 0, finish })
            return this.SUBRULE(this.nextOperand, { ARGS: [pending] })
          },
        },
        {
          ALT: () => {
            const path = this.SUBRULE(this.path)
            const node = this.ACTION(() => this.combined(released, path))
            return this.postfix(node, node?.start)
          },
        },
      ])
    },
  )

  protected combined({ waiting, operand: list }: Released, found: Expression): Expression {
    const place = { start: waiting.start, end: Math.max(found.end, this.lastEnd()) }
    switch (waiting.word) {
      case 'state':
        return { kind: 'Fold', ...place, list: waiting.list, init: list, step: found }
      case 'reduce':
        return { kind: 'Reduce', ...place, list, combine: found }
      default:
        return { kind: 'Missing', ...place }
    }
  }

  private readonly lambdaParams: Rule<[Name[]], void> = this.rule('lambdaParams', params => {
    this.OR([
      { ALT: () => this.bracket(ParenIsland, this.namesInParentheses, params) },
      {
        ALT: () => {
          this.tellMissing('`(`')
          this.add(params, this.SUBRULE(this.name))
        },
      },
    ])
  })

  protected readonly namesInParentheses: Rule<[Name[]], void> = this.rule('namesInParentheses', names => {
    this.CONSUME(LParen)
    this.commaSeparated(RParen, () => this.add(names, this.SUBRULE(this.name)))
  })

  private readonly path: Rule<[], Expression> = this.rule('path', () => {
    const { text: name, start, end } = this.SUBRULE(this.name)
    let node: Expression = { kind: 'Reference', start, end, name }
    this.MANY(() => {
      node = this.SUBRULE(this.access, { ARGS: [node, start] })
    })
    return node
  })
}

/** The chain of the `if` that has got its condition. */
function chainOf({ waiting }: Released): Chain {
  if (waiting.word !== 'if') throw new Error('an `if` goes on where another word waits')
  return waiting.chain
}
