import { firstOf } from './bisect.ts'
import type { Diagnostic } from './diagnostics.ts'
import { isLong, move, moveComment, moveDiagnostic, moveLater, settleOne } from './moves.ts'
import type { Item, Job, Module, Node, Statement, Test } from './nodes.ts'
import { isImport, maxLength, parse, type Comment, type Parsed } from './parse.ts'
import { maxDiagnostics, type Place } from './report.ts'
import type { Change, Lines } from './source.ts'
import { isUnread } from './unread.ts'

/**
 * What {@link parse} gives for a text, from what it gave for the text before a change. Only the items around the change are
 * read again, all others keep their nodes, with new places: `before` is used up. What is in jobs and tests stands in its
 * place when they are settled (`settle`).
 *
 * @param change holds all that is different
 */
export function reparse(before: Parsed, text: Lines, file: string, change: Change): Parsed {
  // Of what was too much to be told it is not known where it stands.
  const isPart = before.diagnostics.length < maxDiagnostics && !closesComment(text, change)
  const part = isPart && (readLines(before, text, file, change) ?? readPart(before, text, file, change))
  return part || parse(text.text, file)
}

/** Whether a change brings the end of a block comment, which may start anywhere above. */
function closesComment(text: Lines, { start, newEnd }: Change): boolean {
  return text.slice(Math.max(0, start - 1), newEnd + 1).includes('*/')
}

/** Whether a block comment that a part of a text does not close is closed behind it. */
function opensComment({ diagnostics }: Parsed, text: Lines, end: number): boolean {
  return diagnostics.some(isOpenComment) && text.slice(end, text.length).includes('*/')
}

/** Of a block comment without end only the start is told. */
function isOpenComment({ name, span }: Diagnostic): boolean {
  return name === 'BlockComment' && span.end - span.start === '/*'.length
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

/** What stands around lines that are read by themselves. */
const shells = { Job: ['job x() {\n', '\n0\n}'], Test: ['test "x" {\n', '\n}'] } as const

/** Reads the lines of a long body again that are touched, with one before them and one behind them, as {@link readPart} items. */
function readLines(before: Parsed, text: Lines, file: string, change: Change): Parsed | undefined {
  if (text.length > maxLength) return undefined
  const { items } = before.module
  const at = firstTo(items, change.start)
  const item = items[at]
  if ((item?.kind !== 'Job' && item?.kind !== 'Test') || !startsLine(text, item.start)) return undefined
  const { unbalanced } = before
  if (unbalanced && unbalanced.start <= item.end && item.start < unbalanced.end) return undefined
  const { statements } = item.body
  settleOne(item)
  if (!isLong(item) || item.body.end !== item.end) return undefined
  const by = change.newEnd - change.oldEnd
  const isWrong = ({ start, end }: Node): boolean =>
    before.diagnostics.some(({ span }) => start <= span.start && span.start <= end)
  const from = firstTo(statements, change.start) - 1
  let guard = firstBehind(statements, change.oldEnd)
  while (guard > 0 && guard < statements.length && isWrong(statements[guard]!)) guard++
  const [first, last] = [statements[from], statements[guard]]
  if (!first || !last || first.end >= change.start) return undefined
  const start = indented(text, first.start)
  const firstOfLast = indented(text, last.start + by)
  if (start === undefined || firstOfLast === undefined) return undefined
  const [head, tail] = shells[item.kind]
  const part = text.slice(start, last.end + by)
  const found = parse(head + part + tail, file)
  const [shell, ...more] = found.module.items
  if (found.unbalanced || more.length > 0 || shell?.kind !== item.kind) return undefined
  if (opensComment(found, text, last.end + by)) return undefined
  const { statements: read, value } = shell.body
  const closed = shell.kind === 'Test' ? value === undefined : value?.start === head.length + part.length + 1
  const shift = start - head.length
  const same = read.pop()
  if (!closed || !isSame(last, by, same, shift, found.diagnostics)) return undefined
  if (found.diagnostics.some(({ span }) => span.start < head.length || span.end > head.length + part.length))
    return undefined
  const end = last.end
  const diagnostics = [
    ...before.diagnostics.filter(({ span }) => span.start < start),
    ...found.diagnostics.map(moveDiagnostic(shift)),
    ...before.diagnostics.filter(({ span }) => span.start >= end).map(moveDiagnostic(by)),
  ]
  if (diagnostics.length >= maxDiagnostics) return undefined
  const comments = around(before.comments, start, found.comments.map(moveComment(shift)), end, by)
  for (const line of read) move(line, shift)
  if (read[0] && isSame(first, 0, read[0], 0, diagnostics)) read[0] = first
  if (by !== 0) {
    for (let i = guard; i < statements.length; i++) moveLater(statements[i]!, by)
    if (item.body.value) move(item.body.value, by)
    for (let i = at + 1; i < items.length; i++) moveItem(items[i]!, by)
  }
  const changed = withLines(item, replaced(statements, from, guard, read), by)
  // Lines of a body that is short now are moved with it.
  if (!isLong(changed)) for (const line of changed.body.statements) settleOne(line)
  const module: Module = { ...before.module, end: text.length, items: items.with(at, changed) }
  const isBehind = unbalanced && unbalanced.start > item.start
  return { ...before, module, comments, diagnostics, unbalanced: isBehind ? shifted(unbalanced, by) : unbalanced }
}

function shifted({ start, end }: Place, by: number): Place {
  return { start: start + by, end: end + by }
}

function withLines<N extends Job | Test>(item: N, statements: Statement[], by: number): N {
  return { ...item, end: item.end + by, body: { ...item.body, end: item.body.end + by, statements } }
}

/** Where the line of an offset starts, if there is nothing but blanks before it. */
function indented(text: Lines, offset: number): number | undefined {
  const start = text.startOf(text.lineOf(offset))!
  return startsLine(text, start) && /^[ \t]*$/.test(text.slice(start, offset)) ? start : undefined
}

function readPart(before: Parsed, text: Lines, file: string, change: Change): Parsed | undefined {
  if (text.length > maxLength) return undefined
  const apart = before.unbalanced && readItems(before, text, file, change, false)
  return apart ?? readItems(before, text, file, change, true)
}

/** @param all whether to read the items whose brackets do not match too, or those only that are apart from them */
function readItems(before: Parsed, text: Lines, file: string, change: Change, all: boolean): Parsed | undefined {
  const known = before.unbalanced
  const part = partOf(before, text, change, all ? known : undefined)
  if (!part) return undefined
  const { items } = before.module
  const { from, start } = part
  const guard = items[part.guard]
  const by = change.newEnd - change.oldEnd
  const isAbove = known && known.end <= start
  if (!all && !isAbove && (!guard || guard.end > known!.start)) return undefined
  const behind = guard ? guard.end + by : text.length
  const found = parse(text.slice(start, behind), file)
  if (opensComment(found, text, behind)) return undefined
  if (!all && found.unbalanced) return undefined
  // What does not match may reach into the item that has to come out as it was, and behind it.
  if (guard && found.unbalanced && found.unbalanced.end > guard.start + by - start) return undefined
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
  keepLines(items.slice(from, part.guard), read, change, before.diagnostics, diagnostics)
  const [first] = read
  const same = items[from]
  if (first && same && same.end < change.start && isSame(same, 0, first, 0, diagnostics))
    read[0] = takeDocs(same, first)
  if (guard) takeDocs(guard, last)
  if (by !== 0) for (let i = part.guard; i < items.length; i++) moveItem(items[i]!, by)
  const module: Module = { ...before.module, end: text.length, items: replaced(items, from, part.guard, read) }
  if (start === 0) {
    delete module.docs
    if (found.module.docs !== undefined) module.docs = found.module.docs
  }
  const comments = around(before.comments, start, found.comments.map(moveComment(start)), end, by)
  const isSameImports = ![...read, ...items.slice(from, part.guard)].some(isImport)
  const imports = isSameImports ? before.imports : module.items.filter(isImport)
  const kept = all ? found.unbalanced && shifted(found.unbalanced, start) : shifted(known!, isAbove ? 0 : by)
  return { ...before, module, comments, diagnostics, imports, unbalanced: kept }
}

/**
 * Has the lines of long bodies keep their nodes that came out as they were, though all of an item was read again.
 *
 * @param before the items that were there, in whose place others were read
 * @param told diagnostics before, and now
 */
function keepLines(
  before: readonly Item[],
  read: readonly Item[],
  change: Change,
  ...told: [before: readonly Diagnostic[], now: readonly Diagnostic[]]
): void {
  const found = new Map(read.filter(hasLines).map(item => [item.start, item]))
  if (found.size === 0) return
  const by = change.newEnd - change.oldEnd
  const [wrongBefore, wrong] = told.map(all => all.map(({ span }) => span.start).sort((a, b) => a - b))
  const isWrong = ({ start, end }: Node, places: readonly number[]): boolean => {
    const place = places[firstOf(places, one => one >= start)]
    return place !== undefined && place <= end
  }
  for (const item of before.filter(hasLines)) {
    settleOne(item)
    const now = found.get(item.start < change.start ? item.start : item.start + by)
    if (now?.kind !== item.kind || !isLong(now)) continue
    const [old, lines] = [item.body.statements, now.body.statements]
    let at = 0
    for (const [i, line] of lines.entries()) {
      if (line.end >= change.start && line.start <= change.newEnd) continue
      const shift = line.end < change.start ? 0 : by
      while (at < old.length && old[at]!.start + shift < line.start) at++
      const same = old[at]
      if (same?.kind !== line.kind || same.start + shift !== line.start || same.end + shift !== line.end) continue
      if (isWrong(same, wrongBefore!) || isWrong(line, wrong!)) continue
      if (shift !== 0) moveLater(same, shift)
      lines[i] = same
      at++
    }
  }
}

function hasLines(item: Item): item is Job | Test {
  return (item.kind === 'Job' || item.kind === 'Test') && !isUnread(item) && isLong(item)
}

function moveItem(item: Item, by: number): void {
  if (item.kind === 'Job' || item.kind === 'Test') moveLater(item, by)
  else move(item, by)
}

/** The comments before an offset, those that were read, and those from another offset on, moved. */
function around(before: Comment[], start: number, found: Comment[], end: number, by: number): Comment[] {
  const [first, behind] = [firstFrom(before, start), firstFrom(before, end)]
  if (by !== 0)
    for (let i = behind; i < before.length; i++) {
      before[i]!.start += by
      before[i]!.end += by
    }
  return replaced(before, first, behind, found)
}

/** A list with others in the place of those between two numbers. */
function replaced<T>(all: readonly T[], from: number, to: number, others: readonly T[]): T[] {
  return all.slice(0, from).concat(others, all.slice(to))
}

/** The number of the first comment that starts at an offset or behind it. */
function firstFrom(comments: Comment[], offset: number): number {
  return firstOf(comments, ({ start }) => start >= offset)
}

/** The number of the first node that ends at an offset or behind it. */
function firstTo(nodes: readonly Node[], offset: number): number {
  return firstOf(nodes, ({ end }) => end >= offset)
}

/** The number of the first node that starts behind an offset. */
function firstBehind(nodes: readonly Node[], offset: number): number {
  return firstOf(nodes, ({ start }) => start > offset)
}

/** @param more what else is to be in it */
function partOf(
  { module: { items }, diagnostics }: Parsed,
  text: Lines,
  change: Change,
  more: Place | undefined,
): Part | undefined {
  const by = change.newEnd - change.oldEnd
  let from = firstTo(items, Math.min(change.start, more?.start ?? Infinity))
  // What stands in the lines below an item may go on with it.
  from = Math.max(0, from - 1)
  const startFrom = (from: number): number => (from === 0 ? 0 : lineBehind(text, items[from - 1]!.end))
  const isInComment = (offset: number): boolean =>
    diagnostics.some(({ name, span }) => name === 'BlockComment' && span.start < offset && offset < span.end)
  while (from > 0 && (startFrom(from) > items[from]!.start || isInComment(startFrom(from)))) from--
  const start = startFrom(from)
  if (from > 0 && !startsLine(text, items[from]!.start)) return undefined
  const isWrong = ({ start, end }: Item): boolean =>
    diagnostics.some(({ span }) => start <= span.start && span.start <= end)
  let guard = firstBehind(items, Math.max(change.oldEnd, more?.end ?? 0))
  while (guard < items.length && (!startsLine(text, items[guard]!.start + by) || isWrong(items[guard]!))) guard++
  return { from, guard, start }
}

/** Where the line behind that of an offset starts. */
function lineBehind(text: Lines, offset: number): number {
  for (let line = text.lineOf(offset) + 1; ; line++) {
    const start = text.startOf(line)
    if (start === undefined) return text.length + 1
    if (startsLine(text, start)) return start
  }
}

function startsLine(text: Lines, offset: number): boolean {
  return offset === 0 || text.slice(offset - 1, offset) === '\n'
}

/** Whether the last item that was read came out as it was, so that all behind it does. */
function isSame(item: Node, by: number, found: Node | undefined, start: number, diagnostics: Diagnostic[]): boolean {
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
