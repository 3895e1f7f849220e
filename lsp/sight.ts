import { isUnit } from '../compiler/kinds.ts'
import { entityOf } from './entity.ts'
import type { CheckedView, Edit, Range } from './interface.ts'
import { allTargets, itemAt } from './tree.ts'

/** What a file comes to, to be compared with what it comes to when names in it have changed: plain data. */
export interface Sight {
  /** What the names of the file stand for, by their offsets. */
  names: Map<number, Named>
  /** Errors by what they are about. */
  told: Map<string, (Range & { message: string })[]>
  /** Names that stand for nothing; one that stands so in many places is told once. */
  unknown: Set<string>
  /** Items of which nothing is known, since others have their names. */
  unseen: Range[]
  /** Items that use what is not known, by its names. */
  lost: Map<string, Range[]>
}

interface Named {
  text: string
  kind: string
  /** Where it is declared, in a file and an offset of it; of what no file declares what it is. */
  of: { path: string; at: number } | string
}

export function takeSight(view: CheckedView): Sight {
  const names = new Map<number, Named>()
  const lost: Sight['lost'] = new Map()
  for (const [node, target] of allTargets(view)) {
    const entity = entityOf(view, node, target)
    const declared = entity?.key.startsWith('component ') ? undefined : entity?.declaration
    const isMember = target.kind === 'field' || target.kind === 'case'
    const of = declared ? { path: declared.path, at: declared.name.start } : isMember ? '' : (entity?.key ?? '')
    const text = view.lines.slice(node.start, node.end)
    names.set(node.start, { text, kind: entity?.kind ?? target.kind, of })
    if (entity?.kind !== 'lost') continue
    const { start, end } = itemAt(view.tree, node.start)!
    const known = lost.get(text)
    if (known) known.push({ start, end })
    else lost.set(text, [{ start, end }])
  }
  const told: Sight['told'] = new Map()
  const unknown = new Set<string>()
  for (const { name, message, severity, span } of view.diagnostics) {
    // Others are told only of programs without errors, and do not make one wrong.
    if (severity !== 'error') continue
    if (name.startsWith('Unknown'))
      for (const word of view.lines.slice(span.start, span.end).split('.')) unknown.add(word)
    const known = told.get(name)
    const entry = { start: span.start, end: span.end, message }
    if (known) known.push(entry)
    else told.set(name, [entry])
  }
  const unseen = view.tree.items.filter(item => isUnit(item) && view.notesOf(item) === view.checker.notes)
  return { names, told, unknown, lost, unseen: unseen.map(({ start, end }) => ({ start, end })) }
}

/**
 * What is different in a file beside the names that were changed, and where in the new text. What was wrong before may be
 * right.
 *
 * @param edits of all files, each with its places in order
 * @param renamed the name that they take away, and the one that they write
 */
export function differences(
  before: Sight,
  after: Sight,
  edits: ReadonlyMap<string, Edit[]>,
  path: string,
  { from, to }: { from: string; to: string },
): { at: number; why: string } | undefined {
  const moved = new Map<string, (at: number) => number>()
  for (const [file, of] of edits) moved.set(file, mover(of))
  const here = moved.get(path) ?? (at => at)
  const isIn = (ranges: Range[], at: number): boolean =>
    ranges.some(({ start, end }) => here(start) <= at && at < here(end))
  const unseen = [...before.unseen, ...(before.lost.get(from) ?? [])]
  for (const [name, all] of after.told) {
    const told = all.filter(({ start }) => !isIn(unseen, start))
    const known = before.told.get(name)?.length ?? 0
    if (told.length > known) return { at: told[known]!.start, why: told[known]!.message }
  }
  const left = new Set(after.names.keys())
  for (const [at, named] of before.names) {
    const found = after.names.get(here(at))
    left.delete(here(at))
    // A field of what is not known may be one of something when that is, and a word of `match` a case.
    const isOpen = named.kind === 'lost' || (isIn(unseen, here(at)) && isAlone(at, named, path))
    if (!isOpen && !(found && isSame(named, found, moved)))
      return { at: here(at), why: `\`${found?.text ?? named.text}\` would stand for something else here` }
  }
  if (before.unknown.has(to)) return undefined
  const first = [...left].find(at => after.names.get(at)!.text === to && !isIn(before.unseen, at))
  return first === undefined ? undefined : { at: first, why: 'it is taken here for something else' }
}

/** Whether a name of a file stands for nothing that is declared at another place. */
function isAlone(offset: number, { of }: Named, file: string): boolean {
  return typeof of === 'string' ? of === '' : of.path === file && of.at === offset
}

function isSame(before: Named, after: Named, moved: ReadonlyMap<string, (at: number) => number>): boolean {
  if (before.kind !== after.kind) return false
  if (typeof before.of === 'string' || typeof after.of === 'string') return before.of === after.of
  const { path, at } = before.of
  return path === after.of.path && (moved.get(path)?.(at) ?? at) === after.of.at
}

/** Where an offset of a text is after edits of it. */
function mover(edits: Edit[]): (at: number) => number {
  // How far everything is moved that starts behind an edit.
  const ends = edits.map(edit => edit.end)
  const shifts: number[] = []
  let by = 0
  for (const { start, end, text } of edits) shifts.push((by += text.length - (end - start)))
  return at => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ends[middle]! <= at) low = middle + 1
      else high = middle
    }
    return low === 0 ? at : at + shifts[low - 1]!
  }
}

/** A text after edits, which are in order and do not overlap. */
export function applyEdits(text: string, edits: Edit[]): string {
  const parts: string[] = []
  let at = 0
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.text)
    at = edit.end
  }
  return parts.join('') + text.slice(at)
}
