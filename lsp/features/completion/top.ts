import { endsOperand, type Token } from '../../tokens.ts'
import { isTypeGap, itemOf, items, type Around } from './around.ts'
import { constant, inExpressionTokens } from './operand.ts'
import type { Want } from './place.ts'

/** Outside of all brackets. */
export function atTop({ tokens, before, at, view }: Around, all: Token[]): Want | undefined {
  const prev = tokens[before - 1]
  const since = itemOf(view, all)
  if (!prev) return { kind: 'item', signature: false }
  const newLine = /[\r\n]/.test(view.lines.slice(prev.end, at))
  const exported = since[0]?.type === 'ExportWord'
  const head = since[exported ? 1 : 0]
  if (exported && !head) return { kind: 'words', words: ['job', 'type', 'const', 'effect'] }
  if (!head || !items.has(head.text)) return newLine ? { kind: 'item', signature: false } : undefined
  const ended = since.at(-1)!.type === 'RBrace' && head.text !== 'import'
  if (newLine && (ended || (endsOperand(prev) && prev !== head)))
    return { kind: 'item', signature: head.text === 'job' && !ended }
  switch (head.text) {
    case 'import':
      return inImport(since, prev)
    case 'job':
      return inHead(since, prev)
    case 'type':
      return prev.type === 'Equals' || isTypeGap(since) ? { kind: 'type' } : undefined
    case 'const': {
      const value = since.findIndex(({ type }) => type === 'Equals')
      if (value >= 0) return constant(inExpressionTokens(since.slice(value + 1), prev))
      return prev.type === 'Colon' || isTypeGap(since) ? { kind: 'type' } : undefined
    }
    default:
      return undefined
  }
}

function inImport(since: Token[], prev: Token): Want | undefined {
  if (prev.type === 'ImportWord' || prev.type === 'AsWord') return undefined
  if (prev.type === 'FromWord')
    return { kind: 'source', names: since.some(({ type }) => type === 'RBrace'), quoted: false }
  const hasSource = since.some(({ type }) => type === 'FromWord')
  return hasSource ? undefined : { kind: 'words', words: ['from'] }
}

function inHead(since: Token[], prev: Token): Want | undefined {
  const uses = since.findIndex(({ type }) => type === 'UsesWord')
  if (uses >= 0) {
    if (prev.type !== 'UsesWord' && prev.type !== 'Comma') return undefined
    return { kind: 'uses', job: undefined, given: usesIn(since.slice(uses + 1)) }
  }
  if (prev.type === 'Arrow' || isTypeGap(since)) return { kind: 'type' }
  const result = since.some(({ type }) => type === 'Arrow')
  if (result) return { kind: 'words', words: ['uses'] }
  return prev.type === 'RParen' ? { kind: 'words', words: ['->', 'uses'] } : undefined
}

function usesIn(tokens: Token[]): string[] {
  return tokens
    .map(({ text }) => text)
    .join('')
    .split(',')
}
