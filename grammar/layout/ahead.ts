import {
  Comma,
  Colon,
  Dot,
  endOf,
  Equals,
  FatArrow,
  keyword,
  LBrace,
  LBracket,
  Less,
  LParen,
  Minus,
  RBrace,
  RParen,
  Semicolon,
  Text,
  type IToken,
} from '../tokens.ts'
import { brackets } from './frames.ts'
import { canEnd, canStart, continuesLine, isCloser, isName, isReserved, isTail } from './classify.ts'

const letWord = keyword('let')
const withWord = keyword('with')
const fromWord = keyword('from')
const inWord = keyword('in')
/** No list between `fold` and `from` has more signs outside of its brackets. */
const reach = 64

/** What the layout has to know of tokens that it has not taken yet; each answer takes bounded time. */
export class LookAhead {
  private readonly tokens: IToken[]
  private readonly text: string
  private partners: Int32Array | undefined

  constructor(tokens: IToken[], text: string) {
    this.tokens = tokens
    this.text = text
  }

  /** Whether the line ends behind a token. */
  isBroken(index: number): boolean {
    const next = this.tokens[index + 1]
    if (next === undefined) return true
    for (let at = endOf(this.tokens[index]!); at < next.startOffset; at++) {
      const code = this.text.charCodeAt(at)
      if (code === 10 || code === 13) return true
    }
    return false
  }

  /** The tokens of a line from one on, of which so many are looked at. */
  onLine(index: number, most: number): IToken[] {
    let end = index + 1
    while (end < index + most && !this.isBroken(end - 1)) end++
    return this.tokens.slice(index, end)
  }

  /** Whether an operand follows `reduce` or `fold`, so that it is no name. */
  isFold(index: number): boolean {
    const next = this.tokens[index + 1]
    if (next === undefined || !canStart(next) || this.isBroken(index)) return false
    const type = next.tokenType
    if (type === LParen || type === LBracket) return this.findsTail(index, this.tokens[index]!.image === 'fold')
    return type !== LBrace && type !== Minus && !isTail(next)
  }

  /** `reduce (xs) with f` looks like a call at first, `reduce [a] with f` like an index. */
  findsTail(index: number, fold: boolean): boolean {
    let at = index + 1
    for (let steps = 0; steps < reach && at < this.tokens.length; steps++) {
      const token = this.tokens[at]!
      const type = token.tokenType
      if (type === withWord && this.tokens[at + 1]?.tokenType !== LBrace) return true
      if (type === fromWord && fold) return true
      if (type === Comma || type === Semicolon || type === Equals || type === FatArrow || isCloser(token)) return false
      if (this.isBroken(at - 1) && at > index + 1 && !continuesLine(token, this.tokens[at + 1])) return false
      const partner = type !== Less && brackets.has(type) ? this.partner(at) : at
      if (partner < 0) return false
      at = partner + 1
    }
    return false
  }

  /** Whether `in` follows behind one name or two: `for x in`, `for x, i in`. */
  findsIn(index: number): boolean {
    const at = this.tokens[index + 2]?.tokenType === Comma ? index + 4 : index + 2
    return this.tokens[at]?.tokenType === inWord && isName(this.tokens[at - 1]!)
  }

  /** What stands behind the bracket that a token opens. */
  behind(index: number): IToken | undefined {
    const partner = this.partner(index)
    return partner < 0 ? undefined : this.tokens[partner + 1]
  }

  /** Whether a brace follows on the line, behind a value: `while c {`. */
  findsBlock(index: number): boolean {
    let at = index + 1
    for (let steps = 0; steps < reach && at < this.tokens.length && !this.isBroken(at - 1); steps++) {
      const token = this.tokens[at]!
      const { tokenType } = token
      if (tokenType === LBrace && at > index + 1) return canEnd(this.tokens[at - 1]!)
      if (tokenType === Comma || tokenType === Equals || tokenType === Colon || isCloser(token)) return false
      const partner = tokenType !== Less && brackets.has(tokenType) ? this.partner(at) : at
      if (partner < 0) return false
      at = partner + 1
    }
    return false
  }

  /** Index of the bracket that closes one; -1 where there is none. `<` is none here. */
  private partner(index: number): number {
    if (!this.partners) {
      this.partners = new Int32Array(this.tokens.length).fill(-1)
      const open: number[] = []
      for (let at = 0; at < this.tokens.length; at++) {
        const token = this.tokens[at]!
        const { tokenType } = token
        if (tokenType !== Less && brackets.has(tokenType)) open.push(at)
        else if (isCloser(token) && open.length > 0) this.partners[open.pop()!] = at
      }
    }
    return this.partners[index]!
  }

  /** Whether a `let` stands behind a brace: on its line, or on one that is indented deeper. */
  startsLet(index: number, indent: number): boolean {
    const token = this.tokens[index]
    if (token?.tokenType !== letWord || this.tokens[index + 1]?.tokenType === Colon) return false
    if (!this.isBroken(index - 1)) return true
    const start = Math.max(0, token.startOffset - indent - 1)
    return !/[\r\n]/.test(this.text.slice(start, token.startOffset))
  }

  /**
   * Whether what stands behind a brace, after `=>`, starts a statement, so that the brace opens a body: anything but
   * the first entry of a record or of flags.
   */
  startsStatement(index: number): boolean {
    const [first, second] = [this.tokens[index], this.tokens[index + 1]]
    const type = second?.tokenType
    if (!first || first.tokenType === RBrace) return false
    if (first.tokenType === Text) return type !== Colon
    if (!isName(first) && !isReserved(first)) return true
    if (type === RBrace) return first.image === 'true' || first.image === 'false'
    return type !== Colon && type !== Comma && type !== Equals
  }

  /** Whether a pattern with its arrow starts here: `1 =>`, `some(x) =>`, `Color.red =>`. */
  startsArm(index: number): boolean {
    const first = this.tokens[index]!
    if (!canStart(first)) return false
    let at = index + 1
    if (isName(first)) {
      while (at < index + reach && this.tokens[at]?.tokenType === Dot) at += 2
      if (this.tokens[at]?.tokenType === LParen && this.tokens[at + 2]?.tokenType === RParen) at += 3
    }
    return this.tokens[at]?.tokenType === FatArrow
  }

  /** Whether a brace opens a record with a field, which is no body, and has no arms: `{ a: 1 }`. */
  startsFields(index: number): boolean {
    const [open, first, second] = this.tokens.slice(index, index + 3)
    return open?.tokenType === LBrace && first !== undefined && isName(first) && second?.tokenType === Colon
  }

  /** Whether what stands behind a brace can be nothing but the first entry of a record or of flags. */
  startsRecord(index: number): boolean {
    const isOne = [index, index + 1].some(at => this.tokens[at]?.tokenType === RBrace)
    return !isOne && this.tokens[index] !== undefined && !this.startsStatement(index)
  }
}
