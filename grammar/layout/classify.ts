import { suggest } from '../../dag/suggest.ts'
import { isBentClosed, isWhole } from '../scan.ts'
import * as tokens from '../tokens.ts'
import { endOf, keyword, type IToken, type TokenType } from '../tokens.ts'

const { Name, Reserved, Operator, Text, LParen, LBracket, LBrace, RParen, RBracket, RBrace } = tokens

// What a token can be, in bits that are looked up by the index of its type.
const nameBit = 1
const reservedBit = 2
const operatorBit = 4
const endsBit = 8
const startsBit = 16
const typeBit = 32
const closerBit = 64
const tailBit = 128
const bits: number[] = []

function mark(bit: number, types: Iterable<TokenType>): void {
  for (const { tokenTypeIdx } of types) bits[tokenTypeIdx!] = (bits[tokenTypeIdx!] ?? 0) | bit
}

function members(category: TokenType): TokenType[] {
  return tokens.allTokens.filter(type => type === category || type.CATEGORIES?.includes(category))
}

const words = (...texts: string[]): TokenType[] => texts.map(keyword)
const literals = [Text, tokens.BytesText, tokens.CidText, tokens.Char, tokens.BentText, tokens.Numeral]
const truths = words('true', 'false')
mark(nameBit, members(Name))
mark(reservedBit, members(Reserved))
mark(operatorBit, members(Operator))
mark(endsBit, [...members(Name), ...literals, ...truths, RParen, RBracket, RBrace, tokens.TemplateEnd, tokens.Question])
mark(startsBit, [...members(Name), ...literals, ...truths, LParen, LBracket, LBrace, tokens.TemplateStart])
mark(startsBit, words('if', 'match', 'for', 'do', 'try'))
mark(startsBit, [tokens.Bang, tokens.Minus, tokens.ReduceHead, tokens.FoldHead, tokens.LBlock])
mark(startsBit, [
  tokens.ParenIsland,
  tokens.BracketIsland,
  tokens.BraceIsland,
  tokens.BlockIsland,
  tokens.TemplateIsland,
])
mark(typeBit, [...members(Name), tokens.Dot, tokens.Comma, tokens.Colon, tokens.Less, tokens.Arrow, LBrace, LParen])

/** A name, or a keyword that may be one. */
export function isName(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & nameBit) !== 0
}

export function isReserved(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & reservedBit) !== 0
}

/** A minus with a space behind it, which stands between two values; without it is the sign of one. */
export function isSpacedMinus(token: IToken, text: string): boolean {
  return token.tokenType === tokens.Minus && /\s/.test(text.slice(endOf(token), endOf(token) + 1))
}

/** The sign of an operator; `=` is none. */
export function isOperator(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & operatorBit) !== 0
}

/** Whether a value or a type can end with this token. */
export function canEnd(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & endsBit) !== 0
}

/** Whether a value can start with this token. */
export function canStart(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & startsBit) !== 0
}

/** Whether a token may stand between `<` and `>` of a type. */
export function mayStandInType(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & typeBit) !== 0
}

const opensType = new Set(words('record', 'variant', 'enum', 'flags'))

/** `record`, `variant`, `enum`, `flags`: the brace after them is one of a type. */
export function isTypeWord(token: IToken | undefined): boolean {
  return token !== undefined && opensType.has(token.tokenType)
}

/** Words that follow a value. */
mark(tailBit, words('with', 'as', 'catch', 'after', 'undo'))

export function isTail(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & tailBit) !== 0
}

mark(closerBit, [RParen, RBracket, RBrace, tokens.TemplateEnd])

/** Whether a token closes a bracket; `>` is none here. */
export function isCloser(token: IToken): boolean {
  return (bits[token.tokenTypeIdx]! & closerBit) !== 0
}

/** Operators of other languages that are words. */
export const wordOperators: ReadonlyMap<string, TokenType> = new Map([
  ['and', tokens.AndAnd],
  ['or', tokens.OrOr],
  ['mod', tokens.Percent],
  ['is', tokens.EqualEqual],
])

/** Words of other languages for `if`, `for` and `match`, and those that start a loop of another kind. */
export const otherHeads: ReadonlyMap<string, 'for' | 'match' | undefined> = new Map([
  ['foreach', 'for'],
  ['switch', 'match'],
  ['when', 'match'],
  ['while', undefined],
  ['until', undefined],
])
export const elseIfs: ReadonlySet<string> = new Set(['elif', 'elsif', 'elseif', 'elseIf'])

const continuing = new Set<TokenType>([
  ...[tokens.Dot, tokens.Question, tokens.Comma, tokens.Colon, tokens.Equals, tokens.Arrow, tokens.FatArrow],
  ...words('else'),
])
const withWord = keyword('with')
const asWord = keyword('as')
const afterWord = keyword('after')
const withName = new Set(words('catch', 'undo', 'as'))

/** Whether a line that begins with `token` continues the one above. */
export function continuesLine(token: IToken, next: IToken | undefined): boolean {
  const type = token.tokenType
  if (continuing.has(type)) return true
  if (type === tokens.Minus) return next !== undefined && next.startOffset > endOf(token)
  if (isOperator(token)) return type !== tokens.Bang
  if (next === undefined) return false
  if (type === withWord) return next.tokenType === LBrace || isName(next)
  if (type === afterWord) return isName(next) || next.tokenType === LParen
  if (type === asWord && next.tokenType === LParen) return true
  return withName.has(type) && isName(next)
}

/** What an item of a file is, told from its first words; `stray` belongs to none of them. */
export type ItemKind = 'import' | 'config' | 'type' | 'const' | 'job' | 'effect' | 'test' | 'stray'

const itemWords = new Map<TokenType, ItemKind>(
  (['import', 'config', 'type', 'const', 'job', 'effect', 'test'] as const).map(word => [keyword(word), word]),
)
/** Words that a name follows. */
export const introducesName: ReadonlySet<TokenType> = new Set(words('let', 'job', 'const', 'type', 'import', 'effect'))

const exportWord = keyword('export')
const fromWord = keyword('from')
/** What may follow `export`. */
export const exportable: ReadonlySet<TokenType> = new Set(words('job', 'type', 'const', 'effect'))

/** Whether a token can follow the name of an item. */
function confirms(kind: ItemKind, token: IToken | undefined): boolean {
  const type = token?.tokenType
  if (kind === 'import') return type === fromWord || type === Text
  if (kind === 'type' || kind === 'const') return type === tokens.Equals || type === tokens.Colon
  if (kind === 'test') return type === LBrace
  return (kind === 'job' || kind === 'effect') && type === LParen
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
  if (next === undefined) return undefined
  if (token.tokenType === exportWord) {
    const kind = exportable.has(next.tokenType) ? itemWords.get(next.tokenType) : undefined
    return kind ?? (isReserved(next) || (isName(next) && !isTail(next)) ? 'stray' : undefined)
  }
  const kind = itemWords.get(token.tokenType)
  if (kind === undefined) return undefined
  const named = isReserved(next) || (isName(next) && (!isTail(next) || confirms(kind, after)))
  const type = next.tokenType
  switch (kind) {
    case 'import':
      return named || type === LBrace || type === Text || (top && type === tokens.Star) ? kind : undefined
    case 'config':
      return type === LBrace || (top && isName(next) && named) ? kind : undefined
    case 'test':
      if (type === Text || type === tokens.TemplateStart) return kind
      return top && (type === LBrace || (isName(next) && named)) ? kind : undefined
    case 'job':
    case 'effect':
      return named || (top && type === LParen) ? kind : undefined
    default:
      return named || (top && type === tokens.Equals) ? kind : undefined
  }
}

/** What a token alone on its line begins. */
export function halfItem({ tokenType }: IToken): ItemKind {
  return itemWords.get(tokenType) ?? 'stray'
}

const letWord = keyword('let')
const insteadOfLet = new Set(['let', 'var', 'val', 'const', 'def', 'set', 'auto', 'mut'])

/** Whether a line such as `const a = 1` inside of a body wants to be a `let`. */
export function wantsLet(token: IToken, next: IToken | undefined, afterNext: IToken | undefined): boolean {
  if (token.tokenType === letWord || !next || !isName(next)) return false
  if (afterNext?.tokenType !== tokens.Equals && afterNext?.tokenType !== tokens.Colon) return false
  return insteadOfLet.has(token.image.toLowerCase()) || (isName(token) && suggest(token.image, ['let']) !== undefined)
}

const quotedTypes = new Set([Text, tokens.BytesText, tokens.CidText, tokens.Char])

/** Whether a token is a text that ends with its line; only then it is scanned again. */
export function isUnclosed(token: IToken, text: string): boolean {
  if (token.tokenType === tokens.BentText) return !isBentClosed(token.image)
  if (!quotedTypes.has(token.tokenType)) return false
  const after = text.charCodeAt(endOf(token))
  if (after >= 0 && after !== 10 && after !== 13) return false
  return !token.image.startsWith("'''") && !isWhole(token.image, token.image.search(/["']/))
}
