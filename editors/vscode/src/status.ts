import {
  CancellationTokenSource,
  commands,
  env,
  StatusBarAlignment,
  window,
  workspace,
  type CancellationToken,
  type Disposable,
  type TextEditor,
} from 'vscode'
import { offerAt, offersOf } from './lenses.ts'
import type { CidParams, CidResult, Refusal } from './protocol.ts'
import type { Server } from './server.ts'

/** Milliseconds of rest after a key stroke before the CID is asked for. */
const rest = 300

/** The CID of the job at the cursor, in the status bar; `ipvm.copyCid` copies it. */
export class CidStatus implements Disposable {
  private readonly item = window.createStatusBarItem('ipvm.cid', StatusBarAlignment.Right, 100)
  private readonly server: Server
  private readonly subscriptions: Disposable[]
  private timer: NodeJS.Timeout | undefined
  private asked: CancellationTokenSource | undefined
  private cid: string | undefined

  constructor(server: Server) {
    this.server = server
    this.item.name = 'CID of the IPVM job'
    this.subscriptions = [
      this.item,
      window.onDidChangeActiveTextEditor(() => this.refresh(0)),
      window.onDidChangeTextEditorSelection(
        ({ textEditor }) => textEditor === window.activeTextEditor && this.refresh(),
      ),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document === window.activeTextEditor?.document) this.refresh()
      }),
      commands.registerCommand('ipvm.copyCid', (uri?: unknown, job?: unknown) => this.copy(uri, job)),
    ]
    this.refresh(0)
  }

  dispose(): void {
    clearTimeout(this.timer)
    this.asked?.cancel()
    for (const one of this.subscriptions) one.dispose()
  }

  refresh(wait = rest): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.show(window.activeTextEditor), wait)
  }

  private async show(editor: TextEditor | undefined): Promise<void> {
    this.asked?.cancel()
    const asked = (this.asked = new CancellationTokenSource())
    if (editor?.document.languageId !== 'ipvm') {
      this.cid = undefined
      return this.item.hide()
    }
    const offer = offerAt(await offersOf(editor.document, 'ipvm.run'), editor.selection.active.line)
    const answer = await this.ask(editor.document.uri.toString(), offer?.name, asked.token)
    if (asked.token.isCancellationRequested) return
    this.cid = answer && 'cid' in answer ? answer.cid : undefined
    if (!answer) return this.item.hide()
    const job = offer ? `\`${offer.name}\`` : 'The job'
    if ('cid' in answer) {
      this.item.text = `$(symbol-key) ${short(answer.cid)}`
      this.item.tooltip = `${job} is ${answer.cid}, ${answer.tasks} ${answer.tasks === 1 ? 'task' : 'tasks'}. Click to copy.`
      this.item.command = 'ipvm.copyCid'
    } else {
      this.item.text = '$(symbol-key) no CID'
      this.item.tooltip = answer.why
      this.item.command = undefined
    }
    this.item.show()
  }

  private ask(uri: string, job?: string, token?: CancellationToken): Promise<CidResult | Refusal | undefined> {
    const params: CidParams = { textDocument: { uri }, ...(job === undefined ? {} : { job }) }
    return this.server.ask('ipvm/cid', params, token)
  }

  /** Copies the CID of a job of a file, or the one that is shown. */
  private async copy(uri: unknown, job: unknown): Promise<void> {
    const isNamed = typeof uri === 'string' && typeof job === 'string'
    const answer = isNamed ? await this.ask(uri, job) : undefined
    const cid = isNamed ? answer && 'cid' in answer && answer.cid : this.cid
    if (!cid) {
      const why = answer && 'why' in answer ? answer.why : 'The job has none now.'
      return void window.showInformationMessage(`There is no CID to copy: ${why}`)
    }
    await env.clipboard.writeText(cid)
    window.setStatusBarMessage(`Copied ${short(cid)}`, 3000)
  }
}

/** The first and the last characters. */
function short(cid: string): string {
  return cid.length > 16 ? `${cid.slice(0, 7)}…${cid.slice(-6)}` : cid
}
