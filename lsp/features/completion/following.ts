import { constructors } from '../../../compiler/check/call.ts'
import { mayPerform } from '../../../compiler/check/effects.ts'
import type { View } from '../../interface.ts'
import { isWord, type Token } from '../../tokens.ts'
import type { Place } from './place.ts'

/** Whether a word may go on with the expression before a place: `with`, `after` and `undo` belong to calls. */
export function mayFollow({ scope }: View, { tokens, before }: Place, word: string): boolean {
  if (word !== 'with' && word !== 'after' && word !== 'undo') return true
  const last = headOf(tokens, before - 1)
  // What joins elements is named, and called with their settings.
  if (word === 'with' && last > 0 && tokens[last - 1]!.type === 'WithWord' && isWord(tokens[last]!)) return true
  const start = callBefore(tokens, before - 1, word)
  if (start === undefined) return false
  const name = tokens[start]!.text
  const symbol = scope.get(name)
  if (word === 'with')
    return symbol ? symbol.kind !== 'type' && symbol.kind !== 'compiled' : !constructors.includes(name)
  // They take all of a sum.
  if (start > 0 && operators.test(tokens[start - 1]!.type)) return false
  if (symbol?.kind !== 'effect') return word === 'after' && symbol?.kind === 'job' && mayPerform(symbol)
  const operation = symbol.node.operations.find(node => node.name.text === tokens[start + 2]?.text)
  return operation !== undefined && (word === 'after' || operation.operation.endsWith('command'))
}

const operators =
  /^(Star|Slash|Percent|Plus|Minus|EqualEqual|NotEquals|Less|LessEqual|Greater|GreaterEqual|AndAnd|OrOr|Bang)$/

/** Where the name of what is called begins, of the call that a token ends, through its parts, settings and what it awaits. */
function callBefore(tokens: Token[], at: number, word: string): number | undefined {
  for (let i = at; i > 0;) {
    const { type, start } = tokens[i]!
    const open = closing.has(type) ? openOf(tokens, i) : i
    const opener = tokens[open - 1]
    if (!opener) return undefined
    const isNear = opener.end === tokens[open]!.start
    if (type === 'Question') i--
    else if (type === 'RBracket' && isNear) i = open - 1
    else if (type === 'RBrace' && opener.type === 'WithWord') i = open - 2
    else if (opener.type === 'AfterWord' && word !== 'with') i = open - 2
    else if (type === 'RParen' && isNear && isWord(opener)) return headOf(tokens, open - 1)
    else if (opener.type === 'Dot' && start >= opener.end) i -= 2
    else return undefined
  }
  return undefined
}

const closing = new Set(['RParen', 'RBracket', 'RBrace'])
const opening = new Set(['LParen', 'LBracket', 'LBrace'])

/** Where the bracket opens that a token closes; 0 where it does not. */
function openOf(tokens: Token[], close: number): number {
  let depth = 0
  for (let i = close; i > 0; i--) {
    if (closing.has(tokens[i]!.type)) depth++
    else if (opening.has(tokens[i]!.type) && --depth === 0) return i
  }
  return 0
}

/** Where a path begins that ends with a token. */
function headOf(tokens: Token[], end: number): number {
  let i = end
  while (tokens[i - 1]?.type === 'Dot' && i >= 2 && isWord(tokens[i - 2]!)) i -= 2
  return i
}
