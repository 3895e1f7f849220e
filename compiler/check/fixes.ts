import type { Fix } from '../../grammar/diagnostics.ts'
import type { As, Expression, ImportedName, ImportNames } from '../../grammar/nodes.ts'
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

export interface Place {
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
 * Takes one of two entries of one name out of a list: of two that say the same the second one, else one of the reader's
 * choice.
 *
 * @param said what an entry says, beside its name
 */
export function dropRepeated<T extends Place>(
  source: Lines,
  entries: readonly T[],
  first: number,
  again: number,
  said: (entry: T) => Place,
): Fix[] {
  const [one, other] = [first, again].map(at => {
    const { start, end } = said(entries[at]!)
    return source.slice(start, end)
  })
  const fix = dropEntry(entries, again)
  if (one === other) return [fix]
  return choice(source, [
    { ...dropEntry(entries, first), title: 'Remove the first' },
    { ...fix, title: 'Remove this one' },
  ])
}

/** Repairs of which a person takes one; where one of them cannot be made, nothing is to be made of its own accord. */
export function choice(source: Lines, fixes: Fix[]): Fix[] {
  return keeping(source, fixes).length === fixes.length ? fixes : []
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

/** Puts something before and behind a value, in the place of what stands between it and `until`. */
export function around(title: string, { start, end }: Place, before: string, after: string, until = end): Fix {
  return {
    title,
    edits: [
      { start, end: start, text: before },
      { start: end, end: until, text: after },
    ],
  }
}

/** Writes a value in a text, which is one line. */
export function inText(source: Lines, place: Place, until: number): Fix[] {
  const isLine = !/[\n\r]/.test(source.slice(place.start, place.end))
  return isLine ? [around('Write it in a text', place, '"${', '}"', until)] : []
}

/** The value before an `as`, with the parentheses around it. */
export function beforeAs(source: Lines, { start, value, type }: As): Place {
  const closed = /^(\s*\))*/.exec(source.slice(value.end, type.start))![0]
  return { start, end: value.end + closed.length }
}

const loose = new Set<Expression['kind']>([
  ...(['If', 'Match', 'For', 'Reduce', 'Fold', 'Do', 'Try', 'Catch', 'After', 'Undo'] as const),
])

/** Whether an operator behind an expression would take a part of it alone. */
export function isLoose({ kind }: Expression): boolean {
  return loose.has(kind)
}

/** Whether no operator stands beside a place, as far as the text around it tells. */
export function standsAlone(source: Lines, { start, end }: Place): boolean {
  const before = source.slice(Math.max(0, start - 100), start)
  const behind = source.slice(end, end + 100)
  return (
    /([([{,:]|=>|[^=!<>]=|\bif)\s*$/.test(before) &&
    !/^\s*([-+*/%<>=!&|?.[(]|(as|catch|after|undo|with)\b)/.test(behind)
  )
}
