import { expect, test } from 'vitest'
import { Workspace } from '../../lsp/workspace.ts'
import { memoryHost } from '../harness/host.ts'
import { Fixture } from './harness.ts'

test('a file that was looked at is checked with what was found in others since then', async () => {
  const files = {
    // Where a file is wrong that another one imports, nothing is said of what is hardly meant.
    'main.ipvm': 'import { one } from "./lib.ipvm"\n\nexport job main() -> u8 {\n  let unused = 1\n  one()\n}\n',
    'lib.ipvm': 'export job one() -> u8 { 256 }\n',
  }
  const told = async (asked: (fixture: Fixture) => Promise<unknown>): Promise<string[]> => {
    const fixture = new Fixture(files)
    await asked(fixture)
    return fixture.in('/main.ipvm', view => view.diagnostics.map(({ name }) => name))
  }
  const at = (fixture: Fixture): Promise<unknown> => fixture.workspace.useAt('/main.ipvm', 80, () => undefined)
  const once = await told(async () => undefined)
  expect(once).toEqual([])
  expect(await told(at)).toEqual(once)
  expect(await told(async fixture => [await at(fixture), await fixture.in('/lib.ipvm', () => undefined)])).toEqual(once)
})

test('what is wrong with a file that is no text is told where it is imported', async () => {
  const main = 'import { one } from "./lib.ipvm"\nexport job main() -> u8 { one() }\n'
  const workspace = new Workspace(memoryHost({ '/main.ipvm': main, '/lib.ipvm': new Uint8Array([0x2f, 0x2f, 0xff]) }))
  const told = await workspace.use('/main.ipvm', view =>
    view.diagnostics.map(({ span, message }) => [main.slice(span.start, span.end), message.slice(0, 45)]),
  )
  expect(told).toEqual([['"./lib.ipvm"', '`./lib.ipvm`: This file is not UTF-8: byte 2 ']])
})
