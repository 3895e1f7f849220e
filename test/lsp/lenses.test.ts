import { expect, test } from 'vitest'
import { lenses } from '../../lsp/features/lenses.ts'
import { Fixture } from './harness.ts'

async function shown(text: string): Promise<string[]> {
  const fixture = new Fixture(text)
  const found = await fixture.in('/main.ipvm', lenses)
  return found.map(lens => {
    const [name] = fixture.textsOf('/main.ipvm', [lens.range])
    return `${name}: ${lens.title} = ${lens.command}(${lens.arguments.join(', ')})`
  })
}

test('a job is run, shown and copied', async () => {
  expect(await shown('job one() -> u8 { 1 }')).toEqual([
    'one: Run = ipvm.run(/main.ipvm, one)',
    'one: Graph = ipvm.graph(/main.ipvm, one)',
    'one: Copy CID = ipvm.copyCid(/main.ipvm, one)',
  ])
})

test('a job that needs arguments asks for them', async () => {
  expect((await shown('job one(a: u8) -> u8 { a }'))[0]).toBe('one: Run… = ipvm.run(/main.ipvm, one)')
  expect((await shown('job one(a: u8 = 1) -> u8 { a }'))[0]).toBe('one: Run = ipvm.run(/main.ipvm, one)')
})

test('a test is run, and all of them above the first', async () => {
  expect(await shown('test "a" { assert true }\ntest "b, c" { assert true }')).toEqual([
    '"a": Test = ipvm.test(/main.ipvm, a)',
    '"a": All 2 tests = ipvm.test(/main.ipvm)',
    '"b, c": Test = ipvm.test(/main.ipvm, b, c)',
  ])
  expect(await shown('test "a" { assert true }')).toEqual(['"a": Test = ipvm.test(/main.ipvm, a)'])
})

test('they stay where something is wrong, but for what has no name', async () => {
  expect(await shown('job one() -> u8 { nothing(, }')).toHaveLength(3)
  expect(await shown('job () -> u8 { 1 }')).toEqual([])
})

test('nothing stands above what is no job', async () => {
  expect(await shown('const a: u8 = 1\ntype T = u8')).toEqual([])
})
