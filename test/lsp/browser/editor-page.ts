/** In a page: an editor that knows the worker's messages alone, and tells what came of them. */
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createProtocolConnection,
  type CompletionItem,
  type CompletionList,
  type Diagnostic,
  type FullDocumentDiagnosticReport,
  type Hover,
  type InitializeResult,
  type MarkupContent,
  type TextEdit,
  type WorkspaceDiagnosticReport,
} from 'vscode-languageserver/browser'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Inputs } from '../../portable/corpus.ts'
import { report } from '../../portable/places/page.ts'
import type { Report } from './report.ts'

/** Of a page, as far as it is used here: the project knows no types of browsers. */
interface Port {
  onerror: ((event: { message: string }) => void) | null
}
declare const Worker: new (url: string) => Port & ConstructorParameters<typeof BrowserMessageReader>[0]

const uri = 'file:///a%20folder/main.ipvm'
const beside = (name: string): string => `file:///a%20folder/${name}`
const text = `import { Picture } from "./shapes.ipvm"
import filters from "./filters.wasm"

/// Half the size. 🌒
export job small(picture: Picture) -> Picture {
    filters.image.resize(picture,   width: pictur.width / 2, height: 1)
}
`
const shapes = `/// A picture.
export type Picture = record { width: u32, height: u32, pixels: bytes }
job wrong() -> u8 { 256 }
`

await report('editor', async inputs => {
  const worker = new Worker('/inputs/lsp-worker.js')
  const { promise, reject } = Promise.withResolvers<never>()
  worker.onerror = ({ message }: { message: string }) => reject(new Error(`the worker: ${message}`))
  return Promise.race([edit(worker, inputs), promise])
})

async function edit(worker: ConstructorParameters<typeof BrowserMessageReader>[0], inputs: Inputs): Promise<Report> {
  const connection = createProtocolConnection(new BrowserMessageReader(worker), new BrowserMessageWriter(worker))
  connection.listen()
  const ask = <T>(method: string, params: object): Promise<T> => connection.sendRequest<T>(method, params)
  const document = { textDocument: { uri } }
  const give = (name: string, content: string | Uint8Array | null): Promise<unknown> =>
    ask('ipvm/files', { files: [{ uri: beside(name), content }] })
  const diagnosticsOf = async (of = uri): Promise<Diagnostic[]> => {
    const { items } = await ask<FullDocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri: of } })
    return items
  }
  const problems = async (of = uri): Promise<string[]> => (await diagnosticsOf(of)).map(sentence)
  let current = TextDocument.create(uri, 'ipvm', 1, text)
  const change = async (before: string, after: string): Promise<void> => {
    const start = current.getText().indexOf(before)
    const range = { start: current.positionAt(start), end: current.positionAt(start + before.length) }
    current = TextDocument.update(current, [{ range, text: after }], current.version + 1)
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: current.version },
      contentChanges: [{ range, text: after }],
    })
  }
  const behind = (words: string) => current.positionAt(current.getText().indexOf(words) + words.length)
  const open = (of: string, source: string): Promise<void> =>
    connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: of, languageId: 'ipvm', version: 1, text: source },
    })
  const refusal = async (method: string, params: object): Promise<string> => {
    try {
      return `${method} answers ${JSON.stringify(await ask(method, params))}`
    } catch (error) {
      return (error as Error).message
    }
  }

  const { serverInfo } = await ask<InitializeResult>('initialize', {
    ...{ processId: null, rootUri: null, workspaceFolders: [{ uri: 'file:///a%20folder', name: 'a folder' }] },
    capabilities: {
      textDocument: {
        diagnostic: {},
        completion: { completionItem: { documentationFormat: ['markdown'] } },
        hover: { contentFormat: ['markdown'] },
      },
    },
  })
  await connection.sendNotification('initialized', {})
  await open(uri, text)
  const absent = await problems()
  await give('filters.wasm', inputs.get('filters.wasm')!)
  await give('shapes.ipvm', shapes)
  const [diagnostic] = await diagnosticsOf()
  const given = await problems()
  const { items } = await ask<WorkspaceDiagnosticReport>('workspace/diagnostic', { previousResultIds: [] })
  const other = items.find(item => item.uri === beside('shapes.ipvm'))
  const workspace = other?.kind === 'full' ? other.items.map(sentence) : []

  const position = behind('filters.image.re')
  const list = await ask<CompletionList>('textDocument/completion', { ...document, position })
  const chosen = list.items.find(({ label }) => label === 'resize')!
  const { documentation } = await ask<CompletionItem>('completionItem/resolve', chosen)
  const hover = await ask<Hover>('textDocument/hover', { ...document, position: behind('picture: Pict') })
  const options = { tabSize: 2, insertSpaces: true }
  const edits = await ask<TextEdit[]>('textDocument/formatting', { ...document, options })
  const formatted = TextDocument.applyEdits(current, edits)

  await give('shapes.ipvm', shapes.replace('256', '255'))
  await change('pictur.width', 'picture.width')
  const right = await problems()
  const { cid } = await ask<{ cid: string }>('ipvm/cid', document)
  const { text: wit } = await ask<{ text: string }>('ipvm/wit', {
    uri: `ipvm-wit:${uri.slice('file://'.length)}/filters.wit`,
  })
  await change('height: 1)', 'height: )')
  const wrong = await problems()
  await change('height: )', 'height: 1)')

  const pin = new TextDecoder().decode(inputs.get('cid')!)
  await change('"./filters.wasm"', `"ipfs://${pin}"`)
  const unkept = await problems()
  await ask('workspace/executeCommand', { command: 'ipvm.keep', arguments: [beside('filters.wasm')] })
  const kept = await problems()
  await change(`"ipfs://${pin}"`, '"./filters.wasm"')
  await give('filters.wasm', null)
  const gone = await problems()

  await open(beside('deep.ipvm'), `job f() -> u8 { ${'('.repeat(100_000)}`)
  await open('untitled:Untitled-1', 'import x from "./x.wasm"\njob f() -> u8 { 256 }\n')
  const refusals = [
    await refusal('ipvm/files', { files: [{ uri: 'memfs:/x', content: '' }] }),
    await refusal('ipvm/files', { files: [{ uri: beside('x'), content: 1 }] }),
    await refusal('ipvm/files', {}),
    await refusal('workspace/executeCommand', { command: 'ipvm.keep', arguments: [beside('none.wasm')] }),
  ]
  return {
    ...{ name: serverInfo!.name, version: serverInfo!.version!, absent, given, workspace, diagnostic: diagnostic! },
    ...{ completed: list.items.map(({ label }) => label), docs: (documentation as MarkupContent).value },
    ...{
      hovered: (hover.contents as MarkupContent).value,
      formatted,
      right,
      wrong,
      cid,
      wit,
      unkept,
      kept,
      gone,
      refusals,
    },
    ...{ deep: await problems(beside('deep.ipvm')), untitled: await problems('untitled:Untitled-1') },
  }
}

function sentence({ code, message }: Diagnostic): string {
  return `${code} ${message}`
}
