import {
  DidChangeWatchedFilesNotification,
  DiagnosticRefreshRequest,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  PositionEncodingKind,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type Diagnostic,
  type DocumentDiagnosticReport,
  type InitializeParams,
  type InitializeResult,
  type Position,
  type WorkDoneProgressReporter,
  type WorkspaceDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Host } from '../compiler/interface.ts'
import { Lines } from '../grammar/source.ts'
import { toDiagnostic, toOffset, type Places } from './convert.ts'
import type { CheckedView, View } from './interface.ts'
import { pathOfUri, uriOfPath } from './paths.ts'
import { Workspace } from './workspace.ts'

/** The world as the server sees it. */
export interface Rim {
  /** Files of the disk; what has not changed should come as the same bytes each time. */
  host: Host
  /** The `.ipvm` files below a folder, by their paths. */
  sources(folder: string): string[]
  version: string
}

/** Milliseconds of rest after a change before diagnostics are pushed, so that what was asked for goes first. */
const REST = 40

/** Speaks the Language Server Protocol 3.18 on a connection. */
export function serve(connection: Connection, rim: Rim): void {
  new Server(connection, rim).listen()
}

export class Server {
  readonly #connection: Connection
  readonly #rim: Rim
  readonly #documents = new TextDocuments(TextDocument)
  readonly #workspace: Workspace
  /** How the editor writes the paths that it has told of. */
  readonly #uris = new Map<string, string>()
  readonly #folders = new Set<string>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #client: InitializeParams['capabilities'] = {}

  constructor(connection: Connection, rim: Rim) {
    this.#connection = connection
    this.#rim = rim
    this.#workspace = new Workspace(rim.host)
  }

  listen(): void {
    const connection = this.#connection
    connection.onInitialize(params => this.#initialize(params))
    connection.onInitialized(() => this.#initialized())
    connection.onDidChangeWatchedFiles(() => this.#outsideChanged())
    connection.languages.diagnostics.on((params, token) =>
      this.#pulled(params.textDocument.uri, params.previousResultId, token),
    )
    connection.languages.diagnostics.onWorkspace((params, token, progress) => this.#pulledAll(params, token, progress))
    this.#documents.onDidOpen(({ document }) => this.#changed(document))
    this.#documents.onDidChangeContent(({ document }) => this.#changed(document))
    this.#documents.onDidClose(({ document }) => this.#closed(document))
    this.#documents.listen(connection)
    connection.listen()
  }

  #initialize({ capabilities, workspaceFolders, rootUri }: InitializeParams): InitializeResult {
    this.#client = capabilities
    for (const { uri } of workspaceFolders ?? []) this.#folders.add(this.#pathOf(uri))
    if (!workspaceFolders && rootUri) this.#folders.add(this.#pathOf(rootUri))
    return {
      serverInfo: { name: 'ipvm', version: this.#rim.version },
      capabilities: {
        positionEncoding: PositionEncodingKind.UTF16,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        diagnosticProvider: { identifier: 'ipvm', interFileDependencies: true, workspaceDiagnostics: true },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    }
  }

  async #initialized(): Promise<void> {
    if (this.#client.workspace?.workspaceFolders)
      this.#connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const { uri } of added) this.#folders.add(this.#pathOf(uri))
        for (const { uri } of removed) this.#folders.delete(this.#pathOf(uri))
        this.#outsideChanged()
      })
    if (this.#client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      const watchers = ['**/*.ipvm', '**/*.wasm', '**/ipvm.lock'].map(globPattern => ({ globPattern }))
      await this.#connection.client.register(DidChangeWatchedFilesNotification.type, { watchers })
    }
  }

  // Documents

  #pathOf(uri: string): string {
    const path = this.#workspace.pathOf(pathOfUri(uri))
    this.#uris.set(path, uri)
    return path
  }

  readonly #places: Places = {
    linesOf: path => new Lines(this.#workspace.textOf(path) ?? ''),
    uriOf: path => this.#uris.get(path) ?? uriOfPath(path),
  }

  #changed(document: TextDocument): void {
    const path = this.#pathOf(document.uri)
    this.#workspace.set(path, document.getText())
    this.#pushSoon()
  }

  #closed({ uri }: TextDocument): void {
    const path = this.#pathOf(uri)
    this.#workspace.close(path)
    this.#uris.delete(path)
    if (!this.#pulls) void this.#connection.sendDiagnostics({ uri, diagnostics: [] })
    this.#pushSoon()
  }

  #outsideChanged(): void {
    this.#workspace.touch()
    if (this.#client.workspace?.diagnostics?.refreshSupport)
      this.#connection.sendRequest(DiagnosticRefreshRequest.type).catch(() => undefined)
    this.#pushSoon()
  }

  // Diagnostics

  /** Whether the editor asks for diagnostics, so that none are pushed. */
  get #pulls(): boolean {
    return this.#client.textDocument?.diagnostic !== undefined
  }

  #pushSoon(): void {
    if (this.#pulls) return
    for (const { uri, version } of this.#documents.all()) {
      clearTimeout(this.#timers.get(uri))
      const push = async (): Promise<void> => {
        const diagnostics = await this.#workspace.use(this.#pathOf(uri), view => this.#diagnosticsOf(view))
        if (diagnostics && this.#documents.get(uri)?.version === version)
          await this.#connection.sendDiagnostics({ uri, version, diagnostics })
      }
      this.#timers.set(
        uri,
        setTimeout(() => void push().catch(error => this.#connection.console.error(String(error))), REST),
      )
    }
  }

  #diagnosticsOf({ path, diagnostics, lines }: CheckedView): Diagnostic[] {
    const places: Places = { ...this.#places, linesOf: other => (other === path ? lines : this.#places.linesOf(other)) }
    return diagnostics.map(diagnostic => toDiagnostic(path, diagnostic, places))
  }

  async #pulled(uri: string, before: string | undefined, token: CancellationToken): Promise<DocumentDiagnosticReport> {
    const items = await this.#inFile(uri, token, view => this.#diagnosticsOf(view))
    return reportOf(items ?? [], before)
  }

  async #pulledAll(
    { previousResultIds }: { previousResultIds: { uri: string; value: string }[] },
    token: CancellationToken,
    progress: WorkDoneProgressReporter,
  ): Promise<WorkspaceDiagnosticReport> {
    const before = new Map(previousResultIds.map(({ uri, value }) => [uri, value]))
    const paths = this.#sources()
    const items: WorkspaceDocumentDiagnosticReport[] = []
    progress.begin('Checking', 0, undefined, true)
    try {
      for (const [at, path] of paths.entries()) {
        const uri = this.#places.uriOf(path)
        progress.report(Math.floor((100 * at) / paths.length), `${at} of ${paths.length}`)
        const found = await this.#inFile(uri, token, view => this.#diagnosticsOf(view))
        const version = this.#documents.get(uri)?.version ?? null
        items.push({ ...reportOf(found ?? [], before.get(uri)), uri, version })
      }
    } finally {
      progress.done()
    }
    return { items }
  }

  /** All files of the folders, and those that are open. */
  #sources(): string[] {
    const paths = new Set(this.#workspace.openPaths)
    for (const folder of this.#folders)
      for (const path of this.#rim.sources(folder)) paths.add(this.#workspace.pathOf(path))
    return [...paths]
  }

  // Features

  /** What a feature makes of a file that is checked to its end. */
  #inFile<T>(
    uri: string,
    token: CancellationToken,
    feature: (view: CheckedView) => T | Promise<T>,
  ): Promise<T | undefined> {
    return this.#workspace.use(this.#pathOf(uri), view => {
      if (token.isCancellationRequested) throw cancelled()
      return feature(view)
    })
  }

  /** What a feature makes of a place, around which the file is checked. */
  #atPlace<T>(
    { textDocument, position }: { textDocument: { uri: string }; position: Position },
    token: CancellationToken,
    feature: (view: View, offset: number) => T,
  ): Promise<T | undefined> {
    return this.#workspace.useAt(
      this.#pathOf(textDocument.uri),
      lines => toOffset(lines, position),
      (view, offset) => {
        if (token.isCancellationRequested) throw cancelled()
        return feature(view, offset)
      },
    )
  }
}

function cancelled(): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled')
}

function reportOf(items: Diagnostic[], before: string | undefined): DocumentDiagnosticReport {
  const resultId = idOf(items)
  return resultId === before
    ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId }
    : { kind: DocumentDiagnosticReportKind.Full, resultId, items }
}

/** The same for the same diagnostics (FNV-1a over their JSON, 53 bits). */
function idOf(items: Diagnostic[]): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c]
  for (const letter of JSON.stringify(items)) {
    const code = letter.charCodeAt(0)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x85ebca6b)
  }
  return `${items.length}-${(low >>> 0).toString(36)}${(high >>> 0).toString(36)}`
}
