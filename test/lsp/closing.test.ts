import { PassThrough } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import {
  createConnection,
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node'
import { Desk } from '../../lsp/desk.ts'
import { serve } from '../../lsp/server.ts'
import { Workspace } from '../../lsp/workspace.ts'
import { memoryHost } from '../harness/host.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('what was known of a file that is closed is let go of, unless one that is open is made of it, or it is to be kept', async () => {
  const disk = memoryHost({
    '/lib.ipvm': 'export job one() -> u8 { 1 }\n',
    '/kept.ipvm': 'export job two() -> u8 { 2 }\n',
  })
  const workspace = new Workspace(disk)
  const main = 'import { one } from "./lib.ipvm"\nexport job main() -> u8 { one() }\n'
  const trees = new Map<string, WeakRef<object>>()
  const open = async (path: string, text?: string): Promise<void> => {
    if (text !== undefined) workspace.set(path, text)
    trees.set(path, (await workspace.use(path, ({ tree }) => new WeakRef(tree)))!)
  }
  const held = async (): Promise<string[]> => {
    // The parser holds what it has read last.
    workspace.set('/last.ipvm', 'job f() -> u8 { 1 }\n')
    await workspace.use('/last.ipvm', () => undefined)
    await new Promise(resolve => setTimeout(resolve))
    collect()
    return [...trees].filter(([, tree]) => tree.deref()).map(([path]) => path)
  }
  await open('/main.ipvm', main)
  for (const path of ['/lib.ipvm', '/kept.ipvm']) await open(path)
  for (let i = 0; i < 20; i++)
    await open(`/${i}.ipvm`, `import { one } from "./lib.ipvm"\njob f() -> u8 { one() + ${i} }\n`)
  expect(await held()).toHaveLength(23)
  for (let i = 0; i < 20; i++) workspace.close(`/${i}.ipvm`, ['/kept.ipvm'])
  expect(await held()).toEqual(['/main.ipvm', '/lib.ipvm', '/kept.ipvm'])
  expect(await workspace.use('/lib.ipvm', ({ tree }) => tree === trees.get('/lib.ipvm')!.deref())).toBe(true)
  workspace.close('/main.ipvm')
  expect(await held()).toEqual([])
})

test('what is known of a closed file of the workspace stays', async () => {
  const workspace = new Workspace(memoryHost({ '/kept.ipvm': 'export job one() -> u8 { 1 }\n' }))
  const desk = new Desk(workspace, { sources: () => ['/kept.ipvm'], keep: async () => undefined })
  desk.folders.add('/')
  workspace.set('/main.ipvm', 'job f() -> u8 { 1 }\n')
  expect(desk.sources).toEqual(['/main.ipvm', '/kept.ipvm'])
  const treeOf = (path: string): Promise<unknown> => workspace.use(path, ({ tree }) => tree)
  const tree = await treeOf('/kept.ipvm')
  desk.close('/main.ipvm')
  expect(await treeOf('/kept.ipvm')).toBe(tree)
})

test('a server remembers nothing of files that are not open, and says when bytes are not needed any more', async () => {
  const uri = 'file:///a.ipvm'
  const text = 'job f() -> u8 { 1 }\n'
  let released = 0
  const [input, output] = [new PassThrough(), new PassThrough()]
  serve(createConnection(new StreamMessageReader(input), new StreamMessageWriter(output)), {
    ...{ host: memoryHost({ '/a.ipvm': text }), version: '0' },
    ...{
      sources: () => [],
      readBlock: async () => undefined,
      keep: async () => undefined,
      release: () => void released++,
    },
  })
  const client = createProtocolConnection(new StreamMessageReader(output), new StreamMessageWriter(input))
  client.listen()
  await client.sendRequest('initialize', { capabilities: {}, processId: null, rootUri: null })
  const textDocument = { uri, languageId: 'ipvm', version: 1, text }
  const ask = <T>(method: string, more: object = {}): Promise<T> =>
    client.sendRequest(`textDocument/semanticTokens/${method}`, { textDocument: { uri }, ...more })
  const change = async (): Promise<string[]> => {
    const { resultId } = await ask<{ resultId: string }>('full')
    return Object.keys(await ask<object>('full/delta', { previousResultId: resultId }))
  }
  expect(await change()).toEqual(['resultId', 'data'])
  await client.sendNotification('textDocument/didOpen', { textDocument })
  expect(await change()).toEqual(['resultId', 'edits'])
  expect(released).toBe(0)
  await client.sendNotification('textDocument/didClose', { textDocument: { uri } })
  expect(await change()).toEqual(['resultId', 'data'])
  expect(released).toBe(1)
  client.dispose()
})
