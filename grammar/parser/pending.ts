import type { Block, Expression, For, If } from '../nodes.ts'
import { ArmsIsland, BlockIsland, Colon, keyword, LArms, LBlock, type IToken, type TokenType } from '../tokens.ts'

const withWord = keyword('with')
const fromWord = keyword('from')

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
export interface Chain {
  first?: If
  last?: If
  /** Its blocks that were parsed. */
  blocks: Block[]
  /** Whether an `else` ends it; known when all of it was seen. */
  whole?: boolean
}

/** The chain of the `if` that has got its condition. */
export function chainOf({ waiting }: Released): Chain {
  if (waiting.word !== 'if') throw new Error('an `if` goes on where another word waits')
  return waiting.chain
}
