import {
  AngleIsland,
  ArmsIsland,
  BlockIsland,
  BraceIsland,
  BracketIsland,
  Greater,
  LArms,
  LBlock,
  LBrace,
  LBracket,
  Less,
  LParen,
  ParenIsland,
  RBrace,
  RBracket,
  RParen,
  TemplateEnd,
  TemplateIsland,
  TemplateStart,
  type IToken,
  type TokenType,
} from '../tokens.ts'

interface Bracket {
  close: TokenType
  /** What the closing token looks like. */
  sign: string
  island: TokenType
}

/** Opening brackets; `<` is one only in types. */
export const brackets: ReadonlyMap<TokenType, Bracket> = new Map([
  [LParen, { close: RParen, sign: ')', island: ParenIsland }],
  [LBracket, { close: RBracket, sign: ']', island: BracketIsland }],
  [LBrace, { close: RBrace, sign: '}', island: BraceIsland }],
  [LBlock, { close: RBrace, sign: '}', island: BlockIsland }],
  [LArms, { close: RBrace, sign: '}', island: ArmsIsland }],
  [TemplateStart, { close: TemplateEnd, sign: '}"', island: TemplateIsland }],
  [Less, { close: Greater, sign: '>', island: AngleIsland }],
])

/** New lines end statements in a `body`, entries in `settings` and arms in `arms`; in a `list` they mean nothing. */
export type Role = 'list' | 'body' | 'settings' | 'arms'

/** A word that waits: `if`, `in` and `match` for a brace, `for` for its `in`, `fold` for `from`, `reduce` for `with`. */
export type HeadWord = 'if' | 'for' | 'in' | 'match' | 'reduce' | 'fold'

export interface Head {
  word: HeadWord
  token: IToken
  line: number
  indent: number
}

/** What is open between two brackets, since the last comma or line end. */
export interface Level {
  /** Accesses, calls, operators and heads: a chain of them is a deep tree too. */
  links: number
  heads: Head[]
  /** An operator stands in it, also in brackets, so that what it takes depends on where brackets stand. */
  operated: boolean
}

export interface Frame extends Level, Bracket {
  open: IToken
  /** The token before it. */
  before: IToken | undefined
  role: Role
  /** Where the tokens around an island go on; the tokens inside go into an array of their own. */
  around: IToken[] | undefined
  postfix: boolean
  line: number
  indent: number
  /** Right behind it an equal bracket was opened: one of the two may be too many. */
  doubled: boolean
  /** The braces of a record or of flags, told by what stands first in them. */
  isRecord: boolean
  /** Made up, because a body started without its brace. */
  invented: boolean
  /** The braces of a type, whose entries start with names. */
  names: boolean
  /** All of it is a type. */
  types: boolean
  /** The statement that it is part of, where it holds statements of its own. */
  statement: number
  /** Counts of the brackets around a text with expressions, which nothing inside of it can close. */
  outside: Map<TokenType, number> | undefined
}
