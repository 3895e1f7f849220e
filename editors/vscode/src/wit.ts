import { workspace, type Disposable } from 'vscode'
import type { WitParams, WitResult } from './protocol.ts'
import type { Server } from './server.ts'

/** Documents of the scheme `ipvm-wit`: what a component says of itself, as text. */
export function registerWit(server: Server): Disposable {
  return workspace.registerTextDocumentContentProvider('ipvm-wit', {
    async provideTextDocumentContent(uri, token) {
      const params: WitParams = { uri: uri.toString() }
      return (await server.ask<WitResult>('ipvm/wit', params, token))?.text
    },
  })
}
