import { Disposable, languages, workspace, type CancellationToken, type Uri } from 'vscode'
import { isSource, type WitParams, type WitResult } from './protocol.ts'
import type { Server } from './server.ts'

/**
 * Documents that the server writes: what a component says of itself (`ipvm-wit:/folder/main.ipvm/image.wit`), the files of the
 * language itself (`ipvm:effects`), and what diagnostics mean (`ipvm:explain/IPVM2001.md`).
 */
export function registerDocuments(server: Server): Disposable {
  const provideTextDocumentContent = async (uri: Uri, token: CancellationToken): Promise<string | undefined> => {
    const params: WitParams = { uri: uri.toString() }
    return (await server.ask<WitResult>('ipvm/wit', params, token))?.text
  }
  return Disposable.from(
    ...['ipvm-wit', 'ipvm'].map(scheme =>
      workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent }),
    ),
    workspace.onDidOpenTextDocument(document => {
      if (isSource(document.uri) && document.languageId !== 'ipvm')
        void languages.setTextDocumentLanguage(document, 'ipvm')
    }),
  )
}
