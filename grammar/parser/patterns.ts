import type { Arm, CasePattern, LiteralPattern, Name, Pattern } from '../nodes.ts'
import { char, numeral } from '../literals.ts'
import { canStart, isName, isReserved } from '../layout/classify.ts'
import { placeOf, shown, type Place } from '../report.ts'
import {
  Arrow,
  ArmsIsland,
  Char,
  Colon,
  Comma,
  Dot,
  endOf,
  Equals,
  FatArrow,
  keyword,
  LArms,
  LParen,
  Name as NameToken,
  Numeral,
  OrOr,
  ParenIsland,
  RBrace,
  Reserved,
  RParen,
  type IToken,
} from '../tokens.ts'
import type { Rule } from './base.ts'
import { OperandParser } from './operands.ts'

const trueWord = keyword('true')
const falseWord = keyword('false')
const ifWord = keyword('if')

/** The arms of a `match`. */
export abstract class PatternParser extends OperandParser {
  protected readonly arms: Rule<[Arm[]], void> = this.rule('arms', arms => this.bracket(ArmsIsland, this.armList, arms))

  private readonly armList: Rule<[Arm[]], void> = this.rule('armList', arms => {
    this.CONSUME(LArms)
    this.lineSeparated(
      RBrace,
      () => this.add(arms, this.SUBRULE(this.arm)),
      () => canStart(this.LA(1)) || isReserved(this.LA(1)),
    )
  })

  private readonly arm: Rule<[], Arm> = this.rule('arm', () => {
    const { startOffset: start } = this.LA(1)
    this.OPTION({ GATE: () => this.isCase(), DEF: () => this.case() })
    const pattern = this.SUBRULE(this.pattern)
    this.SUBRULE(this.fatArrow)
    const value = this.SUBRULE(this.someExpression)
    return { kind: 'Arm', start, end: Math.max(this.lastEnd(), value.end), pattern, value }
  })

  /** `case some(x)`, as other languages have it. */
  private isCase(): boolean {
    const [token, next] = [this.LA(1), this.LA(2)]
    if (token.image !== 'case' || endOf(token) === next.startOffset) return false
    return canStart(next) || isReserved(next)
  }

  private case(): void {
    const word = this.CONSUME(NameToken)
    this.ACTION(() => this.reports.possibly('SurplusCase', { word: 'case' }, placeOf(word)))
  }

  private readonly pattern: Rule<[], Pattern> = this.rule('pattern', () =>
    this.OR({
      DEF: [
        { ALT: () => this.truth(this.CONSUME(trueWord), true) },
        { ALT: () => this.truth(this.CONSUME(falseWord), false) },
        { ALT: () => this.literalPattern(this.CONSUME(Numeral)) },
        { ALT: () => this.literalPattern(this.CONSUME(Char)) },
        { ALT: () => this.textPattern() },
        { ALT: () => this.SUBRULE(this.casePattern) },
        { ALT: () => this.noPattern() },
      ],
      IGNORE_AMBIGUITIES: true,
    }),
  )

  private truth(token: IToken, value: boolean): LiteralPattern {
    const place = placeOf(token)
    return { kind: 'LiteralPattern', ...place, value: { kind: 'BoolLiteral', ...place, value } }
  }

  private literalPattern(token: IToken): LiteralPattern {
    return this.ACTION(() => {
      const place = placeOf(token)
      const found = token.tokenType === Char ? char(token, this.reports) : numeral(token, this.reports)
      if (found.kind === 'NumberLiteral' || found.kind === 'CharLiteral' || found.kind === 'Missing')
        return { kind: 'LiteralPattern', ...place, value: found }
      return this.badPattern(token, place)
    })
  }

  private textPattern(): LiteralPattern {
    const value = this.SUBRULE(this.plainText)
    return { kind: 'LiteralPattern', start: value.start, end: value.end, value }
  }

  /** What cannot be a pattern is told and passed over, up to the arrow. */
  private noPattern(): LiteralPattern {
    const token = this.LA(1)
    const node = this.ACTION(() => this.badPattern(token, placeOf(token)))
    this.SUBRULE(this.skipPattern)
    this.ACTION(() => (node.end = node.value.end = this.lastEnd()))
    return node
  }

  private badPattern(token: IToken, place: Place): LiteralPattern {
    this.reports.possibly('BadPattern', { found: shown(token) }, place)
    return { kind: 'LiteralPattern', ...place, value: { kind: 'Missing', ...place } }
  }

  private readonly casePattern: Rule<[], Pattern> = this.rule('casePattern', () => {
    const first = this.SUBRULE(this.name)
    const rest = this.ACTION(() => this.isRest(first))
    const path: Name[] = [first]
    this.MANY({
      GATE: () => !rest,
      DEF: () => {
        this.CONSUME(Dot)
        path.push(
          this.OR([
            { ALT: () => this.toName(this.CONSUME(NameToken)) },
            { ALT: () => this.toName(this.CONSUME(Reserved)) },
            { ALT: () => this.ACTION(() => this.tellNoName('a case')) },
          ]),
        )
      },
    })
    const payload = this.OPTION({
      GATE: () => !rest && this.isParenNext(),
      DEF: () => this.SUBRULE(this.payloadName),
    })
    const { start } = first
    if (rest) return { kind: 'RestPattern', start, end: first.end }
    const node: CasePattern = { kind: 'CasePattern', start, end: this.lastEnd(), path }
    if (payload) node.payload = payload
    return node
  })

  /** `_`, or what other languages write for it. */
  private isRest(first: Name): boolean {
    if (first.text === '_') return !this.isNext(Dot) && !this.isNext(LParen)
    const isColon = this.isNext(Colon) || this.isNext(Arrow)
    const isOther = first.text === 'else' && (isColon || this.isNext(FatArrow))
    if (!isOther && !(first.text === 'default' && isColon)) return false
    this.reports.possibly('SurplusCase', { word: first.text }, first)
    return true
  }

  /** `(x)` behind a case. */
  private readonly payloadName: Rule<[], Name> = this.rule('payloadName', () => {
    const open = this.LA(1)
    return this.OR({
      DEF: [
        {
          GATE: () => isName(this.LA(2)) && this.isNext(RParen, 3),
          ALT: () => {
            this.CONSUME(LParen)
            const name = this.CONSUME(NameToken)
            this.CONSUME(RParen)
            return this.toName(name)
          },
        },
        {
          // Deep in others a parenthesis and what is in it are one token.
          GATE: () => islandName(open) !== undefined,
          ALT: () => {
            this.CONSUME(ParenIsland)
            return this.ACTION(() => this.toName(islandName(open)!))
          },
        },
        {
          ALT: (): Name => {
            this.ACTION(() => this.reports.possibly('NestedPattern', {}, placeOf(open)))
            this.SUBRULE(this.skip)
            return { kind: 'Name', start: open.startOffset, end: this.lastEnd(), text: '' }
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  /** Passes over what was told, up to the arrow. */
  private readonly skipPattern: Rule<[], void> = this.rule('skipPattern', () => {
    this.SUBRULE(this.skip)
    this.MANY({ GATE: () => !this.isPatternEnd(), DEF: () => this.SUBRULE1(this.skip) })
  })

  private isPatternEnd(): boolean {
    return this.isNext(FatArrow) || this.isNext(Arrow) || this.isNext(Comma)
  }

  /** `=>`; another sign in its place is told. */
  protected readonly fatArrow: Rule<[], void> = this.rule('fatArrow', () => {
    this.OR([
      { ALT: () => this.CONSUME(FatArrow) },
      { ALT: () => this.wrongArrow(this.CONSUME(Arrow)) },
      { ALT: () => this.wrongArrow(this.CONSUME(Colon)) },
      { ALT: () => this.wrongArrow(this.CONSUME(Equals)) },
      { ALT: () => this.passOver(1, 'Guard', this.CONSUME(ifWord)) },
      { ALT: () => this.passOver(2, 'AlternativePatterns', this.CONSUME(OrOr)) },
      { ALT: () => this.tellMissing('`=>`', this.goesOnWithValue() ? '=> ' : undefined) },
    ])
  })

  private wrongArrow(token: IToken): void {
    this.ACTION(() => this.reports.possibly('WrongArrow', { found: token.image }, placeOf(token)))
  }

  /** What does not belong between a pattern and its arrow; at a place of a rule. */
  private passOver(index: number, mistake: 'Guard' | 'AlternativePatterns', token: IToken): void {
    this.ACTION(() => this.reports.possibly(mistake, {}, placeOf(token)))
    this.subrule(index, this.toArrow)
  }

  private readonly toArrow: Rule<[], void> = this.rule('toArrow', () => {
    this.MANY({ GATE: () => !this.isPatternEnd(), DEF: () => this.SUBRULE(this.skip) })
    this.OPTION(() => this.CONSUME(FatArrow))
  })
}

/** The name in a parenthesis that was set aside, where there is nothing else. */
function islandName({ tokenType, payload }: IToken): IToken | undefined {
  if (tokenType !== ParenIsland) return undefined
  const [, name, close] = payload as IToken[]
  return name && isName(name) && close?.tokenType === RParen ? name : undefined
}
