import { describe, expect, test } from 'vitest'
import { documentHighlights, references } from '../../lsp/features/references.ts'
import { Fixture } from './harness.ts'

/** Looks for what is at the cursor: every place that is underlined, and no other; `declares`, `write` or `read` behind. */
async function finds(files: Record<string, string> | string): Promise<void> {
  const fixture = new Fixture(files)
  const { path, offset } = fixture.cursors[0]!
  const found = await references(fixture.workspace, fixture.texts.keys(), path, offset)
  const wanted = fixture.marks.map(({ path, range, text }) => `${path} ${range.start}-${range.end} ${text}`)
  expect(wanted.length).toBeGreaterThan(0)
  const told = found
    .filter(({ path }) => fixture.texts.has(path))
    .map(({ path, start, end, kind, declares }) => `${path} ${start}-${end} ${declares ? 'declares' : kind}`)
  expect(told.sort()).toEqual(wanted.sort())
}

describe('in one file', () => {
  test.each([
    ['a let', `job f() -> u32 {
  let a = 1
      ~ declares
  a┆ + a
  ~ read
      ~ read
}`], // prettier-ignore
    ['of two lets of one name the inner one', `job f(a: u32) -> u32 {
  if true {
    let a = a
        ~ declares
    ┆a
    ~ read
  } else { a }
}`], // prettier-ignore
    ['a parameter with named arguments', `job f(si┆ze: u32) -> u32 { size }
      ~~~~ declares
                          ~~~~ read
job g(size: u32) -> u32 { f(size: size) + f(1) }
                            ~~~~ write`], // prettier-ignore
    ['a job that is called like a type', `job list┆() -> list<u8> { [] }
    ~~~~ declares
job f() -> list<u8> { list() }
                      ~~~~ read`], // prettier-ignore
    ['a job', `job f() -> u32 { 1 }
    ~ declares
job g(f: u32) -> u32 { f }
job h() -> u32 { f┆() + f() }
                 ~ read
                       ~ read
test "f" { assert f() == 1 }
                  ~ read`], // prettier-ignore
    ['a type', `type Si┆ze = u32
     ~~~~ declares
type All = list<Size>
                ~~~~ read
job f(s: Size) -> option<Size> { let t: Size = s
         ~~~~ read
                         ~~~~ read
                                        ~~~~ read
  some(t as Size) }
            ~~~~ read`], // prettier-ignore
    ['a field', `type Size = record { width: u32 }
                     ~~~~~ declares
type Other = record { width: u32, height: u32 }
job f(s: Size, o: Other) -> Size { { wid┆th: s.width + o.width } }
                                     ~~~~~ write
                                              ~~~~~ read`], // prettier-ignore
    ['a case', `type C = enum { red, green }
                ~~~ declares
job f(c: C) -> C { match c { red => C.re┆d, green => C.green } }
                             ~~~ read
                                      ~~~ read`], // prettier-ignore
    ['a case with a payload', `type V = variant { none, so┆me(u8) }
                         ~~~~ declares
job f(c: V) -> V { match c { some(x) => V.some(x), none => V.none } }
                             ~~~~ read
                                          ~~~~ read`], // prettier-ignore
    ['a flag', `type F = flags { read, write }
                       ~~~~~ declares
job f() -> F { { read, wri┆te } }
                       ~~~~~ read`], // prettier-ignore
    ['an operation', `effect mail("mailto:") { query unread(box: string) -> u32 }
                               ~~~~~~ declares
export job f() -> u32 uses mail.unread { mail.un┆read("a") }
                                ~~~~~~ read
                                              ~~~~~~ read
test "t" {
  given mail.unread(box: "a") => 1
             ~~~~~~ read
  assert f() == 1
}`], // prettier-ignore
    ['a parameter of an operation', `effect mail("mailto:") { query unread(b┆ox: string) -> u32 }
                                      ~~~ declares
job f(box: string) -> u32 { mail.unread(box: box) }
                                        ~~~ write
test "t" { given mail.unread(box: "a") => 1 }
                             ~~~ write`], // prettier-ignore
    ['a component', `import im┆age from "./filters.wasm"
       ~~~~~ declares
job f(p: image.image.picture) -> image.image.picture { image.image.grayscale(p) }
         ~~~~~ read
                                 ~~~~~ read
                                                       ~~~~~ read`], // prettier-ignore
    ['a function that an import states', `import f from "./png.wasm" { decode: func(file: bytes) -> record { width: u32, height: u32, pixels: bytes } }
                             ~~~~~~ read
job g(x: bytes) -> u32 { f.dec┆ode(x).width }
                           ~~~~~~ read`], // prettier-ignore
    ['a parameter of a function that an import states', `import f from "./png.wasm" { decode: func(file: bytes) -> record { width: u32, height: u32, pixels: bytes } }
                                          ~~~~ read
job g(x: bytes) -> u32 { f.decode(fi┆le: x).width }
                                  ~~~~ write`], // prettier-ignore
    ['what was not found', `import { non┆e } from "./none.ipvm"
         ~~~~ declares
job f() -> u32 { none() }
                 ~~~~ read`], // prettier-ignore
    ['behind a broken line', `job f(size: u32) -> u32 {
      ~~~~ declares
  let = 
  siz┆e
  ~~~~ read
}`], // prettier-ignore
    ['with astral characters and CRLF', '// \u{1f600}\r\njob f(a: string) -> string {\r\n      ~ declares\n  "\u{1f600}${a┆}"\r\n       ~ read\n}'], // prettier-ignore
  ])('%s', async (_, text) => finds(text))
})

describe('in many files', () => {
  const importing = `import { Size, fit as fits } from "./shapes.ipvm"`

  test.each<[string, Record<string, string>]>([
    ['a job, under other names too', {
      'shapes.ipvm': 'export job f┆it() -> u8 { 1 }\n           ~~~ declares',
      'a.ipvm': 'import { fit } from "./shapes.ipvm"\n         ~~~ read\njob g() -> u8 { fit() }\n                ~~~ read',
      'b.ipvm': 'import { fit as f } from "./shapes.ipvm"\n         ~~~ read\n                ~ read\njob g() -> u8 { f() }\n                ~ read',
      'c.ipvm': 'job fit() -> u8 { 1 }\njob g() -> u8 { fit() }',
    }],
    ['from where it has another name', {
      'main.ipvm': 'import { fit as f } from "./shapes.ipvm"\n         ~~~ read\n                ~ read\njob g() -> u8 { f┆() }\n                ~ read',
      'shapes.ipvm': 'export job fit() -> u8 { 1 }\n           ~~~ declares',
    }],
    ['a parameter, by calls that name it', {
      'shapes.ipvm': 'export job fit(s┆ize: u8) -> u8 { size }\n               ~~~~ declares\n                                 ~~~~ read',
      'a.ipvm': 'import { fit as f } from "./shapes.ipvm"\njob g(size: u8) -> u8 { f(size: size) }\n                          ~~~~ write',
    }],
    ['a field', {
      'main.ipvm': `${importing}\njob g(s: Size) -> u32 { s.wi┆dth }\n                          ~~~~~ read`,
      'shapes.ipvm': 'type Size = record { width: u32 }\n                     ~~~~~ declares\nexport job fit(s: Size) -> u32 { s.width }\n                                   ~~~~~ read',
    }],
    ['a function of a component', {
      'a.ipvm': 'import f from "./filters.wasm"\njob g(p: f.image.picture) -> f.image.picture { f.image.gray┆scale(p) }\n                                                       ~~~~~~~~~ read',
      'b.ipvm': 'import image from "./filters.wasm"\njob g(p: image.image.picture) -> image.image.picture { image.image.grayscale(p) }\n                                                                   ~~~~~~~~~ read',
      'c.ipvm': 'import png from "./png.wasm"\njob grayscale() -> u8 { 1 }\njob g() -> u8 { grayscale() }',
    }],
    ['an operation of the language', {
      'a.ipvm': 'import { http } from "ipvm:effects"\njob g() -> u8 { let a = http.g┆et("")\n                             ~~~ read\n 1 }',
      'b.ipvm': 'import { http as web } from "ipvm:effects"\njob g() -> u8 { let a = web.get("")\n                            ~~~ read\n 1 }',
    }],
  ])('%s', async (_, files) => finds(files)) // prettier-ignore

  test('what a text of the language declares is found there', async () => {
    const fixture = new Fixture('import { http } from "ipvm:effects"\njob g() -> u8 { let a = http.g┆et("")\n 1 }')
    const { path, offset } = fixture.cursors[0]!
    const [first] = await references(fixture.workspace, fixture.texts.keys(), path, offset)
    expect(first).toMatchObject({ path: 'ipvm:effects', declares: true })
  })

  test('files that do not hold the name are not read further, nor others for what only a body names', async () => {
    const fixture = new Fixture({
      'main.ipvm': 'export job fit(a: u8) -> u8 {\n  let local┆ = a\n  local\n}',
      'b.ipvm': 'job local() -> u8 { 1 }',
      'c.ipvm': 'job other() -> u8 { 1 }',
    })
    const used: string[] = []
    const { workspace } = fixture
    const use = workspace.use.bind(workspace)
    workspace.use = (path, feature) => (used.push(path), use(path, feature))
    const { path, offset } = fixture.cursors[0]!
    await references(workspace, fixture.texts.keys(), path, offset)
    expect(new Set(used)).toEqual(new Set(['/main.ipvm']))
    await references(workspace, fixture.texts.keys(), path, fixture.texts.get(path)!.indexOf('fit'))
    expect(new Set(used)).toEqual(new Set(['/main.ipvm']))
  })
})

test.each([
  ['no name', 'job f() -> u8 { 1┆ }'],
  ['a built-in', 'job f(x: list<u8>) -> u64 { le┆n(x) }'],
  ['a keyword', 'j┆ob f() -> u8 { 1 }'],
])('nothing at %s', async (_, text) => {
  const fixture = new Fixture(text)
  const { path, offset } = fixture.cursors[0]!
  expect(await references(fixture.workspace, fixture.texts.keys(), path, offset)).toEqual([])
  expect(await fixture.at(documentHighlights)).toEqual([])
})

test('highlights are those of one file', async () => {
  const fixture = new Fixture({
    'main.ipvm': 'import { fit } from "./s.ipvm"\njob g() -> u8 { f┆it(size: 1) }',
    's.ipvm': 'export job fit(size: u8) -> u8 { 1 }',
  })
  const found = await fixture.at(documentHighlights)
  expect(found.map(({ start, end, kind }) => [start, end, kind])).toEqual([
    [9, 12, 'read'],
    [47, 50, 'read'],
  ])
})
