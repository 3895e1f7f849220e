import { close, fits, type Open } from '../../../compiler/open.ts'
import type { Edit, Range } from '../../interface.ts'

export type CompletionKind =
  | 'local'
  | 'constant'
  | 'job'
  | 'function'
  | 'operation'
  | 'type'
  | 'module'
  | 'interface'
  | 'effect'
  | 'field'
  | 'case'
  | 'argument'
  | 'setting'
  | 'value'
  | 'keyword'
  | 'file'
  | 'folder'

/** What the docs of an item are made of when they are asked for. */
export type About =
  | /** A name of the file. */ { kind: 'name'; name: string }
    /** Behind a module or an effect: the names from there on. */
  | { kind: 'member'; path: readonly string[] }
  | { kind: 'keyword'; name: string }
  | { kind: 'builtIn'; name: string }
  | { kind: 'type'; name: string }
  | { kind: 'setting'; name: string }
  /** What another file exports; `path` is where that is, or `ipvm:effects`. */
  | { kind: 'export'; path: string; name: string }

/** What can be written at a place. */
export interface Completion {
  label: string
  kind: CompletionKind
  /** Its type or signature. */
  detail?: string
  /** What is inserted. */
  text: string
  /** Whether `text` has places to be filled in: `$1`, `${2:name}`, `$0` for the cursor. */
  snippet?: true
  /** Items are sorted by it. */
  sort: string
  /** Other changes of the file. */
  edits?: Edit[]
  /** Characters that accept it. */
  commit?: string[]
  about?: About
}

export interface Completions {
  /** What is replaced. */
  range: Range
  items: Completion[]
  /** There are more of them, which are found when more is typed. */
  incomplete: boolean
  /** More is known in a file that was checked to its end. */
  partial?: true
}

/** How near an item is, from what is most probably meant. */
export const Tier = { needed: 0, fits: 1, local: 2, own: 3, imported: 4, language: 5, elsewhere: 6 } as const

/** An item in the making. What takes time is asked for when it is sure to be shown. */
export interface Candidate {
  label: string
  kind: CompletionKind
  tier: number
  /** Whether it is of the type that is expected, which takes time to find out. */
  fits?: () => boolean
  /** Of two in a tier the one with the smaller number goes first, else they stand in the order of their names. */
  order?: number
  detail?: string | (() => string | undefined)
  text?: string
  snippet?: true
  edits?: Edit[] | (() => Edit[])
  commit?: string[]
  about?: About
}

/** So many items are shown at once, and of so many it is asked whether they are of the type that is expected. */
export const MAX_ITEMS = 400

/** Makes the items of a list: those that fit what is typed, the most probable ones first. */
export function completions(candidates: Candidate[], range: Range, word: string): Completions {
  const wanted = word.toLowerCase()
  // Names that are missing have nothing to be written.
  const fitting = candidates.filter(({ label }) => label !== '' && isSpelt(label.toLowerCase(), wanted))
  if (fitting.length <= MAX_ITEMS) for (const candidate of fitting) if (candidate.fits?.()) candidate.tier = Tier.fits
  const seen = new Set<string>()
  const sorted = fitting
    .map(candidate => ({ candidate, sort: sortText(candidate, wanted) }))
    .sort((a, b) => (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : 0))
    .filter(({ candidate: { label, kind, about } }) => {
      const key = `${kind} ${label} ${about?.kind === 'export' ? about.path : ''}`
      return seen.has(key) ? false : seen.add(key)
    })
  const items = sorted.slice(0, MAX_ITEMS).map(({ candidate, sort }): Completion => {
    const { label, kind, detail, text = label, snippet, edits, commit, about } = candidate
    const shown = typeof detail === 'function' ? detail() : detail
    return {
      ...{ label, kind, text, sort },
      ...(shown === undefined ? {} : { detail: shown }),
      ...(snippet ? { snippet } : {}),
      ...(edits ? { edits: typeof edits === 'function' ? edits() : edits } : {}),
      ...(commit ? { commit } : {}),
      ...(about ? { about } : {}),
    }
  })
  return { range, items, incomplete: sorted.length > MAX_ITEMS }
}

function sortText({ tier, order, label }: Candidate, wanted: string): string {
  const begins = label.toLowerCase().startsWith(wanted) ? 0 : 1
  return `${tier}${begins}${String(order ?? 9999).padStart(4, '0')}${label}`
}

/** Whether the letters of a word stand in a label in their order. */
export function isSpelt(label: string, word: string): boolean {
  let at = 0
  for (const letter of word) {
    at = label.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

/** Whether a value of a type may stand where another one is expected; of what is open that is not said. */
export function isFitting(type: Open, expected: Open | undefined): boolean {
  const [from, to] = [close(type), expected && close(expected)]
  return from !== undefined && to !== undefined && fits(from, to)
}

/** A snippet for an editor that has none: what stands before the first place to be filled in. */
export function beforePlaces(snippet: string): string {
  return /^(?:[^\\$]|\\.)*/s.exec(snippet)![0].replace(/\\([\\$}])/g, '$1')
}

/** A text as it stands in a snippet. */
export function inSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&')
}
