import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WorkspaceEdit } from 'vscode-languageserver/node'
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
