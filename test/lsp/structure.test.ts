import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { folds } from '../../lsp/features/folding.ts'
import { linkedRanges } from '../../lsp/features/linked-editing.ts'
import { documentLinks } from '../../lsp/features/links.ts'
import { selectionRanges } from '../../lsp/features/selection.ts'
import { nodesAt } from '../../lsp/tree.ts'
import { Fixture } from './harness.ts'

/** Lines that end with `// N` begin a fold that ends with the line that ends with `/N`. */
async function foldsTo(text: string, wanted: string[]): Promise<void> {
  const found = await new Fixture(text).in('/main.ipvm', folds)
  expect(found.map(({ first, last, kind }) => `${first}-${last}${kind ? ` ${kind}` : ''}`)).toEqual(wanted)
}

test('of two lines that touch the one that starts there is meant', async () => {
  const text = 'job f() -> u8 {\n  let a = (1)let b = 2\n  b\n}\n'
  const path = await new Fixture(text).in('/main.ipvm', ({ tree }) => nodesAt(tree, text.indexOf('let b')))
  expect(path.at(-1)).toMatchObject({ kind: 'Let', name: { text: 'b' } })
})

describe('folding', () => {
  test.each<[string, string, string[]]>([
    ['a body', 'job f() -> u8 {\n  let a = 1\n  a\n}', ['0-2']],
    ['blocks in it', 'job f() -> u8 {\n  if true {\n    1\n  } else {\n    2\n  }\n}', ['0-5', '1-2', '3-4']],
    ['a match', 'job f(v: option<u8>) -> u8 {\n  match v {\n    some(x) => x,\n    none => 0,\n  }\n}', ['0-4', '1-3']],
    ['parameters', 'job f(\n  a: u8,\n  b: u8,\n) -> u8 {\n  a\n}', ['0-2', '3-4']],
    ['parameters, `uses` below', 'job f(\n  a: u8,\n) -> u8\n  uses x.y\n{\n  a\n}', ['0-1', '4-5']],
    ['types', 'type A = record {\n  x: u8,\n}\ntype B = variant {\n  a,\n  b,\n}', ['0-1', '3-5']],
    ['records, lists and calls', 'job f() -> u8 {\n  let a = {\n    x: 1,\n  }\n  let b = [\n    1,\n  ]\n  g(\n    a,\n  )\n}', ['0-9', '1-2', '4-5', '7-8']],
    ['imports', 'import a from "./a.wasm"\nimport b from "./b.wasm"\nimport {\n  c,\n} from "./c.ipvm"\n\njob f() -> u8 { 1 }', ['0-4 imports', '2-3']],
    ['imports alone', 'import a from "./a.wasm"\nimport b from "./b.wasm"', ['0-1 imports']],
    ['comments', '// a\n// b\n// c\n\n// d\njob f() -> u8 { 1 } // e\n// f', ['0-2 comment']],
    ['comments in a body', 'job f() -> u8 {\n  // a\n  // b\n  1\n}', ['0-3', '1-2 comment']],
    ['regions', '// #region one\n// of it\njob f() -> u8 {\n  // region two\n  1\n  // endregion\n}\n// #endregion one\n// #region three\njob g() -> u8 { 1 }\n// #endregion', ['0-7 region', '2-5', '3-5 region', '8-10 region']],
    ['regions that are not closed, and not opened', '// #endregion\n// a\njob f() -> u8 { 1 }\n// #region one\n// #region two\njob g() -> u8 { 1 } // #endregion\n/// #endregion\n// #endregion', ['0-1 comment', '4-7 region']],
    ['an effect, limits, a test', 'effect m("m:") {\n  query a() -> u8\n}\nconfig {\n  time: 1s\n}\ntest "a" {\n  assert true\n}', ['0-1', '3-4', '6-7']],
    ['limits of a call', 'job f() -> u8 {\n  g() with {\n    time: 1s\n  }\n}', ['0-3', '1-2']],
    ['nothing on one line', 'job f() -> u8 { if true { 1 } else { 2 } }', []],
    ['CRLF', 'job f() -> u8 {\r\n  1\r\n}\r\n', ['0-1']],
    ['a body that is not closed', 'job f() -> u8 {\n  let a = 1\n  a\njob g() -> u8 {\n  1\n}', ['0-1', '3-4']],
  ])('%s', (_, text, wanted) => foldsTo(text, wanted)) // prettier-ignore
})

describe('selection', () => {
  /** What is selected, one after the other. */
  const selects = async (text: string): Promise<string[]> => {
    const fixture = new Fixture(text)
    const found = await fixture.at(selectionRanges)
    return fixture.textsOf('/main.ipvm', found)
  }

  test.each<[string, string, string[]]>([
    ['a name', 'job f(a: u8) -> u8 { g(a┆ + 1, 2) }', ['a', 'a + 1', 'a + 1, 2', '(a + 1, 2)', 'g(a + 1, 2)', ' g(a + 1, 2) ', '{ g(a + 1, 2) }']],
    ['a word of a comment', '// one tw┆o\n// three\njob f() -> u8 { 1 }', ['two', 'one two', '// one two', '// one two\n// three']],
    ['in a text', 'const a = "one tw┆o"', ['two', 'one two', '"one two"', 'const a = "one two"']],
    ['in parentheses', 'const a = ((1┆ + 2)) * 3', ['1', '1 + 2', '(1 + 2)', '((1 + 2))', '((1 + 2)) * 3', 'const a = ((1 + 2)) * 3']],
    ['a field of a record', 'const a = { x: 1┆, y: 2 }', ['1', 'x: 1', 'x: 1, y: 2', ' x: 1, y: 2 ', '{ x: 1, y: 2 }']],
    ['a parameter', 'job f(a: u┆8, b: u8) -> u8 { a }', ['u8', 'a: u8', 'a: u8, b: u8', '(a: u8, b: u8)']],
    ['a job with its docs', '/// Docs.\njob f┆() -> u8 { 1 }\njob g() -> u8 { 2 }', ['f', 'job f() -> u8 { 1 }', '/// Docs.\njob f() -> u8 { 1 }']],
    ['a kebab name', 'job f(a-b┆-c: u8) -> u8 { 1 }', ['a-b-c', 'a-b-c: u8', '(a-b-c: u8)']],
    ['arms', 'job f(v: option<u8>) -> u8 { match v { some(x) => x┆, none => 0 } }', ['x', 'some(x) => x', 'some(x) => x, none => 0']],
    ['half a call', 'job f() -> u8 { g(a┆ }', ['a']],
  ])('%s', async (_, text, wanted) => {
    const found = await selects(text)
    expect(found).toEqual(expect.arrayContaining(wanted))
    expect(found.filter(part => wanted.includes(part))).toEqual(wanted)
    expect(found.at(-1)).toBe(text.replace('┆', ''))
  }) // prettier-ignore

  test('each holds the one before, whatever the place', async () => {
    const text = readFileSync(new URL('../../examples/trip/trip.ipvm', import.meta.url), 'utf8')
    const fixture = new Fixture(text)
    await fixture.in('/main.ipvm', view =>
      fc.assert(
        fc.property(fc.nat(text.length), offset => {
          const found = selectionRanges(view, offset)
          expect(found.at(-1)).toEqual({ start: 0, end: text.length })
          for (const [i, { start, end }] of found.entries()) {
            expect(start <= offset && offset <= end).toBe(true)
            const last = found[i - 1]
            if (last) expect(start <= last.start && last.end <= end && end - start > last.end - last.start).toBe(true)
          }
        }),
        { numRuns: 300 },
      ),
    )
  })
})

describe('links', () => {
  test.each<[string, string, string[]]>([
    ['imports and what is embedded', 'import f from "./filters.wasm"\nimport { a } from "./a.ipvm"\nconst b = embed "./a.ipvm"', ['./filters.wasm ipvm-wit:/main.ipvm/f.wit', './a.ipvm /a.ipvm', './a.ipvm /a.ipvm']],
    ['the language', 'import { http } from "ipvm:effects"', ['ipvm:effects ipvm:effects']],
    ['nothing that is not there', 'import { a } from "./none.ipvm"\nimport m from ""\nconst b = "./a.ipvm" // ./a.ipvm https://a.example', []],
  ])('%s', async (_, text, wanted) => {
    const fixture = new Fixture({ 'main.ipvm': text, 'a.ipvm': 'const a = 1' })
    const found = await fixture.in('/main.ipvm', documentLinks)
    expect(found.map(({ start, end, path }) => `${text.slice(start, end)} ${path}`)).toEqual(wanted)
  }) // prettier-ignore
})

describe('linked editing', () => {
  test.each<[string, string, number | undefined]>([
    ['a let', 'job f() -> u8 {\n  let a┆ = 1\n  a + a\n}', 3],
    ['a parameter of a job of the file', 'job f(a┆: u8) -> u8 { a }', 2],
    ['one that an argument names', 'job f(a┆: u8) -> u8 { a }\njob g() -> u8 { f(a: 1) }', undefined],
    ['one of an exported job', 'export job f(a┆: u8) -> u8 { a }', undefined],
    ['a let of an exported job', 'export job f(a: u8) -> u8 {\n  let b┆ = a\n  b\n}', 2],
    ['a job', 'job f┆() -> u8 { 1 }', undefined],
    ['no name', 'job f() -> u8 { 1┆ }', undefined],
  ])('%s', async (_, text, wanted) => {
    const found = await new Fixture(text).at(linkedRanges)
    expect(found?.length).toBe(wanted)
  })
})
