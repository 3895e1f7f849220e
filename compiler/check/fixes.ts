import type { Fix } from '../../grammar/diagnostics.ts'
import type { Lines } from '../../grammar/source.ts'
import { lex } from '../../grammar/tokens.ts'

/** Those repairs of a text that lose none of its comments. */
export function keeping(source: Lines, fixes: Fix[]): Fix[] {
  return fixes.filter(({ edits }) =>
    edits.every(({ start, end, text }) => {
      const removed = source.slice(start, end)
      return !removed.includes('//') || lex(removed).comments.every(({ image }) => text.includes(image))
    }),
  )
}
