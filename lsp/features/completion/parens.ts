import type { Call } from '../../../grammar/nodes.ts'
import { endsOperand, isWord, type Token } from '../../tokens.ts'
import { compositeOf, isTypeGap, sinceLast, type Around, type Frame } from './around.ts'
import { inExpression, inExpressionTokens } from './operand.ts'
import type { Want } from './place.ts'

/** In parentheses: arguments, parameters, and what is put into some. */
export function inParens(found: Around, frame: Frame, prev: Token, newLine: boolean): Want | undefined {
  const { path, frames } = found
  const since = frame.tokens
  const outer = frames.at(-2)!.tokens
  const opener = outer.at(-2)
  const { start } = frame.open
  const call = path.findLast(
    (node): node is Call => node.kind === 'Call' && node.callee.end <= start && start < node.end,
  )
  const last = sinceLast(since, ({ type }) => type === 'Comma')
  if (takesTypes(found, start, outer)) {
    if (prev.type === 'Colon' || isTypeGap(since)) return { kind: 'type' }
    const value = last.findIndex(({ type }) => type === 'Equals')
    return value >= 0 ? inExpressionTokens(last.slice(value + 1), prev) : undefined
  }
  // `some(` in a pattern, `(acc, x) =>`: names are given there.
  if (path.some(node => node.kind === 'CasePattern' && node.start < start && start < node.end)) return undefined
  if (path.some(node => node.kind === 'Lambda' && node.start === start)) return undefined
  if (frames.at(-2)!.open.type === 'LBrace' && compositeOf(frames.at(-3)!.tokens) === 'VariantWord')
    return prev === frame.open || isTypeGap(since) ? { kind: 'type' } : undefined
  // The scheme of an effect is a text.
  if (frames.length === 2 && outer.at(-3)?.type === 'EffectWord') return undefined
  const isCall = opener !== undefined && isWord(opener) && endsOperand(opener)
  if (isCall && (prev === frame.open || prev.type === 'Comma')) return { kind: 'argument', call }
  if (opener?.type === 'AfterWord') return { kind: 'names' }
  const want = inExpression(since, prev)
  return isCall && newLine && want?.kind === 'operator'
    ? { kind: 'argument', call, comma: prev.end, more: want.words }
    : want
}

/** Whether parentheses are those of parameters, whose types are written. */
function takesTypes({ path }: Around, open: number, outer: Token[]): boolean {
  const [name, word] = [outer.at(-2), outer.at(-3)]
  if (name?.text === 'func') return true
  if (!name || !isWord(name) || !word) return false
  if (['JobWord', 'QueryWord', 'NoteWord', 'CommandWord'].includes(word.type)) {
    const owner = path.findLast(({ kind }) => kind === 'Job' || kind === 'EffectDeclaration' || kind === 'Block')
    return owner?.kind !== 'Block' || owner.start > open
  }
  return false
}
