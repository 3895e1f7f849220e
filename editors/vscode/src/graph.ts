import { randomUUID } from 'node:crypto'
import { commands, Disposable, env, Range, Uri, ViewColumn, window, workspace, type WebviewPanel } from 'vscode'
import { choose } from './lenses.ts'
import { pageOf } from './page.ts'
import type { Graph, GraphParams, Refusal } from './protocol.ts'
import { documentOf } from './run.ts'
import type { Server } from './server.ts'

/** `ipvm.graph`: a page beside the editor that shows what a job does; it follows the file when that is saved. */
export function registerGraph(server: Server): Disposable {
  const views = new Map<string, GraphView>()
  const show = async (uri?: unknown, name?: unknown): Promise<void> => {
    const document = await documentOf(uri)
    if (!document) return
    const job = typeof name === 'string' ? name : (await choose(document, 'ipvm.graph', 'Show which job?'))?.name
    if (job === undefined) return
    const key = `${document.uri.toString()}\n${job}`
    const view = views.get(key) ?? new GraphView(server, document.uri, job, () => views.delete(key))
    views.set(key, view)
    await view.show()
  }
  return Disposable.from(
    commands.registerCommand('ipvm.graph', show),
    workspace.onDidSaveTextDocument(() => views.forEach(view => void view.refresh())),
    new Disposable(() => views.forEach(view => view.dispose())),
  )
}

class GraphView {
  private readonly server: Server
  private readonly uri: Uri
  private readonly job: string
  private readonly panel: WebviewPanel
  private graph: Graph | undefined
  private turn = 0

  constructor(server: Server, uri: Uri, job: string, gone: () => void) {
    this.server = server
    this.uri = uri
    this.job = job
    const place = { viewColumn: ViewColumn.Beside, preserveFocus: true }
    this.panel = window.createWebviewPanel('ipvm.graph', `Graph of ${job}`, place, {
      enableScripts: true,
      localResourceRoots: [],
      enableFindWidget: true,
    })
    this.panel.webview.onDidReceiveMessage((message: unknown) => void this.receive(message))
    this.panel.onDidDispose(gone)
  }

  dispose(): void {
    this.panel.dispose()
  }

  async show(): Promise<void> {
    this.panel.reveal(undefined, true)
    await this.refresh()
  }

  async refresh(): Promise<void> {
    const turn = ++this.turn
    const params: GraphParams = { textDocument: { uri: this.uri.toString() }, job: this.job }
    const answer = await this.server.ask<Graph | Refusal>('ipvm/graph', params)
    if (turn !== this.turn) return
    this.graph = answer && 'nodes' in answer ? answer : undefined
    const page = answer ?? { why: 'The language server gives no answer; its output “IPVM” says why.' }
    this.panel.webview.html = pageOf(page, randomUUID().replaceAll('-', ''))
  }

  private async receive(message: unknown): Promise<void> {
    if (typeof message !== 'object' || message === null || !this.graph) return
    if ('copy' in message) return env.clipboard.writeText(this.graph.dot)
    const node = 'node' in message && typeof message.node === 'number' ? this.graph.nodes[message.node] : undefined
    if (!node?.range) return
    const { start, end } = node.range
    const selection = new Range(start.line, start.character, end.line, end.character)
    const uri = node.uri === undefined ? this.uri : Uri.parse(node.uri, true)
    await window.showTextDocument(uri, { viewColumn: ViewColumn.One, selection })
  }
}
