import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CodeAction, FullDocumentDiagnosticReport } from 'vscode-languageserver/node'
import { ipvm } from '../cli/harness.ts'
import { Client, uriOf } from './client.ts'

const component = fileURLToPath(new URL('../../examples/image/png.wasm', import.meta.url))
const source = 'import png from "./png.wasm"\n\nexport job main(b: bytes) -> u32 {\n  png.decode(b).width\n}\n'

let client: Client
let folder: string
let file: string
let refreshes: number

beforeEach(() => {
  // What stands in the name has to come through URIs as it is.
  folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'ipvm 100%-'))))
  file = join(folder, 'main.ipvm')
  copyFileSync(component, join(folder, 'png.wasm'))
  writeFileSync(file, source)
  client = new Client(undefined, folder)
  refreshes = 0
  client.connection.onRequest('workspace/diagnostic/refresh', () => void refreshes++)
})
afterEach(async () => {
  client.child.kill()
  await client.ended
  rmSync(folder, { recursive: true })
})

const start = (options?: unknown): Promise<unknown> =>
  client.start(
    [folder],
    { textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } },
    options,
  )

async function pin(): Promise<CodeAction | undefined> {
  const place = { line: 0, character: 20 }
  const actions = await client.ask<CodeAction[]>('codeAction', file, {
    ...{ range: { start: place, end: place }, context: { diagnostics: [] } },
  })
  return actions.find(({ title }) => title === 'Import by its CID')
}

async function codes(): Promise<unknown[]> {
  const { items } = await client.ask<FullDocumentDiagnosticReport>('diagnostic', file)
  return items.map(({ code }) => code)
}

const keep = (uri: string): Promise<unknown> =>
  client.connection.sendRequest('workspace/executeCommand', { command: 'ipvm.keep', arguments: [uri] })

test('an import is pinned: its component is put into the store, of which the editor is told', async () => {
  await start()
  await client.open(file, source)
  const action = await pin()
  const [change] = action!.edit!.documentChanges!
  const [edit] = 'edits' in change! ? change.edits : []
  const { range, newText } = edit as { range: { start: object; end: object }; newText: string }
  await client.change(file, { range, text: newText } as Parameters<Client['change']>[1])
  expect(await codes()).toEqual(['IPVM4006'])
  await client.connection.sendRequest('workspace/executeCommand', action!.command!)
  expect(refreshes).toBe(1)
  expect(await codes()).toEqual([])
  expect(existsSync(join(folder, '.ipvm/store.db'))).toBe(true)
  // The editor stands open, and the store is not held.
  await expect.poll(async () => (await ipvm(['gc'], { cwd: folder })).code, { timeout: 20_000 }).toBe(0)
  expect(client.stderr).toBe('')
})

test('nothing is kept where people do not trust what they have opened, until they do', async () => {
  await start({ trusted: false })
  await client.open(file, source)
  expect(await pin()).toBeUndefined()
  const uri = uriOf(join(folder, 'png.wasm'))
  await expect(keep(uri)).rejects.toThrow('Nothing is written to the store of a workspace that is not trusted.')
  expect(existsSync(join(folder, '.ipvm'))).toBe(false)
  for (const said of [null, 'yes', {}, { trusted: null }, { trusted: 'yes' }]) {
    await client.connection.sendNotification('ipvm/trust', said)
    expect(await pin(), JSON.stringify(said)).toBeUndefined()
  }
  refreshes = 0
  await client.connection.sendNotification('ipvm/trust', { trusted: true })
  expect(await pin()).toBeDefined()
  expect(refreshes).toBe(1)
  await keep(uri)
  expect(existsSync(join(folder, '.ipvm'))).toBe(true)
})

test('the store of a workspace that is not trusted is not read', async () => {
  await start()
  await client.open(file, source)
  const { command, edit } = (await pin())!
  await client.connection.sendRequest('workspace/executeCommand', command!)
  const pinned = source.replace('"./png.wasm"', /"ipfs:[^"]*\\"/.exec(JSON.stringify(edit))![0].replaceAll('\\', ''))
  await client.change(file, { text: pinned })
  expect(await codes()).toEqual([])
  await client.connection.sendNotification('ipvm/trust', { trusted: 'yes' })
  expect(await codes()).toEqual(['IPVM4006'])
})

test('what cannot be kept is told in a sentence', async () => {
  await start()
  const none = join(folder, 'none.wasm')
  await expect(keep(uriOf(none))).rejects.toThrow(`There is no file \`${none}\`.`)
  await expect(keep(uriOf(folder))).rejects.toThrow(`\`${folder}\` is a folder.`)
  writeFileSync(join(folder, '.ipvm'), '')
  await expect(keep(uriOf(file))).rejects.toThrow(/^The folder of the store .*\.$/)
  expect(client.stderr).toBe('')
})

test('each folder of the workspace has its store, in which its jobs look when they are run', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  for (const path of [one, join(two, 'sub')]) mkdirSync(path, { recursive: true })
  writeFileSync(join(two, 'package.json'), '{}')
  copyFileSync(component, join(two, 'png.wasm'))
  file = join(two, 'sub/main.ipvm')
  await client.start([one, two, join(two, 'sub/none')], { textDocument: { diagnostic: {} } })
  await client.open(file, source.replace('./png', '../png'))
  const { command, edit } = (await pin())!
  const pinned = source.replace('"./png.wasm"', /"ipfs:[^"]*\\"/.exec(JSON.stringify(edit))![0].replaceAll('\\', ''))
  await client.change(file, { text: pinned })
  expect(await codes()).toEqual(['IPVM4006'])
  await client.connection.sendRequest('workspace/executeCommand', command!)
  expect(await codes()).toEqual([])
  expect([folder, one, two].map(path => existsSync(join(path, '.ipvm')))).toEqual([false, false, true])
  writeFileSync(file, pinned)
  expect(await ipvm(['check', file], { cwd: two })).toMatchObject({ code: 0 })
  // A file that is in none of them goes with the first.
  await keep(uriOf(join(folder, 'png.wasm')))
  expect(existsSync(join(one, '.ipvm'))).toBe(true)
})

test('a folder that is none of a disk has no store', async () => {
  const workspaceFolders = [{ uri: 'untitled:x', name: 'x' }]
  await client.connection.sendRequest('initialize', {
    ...{ processId: null, rootUri: null, capabilities: {}, workspaceFolders },
  })
  await keep(uriOf(join(folder, 'png.wasm')))
  expect(existsSync(join(folder, '.ipvm'))).toBe(true)
})

test('the store is that of the file that imports, whichever folder the component is in', async () => {
  const inner = join(folder, 'inner')
  mkdirSync(inner)
  writeFileSync(join(folder, 'package.json'), '{}')
  file = join(inner, 'main.ipvm')
  await client.start([folder, inner], { textDocument: { diagnostic: {} } })
  await client.open(file, source.replace('./png', '../png'))
  await client.connection.sendRequest('workspace/executeCommand', (await pin())!.command!)
  expect([folder, inner].map(path => existsSync(join(path, '.ipvm')))).toEqual([false, true])
})
