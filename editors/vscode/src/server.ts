import { commands as vscodeCommands, window, workspace, type ExtensionContext, type WorkspaceFolder } from 'vscode'
import { LanguageClient, type CancellationToken, type StaticFeature } from 'vscode-languageclient/node'
import { programOf, type Program } from './program.ts'
import { commands, type Trust } from './protocol.ts'

/** The program by the setting of the machine: what a workspace says of it counts nowhere. */
export function findProgram(context: ExtensionContext): Program | { why: string } {
  const setting = workspace.getConfiguration('ipvm').inspect<string>('server.path')
  return programOf(setting?.globalValue ?? '', context.extensionPath, process.execPath)
}

/** The client of the language server, which is started, and restarted where its program changes. */
export class Server {
  private client: LanguageClient | undefined
  private readonly context: ExtensionContext
  private readonly output = window.createOutputChannel('IPVM', { log: true })
  /** One after the other: nothing starts while something stops. */
  private last: Promise<void> = Promise.resolve()

  constructor(context: ExtensionContext) {
    this.context = context
    context.subscriptions.push(
      this.output,
      workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration('ipvm.server.path')) void this.restart()
      }),
      workspace.onDidGrantWorkspaceTrust(() => void this.tellTrust()),
      vscodeCommands.registerCommand('ipvm.restartServer', () => this.restart()),
    )
  }

  restart(): Promise<void> {
    this.last = this.last.then(async () => {
      await this.halt()
      await this.begin()
    })
    return this.last
  }

  stop(): Promise<void> {
    this.last = this.last.then(() => this.halt())
    return this.last
  }

  /** The answer to a request; nothing where there is no server, it has none, or nobody waits any more. */
  async ask<T>(method: string, params: object, token?: CancellationToken): Promise<T | undefined> {
    await this.last
    if (!this.client?.isRunning()) return undefined
    try {
      return await this.client.sendRequest<T>(method, params, token)
    } catch (error) {
      if (!token?.isCancellationRequested) this.output.warn(`${method}: ${(error as Error).message}`)
      return undefined
    }
  }

  private async tellTrust(): Promise<void> {
    await this.last
    await this.client?.sendNotification('ipvm/trust', trust())
  }

  private async halt(): Promise<void> {
    const client = this.client
    this.client = undefined
    await client?.dispose()
  }

  private async begin(): Promise<void> {
    // On other schemes than those of disks there are no components to read.
    const { workspaceFolders } = workspace
    if (workspaceFolders?.length && !workspaceFolders.some(({ uri }) => uri.scheme === 'file')) return
    const program = findProgram(this.context)
    if ('why' in program) return void window.showErrorMessage(program.why)
    const client = new LanguageClient(
      'ipvm',
      'IPVM',
      {
        command: program.command,
        args: [...program.args, 'lsp'],
        options: {
          cwd: firstFolder()?.uri.fsPath ?? this.context.extensionPath,
          env: { ...process.env, ...program.env },
        },
      },
      {
        documentSelector: [
          { scheme: 'file', language: 'ipvm' },
          { scheme: 'untitled', language: 'ipvm' },
        ],
        outputChannel: this.output,
        // Asked for again each time that it starts.
        initializationOptions: trust,
      },
    )
    client.registerFeature(announceCommands)
    this.client = client
    try {
      await client.start()
    } catch (error) {
      void window.showErrorMessage(`The language server of IPVM does not start: ${(error as Error).message}`)
    }
  }
}

/** The first folder of the workspace that is on a disk, in which files of none are run too. */
export function firstFolder(): WorkspaceFolder | undefined {
  return workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')
}

/** Nothing is run in a window without a folder, which has no store either. */
function trust(): Trust {
  return { trusted: workspace.isTrusted && firstFolder() !== undefined }
}

const announceCommands: StaticFeature = {
  fillClientCapabilities: capabilities => {
    capabilities.experimental = { ...(capabilities.experimental as object), ipvm: { commands } }
  },
  initialize: () => {},
  getState: () => ({ kind: 'static' }),
  clear: () => {},
}
