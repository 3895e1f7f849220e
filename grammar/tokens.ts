import { createToken, createTokenInstance, Lexer, type IToken, type TokenType } from 'chevrotain'
import { keywords } from './keywords.ts'
import { scanBent, scanName, scanNumber, scanQuoted } from './scan.ts'
import { Interpolations } from './interpolation.ts'

export type { IToken, TokenType } from 'chevrotain'

/** What a pattern that is a function returns. */
type Match = [string] | null

/** Every token but line ends and closing brackets: what may be skipped inside brackets without leaving them. */
export const Junk = createToken({ name: 'Junk', pattern: Lexer.NA })
/** Signs of operators; `=` is none. */
export const Operator = createToken({ name: 'Operator', pattern: Lexer.NA, categories: [Junk] })
/** Signs of operators with an operand on both sides. */
export const Infix = createToken({ name: 'Infix', pattern: Lexer.NA, categories: [Junk] })
/** Reserved words. */
export const Reserved = createToken({ name: 'Reserved', pattern: Lexer.NA, categories: [Junk] })

function lineEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end++
  return end
}

const Whitespace = createToken({ name: 'Whitespace', pattern: /[ \t\r\n\u00a0\ufeff]+/, group: Lexer.SKIPPED })
/** Where the lexer stands in texts with `${ }`; a text is lexed at a time, so one is enough. */
const inside = new Interpolations()
const Comment = createToken({
  name: 'Comment',
  pattern: (text: string, at: number): Match => {
    if (text.charCodeAt(at + 1) !== 47 || inside.open(at)) return null
    return [text.slice(at, lineEnd(text, at))]
  },
  start_chars_hint: ['/'],
  line_breaks: false,
  group: 'comments',
})
/** Nothing closes a block comment any more; a text is lexed at a time. */
let isOpen = false
/** There are no block comments: one that nothing closes goes to the end of its line, so that what is below stays. */
const BlockComment = createToken({
  name: 'BlockComment',
  pattern: (text: string, at: number): Match => {
    if (!text.startsWith('/*', at) || inside.open(at)) return null
    const end = isOpen ? -1 : text.indexOf('*/', at + 2)
    isOpen = end < 0
    return [text.slice(at, isOpen ? lineEnd(text, at) : end + 2)]
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
    return [text.slice(at, lineEnd(text, at))]
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

function sign(name: string, pattern: string | RegExp, categories: TokenType[] = [Junk]): TokenType {
  return createToken({ name, pattern, categories })
}

const bentMarks = new Set('\u201c\u201d\u201e\u2018\u2019`')

export const LParen = sign('LParen', '(', [])
export const RParen = sign('RParen', ')', [])
export const LBracket = sign('LBracket', '[', [])
export const RBracket = sign('RBracket', ']', [])
/** A record, flags, settings, the braces of a type; after the layout not those of a body or of arms. */
export const LBrace = createToken({
  name: 'LBrace',
  pattern: (_: string, at: number): Match => inside.brace(at),
  start_chars_hint: ['{'],
  line_breaks: false,
})
export const RBrace = createToken({
  name: 'RBrace',
  pattern: (_: string, at: number): Match => inside.closingBrace(at),
  start_chars_hint: ['}'],
  line_breaks: false,
})
export const Comma = sign('Comma', ',')
export const Colon = sign('Colon', ':')
export const Dot = sign('Dot', '.')
export const Arrow = sign('Arrow', '->')
export const FatArrow = sign('FatArrow', '=>')
/** `>=` is two tokens for the lexer: `option<u8>=none` must work. The layout knows which it is. */
export const Equals = sign('Equals', '=')
export const Less = sign('Less', '<', [Operator, Infix])
export const Greater = sign('Greater', '>', [Operator, Infix])
export const Semicolon = sign('Semicolon', ';')
export const Question = sign('Question', '?', [Operator])
export const Minus = sign('Minus', '-', [Operator, Infix])
export const Bang = sign('Bang', '!', [Operator])
// What other languages write for an operator is read with it, so that it is told as one mistake.
export const EqualEqual = sign('EqualEqual', /===?/, [Operator, Infix])
export const NotEquals = sign('NotEquals', /!==?/, [Operator, Infix])
export const LessEqual = sign('LessEqual', '<=', [Operator, Infix])
export const GreaterEqual = createToken({ name: 'GreaterEqual', pattern: Lexer.NA, categories: [Operator, Infix] })
export const Plus = sign('Plus', /\+[+=]?/, [Operator, Infix])
export const Star = sign('Star', /\*[*=]?/, [Operator, Infix])
export const Slash = sign('Slash', /\/=?/, [Operator, Infix])
export const Percent = sign('Percent', /%=?/, [Operator, Infix])
export const AndAnd = sign('AndAnd', /&&?/, [Operator, Infix])
export const OrOr = sign('OrOr', /\|\|?/, [Operator, Infix])

function quoted(name: string, prefix: string, start: string): TokenType {
  return createToken({
    name,
    pattern: (text: string, at: number): Match =>
      text.startsWith(prefix, at) ? [text.slice(at, scanQuoted(text, at + prefix.length - 1, true))] : null,
    start_chars_hint: [start],
    line_breaks: false,
    categories: [Junk],
  })
}

/** `"a ${`, `} b ${` and `} c"`: the pieces of a text with expressions in it. */
export const TemplateStart = createToken({
  name: 'TemplateStart',
  pattern: (text: string, at: number): Match => inside.start(text, at),
  start_chars_hint: ['"'],
  line_breaks: false,
})
export const TemplateMiddle = createToken({
  name: 'TemplateMiddle',
  pattern: (text: string, at: number): Match => inside.middle(text, at),
  start_chars_hint: ['}'],
  line_breaks: false,
  categories: [Junk],
})
export const TemplateEnd = createToken({
  name: 'TemplateEnd',
  pattern: (text: string, at: number): Match => inside.end(text, at),
  start_chars_hint: ['}'],
  line_breaks: false,
})
/** A text in double quotes; without its closing quote it ends with the line. */
export const Text = createToken({
  name: 'Text',
  pattern: (text: string, at: number): Match => inside.text(text, at),
  start_chars_hint: ['"'],
  line_breaks: false,
  categories: [Junk],
})
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

/** Ends a statement, a setting, an arm or an item; made by the layout, as all that follow here. */
export const LineEnd = made('LineEnd')
/** The brace of a body, and that of the arms of a `match`. */
export const LBlock = made('LBlock')
export const LArms = made('LArms')
/** `reduce` and `fold` where an operand follows them. */
export const ReduceHead = createToken({ name: 'ReduceHead', pattern: Lexer.NA, categories: [Junk] })
export const FoldHead = createToken({ name: 'FoldHead', pattern: Lexer.NA, categories: [Junk] })
/** A bracket and all it holds, set aside so that the stack of the parser stays small; `payload` has the tokens. */
export const ParenIsland = made('ParenIsland')
export const BracketIsland = made('BracketIsland')
export const BraceIsland = made('BraceIsland')
export const BlockIsland = made('BlockIsland')
export const ArmsIsland = made('ArmsIsland')
export const AngleIsland = made('AngleIsland')
export const TemplateIsland = made('TemplateIsland')

function made(name: string): TokenType {
  return createToken({ name, pattern: Lexer.NA })
}

/** All tokens; where two match at one place the earlier one wins. */
export const allTokens: TokenType[] = [
  Whitespace,
  Comment,
  BlockComment,
  HashComment,
  ...[BytesText, CidText],
  // Before the words that they start with: a word that goes on is taken for a name.
  ...[...keywordTypes.values()].sort((a, b) => (b.PATTERN as string).length - (a.PATTERN as string).length),
  Name,
  Numeral,
  ...[LParen, RParen, LBracket, RBracket, LBrace, TemplateMiddle, TemplateEnd, RBrace, Comma, Colon, Dot, Arrow],
  ...[FatArrow, EqualEqual, Equals, LessEqual, Less, Greater],
  ...[TemplateStart, Text, Char, BentText, Semicolon, Question],
  ...[NotEquals, Plus, Star, Slash, Percent, AndAnd, OrOr],
  ...[Minus, Bang],
  ...[Junk, Operator, Infix, Reserved, LineEnd, LBlock, LArms, ReduceHead, FoldHead, GreaterEqual],
  ...[ParenIsland, BracketIsland, BraceIsland, BlockIsland, ArmsIsland, AngleIsland, TemplateIsland],
]

let lexer: Lexer | undefined

export interface Lexed {
  tokens: IToken[]
  comments: IToken[]
  blockComments: IToken[]
  /** Whether the last of them is not closed. */
  isOpen: boolean
  /** Lines that start with `#`. */
  hashComments: IToken[]
  /** Runs of characters that belong to no token. */
  unknown: { offset: number; length: number }[]
}

/** @param start offset of the text in the one that it is a piece of, for which all offsets are */
export function lex(text: string, start = 0): Lexed {
  lexer ??= new Lexer(allTokens, { ensureOptimizations: true, positionTracking: 'onlyOffset', skipValidations: true })
  inside.reset()
  isOpen = false
  const { tokens, groups, errors } = lexer.tokenize(text)
  const { comments = [], blockComments = [], hashComments = [] } = groups
  if (start > 0)
    for (const some of [tokens, comments, blockComments, hashComments])
      for (const token of some) token.startOffset += start
  const unknown = errors.map(({ offset, length }) => ({ offset: start + offset, length }))
  return { tokens, comments, blockComments, isOpen, hashComments, unknown }
}

/** A token taken for another one. */
export function retyped(token: IToken, type: TokenType): IToken {
  return { ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx! }
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
