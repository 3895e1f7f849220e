import { endsOperand, type Token } from '../../tokens.ts'
import { compositeOf, isTypeGap, itemOf, items, restOf, type Around } from './around.ts'
import { inExpressionTokens } from './operand.ts'
import type { Want } from './place.ts'

/** Outside of all brackets. */
export function atTop(found: Around, all: Token[]): Want | undefined {
  const { tokens, before, at, view } = found
  const prev = tokens[before - 1]
  const since = itemOf(view, all)
  if (!prev) return { kind: 'item', words: [] }
  const newLine = /[\r\n]/.test(view.lines.slice(prev.end, at))
  const exported = since[0]?.type === 'ExportWord'
  const head = since[exported ? 1 : 0]
  if (exported && !head) return { kind: 'words', words: ['job', 'type', 'const', 'effect'] }
  if (!head || !items.has(head.text)) return newLine ? { kind: 'item', words: [] } : undefined
  const ended = since.at(-1)!.type === 'RBrace' && head.text !== 'import' && !compositeOf(since.slice(0, -1))
  if (newLine && (ended || (endsOperand(prev) && prev !== head)))
    return { kind: 'item', words: head.text === 'job' && !ended ? headWords(since) : [] }
  switch (head.text) {
    case 'import':
      return inImport(since, prev)
    case 'job':
      return ended ? undefined : inHead(found, since, prev)
    case 'type':
      return prev.type === 'Equals' || isTypeGap(since) ? { kind: 'type' } : undefined
    case 'const': {
      const value = since.findIndex(({ type }) => type === 'Equals')
      if (value >= 0) return inExpressionTokens(since.slice(value + 1), prev)
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

function inHead(found: Around, since: Token[], prev: Token): Want | undefined {
  const uses = since.findIndex(({ type }) => type === 'UsesWord')
  if (uses >= 0) {
    if (prev.type !== 'UsesWord' && prev.type !== 'Comma') return undefined
    return { kind: 'uses', job: undefined, given: usesIn(found, since.slice(uses + 1)) }
  }
  if (prev.type === 'Arrow' || isTypeGap(since)) return { kind: 'type' }
  const words = headWords(since)
  return words.length > 0 ? { kind: 'words', words } : undefined
}

/** What may follow the head of a job as far as it is there. */
function headWords(since: Token[]): string[] {
  const types = new Set(since.map(({ type }) => type))
  if (types.has('UsesWord') || !types.has('RParen')) return []
  return types.has('Arrow') ? ['uses'] : ['->', 'uses']
}

/** The operations that a `uses` names before what is replaced, and behind it. */
export function usesIn(found: Around, since: Token[]): string[] {
  const rest = restOf(found)
  const body = rest.findIndex(({ type }) => type === 'LBrace')
  return [since, rest.slice(0, body < 0 ? rest.length : body)].flatMap(part =>
    part
      .map(({ text }) => text)
      .join('')
      .split(','),
  )
}
