import type { Diagnostic } from 'vscode-languageserver'

/** What {@link file://./editor-page.ts} tells. */
export interface Report {
  name: string
  version: string
  /** Codes and messages, before and after the page has given the files. */
  absent: string[]
  given: string[]
  /** Of the other file, which is not open. */
  workspace: string[]
  /** One that was found, as it came. */
  diagnostic: Diagnostic
  completed: string[]
  docs: string
  hovered: string
  /** The text, formatted. */
  formatted: string
  /** After an edit that puts it right, and one that spoils it. */
  right: string[]
  wrong: string[]
  cid: string
  wit: string
  /** Of an import by CID, before and after its file was kept. */
  unkept: string[]
  kept: string[]
  /** After a component was taken away. */
  gone: string[]
  /** What it says to requests that are wrong. */
  refusals: string[]
  /** Of a text with a hundred thousand open brackets. */
  deep: string[]
  /** Of what has no place among the files. */
  untitled: string[]
}
