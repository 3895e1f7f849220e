import {
  AngleIsland,
  Arrow,
  Bang,
  BentText,
  BraceIsland,
  BracketIsland,
  BytesText,
  Char,
  CidText,
  Colon,
  Comma,
  Dot,
  endOf,
  Equals,
  Greater,
  Hole,
  keyword,
  LBrace,
  LBracket,
  LParen,
  Less,
  Minus,
  Name,
  Numeral,
  Operator,
  ParenIsland,
  Question,
  RBrace,
  RBracket,
  RParen,
  Reserved,
  Text,
  type IToken,
  type TokenType,
} from '../tokens.ts'

/** What an item of a file is, told from its first words; `stray` belongs to none of them. */
export type ItemKind = 'import' | 'config' | 'type' | 'const' | 'job' | 'stray'

export interface Bracket {
  close: TokenType
  island: TokenType
}

/** Opening brackets; `<` is one only after a name. */
export const brackets: ReadonlyMap<TokenType, Bracket> = new Map([
  [LParen, { close: RParen, island: ParenIsland }],
  [LBracket, { close: RBracket, island: BracketIsland }],
  [LBrace, { close: RBrace, island: BraceIsland }],
])
export const angle: Bracket = { close: Greater, island: AngleIsland }
export const closers: ReadonlySet<TokenType> = new Set([RParen, RBracket, RBrace])

const nameIndex = new Set([Name.tokenTypeIdx, ...(Name.categoryMatches ?? [])])
const reservedIndex = new Set(Reserved.categoryMatches ?? [])
const operatorIndex = new Set(Operator.categoryMatches ?? [])
const values = new Set<TokenType>([
  ...[Text, BytesText, CidText, Char, BentText, Numeral, Hole, RParen, RBracket, RBrace, Question],
  ...[keyword('true'), keyword('false')],
])

/** A name, or a keyword that may be one. */
export function isName(token: IToken): boolean {
  return nameIndex.has(token.tokenTypeIdx)
}

export function isReserved(token: IToken): boolean {
  return reservedIndex.has(token.tokenTypeIdx)
}

/** The sign of an operator; `=` is none. */
export function isOperator(token: IToken): boolean {
  return operatorIndex.has(token.tokenTypeIdx)
}

/** Whether a value or a type can end with this token. */
export function canEnd(token: IToken): boolean {
  return isName(token) || values.has(token.tokenType)
}

/** Tokens that may stand between `<` and `>` of a type. */
const inTypes = new Set<TokenType>([Dot, Comma, Colon, Less, Arrow, LBrace, LParen])

export function mayStandInType(token: IToken): boolean {
  return isName(token) || inTypes.has(token.tokenType)
}

const opensType = new Set<TokenType>(['record', 'variant', 'enum', 'flags'].map(keyword))

/** `record`, `variant`, `enum`, `flags`: the brace after them is one of a type. */
export function isTypeWord(token: IToken | undefined): boolean {
  return token !== undefined && opensType.has(token.tokenType)
}

const unsupported = new Map<TokenType, string>(['if', 'match', 'for', 'do', 'try'].map(word => [keyword(word), word]))
const introducesName = new Set<TokenType>(['let', 'job', 'const', 'type', 'import'].map(keyword))

/** The word that starts an expression of a later part of the language, unless it stands where a name is wanted. */
export function startsLaterExpression(
  token: IToken,
  before: IToken | undefined,
  next: IToken | undefined,
): string | undefined {
  const word = unsupported.get(token.tokenType)
  if (word === undefined || next?.tokenType === Colon) return undefined
  return before && introducesName.has(before.tokenType) ? undefined : word
}

const continuing = new Set<TokenType>([Dot, Question, Comma, Colon, Equals, Arrow, keyword('else')])
const withWord = keyword('with')
const afterWord = keyword('after')
const withName = new Set<TokenType>(['catch', 'undo', 'as'].map(keyword))

/** Whether a line that begins with `token` continues the one above. */
export function continuesLine(token: IToken, next: IToken | undefined): boolean {
  const type = token.tokenType
  if (continuing.has(type)) return true
  if (type === Minus) return next !== undefined && next.startOffset > endOf(token)
  if (isOperator(token)) return type !== Bang
  if (next === undefined) return false
  if (type === withWord) return next.tokenType === LBrace
  if (type === afterWord) return isName(next) || next.tokenType === LParen
  return withName.has(type) && isName(next)
}

const itemWords = new Map<TokenType, ItemKind>([
  [keyword('import'), 'import'],
  [keyword('config'), 'config'],
  [keyword('type'), 'type'],
  [keyword('const'), 'const'],
  [keyword('job'), 'job'],
  [keyword('export'), 'stray'],
  [keyword('effect'), 'stray'],
  [keyword('test'), 'stray'],
])

/** Words that may follow a value, so that `job with { … }` is no item. */
const tailWords = new Set<TokenType>(['with', 'as', 'catch', 'after', 'undo'].map(keyword))
const fromWord = keyword('from')

/** Whether a token can follow the name of an item. */
function confirms(kind: ItemKind, token: IToken | undefined): boolean {
  const type = token?.tokenType
  if (kind === 'import') return type === fromWord || type === Text
  if (kind === 'type' || kind === 'const') return type === Equals || type === Colon
  return kind === 'job' && type === LParen
}

/**
 * The kind of item that starts with `token`. Two names side by side are never an expression, so that an item is
 * recognised inside of brackets that somebody forgot to close.
 *
 * @param next the token behind it, if it stands on the same line
 * @param after the token behind that
 * @param top whether no bracket is open, where half an item is one too
 */
export function itemKind(
  token: IToken,
  next: IToken | undefined,
  after: IToken | undefined,
  top: boolean,
): ItemKind | undefined {
  const kind = itemWords.get(token.tokenType)
  if (kind === undefined || next === undefined) return undefined
  const named = isReserved(next) || (isName(next) && (!tailWords.has(next.tokenType) || confirms(kind, after)))
  switch (token.tokenType) {
    case keyword('import'):
      return named || next.tokenType === LBrace || next.tokenType === Text ? kind : undefined
    case keyword('config'):
      return next.tokenType === LBrace ? kind : undefined
    case keyword('test'):
      return next.tokenType === Text ? kind : undefined
    case keyword('export'):
      return next.tokenType === keyword('job') ? 'job' : named ? kind : undefined
    case keyword('job'):
      return named || (top && next.tokenType === LParen) ? kind : undefined
    case keyword('type'):
    case keyword('const'):
      return named || (top && next.tokenType === Equals) ? kind : undefined
    default:
      return named ? kind : undefined
  }
}

const insteadOfLet = new Set(['let', 'var', 'val', 'const', 'def', 'set', 'auto', 'mut'])

/** Whether a line such as `const a = 1` inside of a body wants to be a `let`. */
export function wantsLet(token: IToken, next: IToken | undefined, afterNext: IToken | undefined): boolean {
  if (token.tokenType === keyword('let') || !insteadOfLet.has(token.image.toLowerCase()) || !next || !isName(next))
    return false
  return afterNext?.tokenType === Equals || afterNext?.tokenType === Colon
}
