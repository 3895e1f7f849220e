import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser'
import type { Rim } from './rim.ts'
import { serve } from './server.ts'

/** Serves an editor in the same page from a worker, whose global scope is given. */
export function serveWorker(scope: ConstructorParameters<typeof BrowserMessageReader>[0], rim: Rim): void {
  serve(createConnection(ProposedFeatures.all, new BrowserMessageReader(scope), new BrowserMessageWriter(scope)), rim)
}
