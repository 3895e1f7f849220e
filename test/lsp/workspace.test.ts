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

test('two that ask at once of files that import the same one are both answered', async () => {
  const jobs = Array.from({ length: 40 }, (_, i) => `export job f${i}() -> u8 { ${i} }\n`).join('')
  // What cannot be kept from one time to the next, since two have one name.
  const workspace = new Workspace(memoryHost({ '/c.ipvm': `${jobs}job f1() -> u8 { 1 }\n` }), 0, 0)
  for (const name of ['a', 'b'])
    workspace.set(`/${name}.ipvm`, 'import { f2 } from "./c.ipvm"\nexport job main() -> u8 { f2() + 1000 }\n')
  const asked = ['/a.ipvm', '/b.ipvm'].map(path => workspace.use(path, view => view.path))
  expect(await Promise.all(asked)).toEqual(['/a.ipvm', '/b.ipvm'])
})

test('what is wrong with a file that is no text is told where it is imported', async () => {
  const main = 'import { one } from "./lib.ipvm"\nexport job main() -> u8 { one() }\n'
  const workspace = new Workspace(memoryHost({ '/main.ipvm': main, '/lib.ipvm': new Uint8Array([0x2f, 0x2f, 0xff]) }))
  const told = await workspace.use('/main.ipvm', view =>
    view.diagnostics.map(({ span, message }) => [main.slice(span.start, span.end), message.slice(0, 45)]),
  )
  expect(told).toEqual([['"./lib.ipvm"', '`./lib.ipvm`: This file is not UTF-8: byte 2 ']])
})

test('while a long file is read and checked others have their turns, and it is found to be what it is', async () => {
  const text = (n: number): string =>
    Array.from({ length: 200 }, (_, i) => `job f${i}(a: u8) -> u8 { a + ${i === 150 ? n : 1} }\n\n`).join('')
  const told = async (works: (workspace: Workspace) => Promise<unknown>): Promise<void> => {
    const workspace = new Workspace(memoryHost({}), 0, 0)
    workspace.set('/a.ipvm', text(1))
    let isDone = false
    const work = works(workspace).then(found => {
      isDone = true
      return found
    })
    for (let i = 0; i < 100; i++) {
      const found = await workspace.useNear('/a.ipvm', text(1).indexOf('job f199'), (_, offset) => offset)
      expect([i, isDone, found]).toEqual([i, false, text(1).indexOf('job f199')])
    }
    // What changes meanwhile is taken as it is then.
    workspace.set('/a.ipvm', text(300))
    expect(await work).toEqual(['NumberRange'])
  }
  const diagnostics = (workspace: Workspace): Promise<string[] | undefined> =>
    workspace.use('/a.ipvm', view => view.diagnostics.map(({ name }) => name))
  await told(diagnostics)
  await told(workspace => workspace.useNames('/a.ipvm', () => undefined).then(() => diagnostics(workspace)))
  await told(workspace => workspace.useAt('/a.ipvm', -1, () => undefined).then(() => diagnostics(workspace)))
})

test('what nobody waits for any more is not read to its end', async () => {
  const workspace = new Workspace(memoryHost({}), 0, 0)
  workspace.set('/a.ipvm', Array.from({ length: 50 }, (_, i) => `job f${i}(a: u8) -> u8 { a }\n\n`).join(''))
  let asked = 0
  const goOn = (): void => {
    if (++asked === 3) throw new Error('nobody waits')
  }
  await expect(workspace.use('/a.ipvm', () => undefined, goOn)).rejects.toThrow('nobody waits')
  expect(asked).toBe(3)
})
