import { createToken, createTokenInstance, Lexer, type IToken, type TokenType } from 'chevrotain'
import { keywords } from './keywords.ts'
import { scanBent, scanName, scanNumber, scanQuoted } from './scan.ts'

export type { IToken, TokenType } from 'chevrotain'

/** What a pattern that is a function returns. */
type Match = [string] | null

/** Every token but line ends and closing brackets: what may be skipped inside brackets without leaving them. */
export const Junk = createToken({ name: 'Junk', pattern: Lexer.NA })
/** Signs of operators, which only later parts of the language have. */
export const Operator = createToken({ name: 'Operator', pattern: Lexer.NA, categories: [Junk] })
/** Reserved words. */
export const Reserved = createToken({ name: 'Reserved', pattern: Lexer.NA, categories: [Junk] })

const Whitespace = createToken({ name: 'Whitespace', pattern: /[ \t\r\n\u00a0\ufeff]+/, group: Lexer.SKIPPED })
const Comment = createToken({ name: 'Comment', pattern: /\/\/[^\r\n]*/, group: 'comments' })
/** There are no block comments: an open one goes to the end of the text. */
const BlockComment = createToken({
  name: 'BlockComment',
  pattern: (text: string, at: number): Match => {
    if (!text.startsWith('/*', at)) return null
    const end = text.indexOf('*/', at + 2)
    return [text.slice(at, end < 0 ? text.length : end + 2)]
  },
  start_chars_hint: ['/'],
  line_breaks: true,
  group: 'blockComments',
})
/** A line that other languages would take for a comment. */
const HashComment = createToken({
  name: 'HashComment',
  pattern: (text: string, at: number): Match => {
    if (text[at] !== '#') return null
    let before = at - 1
    while (text[before] === ' ' || text[before] === '\t' || text[before] === '\ufeff') before--
    if (before >= 0 && text[before] !== '\n' && text[before] !== '\r') return null
    let end = at + 1
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++
    return [text.slice(at, end)]
  },
  start_chars_hint: ['#'],
  line_breaks: false,
  group: 'hashComments',
})

export const Name = createToken({
  name: 'Name',
  pattern: (text: string, at: number): Match => {
    const end = scanName(text, at)
    return end > at ? [text.slice(at, end)] : null
  },
  start_chars_hint: [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_'],
  line_breaks: false,
  categories: [Junk],
})

const keywordTypes = new Map<string, TokenType>(
  keywords.map(({ text, reserved }) => [
    text,
    createToken({
      name: text[0]!.toUpperCase() + text.slice(1) + 'Word',
      pattern: text,
      longer_alt: Name,
      categories: reserved ? [Reserved] : [Name],
    }),
  ]),
)

/** The token of a keyword of the table. */
export function keyword(text: string): TokenType {
  const type = keywordTypes.get(text)
  if (!type) throw new Error(`\`${text}\` is not in the table of keywords`)
  return type
}

function sign(name: string, pattern: string, categories: TokenType[] = [Junk]): TokenType {
  return createToken({ name, pattern, categories })
}

const bentMarks = new Set('\u201c\u201d\u201e\u2018\u2019`')

export const LParen = sign('LParen', '(', [])
export const RParen = sign('RParen', ')', [])
export const LBracket = sign('LBracket', '[', [])
export const RBracket = sign('RBracket', ']', [])
export const LBrace = sign('LBrace', '{', [])
export const RBrace = sign('RBrace', '}', [])
export const Comma = sign('Comma', ',')
export const Colon = sign('Colon', ':')
export const Dot = sign('Dot', '.')
export const Arrow = sign('Arrow', '->')
/** `==` is two of them side by side, and `=>` is one before `>`: `option<u8>=none` must work. */
export const Equals = sign('Equals', '=')
export const Less = sign('Less', '<', [Operator])
export const Greater = sign('Greater', '>', [Operator])
export const Semicolon = sign('Semicolon', ';')
export const Question = sign('Question', '?', [Operator])
export const Minus = sign('Minus', '-', [Operator])
export const Bang = sign('Bang', '!', [Operator])
const otherOperators = [
  sign('NotEquals', '!=', [Operator]),
  sign('Plus', '+', [Operator]),
  sign('Star', '*', [Operator]),
  sign('Slash', '/', [Operator]),
  sign('Percent', '%', [Operator]),
  sign('AndAnd', '&&', [Operator]),
  sign('OrOr', '||', [Operator]),
]

function quoted(name: string, prefix: string, start: string): TokenType {
  return createToken({
    name,
    pattern: (text: string, at: number): Match =>
      text.startsWith(prefix, at) ? [text.slice(at, scanQuoted(text, at + prefix.length - 1, prefix !== '"'))] : null,
    start_chars_hint: [start],
    line_breaks: false,
    categories: [Junk],
  })
}

/** A text in double quotes; without its closing quote it ends with the line. */
export const Text = quoted('Text', '"', '"')
export const BytesText = quoted('BytesText', 'b"', 'b')
export const CidText = quoted('CidText', 'cid"', 'c')
export const Char = quoted('Char', "'", "'")
/** A text in quotes that a word processor has bent, or in backticks. */
export const BentText = createToken({
  name: 'BentText',
  pattern: (text: string, at: number): Match => {
    const end = bentMarks.has(text[at]!) ? scanBent(text, at) : at
    return end > at ? [text.slice(at, end)] : null
  },
  start_chars_hint: [...bentMarks],
  line_breaks: false,
  categories: [Junk],
})
/** Numbers, durations and sizes, wrong ones too. */
export const Numeral = createToken({
  name: 'Numeral',
  pattern: (text: string, at: number, before: IToken[]): Match => {
    const last = before[before.length - 1]
    const startsValue = last === undefined || !/[\w)\]}?"'`]$/.test(last.image.slice(-1))
    const end = scanNumber(text, at, last?.tokenType === Dot, startsValue)
    return end > at ? [text.slice(at, end)] : null
  },
  start_chars_hint: [...'0123456789-.'],
  line_breaks: false,
  categories: [Junk],
})

/** Ends a statement, a setting or an item; made by the layout, never by the lexer. */
export const LineEnd = createToken({ name: 'LineEnd', pattern: Lexer.NA })
/** Stands for an expression of a later part of the language, which was reported. */
export const Hole = createToken({ name: 'Hole', pattern: Lexer.NA, categories: [Junk] })
/** A bracket and all it holds, set aside so that the stack of the parser stays small; `payload` has the tokens. */
export const ParenIsland = createToken({ name: 'ParenIsland', pattern: Lexer.NA })
export const BracketIsland = createToken({ name: 'BracketIsland', pattern: Lexer.NA })
export const BraceIsland = createToken({ name: 'BraceIsland', pattern: Lexer.NA })
export const AngleIsland = createToken({ name: 'AngleIsland', pattern: Lexer.NA })

/** All tokens; where two match at one place the earlier one wins. */
export const allTokens: TokenType[] = [
  Whitespace,
  Comment,
  BlockComment,
  HashComment,
  ...[BytesText, CidText],
  ...keywordTypes.values(),
  Name,
  Numeral,
  ...[LParen, RParen, LBracket, RBracket, LBrace, RBrace, Comma, Colon, Dot, Arrow, Equals, Less, Greater],
  ...[Text, Char, BentText, Semicolon, Question],
  ...otherOperators,
  ...[Minus, Bang],
  ...[Junk, Operator, Reserved, LineEnd, Hole, ParenIsland, BracketIsland, BraceIsland, AngleIsland],
]

let lexer: Lexer | undefined

export interface Lexed {
  tokens: IToken[]
  comments: IToken[]
  blockComments: IToken[]
  /** Lines that start with `#`. */
  hashComments: IToken[]
  /** Runs of characters that belong to no token. */
  unknown: { offset: number; length: number }[]
}

export function lex(text: string): Lexed {
  lexer ??= new Lexer(allTokens, { ensureOptimizations: true, positionTracking: 'onlyOffset', skipValidations: true })
  const { tokens, groups, errors } = lexer.tokenize(text)
  return {
    tokens,
    comments: groups['comments'] ?? [],
    blockComments: groups['blockComments'] ?? [],
    hashComments: groups['hashComments'] ?? [],
    unknown: errors.map(({ offset, length }) => ({ offset, length })),
  }
}

/** A token that the source does not have, or that stands for several. */
export function virtual(type: TokenType, image: string, start: number, payload?: unknown): IToken {
  const token = createTokenInstance(type, image, start, start + image.length, 0, 0, 0, 0)
  if (payload !== undefined) token.payload = payload
  return token
}

/** Offset behind a token. */
export function endOf(token: IToken): number {
  return token.startOffset + token.image.length
}
