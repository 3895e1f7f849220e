import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { misshapen, type Shape } from '../../lsp/shapes.ts'
import { program } from './client.ts'

const initialize = { id: 1, method: 'initialize', params: { capabilities: {}, processId: null, rootUri: null } }
const symbols = { id: 2, method: 'workspace/symbol', params: { query: 'x' } }
const answered = { id: 2, result: [] }

const frame = (text: string): string => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
const message = (content: object): string => frame(JSON.stringify({ jsonrpc: '2.0', ...content }))

interface Said {
  id?: number
  method?: string
  result?: unknown
  error?: { code: number; message: string }
  params?: { message: string }
}

/** What a server says to bytes, until it has answered `symbols` or has ended. */
async function said(input: string, isEnough = (all: Said[]): boolean => all.some(({ id }) => id === 2)) {
  const child = spawn(process.execPath, [program, 'lsp'], { stdio: 'pipe' })
  let [out, stderr] = ['', '']
  const messages = (): Said[] =>
    out
      .split(/Content-Length: \d+\r\n\r\n/)
      .slice(1)
      .flatMap(text => {
        try {
          return [JSON.parse(text) as Said]
        } catch {
          return []
        }
      })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const enough = new Promise<void>(resolve =>
    child.stdout.on('data', data => {
      out += String(data)
      if (isEnough(messages())) resolve()
    }),
  )
  child.stderr.on('data', data => (stderr += String(data)))
  child.stdin.write(input)
  const code = await Promise.race([ended, enough.then(() => undefined)])
  child.kill()
  await ended
  return { messages: messages(), stderr, code }
}

describe('a request', () => {
  test.each<[string, object, { code: number; message: string }]>([
    ['without parameters', { method: 'textDocument/hover' }, { code: -32602, message: '`params` must be an object.' }],
    [
      'with parameters by position',
      { method: 'textDocument/hover', params: [1] },
      { code: -32602, message: '`params` must be an object.' },
    ],
    [
      'without a document',
      { method: 'textDocument/hover', params: {} },
      { code: -32602, message: '`params.textDocument` must be an object.' },
    ],
    [
      'of a place that is none',
      {
        method: 'textDocument/hover',
        params: { textDocument: { uri: 'file:///a.ipvm' }, position: { line: -1, character: 0 } },
      },
      { code: -32602, message: '`params.position.line` must be an integer from 0 to 4294967295.' },
    ],
    [
      'with a wrong item',
      { method: 'completionItem/resolve', params: { label: 'x', data: 5 } },
      { code: -32602, message: '`params.data` must be an object.' },
    ],
    [
      'with an item about nothing',
      {
        method: 'completionItem/resolve',
        params: {
          label: 'x',
          data: { uri: 'file:///a.ipvm', position: { line: 0, character: 0 }, about: { kind: 'constructor' } },
        },
      },
      { code: -32602, message: '`params.data.about.kind` must be one that there is.' },
    ],
    [
      'with half an item',
      {
        method: 'completionItem/resolve',
        params: {
          label: 'x',
          data: { uri: 'file:///a.ipvm', position: { line: 0, character: 0 }, about: { kind: 'member' } },
        },
      },
      { code: -32602, message: '`params.data.about.path` must be a list.' },
    ],
    [
      'with a caller that is none',
      {
        method: 'callHierarchy/incomingCalls',
        params: {
          item: {
            data: {
              ...{ path: '/a.ipvm', selection: { start: 0, end: 1 } },
              entity: { kind: 'job', key: 'x', name: 'x', declaration: {} },
            },
          },
        },
      },
      { code: -32602, message: '`params.item.data.entity.declaration.path` must be a string.' },
    ],
    ['that nobody knows', { method: '__proto__', params: {} }, { code: -32601, message: 'Unhandled method __proto__' }],
    ['to initialize once more', { ...initialize }, { code: -32600, message: '`initialize` was asked before.' }],
    [
      'to execute what is no command',
      { method: 'workspace/executeCommand', params: { command: 'x' } },
      { code: -32803, message: 'There is no command `x`.' },
    ],
    [
      'to execute what an editor does',
      { method: 'workspace/executeCommand', params: { command: 'ipvm.run', arguments: ['file:///a.ipvm', 'a'] } },
      { code: -32803, message: '`ipvm.run` is for the editor to perform, which does not know it.' },
    ],
    [
      'to keep nothing',
      { method: 'workspace/executeCommand', params: { command: 'ipvm.keep' } },
      { code: -32803, message: '`ipvm.keep` takes the URI of a file.' },
    ],
  ])('%s is refused by a sentence, and what follows is answered', async (_, request, error) => {
    const { messages, stderr } = await said(message(initialize) + message({ ...request, id: 3 }) + message(symbols))
    expect(messages.find(({ id }) => id === 3)).toMatchObject({ error })
    expect(messages).toContainEqual(expect.objectContaining(answered))
    expect(stderr).toBe('')
  })

  test('of any kind is refused where it says nothing', async () => {
    const ofDocuments = 'completion hover signatureHelp definition typeDefinition references documentHighlight documentSymbol codeAction codeLens documentLink formatting rangeFormatting onTypeFormatting prepareRename rename foldingRange selectionRange linkedEditingRange prepareCallHierarchy semanticTokens/full semanticTokens/full/delta semanticTokens/range inlayHint diagnostic' // prettier-ignore
    const others = 'completionItem/resolve workspace/symbol workspace/willRenameFiles workspace/diagnostic workspace/executeCommand callHierarchy/incomingCalls callHierarchy/outgoingCalls ipvm/wit ipvm/cid ipvm/graph' // prettier-ignore
    const methods = [...ofDocuments.split(' ').map(name => `textDocument/${name}`), ...others.split(' ')]
    const asked = methods.map((method, i) => message({ id: 100 + i, method, params: {} }))
    const { messages } = await said(message(initialize) + asked.join('') + message(symbols))
    const codes = methods.map((method, i) => [method, messages.find(({ id }) => id === 100 + i)?.error?.code])
    expect(codes).toEqual(methods.map(method => [method, -32602]))
  })

  test('before `initialize` is refused, one behind `shutdown` too', async () => {
    const shutdown = message({ id: 3, method: 'shutdown' })
    const before = message({ ...symbols, id: 4 })
    const { messages } = await said(before + message(initialize) + shutdown + message(symbols))
    expect(messages.find(({ id }) => id === 4)?.error?.code).toBe(-32002)
    expect(messages.find(({ id }) => id === 2)?.error?.code).toBe(-32600)
  })

  test('of a document that has no file, and is not open, finds nothing', async () => {
    const uris = ['untitled:x', 'vscode-vfs://github/a.ipvm', 'file:///%00.ipvm', 'file:///100%.ipvm', '', 'file:///']
    const methods = ['hover', 'documentSymbol', 'references', 'diagnostic']
    const asked = uris.flatMap((uri, i) =>
      methods.map((method, j) =>
        message({
          ...{ id: 100 + 10 * i + j, method: `textDocument/${method}` },
          params: { textDocument: { uri }, position: { line: 0, character: 0 }, context: {} },
        }),
      ),
    )
    const { messages } = await said(
      message(initialize) + asked.join('') + message(symbols),
      all => all.length === asked.length + 2,
    )
    expect(messages.filter(({ error }) => error)).toEqual([])
    expect(messages).toHaveLength(asked.length + 2)
  })
})

test('changes of a text that is another one meanwhile are refused', async () => {
  const textDocument = { uri: 'file:///a.ipvm' }
  const start = { line: 0, character: 0 }
  const [position, options, newName] = [{ line: 0, character: 4 }, { tabSize: 2, insertSpaces: true }, 'g']
  const asked: [string, object][] = [
    // They take many turns, so that the last one and all of these wait when the text changes.
    ...Array.from({ length: 24 }, (): [string, object] => ['rename', { position, newName }]),
    ['formatting', { options }],
    ['rangeFormatting', { range: { start, end: position }, options }],
    ['onTypeFormatting', { position, ch: '}', options }],
  ]
  const opened = { uri: textDocument.uri, languageId: 'ipvm', version: 1, text: 'job f() -> u8 { 1 }\n' }
  const changed = {
    textDocument: { ...textDocument, version: 2 },
    contentChanges: [{ text: '\njob f() -> u8 { 1 }\n' }],
  }
  const { messages } = await said(
    message(initialize) +
      message({ method: 'textDocument/didOpen', params: { textDocument: opened } }) +
      asked
        .map(([name, more], i) =>
          message({ id: 100 + i, method: `textDocument/${name}`, params: { textDocument, ...more } }),
        )
        .join('') +
      message({ method: 'textDocument/didChange', params: changed }),
    all => all.filter(({ id }) => id !== undefined).length === 1 + asked.length,
  )
  const codes = asked.map(([name], i) => [name, messages.find(({ id }) => id === 100 + i)?.error?.code])
  expect(codes.slice(-4)).toEqual(asked.slice(-4).map(([name]) => [name, -32801]))
})

describe('a notification', () => {
  test.each<[string, object, string]>([
    ['without a document', { method: 'textDocument/didOpen', params: {} }, '`params.textDocument` must be an object.'],
    [
      'with a change that is none',
      {
        method: 'textDocument/didChange',
        params: { textDocument: { uri: 'file:///a.ipvm', version: 2 }, contentChanges: [{}] },
      },
      '`params.contentChanges[0].text` must be a string.',
    ],
    [
      'of a change to no version',
      {
        method: 'textDocument/didChange',
        params: { textDocument: { uri: 'file:///a.ipvm', version: null }, contentChanges: [] },
      },
      '`params.textDocument.version` must be an integer.',
    ],
    ['of no folders', { method: 'workspace/didChangeWorkspaceFolders' }, '`params` must be an object.'],
    ['that cancels', { method: '$/cancelRequest' }, '`params` must be an object.'],
    ['that cancels nothing', { method: '$/cancelRequest', params: null }, '`params` must be an object.'],
    ['that cancels something else', { method: '$/cancelRequest', params: [] }, '`params` must be an object.'],
    [
      'that cancels no request',
      { method: '$/cancelRequest', params: {} },
      '`params.id` must be a string or an integer.',
    ],
  ])('%s is dropped, and told of', async (_, notification, why) => {
    const { messages, stderr } = await said(message(initialize) + message(notification) + message(symbols))
    const told = messages.filter(({ method }) => method === 'window/logMessage').map(({ params }) => params?.message)
    expect(told).toEqual([`${(notification as { method: string }).method}: ${why}`])
    expect(messages).toContainEqual(expect.objectContaining(answered))
    expect(stderr).toBe('')
  })
})

describe('bytes', () => {
  test('that are no JSON are told of, and what follows is answered', async () => {
    const { messages, stderr } = await said(message(initialize) + frame('{"jsonrpc"') + message(symbols))
    expect(messages).toContainEqual(expect.objectContaining(answered))
    expect(stderr).toMatch(/^A message was no JSON: .*\n$/)
  })

  test.each(['hello\r\n\r\n', 'Content-Type: x\r\n\r\n', 'Content-Length: x\r\n\r\n'])(
    '%j are the end, with a sentence',
    async bytes => {
      const { code, stderr } = await said(bytes + message(initialize), () => false)
      expect(code).toBe(1)
      expect(stderr).toMatch(/^error: Standard input is not what the Language Server Protocol has: .*\n/)
      expect(stderr).not.toMatch(/^ +at /m)
    },
  )
})

describe('shapes', () => {
  const shape: Shape = {
    keys: { a: 'text', 'b?': { list: 'count' }, 'c?': { keys: { d: 'any' } }, 'e?': 'id', 'f?': 'integer' },
  }

  test.each<[unknown, string | undefined]>([
    [{ a: '' }, undefined],
    [{ a: '', b: null, c: null, more: 1 }, undefined],
    [{ a: '', b: [0, 4294967295], c: {} }, undefined],
    [null, '`x` must be an object.'],
    [[], '`x` must be an object.'],
    [{}, '`x.a` must be a string.'],
    [{ a: '', b: {} }, '`x.b` must be a list.'],
    [{ a: '', b: [0, 1.5] }, '`x.b[1]` must be an integer from 0 to 4294967295.'],
    [{ a: '', b: [Number.NaN] }, '`x.b[0]` must be an integer from 0 to 4294967295.'],
    [{ a: '', c: 'd' }, '`x.c` must be an object.'],
    [{ a: '', f: -1 }, undefined],
    [{ a: '', f: '1' }, '`x.f` must be an integer.'],
    [{ a: '', e: 'one' }, undefined],
    [{ a: '', e: -1 }, undefined],
    [{ a: '', e: 0.5 }, '`x.e` must be a string or an integer.'],
  ])('%j', (value, wrong) => {
    expect(misshapen(value, shape, 'x')).toBe(wrong)
  })
})
