import { endsOperand, type Token } from '../../tokens.ts'
import { isTypeGap } from './around.ts'
import type { Want } from './place.ts'

/** In an expression, of which some may stand there already. */
export function inExpression(since: Token[], prev: Token): Want | undefined {
  if (prev.type === 'Comma' && isBinder(since)) return undefined
  return inExpressionTokens(since, prev)
}

/** `for x, ` */
function isBinder(since: Token[]): boolean {
  return since.at(-3)?.type === 'ForWord'
}

/**
 * @param since the tokens of the expression or the statement, as far as they stand before the offset
 */
export function inExpressionTokens(since: Token[], prev: Token): Want | undefined {
  switch (prev.type) {
    case 'LetWord':
    case 'ForWord':
    case 'CatchWord':
    case 'UndoWord':
    case 'Numeral':
      break
    case 'AsWord':
      return { kind: 'type' }
    case 'EmbedWord':
      return { kind: 'embed', quoted: false }
    case 'AfterWord':
      return { kind: 'names' }
    case 'GivenWord':
      return { kind: 'names' }
    case 'WithWord':
      return since.some(({ type }) => combines.has(type)) ? { kind: 'combine' } : { kind: 'words', words: ['{'] }
    case 'AssertWord':
    default: {
      const binding = since.findLastIndex(({ type }) => type === 'LetWord')
      const inLet = binding >= 0 && !since.slice(binding).some(({ type }) => type === 'Equals')
      if (inLet) return prev.type === 'Colon' || isTypeGap(since.slice(binding)) ? { kind: 'type' } : undefined
      if (inTypeOfAs(since)) return { kind: 'type' }
      if (!endsOperand(prev)) return { kind: 'expression', statement: false }
    }
  }
  if (['LetWord', 'ForWord', 'CatchWord', 'UndoWord'].includes(prev.type)) return undefined
  const before = since.at(-2)?.type
  if (before === 'CatchWord' || before === 'UndoWord') return undefined
  return { kind: 'operator', words: operatorWords(since, prev) }
}

/** Behind `as list<`. */
function inTypeOfAs(since: Token[]): boolean {
  const as = since.findLastIndex(({ type }) => type === 'AsWord')
  return as >= 0 && isTypeGap(since.slice(as))
}

/** Words that the `with` of a function follows. */
const combines = new Set(['ReduceWord', 'FoldWord', 'FromWord'])

/** Words that may follow a whole expression, on a line of their own, too. */
export function operatorWords(since: Token[], prev: Token): string[] {
  const before = since.at(-2)?.type
  if (before === 'ForWord' || (before === 'Comma' && since.at(-4)?.type === 'ForWord')) return ['in']
  const given = since.findLast(({ type }) => type === 'GivenWord' || type === 'FatArrow')?.type
  if (given === 'GivenWord') return prev.type === 'RParen' ? ['=>'] : []
  const words = ['with', 'as', 'catch', 'after', 'undo']
  const folded = since.findLast(({ type }) => combines.has(type) || type === 'WithWord')?.type
  if (folded === 'FoldWord') words.unshift('from')
  else if (folded && folded !== 'WithWord') words[0] = 'with (a, b)'
  const block = since.findLast(({ type }) => type === 'IfWord' || type === 'ElseWord')?.type
  if (prev.type === 'RBrace' && block === 'IfWord') words.unshift('else')
  return words
}
