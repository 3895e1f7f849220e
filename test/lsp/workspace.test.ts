import { expect, test } from 'vitest'
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
