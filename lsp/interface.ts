import type { Scope } from '../compiler/scope.ts'
import type { Notes } from '../compiler/notes.ts'
import type { Diagnostic } from '../grammar/diagnostics.ts'
import type { Module, Node } from '../grammar/nodes.ts'
import type { Comment } from '../grammar/parse.ts'
import type { Lines } from '../grammar/source.ts'
import type { ModuleChecker } from '../compiler/module.ts'

/** Offsets in a text, UTF-16 code units; `end` is exclusive. */
export interface Range {
  start: number
  end: number
}

/** A range of a file. */
export interface Location {
  /** Absolute, symbolic links followed; of a file of the language itself `ipvm:effects`. */
  path: string
  range: Range
}

/** A change of a file. */
export interface Edit extends Range {
  text: string
}

/**
 * A file as features see it: checked as far as they need it. It is good until the workspace is changed or asked for
 * another one, since trees are used up by what comes after them; features are functions that do not wait, but for
 * formatting, which looks whether it still is.
 */
export interface View {
  /** Absolute, symbolic links followed. */
  path: string
  text: string
  lines: Lines
  tree: Module
  comments: Comment[]
  /** What is wrong with the syntax of the file. */
  syntax: readonly Diagnostic[]
  /** What the names of the file stand for. */
  scope: Scope
  /** What was noted of what stands in an item of the file. */
  notesOf(item: Node): Notes | undefined
  checker: ModuleChecker
}

/** A file that was checked to its end. */
export interface CheckedView extends View {
  /** Of this file alone. */
  diagnostics: Diagnostic[]
  /** Whether nothing is wrong in it and in the files that it imports, so that its jobs can be compiled. */
  isRight: boolean
}
