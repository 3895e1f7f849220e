import { Disposable, languages, workspace } from 'vscode'
import type { WitParams, WitResult } from './protocol.ts'
import type { Server } from './server.ts'

/**
 * Documents that the server writes: what a component says of itself (`ipvm-wit:`), and the files of the language itself
 * (`ipvm:effects`).
 */
export function registerDocuments(server: Server): Disposable {
  const content = async (uri: { toString(): string }): Promise<string | undefined> => {
    const params: WitParams = { uri: uri.toString() }
    return (await server.ask<WitResult>('ipvm/wit', params))?.text
  }
  return Disposable.from(
    ...['ipvm-wit', 'ipvm'].map(scheme =>
      workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: content }),
    ),
    workspace.onDidOpenTextDocument(document => {
      if (document.uri.scheme === 'ipvm') void languages.setTextDocumentLanguage(document, 'ipvm')
    }),
  )
}
