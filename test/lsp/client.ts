import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type InitializeResult,
  type ProtocolConnection,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver/node'

export const program = fileURLToPath(new URL('../../dist/ipvm.js', import.meta.url))

/** What an editor of today can take. */
const able: ClientCapabilities = {
  textDocument: {
    completion: {
      completionItem: { snippetSupport: true, commitCharactersSupport: true, documentationFormat: ['markdown'] },
    },
    hover: { contentFormat: ['markdown', 'plaintext'] },
    signatureHelp: {
      signatureInformation: {
        documentationFormat: ['markdown'],
        parameterInformation: { labelOffsetSupport: true },
        noActiveParameterSupport: true,
      },
    },
    definition: { linkSupport: true },
    typeDefinition: { linkSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } },
    rename: { prepareSupport: true },
  },
  workspace: { workspaceEdit: { documentChanges: true } },
}

/** A client of a language server in a process of its own, as an editor is one. */
export class Client {
  readonly child: ChildProcess
  readonly connection: ProtocolConnection
  readonly ended: Promise<number | null>
  stderr = ''
  readonly #versions = new Map<string, number>()

  constructor(command: string[] = [process.execPath, program, 'lsp'], cwd?: string) {
    const [file, ...args] = command
    this.child = spawn(file!, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stderr!.on('data', data => (this.stderr += String(data)))
    this.ended = new Promise(resolve => this.child.on('close', resolve))
    this.connection = createProtocolConnection(
      new StreamMessageReader(this.child.stdout!),
      new StreamMessageWriter(this.child.stdin!),
    )
    this.connection.listen()
  }

  /** @param more than what editors of today can take; `none` for one that can take nothing but the oldest forms */
  async start(
    folders: string[],
    more: ClientCapabilities | 'none' = {},
    initializationOptions?: unknown,
  ): Promise<InitializeResult> {
    const textDocument = { ...able.textDocument, ...(more === 'none' ? {} : more.textDocument) }
    const workspace = { ...able.workspace, ...(more === 'none' ? {} : more.workspace) }
    const capabilities = more === 'none' ? {} : { ...more, textDocument, workspace }
    const workspaceFolders = folders.map(path => ({ uri: uriOf(path), name: path }))
    const result = await this.connection.sendRequest<InitializeResult>('initialize', {
      ...{ processId: process.pid, rootUri: workspaceFolders[0]?.uri ?? null, capabilities, workspaceFolders },
      ...(initializationOptions === undefined ? {} : { initializationOptions }),
    })
    await this.connection.sendNotification('initialized', {})
    return result
  }

  open(path: string, text: string, languageId = 'ipvm'): Promise<void> {
    this.#versions.set(path, 1)
    return this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: uriOf(path), languageId, version: 1, text },
    })
  }

  change(path: string, ...contentChanges: TextDocumentContentChangeEvent[]): Promise<void> {
    const version = this.#versions.get(path)! + 1
    this.#versions.set(path, version)
    return this.connection.sendNotification('textDocument/didChange', {
      ...{ textDocument: { uri: uriOf(path), version }, contentChanges },
    })
  }

  /** A request about a file, with what else it takes. */
  ask<T>(method: string, path: string, more: object = {}): Promise<T> {
    return this.connection.sendRequest<T>(`textDocument/${method}`, { textDocument: { uri: uriOf(path) }, ...more })
  }

  /** Ends as the protocol says. */
  async stop(): Promise<number | null> {
    await this.connection.sendRequest('shutdown')
    await this.connection.sendNotification('exit')
    return this.ended
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href
}
