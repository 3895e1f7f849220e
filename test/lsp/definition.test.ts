import { describe, expect, test } from 'vitest'
import { virtualText } from '../../lsp/virtual.ts'
import { definition, type Definition } from '../../lsp/features/definition.ts'
import { typeDefinition } from '../../lsp/features/type-definition.ts'
import { Fixture } from './harness.ts'

/** `path:text of the name` with a few letters before it, where a definition leads. */
async function leads(
  files: Record<string, string> | string,
  feature: typeof definition = definition,
): Promise<string | undefined> {
  const fixture = new Fixture(files)
  const found: Definition | undefined = await fixture.at(feature)
  if (!found) return undefined
  const { path, name } = found.target
  const text = fixture.texts.get(path) ?? (await virtualText(fixture.workspace, path)) ?? ''
  const before = text.slice(text.lastIndexOf('\n', name.start - 1) + 1, name.start).trimStart()
  return `${path}: ${before}<${text.slice(name.start, name.end)}>`
}

const main = '/main.ipvm'

describe('in one file', () => {
  test.each([
    ['a parameter', 'job f(size: u32) -> u32 { s┆ize + 1 }', 'job f(<size>'],
    ['the declaration itself', 'job f(si┆ze: u32) -> u32 { size + 1 }', 'job f(<size>'],
    ['a let', 'job f() -> u32 {\n  let a = 1\n  a┆ + 1\n}', 'let <a>'],
    [
      'the inner of two',
      'job f() -> u32 {\n  let a = 1\n  if true { let a = 2\n a┆ } else { a }\n}',
      'if true { let <a>',
    ],
    ['a loop', 'job f(xs: list<u32>) -> list<u32> { for x, i in xs { x + (i┆ as u32) } }', 'job f(xs: list<u32>) -> list<u32> { for x, <i>'], // prettier-ignore
    ['a pattern', 'job f(v: option<u8>) -> u8 { match v { some(x) => ┆x, none => 0 } }', 'job f(v: option<u8>) -> u8 { match v { some(<x>'], // prettier-ignore
    ['a catch', 'job g() -> u8 { 1 }\njob f() -> string { "${g()}" catch e => e┆.message }', 'job f() -> string { "${g()}" catch <e>'], // prettier-ignore
    ['a fold', 'job f(xs: list<u8>) -> u8 { fold xs from 0 with (acc, x) => a┆cc + x }', 'job f(xs: list<u8>) -> u8 { fold xs from 0 with (<acc>'], // prettier-ignore
    ['a job', 'job f() -> u8 { 1 }\njob g() -> u8 { f┆() }', 'job <f>'],
    ['a job in `reduce`', 'job add(a: u8, b: u8) -> u8 { a + b }\njob g(xs: list<u8>) -> u8 { reduce xs with a┆dd }', 'job <add>'], // prettier-ignore
    ['a constant', 'const edge: u32 = 1\njob g() -> u32 { edg┆e }', 'const <edge>'],
    ['a constant in a default', 'const edge: u32 = 1\njob g(e: u32 = edg┆e) -> u32 { e }', 'const <edge>'],
    ['a type', 'type Size = u32\njob g(e: Siz┆e) -> u32 { e }', 'type <Size>'],
    ['a type in a type', 'type Size = u32\ntype All = list<Siz┆e>', 'type <Size>'],
    ['a named argument', 'job f(size: u32) -> u32 { size }\njob g() -> u32 { f(si┆ze: 1) }', 'job f(<size>'],
    ['an operation', 'effect mail("mailto:") { query unread(box: string) -> u32 }\njob g() -> u32 { mail.unr┆ead("a") }', 'effect mail("mailto:") { query <unread>'], // prettier-ignore
    ['its effect', 'effect mail("mailto:") { query unread(box: string) -> u32 }\njob g() -> u32 { ma┆il.unread("a") }', 'effect <mail>'], // prettier-ignore
    ['its parameter', 'effect mail("mailto:") { query unread(box: string) -> u32 }\njob g() -> u32 { mail.unread(bo┆x: "a") }', 'effect mail("mailto:") { query unread(<box>'], // prettier-ignore
    ['in `uses`', 'effect mail("mailto:") { query unread(box: string) -> u32 }\nexport job g() -> u32 uses mail.un┆read { mail.unread("a") }', 'effect mail("mailto:") { query <unread>'], // prettier-ignore
    ['in `given`', 'effect mail("mailto:") { query unread(box: string) -> u32 }\ntest "t" { given mail.unread(b┆ox: _) => 1 }', 'effect mail("mailto:") { query unread(<box>'], // prettier-ignore
    ['what an effect waits for', 'effect log("log:") { note write(m: string) -> () }\neffect t("t:") { query now() -> u64 }\njob g() -> u64 {\n  let a = t.now()\n  log.write("x") after ┆a\n  a\n}', 'let <a>'], // prettier-ignore
  ])('%s', async (_, text, wanted) => {
    expect(await leads(text)).toBe(`${main}: ${wanted}`)
  })

  test.each([
    [
      'a field',
      'type Size = record { width: u32 }\njob g(s: Size) -> u32 { s.wi┆dth }',
      'type Size = record { <width>',
    ],
    ['a field of a literal', 'type Size = record { width: u32 }\njob g() -> Size { { wid┆th: 1 } }', 'type Size = record { <width>'], // prettier-ignore
    ['a field of a type inside', 'type In = record { a: u8 }\ntype Out = record { b: In }\njob g(o: Out) -> u8 { o.b.┆a }', 'type In = record { <a>'], // prettier-ignore
    ['of two alike that of the annotation', 'type A = record { x: u8 }\ntype B = record { x: u8 }\njob g(b: B) -> u8 { b.x┆ }', 'type B = record { <x>'], // prettier-ignore
    ['of a record that is made like a type', 'type A = record { x: u8 }\njob g() -> u8 {\n  let a = { x: 1 as u8 }\n  a.x┆\n}', 'type A = record { <x>'], // prettier-ignore
    ['of a type that is written in place', 'job g(a: record { x: u8 }) -> u8 { a.x┆ }', 'job g(a: record { <x>'],
    ['a case', 'type C = enum { red, green }\njob g() -> C { C.gre┆en }', 'type C = enum { red, <green>'],
    ['a case in a pattern', 'type C = enum { red, green }\njob g(c: C) -> u8 { match c { re┆d => 1, green => 2 } }', 'type C = enum { <red>'], // prettier-ignore
    ['a case with a payload', 'type V = variant { none, some(u8) }\njob g() -> V { V.so┆me(1) }', 'type V = variant { none, <some>'], // prettier-ignore
    ['a flag', 'type F = flags { read, write }\njob g() -> F { { wr┆ite } }', 'type F = flags { read, <write>'],
  ])('%s', async (_, text, wanted) => {
    expect(await leads(text)).toBe(`${main}: ${wanted}`)
  })

  test.each([
    ['a record that no type is like', 'job g() -> u8 {\n  let a = { x: 1 as u8 }\n  a.x┆\n}'],
    ['a built-in', 'job g(x: list<u8>) -> u64 { le┆n(x) }'],
    ['a built-in type', 'job g(x: list<u┆8>) -> u64 { len(x) }'],
    ['a case of `option`', 'job g(v: option<u8>) -> u8 { match v { so┆me(x) => x, none => 0 } }'],
    ['what is unknown', 'job g() -> u8 { unkn┆own }'],
    ['a comment', '// a comm┆ent\njob g() -> u8 { 1 }'],
    ['a name in a text', 'job g(a: u8) -> string { "a┆" }'],
    ['a setting', 'config { ti┆me: 1s }\njob g() -> u8 { 1 }'],
  ])('nothing: %s', async (_, text) => {
    expect(await leads(text)).toBeUndefined()
  })
})

describe('in other files', () => {
  const shapes = 'type Size = record { width: u32 }\nconst page: u32 = 1\nexport job fit(size: Size) -> Size { size }\n'
  const importing = 'import { Size, page as paper, fit } from "./shapes.ipvm"\n'

  test.each([
    ['a job', 'export job main(s: Size) -> Size { fi┆t(s) }', 'export job <fit>'],
    ['a type', 'export job main(s: Si┆ze) -> Size { fit(s) }', 'type <Size>'],
    ['a constant under another name', 'export job main() -> u32 { pape┆r }', 'const <page>'],
    ['a field', 'export job main(s: Size) -> u32 { s.wid┆th }', 'type Size = record { <width>'],
    ['a named argument', 'export job main(s: Size) -> Size { fit(siz┆e: s) }', 'export job fit(<size>'],
  ])('%s', async (_, text, wanted) => {
    expect(await leads({ 'main.ipvm': importing + text, 'shapes.ipvm': shapes })).toBe(`/shapes.ipvm: ${wanted}`)
  })

  test.each([
    ['a name of an import', 'import { fi┆t } from "./shapes.ipvm"', 'export job <fit>'],
    ['its other name', 'import { fit as f┆it2 } from "./shapes.ipvm"', 'export job <fit>'],
    ['a path', 'import { fit } from "./sh┆apes.ipvm"', '<>'],
    ['a path to be embedded', 'const a = embed "./sh┆apes.ipvm"', '<>'],
  ])('%s', async (_, text, wanted) => {
    expect(await leads({ 'main.ipvm': text, 'shapes.ipvm': shapes })).toBe(`/shapes.ipvm: ${wanted}`)
  })

  test('an effect that `uses` names by its own name, and that is not imported', async () => {
    const files = {
      'main.ipvm': 'import { g } from "./b.ipvm"\nexport job h() -> u8 uses mail.fet┆ch { g() }',
      'b.ipvm': 'import { mail as m } from "./a.ipvm"\nexport job g() -> u8 uses m.fetch { m.fetch("x") }',
      'a.ipvm': 'effect mail("x:") { query fetch(box: string) -> u8 }',
    }
    expect(await leads(files)).toBe('/a.ipvm: effect mail("x:") { query <fetch>')
  })

  test('a folder further up', async () => {
    const files = {
      'deep/main.ipvm': 'import { fit } from "../sh┆apes.ipvm"',
      'shapes.ipvm': shapes,
      'package.json': '',
    }
    expect(await leads(files)).toBe('/shapes.ipvm: <>')
  })

  test('the effects of the language', async () => {
    const text =
      'import { http } from "ipvm:effects"\njob f() -> result<u16, string> {\n  let r = http.get("https://a.example")?\n'
    expect(await leads(`${text}  ok(r.status)\n}`.replace('http.get', 'http.g┆et'))).toBe('ipvm:effects: query <get>')
    expect(await leads(`${text}  ok(r.st┆atus)\n}`)).toBe('ipvm:effects: type Response = record { <status>')
    expect(await leads('import { http } from "ipvm:eff┆ects"')).toBe('ipvm:effects: <>')
    expect(await leads('import { ht┆tp } from "ipvm:effects"')).toBe('ipvm:effects: effect <http>')
  })

  test.each(['import { fit } from "./fold┆er"', 'import fit from "./fold┆er"', 'const a = embed ".┆'])(
    'a folder is no file: %s',
    async text => {
      expect(await leads({ 'main.ipvm': text, 'folder/shapes.ipvm': shapes })).toBeUndefined()
    },
  )

  test('where there is no file the import is all there is', async () => {
    expect(await leads('import { fit } from "./no┆ne.ipvm"\njob f() -> u8 { fit() }')).toBeUndefined()
    expect(await leads('import { fit } from "./none.ipvm"\njob f() -> u8 { fi┆t() }')).toBe(`${main}: import { <fit>`)
  })
})

describe('in the interface of a component', () => {
  const using = (text: string): string => `import filters from "./filters.wasm"\nimport png from "./png.wasm"\n${text}`
  const wit = `ipvm-wit:${main}/filters.wit`

  test.each([
    ['a function', 'job f(b: bytes) -> bytes { png.encode(filters.image.gray┆scale(png.decode(b))) }', '<grayscale>'],
    ['an interface', 'job f(b: bytes) -> bytes { png.encode(filters.ima┆ge.grayscale(png.decode(b))) }', 'interface <image>'], // prettier-ignore
    ['a type', 'job f(a: filters.image.an┆gle) -> u8 { 1 }', 'enum <angle>'],
    ['a field', 'job f(p: filters.image.picture) -> u32 { p.wid┆th }', '<width>'],
    ['a case', 'job f() -> filters.image.angle { filters.image.angle.ha┆lf }', '<half>'],
    ['a named argument', 'job f(b: bytes) -> bytes { png.encode(filters.image.blur(png.decode(b), rad┆ius: 1)) }', 'blur: func(picture: picture, <radius>'], // prettier-ignore
  ])('%s', async (_, text, wanted) => {
    expect(await leads(using(text))).toBe(`${wit}: ${wanted}`)
  })

  test.each([
    ['of what a function gives', 'job f(p: filters.image.picture) -> u32 {\n  let a = filters.image.grayscale(p)\n  a┆.width\n}', 'record <picture>'], // prettier-ignore
    [
      'of a function',
      'job f(p: filters.image.picture) -> u32 { filters.image.gray┆scale(p).width }',
      'record <picture>',
    ],
    ['of a parameter', 'job f(a: list<filters.image.angle>) -> u64 { len(a┆) }', 'enum <angle>'],
  ])('the type %s', async (_, text, wanted) => {
    expect(await leads(using(text), typeDefinition)).toBe(`${wit}: ${wanted}`)
  })

  test('its name leads to the import, and the import to it', async () => {
    expect(await leads(using('job f(b: bytes) -> bytes { png.encode(fil┆ters.image.grayscale(png.decode(b))) }'))).toBe(
      `${main}: import <filters>`,
    )
    expect(await leads('import fil┆ters from "./filters.wasm"')).toBe(`${wit}: <>`)
    expect(await leads('import filters from "./fil┆ters.wasm"')).toBe(`${wit}: <>`)
  })

  test('of what is no component the file is shown', async () => {
    expect(await leads({ 'main.ipvm': 'import a from "./b┆ad.wasm"', 'bad.wasm': 'no' })).toBe('/bad.wasm: <>')
  })
})

describe('half-written files', () => {
  test.each([
    ['a missing value', 'job f(a: u8) -> u8 {\n  let b = \n  a┆\n}', 'job f(<a>'],
    ['a call that is open', 'job g(size: u8) -> u8 { size }\njob f() -> u8 { g(si┆ze: }', 'job g(<size>'],
    ['a broken item before', 'const = = =\njob g() -> u8 { 1 }\njob f() -> u8 { g┆() }', 'job <g>'],
    ['a dot at the end', 'job f(value: record { x: u8 }) -> u8 { v┆alue. }', 'job f(<value>'],
    ['a match on what is unknown', 'job f() -> u8 { match none-such { some(x) => x┆, none => 0 } }', 'job f() -> u8 { match none-such { some(<x>'], // prettier-ignore
    ['CRLF and astral characters', '// \u{1f600}\u{1f600}\r\njob f(a: u8) -> string {\r\n  let b = "\u{1f600}${a}"\r\n  ┆b\r\n}\r\n', 'let <b>'], // prettier-ignore
  ])('%s', async (_, text, wanted) => {
    expect(await leads(text)).toBe(`${main}: ${wanted}`)
  })

  test('after edits above what is declared it is found where it is now', async () => {
    const files = {
      'main.ipvm': 'import { fit } from "./s.ipvm"\njob f() -> u8 { f┆it() }',
      's.ipvm': 'export job fit() -> u8 { 1 }',
    }
    const fixture = new Fixture(files)
    const path = '/main.ipvm'
    const { offset } = fixture.cursors[0]!
    await fixture.in(path, view => definition(view, offset))
    for (const text of ['// above\nexport job fit() -> u8 { 1 }', '// above\nexport job fit() -> u8 {\n  2\n}']) {
      fixture.workspace.set('/s.ipvm', text)
      const found = await fixture.in(path, view => definition(view, offset))
      expect(text.slice(found!.target.name.start, found!.target.name.end)).toBe('fit')
      expect(text.slice(found!.target.start, found!.target.end)).toBe(text.slice(text.indexOf('export')))
    }
  })

  test('after an edit of a type its fields are not taken for those of another one that is made alike', async () => {
    const fixture = new Fixture('type A = record { x: u8 }\ntype B = record { x: u8 }\njob f(b: B) -> u8 { b.x }')
    const before = fixture.texts.get(main)!
    await fixture.in(main, view => definition(view, before.lastIndexOf('x')))
    const text = before.replace('B = record {', 'B = record { // of B\n ')
    fixture.workspace.set(main, text)
    const found = await fixture.in(main, view => definition(view, text.lastIndexOf('x')))
    expect(found?.target.name.start).toBe(text.indexOf('x: u8', text.indexOf('type B')))
  })

  test('after an edit of a type its fields are found where they are now', async () => {
    const fixture = new Fixture('type S = record { width: u8 }\njob f(s: S) -> u8 { s.width }')
    const use = (text: string): number => text.lastIndexOf('width')
    const before = fixture.texts.get(main)!
    await fixture.in(main, view => definition(view, use(before)))
    const text = before.replace('{ width', '{\n  // wide\n  width')
    fixture.workspace.set(main, text)
    const found = await fixture.in(main, view => definition(view, use(text)))
    expect(found?.target.name.start).toBe(text.indexOf('width: u8'))
  })
})

describe('type definition', () => {
  test.each([
    ['a parameter', 'type Size = record { width: u32 }\njob f(s: Size) -> u32 { s┆.width }', 'type <Size>'],
    ['what a let comes to', 'type Size = record { width: u32 }\njob g() -> Size { { width: 1 } }\njob f() -> u32 {\n  let s = g()\n  s┆.width\n}', 'type <Size>'], // prettier-ignore
    [
      'a job',
      'type Size = record { width: u32 }\njob g() -> Size { { width: 1 } }\njob f() -> Size { g┆() }',
      'type <Size>',
    ],
    ['elements of a list', 'type Size = record { width: u32 }\njob f(s: list<Size>) -> u64 { len(s┆) }', 'type <Size>'],
    ['a secret option', 'type Size = record { width: u32 }\njob f(s: secret<option<Size>>) -> u8 { let t = s┆\n 1 }', 'type <Size>'], // prettier-ignore
    ['a case', 'type C = enum { red, green }\njob f() -> C { C.re┆d }', 'type <C>'],
    ['a value that is made like a type', 'type Size = record { width: u32 }\njob f() -> u32 {\n  let s = { width: 1 as u32 }\n  s┆.width\n}', 'type <Size>'], // prettier-ignore
  ])('%s', async (_, text, wanted) => {
    expect(await leads(text, typeDefinition)).toBe(`${main}: ${wanted}`)
  })

  test.each([
    ['a number', 'job f(s: u8) -> u8 { s┆ }'],
    ['a list of numbers', 'job f(s: list<u8>) -> u64 { len(s┆) }'],
    ['no name', 'job f(s: u8) -> u8 { s + ┆1 }'],
  ])('nothing: %s', async (_, text) => {
    expect(await leads(text, typeDefinition)).toBeUndefined()
  })
})
