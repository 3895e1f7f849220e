import type { Diagnostic, Fix } from './diagnostics.ts'
import { children, type Item, type Module, type Node } from './nodes.ts'
import { maxLength, parse, type Comment, type Parsed } from './parse.ts'
import { maxDiagnostics } from './report.ts'

/** Where a text was changed: what stood between `start` and `oldEnd` now ends at `newEnd`. */
export interface Change {
  start: number
  oldEnd: number
  newEnd: number
}

const PIECE = 4096

/** The one change between two texts. */
export function changeBetween(before: string, after: string): Change {
  const most = Math.min(before.length, after.length)
  let start = 0
  // Whole pieces are compared by the machine, many letters at once.
  while (start + PIECE < most && before.slice(start, start + PIECE) === after.slice(start, start + PIECE))
    start += PIECE
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++
  let same = 0
  const last = (text: string): string => text.slice(text.length - same - PIECE, text.length - same)
  while (same + PIECE < most - start && last(before) === last(after)) same += PIECE
  while (
    same < most - start &&
    before.charCodeAt(before.length - same - 1) === after.charCodeAt(after.length - same - 1)
  )
    same++
  return { start, oldEnd: before.length - same, newEnd: after.length - same }
}

/**
 * What {@link parse} gives for a text, from what it gave for the text before a change. Only the items around the change are
 * read again, all others keep their nodes, with new places: `before` is used up.
 *
 * @param change holds all that is different
 */
export function reparse(before: Parsed, text: string, file: string, change: Change): Parsed {
  return readPart(before, text, file, change) ?? parse(text, file)
}

/**
 * What is read again: the items that are touched, and the one before them. The one behind them has to come out as it was,
 * and with it all that follows; where there is none the text is read to its end.
 */
interface Part {
  /** Numbers of items. */
  from: number
  guard: number
  /** Offset at which it starts. */
  start: number
}

function readPart(before: Parsed, text: string, file: string, change: Change): Parsed | undefined {
  // How a text is taken whose brackets do not match depends on all of it.
  if (before.unbalanced || text.length > maxLength) return undefined
  const part = partOf(before, text, change)
  if (!part) return undefined
  const { items } = before.module
  const { from, start } = part
  const guard = items[part.guard]
  const by = change.newEnd - change.oldEnd
  const found = parse(text.slice(start, guard ? guard.end + by : text.length), file)
  if (found.unbalanced) return undefined
  const last = guard && found.module.items.pop()
  if (guard && !isSame(guard, by, last, start, found.diagnostics)) return undefined
  const end = guard?.end ?? Infinity
  const isBehind = (place: { start: number }): boolean => place.start >= end
  const diagnostics = [
    ...before.diagnostics.filter(({ span }) => span.start < start),
    ...found.diagnostics.map(moveDiagnostic(start)),
    ...before.diagnostics.filter(({ span }) => isBehind(span)).map(moveDiagnostic(by)),
  ]
  if (diagnostics.length >= maxDiagnostics) return undefined
  const read = found.module.items
  for (const item of read) move(item, start)
  const [first] = read
  const same = items[from]
  if (first && same && same.end < change.start && isSame(same, 0, first, 0, diagnostics))
    read[0] = takeDocs(same, first)
  const behind = items.slice(part.guard)
  if (guard) takeDocs(guard, last)
  if (by !== 0) for (const item of behind) move(item, by)
  const module: Module = { ...before.module, end: text.length, items: [...items.slice(0, from), ...read, ...behind] }
  if (start === 0) {
    delete module.docs
    if (found.module.docs !== undefined) module.docs = found.module.docs
  }
  const comments = [
    ...before.comments.filter(comment => comment.start < start),
    ...found.comments.map(moveComment(start)),
    ...before.comments.filter(isBehind).map(moveComment(by)),
  ]
  return { module, comments, diagnostics, unbalanced: false }
}

function partOf({ module: { items }, diagnostics }: Parsed, text: string, change: Change): Part | undefined {
  const by = change.newEnd - change.oldEnd
  let from = items.findIndex(item => item.end >= change.start)
  if (from < 0) from = items.length
  // What stands in the lines below an item may go on with it.
  from = Math.max(0, from - 1)
  while (from > 0 && lineBehind(text, items[from - 1]!.end) > items[from]!.start) from--
  const start = from === 0 ? 0 : lineBehind(text, items[from - 1]!.end)
  if (from > 0 && !startsLine(text, items[from]!.start)) return undefined
  const isWrong = ({ start, end }: Item): boolean =>
    diagnostics.some(({ span }) => start <= span.start && span.start <= end)
  let guard = items.findIndex(item => item.start > change.oldEnd)
  if (guard < 0) guard = items.length
  while (guard < items.length && (!startsLine(text, items[guard]!.start + by) || isWrong(items[guard]!))) guard++
  return { from, guard, start }
}

/** Where the line behind that of an offset starts. */
function lineBehind(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length + 1 : end + 1
}

function startsLine(text: string, offset: number): boolean {
  return offset === 0 || text[offset - 1] === '\n'
}

/** Whether the last item that was read came out as it was, so that all behind it does. */
function isSame(item: Item, by: number, found: Item | undefined, start: number, diagnostics: Diagnostic[]): boolean {
  if (found?.kind !== item.kind) return false
  if (found.start + start !== item.start + by || found.end + start !== item.end + by) return false
  return !diagnostics.some(({ span }) => found.start <= span.start && span.start <= found.end)
}

/** What stands above an item may have changed, and not the item itself. */
function takeDocs(item: Item, found: Item | undefined): Item {
  if ('docs' in item) delete item.docs
  if (found && 'docs' in found) Object.assign(item, { docs: found.docs })
  return item
}

/** Moves the places of a node and of all that is in it. */
export function move(node: Node, by: number): void {
  node.start += by
  node.end += by
  for (const key of children[node.kind]) {
    const child = (node as unknown as Record<string, Node | Node[] | undefined>)[key]
    if (child === undefined) continue
    if (!Array.isArray(child)) move(child, by)
    else for (const part of child) move(part, by)
  }
}

function moveComment(by: number): (comment: Comment) => Comment {
  return comment => ({ ...comment, start: comment.start + by, end: comment.end + by })
}

/** The same diagnostic, of which all stands at other places of its file. */
export function moveDiagnostic(by: number): (diagnostic: Diagnostic) => Diagnostic {
  const moved = <T extends { start: number; end: number }>(place: T): T => {
    return { ...place, start: place.start + by, end: place.end + by }
  }
  return diagnostic => ({
    ...diagnostic,
    span: moved(diagnostic.span),
    related: diagnostic.related.map(({ message, span }) => ({ message, span: moved(span) })),
    fixes: diagnostic.fixes.map(({ title, edits }): Fix => ({ title, edits: edits.map(moved) })),
  })
}
