/** Building blocks of the diagnostics table (`../diagnostics.ts`). */

import type { Near } from '../../dag/suggest.ts'

export type Severity = 'error' | 'warning'

/** An edit that repairs what a diagnostic found; offsets into the file of the diagnostic. */
export interface Fix {
  title: string
  edits: { start: number; end: number; text: string }[]
  /** Only the author can decide on it, as on a value that it puts, or because something else may be meant as well. */
  guess?: true
}

export interface Row<P> {
  /** Stable, never reused: `IPVM2003`. */
  code: string
  severity: Severity
  /** One sentence in the user's words that says what is wrong and, where known, how to mend it. */
  message: (params: P) => string
  /** The text that should stand in place of the main span, where the repair is that simple. */
  replacement?: (params: P) => Near | undefined
  /** Long form for `ipvm explain`: why the rule is there and what to do. */
  explain: string
  /** A module that gives this diagnostic, and one like it that does not. Both are compiled by the tests. */
  wrong: string
  right: string
}

export function error<P>(row: Omit<Row<P>, 'severity'>): Row<P> {
  return { severity: 'error', ...row }
}

export function warning<P>(row: Omit<Row<P>, 'severity'>): Row<P> {
  return { severity: 'warning', ...row }
}
