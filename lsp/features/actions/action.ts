import type { Diagnostic } from '../../../grammar/diagnostics.ts'
import type { Edit } from '../../interface.ts'

export type ActionKind =
  'quickfix' | 'refactor.extract' | 'refactor.inline' | 'refactor.rewrite' | 'source.organizeImports' | 'source.fixAll'

/** A change of a file that can be made at a place. */
export interface Action {
  kind: ActionKind
  title: string
  edits: Edit[]
  /** What it mends. */
  diagnostic?: Diagnostic
  /** It is the one that is probably meant. */
  preferred?: true
  /** A name that it makes up, which can be renamed then. */
  name?: string
  /** The path of the file whose content has to be in the store before the new text can be compiled. */
  store?: string
}
