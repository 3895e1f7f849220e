import type { Connection, FileOperationRegistrationOptions, ServerCapabilities } from 'vscode-languageserver'
import { answerCompletion } from './answers/completion.ts'
import { answerDisplay } from './answers/display.ts'
import { answerEdits, KEEP } from './answers/edits.ts'
import { answerNavigation } from './answers/navigation.ts'
import { answerStructure } from './answers/structure.ts'
import type { Desk } from './desk.ts'
import { triggerCharacters } from './features/completion.ts'
import { typedCharacters } from './features/formatting.ts'
import { tokenModifiers, tokenTypes } from './features/tokens.ts'
import type { Support } from './support.ts'

const ofFolders: FileOperationRegistrationOptions = {
  filters: [{ scheme: 'file', pattern: { glob: '**/*', matches: 'folder' } }],
}

/** What the server can be asked, by a client that can take so much. */
export function abilitiesFor({ actions, prepareRename }: Support) {
  const codeActionKinds = ['quickfix', 'refactor', 'source.organizeImports', 'source.fixAll']
  return {
    completionProvider: { triggerCharacters, resolveProvider: true },
    hoverProvider: true,
    signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [',', ':'] },
    definitionProvider: true,
    typeDefinitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: prepareRename ? { prepareProvider: true } : true,
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
    ...(actions ? { codeActionProvider: { codeActionKinds } } : {}),
    semanticTokensProvider: {
      legend: { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] },
      full: { delta: true },
      range: true,
    },
    workspace: {
      fileOperations: {
        willRename: { filters: [{ scheme: 'file', pattern: { glob: '**/*' } }] },
        // Editors that watch files say nothing of those in a folder that is gone as a whole.
        ...{ didRename: ofFolders, didDelete: ofFolders },
      },
      workspaceFolders: { supported: true, changeNotifications: true },
    },
  } satisfies ServerCapabilities
}

/** Answers the requests of an editor by features. */
export function answer(connection: Connection, desk: Desk): void {
  answerCompletion(connection, desk)
  answerDisplay(connection, desk)
  answerNavigation(connection, desk)
  answerStructure(connection, desk)
  answerEdits(connection, desk)
}
