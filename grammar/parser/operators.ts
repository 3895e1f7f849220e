import type { BinaryOperator } from '../nodes.ts'
import * as tokens from '../tokens.ts'
import type { TokenType } from '../tokens.ts'

/** How tightly each part of an expression binds, from loose to tight. */
export const powers = {
  do: 1,
  catch: 2,
  undo: 3,
  /** `do` right behind `undo r =>`, which ends where the `undo` does. */
  undone: 3.5,
  after: 4,
  try: 5,
  or: 6,
  and: 7,
  comparison: 8,
  sum: 9,
  product: 10,
  as: 11,
  unary: 12,
}

export interface BinaryRow {
  operator: BinaryOperator
  power: number
}

const { comparison, sum, product } = powers

/** Operators with an operand on both sides. */
export const binaries: ReadonlyMap<TokenType, BinaryRow> = new Map<TokenType, BinaryRow>([
  [tokens.Star, { operator: '*', power: product }],
  [tokens.Slash, { operator: '/', power: product }],
  [tokens.Percent, { operator: '%', power: product }],
  [tokens.Plus, { operator: '+', power: sum }],
  [tokens.Minus, { operator: '-', power: sum }],
  [tokens.EqualEqual, { operator: '==', power: comparison }],
  [tokens.NotEquals, { operator: '!=', power: comparison }],
  [tokens.Less, { operator: '<', power: comparison }],
  [tokens.LessEqual, { operator: '<=', power: comparison }],
  [tokens.Greater, { operator: '>', power: comparison }],
  [tokens.GreaterEqual, { operator: '>=', power: comparison }],
  [tokens.AndAnd, { operator: '&&', power: powers.and }],
  [tokens.OrOr, { operator: '||', power: powers.or }],
])
