import type { Edit } from './interface.ts'

/** So many pairs of lines are compared at most; a part that has more is replaced as a whole. */
const maxPairs = 250_000

/**
 * The edits that make one text of another, line by line: what stays is not touched, so that cursors and marks stay too.
 *
 * @param offset of the first text, where it is a part of a larger one
 */
export function lineEdits(before: string, after: string, offset = 0): Edit[] {
  if (before === after) return []
  const [old, wanted] = [linesOf(before), linesOf(after)]
  let first = 0
  while (first < old.length && first < wanted.length && old[first] === wanted[first]) first++
  let last = 0
  while (
    last < Math.min(old.length, wanted.length) - first &&
    old[old.length - last - 1] === wanted[wanted.length - last - 1]
  )
    last++
  const start = offset + lengthOf(old, 0, first)
  return editsOf(old.slice(first, old.length - last), wanted.slice(first, wanted.length - last), start)
}

/** Lines with what ends them. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function lengthOf(lines: string[], from: number, to: number): number {
  let length = 0
  for (let i = from; i < to; i++) length += lines[i]!.length
  return length
}

function editsOf(old: string[], wanted: string[], start: number): Edit[] {
  const kept = old.length * wanted.length <= maxPairs ? commonLines(old, wanted) : []
  const edits: Edit[] = []
  let [i, j, at] = [0, 0, start]
  for (const [oldLine, wantedLine] of [...kept, [old.length, wanted.length] as const]) {
    const end = at + lengthOf(old, i, oldLine)
    const [removed, added] = [old.slice(i, oldLine).join(''), wanted.slice(j, wantedLine).join('')]
    if (removed !== added) edits.push(trimmed({ start: at, end, text: added }, removed))
    at = end + (old[oldLine]?.length ?? 0)
    i = oldLine + 1
    j = wantedLine + 1
  }
  return edits
}

/** The pairs of lines in a longest common subsequence. */
function commonLines(a: string[], b: string[]): [number, number][] {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
  const pairs: [number, number][] = []
  for (let [i, j] = [0, 0]; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++
    else j++
  }
  return pairs
}

/** What may come and go by itself when a text is formatted: blanks, the comma behind a last entry, a slash of `///`. */
const loose = /[\s,/]+/g

/**
 * Edits of which each can be made without the others, where all of them together move nothing but blanks: what is taken away
 * in one place and put in again in another one belongs to one edit, with all that stands between.
 */
export function independent(text: string, edits: readonly Edit[]): Edit[] {
  const found: Edit[] = []
  let open: Edit[] = []
  // What is taken away and not put in again up to here, or the other way round; undefined where it is something else.
  let left: [removed: string, added: string] | undefined = ['', '']
  for (const edit of edits) {
    const between = open.length === 0 ? '' : text.slice(open.at(-1)!.end, edit.start)
    open.push(edit)
    left &&= withoutStart(
      left[0] + (between + text.slice(edit.start, edit.end)).replace(loose, ''),
      left[1] + (between + edit.text).replace(loose, ''),
    )
    if (!left || left[0] !== left[1]) continue
    found.push(joined(text, open))
    open = []
  }
  return open.length === 0 ? found : [...found, joined(text, open)]
}

/** Two texts without what both start with; undefined where none is the start of the other. */
function withoutStart(a: string, b: string): [string, string] | undefined {
  if (a.startsWith(b)) return [a.slice(b.length), '']
  return b.startsWith(a) ? ['', b.slice(a.length)] : undefined
}

function joined(text: string, edits: readonly Edit[]): Edit {
  const [{ start }, { end }] = [edits[0]!, edits.at(-1)!]
  const parts = edits.map((edit, i) => text.slice(edits[i - 1]?.end ?? start, edit.start) + edit.text)
  return { start, end, text: parts.join('') }
}

/** An edit without what is the same at both ends; no character is cut in two. */
function trimmed({ start, end, text }: Edit, removed: string): Edit {
  const most = Math.min(removed.length, text.length)
  let same = 0
  while (same < most && removed[same] === text[same]) same++
  if (same > 0 && isHigh(removed, same - 1)) same--
  let behind = 0
  while (behind < most - same && removed[removed.length - behind - 1] === text[text.length - behind - 1]) behind++
  if (behind > 0 && isHigh(removed, removed.length - behind - 1)) behind--
  return { start: start + same, end: end - behind, text: text.slice(same, text.length - behind) }
}

/** Whether the first half of a character stands there. */
function isHigh(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xd800 && code < 0xdc00
}
