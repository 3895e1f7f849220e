import { describe, expect, test } from 'vitest'
import { incomingCalls, outgoingCalls, prepareCalls, type Calls } from '../../lsp/features/calls.ts'
import { Fixture } from './harness.ts'

const shown = (calls: Calls[]): string[] => calls.map(({ of, places }) => `${of.kind} ${of.name} ${places.length}`)

async function calls(files: Record<string, string> | string): Promise<{ incoming: string[]; outgoing: string[] }> {
  const fixture = new Fixture(files)
  const called = await fixture.at(prepareCalls)
  if (!called) return { incoming: [], outgoing: [] }
  // An editor keeps it as JSON.
  const kept = JSON.parse(JSON.stringify(called)) as typeof called
  const incoming = await incomingCalls(fixture.workspace, fixture.texts.keys(), kept)
  for (const { of, places } of incoming)
    for (const { start, end } of places) expect(fixture.texts.get(of.path)!.slice(start, end)).toMatch(/^[\w-]+$/)
  return { incoming: shown(incoming), outgoing: shown(await outgoingCalls(fixture.workspace, kept)) }
}

describe('who calls, and what is called', () => {
  test.each<[string, Record<string, string> | string, string[], string[]]>([
    ['jobs', 'job f┆() -> u8 { g() + g() + h() }\njob g() -> u8 { 1 }\njob h() -> u8 { 1 }\njob i() -> u8 { f() }\ntest "t" { assert f() == f() }', ['job i 1', 'test t 2'], ['job g 2', 'job h 1']],
    ['from a call', 'job f() -> u8 { g┆() }\njob g() -> u8 { h() }\njob h() -> u8 { 1 }', ['job f 1'], ['job h 1']],
    ['in `reduce`', 'job ad┆d(a: u8, b: u8) -> u8 { a + b }\njob f(xs: list<u8>) -> u8 { reduce xs with add }', ['job f 1'], []],
    ['over files', { 'a.ipvm': 'export job f┆() -> u8 { 1 }', 'b.ipvm': 'import { f as other } from "./a.ipvm"\njob g() -> u8 { other() }', 'c.ipvm': 'job f() -> u8 { 1 }\njob g() -> u8 { f() }' }, ['job g 1'], []],
    ['to other files', { 'main.ipvm': 'import { f } from "./a.ipvm"\njob g┆() -> u8 { f() }', 'a.ipvm': 'export job f() -> u8 { 1 }' }, [], ['job f 1']],
    ['an operation', 'import { time } from "ipvm:effects"\njob f() -> u64 { time.n┆ow() }\njob g() -> u64 uses time.now { time.now() + time.now() }\ntest "t" { given time.now() => 1\n assert f() == 1 }', ['job f 1', 'job g 2'], []],
    ['operations and functions are called', 'import { time } from "ipvm:effects"\nimport png from "./png.wasm"\njob f┆(b: bytes) -> u64 { let p = png.decode(b)\n let q = png.encode(p)\n time.now() }', [], ['function decode 1', 'function encode 1', 'operation now 1']],
    ['a function of a component', { 'a.ipvm': 'import png from "./png.wasm"\njob f(b: bytes) -> bytes { png.en┆code(png.decode(b)) }', 'b.ipvm': 'import other from "./png.wasm"\njob g(b: bytes) -> bytes { other.encode(other.decode(b)) }' }, ['job f 1', 'job g 1'], []],
    ['what is given in a test calls what it is given', 'import { time } from "ipvm:effects"\njob f┆() -> u64 { 1 }\ntest "t" { given time.now() => f()\n assert true }', ['test t 1'], []],
    ['a body that is broken', 'job f┆() -> u8 {\n  let a = \n  g()\n}\njob g() -> u8 { f( }', ['job g 1'], ['job g 1']],
  ])('%s', async (_, files, incoming, outgoing) => {
    expect(await calls(files)).toEqual({ incoming, outgoing })
  }) // prettier-ignore

  test('a job calls what it calls now, wherever it stands', async () => {
    const [one, two] = ['job aaa┆() -> u8 { g() }\n', 'job bbb() -> u8 { h() }\n']
    const rest = 'job g() -> u8 { 1 }\njob h() -> u8 { 1 }\n'
    const fixture = new Fixture(one + two + rest)
    const called = await fixture.at(prepareCalls)
    fixture.workspace.set('/main.ipvm', two + one.replace('┆', '') + rest)
    expect(shown(await outgoingCalls(fixture.workspace, called!))).toEqual(['job g 1'])
  })

  test('of two tests of one name each calls what it calls itself', async () => {
    const tests = 'test "t" { assert h() == 1 }\ntest "t" { assert g() == 1 }\n'
    const fixture = new Fixture(`job g┆() -> u8 { 1 }\njob h() -> u8 { 1 }\n${tests}`)
    const called = await fixture.at(prepareCalls)
    const [calls] = await incomingCalls(fixture.workspace, fixture.texts.keys(), called!)
    expect(shown(await outgoingCalls(fixture.workspace, calls!.of))).toEqual(['job g 1'])
  })

  test.each([
    ['a constant', 'const a┆ = 1'],
    ['a let', 'job f() -> u8 {\n  let a┆ = 1\n  a\n}'],
    ['a built-in', 'job f(x: bytes) -> u64 { len┆(x) }'],
  ])('%s is not called', async (_, text) => {
    expect(await new Fixture(text).at(prepareCalls)).toBeUndefined()
  })
})
