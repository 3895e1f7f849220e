import type { Import, ImportNames, Item } from '../../../grammar/nodes.ts'
import type { CheckedView, Edit, Range } from '../../interface.ts'
import { nodesAt } from '../../tree.ts'
import { compareSources, importEdit, ofLanguage, sourceOf, type Exported } from '../completion/exports.ts'
import { fileBehind } from '../definition.ts'
import type { Action } from './action.ts'
import { lineEnd } from './expression.ts'

type AnyImport = Import | ImportNames

/** Sorts imports, puts those of one source together, and leaves out what is not used. */
export function organiseImports(view: CheckedView): Action[] {
  const edits = groupsOf(view).flatMap(group => organised(view, group))
  return edits.length === 0 ? [] : [{ kind: 'source.organizeImports', title: 'Organise the imports', edits }]
}

/** Imports on lines that follow each other. */
function groupsOf({ tree, text }: CheckedView): AnyImport[][] {
  const groups: AnyImport[][] = []
  let before: Item | undefined
  for (const item of tree.items) {
    if (item.kind !== 'Import' && item.kind !== 'ImportNames') continue
    const isNear = before !== undefined && /^[ \t]*(\r\n?|\n)?[ \t]*$/.test(text.slice(before.end, item.start))
    if (isNear) groups.at(-1)!.push(item)
    else groups.push([item])
    before = item
  }
  return groups
}

function organised(view: CheckedView, group: AnyImport[]): Edit[] {
  const { text, diagnostics, syntax } = view
  const { start } = group[0]!
  let { end } = group.at(-1)!
  // What does not fit there would be lost, and what is being written would be moved.
  if (syntax.some(({ span }) => span.start <= end && start <= span.end)) return []
  // Comments in an import belong to what is there now.
  if (group.some(({ start, end }) => text.slice(start, end).includes('//') && hasComment(view, start, end))) return []
  // Where something is wrong, which may be why something is not used, none of this is told.
  const unused = diagnostics.filter(({ name }) => name === 'UnusedImport').map(({ span }) => span)
  const isUnused = (node: { start: number; end: number }): boolean =>
    unused.some(span => node.start <= span.start && span.end <= node.end)
  const whole = group.filter(item => item.kind === 'Import' && !isUnused(item.name))
  const bySource = new Map<string, { names: Set<string>; items: ImportNames[] }>()
  for (const item of group) {
    if (item.kind !== 'ImportNames') continue
    // What is not there yet is being written.
    if (item.names.some(({ name }) => name.text === '') || item.from.start === item.from.end) return []
    const source = text.slice(item.from.start, item.from.end)
    const { names, items } = bySource.get(source) ?? { names: new Set(), items: [] }
    for (const name of item.names) if (!isUnused(name)) names.add(nameText(view, name))
    bySource.set(source, { names, items: [...items, item] })
  }
  const lines = [
    // One that stands there twice stays once.
    ...new Map(whole.map(item => [text.slice(item.start, item.end), text.slice(item.from.start, item.from.end)])),
    ...[...bySource].flatMap(([source, { names, items }]) =>
      names.size === 0 ? [] : [[written(view, source, [...names].sort(), items), source] as const],
    ),
  ]
  const sorted = lines.sort(([, a], [, b]) => compareSources(a.slice(1, -1), b.slice(1, -1))).map(([line]) => line)
  if (sorted.length === group.length && group.every((item, i) => sorted[i] === text.slice(item.start, item.end)))
    return []
  // With all of a group goes the gap behind it.
  if (sorted.length === 0) end += /^[ \t]*(?:(?:\r\n?|\n)[ \t]*)*/.exec(text.slice(end))![0].length
  return [{ start, end, text: sorted.join(lineEnd(text, group[0]!.end)) }]
}

/** An import of names: as it stands where it has just these, else with a line for each name where that was so before. */
function written({ text }: CheckedView, source: string, names: string[], items: ImportNames[]): string {
  const [item] = items
  const before = item!.names.map(name => nameText({ text }, name))
  if (items.length === 1 && before.join() === names.join()) return text.slice(item!.start, item!.end)
  const tall = items.find(({ start, end }) => /[\r\n]/.test(text.slice(start, end)))
  const end = tall && lineEnd(text, tall.start)
  const list = end ? `{${end}${names.map(name => `  ${name},${end}`).join('')}}` : `{ ${names.join(', ')} }`
  return `import ${list} from ${source}`
}

function nameText({ text }: Pick<CheckedView, 'text'>, { start, end }: Range): string {
  return text.slice(start, end).replace(/\s+/g, ' ')
}

function hasComment({ comments }: CheckedView, start: number, end: number): boolean {
  return comments.some(comment => start <= comment.start && comment.end <= end)
}

/** Imports a component by the CID of its content in place of its path. */
export function pinning(view: CheckedView, offset: number): Action[] {
  const node = nodesAt(view.tree, offset).find(inner => inner.kind === 'Import')
  const symbol = node && view.scope.get(node.name.text)
  if (!node || symbol?.kind !== 'module' || symbol.node !== node || !symbol.component) return []
  const file = fileBehind(view, node.from)
  if (!file) return []
  const text = `"ipfs://${symbol.component.cid}"`
  const edits = [{ start: node.from.start, end: node.from.end, text }]
  return [{ kind: 'refactor.rewrite', title: 'Import by its CID', edits, store: file.path }]
}

/** Imports what other files export under a name that is unknown here. */
export function importing(view: CheckedView, range: Range, others: readonly Exported[]): Action[] {
  const known = [...others, ...ofLanguage]
  return view.diagnostics.flatMap(diagnostic => {
    const { name, span } = diagnostic
    if (!['UnknownName', 'UnknownType', 'UnknownUse'].includes(name)) return []
    if (span.start > range.end || range.start > span.end) return []
    const wanted = view.lines.slice(span.start, span.end).split('.')[0]!
    if (view.scope.has(wanted)) return []
    return known.flatMap((entry): Action[] => {
      const source = entry.name === wanted && entry.path !== view.path ? sourceOf(view, entry.path) : undefined
      if (source === undefined) return []
      const title = `Import \`${wanted}\` from \`${source}\``
      return [{ kind: 'quickfix', title, edits: [importEdit(view, source, wanted)], diagnostic }]
    })
  })
}
