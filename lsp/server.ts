import {
  DidChangeWatchedFilesNotification,
  DiagnosticRefreshRequest,
  DocumentDiagnosticReportKind,
  PositionEncodingKind,
  TextDocuments,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type Diagnostic,
  type DocumentDiagnosticReport,
  type InitializeParams,
  type InitializeResult,
  type WorkDoneProgressReporter,
  type WorkspaceDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver'
import type { Host } from '../compiler/interface.ts'
import { abilitiesFor, answer } from './answers.ts'
import { toDiagnostic, type Places } from './convert.ts'
import { Desk } from './desk.ts'
import { documents, type Document } from './documents.ts'
import type { CheckedView } from './interface.ts'
import { pathOfUri } from './paths.ts'
import type { Rim } from './rim.ts'
import { supportOf } from './support.ts'
import { Workspace } from './workspace.ts'

/** Milliseconds of rest after a change before diagnostics are pushed, so that what was asked for goes first. */
const REST = 40

/**
 * Speaks the Language Server Protocol 3.18 on a connection.
 *
 * @returns to be called when files have changed of which the editor does not tell
 */
export function serve(connection: Connection, rim: Rim): () => void {
  const server = new Server(connection, rim)
  server.listen()
  return () => server.outsideChanged()
}

class Server {
  readonly #connection: Connection
  readonly #rim: Rim
  readonly #documents = new TextDocuments(documents)
  readonly #desk: Desk
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #client: InitializeParams['capabilities'] = {}

  constructor(connection: Connection, rim: Rim) {
    this.#connection = connection
    this.#rim = rim
    const readBlock: Host['readBlock'] = async cid =>
      this.#desk.trusted ? rim.readBlock(cid, this.#desk.homes) : undefined
    this.#desk = new Desk(new Workspace({ ...rim.host, readBlock }), rim)
    this.#desk.changed = () => this.outsideChanged()
    this.#desk.documentAt = uri => this.#documents.get(uri)
  }

  listen(): void {
    const connection = this.#connection
    connection.onInitialize(params => this.#initialize(params))
    connection.onInitialized(() => this.#initialized())
    connection.onDidChangeWatchedFiles(({ changes }) => {
      if (changes.some(({ uri }) => this.#desk.workspace.concerns(pathOfUri(uri)))) this.outsideChanged()
    })
    connection.workspace.onDidRenameFiles(() => this.outsideChanged())
    connection.workspace.onDidDeleteFiles(() => this.outsideChanged())
    connection.onNotification('ipvm/trust', (said: unknown) => {
      this.#desk.trusted = trustIn(said) === true
      this.outsideChanged()
    })
    answer(connection, this.#desk)
    connection.languages.diagnostics.on((params, token) =>
      this.#pulled(params.textDocument.uri, params.previousResultId, token),
    )
    connection.languages.diagnostics.onWorkspace((params, token, progress) => this.#pulledAll(params, token, progress))
    this.#documents.onDidOpen(({ document }) => this.#changed(document))
    this.#documents.onDidChangeContent(({ document }) => this.#changed(document))
    this.#documents.onDidClose(({ document }) => this.#closed(document))
    // An editor that watches no files, or not all, has at least written this one; what else was written beside it is looked for.
    this.#documents.onDidSave(() => this.outsideChanged())
    this.#documents.listen(connection)
    connection.listen()
  }

  #initialize(params: InitializeParams): InitializeResult {
    const { capabilities, workspaceFolders, rootUri, initializationOptions } = params
    this.#client = capabilities
    this.#desk.support = supportOf(capabilities)
    // Of an editor that says nothing people trust what they open.
    const trusted = trustIn(initializationOptions)
    this.#desk.trusted = trusted === undefined || trusted === true
    this.#desk.commands = commandsOf(capabilities.experimental)
    for (const { uri } of workspaceFolders ?? []) this.#desk.folders.add(this.#desk.pathOf(uri))
    if (!workspaceFolders && rootUri) this.#desk.folders.add(this.#desk.pathOf(rootUri))
    return {
      serverInfo: { name: 'ipvm', version: this.#rim.version },
      capabilities: {
        positionEncoding: PositionEncodingKind.UTF16,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        diagnosticProvider: {
          ...{ identifier: 'ipvm', interFileDependencies: true, workspaceDiagnostics: true, workDoneProgress: true },
        },
        ...abilitiesFor(this.#desk.support),
      },
    }
  }

  async #initialized(): Promise<void> {
    if (this.#client.workspace?.workspaceFolders)
      this.#connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const { uri } of added) this.#desk.folders.add(this.#desk.pathOf(uri))
        for (const { uri } of removed) this.#desk.folders.delete(this.#desk.pathOf(uri))
        this.outsideChanged()
      })
    // Anything can be embedded, or make a folder the root of a project.
    const watchers = [{ globPattern: '**/*' }]
    if (this.#client.workspace?.didChangeWatchedFiles?.dynamicRegistration)
      await this.#connection.client.register(DidChangeWatchedFilesNotification.type, { watchers })
  }

  // Documents

  #changed(document: Document): void {
    this.#desk.pathOf(document.uri)
    this.#pushSoon()
  }

  #closed({ uri }: Document): void {
    this.#desk.close(this.#desk.pathOf(uri))
    this.#rim.release()
    clearTimeout(this.#timers.get(uri))
    this.#timers.delete(uri)
    // Over a symbolic link it may be open still.
    for (const document of this.#documents.all()) this.#desk.pathOf(document.uri)
    if (!this.#pulls) void this.#connection.sendDiagnostics({ uri, diagnostics: [] })
    this.#pushSoon()
  }

  outsideChanged(): void {
    this.#desk.touch()
    if (this.#client.workspace?.diagnostics?.refreshSupport)
      this.#connection.sendRequest(DiagnosticRefreshRequest.type).catch(() => undefined)
    this.#pushSoon()
  }

  // Diagnostics

  /** Whether the editor asks for diagnostics, so that none are pushed. */
  get #pulls(): boolean {
    return Boolean(this.#client.textDocument?.diagnostic)
  }

  #pushSoon(): void {
    if (this.#pulls) return
    for (const { uri, version } of this.#documents.all()) {
      clearTimeout(this.#timers.get(uri))
      const push = async (): Promise<void> => {
        const diagnostics = await this.#desk.workspace.use(this.#desk.pathOf(uri), view => this.#diagnosticsOf(view))
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
    const places: Places = {
      uriOf: other => this.#desk.uriOf(other),
      linesOf: other => (other === path ? lines : this.#desk.linesOf(other)),
    }
    return diagnostics.map(diagnostic => toDiagnostic(path, diagnostic, places))
  }

  async #pulled(uri: string, before: string | undefined, token: CancellationToken): Promise<DocumentDiagnosticReport> {
    const items = await this.#desk.inFile({ uri }, token, view => this.#diagnosticsOf(view))
    return reportOf(items ?? [], before)
  }

  async #pulledAll(
    { previousResultIds }: { previousResultIds: { uri: string; value: string }[] },
    token: CancellationToken,
    progress: WorkDoneProgressReporter,
  ): Promise<WorkspaceDiagnosticReport> {
    const before = new Map(previousResultIds.map(({ uri, value }) => [uri, value]))
    const paths = this.#desk.sources
    const items: WorkspaceDocumentDiagnosticReport[] = []
    progress.begin('Checking', 0, undefined, true)
    try {
      for (const [at, path] of paths.entries()) {
        const uri = this.#desk.uriOf(path)
        progress.report(Math.floor((100 * at) / paths.length), `${at} of ${paths.length}`)
        const found = await this.#desk.inFile({ uri }, token, view => this.#diagnosticsOf(view))
        const version = this.#documents.get(uri)?.version ?? null
        items.push({ ...reportOf(found ?? [], before.get(uri)), uri, version })
        before.delete(uri)
      }
      // Files that are gone have nothing wrong.
      for (const [uri, value] of before) items.push({ ...reportOf([], value), uri, version: null })
    } finally {
      progress.done()
    }
    return { items }
  }
}

/** `experimental.ipvm.commands`: what the editor performs of what lenses offer, where it says. */
function commandsOf(experimental: unknown): string[] | undefined {
  const ipvm = (experimental as { ipvm?: { commands?: unknown } } | undefined)?.ipvm
  const commands = ipvm?.commands
  return Array.isArray(commands) ? commands.filter(name => typeof name === 'string') : undefined
}

/** What `{ trusted }` says; undefined where it is not said. */
function trustIn(said: unknown): unknown {
  return ((said ?? {}) as { trusted?: unknown }).trusted
}

function reportOf(items: Diagnostic[], before: string | undefined): DocumentDiagnosticReport {
  const resultId = idOf(items)
  return resultId === before
    ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId }
    : { kind: DocumentDiagnosticReportKind.Full, resultId, items }
}

/** The same for the same diagnostics (FNV-1a over their JSON, twice 32 bits). */
function idOf(items: Diagnostic[]): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c]
  for (const letter of JSON.stringify(items)) {
    const code = letter.codePointAt(0)!
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x85ebca6b)
  }
  return `${items.length}-${(low >>> 0).toString(36)}${(high >>> 0).toString(36)}`
}
