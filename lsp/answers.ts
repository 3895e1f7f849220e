import type { Connection, ServerCapabilities } from 'vscode-languageserver'
import { answerCompletion } from './answers/completion.ts'
import { answerDisplay } from './answers/display.ts'
import { answerEdits, KEEP } from './answers/edits.ts'
import { answerNavigation } from './answers/navigation.ts'
import { answerStructure } from './answers/structure.ts'
import type { Desk } from './desk.ts'
import { typedCharacters } from './features/formatting.ts'
import { tokenModifiers, tokenTypes } from './features/tokens.ts'

/** What the server can be asked. */
export const abilities = {
  completionProvider: { triggerCharacters: ['.', '"', '/', ':', '(', ',', '{', ' '], resolveProvider: true },
  hoverProvider: true,
  signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [',', ':'] },
  definitionProvider: true,
  typeDefinitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  inlayHintProvider: true,
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  selectionRangeProvider: true,
  documentLinkProvider: {},
  linkedEditingRangeProvider: true,
  callHierarchyProvider: true,
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  documentOnTypeFormattingProvider: {
    firstTriggerCharacter: typedCharacters[0]!,
    moreTriggerCharacter: typedCharacters.slice(1),
  },
  codeLensProvider: {},
  executeCommandProvider: { commands: [KEEP] },
  codeActionProvider: {
    codeActionKinds: ['quickfix', 'refactor', 'source.organizeImports', 'source.fixAll'],
  },
  semanticTokensProvider: {
    legend: { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] },
    full: { delta: true },
    range: true,
  },
  workspace: {
    fileOperations: { willRename: { filters: [{ scheme: 'file', pattern: { glob: '**/*' } }] } },
  },
} satisfies ServerCapabilities

/** Answers the requests of an editor by features. */
export function answer(connection: Connection, desk: Desk): void {
  answerCompletion(connection, desk)
  answerDisplay(connection, desk)
  answerNavigation(connection, desk)
  answerStructure(connection, desk)
  answerEdits(connection, desk)
}
