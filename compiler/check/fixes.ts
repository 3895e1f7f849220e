import type { Fix } from '../../grammar/diagnostics.ts'
import type { ImportedName, ImportNames } from '../../grammar/nodes.ts'
import type { Lines } from '../../grammar/source.ts'
import type { Context } from './context.ts'
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

interface Place {
  start: number
  end: number
}

/** Takes an entry out of a list, with the comma between it and the next one, or the one before. */
export function dropEntry(entries: readonly Place[], at: number): Fix {
  const { start, end } = entries[at]!
  const [before, next] = [entries[at - 1], entries[at + 1]]
  const place = next ? { start, end: next.start } : { start: before ? before.end : start, end }
  return { title: 'Remove it', edits: [{ ...place, text: '' }] }
}

/**
 * Takes an entry out of a list that has one of its name already, where both say the same.
 *
 * @param first what the other one says, and `again` what this one does
 */
export function dropRepeated(
  source: Lines,
  entries: readonly Place[],
  at: number,
  first: Place | undefined,
  again: Place | undefined,
): Fix[] {
  const written = [first, again].map(place => place && source.slice(place.start, place.end))
  return written[0] === written[1] ? [dropEntry(entries, at)] : []
}

/** Takes a name out of an import, and with the only one all of it. */
export function dropName(source: Lines, item: ImportNames, node: ImportedName): Fix {
  return item.names.length === 1 ? dropLines(source, item) : dropEntry(item.names, item.names.indexOf(node))
}

/** Removes what stands alone in its lines, with them. */
export function dropLines({ text }: Lines, { start, end }: Place): Fix {
  const before = /[ \t]*$/.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1, start))![0].length
  const after = /^[ \t]*(\r?\n|$)/.exec(text.slice(end, end + 200))
  const alone = after && (start === before || text[start - before - 1] === '\n')
  const edit = alone ? { start: start - before, end: end + after[0].length } : { start, end }
  return { title: 'Remove it', edits: [{ ...edit, text: '' }] }
}

/** Calls what stands where a value does, where that takes nothing and something may be called. */
export function callIt({ constant }: Pick<Context, 'constant'>, { end }: Place, takesNothing: boolean): Fix[] {
  if (!takesNothing || constant !== undefined) return []
  return [{ title: 'Call it', edits: [{ start: end, end, text: '()' }] }]
}
