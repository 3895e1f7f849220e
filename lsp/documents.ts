import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument'

/**
 * Documents as `TextDocuments` keeps them. Of changes that lie behind the end of a text the library loses count of its lines, so
 * that they are moved to the end.
 */
export const documents = {
  create: TextDocument.create,
  update(document: TextDocument, changes: TextDocumentContentChangeEvent[], version: number): TextDocument {
    for (const change of changes) TextDocument.update(document, [within(document, change)], version)
    return TextDocument.update(document, [], version)
  },
}

function within(document: TextDocument, change: TextDocumentContentChangeEvent): TextDocumentContentChangeEvent {
  if (!('range' in change)) return change
  const { start, end } = change.range
  if (start.line < document.lineCount && end.line < document.lineCount) return change
  const at = (position: typeof start): typeof start => document.positionAt(document.offsetAt(position))
  return { text: change.text, range: { start: at(start), end: at(end) } }
}
