import { describe, expect, test } from 'vitest'
import { importFile } from '../../dag/unixfs.ts'
import { Files } from '../../lsp/files.ts'
import { pathOfUri, uriOfPath } from '../../lsp/paths.ts'
import { uriOfVirtual, virtualOfUri } from '../../lsp/virtual.ts'

const bytes = new TextEncoder().encode('ü')

describe('files that are given', () => {
  test('are read, and their folders are there as long as they hold some', () => {
    const files = new Files()
    const { host } = files
    files.set('/a/b/c.ipvm', 'ü')
    files.set('/a/d.wasm', bytes)
    expect(host.readFile('/a/b/c.ipvm')).toEqual(bytes)
    expect(host.readFile('/a/./b/../d.wasm')).toEqual(bytes)
    expect([host.readFile('/a/b'), host.readFile('/a/x'), host.readFile('/')]).toEqual([
      'directory',
      'missing',
      'directory',
    ])
    expect(host.list('/a').sort()).toEqual(['b', 'd.wasm'])
    expect(['.', '/a/b/..', '/a/b/c.ipvm', '/b'].map(path => host.realPath(path))).toEqual([
      '/',
      '/a',
      '/a/b/c.ipvm',
      undefined,
    ])
    files.set('/a/b/c.ipvm', null)
    files.set('/a/b/none', null)
    expect([host.readFile('/a/b/c.ipvm'), host.realPath('/a/b'), host.list('/a')]).toEqual([
      'missing',
      undefined,
      ['d.wasm'],
    ])
    files.set('/a/d.wasm', null)
    expect([host.realPath('/a'), host.list('/'), host.realPath('/')]).toEqual([undefined, [], '/'])
  })

  test('are sources below a folder', () => {
    const files = new Files()
    for (const path of ['/b/z.ipvm', '/a/b/y.ipvm', '/a/x.ipvm', '/ab/w.ipvm', '/a/v.wasm']) files.set(path, '')
    expect(files.sources('/a')).toEqual(['/a/b/y.ipvm', '/a/x.ipvm'])
    expect(files.sources('/')).toHaveLength(4)
  })

  test('are found by their CIDs when they were kept', async () => {
    const files = new Files()
    files.set('/a.wasm', bytes)
    const { cid } = await importFile(bytes)
    expect(await files.host.readBlock(cid)).toBeUndefined()
    expect(await files.keep('/b.wasm')).toBe('There is no file `/b.wasm`.')
    expect(await files.keep('/a.wasm')).toBeUndefined()
    expect(await files.host.readBlock(cid)).toEqual(bytes)
  })
})

test.each([
  ['file:///a%20b/100%25.ipvm', '/a b/100%.ipvm'],
  ['file:///%C3%BC/%F0%9F%8C%92.ipvm', '/ü/🌒.ipvm'],
  ['untitled:Untitled-1', '/\0/untitled%3AUntitled-1'],
])('%s is a path, and back', (uri, path) => {
  expect(pathOfUri(uri)).toBe(path)
  expect(uriOfPath(path)).toBe(uri)
})

test.each(['file:///100%.ipvm', 'file:///%ff.ipvm', 'file:///%', 'untitled:%zz', 'untitled:\ud800', '%', ''])(
  '%s is taken as it stands',
  uri => {
    const path = pathOfUri(uri)
    expect(path).toMatch(/^\//)
    expect(pathOfUri(uriOfPath(path))).toBe(path)
  },
)

test.each([
  ['ipvm-wit:/a b/100%.ipvm/x.wit', 'ipvm-wit:/a%20b/100%25.ipvm/x.wit'],
  ['ipvm:effects', 'ipvm:effects'],
])('%s is a text that no file holds, and its URI is %s', (path, uri) => {
  expect(uriOfVirtual(path)).toBe(uri)
  expect(virtualOfUri(uri)).toBe(path)
})
