import type { TextDocumentContentChangeEvent } from 'vscode-languageserver'
import { Lines } from '../grammar/source.ts'
import { toOffsets } from './convert.ts'

/** A text that an editor has open, as of a version of it. */
export interface Document {
  uri: string
  version: number
  lines: Lines
}

/**
 * Documents for `TextDocuments`, which know where their lines start without another look at the text for each key stroke.
 * Places outside of a text are moved to where it ends (`toOffset`).
 */
export const documents = {
  create(uri: string, _language: string, version: number, text: string): Document {
    return { uri, version, lines: new Lines(text) }
  },
  update(document: Document, changes: TextDocumentContentChangeEvent[], version: number): Document {
    for (const change of changes) document.lines = changed(document.lines, change)
    document.version = version
    return document
  },
}

function changed(lines: Lines, change: TextDocumentContentChangeEvent): Lines {
  // Some clients say `null` of what they leave out.
  if (!('range' in change && change.range)) return new Lines(change.text)
  const { start: one, end: other } = toOffsets(lines, change.range)
  const [start, oldEnd] = [Math.min(one, other), Math.max(one, other)]
  return lines.changed(start, oldEnd, change.text)
}
