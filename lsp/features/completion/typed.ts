import type { View } from '../../interface.ts'
import type { Place } from './place.ts'

/** Characters behind which something may be offered that nobody has asked for. */
export const triggerCharacters = ['.', '"', '/', ':', ' ']

/**
 * Whether something is offered for a character that was typed. Return then takes the first item, so it is not where a
 * line may end.
 */
export function isOfferedFor(typed: string, { lines }: View, { want, tokens, before, range }: Place): boolean {
  switch (typed) {
    case '"':
    case '/':
      return want.kind === 'source' || want.kind === 'embed'
    case '.':
      return want.kind === 'member' || want.kind === 'source' || want.kind === 'embed'
    case ':':
      return true
    case ' ': {
      const prev = tokens[before - 1]
      const newLine = !prev || /[\r\n]/.test(lines.slice(prev.end, range.start))
      const mayEnd = want.kind === 'item' || want.kind === 'operator' || (want.kind === 'expression' && want.statement)
      return !newLine && !mayEnd
    }
    default:
      return false
  }
}
