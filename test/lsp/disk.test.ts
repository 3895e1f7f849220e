import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  FileChangeType,
  type FullDocumentDiagnosticReport,
  type RegistrationParams,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { makeUnreadable } from '../harness/unreadable.ts'
import { Client, uriOf } from './client.ts'

let client: Client
let folder: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-disk-')))
  client = new Client(undefined, folder)
})
afterEach(async () => {
  client.child.kill()
  await client.ended
  expect(client.stderr).toBe('')
  rmSync(folder, { recursive: true })
})

const at = (name: string): string => join(folder, name)
const put = (name: string, content: string): void => writeFileSync(at(name), content)

test.runIf(process.platform === 'linux')('a folder that cannot be read hides none of the others', async () => {
  const lib = 'export job helper(x: u32) -> u32 { x }\n'
  put('lib.ipvm', lib)
  put('use.ipvm', 'import { helper } from "./lib.ipvm"\nexport job main() -> u32 { helper(1) }\n')
  const makeShort = makeUnreadable(folder)
  try {
    await client.start([folder])
    await client.open(at('lib.ipvm'), lib)
    const { documentChanges } = await client.ask<WorkspaceEdit>('rename', at('lib.ipvm'), {
      ...{ position: { line: 0, character: 12 }, newName: 'assistant' },
    })
    const changed = documentChanges!.map(change => 'textDocument' in change && change.textDocument.uri)
    expect(changed).toEqual([uriOf(at('lib.ipvm')), uriOf(at('use.ipvm'))])
  } finally {
    makeShort()
  }
})

describe('what a program is made of that is no source', () => {
  const text = 'export job main() -> bytes { embed "./sub/deep/x.txt" }\n'
  let refreshes: number
  let watched: unknown

  beforeEach(async () => {
    refreshes = 0
    client.connection.onRequest('workspace/diagnostic/refresh', () => void refreshes++)
    const registered = new Promise(resolve =>
      client.connection.onRequest('client/registerCapability', ({ registrations }: RegistrationParams) => {
        resolve(registrations.map(({ method, registerOptions }) => [method, registerOptions]))
      }),
    )
    await client.start([folder], {
      textDocument: { diagnostic: {} },
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, diagnostics: { refreshSupport: true } },
    })
    watched = await registered
    put('main.ipvm', text)
    await client.open(at('main.ipvm'), text)
  })

  const tell = (type: FileChangeType, ...names: string[]): Promise<void> =>
    client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: names.map(name => ({ uri: uriOf(at(name)), type })),
    })
  const codes = async (): Promise<unknown[]> => {
    const { items } = await client.ask<FullDocumentDiagnosticReport>('diagnostic', at('main.ipvm'))
    return items.map(({ code }) => code)
  }
  const cid = (): Promise<unknown> =>
    client.connection.sendRequest('ipvm/cid', { textDocument: { uri: uriOf(at('main.ipvm')) } })

  test('is watched: a file that is embedded comes, in a folder, changes and goes', async () => {
    expect(watched).toEqual([['workspace/didChangeWatchedFiles', { watchers: [{ globPattern: '**/*' }] }]])
    expect(await codes()).toEqual(['IPVM4001'])
    mkdirSync(at('sub/deep'), { recursive: true })
    put('sub/deep/x.txt', 'one')
    await tell(FileChangeType.Created, 'sub')
    expect(await codes()).toEqual([])
    const before = await cid()
    put('sub/deep/x.txt', 'two')
    await tell(FileChangeType.Changed, 'sub/deep/x.txt')
    expect(await cid()).not.toEqual(before)
    rmSync(at('sub/deep/x.txt'))
    await tell(FileChangeType.Deleted, 'sub/deep/x.txt')
    expect(await codes()).toEqual(['IPVM4001'])
    expect(refreshes).toBe(3)
  })

  test('is looked at again where a file is saved, of which the editor may not be told', async () => {
    expect(await codes()).toEqual(['IPVM4001'])
    mkdirSync(at('sub/deep'), { recursive: true })
    put('sub/deep/x.txt', 'one')
    await client.connection.sendNotification('textDocument/didSave', {
      textDocument: { uri: uriOf(at('main.ipvm')) },
    })
    expect(await codes()).toEqual([])
  })

  test('may be the file that makes a folder the root of the project', async () => {
    mkdirSync(at('sub'))
    put('x.txt', 'one')
    const inner = 'export job main() -> bytes { embed "../x.txt" }\n'
    await client.open(at('sub/inner.ipvm'), inner)
    const inside = async (): Promise<unknown[]> => {
      const { items } = await client.ask<FullDocumentDiagnosticReport>('diagnostic', at('sub/inner.ipvm'))
      return items.map(({ code }) => code)
    }
    put('sub/package.json', '{}')
    expect(await inside()).toEqual(['IPVM2040'])
    rmSync(at('sub/package.json'))
    await tell(FileChangeType.Deleted, 'sub/package.json')
    expect(await inside()).toEqual([])
  })

  test('is nothing that no program has asked for', async () => {
    expect(await codes()).toEqual(['IPVM4001'])
    await tell(FileChangeType.Created, 'node_modules', 'node_modules/x.txt', 'y.txt')
    await tell(FileChangeType.Created, 'node_modules', 'node_modules/sub/x.txt')
    expect(await codes()).toEqual(['IPVM4001'])
    expect(refreshes).toBe(0)
    await tell(FileChangeType.Created, 'new.ipvm')
    await codes()
    expect(refreshes).toBe(1)
  })

  test('is told of by the way over a symbolic link too', async () => {
    mkdirSync(at('sub/deep'), { recursive: true })
    symlinkSync(at('sub/deep'), at('link'))
    expect(await codes()).toEqual(['IPVM4001'])
    put('sub/deep/x.txt', 'one')
    await tell(FileChangeType.Created, 'link/x.txt')
    expect(await codes()).toEqual([])
  })

  test('may be a symbolic link that leads elsewhere from then on', async () => {
    mkdirSync(at('sub/deep'), { recursive: true })
    for (const name of ['one', 'two']) put(name, name)
    symlinkSync(at('one'), at('sub/deep/x.txt'))
    const before = await cid()
    rmSync(at('sub/deep/x.txt'))
    symlinkSync(at('two'), at('sub/deep/x.txt'))
    await tell(FileChangeType.Changed, 'sub/deep/x.txt')
    expect(await cid()).not.toEqual(before)
  })
})

test('a file that is open by two URIs has the text of the one that is asked of, also when the other is closed', async () => {
  mkdirSync(at('real'))
  symlinkSync('real', at('link'))
  const [one, other] = [at('real/a.ipvm'), at('link/a.ipvm')]
  const text = 'export job a()->u32{1}\n'
  put('real/a.ipvm', text)
  put('use.ipvm', 'import { b } from "./real/a.ipvm"\nexport job main() -> u32 { b() }\n')
  await client.start([folder], { textDocument: { diagnostic: {} } })
  const formatted = async (path: string): Promise<string> => {
    const edits = await client.ask<TextEdit[]>('formatting', path, { options: { tabSize: 2, insertSpaces: true } })
    const own = path === one ? `\n\n${text.replace('a()', 'b()')}` : text
    return TextDocument.applyEdits(TextDocument.create('', '', 0, own), edits)
  }
  const users = async (): Promise<number> => {
    const { items } = await client.ask<FullDocumentDiagnosticReport>('diagnostic', at('use.ipvm'))
    return items.length
  }
  await client.open(one, text)
  await client.change(one, { text: `\n\n${text.replace('a()', 'b()')}` })
  await client.open(other, text)
  expect(await formatted(one)).toBe('export job b() -> u32 { 1 }\n')
  expect(await formatted(other)).toBe('export job a() -> u32 { 1 }\n')
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: uriOf(other) } })
  expect(await users()).toBe(0)
  expect(await formatted(one)).toBe('export job b() -> u32 { 1 }\n')
})
