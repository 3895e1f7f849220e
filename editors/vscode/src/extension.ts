import type { ExtensionContext } from 'vscode'
import { registerGraph } from './graph.ts'
import { registerRuns } from './run.ts'
import { Server } from './server.ts'
import { CidStatus } from './status.ts'
import { registerDocuments } from './documents.ts'

let server: Server | undefined

/** Called by the editor when the first `.ipvm` file is opened, or a command of the extension is used. */
export async function activate(context: ExtensionContext): Promise<void> {
  server = new Server(context)
  registerRuns(context)
  const status = new CidStatus(server)
  context.subscriptions.push(registerDocuments(server), registerGraph(server), status)
  await server.restart()
  status.refresh()
}

export async function deactivate(): Promise<void> {
  await server?.stop()
}
