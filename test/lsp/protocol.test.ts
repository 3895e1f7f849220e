import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CancellationTokenSource, WorkDoneProgress } from 'vscode-languageserver/node'
import type {
  CallHierarchyItem,
  ClientCapabilities,
  CodeAction,
  CodeLens,
  CompletionItem,
  CompletionList,
  Diagnostic,
  DocumentSymbol,
  FullDocumentDiagnosticReport,
  LocationLink,
  MarkupContent,
  PublishDiagnosticsParams,
  Range,
  SemanticTokens,
  SemanticTokensDelta,
  SignatureHelp,
  SymbolInformation,
  TextEdit,
  WorkspaceDiagnosticReport,
  WorkspaceEdit,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { Client, uriOf } from './client.ts'

const image = fileURLToPath(new URL('../../examples/image/', import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-lsp-')))
afterAll(() => rmSync(folder, { recursive: true }))

const shapes = `/// Width and height.
type Size = record { width: u32, height: u32 }

export job half(size: Size) -> Size { { width: size.width / 2, height: size.height / 2 } }
`
const main = `import { half } from "./shapes.ipvm"
import filters from "./filters.wasm"

type Picture = record { width: u32, height: u32, pixels: bytes }

/// A picture of half the size.
export job small(picture: Picture) -> Picture {
  let size = half({ width: picture.width, height: picture.height })
  filters.image.resize(picture, width: size.width, height: size.height)
}
`

let client: Client
let pushed: PublishDiagnosticsParams[]
let wake: () => void
const at = { main: '', shapes: '' }

beforeEach(async () => {
  const own = join(folder, `a folder ${Math.random()}`)
  mkdirSync(own)
  copyFileSync(join(image, 'filters.wasm'), join(own, 'filters.wasm'))
  at.main = join(own, 'main.ipvm')
  at.shapes = join(own, 'shapes.ipvm')
  writeFileSync(at.main, main)
  writeFileSync(at.shapes, shapes)
  client = new Client(undefined, own)
  const received: PublishDiagnosticsParams[] = []
  pushed = received
  wake = () => undefined
  client.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    received.push(params)
    wake()
  })
})

afterEach(() => client.child.kill())

/** What is pushed of a file for a version. */
async function pushedOf(path: string, version: number): Promise<Diagnostic[]> {
  for (;;) {
    const found = pushed.find(params => params.uri === uriOf(path) && params.version === version)
    if (found) return found.diagnostics
    await new Promise<void>(resolve => (wake = resolve))
  }
}

/** The position of a text in `main.ipvm`, behind it. */
function behind(text: string, source = main): { line: number; character: number } {
  const lines = source.slice(0, source.indexOf(text) + text.length).split('\n')
  return { line: lines.length - 1, character: lines.at(-1)!.length }
}

const folders = (): string[] => [join(at.main, '..')]

describe('a client', { timeout: 120_000 }, () => {
  test('is told what the server can do, and that it has ended', async () => {
    const { capabilities, serverInfo } = await client.start(folders())
    expect(serverInfo?.name).toBe('ipvm')
    expect(Object.keys(capabilities)).toMatchSnapshot()
    expect(capabilities.diagnosticProvider).toMatchObject({ workspaceDiagnostics: true, workDoneProgress: true })
    expect(await client.stop()).toBe(0)
    expect(client.stderr).toBe('')
  })

  test.each([
    ['does not say what it performs is given all lenses', undefined, ['Run…', 'Graph', 'Copy CID']],
    ['performs some is given those', ['ipvm.run', 'ipvm.copyCid'], ['Run…', 'Copy CID']],
    ['performs nothing is given none', [], []],
  ])('that %s', async (_, commands, titles) => {
    await client.start(folders(), commands ? { experimental: { ipvm: { commands } } } : {})
    await client.open(at.main, main)
    const lenses = await client.ask<CodeLens[]>('codeLens', at.main)
    expect(lenses.map(({ command }) => command?.title)).toEqual(titles)
  })

  test('that goes away without a word leaves no server behind', async () => {
    await client.start(folders())
    client.child.stdin!.end()
    expect(await client.ended).toBe(1)
  })

  test('that reads no more leaves no server behind', async () => {
    await client.start(folders())
    client.child.stdout!.destroy()
    await client.open(at.main, main)
    expect(await client.ended).toBe(1)
    expect(client.stderr).toBe('')
  })

  test('gets diagnostics pushed, while it types and in files that depend on others', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    expect(await pushedOf(at.main, 1)).toEqual([])
    const [start, end] = [behind('  let size = '), behind('  let size = half')]
    await client.change(at.main, { range: { start, end }, text: 'halve' })
    const [wrong] = await pushedOf(at.main, 2)
    expect(wrong).toMatchObject({
      code: 'IPVM2001',
      severity: 1,
      source: 'ipvm',
      range: { start, end: { ...start, character: start.character + 5 } },
    })
    await client.change(at.main, { text: main })
    expect(await pushedOf(at.main, 3)).toEqual([])
    pushed.length = 0
    await client.open(at.shapes, shapes.replace('job half', 'job halve'))
    expect(await pushedOf(at.main, 3)).toMatchObject([{ message: expect.stringContaining('halve') }])
    expect(client.stderr).toBe('')
  })

  test('gets diagnostics pushed where it says `null` of pulling them', async () => {
    await client.start(folders(), { textDocument: { diagnostic: null } } as unknown as ClientCapabilities)
    await client.open(at.main, main.replace('half({', 'hallf({'))
    expect(await pushedOf(at.main, 1)).toMatchObject([{ code: 'IPVM2001' }])
  })

  test('pulls diagnostics of a file, and of all of them', async () => {
    await client.start(folders(), { textDocument: { diagnostic: {} } })
    await client.open(at.main, main.replace('half({', 'hallf({'))
    const report = await client.ask<FullDocumentDiagnosticReport>('diagnostic', at.main)
    expect(report.items).toMatchObject([{ code: 'IPVM2001', data: { fixes: [{ title: 'Replace with `half`' }] } }])
    const again = await client.ask('diagnostic', at.main, { previousResultId: report.resultId })
    expect(again).toEqual({ kind: 'unchanged', resultId: report.resultId })
    const all = await client.connection.sendRequest<WorkspaceDiagnosticReport>('workspace/diagnostic', {
      previousResultIds: [{ uri: uriOf(at.main), value: report.resultId! }],
    })
    expect(all.items.map(({ uri, kind }) => [uri, kind])).toEqual([
      [uriOf(at.main), 'unchanged'],
      [uriOf(at.shapes), 'full'],
    ])
    expect(pushed).toEqual([])
  })

  test('pulls diagnostics anew that differ in one letter beyond the first 65,536', async () => {
    await client.start(folders(), { textDocument: { diagnostic: {} } })
    await client.open(at.main, 'import one from "./😀.wasm"')
    const { resultId } = await client.ask<FullDocumentDiagnosticReport>('diagnostic', at.main)
    await client.change(at.main, { text: 'import one from "./😁.wasm"' })
    const report = await client.ask<FullDocumentDiagnosticReport>('diagnostic', at.main, { previousResultId: resultId })
    expect(report.items?.[0]?.message).toContain('😁')
  })

  test('hears how far the diagnostics of all files are, and that files which are gone have none', async () => {
    writeFileSync(at.shapes, shapes.replace('width / 2', 'width + "a"'))
    await client.start(folders(), { textDocument: { diagnostic: {} } })
    const told: string[] = []
    client.connection.onProgress(WorkDoneProgress.type, 'all', ({ kind }) => void told.push(kind))
    const all = (before: { uri: string; value: string }[]): Promise<WorkspaceDiagnosticReport> =>
      client.connection.sendRequest('workspace/diagnostic', { previousResultIds: before, workDoneToken: 'all' })
    const { items } = await all([])
    expect(told).toEqual(['begin', 'report', 'report', 'end'])
    rmSync(at.shapes)
    const deleted = { uri: uriOf(at.shapes), type: 3 }
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [deleted] })
    const { items: left } = await all(items.map(({ uri, resultId }) => ({ uri, value: resultId! })))
    expect(left.map(item => [item.uri, item.kind === 'full' && item.items.length])).toEqual([
      [uriOf(at.main), 1],
      [uriOf(at.shapes), 0],
    ])
  })

  test('is told of files that have changed when it saves one', async () => {
    await client.start(folders(), { textDocument: { diagnostic: {} } })
    await client.open(at.main, main.replace('import { half } from "./shapes.ipvm"\n', ''))
    const offered = async (): Promise<unknown[]> => {
      const list = await client.ask<CompletionList>('completion', at.main, {
        position: { line: 6, character: '  let size = hal'.length },
      })
      return list.items.filter(({ detail }) => detail?.endsWith('(./more.ipvm)')).map(({ label }) => label)
    }
    expect(await offered()).toEqual([])
    writeFileSync(join(at.main, '../more.ipvm'), 'export job half-more() -> u8 { 1 }\n')
    expect(await offered()).toEqual([])
    await client.connection.sendNotification('textDocument/didSave', { textDocument: { uri: uriOf(at.main) } })
    expect(await offered()).toEqual(['half-more'])
  })

  test('opens and closes folders, and is told of files of theirs that come and go', async () => {
    const other = `${folders()[0]!} beside`
    mkdirSync(join(other, 'deep'), { recursive: true })
    writeFileSync(join(other, 'deep/more.ipvm'), 'export job more() -> u8 { 1 }\n')
    await client.start(folders(), { workspace: { workspaceFolders: true } })
    const found = async (query = 'more'): Promise<string[]> => {
      const all = await client.connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query })
      return all.map(({ name, location }) => `${name} ${location.uri.slice(uriOf(other).length)}`)
    }
    const change = (added: string[], removed: string[]): Promise<void> => {
      const of = (paths: string[]): object[] => paths.map(path => ({ uri: uriOf(path), name: path }))
      const event = { added: of(added), removed: of(removed) }
      return client.connection.sendNotification('workspace/didChangeWorkspaceFolders', { event })
    }
    expect(await found()).toEqual([])
    await change([other], [])
    expect(await found()).toEqual(['more /deep/more.ipvm'])
    renameSync(join(other, 'deep'), join(other, 'deeper'))
    const renamed = { oldUri: uriOf(join(other, 'deep')), newUri: uriOf(join(other, 'deeper')) }
    await client.connection.sendNotification('workspace/didRenameFiles', { files: [renamed] })
    expect(await found()).toEqual(['more /deeper/more.ipvm'])
    writeFileSync(join(other, 'another.ipvm'), 'export job more-of-it() -> u8 { 1 }\n')
    const created = { uri: uriOf(join(other, 'another.ipvm')), type: 1 }
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [created] })
    expect((await found()).length).toBe(2)
    rmSync(join(other, 'deeper'), { recursive: true })
    await client.connection.sendNotification('workspace/didDeleteFiles', { files: [{ uri: renamed.newUri }] })
    expect(await found()).toEqual(['more-of-it /another.ipvm'])
    await change([], [other])
    expect(await found()).toEqual([])
    expect(client.stderr).toBe('')
  })

  test('hears nothing of work on many files that it has cancelled', async () => {
    for (let i = 0; i < 40; i++) writeFileSync(join(at.main, `../more-${i}.ipvm`), main)
    await client.start(folders())
    await client.open(at.main, main)
    const position = behind('let size = hal')
    const item = { data: (await client.ask<CallHierarchyItem[]>('prepareCallHierarchy', at.main, { position }))[0]!.data } // prettier-ignore
    const textDocument = { uri: uriOf(at.main) }
    const asked: [string, object][] = [
      ['textDocument/references', { textDocument, position, context: { includeDeclaration: true } }],
      ['textDocument/rename', { textDocument, position, newName: 'halve' }],
      ['callHierarchy/incomingCalls', { item }],
      ['workspace/diagnostic', { previousResultIds: [] }],
    ]
    for (const [method, params] of asked) {
      const source = new CancellationTokenSource()
      const answer = client.connection.sendRequest(method, params, source.token)
      source.cancel()
      await expect(answer, method).rejects.toMatchObject({ code: -32800 })
    }
  })

  test('completes with what is in a component, and gets docs when it asks', async () => {
    await client.start(folders())
    await client.open(at.main, main.replace('resize(picture,', 'r(picture,'))
    const list = await client.ask<CompletionList>('completion', at.main, { position: behind('  filters.image.r') })
    const labels = list.items.map(({ label }) => label)
    expect(labels).toContain('resize')
    const item = list.items.find(({ label }) => label === 'resize')!
    const resolved = await client.connection.sendRequest<CompletionItem>('completionItem/resolve', item)
    expect(JSON.stringify(resolved.documentation)).toContain('resize')
  })

  test('is offered nothing for a character behind which a line may end, unless it asks', async () => {
    const text = 'job f() -> bytes {}\n'
    await client.start(folders())
    await client.open(at.main, text)
    const position = behind('{', text)
    const typed = { position, context: { triggerKind: 2, triggerCharacter: '{' } }
    expect(await client.ask('completion', at.main, typed)).toBeNull()
    const list = await client.ask<CompletionList>('completion', at.main, { position, context: { triggerKind: 1 } })
    expect(list.items.length).toBeGreaterThan(0)
  })

  test('follows names into other files, and into components', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    const [file] = await client.ask<LocationLink[]>('definition', at.main, { position: behind('let size = hal') })
    expect(file).toMatchObject({
      targetUri: uriOf(at.shapes),
      targetSelectionRange: { start: { line: 3, character: 11 } },
    })
    const [wit] = await client.ask<LocationLink[]>('definition', at.main, { position: behind('  filters.image.resi') })
    expect(wit!.targetUri).toBe(`ipvm-wit:${uriOf(at.main).slice('file://'.length)}/filters.wit`)
    const { text } = await client.connection.sendRequest<{ text: string }>('ipvm/wit', { uri: wit!.targetUri })
    expect(text.split('\n')[wit!.targetSelectionRange.start.line]).toContain('resize: func(')
    const place = { uri: wit!.targetUri, range: wit!.targetSelectionRange }
    const resize = { position: behind('  filters.image.resi') }
    const context = { includeDeclaration: true }
    expect(await client.ask('references', at.main, { ...resize, context })).toContainEqual(place)
    const item = { uri: place.uri, selectionRange: place.range }
    expect(await client.ask('prepareCallHierarchy', at.main, resize)).toMatchObject([item])
    const [job] = await client.ask<CallHierarchyItem[]>('prepareCallHierarchy', at.main, {
      position: behind('job sma'),
    })
    expect(await client.connection.sendRequest('callHierarchy/outgoingCalls', { item: job })).toMatchObject([
      { to: { name: 'half' } },
      { to: item },
    ])
  })

  test('is told what a diagnostic means', async () => {
    await client.start(folders(), { textDocument: { diagnostic: {} } })
    await client.open(at.main, main.replace('half({', 'hallf({'))
    const { items } = await client.ask<FullDocumentDiagnosticReport>('diagnostic', at.main)
    const { href } = items[0]!.codeDescription!
    expect(href).toBe('ipvm:explain/IPVM2001.md')
    const { text } = await client.connection.sendRequest<{ text: string }>('ipvm/wit', { uri: href })
    expect(text).toMatch(/^# IPVM2001: unknown name\n[^]*## Wrong\n[^]*## Right\n/)
  })

  test('is given the graph of a job, and its CID', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    const textDocument = { uri: uriOf(at.main) }
    const graph = await client.connection.sendRequest<{
      nodes: { label: string; kind: string }[]
      edges: unknown[]
      dot: string
    }>(...(['ipvm/graph', { textDocument, job: 'small' }] as const))
    expect(graph.nodes.map(({ label, kind }) => `${kind} ${label}`)).toEqual(
      expect.arrayContaining(['param picture', 'task filters.image.resize', 'result result of small']),
    )
    expect(graph.dot).toContain('-> "result"')
    expect(await client.connection.sendRequest('ipvm/graph', { textDocument, job: 'none' })).toEqual({
      why: 'There is no job `none` here.',
    })
    expect(await client.connection.sendRequest('ipvm/cid', { textDocument })).toMatchObject({
      cid: expect.stringMatching(/^bafy/),
    })
  })

  test('is told the CID of a job of another file, as long as that one is right', async () => {
    await client.start(folders())
    await client.open(at.main, main.replace('let size', 'let other'))
    const hover = (): Promise<{ contents: MarkupContent }> =>
      client.ask('hover', at.main, { position: behind('import { ha') })
    const { cid } = await client.connection.sendRequest<{ cid: string }>('ipvm/cid', {
      ...{ textDocument: { uri: uriOf(at.shapes) }, job: 'half' },
    })
    expect((await hover()).contents.value).toContain(`\n\nCID \`${cid}\``)
    await client.open(at.shapes, shapes.replace('/ 2', '/ none'))
    expect((await hover()).contents.value).not.toContain('CID')
  })

  test('is told what jobs perform, which the whole of a file tells', async () => {
    const text = `import { http, log } from "ipvm:effects"
job get(url: string) -> bytes {
  log.write(url)
  http.get(url)?.body
}
export job main(url: string) -> bytes uses log.write, http.get { get(url) }
`
    await client.start(folders())
    await client.open(at.main, text)
    const hover = await client.ask<{ contents: MarkupContent }>('hover', at.main, { position: behind('{ ge', text) })
    expect(hover.contents.value).toContain('Performs `http.get`, `log.write`.')
    expect(hover.contents.value).toMatch(/\n\nCID `bafy\w+`$/)
    await client.change(at.main, { text: text.replace('log.write, http.get', 'log.write, ') })
    const list = await client.ask<CompletionList>('completion', at.main, { position: behind('uses log.write, ', text) })
    expect(list.items[0]).toMatchObject({ label: 'http.get', sortText: expect.stringMatching(/^0/) })
    expect(await client.connection.sendRequest('ipvm/cid', { textDocument: { uri: 'file:///none.ipvm' } })).toEqual({
      why: 'There is no such file.',
    })
  })

  test('renames in all files', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    const { documentChanges } = await client.ask<WorkspaceEdit>('rename', at.main, {
      ...{ position: behind('let size = hal'), newName: 'halve' },
    })
    const changed = documentChanges!.map(change =>
      'textDocument' in change ? [change.textDocument.uri, change.edits.length] : [],
    )
    expect(changed).toEqual(
      expect.arrayContaining([
        [uriOf(at.main), 2],
        [uriOf(at.shapes), 1],
      ]),
    )
    await expect(
      client.ask('rename', at.main, { position: behind('  filters.image.resi'), newName: 'x' }),
    ).rejects.toThrow('`resize` comes from a component')
  })

  test('gets colours, and what has changed of them', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    const full = await client.ask<SemanticTokens>('semanticTokens/full', at.main)
    await client.change(at.main, { range: { start: behind('let si'), end: behind('let si') }, text: 'x' })
    const previousResultId = full.resultId
    const delta = await client.ask<SemanticTokensDelta>('semanticTokens/full/delta', at.main, { previousResultId })
    const data = [...full.data]
    for (const { start, deleteCount, data: more } of delta.edits) data.splice(start, deleteCount, ...(more ?? []))
    const again = await client.ask<SemanticTokens>('semanticTokens/full', at.main)
    expect(data).toEqual(again.data)
    expect(delta.edits.length).toBe(1)
  })

  test('that marks no parameter where none is meant is told so', async () => {
    await client.start(folders())
    await client.open(at.main, main.replace('picture, width', 'picture, wid'))
    const help = await client.ask<SignatureHelp>('signatureHelp', at.main, { position: behind('resize(picture, wi') })
    expect(help).toMatchObject({ signatures: [{}], activeParameter: null })
  })

  test('that can take little is given the oldest forms', async () => {
    const { capabilities } = await client.start(folders(), 'none')
    expect(capabilities.renameProvider).toBe(true)
    expect(capabilities.codeActionProvider).toBeUndefined()
    await client.open(at.main, main.replace('resize(picture,', 'r(picture,'))
    const list = await client.ask<CompletionList>('completion', at.main, { position: behind('let size = ha') })
    const half = list.items.find(({ label }) => label === 'half')!
    expect(half).toMatchObject({ textEdit: { newText: 'half' } })
    for (const item of list.items) expect(item).not.toMatchObject({ insertTextFormat: 2 })
    const { documentation } = await client.connection.sendRequest<CompletionItem>('completionItem/resolve', half)
    expect(documentation).toMatchObject({ kind: 'plaintext', value: 'export job half(size: Size) -> Size' })
    await client.change(at.main, { text: main })
    expect(await client.ask('hover', at.main, { position: behind('let si') })).toMatchObject({
      contents: { kind: 'plaintext', value: 'size: record { width: u32, height: u32 }' },
    })
    const help = await client.ask<SignatureHelp>('signatureHelp', at.main, { position: behind('resize(picture, ') })
    expect(help.signatures[0]!.parameters!.map(({ label }) => label)).toContain('width: u32')
    await client.change(at.main, { text: main.replace('picture, width', 'picture, wid') })
    const none = await client.ask<SignatureHelp>('signatureHelp', at.main, { position: behind('resize(picture, wi') })
    expect(none.activeParameter).toBe(none.signatures[0]!.parameters!.length)
    await client.change(at.main, { text: main })
    expect(await client.ask('definition', at.main, { position: behind('let size = hal') })).toEqual({
      uri: uriOf(at.shapes),
      range: { start: { line: 3, character: 11 }, end: { line: 3, character: 15 } },
    })
    expect(await client.ask('typeDefinition', at.main, { position: behind('let si') })).toMatchObject({
      uri: uriOf(at.shapes),
    })
    const symbols = await client.ask<SymbolInformation[]>('documentSymbol', at.main)
    expect(symbols.map(({ name, containerName }) => [name, containerName])).toEqual(
      expect.arrayContaining([
        ['Picture', undefined],
        ['pixels', 'Picture'],
        ['small', undefined],
      ]),
    )
    const renamed = await client.ask<WorkspaceEdit>('rename', at.main, { position: behind('let si'), newName: 'x' })
    expect(Object.keys(renamed.changes!)).toEqual([uriOf(at.main)])
    expect(client.stderr).toBe('')
  })

  test('is given changes of the version that it has', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    const ask = (): Promise<WorkspaceEdit> =>
      client.ask('rename', at.main, { position: behind('let size = hal'), newName: 'halve' })
    const versions = ({ documentChanges }: WorkspaceEdit): unknown[] =>
      documentChanges!.map(change => 'textDocument' in change && change.textDocument.version).sort()
    expect(versions(await ask())).toEqual([1, null])
    const start = { line: 0, character: 0 }
    await client.change(at.main, { range: { start, end: start }, text: '\n' })
    const moved = behind('let size = hal', `\n${main}`)
    expect(versions(await client.ask('rename', at.main, { position: moved, newName: 'x' }))).toEqual([2, null])
    const place = behind('let si', `\n${main}`)
    const [action] = await client.ask<CodeAction[]>('codeAction', at.main, {
      ...{ range: { start: place, end: place }, context: { diagnostics: [], only: ['refactor'] } },
    })
    expect(versions(action!.edit!)).toEqual([2])
  })

  test('has paths written anew in what imports a file that it renames, unless that comes to be none', async () => {
    await client.start(folders())
    const renamed = async (newUri: string): Promise<string[]> => {
      const { documentChanges } = await client.connection.sendRequest<WorkspaceEdit>('workspace/willRenameFiles', {
        files: [{ oldUri: uriOf(at.shapes), newUri }],
      })
      const edits = documentChanges!.flatMap(change => ('edits' in change ? change.edits : []))
      return edits.map(edit => ('newText' in edit ? edit.newText : ''))
    }
    expect(await renamed(uriOf(join(at.shapes, '../forms.ipvm')))).toEqual(['"./forms.ipvm"'])
    expect(await renamed('untitled:forms')).toEqual([])
  })

  test('may write behind the end of a text', async () => {
    await client.start(folders())
    await client.open(at.main, 'job f() -> u8 { 1 }')
    const range = (line: number, end = line): Range => ({
      ...{ start: { line, character: 0 }, end: { line: end, character: 9 } },
    })
    await client.change(
      at.main,
      { range: range(3, 4), text: '// end\n' },
      { range: range(1), text: 'job g() -> u8 { 2 }' },
    )
    await client.change(at.main, { range: range(1), text: 'job other' })
    const symbols = await client.ask<DocumentSymbol[]>('documentSymbol', at.main)
    expect(symbols.map(({ name }) => name)).toEqual(['f', 'other'])
  })

  test('has put right what a brace closes that it types', async () => {
    const typed = 'job f() -> u32 {\n      let a   = 1\n  a\n}'
    await client.start([folder])
    await client.open(at.main, typed)
    const edits = await client.ask<TextEdit[]>('onTypeFormatting', at.main, {
      ...{ position: { line: 3, character: 1 }, ch: '}', options: { tabSize: 2, insertSpaces: true } },
    })
    expect(TextDocument.applyEdits(TextDocument.create('', '', 0, typed), edits)).toContain('  let a = 1\n  a\n}')
  })

  test('may ask for anything anywhere', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    const places = [
      { line: 0, character: 0 },
      { line: 0, character: 10_000 },
      { line: 99_999, character: 3 },
      ...[{ line: 4, character: 2 }, behind('let size')],
    ]
    const methods = ['completion', 'hover', 'definition', 'typeDefinition', 'documentHighlight', 'signatureHelp']
    for (const position of places) for (const method of methods) await client.ask(method, at.main, { position })
    for (const method of methods) await client.ask(method, join(folder, 'none.ipvm'), { position: places[0]! })
    await client.connection.sendRequest('ipvm/wit', { uri: 'ipvm-wit:/nowhere/x.ipvm/y.wit' })
    await expect(client.connection.sendRequest('ipvm/nothing')).rejects.toThrow()
    expect(client.stderr).toBe('')
  })

  test('hears that an answer which it has cancelled is not coming, and all others', async () => {
    await client.start(folders())
    await client.open(at.main, main)
    const sources = Array.from({ length: 20 }, () => new CancellationTokenSource())
    const asked = sources.map(({ token }) =>
      client.connection
        .sendRequest(
          'textDocument/hover',
          { textDocument: { uri: uriOf(at.main) }, position: behind('let size = hal') },
          token,
        )
        .then(
          () => 'answered',
          (error: { code: number }) => error.code,
        ),
    )
    for (const source of sources.slice(10)) source.cancel()
    const answers = await Promise.all(asked)
    expect(answers.slice(0, 10)).toEqual(Array(10).fill('answered'))
    expect(answers.slice(10)).toContain(-32800)
  })
})
