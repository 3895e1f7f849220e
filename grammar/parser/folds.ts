import type { Expression, Name } from '../nodes.ts'
import { FatArrow, LParen, ParenIsland, RParen, type IToken } from '../tokens.ts'
import type { Rule } from './base.ts'
import { PatternParser } from './patterns.ts'
import type { Pending, Released } from './pending.ts'

/** `reduce` and `fold`, behind their words. */
export abstract class FoldParser extends PatternParser {
  /** An operand that must be there, with the words and signs before it, which wait for it. */
  protected abstract readonly nextOperand: Rule<[Pending[]], Expression>

  private lacks(what: string, start: number) {
    return (list: Expression): Expression => {
      this.tellMissing(what)
      return { kind: 'Missing', start, end: list.end }
    }
  }

  protected reduce({ startOffset: start }: IToken, pending: Pending[]): void {
    this.add(pending, { power: 0, finish: this.lacks('`with`', start), waiting: { word: 'reduce', start } })
  }

  protected fold({ startOffset: start }: IToken, pending: Pending[]): void {
    this.add(pending, { power: 0, finish: this.lacks('`from`', start), waiting: { word: 'fold', start } })
  }

  /** `from`, behind the list of a `fold`. */
  protected addState({ waiting: { start }, operand: list }: Released, pending: Pending[]): void {
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
