import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Location, WorkspaceEdit } from 'vscode-languageserver/node'
import { Client, uriOf } from './client.ts'

const importing = 'import { fit } from "./s.ipvm"\njob g() -> u8 { fit() }\n'
const shapes = 'export job fit() -> u8 { 1 }\n'

let client: Client
let folder: string
/** The folder as the editor names it, which is a symbolic link. */
let link: string

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ipvm-link-')))
  mkdirSync(join(folder, 'real'))
  link = join(folder, 'L')
  symlinkSync(join(folder, 'real'), link)
  writeFileSync(join(link, 'a.ipvm'), importing)
  writeFileSync(join(link, 's.ipvm'), shapes)
  client = new Client(undefined, folder)
  await client.start([link])
})
afterEach(async () => {
  client.child.kill()
  await client.ended
  rmSync(folder, { recursive: true })
})

/** The texts that are written when a file gets another path, by files. */
async function renamed(from: string, to: string): Promise<Record<string, string[]>> {
  const files = [{ oldUri: uriOf(join(link, from)), newUri: uriOf(join(link, to)) }]
  const { documentChanges } = await client.connection.sendRequest<WorkspaceEdit>('workspace/willRenameFiles', { files })
  return Object.fromEntries(
    documentChanges!.flatMap(change =>
      'edits' in change
        ? [[change.textDocument.uri, change.edits.map(edit => ('newText' in edit ? edit.newText : ''))]]
        : [],
    ),
  )
}

test('paths of imports follow files that are renamed', async () => {
  const uri = uriOf(join(link, 'a.ipvm'))
  expect(await renamed('s.ipvm', 't.ipvm')).toEqual({ [uri]: ['"./t.ipvm"'] })
  expect(await renamed('s.ipvm', 'new/deep/s.ipvm')).toEqual({ [uri]: ['"./new/deep/s.ipvm"'] })
  expect(await renamed('a.ipvm', 'sub/a.ipvm')).toEqual({ [uri]: ['"../s.ipvm"'] })
})

test('files that are not open are named as the editor names its folder', async () => {
  await client.open(join(link, 's.ipvm'), shapes)
  const position = { line: 0, character: 12 }
  const found = await client.ask<Location[]>('references', join(link, 's.ipvm'), {
    ...{ position, context: { includeDeclaration: true } },
  })
  const [a, s] = ['a.ipvm', 's.ipvm'].map(name => uriOf(join(link, name)))
  expect(found.map(({ uri }) => uri).sort()).toEqual([a, a, s])
})
