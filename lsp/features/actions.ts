import type { Diagnostic, Fix } from '../../grammar/diagnostics.ts'
import type { CheckedView, Edit, Range } from '../interface.ts'
import type { Action, ActionKind } from './actions/action.ts'
import type { Exported } from './completion/exports.ts'
import { itemAt } from '../tree.ts'
import { extractions } from './actions/extract.ts'
import { importing, organiseImports, pinning } from './actions/imports.ts'
import { inlining } from './actions/inline.ts'
import { rewrites } from './actions/rewrite.ts'

export type { Action, ActionKind } from './actions/action.ts'

/**
 * What can be done with a part of a file: repairs of what is wrong there, and changes that keep what it means.
 *
 * @param others what other files of the workspace export (`ExportIndex`)
 */
export function actions(view: CheckedView, range: Range, others: readonly Exported[] = []): Action[] {
  return [
    ...repairs(view, range, others),
    ...importing(view, range, others),
    ...extractions(view, range),
    ...inlining(view, range.start),
    ...rewrites(view, range.start),
    ...pinning(view, range.start),
  ]
}

/**
 * What can be done with a whole file, when it is saved or asked for.
 *
 * @param others as {@link actions} takes them
 */
export function sourceActions(view: CheckedView, others: readonly Exported[] = []): Action[] {
  return [...organiseImports(view), ...fixAll(view, others)]
}

/** Those of them that are offered at a place, though nobody asks for what can be done with the file. */
export function sourceActionsAt(view: CheckedView, offset: number): Action[] {
  const item = itemAt(view.tree, offset)
  return item?.kind === 'Import' || item?.kind === 'ImportNames' ? organiseImports(view) : []
}

/** Whether an action is of a kind or of one under it: `refactor` is all of `refactor.extract` too. */
export function isOfKind({ kind }: Action, wanted: ActionKind | string): boolean {
  return kind === wanted || kind.startsWith(`${wanted}.`)
}

function repairs(view: CheckedView, range: Range, others: readonly Exported[]): Action[] {
  const { diagnostics } = view
  const only = onlyRepairs(view, others)
  const found: Action[] = []
  const names = new Set<Diagnostic['name']>()
  for (const diagnostic of diagnostics) {
    const { span, fixes, name } = diagnostic
    if (span.start > range.end || range.start > span.end) continue
    for (const fix of fixes)
      found.push({ kind: 'quickfix', ...fix, diagnostic, ...(only.has(fix) ? { preferred: true as const } : {}) })
    if (fixes.length > 0) names.add(name)
  }
  for (const name of names) {
    const same = diagnostics.filter(diagnostic => diagnostic.name === name)
    const fixes = apart(same.flatMap(({ fixes }) => fixes.filter(fix => only.has(fix))))
    if (fixes.length < 2) continue
    const title = `Repair all ${fixes.length} of ${same[0]!.code}`
    found.push({ kind: 'quickfix', title, edits: editsOf(fixes) })
  }
  return found
}

/**
 * The repairs of which there is one alone, and that guess nothing: which of several is meant only the author knows, who may
 * import a name too.
 */
function onlyRepairs(view: CheckedView, others: readonly Exported[]): Set<Fix> {
  const imported = new Set(importing(view, { start: 0, end: Infinity }, others).map(({ diagnostic }) => diagnostic))
  const sure = view.diagnostics.filter(diagnostic => diagnostic.fixes.length === 1 && !imported.has(diagnostic))
  return new Set(sure.flatMap(({ fixes }) => fixes.filter(({ guess }) => !guess)))
}

/** The only repair of each error. Those of warnings take away what works, which only its author may. */
function fixAll(view: CheckedView, others: readonly Exported[]): Action[] {
  const only = onlyRepairs(view, others)
  const errors = view.diagnostics.filter(({ severity }) => severity === 'error')
  const fixes = apart(errors.flatMap(({ fixes }) => fixes.filter(fix => only.has(fix))))
  return fixes.length === 0
    ? []
    : [{ kind: 'source.fixAll', title: 'Repair what can be repaired', edits: editsOf(fixes) }]
}

/** Those that do not touch what an earlier one changes. */
function apart(fixes: Fix[]): Fix[] {
  const taken: Edit[] = []
  const starts = [...fixes].sort((a, b) => (a.edits[0]?.start ?? 0) - (b.edits[0]?.start ?? 0))
  return starts.filter(({ edits }) => {
    const last = taken.at(-1)
    const sorted = [...edits].sort((a, b) => a.start - b.start)
    const isFree = sorted.length > 0 && (!last || last.end < sorted[0]!.start)
    if (isFree) taken.push(...sorted)
    return isFree
  })
}

function editsOf(fixes: Fix[]): Edit[] {
  return fixes.flatMap(({ edits }) => edits).sort((a, b) => a.start - b.start)
}
