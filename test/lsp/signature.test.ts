import { describe, expect, test } from 'vitest'
import { signatureHelp, type SignatureHelp } from '../../lsp/features/signature.ts'
import { Fixture } from './harness.ts'

const head = `import filters from "./filters.wasm"
import png from "./png.wasm"
import { http, fs } from "ipvm:effects"
type Shape = variant { circle(f64), point }
/// Helps.
job helper(a: u32, b: string = "x", c: u8 = 0) -> u32 { a }
job none() -> u32 { 1 }
`

async function help(text: string): Promise<SignatureHelp | undefined> {
  const fixture = new Fixture(head + text)
  const { path, offset } = fixture.cursors[0]!
  return fixture.workspace.useAt(
    path,
    () => offset,
    view => signatureHelp(view, offset),
  )
}

/** The signature with the active parameter in `«»`. */
function shown(found: SignatureHelp | undefined): string | undefined {
  const active = found?.params[found.active]
  if (!found || !active) return found?.label
  const { label } = found
  return `${label.slice(0, active.start)}«${label.slice(active.start, active.end)}»${label.slice(active.end)}`
}

const helper = (active: string): string =>
  'helper(a: u32, b: string = "x", c: u8 = 0) -> u32'.replace(active, `«${active}»`)

describe('the parameter that is written', () => {
  test.each<[string, string, string]>([
    ['the first', 'job f() -> u32 { helper(┆) }', helper('a: u32')],
    ['the first of an open call', 'job f() -> u32 { helper(┆', helper('a: u32')],
    ['the first while it is typed', 'job f() -> u32 { helper(1┆) }', helper('a: u32')],
    ['the second', 'job f() -> u32 { helper(1, ┆) }', helper('b: string = "x"')],
    ['the second of an open call', 'job f() -> u32 { helper(1, ┆', helper('b: string = "x"')],
    ['one by its name', 'job f() -> u32 { helper(1, c: ┆) }', helper('c: u8 = 0')],
    ['one by its name that goes before', 'job f() -> u32 { helper(c: 1, a: ┆) }', helper('a: u32')],
    ['the next one that is free', 'job f() -> u32 { helper(1, b: "", ┆) }', helper('c: u8 = 0')],
    ['the next one behind names', 'job f() -> u32 { helper(a: 1, ┆) }', helper('b: string = "x"')],
    ['none that is left', 'job f() -> u32 { helper(1, "", 0, ┆) }', helper('nothing')],
    ['none of that name', 'job f() -> u32 { helper(z: ┆) }', helper('nothing')],
    ['no parameters at all', 'job f() -> u32 { none(┆) }', 'none() -> u32'],
    ['that of the inner call', 'job f() -> u32 { helper(helper(1, ┆)) }', helper('b: string = "x"')],
    [
      'that of the outer call behind an inner one',
      'job f() -> u32 { helper(helper(1), ┆) }',
      helper('b: string = "x"'),
    ],
    ['in a list', 'job f() -> u32 { helper([1, 2┆][0]) }', helper('a: u32')],
    ['in parentheses', 'job f() -> u32 { helper((1 + ┆)) }', helper('a: u32')],
    ['in the field of a record', 'job f() -> u32 { helper({ a: 1, b: ┆ }.a) }', helper('a: u32')],
    ['in a text', 'job f() -> u32 { helper(1, "a, ┆b") }', helper('b: string = "x"')],
    ['in an expression of a text', 'job f() -> string { "${helper(1, ┆)}" }', helper('b: string = "x"')],
    [
      'in an expression of a text that is not closed',
      'job f() -> string { "${helper(1, ┆" }',
      helper('b: string = "x"'),
    ],
    ['one by the name at which the cursor is', 'job f() -> u32 { helper(b┆: "", a: 2) }', helper('b: string = "x"')],
    ['behind a call in a text', 'job f() -> u32 { helper(1, "${none()} ┆") }', helper('b: string = "x"')],
    ['on a new line', 'job f() -> u32 {\n  helper(\n    1,\n    ┆\n  )\n}', helper('b: string = "x"')],
    [
      'with line ends of Windows',
      'job f() -> u32 {\r\n  helper(\r\n    1,\r\n    ┆\r\n  )\r\n}',
      helper('b: string = "x"'),
    ],
    ['behind a comma of a comment', 'job f() -> u32 {\n  helper(1 // a, b, 𝒜\n    , ┆)\n}', helper('b: string = "x"')],
    [
      'a function of a component',
      'job f(b: bytes) -> u32 { filters.image.blur(png.decode(b), ┆) }',
      'blur(picture: filters.image.picture, «radius: u32») -> filters.image.picture',
    ],
    [
      'a function that takes what the file has a name for',
      'type Picture = record { width: u32, height: u32, pixels: bytes }\njob f() -> Picture { filters.image.blur(┆) }',
      'blur(«picture: Picture», radius: u32) -> Picture',
    ],
    ['an operation', 'job f() -> bytes { fs.read(┆) }', 'read(«path: string») -> bytes'],
    [
      'an operation that is performed',
      'job f() -> u64 { do fs.write("", ┆) }',
      'write(path: string, «data: bytes») -> u64',
    ],
    ['an operation that is given', 'test "a" { given fs.read(┆) => b"" }', 'read(«path: string») -> bytes'],
    ['a case', 'job f() -> Shape { Shape.circle(┆) }', 'circle(«f64») -> Shape'],
    ['a constructor', 'job f() -> option<u8> { some(┆) }', 'some(«value: T») -> option<T>'],
    ['a built-in', 'job f() -> list<u8> { zip([1], ┆) }', 'zip(a: list<A>, «b: list<B>») -> list<tuple<A, B>>'],
    [
      'a built-in that takes more',
      'job f() -> bytes { concat(b"", b"", b"", ┆) }',
      'concat(a: list<T>, «b: list<T>») -> list<T>',
    ],
    [
      'behind unclosed parentheses above',
      'job f() -> u32 {\n  let a = none(\n  let b = helper(1, ┆\n}',
      helper('b: string = "x"'),
    ],
    ['after a broken line', 'job f() -> u32 {\n  let = = (\n  helper(1, ┆)\n}', helper('b: string = "x"')],
  ])('is %s', async (_, text, expected) => {
    expect(shown(await help(text))).toBe(expected)
  })

  test.each([
    ['outside of a call', 'job f() -> u32 { helper(1) + ┆ }'],
    ['behind a call', 'job f() -> u32 { helper(1)┆ }'],
    ['at the name', 'job f() -> u32 { hel┆per(1) }'],
    ['where parameters are declared', 'job f(a: u8, ┆) -> u32 { 1 }'],
    ['where parameters of operations are declared', 'effect m("m:") { query a(x: u8, ┆) -> u8 }'],
    ['in a comment', 'job f() -> u32 { helper(1, // ┆\n 2) }'],
    ['in parentheses alone', 'job f() -> u32 { (1 + ┆) }'],
    ['of a local', 'job f(helper: u32) -> u32 { helper(┆) }'],
    ['of a `let`', 'job f() -> u32 {\n  let helper = 1\n  helper(┆)\n}'],
    ['of what is unknown', 'job f() -> u32 { nothing(┆) }'],
    ['in the block of a loop', 'job f() -> list<u32> { for x in helper(1) { ┆ } }'],
  ])('is none %s', async (_, text) => {
    expect(await help(text)).toBeUndefined()
  })

  test('has the docs of what is called', async () => {
    expect((await help('job f() -> u32 { helper(┆) }'))?.docs).toBe('Helps.')
    expect((await help('job f() -> bytes { fs.read(┆) }'))?.docs).toMatch(/^Reads a file\./)
    expect((await help('job f() -> u64 { len(┆) }'))?.docs).toMatch(/^The number of the elements/)
  })
})
